# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main promise for the kinds of instance that have sockets of their own: IPv6, and IPv4 with authentication header.
Under systemd, whose descriptor store keeps these sockets, nobody notices a restart or a kill; and who took over in between
is heard of from them."""

import os
import signal
import time

import pytest
from lab import AddressMonitor, Capture, holds_for, until
from lab.mainstay import Mainstay, MainstayUnits
from lab.scenario import simple

pytestmark = pytest.mark.timing

AH = "authentication {\n auth_type AH\n auth_pass secret12\n }"


def config(priority, more=""):
    return (simple(priority, name="SIX", version=3, advert="0.1", vip="fe80::100/64\n 2001:db8::100/64", more=more)
            + simple(priority, name="AH", vrid=52, more=f"version 2\n {AH}\n {more}")[1:].split("}", 1)[1])


@pytest.fixture(scope="module")
def pair(shared_lab, installation):
    a = shared_lab.nspawn("a", layers=[installation], eth0=["fe80::1/64", "10.0.0.1/24"])
    b = shared_lab.netns("b", eth0=["fe80::2/64", "10.0.0.2/24"])
    capture = Capture(shared_lab)
    master, backup = MainstayUnits(a, config(100, "nopreempt")), Mainstay(b, config(90))
    for name in ("SIX", "AH"):
        master.wait_state("MASTER", name)
    return master, backup, capture


def test_its_sockets_are_in_the_descriptor_store(pair):
    master, _, _ = pair
    shown = master.node.systemctl("show", "-p", "NFileDescriptorStore", "mainstay-vrrpd").stdout
    assert shown.strip() == "NFileDescriptorStore=2"


@pytest.mark.parametrize("action", ["restart", "kill"])
def test_nobody_notices(pair, action):
    master, backup, capture = pair
    monitors = [AddressMonitor(master.node, inet6=inet6) for inet6 in (False, True)]
    before = [backup.instance(name)["LastTransitionUsec"] for name in ("SIX", "AH")]
    since = time.time()
    for _ in range(2):
        getattr(master, action)("vrrpd")
        holds_for(lambda: backup.state("SIX") == backup.state("AH") == "BACKUP", 1.2)
    assert not capture.adverts(backup.node, since=since)
    assert [monitor.seen() for monitor in monitors] == [[], []]
    assert [backup.instance(name)["LastTransitionUsec"] for name in ("SIX", "AH")] == before
    numbers = [advert.sequence for advert in capture.adverts(master.node, vrid=52)]
    assert numbers == sorted(set(numbers))
    assert not any(backup.instance("AH")["PacketErrors"].values())


def test_who_took_over_during_a_long_restart_is_heard_of(pair):
    """So long that the peers' patience ends: the kept sockets have gone on hearing, and nobody quarrels."""
    master, backup, capture = pair
    slow = "/etc/systemd/system/mainstay-vrrpd.service.d/slow.conf"
    # Peers at 0.1 s were asked for patience, too.
    master.node.write(slow, "[Service]\nExecStartPre=/bin/sleep 4.2\n")
    master.node.systemctl("daemon-reload")
    began = time.time()
    master.restart("vrrpd")
    taken = capture.wait_advert(backup.node, since=began).time
    holds_for(lambda: [backup.state(name) for name in ("SIX", "AH")] == ["MASTER", "MASTER"], 0.5)
    assert [master.state(name) for name in ("SIX", "AH")] == ["BACKUP", "BACKUP"]
    assert not capture.adverts(master.node, since=taken)
    for address in ("fe80::100", "2001:db8::100", "10.0.0.100"):
        master.wait_lost(address)
    master.node.run(["rm", slow])
    master.node.systemctl("daemon-reload")
    for name in ("SIX", "AH"):
        backup.ctl("resign", name)
        master.wait_state("MASTER", name)


def test_who_took_over_meanwhile_is_heard_of(pair):
    """Frozen and killed: the kept socket has what the new master said. The other instance was not away for long enough."""
    master, backup, _ = pair
    master.node.systemctl("kill", "-s", "STOP", "mainstay-vrrpd")
    backup.wait_state("MASTER", "SIX")
    master.kill("vrrpd")
    until(lambda: master.state("SIX") == "BACKUP", 2, "superseded")
    holds_for(lambda: backup.state("SIX") == master.state("AH") == "MASTER", 0.5, "no quarrel")
    for address in ("fe80::100", "2001:db8::100"):
        master.wait_lost(address)


def test_what_it_held_is_released_when_it_cannot_come_back(pair):
    master, backup, _ = pair
    backup.stop("vrrpd")
    for name in ("SIX", "AH"):
        master.wait_state("MASTER", name)
    master.node.run("mv /usr/libexec/mainstay/vrrpd /usr/libexec/mainstay/vrrpd.away")
    os.kill(master.pid("vrrpd"), signal.SIGKILL)
    for address in ("fe80::100", "2001:db8::100", "10.0.0.100"):
        master.wait_lost(address)
    assert master.has("fe80::1") and master.has("10.0.0.1"), "and nothing else"
