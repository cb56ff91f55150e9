# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is on the wire: VRRP advertisements and ARP, with the kernel's time stamps.

The packets are read from the socket when somebody asks, so capturing costs nothing meanwhile and the times are
still those of the packets.
"""

import ctypes
import ipaddress
import socket
import struct
import subprocess
from dataclasses import dataclass, field

from . import wait

ETH_P_ALL = 0x0003
SO_TIMESTAMPNS = 35
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
PACKET_ADD_MEMBERSHIP = 1
PACKET_STATISTICS = 6
PACKET_MR_PROMISC = 1
SOL_PACKET = 263

# Classic BPF: ARP, IPv4 with protocol 112 or 51, IPv6 with 112 or 58.  (code, jump if true, jump if false, k)
_FILTER = [(0x28, 0, 0, 12), (0x15, 9, 0, 0x0806),
           (0x15, 0, 3, 0x0800), (0x30, 0, 0, 23), (0x15, 6, 0, 112), (0x15, 5, 4, 51),
           (0x15, 0, 3, 0x86DD), (0x30, 0, 0, 20), (0x15, 2, 0, 112), (0x15, 1, 0, 58),
           (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF)]


@dataclass
class Advert:
    """One VRRP advertisement as it was on the wire (RFC 3768 section 5, RFC 9568 section 5)."""
    time: float             # seconds, CLOCK_REALTIME
    mac: str
    source: str
    destination: str
    ttl: int
    version: int
    vrid: int
    priority: int
    interval: float         # seconds
    addresses: list
    auth_type: int
    auth_data: bytes
    checksum_good: bool
    raw: bytes = field(repr=False, default=b"")     # IPv4: from its header on; IPv6: from behind it
    sequence: int = None    # of the authentication header


@dataclass
class Neighbour:
    """An unsolicited neighbour advertisement."""
    time: float
    mac: str
    source: str
    destination: str
    hop_limit: int
    flags: str              # of "RSO"
    target: str
    target_mac: str


@dataclass
class Arp:
    time: float
    mac: str
    operation: int
    sender_mac: str
    sender: str
    target: str

    @property
    def gratuitous(self):
        return self.sender == self.target


class Capture:
    """All advertisements, ARP and neighbour advertisements that cross the lab's switch, or another one, from the
    construction on."""

    def __init__(self, lab, switch=None):
        net = (switch or lab.switch).net
        self.packets = []
        self.socket = net.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        _attach_filter(self.socket, _FILTER)
        with net.entered():
            self.socket.bind(("br0", ETH_P_ALL))
            index = socket.if_nametoindex("br0")
        self.socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                               struct.pack("=iHH8x", index, PACKET_MR_PROMISC, 0))
        self.socket.setblocking(False)
        lab.on_close(self.close)

    def close(self):
        self.socket.close()

    def _drain(self):
        while True:
            try:
                frame, control, _, _ = self.socket.recvmsg(65536, 128)
            except BlockingIOError:
                break
            stamp = next(struct.unpack("=qq", data[:16]) for level, kind, data in control
                         if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS))
            packet = parse_frame(frame, stamp[0] + stamp[1] / 1e9)
            if packet:
                self.packets.append(packet)
        # An absence, or a gap, is a fact about the wire only as long as all of it was heard.
        _, lost = struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        assert lost == 0, f"the capture has lost {lost} packets: its buffer is too small for so long a silence"

    def adverts(self, source=None, vrid=None, since=0.0):
        """The advertisements so far; `source` is a node or an address."""
        self._drain()
        return [p for p in self.packets if isinstance(p, Advert) and p.time >= since
                and (vrid is None or p.vrid == vrid) and _sent_by(p, source)]

    def arps(self, source=None, address=None, since=0.0):
        self._drain()
        return [p for p in self.packets if isinstance(p, Arp) and p.time >= since
                and (address is None or p.sender == address) and _sent_by(p, source)]

    def neighbours(self, source=None, address=None, since=0.0):
        self._drain()
        return [p for p in self.packets if isinstance(p, Neighbour) and p.time >= since
                and (address is None or p.target == address) and _sent_by(p, source)]

    def wait_advert(self, source=None, timeout=10, since=0.0, **criteria):
        """Wait for an advertisement with these fields, for instance priority=0; returns the first."""
        def found():
            return next((a for a in self.adverts(source, since=since)
                         if all(getattr(a, key) == value for key, value in criteria.items())), None)
        return wait.until(found, timeout, f"an advertisement {criteria} from {source}")

    def gaps(self, source, vrid=None, since=0.0, until=None):
        """The seconds between consecutive advertisements of one sender."""
        times = [a.time for a in self.adverts(source, vrid, since) if until is None or a.time <= until]
        return [later - earlier for earlier, later in zip(times, times[1:])]


class PacketFile:
    """Everything of VRRP that crosses the lab's switch, in a file that tshark(1) reads: a second opinion."""

    def __init__(self, lab):
        self.path = lab.directory / "packets.pcap"
        self.process = lab.switch.net.popen(
            ["tcpdump", "-i", "br0", "-U", "-Z", "root", "-w", str(self.path),
             "ip proto 112 or ip proto 51 or ip6 proto 112"], stderr=subprocess.PIPE, text=True)
        lab.on_close(self.close)
        said = ""
        while "listening" not in said:
            said = self.process.stderr.readline()
            assert said, "tcpdump has ended"

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()

    def read(self, fields, display):
        """The packets that tshark's display filter lets through: {field: text}."""
        self.close()
        command = ["tshark", "-r", str(self.path), "-Y", display, "-T", "fields", "-E", "separator=|"]
        for field in fields:
            command += ["-e", field]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return [dict(zip(fields, line.split("|"))) for line in result.stdout.splitlines()]


