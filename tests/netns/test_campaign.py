# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mixed routers on one network, and what the world does to them: power loss, crashes, stops, pulled cables, faults
further away, other priorities.

Each scenario has three routers of at least two vendors, and all scenarios share one switch. Again and again one thing
happens to one router; within the longest master-down interval and skew exactly one must be master, the best of those that
can: seen from outside, by who advertises and who answers ARP or neighbour solicitations. What happens is drawn from a seed, which a failure prints:

    MAINSTAY_SEED=SEED tests/lab/enter pytest-3 tests/netns/test_campaign.py

does the same to each scenario in the same order. MAINSTAY_MINUTES says how long, 1 by default.
"""

import os
import random
import signal
import socket
import struct
import time

import pytest
from lab import Capture, PacketFile, until
from lab.capture import checksum
from lab.mainstay import Mainstay
from lab.peers import Frr, Keepalived
from lab.scenario import master_down, simple, skew

CLIENT, CLIENT6 = "10.0.250.1", "fe80::250:1"
# Of a machine that runs other tests meanwhile, sanitized.
SLACK = 0.6

PASS = "authentication {{\n auth_type PASS\n auth_pass secret12\n }}"
AH = PASS.replace("PASS\n", "AH\n")


class Router:
    """One router of a scenario: a node with one vendor's daemon."""

    restarts = False        # its vendor promises that a crash is not noticed

    def __init__(self, scenario, number, priority):
        self.scenario, self.number, self.priority = scenario, number, priority
        self.address = self.source = scenario.address(number)
        self.name = f"{scenario.name}-{number}"
        self.node = scenario.lab.netns(self.name, eth0=f"{self.address}/{scenario.prefix}")
        self.node.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2")
        self.out = None         # why it cannot be master: the word of what happened
        self.start()

    def text(self):
        return self.scenario.text(self)

    def power_on(self):
        self.node.power_on()
        self.node.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2")
        self.start()


class OurRouter(Router):
    restarts = True

    def start(self):
        self.daemon = Mainstay(self.node, self.text())

    def stop(self):
        self.daemon.stop("vrrpd")

    def start_again(self):
        self.daemon.start("vrrpd")

    def crash(self):
        self.daemon.kill("vrrpd")
        self.daemon.start("vrrpd")

    def set_priority(self):
        self.daemon.configure(self.text())
        self.daemon.running["vrrpd"].signal(signal.SIGHUP)


class KeepalivedRouter(Router):
    def start(self):
        self.daemon = Keepalived(self.node, self.text())
        self.daemon.process.wait_output("Entering BACKUP STATE", 10)

    def stop(self):
        self.daemon.stop()

    def start_again(self):
        self.daemon.start()

    def set_priority(self):
        self.daemon.reload(self.text())


class FrrRouter(Router):
    def start(self):
        if self.scenario.inet6:
            self.source = self.scenario.address(self.number + 50)
        self.daemon = Frr(self.node, vrid=self.scenario.vrid, priority=self.priority, vip=self.scenario.vip,
                          interval_msec=int(self.scenario.advert * 1000),
                          source=self.source if self.scenario.inet6 else None)
        until(lambda: self.daemon.state() in ("Backup", "Master"), 10, "FRR runs")

    def set_priority(self):
        self.daemon.set_priority(self.priority)


