# SPDX-License-Identifier: LGPL-2.1-or-later
"""A vrrpd that dies and comes back, without systemd: nobody keeps its sockets, so the new one listens for an
advert interval before it speaks. Restarts under systemd are tested on nodes that have one."""

import json
import signal
import time

import pytest
import vrrp
from lab import AddressMonitor, Capture, Probe, holds_for, until
from lab.mainstay import Mainstay
from lab.peers import Keepalived
from vrrp import VIP, config


@pytest.mark.parametrize("advert, version", [("1", 2), ("0.1", 3)])
def test_kill_9_of_the_master_is_not_noticed(lab, advert, version):
    a, b, client = vrrp.pair(lab, advert=advert, version=version)
    monitors = [AddressMonitor(m.node) for m in (a, b)]
    capture = Capture(lab)
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        for _ in range(5):
            began = time.time()
            a.kill("vrrpd")
            a.start("vrrpd")
            capture.wait_advert(a.node, since=began)
            # longer than a second, or it would be the beginning of a crash loop
            holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 1.2)
    assert probe.outages() == []
    assert probe.slowest() < 0.1
    assert [m.seen() for m in monitors] == [[], []]
    assert vrrp.transitions(b) == ["BACKUP"]
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"], "told once, by the process that did it"
    assert {advert.priority for advert in capture.adverts(a.node)} == {100}


def test_a_keepalived_peer_does_not_notice(lab):
    """It sees one or two adverts late, and follows the priority as before."""
    a, b = lab.netns("a", eth0="10.0.0.1/24"), lab.netns("b", eth0="10.0.0.2/24")
    mainstay = Mainstay(a, config(100))
    mainstay.wait_state("MASTER")
    peer = Keepalived(b, config(90))
    peer.process.wait_output("Entering BACKUP STATE")
    capture = Capture(lab)
    for _ in range(3):
        began = time.time()
        mainstay.kill("vrrpd")
        mainstay.start("vrrpd")
        capture.wait_advert(a, since=began)
        holds_for(lambda: a.has(VIP) and not b.has(VIP), 1.2)
    assert capture.adverts(b) == []


def test_events_are_not_told_again(lab):
    a, _, _ = vrrp.pair(lab)
    before = a.ctl("events", "--json", check=False).stdout
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("MASTER")
    told = [json.loads(line) for line in a.ctl("events", "--json", check=False).stdout.splitlines()]
    assert len(told) > len(before.splitlines())
    states = [e for e in told if e["Type"] == "instance-state"]
    assert [e["Data"]["state"] for e in states] == ["BACKUP", "MASTER"]


def test_a_backup_goes_on_as_backup(lab):
    a, b, _ = vrrp.pair(lab)
    b.kill("vrrpd")
    b.start("vrrpd")
    assert b.state() == "BACKUP"
    holds_for(lambda: b.state() == "BACKUP", 2)
    until(lambda: b.instance()["MasterAddress"] == "10.0.0.1", 2)
    assert vrrp.transitions(b) == ["BACKUP"]


def test_why_is_known_over_a_restart(lab):
    a, b, _ = vrrp.pair(lab, advert="0.1", version=3)
    a.wait_state("MASTER")
    before = a.instance()
    assert before["Reason"].startswith("no MASTER has been heard for")
    a.kill("vrrpd")
    a.start("vrrpd")
    after = a.wait_state("MASTER").instance()
    assert after["Reason"] == before["Reason"]
    assert abs(after["LastTransitionUsec"] - before["LastTransitionUsec"]) < 100_000
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]


def test_who_died_between_the_deed_and_the_telling_of_it_is_told_of(lab):
    """The event is recorded first, the file of roles and the journal come later."""
    a, b, _ = vrrp.pair(lab, extra="nopreempt", advert="0.1", version=3)
    a.wait_state("MASTER")
    a.node.run("cp /run/mainstay/vrrpd/roles /run/mainstay/vrrpd/roles.old")
    a.running["vrrpd"].signal(signal.SIGSTOP)
    b.wait_state("MASTER")
    a.running["vrrpd"].signal(signal.SIGCONT)
    a.wait_state("BACKUP")
    reason = a.instance()["Reason"]
    assert "took over while this router could not speak" in reason
    a.kill("vrrpd")
    a.node.run("mv /run/mainstay/vrrpd/roles.old /run/mainstay/vrrpd/roles")
    a.start("vrrpd")
    a.wait_state("BACKUP")
    assert a.instance()["Reason"] == reason
    assert f"VI_1: became BACKUP before the earlier process ended: {reason}" in a.node.read("/lab/vrrpd.log")
    assert b.state() == "MASTER"


def test_dead_for_long_it_finds_that_it_was_superseded(lab):
    a, b, client = vrrp.pair(lab, extra="nopreempt")
    a.kill("vrrpd")
    b.wait_state("MASTER")
    assert a.has(VIP), "nobody was there to remove it"
    a.start("vrrpd")
    a.wait_state("BACKUP")
    a.wait_lost(VIP)
    assert vrrp.transitions(a)[-1] == "BACKUP"
    assert "could not speak" in a.instance()["Reason"]
    assert b.state() == "MASTER"


