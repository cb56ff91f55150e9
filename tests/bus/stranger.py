# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that a daemon would rather not have, on the bus of the node that it runs in: what it does is its first
argument. It writes D-Bus messages by itself, because no library sends what is wrong."""

import os
import socket
import struct
import sys
import time

BUS = "/run/dbus/system_bus_socket"
CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"


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


class Reader:
    """Values out of little-endian D-Bus data."""

    FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def align(self, n):
        self.at += -self.at % n

    def fixed(self, form):
        self.align(struct.calcsize("<" + form))
        value = struct.unpack_from("<" + form, self.data, self.at)[0]
        self.at += struct.calcsize("<" + form)
        return value

    def text(self, n):
        self.at += n + 1
        return self.data[self.at - n - 1:self.at - 1].decode()

    def array(self, element, skip=0):
        n = self.fixed("I")
        self.at += skip
        self.align(8 if element[0] in "({xtd" else 1)
        end, values = self.at + n, []
        while self.at < end:
            values.append(self.value(element))
        return values

    def value(self, signature):
        kind = signature[0]
        if kind in self.FIXED:
            return self.fixed(self.FIXED[kind])
        if kind in "so":
            return self.text(self.fixed("I"))
        if kind == "g":
            return self.text(self.fixed("B"))
        if kind == "v":
            return self.value(self.text(self.fixed("B")))
        if kind == "a":
            values = self.array(signature[1:])
            return dict(values) if signature[1] == "{" else values
        self.align(8)
        return tuple(self.arguments(signature[1:-1]))

    def arguments(self, signature):
        values = []
        while signature:
            n = complete(signature)
            values.append(self.value(signature[:n]))
            signature = signature[n:]
        return values


def complete(signature):
    """How long the first complete type is."""
    if signature[0] == "a":
        return 1 + complete(signature[1:])
    depth = 0
    for n, c in enumerate(signature, 1):
        depth += (c in "({") - (c in ")}")
        if depth == 0:
            return n
    raise ValueError(signature)


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
        """Type, fields by code, and arguments of the next message."""
        head = self.exactly(16)
        size, _, n = struct.unpack("<III", head[4:])
        data = self.exactly(n + -n % 8)
        body = self.exactly(size)
        fields = dict(Reader(struct.pack("<I", n) + bytes(4) + data[:n], 0).array("(yv)", skip=4))
        signature = fields.get(8, "")
        return head[1], fields, Reader(body).arguments(signature)

    def ask(self, *words, on_signal=None):
        """Fields and arguments of the reply; what comes before it is for on_signal()."""
        serial = self.send(*words)
        while True:
            kind, fields, arguments = self.receive()
            if kind in (REPLY, ERROR) and fields[5] == serial:
                return fields, arguments
            if kind == SIGNAL and on_signal:
                on_signal(fields, arguments)

    def call(self, *words):
        """Name of the error, or ""."""
        return self.ask(*words)[0].get(4, "")


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
    """So many clients ask for everything as fast as they can, and read nothing; print how often the bus was asked."""
    everybody = [Client() for _ in range(int(clients))]
    ends = time.monotonic() + float(seconds)
    for client in everybody:
        client.socket.setblocking(False)
    waits = dict.fromkeys(everybody, b"")
    asked = 0.0
    while time.monotonic() < ends:
        for client in list(waits):
            while len(waits[client]) < 16384:
                client.serial += 1
                call = message(client.serial, name, path, MANAGER, "GetManagedObjects")
                waits[client] += call
            try:
                n = client.socket.send(waits[client])
                waits[client] = waits[client][n:]
                asked += n / len(call)      # all are equally long
            except BlockingIOError:
                pass
            except OSError:
                del waits[client]
        time.sleep(0.001)
    print(int(asked))


def vanish(name, *calls):
    """Ask, and be gone before the answer: many times."""
    for _ in range(20):
        for words in calls:
            path, interface, method, signature = words.split(",")
            client = Client()
            client.send(name, path, interface, method, signature, WRONG[signature])
            client.socket.close()


class Follower:
    """A copy of all objects, by signals alone. What is told although it was known is counted, too."""

    def __init__(self, client, name, root):
        self.client, self.name, self.root = client, name, root
        self.objects, self.told = {}, {}
        match = f"type='signal',sender='{name}',path_namespace='{root}'"
        body = string(match)
        client.ask("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", body)
        self.objects = self.now()

    def now(self):
        return self.client.ask(self.name, self.root, MANAGER, "GetManagedObjects", on_signal=self.take)[1][0]

    def take(self, fields, arguments):
        path, member = fields[1], fields[3]
        if member == "PropertiesChanged" and path in self.objects:
            interface, changed, invalidated = arguments
            known = self.objects[path].setdefault(interface, {})
            news = [name for name, value in changed.items() if known.get(name) != value]
            known.update(changed)
            if not news:
                print("NO NEWS", path, ",".join(changed))
            if invalidated:
                print("INVALIDATED", path, ",".join(invalidated))
        elif member == "InterfacesAdded":
            self.objects.setdefault(arguments[0], {}).update(arguments[1])
        elif member == "InterfacesRemoved":
            for interface in arguments[1]:
                self.objects.get(arguments[0], {}).pop(interface, None)
            if not {i for i in self.objects.get(arguments[0], {}) if not i.startswith("org.freedesktop.")}:
                self.objects.pop(arguments[0], None)

    def compare(self, silent):
        """What the objects say now and the signals have not told, but for the properties that are @silent."""
        now = self.now()
        for path in sorted(set(now) ^ set(self.objects)):
            print("UNTOLD" if path in now else "STAYED", path)
        for path in set(now) & set(self.objects):
            for interface, properties in now[path].items():
                for name, value in properties.items():
                    known = self.objects[path].get(interface, {}).get(name)
                    if name not in silent and known != value:
                        print("DIFFERS", path, name, known, value)


def follow(name, root, seconds, *silent):
    """Follow for so long, then compare; each line of what is printed is something wrong but for the last."""
    follower = Follower(Client(), name, root)
    print("FOLLOWING", flush=True)
    ends = time.monotonic() + float(seconds)
    while time.monotonic() < ends and not os.path.exists("/lab/enough"):
        time.sleep(0.1)
        follower.client.ask(name, root, "org.freedesktop.DBus.Peer", "Ping", on_signal=follower.take)
    follower.compare(silent)
    print("END", len(follower.objects), flush=True)


if __name__ == "__main__":
    {"wrong": wrong, "right": right, "deaf": deaf, "vanish": vanish, "follow": follow}[sys.argv[1]](*sys.argv[2:])
