# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody else has the address: stations that claim it, and a router that was asleep and did not know better."""

import signal
import socket
import struct
import time

import pytest
import vrrp
from lab import Capture, EchoServer, Probe, holds_for, until
from lab.mainstay import Mainstay
from test_runtime import events
from vrrp import VIP, config, down_interval

FAST = {"advert": "0.2", "version": 3}


def mac_of(node):
    return next(iter(node.macs))


def claim(node, address=VIP):
    """A gratuitous ARP request, as of a station that has the address."""
    mac, ip = bytes.fromhex(mac_of(node).replace(":", "")), socket.inet_aton(address)
    frame = b"\xff" * 6 + mac + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + mac + ip + bytes(6) + ip
    with node.net.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        with node.net.entered():
            sock.bind(("eth0", 0))
        sock.send(frame)


def test_a_station_that_has_the_address_is_told_of_and_answered(lab):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, extra="garp_master_delay 0", **FAST))
    other = lab.netns("other", eth0="10.0.0.9/24")
    capture = Capture(lab)
    a.wait_state("MASTER")
    other.run(f"ip address add {VIP}/24 dev eth0")
    claimed = time.time()
    claim(other)
    until(lambda: events(a, "address-conflict"), 10)
    assert events(a, "address-conflict") == [{"name": "VI_1", "address": VIP, "mac": mac_of(other),
                                              "interface": "eth0"}]
    told = time.time()
    conflict, = a.instance()["Conflicts"]
    assert conflict[:2] == [VIP, mac_of(other)] and claimed < conflict[2] / 1e6 < told
    assert a.instance()["AddressConflicts"] == 1
    assert f"the station {mac_of(other)} on eth0 also claims {VIP}" in a.node.read("/lab/vrrpd.log")
    assert "is also claimed by the station" in a.ctl("status", check=False).stdout
    holds_for(lambda: len(events(a, "address-conflict")) == 1 and a.instance()["Conflicts"], 1.5, "it lasts")
    assert 5 <= len(capture.arps(a.node, VIP, since=claimed)) <= 10, "announced at once, and not for ever"

    gone = time.time()
    other.run(f"ip address del {VIP}/24 dev eth0")
    until(lambda: events(a, "address-conflict-over"), 8)
    assert a.instance()["Conflicts"] == []
    until(lambda: capture.arps(a.node, VIP, since=gone), 10, "the last word is the right one")
    assert a.state() == "MASTER"


def test_a_flood_of_claims_costs_little(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    other = lab.netns("other", eth0="10.0.0.8/24")
    capture = Capture(lab)
    end = time.time() + 2
    while time.time() < end:
        for _ in range(100):
            claim(other)
    assert max(capture.gaps(a.node)) < down_interval(90, 0.2, 3)
    assert a.state() == "MASTER" and vrrp.transitions(b) == ["BACKUP"]
    assert len(events(a, "address-conflict")) == 1
    assert len(capture.arps(a.node, VIP)) <= 15


def test_changes_of_hands_and_ones_own_interfaces_are_no_conflict(lab):
    a = lab.netns("a", eth0="10.0.0.1/24", eth1="10.0.0.3/24")  # both on one network
    b = lab.netns("b", eth0="10.0.0.2/24")
    a, b = Mainstay(a, config(100, **FAST)), Mainstay(b, config(90, **FAST))
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    time.sleep(1.5)     # a has asked by now, and its own eth1 has answered
    a.ctl("priority", "VI_1", "80")
    b.wait_state("MASTER")
    a.wait_state("BACKUP")
    a.ctl("priority", "VI_1", "configured")
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    a.stop("vrrpd")
    b.wait_state("MASTER")
    a.start("vrrpd")
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    holds_for(lambda: a.instance()["Conflicts"] == [], 1.5)
    assert events(a, "address-conflict") == events(b, "address-conflict") == []


def pause(mainstay, seconds):
    """Stop the process for so long; returns the time at which it goes on."""
    process = mainstay.running["vrrpd"]
    process.signal(signal.SIGSTOP)
    time.sleep(seconds)
    now = time.time()
    process.signal(signal.SIGCONT)
    return now


@pytest.mark.parametrize("advert, version, seconds", [("1", 2, 4.5), ("0.2", 3, 1.6)])
def test_a_master_that_slept_too_long_is_backup_without_a_word(lab, advert, version, seconds):
    a, b, client = vrrp.pair(lab, advert=advert, version=version, extra="nopreempt\n garp_master_delay 0")
    pause(a, 2.2 * float(advert))
    holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 1.5 * float(advert), "a little is nothing")
    capture = Capture(lab)
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        woken = pause(a, seconds)
        a.wait_state("BACKUP").wait_lost(VIP)
        b.wait_state("MASTER")
        until(lambda: mac_of(b.node) in client.run("ip neighbour show").stdout, 10)
        probe.wait_answered()
    assert capture.adverts(a.node, since=woken) == []
    until(lambda: len(capture.gaps(b.node, since=woken)) >= 2, 10)
    assert max(capture.gaps(b.node, since=woken)) < 2.5 * float(advert) + 0.1
    assert vrrp.transitions(a) == ["BACKUP", "MASTER", "BACKUP"]
    assert vrrp.transitions(b) == ["BACKUP", "MASTER"]


