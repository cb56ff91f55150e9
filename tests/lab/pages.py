# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a client notices by HTTP: a page again and again, and one long download."""

import collections
import socket
import threading
import time
from typing import NamedTuple, Optional


class Attempt(NamedTuple):
    began: float            # seconds, CLOCK_REALTIME
    seconds: float
    page: Optional[str]     # what came; None: nothing
    reason: str             # why nothing came


class Pages(threading.Thread):
    """A client that fetches a page with a new connection each time, from start() or the `with` block on."""

    def __init__(self, node, address, port=80, patience=0.3, pause=0.01):
        super().__init__(daemon=True)
        self.node = node
        self.address = (address, port)
        self.patience = patience    # how long a page may take until it counts as lost
        self.pause = pause
        self.attempts = []
        self.ended = False

    def run(self):
        while not self.ended:
            began = time.time()
            page, reason = self._fetch()
            self.attempts.append(Attempt(began, time.time() - began, page, reason))
            time.sleep(self.pause)

    def _fetch(self):
        with self.node.net.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
            try:
                connection.settimeout(self.patience)
                connection.connect(self.address)
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                head, _, body = _all_of(connection).partition(b"\r\n\r\n")
            except OSError as error:
                return None, str(error)
        status = head.split(b"\r\n")[0].decode()
        return (body.decode().strip(), "") if " 200 " in status else (None, status or "nothing was answered")

    def stop(self):
        self.ended = True
        self.join()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def since(self, began):
        return [attempt for attempt in list(self.attempts) if attempt.began >= began]

    def lost(self, since=0.0):
        return [attempt for attempt in self.since(since) if attempt.page is None]

    def came(self, since=0.0):
        """How many of each page came."""
        return collections.Counter(attempt.page for attempt in self.since(since) if attempt.page is not None)

    def outage(self, since=0.0):
        """The longest time without a page, from the first attempt that failed to the next that did not."""
        longest, start = 0.0, None
        for attempt in self.since(since):
            if attempt.page is not None and start is not None:
                longest, start = max(longest, attempt.began - start), None
            elif attempt.page is None and start is None:
                start = attempt.began
        return longest if start is None else max(longest, time.time() - start)

    def slowest(self, since=0.0):
        return max((attempt.seconds for attempt in self.since(since) if attempt.page is not None), default=0.0)

    def good(self, needed=5):
        """Whether each of the last `needed` attempts brought a page."""
        recent = self.attempts[-needed:]
        return len(recent) == needed and all(attempt.page is not None for attempt in recent)

    def only(self, *pages, needed=20):
        """Whether the last `needed` attempts brought these pages, each of them, and no others."""
        recent = self.attempts[-needed:]
        return len(recent) == needed and {attempt.page for attempt in recent} == set(pages)


class Download(threading.Thread):
    """A file that takes long, from the constructor on until stop(). Its first line is the name of the server."""

    def __init__(self, node, address, path="/long", port=80):
        super().__init__(daemon=True)
        self.connection = node.net.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connection.settimeout(15)
        self.connection.connect((address, port))
        self.connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        begin = b""
        while begin.partition(b"\r\n\r\n")[2].count(b"\n") < 1:
            begin += self._receive()
        self.server = begin.partition(b"\r\n\r\n")[2].split(b"\n")[0].decode()
        self.received = len(begin)
        self.longest_gap = 0.0
        self.broken = None      # why it ended, when it was not we who ended it
        self.ended = False
        self.start()

    def _receive(self):
        data = self.connection.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def run(self):
        last = time.monotonic()
        while not self.ended:
            try:
                self.received += len(self._receive())
            except OSError as error:
                self.broken = None if self.ended else str(error)
                return
            now = time.monotonic()
            self.longest_gap, last = max(self.longest_gap, now - last), now

    def goes_on(self, seconds=3.0):
        """Whether something comes within this time; a slow server sends about once a second."""
        before, deadline = self.received, time.monotonic() + seconds
        while self.received == before and self.broken is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.broken is None and self.received > before

    def stop(self):
        self.ended = True
        self.connection.shutdown(socket.SHUT_RDWR)
        self.join()
        self.connection.close()


def _all_of(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
