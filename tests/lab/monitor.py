# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's own account of address changes on a node (rtnetlink(7)): proves that none happened."""

import contextlib
import ipaddress
import select
import socket
import struct
import threading
import time
from typing import NamedTuple

RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
RTM_NEWLINK, RTM_DELLINK = 16, 17
IFLA_IFNAME = 3
RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_ADDRESS, IFA_LOCAL = 1, 2
SO_RCVBUFFORCE = 33


class AddressEvent(NamedTuple):
    time: float         # seconds, CLOCK_REALTIME
    action: str         # "add" (also a change of lifetime or flags) or "delete"
    address: str

    def __str__(self):
        return f"[{self.time:.3f}] {self.action} {self.address}"


class AddressMonitor:
    """Every IPv4 (or IPv6) address added to or deleted from a node on the host's kernel, from the construction on."""

    groups = RTMGRP_IPV4_IFADDR

    def __init__(self, node, inet6=False):
        self.events = []
        self.socket = node.net.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind((0, RTMGRP_IPV6_IFADDR if inet6 else self.groups))
        self.socket.setblocking(False)
        self._reading = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        node.lab.on_close(self.close)

    def close(self):
        self._ended = True
        self._thread.join()
        self.socket.close()

    def _listen(self):
        """So that the times are those of the events, and not those of whoever asks for them."""
        while not self._ended:
            if select.select([self.socket], [], [], 0.2)[0]:
                self._drain()

    def _drain(self):
        with self._reading, contextlib.suppress(BlockingIOError):
            while True:
                data = self.socket.recv(65536)
                self.events.extend(self.read(data, time.time()))

    @staticmethod
    def read(data, now):
        return [AddressEvent(now, *event) for event in parse(data)]

    def seen(self, action=None, address=None, since=0.0):
        """All events until now: what the kernel has done it has told, but our thread may not have had its turn."""
        assert self._thread.is_alive(), "the address monitor has failed"
        self._drain()
        return [e for e in list(self.events) if e.time >= since
                and (action is None or e.action == action) and (address is None or e.address == address)]


class LinkMonitor(AddressMonitor):
    """Every interface that is made, changed or deleted on a node; an event's address is its name."""

    groups = RTMGRP_LINK

    @staticmethod
    def read(data, now):
        return [AddressEvent(now, "add" if kind == RTM_NEWLINK else "delete",
                             attributes_of(body[16:])[IFLA_IFNAME].rstrip(b"\0").decode())
                for kind, body in messages(data) if kind in (RTM_NEWLINK, RTM_DELLINK)]


def messages(data):
    """The type and what follows the header of each."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:length]
        data = data[(length + 3) & ~3:]


def parse(data):
    for kind, body in messages(data):
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            yield ("add" if kind == RTM_NEWADDR else "delete", address_of(body[8:]))


def attributes_of(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def address_of(attributes):
    found = attributes_of(attributes)
    raw = found.get(IFA_LOCAL, found.get(IFA_ADDRESS))
    return str(ipaddress.ip_address(raw)) if raw else None
