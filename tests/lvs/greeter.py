# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server and a client for all the protocols that are balanced.

    greeter.py serve NAME PORT ADDRESS...           says NAME to everybody, over TCP, UDP and SCTP
    greeter.py ask PROTOCOL ADDRESS PORT [COUNT]    prints what it is told, once for each connection
"""

import ipaddress
import selectors
import socket
import sys

KINDS = {"TCP": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
         "UDP": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
         "SCTP": (socket.SOCK_STREAM, socket.IPPROTO_SCTP)}
PATIENCE = 3


def new_socket(protocol, address):
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    return socket.socket(family, *KINDS[protocol])


def serve(name, port, *addresses):
    selector = selectors.DefaultSelector()
    for address in addresses:
        for protocol in KINDS:
            listener = new_socket(protocol, address)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, int(port)))
            if protocol != "UDP":
                listener.listen(16)
            selector.register(listener, selectors.EVENT_READ, protocol)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data == "UDP":
                _, client = key.fileobj.recvfrom(100)
                key.fileobj.sendto(name.encode(), client)
            else:
                connection, _ = key.fileobj.accept()
                connection.sendall(name.encode())
                connection.close()


def ask(protocol, address, port, count="1"):
    for _ in range(int(count)):
        with new_socket(protocol, address) as client:
            client.settimeout(PATIENCE)
            client.connect((address, int(port)))
            if protocol == "UDP":
                client.send(b"?")
            print(client.recv(100).decode())


{"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