class Scenario:
    """Three routers of one virtual router, and what has happened to them."""

    def __init__(self, lab, capture, client, index, seed, version, advert, vendors, more=""):
        self.lab, self.capture, self.client = lab, capture, client
        self.index, self.vrid = index, 100 + index
        self.inet6 = "ipv6" in self.name
        self.prefix = 64 if self.inet6 else 16
        self.vip = self.address(100)
        self.version, self.advert, self.more = version, advert, more
        self.random = random.Random(f"{seed} {self.name}")
        self.story, self.steps = [], 0
        priorities = self.random.sample(range(20, 250, 10), len(vendors))
        # One of ours begins as master, so that it has something to say.
        first = vendors.index(OurRouter)
        priorities.insert(first, priorities.pop(priorities.index(max(priorities))))
        self.routers = [vendor(self, n, priority) for n, (vendor, priority) in enumerate(zip(vendors, priorities), 1)]
        self.settle("start: " + ", ".join(f"{r.name} {type(r).__name__} {r.priority}" for r in self.routers))

    @property
    def name(self):
        return SCENARIOS[self.index][0]

    def address(self, number):
        return f"fe80::{self.index + 1}:{number}" if self.inet6 else f"10.0.{self.index}.{number}"

    @property
    def virtual_mac(self):
        return f"00:00:5e:00:0{2 if self.inet6 else 1}:{self.vrid:02x}"

    def text(self, router):
        others = "\n".join(self.address(n) for n in (1, 2, 3) if n != router.number)
        more = self.more.format(own=router.address, others=others)
        return simple(router.priority, vrid=self.vrid, version=self.version, advert=f"{self.advert:g}",
                      vip=f"{self.vip}/{self.prefix}", more=more)

    # What happens

    def happen(self):
        """One thing more to one router."""
        out = [r for r in self.routers if r.out]
        fine = [r for r in self.routers if not r.out]
        if out and (len(fine) == 1 or self.random.random() < 0.6):
            self.restore(self.random.choice(out))
        else:
            self.disturb(self.random.choice(fine), len(fine) > 1)
        self.steps += 1

    def disturb(self, router, may_fail):
        # FRR's daemon does not stop by itself: its addresses are on an interface that was made by hand and would stay.
        things = ["priority", "priority"]
        if may_fail:
            things += ["power", "cable", "cut"] + (["stop"] if hasattr(router, "stop") else [])
        if router.restarts:
            things.append("crash")
        thing = self.random.choice(things)
        if thing == "priority":
            taken = {r.priority for r in self.routers}
            router.priority = self.random.choice([p for p in range(20, 250, 10) if p not in taken])
            router.set_priority() if not router.out else None
        elif thing == "crash":
            router.crash()
        else:
            {"power": router.node.power_off, "cable": router.node.pull_cable, "cut": router.node.port().cut_off,
             "stop": getattr(router, "stop", None)}[thing]()
            router.out = thing
        self.settle(f"{thing} {router.name}" + (f" {router.priority}" if thing == "priority" else ""))

    def restore(self, router):
        {"power": router.power_on, "cable": router.node.plug_cable, "cut": router.node.port().join,
         "stop": getattr(router, "start_again", None)}[router.out]()
        self.story.append(f"end of {router.out} at {router.name}")
        router.out = None
        self.settle(self.story.pop())

    # What is to be seen

    def settle(self, what):
        """From now on the time runs in which it has to be settled."""
        fine = [r for r in self.routers if not r.out]
        self.expected = max(fine, key=lambda r: r.priority)
        bound = max(master_down(r.priority, self.advert, self.version) + skew(r.priority, self.advert, self.version)
                    for r in fine)
        self.settled_at = time.time() + bound + SLACK
        self.watched_until = None
        self.story.append(f"[{time.time():.3f}] {what}; {self.expected.name} in {bound:.2f} s")

    def tick(self, ending):
        """Look whether it is time for something; returns whether there is more to do."""
        now = time.time()
        if now < self.settled_at:
            return True
        if self.watched_until is None:
            self.watched_until = now + 2.5 * self.advert + 0.1
            self.asked_at = time.time()
            self.client.ask(self.vip)
        elif now >= self.watched_until:
            self.check()
            if ending:
                return False
            self.happen()
        return True

    def answers(self):
        """The source MACs of the answers to the client's question."""
        if self.inet6:
            return [n.mac for n in self.capture.neighbours(address=self.vip, since=self.asked_at)
                    if "S" in n.flags and n.destination == CLIENT6]
        return [arp.mac for arp in self.capture.arps(address=self.vip, since=self.asked_at)
                if arp.operation == 2 and arp.target == CLIENT]

    def check(self):
        speakers = {a.source for a in self.capture.adverts(vrid=self.vrid, since=self.settled_at)}
        answers = self.answers()
        has_vmac = "vmac" in self.name or isinstance(self.expected, FrrRouter)
        right = {self.virtual_mac} if has_vmac else self.expected.node.macs
        seen = f"adverts of {speakers or 'nobody'}, answers of {answers or 'nobody'}"
        # To peers whose MAC cannot be found out nothing is sent: its adverts are seen where they have an end.
        alone = "unicast" in self.name and all(r.out for r in self.routers if r is not self.expected)
        assert speakers in ({self.expected.source}, set() if alone else None) and len(answers) == 1 and answers[0] in right, \
            f"{self.name}: {self.expected.name} should be the only master, but: {seen}\n" + "\n".join(self.story)


class Client:
    """Who asks for the addresses, by ARP (RFC 826) and by neighbour solicitation (RFC 4861 section 4.3)."""

    def __init__(self, lab):
        node = lab.netns("client", eth0=[f"{CLIENT}/16", f"{CLIENT6}/64"])
        self.mac = bytes.fromhex(node.port().mac.replace(":", ""))
        self.socket = node.net.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with node.net.entered():
            self.socket.bind(("eth0", 0))
        lab.on_close(self.socket.close)

    def ask(self, address):
        self.socket.send(self.solicitation(address) if ":" in address else self.request(address))

    def request(self, address):
        return b"\xff" * 6 + self.mac + struct.pack(
            "!HHHBBH6s4s6s4s", 0x0806, 1, 0x0800, 6, 4, 1, self.mac, socket.inet_aton(CLIENT), bytes(6),
            socket.inet_aton(address))

    def solicitation(self, address):
        own, target = (socket.inet_pton(socket.AF_INET6, a) for a in (CLIENT6, address))
        group = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")[:13] + target[13:]
        body = struct.pack("!BBHI16sBB6s", 135, 0, 0, 0, target, 1, 1, self.mac)
        pseudo = own + group + struct.pack("!IxxxB", len(body), 58)
        body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
        return (b"\x33\x33" + group[12:] + self.mac + b"\x86\xdd" +
                struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + own + group + body)