def _sent_by(packet, source):
    if source is None:
        return True
    if isinstance(source, str):
        return getattr(packet, "source", getattr(packet, "sender", None)) == source
    return packet.mac in source.macs


def _attach_filter(sock, program):
    code = b"".join(struct.pack("=HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("@HP", len(program), ctypes.addressof(buffer)))


def parse_frame(frame, time):
    mac, kind = frame[6:12].hex(":"), frame[12:14]
    if kind == b"\x08\x06":
        operation, sender_mac, sender, target = struct.unpack("!6xH6s4s6x4s", frame[14:42])
        return Arp(time, mac, operation, sender_mac.hex(":"), socket.inet_ntoa(sender), socket.inet_ntoa(target))
    if kind == b"\x08\x00":
        return parse_advert(frame[14:], time, mac)
    if kind == b"\x86\xdd":
        return parse_inet6(frame[14:], time, mac)
    return None


def parse_inet6(packet, time, mac):
    length, protocol, hops = struct.unpack("!HBB", packet[4:8])
    source, destination = (str(ipaddress.ip_address(packet[at:at + 16])) for at in (8, 24))
    body = packet[40:40 + length]
    pseudo = packet[8:40] + struct.pack("!IxxxB", length, protocol)
    good = checksum(pseudo + body) == 0
    if protocol == 58 and body[0] == 136 and good and len(body) >= 32:
        flags = "".join(name for bit, name in ((0x80, "R"), (0x40, "S"), (0x20, "O")) if body[4] & bit)
        return Neighbour(time, mac, source, destination, hops, flags, str(ipaddress.ip_address(body[8:24])),
                         body[26:32].hex(":"))
    if protocol != 112 or len(body) < 8:
        return None
    addresses = [str(ipaddress.ip_address(body[at:at + 16])) for at in range(8, 8 + 16 * body[3], 16)
                 if len(body) >= at + 16]
    return Advert(time, mac, source, destination, hops, body[0] >> 4, body[1], body[2],
                  (int.from_bytes(body[4:6], "big") & 0xFFF) / 100, addresses, 0, b"", good, body)


def parse_advert(packet, time=0.0, mac=""):
    """An IPv4 packet with a VRRP advertisement; None when it is too short to be one."""
    header = (packet[0] & 15) * 4
    length = int.from_bytes(packet[2:4], "big")
    sequence = None
    if packet[9] == 51:
        sequence = int.from_bytes(packet[header + 8:header + 12], "big")
        header += (packet[header + 1] + 2) * 4
    body = packet[header:length]
    if len(body) < 8:
        return None
    version, vrid, priority, count = body[0] >> 4, body[1], body[2], body[3]
    addresses = [str(ipaddress.ip_address(body[8 + 4 * i:12 + 4 * i])) for i in range(count)
                 if len(body) >= 12 + 4 * i]
    if version == 2:
        interval, auth = float(body[5]), body[8 + 4 * count:16 + 4 * count]
        good = checksum(body) == 0
    else:
        interval, auth = (int.from_bytes(body[4:6], "big") & 0xFFF) / 100, b""
        pseudo = packet[12:20] + struct.pack("!BBH", 0, 112, len(body))
        good = checksum(pseudo + body) == 0
    return Advert(time, mac, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]), packet[8],
                  version, vrid, priority, interval, addresses, body[4] if version == 2 else 0, auth, good,
                  packet[:length], sequence)


def checksum(data):
    """The Internet checksum (RFC 1071); 0 over data that carries its own correct one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(word for (word,) in struct.iter_unpack("!H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
