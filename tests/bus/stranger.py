# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that a daemon would rather not have, on the bus of the node that it runs in: what it does is its first
argument. It writes D-Bus messages by itself, because no library sends what is wrong."""

import os
import socket
import struct
import sys
import time

BUS = "/run/dbus/system_bus_socket"
CALL, REPLY, ERROR = 1, 2, 3


def string(text, size="I"):
    data = text.encode()
    return struct.pack("<" + size, len(data)) + data + b"\0"


def pad(data, n):
    return data + bytes(-len(data) % n)


def message(serial, destination, path, interface, member, signature="", body=b""):
    fields = b""
    for code, kind, text in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", destination)):
        if text:
            fields = pad(fields, 8) + bytes([code]) + string(kind, "B") + b""
            fields = pad(fields, 4) + string(text)
    if signature:
        fields = pad(fields, 8) + bytes([8]) + string("g", "B") + string(signature, "B")
    head = struct.pack("<cBBBIII", b"l", CALL, 0, 1, len(body), serial, len(fields))
    return pad(head + fields, 8) + body


class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(BUS)
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        assert self.socket.recv(256).startswith(b"OK")
        self.socket.sendall(b"BEGIN\r\n")
        self.serial = 0
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def send(self, *words):
        self.serial += 1
        self.socket.sendall(message(self.serial, *words))
        return self.serial

    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.socket.recv(n - len(data))
            assert part, "the bus has thrown us out"
            data += part
        return data

    def receive(self):
        """(type, reply's serial, name of the error) of the next message."""
        head = self.exactly(16)
        body, _, fields = struct.unpack("<III", head[4:])
        data = self.exactly(fields + -fields % 8)
        self.exactly(body)
        serial, error, at = 0, "", 0
        while at < fields:
            at += -at % 8
            code, kind = data[at], data[at + 2:at + 3]
            at += 4
            if kind == b"u":
                value, at = struct.unpack_from("<I", data, at + -at % 4)[0], at + -at % 4 + 4
            elif kind == b"g":
                value, at = data[at + 1:at + 1 + data[at]], at + 2 + data[at]
            else:
                at += -at % 4
                n = struct.unpack_from("<I", data, at)[0]
                value, at = data[at + 4:at + 4 + n].decode(), at + 5 + n
            serial = value if code == 5 else serial
            error = value if code == 4 else error
        return head[1], serial, error

    def call(self, *words):
        """Name of the error, or ""."""
        serial = self.send(*words)
        while True:
            kind, reply, error = self.receive()
            if kind in (REPLY, ERROR) and reply == serial:
                return error


WRONG = {"": b"", "s": string("x" * 5000), "y": b"\xff", "t": bytes(range(8)), "i": b"\xff\xff\xff\x7f",
         "b": struct.pack("<I", 1), "o": string("/"), "as": struct.pack("<I", 0), "v": string("s", "B") + b"\0" + string("x"),
         "a{sv}": struct.pack("<II", 0, 0), "st": pad(string("x"), 8) + bytes(8), "ss": pad(string("x"), 4) + string("y"),
         "ay": struct.pack("<I", 1 << 20) + bytes(1 << 20)}


def wrong(name, *calls):
    """Call each PATH,INTERFACE,METHOD,SIGNATURE with all signatures but its own: each is answered with an error."""
    client = Client()
    for words in calls:
        path, interface, method, right = words.split(",")
        for signature, body in WRONG.items():
            if signature != right:
                error = client.call(name, path, interface, method, signature, body)
                print(error or "ACCEPTED", path, f"{interface}.{method}({signature})")


def right(name, *calls):
    """Call each with a value that has the right types; print what comes."""
    client = Client()
    for words in calls:
        path, interface, method, signature = words.split(",")
        print(client.call(name, path, interface, method, signature, WRONG[signature]) or "ACCEPTED",
              f"{interface}.{method}")


def deaf(name, path, seconds, clients):
    """So many clients ask for everything as fast as they can, and read nothing."""
    everybody = [Client() for _ in range(int(clients))]
    ends = time.monotonic() + float(seconds)
    for client in everybody:
        client.socket.setblocking(False)
    waits = dict.fromkeys(everybody, b"")
    asked = 0
    while time.monotonic() < ends:
        for client in list(waits):
            while len(waits[client]) < 16384:
                client.serial += 1
                asked += 1
                waits[client] += message(client.serial, name, path, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            try:
                waits[client] = waits[client][client.socket.send(waits[client]):]
            except BlockingIOError:
                pass
            except OSError:
                del waits[client]
        time.sleep(0.001)
    print(asked)


def vanish(name, *calls):
    """Ask, and be gone before the answer: many times."""
    for _ in range(20):
        for words in calls:
            path, interface, method, signature = words.split(",")
            client = Client()
            client.send(name, path, interface, method, signature, WRONG[signature])
            client.socket.close()


if __name__ == "__main__":
    {"wrong": wrong, "right": right, "deaf": deaf, "vanish": vanish}[sys.argv[1]](*sys.argv[2:])