UNICAST = "unicast_src_ip {own}\n unicast_peer {{\n {others}\n }}"

SCENARIOS = [
    ("v2-pass", dict(version=2, advert=1, vendors=(OurRouter, KeepalivedRouter, OurRouter),
                     more=PASS)),
    ("v2-ah", dict(version=2, advert=1, vendors=(OurRouter, KeepalivedRouter, OurRouter), more=AH)),
    ("v2-unicast", dict(version=2, advert=1, vendors=(OurRouter, KeepalivedRouter, KeepalivedRouter), more=UNICAST)),
    ("v3", dict(version=3, advert=0.2, vendors=(OurRouter, KeepalivedRouter, OurRouter))),
    ("v3-frr", dict(version=3, advert=0.2, vendors=(OurRouter, FrrRouter, KeepalivedRouter))),
    ("v3-unicast", dict(version=3, advert=0.2, vendors=(OurRouter, KeepalivedRouter, OurRouter), more=UNICAST)),
    ("v3-vmac", dict(version=3, advert=0.2, vendors=(OurRouter, KeepalivedRouter, FrrRouter), more="use_vmac")),
    ("ipv6", dict(version=3, advert=0.2, vendors=(OurRouter, KeepalivedRouter, OurRouter))),
    ("ipv6-vmac", dict(version=3, advert=0.2, vendors=(OurRouter, KeepalivedRouter, OurRouter), more="use_vmac")),
    ("ipv6-frr", dict(version=3, advert=0.2, vendors=(OurRouter, FrrRouter, KeepalivedRouter))),
    ("ipv6-unicast", dict(version=3, advert=0.2, vendors=(KeepalivedRouter, OurRouter, OurRouter), more=UNICAST)),
]


@pytest.mark.timing     # 33 routers; beside other tests they are late
def test_exactly_one_master_whatever_happens(lab):
    seed = os.environ.get("MAINSTAY_SEED") or str(random.randrange(1 << 32))
    print(f"\nMAINSTAY_SEED={seed}")
    capture, packets, client = Capture(lab), PacketFile(lab), Client(lab)
    scenarios = [Scenario(lab, capture, client, index, seed, **settings) for index, (_, settings) in enumerate(SCENARIOS)]
    end = time.monotonic() + 60 * float(os.environ.get("MAINSTAY_MINUTES", 1))
    try:
        running = scenarios
        while running:
            running = [s for s in running if s.tick(time.monotonic() > end)]
            time.sleep(0.01)
    except BaseException as error:
        pytest.fail(f"MAINSTAY_SEED={seed}: {error}")
    print(", ".join(f"{s.name}: {s.steps}" for s in scenarios))
    assert all(s.steps >= 3 for s in scenarios)
    examine(packets, scenarios)


def examine(packets, scenarios):
    """Every packet of ours, as somebody else reads it."""
    fields = ("eth.src", "eth.dst", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "ip.ttl", "ipv6.hlim", "vrrp.version", "vrrp.virt_rtr_id",
              "vrrp.prio", "vrrp.checksum.status", "vrrp.ip_addr", "vrrp.ipv6_addr", "vrrp.adver_int", "vrrp.short_adver_int",
              "ah.sequence")
    ours = {r.address: r for s in scenarios for r in s.routers if isinstance(r, OurRouter)}
    seen = {scenario.name: 0 for scenario in scenarios}
    for packet in packets.read(fields, "vrrp"):
        router = ours.get(packet["ip.src"] or packet["ipv6.src"])
        if router:
            seen[router.scenario.name] += 1
            examine_one(packet, router.scenario)
    print("packets of ours:", seen)
    assert min(seen.values()) > 0, seen


def examine_one(packet, scenario):
    inet6, multicast = scenario.inet6, "unicast" not in scenario.name
    group, mac = ("ff02::12", "33:33:00:00:00:12") if inet6 else ("224.0.0.18", "01:00:5e:00:00:12")
    interval = scenario.advert if scenario.version == 2 else scenario.advert * 100
    assert packet["vrrp.checksum.status"] == "1", packet
    assert packet["ipv6.hlim" if inet6 else "ip.ttl"] == "255", packet
    assert (packet["ipv6.dst" if inet6 else "ip.dst"] == group) == multicast, packet
    assert (packet["eth.dst"] == mac) == multicast, packet
    assert (packet["eth.src"] == scenario.virtual_mac) == ("vmac" in scenario.name), packet
    assert int(packet["vrrp.version"]) == scenario.version, packet
    assert int(packet["vrrp.virt_rtr_id"]) == scenario.vrid, packet
    assert packet["vrrp.ipv6_addr" if inet6 else "vrrp.ip_addr"] == scenario.vip, packet
    assert int(packet["vrrp.adver_int" if scenario.version == 2 else "vrrp.short_adver_int"]) == interval, packet
    assert bool(packet["ah.sequence"]) == ("ah" in scenario.name), packet