def test_a_paused_master_gives_way_to_the_one_that_took_over(lab):
    a, b, _ = vrrp.pair(lab, extra="nopreempt", advert="0.2", version=3)
    capture = Capture(lab)
    a.running["vrrpd"].signal(signal.SIGSTOP)
    b.wait_state("MASTER")
    began = time.time()
    a.running["vrrpd"].signal(signal.SIGCONT)
    a.wait_state("BACKUP")
    assert b.state() == "MASTER"
    assert not a.has(VIP)
    assert capture.adverts(a.node, since=began) == [], "it does not fight"


def test_a_paused_master_that_nobody_replaced_goes_on(lab):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, advert="0.1", version=3))
    a.wait_state("MASTER")
    capture = Capture(lab)
    a.running["vrrpd"].signal(signal.SIGSTOP)
    holds_for(lambda: True, 1)
    began = time.time()
    a.running["vrrpd"].signal(signal.SIGCONT)
    capture.wait_advert(a.node, since=began)
    until(lambda: capture.arps(a.node, VIP, since=began), 2, "and announces, since it was silent for long")
    assert a.state() == "MASTER" and vrrp.transitions(a) == ["BACKUP", "MASTER"]


def test_the_file_edited_while_it_was_dead_counts_after_an_orderly_start_only(lab):
    a, b, _ = vrrp.pair(lab)
    a.configure("vrrp_instance VI_1 {\n")   # half edited
    a.kill("vrrpd")
    a.start("vrrpd")
    assert a.state() == "MASTER"


def test_an_address_that_left_the_configuration_meanwhile_is_removed(lab):
    both = (f"{VIP}/24", "10.0.0.101/24")
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, addresses=both))
    a.wait_state("MASTER").wait_has("10.0.0.101")
    a.kill("vrrpd")
    a.configure(config(100))
    a.node.run("rm -f /run/mainstay/vrrpd/accepted.conf")
    a.start("vrrpd")
    a.wait_lost("10.0.0.101")
    assert a.has(VIP)


def test_a_torn_state_file_is_ignored_with_a_message(lab):
    a, b, _ = vrrp.pair(lab)
    a.kill("vrrpd")
    a.node.run("truncate -s 100 /run/mainstay/vrrpd/roles")
    a.start("vrrpd")
    assert "roles is torn and ignored" in a.node.read("/lab/vrrpd.log")
    a.wait_state("MASTER")
    b.wait_state("BACKUP")


def test_a_second_one_refuses_and_names_the_first(lab):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100))
    first = a.running["vrrpd"]
    second = a.node.run([a.build / "vrrpd" / "vrrpd", "-f", a.path], check=False)
    assert second.returncode == 1
    assert "another vrrpd" in second.stderr and "lock is taken" in second.stderr
    assert first.running
    a.wait_state("MASTER")


def test_crashes_in_a_row_end_in_a_released_start(lab):
    a, b, _ = vrrp.pair(lab)
    for _ in range(5):
        a.kill("vrrpd")
        a.start("vrrpd")
    until(lambda: "crashes in a row" in a.node.read("/lab/vrrpd.log"), 2)
    assert "BACKUP" in vrrp.transitions(a)[2:]


def test_reload_of_the_same_file_touches_nothing(lab):
    a, b, client = vrrp.pair(lab, advert="0.1", version=3)
    monitor = AddressMonitor(a.node)
    capture = Capture(lab)
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        holds_for(lambda: True, 0.3, "the first announcement is over")
        began = time.time()
        for _ in range(10):
            a.running["vrrpd"].signal(signal.SIGHUP)
            b.running["vrrpd"].signal(signal.SIGHUP)
            holds_for(lambda: True, 0.1)
        holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 0.5)
        assert max(capture.gaps(a.node, since=began)) < 0.15
        assert min(capture.gaps(a.node, since=began)) > 0.05
    assert monitor.seen() == [] and [arp for arp in capture.arps(a.node, VIP, since=began) if arp.gratuitous] == []
    assert probe.outages() == []
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"] and vrrp.transitions(b) == ["BACKUP"]


def test_reload_of_another_priority_address_and_instance(lab):
    a, b, _ = vrrp.pair(lab)
    a.configure(config(110, addresses=(f"{VIP}/24", "10.0.0.101/24"))
                + config(100, name="V2", vrid=52, addresses=("10.0.0.102/32",)))
    a.running["vrrpd"].signal(signal.SIGHUP)
    a.wait_has("10.0.0.101")
    until(lambda: b.instance()["MasterPriority"] == 110, 3)
    a.wait_state("MASTER", name="V2").wait_has("10.0.0.102")
    a.configure(config(110))
    a.running["vrrpd"].signal(signal.SIGHUP)
    a.wait_lost("10.0.0.101").wait_lost("10.0.0.102")
    assert a.state("V2") is None and a.state() == "MASTER" and a.has(VIP)
    assert vrrp.transitions(a, "V2") == ["BACKUP", "MASTER", "DELETED"]
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]