def test_the_survivor_sees_that_the_sleeper_still_answers(lab):
    """A paused process has a kernel that does not know of it, and answers who asks for the address. And there are
    more adverts for it to read than a full buffer keeps by default, 256, and more addresses than are judged, or asked
    about, in one go."""
    more = "\n".join(f"10.9.{i // 100}.{i % 100}/32" for i in range(300))
    garp = "nopreempt\n garp_master_delay 0\n garp_master_repeat 1\n"

    def text(priority):
        first = config(priority, extra=f"{garp} virtual_ipaddress_excluded {{\n{more}\n}}", **FAST)
        return first + "".join(config(priority, name=f"V{i}", vrid=i, extra=garp, addresses=(f"10.8.0.{i}/32",), **FAST)
                               for i in range(60, 72))
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), text(100)).wait_state("MASTER")
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), text(90))
    until(lambda: b.instance()["MasterAddress"] == "10.0.0.1", 10)
    capture = Capture(lab)
    woken = pause(a, 5.6)
    assert len(capture.adverts(b.node)) > 256
    told = [e for e in events(b, "address-conflict") if e["name"] == "VI_1"]
    assert [e["mac"] for e in told] == [mac_of(a.node)] * 301
    assert len(b.instance()["Conflicts"]) == b.instance()["AddressConflicts"] == 301
    a.wait_state("BACKUP").wait_lost(VIP)
    until(lambda: b.instance()["Conflicts"] == [], 10)
    assert len(events(b, "address-conflict-over")) >= 301
    assert {arp.sender for arp in capture.arps(b.node, since=woken)} >= {VIP, "10.9.0.0", "10.9.2.99"}
    assert max(capture.gaps(b.node, vrid=51)) < down_interval(90, 0.2, 3), "nobody would have taken over from it"
    assert capture.adverts(a.node, since=woken) == []
    assert events(a, "address-conflict") == []


def test_a_backup_that_slept_reads_before_it_takes_over(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    capture = Capture(lab)
    pause(b, 0.45)
    woken = pause(b, 2 * down_interval(90, 0.2, 3))
    holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 1)
    assert capture.adverts(b.node, since=woken) == []
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]
    assert vrrp.transitions(b) == ["BACKUP"]


def test_alone_it_goes_on_and_says_so(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    EchoServer(node)
    a = Mainstay(node, config(100, extra="garp_master_delay 0", **FAST))
    a.wait_state("MASTER")
    capture = Capture(lab)
    woken = pause(a, 2)
    until(lambda: capture.arps(node, VIP, since=woken), 10)
    assert capture.adverts(node, since=woken)
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]
    until(lambda: "could not speak for" in node.read("/lab/vrrpd.log"), 10, "it says so")
