# SPDX-License-Identifier: LGPL-2.1-or-later
"""Elections against other people's routers, in both roles: keepalived in eight dialects and with authentication headers, FRR in
VRRPv3 over both families."""

import time

import pytest

from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from lab.peers import Frr, Keepalived
from lab.scenario import master_down, simple, skew

VIP = "10.0.0.100"
PASS = "authentication {\n auth_type PASS\n auth_pass secret12\n }"
UNICAST = "unicast_src_ip 10.0.0.{own}\n unicast_peer {{\n 10.0.0.{peer}\n }}"

DIALECTS = {
    "v2": dict(version=2, advert="1"),
    "v2-pass": dict(version=2, advert="1", more=PASS),
    "v2-unicast": dict(version=2, advert="1", more=UNICAST),
    "v2-unicast-pass": dict(version=2, advert="1", more=UNICAST + "\n" + PASS.replace("{", "{{").replace("}", "}}")),
    "v3": dict(version=3, advert="0.2"),
    "v3-unicast": dict(version=3, advert="0.2", more=UNICAST),
    "ipv6": dict(version=3, advert="0.2", vip="fe80::100/64\n        2001:db8::100/64"),
    "ipv6-unicast": dict(version=3, advert="0.2", vip="fe80::100/64", more=UNICAST.replace("10.0.0.", "fe80::")),
}


class Pair:
    """Ours is 10.0.0.1, theirs 10.0.0.2, in one dialect."""

    def __init__(self, lab, dialect, ours, theirs):
        self.settings = DIALECTS[dialect]
        self.priorities = {1: ours, 2: theirs}
        self.version, self.advert = self.settings["version"], float(self.settings["advert"])
        self.capture = Capture(lab)
        inet6 = "vip" in self.settings
        self.vip = "fe80::100" if inet6 else VIP
        host = "fe80::{}" if inet6 else "10.0.0.{}"
        self.theirs_ip = host.format(2)
        self.node_a = lab.netns("ours", eth0=[f"{host.format(1)}/{64 if inet6 else 24}"])
        self.node_b = lab.netns("theirs", eth0=[f"{self.theirs_ip}/{64 if inet6 else 24}"])
        self.ours = Mainstay(self.node_a, self.config(1))
        self.theirs = Keepalived(self.node_b, self.config(2))

    def config(self, own):
        settings = dict(self.settings)
        if "more" in settings:
            settings["more"] = settings["more"].format(own=own, peer=3 - own) if "{own}" in settings["more"] \
                else settings["more"]
        return simple(self.priorities[own], **settings)

    def settled(self, ours):
        """Wait until ours is MASTER or BACKUP and theirs the opposite, seen by addresses and by adverts."""
        mine, other = (self.node_a, self.node_b) if ours == "MASTER" else (self.node_b, self.node_a)
        until(lambda: mine.has(self.vip) and not other.has(self.vip), 10, f"ours is {ours}")
        self.ours.wait_state(ours)
        quiet = time.time() + self.advert
        until(lambda: len(self.capture.adverts(mine, since=quiet)) >= 2, 10, "two more adverts")
        assert not self.capture.adverts(other, since=quiet)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_keepalived_follows_ours(lab, dialect):
    pair = Pair(lab, dialect, ours=100, theirs=90)
    pair.settled("MASTER")
    pair.ours.stop("vrrpd")
    zero = pair.capture.wait_advert(pair.node_a, priority=0)
    taken = pair.capture.wait_advert(pair.node_b, since=zero.time)
    expected = skew(90, pair.advert, pair.version)
    assert expected <= taken.time - zero.time < expected + 0.25
    until(lambda: pair.node_b.has(pair.vip) and not pair.node_a.has(pair.vip), 10, "the address has moved")
    pair.ours.start("vrrpd")
    pair.settled("MASTER")
    pair.node_a.power_off()
    last = pair.capture.adverts(pair.node_a)[-1].time
    taken = pair.capture.wait_advert(pair.node_b, since=last)
    expected = master_down(90, pair.advert, pair.version)
    assert expected - 0.01 <= taken.time - last < expected + 0.25


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ours_follows_keepalived(lab, dialect):
    pair = Pair(lab, dialect, ours=90, theirs=100)
    pair.settled("BACKUP")
    assert pair.ours.instance()["MasterAddress"] == pair.theirs_ip
    pair.theirs.stop()
    zero = pair.capture.wait_advert(pair.node_b, priority=0)
    taken = pair.capture.wait_advert(pair.node_a, since=zero.time)
    expected = skew(90, pair.advert, pair.version)
    assert expected <= taken.time - zero.time < expected + 0.25
    pair.theirs.start()
    pair.settled("BACKUP")
    pair.node_b.power_off()
    last = pair.capture.adverts(pair.node_b)[-1].time
    taken = pair.capture.wait_advert(pair.node_a, since=last)
    expected = master_down(90, pair.advert, pair.version)
    assert expected <= taken.time - last < expected + 0.25
    assert not {k: v for k, v in pair.ours.instance()["PacketErrors"].items() if v}


