# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine on the network that sends VRRP packets it has no business to send."""

import socket
import struct

from .capture import checksum

ADDRESS, VIP = "10.0.0.66", "10.0.0.100"


def packet(version=2, vrid=51, priority=200, interval=1, auth=(1, b"secret12"), ttl=255, source=ADDRESS,
           destination="224.0.0.18", addresses=(VIP,), kind=1, count=None, cut=None, tail=b"", spoil=False):
    """An IPv4 packet with one VRRPv2 advertisement, wrong where it is told to be."""
    count = len(addresses) if count is None else count
    body = struct.pack("!BBBBBBH", version << 4 | kind, vrid, priority, count, auth[0], interval, 0)
    body += b"".join(socket.inet_aton(a) for a in addresses) + auth[1].ljust(8, b"\0")
    value = checksum(body) ^ (0x5555 if spoil else 0)
    body = body[:6] + struct.pack("!H", value) + body[8:] + tail
    body = body[:cut]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(body), 1, 0, ttl, 112, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return header + body, destination


class Stranger:
    def __init__(self, lab):
        self.node = lab.netns("stranger", eth0=f"{ADDRESS}/24")
        self.socket = self.node.net.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with self.node.net.entered():
            index = socket.if_nametoindex("eth0")
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                               struct.pack("4s4si", bytes(4), bytes(4), index))
        lab.on_close(self.socket.close)

    def send(self, **wrong):
        data, destination = packet(**wrong)
        self.socket.sendto(data, (destination, 0))
