#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hostile.py ADDRESS: servers that nobody wishes for, one for each port of PORTS."""

import itertools
import socket
import socketserver
import sys
import threading
import time

BEGIN = b"HTTP/1.0 200 OK\r\n"


def silent(_):
    time.sleep(3600)


def drip(s):
    """Never silent for long, and never done."""
    s.sendall(BEGIN + b"\r\n")
    while True:
        s.sendall(b"x")
        time.sleep(0.1)


def drip_header(s):
    for byte in itertools.chain(BEGIN, itertools.repeat(ord("a"))):
        s.sendall(bytes([byte]))
        time.sleep(0.1)


def garbage(s):
    s.sendall(bytes(range(256)) * 64)


def endless_headers(s):
    s.sendall(BEGIN)
    while True:
        s.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")


def endless_line(s):
    s.sendall(BEGIN + b"X-Long: ")
    while True:
        s.sendall(b"z" * 4096)


def endless_body(s):
    s.sendall(BEGIN + b"\r\n")
    while True:
        s.sendall(b"0123456789abcdef" * 4096)


def cut_in_status(s):
    s.sendall(b"HTTP/1.0 20")


def cut_in_headers(s):
    s.sendall(BEGIN + b"Content-Le")


def cut_after_interim(s):
    s.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le")


def cut_in_body(s):
    s.sendall(BEGIN + b"Content-Length: 100\r\n\r\nshort")


def nothing(_):
    pass


def redirect(s):
    s.sendall(b"HTTP/1.0 301 Moved\r\nLocation: http://192.0.2.99/\xff\x01x\r\nContent-Length: 0\r\n\r\n")


def backtrack(s):
    s.sendall(BEGIN + b"\r\n" + b"a" * 60000)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.close()


PORTS = dict(enumerate((silent, drip, drip_header, garbage, endless_headers, endless_line, endless_body,
                        cut_in_status, cut_in_headers, cut_in_body, nothing, redirect, backtrack, reset,
                        cut_after_interim), 9001))
NAMES = {function.__name__: port for port, function in PORTS.items()}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def serve(address, port, behave):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            try:
                if behave is not silent:
                    self.request.recv(65536)
                behave(self.request)
            except OSError:
                pass

    server = Server((address, port), Handler)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    for port, behave in PORTS.items():
        serve(sys.argv[1], port, behave)
    print("ready", flush=True)
    time.sleep(36000)


if __name__ == "__main__":
    main()