def test_ah_with_keepalived(lab):
    """Authentication headers, multicast and unicast, in both roles at once. Neither side takes a number twice, so
    that a restart of ours, in either role, must go on where it was."""
    capture = Capture(lab)
    secret = "authentication {\n auth_type AH\n auth_pass secret12\n }\n"
    ways = {51: (100, 90, ""), 52: (90, 100, ""), 53: (100, 90, UNICAST), 54: (90, 100, UNICAST)}

    def config(own):
        return "\n".join(simple(priority[own - 1], name=f"V{vrid}", vrid=vrid, vip=f"10.0.0.1{vrid}/24",
                                more=secret + way.format(own=own, peer=3 - own))
                         for vrid, (*priority, way) in ways.items())

    a, b = lab.netns("ours", eth0="10.0.0.1/24"), lab.netns("theirs", eth0="10.0.0.2/24")
    ours, theirs = Mainstay(a, config(1)), Keepalived(b, config(2))
    mine, other = {51, 53}, {52, 54}

    def held(node):
        return {vrid for vrid in ways if node.has(f"10.0.0.1{vrid}")}

    until(lambda: (held(a), held(b)) == (mine, other), 10, "each has what is its own")
    for _ in range(2):
        began = time.time()
        ours.kill("vrrpd")
        ours.start("vrrpd")
        for vrid in mine:
            capture.wait_advert(a, since=began, vrid=vrid)
        holds_for(lambda: (held(a), held(b)) == (mine, other), 1.5)
    theirs.stop()
    until(lambda: held(a) == set(ways), 10, "ours takes over")
    theirs.start()
    until(lambda: (held(a), held(b)) == (mine, other), 10, "theirs, which begins at 1 again, is heard")
    ours.stop("vrrpd")
    until(lambda: held(b) == set(ways), 10, "theirs takes over")
    ours.start("vrrpd")
    until(lambda: (held(a), held(b)) == (mine, other), 10, "and gives way")
    for vrid in ways:
        numbers = [advert.sequence for advert in capture.adverts(a, vrid=vrid)]
        assert numbers == sorted(set(numbers)), "ours grow, whatever has restarted"
        assert not {k: v for k, v in ours.instance(f"V{vrid}")["PacketErrors"].items() if v}


@pytest.mark.parametrize("theirs", [200, 50])
def test_frr(lab, theirs):
    a, b = lab.netns("ours", eth0="10.0.0.1/24"), lab.netns("frr", eth0="10.0.0.2/24")
    ours = Mainstay(a, simple(100, version=3, advert="1", vip=VIP))
    frr = Frr(b, vrid=51, priority=theirs, vip=VIP)
    mine, other = ("MASTER", "Backup") if theirs < 100 else ("BACKUP", "Master")
    until(lambda: frr.state() == other, 15, f"FRR is {other}")
    ours.wait_state(mine)
    if theirs < 100:
        a.power_off()
        until(lambda: frr.state() == "Master", 8, "FRR takes over")
    else:
        b.power_off()
        ours.wait_has(VIP, 8)


@pytest.mark.parametrize("theirs", [200, 50])
def test_frr_over_ipv6(lab, theirs):
    """FRR speaks from its macvlan, with an address and a MAC of that."""
    vip, source = "fe80::100", "fe80::22"
    a, b = lab.netns("ours", eth0="fe80::1/64"), lab.netns("frr", eth0="fe80::2/64")
    capture = Capture(lab)
    ours = Mainstay(a, simple(100, version=3, advert="0.2", vip=f"{vip}/64"))
    frr = Frr(b, vrid=51, priority=theirs, vip=vip, interval_msec=200, source=source)
    mine, other = ("MASTER", "Backup") if theirs < 100 else ("BACKUP", "Master")
    until(lambda: frr.state() == other, 15, f"FRR is {other}")
    ours.wait_state(mine)
    if theirs < 100:
        ours.stop("vrrpd")
        zero = capture.wait_advert(a, priority=0)
        taken = capture.wait_advert(source, since=zero.time)
        assert skew(theirs, 0.2, 3) <= taken.time - zero.time < skew(theirs, 0.2, 3) + 0.25
        until(lambda: frr.state() == "Master", 8, "FRR takes over")
        ours.start("vrrpd")
        until(lambda: frr.state() == "Backup", 8, "and gives way")
        ours.wait_has(vip)
    else:
        assert ours.instance()["MasterAddress"] == source
        assert not {k: v for k, v in ours.instance()["PacketErrors"].items() if v}
        b.power_off()
        last = capture.adverts(source)[-1].time
        taken = capture.wait_advert(a, since=last)
        expected = master_down(100, 0.2, 3)
        assert expected - 0.01 <= taken.time - last < expected + 0.25
        ours.wait_has(vip)


def test_a_sync_group_against_keepalived(lab):
    """Two networks, a group on both sides: all of one or all of the other."""
    group = "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n"
    both = (VIP, "10.1.0.100")

    def text(priority):
        second = simple(priority, version=3, advert="0.2")
        second = second[second.index("vrrp_instance"):].replace("VI_1", "VI_2").replace("eth0", "eth1") \
            .replace("10.0.0.100", "10.1.0.100").replace("virtual_router_id 51", "virtual_router_id 52")
        return simple(priority, version=3, advert="0.2") + second + group

    def owns(one, other):
        return all(one.has(x) and not other.has(x) for x in both)

    a = lab.netns("ours", eth0="10.0.0.1/24", eth1="10.1.0.1/24")
    b = lab.netns("theirs", eth0="10.0.0.2/24", eth1="10.1.0.2/24")
    ours = Mainstay(a, text(100))
    Keepalived(b, text(90))
    until(lambda: owns(a, b), 10, "ours has both")
    for node, other in ((a, b), (b, a)):
        node.run("ip link set eth1 down")
        until(lambda: owns(other, node), 10, "a fault in one network moves both")
        node.run("ip link set eth1 up")
        until(lambda: owns(a, b), 10, "the higher priority has both again")
    # Both networks are one wire here, so each hears the other member, too.
    assert {k for k, v in ours.instance("VI_2")["PacketErrors"].items() if v} <= {"foreign-vrid"}
