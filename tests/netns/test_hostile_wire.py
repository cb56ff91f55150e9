# SPDX-License-Identifier: LGPL-2.1-or-later
"""A wire full of nonsense: random and half-right VRRP packets of both families and all kinds of authentication, as fast
as somebody can send them. The master stays master, its peer (keepalived) backup, and nothing grows.

MAINSTAY_MINUTES says for how long, MAINSTAY_SEED repeats what was sent.
"""

import os
import pathlib
import random
import re
import socket
import struct
import time

from lab import tools, until
from lab.capture import checksum
from lab.mainstay import Mainstay
from lab.peers import Keepalived
from lab.scenario import simple

OURS, OURS6, STRANGER, STRANGER6 = "10.0.0.1", "fe80::1", "10.0.0.66", "fe80::66"
SECRET = "authentication {{\n auth_type {}\n auth_pass secret12\n }}"
PASS, AH = 51, 52
ROUTERS = {
    PASS: dict(version=2, advert="1", vip="10.0.0.151/24", more=SECRET.format("PASS")),
    AH: dict(version=2, advert="1", vip="10.0.0.152/24", more=SECRET.format("AH")),
    53: dict(version=3, advert="0.5", vip="10.0.0.153/24"),
    54: dict(version=3, advert="0.5", vip="fe80::154/64"),
}


def configuration(priority):
    return "\n".join(simple(priority, name=f"V{vrid}", vrid=vrid, **{**settings, "more": "version {version}\n {more}".format(
        **{"more": "", **settings})}) for vrid, settings in ROUTERS.items())


def pseudo(source, destination, size):
    """What an advertisement's checksum covers beside itself in VRRPv3 (RFC 9568 section 5.2.8)."""
    if ":" in source:
        return b"".join(socket.inet_pton(socket.AF_INET6, a) for a in (source, destination)) + struct.pack("!IxxxB", size, 112)
    return socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!BBH", 0, 112, size)


class Flood:
    """Packets of a stranger. Where he could be believed, because there is no secret, he is less than anybody; he does not
    say farewell, which would move the backup rightly."""

    def __init__(self, lab, seed):
        self.random = random.Random(seed)
        node = lab.netns("stranger", eth0=[f"{STRANGER}/24", f"{STRANGER6}/64"])
        self.raw = node.net.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.raw6 = node.net.socket(socket.AF_INET6, socket.SOCK_RAW, 112)
        with node.net.entered():
            self.index = socket.if_nametoindex("eth0")
        self.raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", bytes(4), bytes(4), self.index))
        self.raw6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        lab.on_close(self.raw.close)
        lab.on_close(self.raw6.close)
        self.sent = 0

    def advert(self, vrid, source, destination):
        """A right one of the least priority, as far as a stranger can."""
        settings = ROUTERS.get(vrid, ROUTERS[53])
        vip = settings["vip"].partition("/")[0]
        addresses = socket.inet_pton(socket.AF_INET6 if ":" in vip else socket.AF_INET, vip)
        interval = 1 if settings["version"] == 2 else 50
        kind = {PASS: 1, AH: 2}.get(vrid, 0)
        body = struct.pack("!BBBBBBH", settings["version"] << 4 | 1, vrid, 1, 1, kind, interval, 0) + addresses
        if settings["version"] == 2:
            body, covered = body + b"guessed!", b""
        else:
            covered = pseudo(source, destination, len(body))
        return body[:6] + struct.pack("!H", checksum(covered + body)) + body[8:]

    def mutated(self, body):
        """A few bytes others, some missing, some too many. The checksum is not mended."""
        body = bytearray(body)
        for _ in range(self.random.randrange(4)):
            body[self.random.randrange(len(body))] = self.random.randrange(256)
        if self.random.random() < 0.2:
            del body[self.random.randrange(len(body)):]
        if self.random.random() < 0.2:
            body += self.random.randbytes(self.random.choice((1, 4, 8, 200, 1200)))
        return bytes(body) if self.random.random() < 0.9 else self.random.randbytes(self.random.randrange(80))

    def sealed(self, body):
        """With an authentication header (RFC 2402) that nobody with the secret has made."""
        sequence = self.random.choice((0, 1, 2**31, 2**32 - 1, self.random.randrange(2**32)))
        header = struct.pack("!BBHII", 112, self.random.choice((4, 4, 4, 0, 255)), 0, self.random.randrange(2**32), sequence)
        return header + self.random.randbytes(12) + body

    def send4(self, vrid):
        destination = self.random.choice(("224.0.0.18", "224.0.0.18", "224.0.0.18", OURS))
        body, protocol = self.mutated(self.advert(vrid, STRANGER, destination)), 112
        if vrid == AH or self.random.random() < 0.1:
            body, protocol = self.sealed(body), 51
        ttl = self.random.choice((255, 255, 255, 254, 1))
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(body), 1, 0, ttl, protocol, 0,
                             socket.inet_aton(STRANGER), socket.inet_aton(destination))
        self.raw.sendto(header + body, (destination, 0))

    def send6(self, vrid):
        destination = self.random.choice(("ff02::12", "ff02::12", "ff02::12", OURS6))
        self.raw6.sendto(self.mutated(self.advert(vrid, STRANGER6, destination)), (destination, 0, 0, self.index))

    def burst(self, n=200):
        for _ in range(n):
            vrid = self.random.choice((*ROUTERS, *ROUTERS, self.random.randrange(256)))
            try:
                self.send6(vrid) if vrid == 54 else self.send4(vrid)
            except OSError:
                continue        # the stranger's own kernel has no room or does not like it
            self.sent += 1


