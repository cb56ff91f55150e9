# SPDX-License-Identifier: LGPL-2.1-or-later
"""The private Ethernet between the nodes: a switch, its ports, and cables that can be pulled."""

import fcntl
import os
import struct

from .namespace import Netns

TUNSETIFF = 0x400454CA
TUNSETPERSIST = 0x400454CB
IFF_TAP_NO_PI = 0x1002


class Switch:
    """A bridge in a network namespace of its own. It forwards multicast to every port, as a plain switch
    does. Two things can be done to a port: its cable is pulled (both ends lose the carrier), or it is cut off
    (it keeps the carrier, but nothing gets through: a fault further away)."""

    def __init__(self):
        self.net = Netns()
        self.ports = 0
        self.net.ip("link set lo up",
                    "link add br0 type bridge mcast_snooping 0",
                    "link set br0 up")

    def attach(self, net, interface, mac=None):
        """Plug a new interface of network namespace `net` in; returns the Port."""
        port = self._port(mac)
        self.net.ip(
            f"link add name {port.name} type veth peer name {interface} address {port.mac} netns {net.path}",
            f"link set {port.name} master br0 up")
        return port

    def attach_tap(self):
        """A port at whose other end a virtual machine will be."""
        port = self._port()
        with self.net.entered():
            fd = os.open("/dev/net/tun", os.O_RDWR)
        with os.fdopen(fd, "wb") as tap:
            fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", port.name.encode(), IFF_TAP_NO_PI))
            fcntl.ioctl(tap, TUNSETPERSIST, 1)
        self.net.ip(f"link set {port.name} master br0 up")
        return port

    def _port(self, mac=None):
        self.ports += 1
        return Port(self, f"port{self.ports}", mac or f"02:00:00:00:00:{self.ports:02x}")

    def close(self):
        self.net.close()


class Port:
    """One socket of the switch. `mac` is the address of the interface at the other end."""

    def __init__(self, switch, name, mac):
        self.switch = switch
        self.name = name
        self.mac = mac

    def pull(self):
        self.switch.net.ip(f"link set {self.name} down")

    def plug(self):
        self.switch.net.ip(f"link set {self.name} up")

    def cut_off(self):
        self.switch.net.ip(f"link set {self.name} nomaster")

    def join(self):
        self.switch.net.ip(f"link set {self.name} master br0")
