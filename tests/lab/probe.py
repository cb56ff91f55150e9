# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a client notices: one UDP request a millisecond, and when each was answered (probe.c)."""

import mmap
import struct
import time
from typing import NamedTuple

from . import tools, wait

PORT = 7007
_HEADER = struct.Struct("=QQ")
_RECORD = struct.Struct("=QQ")


class EchoServer:
    """Answers the probe on all addresses of a node, as long as the node lives."""

    def __init__(self, node, port=PORT):
        self.process = node.spawn([tools.find("lab-probe"), "serve", port], name="echo")
        self.process.wait_output("ready")


class Request(NamedTuple):
    sent: float         # seconds, CLOCK_REALTIME
    answered: float     # the same; 0: never

    @property
    def latency(self):
        return self.answered - self.sent


class Outage(NamedTuple):
    """Consecutive requests without an answer: the first one's time, and that of the next answered one
    (the last one's own, when nothing was answered any more)."""
    start: float
    end: float
    lost: int

    @property
    def seconds(self):
        return self.end - self.start


class Probe:
    """A client that asks `address` every millisecond, from start() or the `with` block on."""

    PATIENCE = 0.25     # how long an answer may take until the request counts as lost

    def __init__(self, node, address, port=PORT, interval_usec=1000):
        self.node = node
        self.address = address
        self.port = port
        self.interval_usec = interval_usec
        self.process = None

    def start(self):
        number = sum(1 for process in self.node.processes if process.name.startswith("probe"))
        name = f"probe{number or ''}"
        self._path = self.node.share / f"{name}.record"
        self.process = self.node.spawn([tools.find("lab-probe"), "ask", f"/lab/{self._path.name}",
                                        self.address, self.port, self.interval_usec], name=name)
        wait.until(lambda: self._path.exists() and self._path.stat().st_size, 30, "the probe runs")
        with open(self._path, "rb") as record:
            self._map = mmap.mmap(record.fileno(), 0, prot=mmap.PROT_READ)
        return self

    def stop(self):
        if self.process and self.process.running:
            self.process.terminate()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def count(self):
        """How many requests were sent."""
        return _HEADER.unpack_from(self._map)[1]

    def requests(self, since=0.0):
        """All requests sent from that time on whose fate is known: one without an answer is lost when a
        later one was answered, or after PATIENCE."""
        now = time.time()
        start, end = _HEADER.size, _HEADER.size + self.count * _RECORD.size
        found = []
        for sent, answered in _RECORD.iter_unpack(self._map[start:end]):
            if sent / 1e9 >= since:
                found.append(Request(sent / 1e9, answered / 1e9))
        while found and not found[-1].answered and found[-1].sent > now - self.PATIENCE:
            found.pop()
        return found

    def outages(self, since=0.0):
        """Every gap in the answers, oldest first."""
        found, start, last, lost = [], None, None, 0
        for request in self.requests(since):
            if request.answered:
                if start is not None:
                    found.append(Outage(start, request.sent, lost))
                start, lost = None, 0
            else:
                start = request.sent if start is None else start
                lost += 1
            last = request.sent
        if start is not None:
            found.append(Outage(start, last, lost))
        return found

    def outage(self, since=0.0):
        """The longest outage in seconds; 0 when every request was answered."""
        return max((outage.seconds for outage in self.outages(since)), default=0.0)

    def slowest(self, since=0.0):
        """The latency of the slowest answer, in seconds."""
        return max((r.latency for r in self.requests(since) if r.answered), default=0.0)

    def answers_now(self, needed=20):
        """Whether each of the last `needed` requests that had some time was answered."""
        recent = self._recent(needed)
        return len(recent) == needed and all(answered for _, answered in recent)

    def silent_now(self, needed=20):
        """Whether none of them was."""
        recent = self._recent(needed)
        return len(recent) == needed and not any(answered for _, answered in recent)

    def _recent(self, needed):
        """The last `needed` records that are at least three milliseconds old."""
        count = self.count - max(2, 3000 // self.interval_usec)
        first = _HEADER.size + max(0, count - needed) * _RECORD.size
        last = _HEADER.size + max(0, count) * _RECORD.size
        return list(_RECORD.iter_unpack(self._map[first:last]))

    def wait_answered(self, timeout=15):
        wait.until(self.answers_now, timeout, f"{self.address} answers")

    def wait_silent(self, timeout=15):
        wait.until(self.silent_now, timeout, f"{self.address} is silent")