class Seen:
    """What must not change of a process."""

    def __init__(self, mainstay):
        self.mainstay, self.pid = mainstay, mainstay.running["vrrpd"].pid

    def kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def transitions(self):
        instances = self.mainstay.named("vrrpd", "org.mainstay.Vrrp1.Instance")
        return {name: (i["State"], i["LastTransitionUsec"]) for name, i in instances.items()}

    def errors(self):
        instances = self.mainstay.named("vrrpd", "org.mainstay.Vrrp1.Instance")
        return {name: sum(i["PacketErrors"].values()) for name, i in instances.items()}


def test_a_hostile_wire_changes_nothing(lab):
    seed = os.environ.get("MAINSTAY_SEED") or str(random.randrange(1 << 32))
    print(f"\nMAINSTAY_SEED={seed}")
    a = lab.netns("ours", eth0=[f"{OURS}/24", f"{OURS6}/64"])
    b = lab.netns("theirs", eth0=["10.0.0.2/24", "fe80::2/64"])
    flood = Flood(lab, seed)
    ours = Mainstay(a, configuration(254), build=tools.BUILD)       # a sanitizer's memory grows
    for vrid in ROUTERS:
        ours.wait_state("MASTER", f"V{vrid}", timeout=15)
    theirs = Keepalived(b, configuration(100))
    until(lambda: theirs.process.output().count("Entering BACKUP STATE") == len(ROUTERS), 15, "keepalived is backup")
    seen = Seen(ours)
    flood.burst(2000)
    until(lambda: min(seen.errors().values()) > 0, 10, "each router hears it")
    before, descriptors, kib = seen.transitions(), seen.descriptors(), seen.kib()
    assert {state for state, _ in before.values()} == {"MASTER"}

    end = time.monotonic() + 60 * float(os.environ.get("MAINSTAY_MINUTES", 0.1))
    while time.monotonic() < end:
        flood.burst()
        assert ours.running["vrrpd"].running
    assert seen.transitions() == before
    assert "MASTER STATE" not in theirs.process.output()
    assert seen.descriptors() == descriptors
    assert seen.kib() < kib + 1000, f"memory grew from {kib} to {seen.kib()} KiB"
    print(f"{flood.sent} packets, counted as wrong: {seen.errors()}, memory from {kib} to {seen.kib()} KiB")
