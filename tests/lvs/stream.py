# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client for as long as it is let.

    stream.py requests ADDRESS PORT INTERVAL    one request after the other, each over a connection of its own: a line for each,
                                                "SECONDS ANSWER", or "SECONDS FAILED why"
    stream.py hold ADDRESS PORT                 keep one connection open: prints "open WHO", then "alive" each time that a
                                                request over it was answered; on SIGTERM it is reset
"""

import contextlib
import signal
import socket
import struct
import sys
import time

PATIENCE = 3
REQUEST = "GET / HTTP/1.{}\r\nHost: x\r\n\r\n"


def say(*words):
    print(*words, flush=True)


def ask(connection, version):
    """The body of one answer."""
    connection.sendall(REQUEST.format(version).encode())
    with connection.makefile("rb") as reply:
        status = reply.readline()
        if b" 200 " not in status:
            raise OSError(f"answered {status!r}")
        headers = dict(line.lower().split(b": ", 1) for line in iter(reply.readline, b"\r\n"))
        return reply.read(int(headers[b"content-length"])).decode().strip()


def request(address, port):
    with socket.create_connection((address, port), PATIENCE) as connection:
        return ask(connection, 0)


def requests(address, port, interval):
    while True:
        began = time.time()
        try:
            say(f"{began:.3f}", request(address, int(port)))
        except OSError as error:
            say(f"{began:.3f} FAILED {error}")
        time.sleep(max(0, began + float(interval) - time.time()))


def hold(address, port):
    connection = socket.create_connection((address, int(port)), PATIENCE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    word = "open"
    with contextlib.closing(connection):
        while True:
            say(word, ask(connection, 1))
            word = "alive"
            time.sleep(0.1)


{"requests": requests, "hold": hold}[sys.argv[1]](*sys.argv[2:])
