# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routers and the machine they stand on: interfaces, addresses, what is announced, what can be asked."""

import json
import time

import pytest
import vrrp
from lab import AddressMonitor, Capture, EchoServer, Probe, holds_for, tools, until
from lab.mainstay import Mainstay
from vrrp import VIP, config, down_interval

FAST = {"advert": "0.2", "version": 3}


def test_the_higher_priority_has_the_address_alone(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    assert a.has(VIP) and not b.has(VIP)
    assert a.instance()["MasterAddress"] == "10.0.0.1"
    assert b.instance()["MasterAddress"] == "10.0.0.1"
    assert b.instance()["MasterPriority"] == 100
    assert "silent" in a.instance()["Reason"] or "no MASTER" in a.instance()["Reason"]


def test_becoming_master_is_announced_twice(lab):
    capture = Capture(lab)
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, extra="garp_master_delay 1"))
    a.wait_state("MASTER")
    until(lambda: len(capture.arps(a.node, VIP)) == 10, 10, "two bursts of five")
    first = capture.adverts(a.node)[0].time
    arps = capture.arps(a.node, VIP)
    assert all(arp.gratuitous and arp.sender_mac == next(iter(a.node.macs)) for arp in arps)
    assert 0 <= arps[0].time - first < 0.1
    assert 0.9 < arps[5].time - first < 1.3
    holds_for(lambda: len(capture.arps(a.node, VIP)) == 10, 1)


def test_a_pulled_cable_is_a_fault_and_heals(lab):
    a, b, client = vrrp.pair(lab, **FAST)
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        a.node.run("ip link set eth0 down")
        a.wait_state("FAULT")
        assert not a.has(VIP)
        assert a.instance()["FaultReasons"] == ["interface eth0 is down"]
        b.wait_state("MASTER")
        probe.wait_answered()
        a.node.run("ip link set eth0 up")
        a.wait_state("MASTER")
        b.wait_state("BACKUP")
    assert not b.has(VIP)
    assert vrrp.transitions(a)[-3:] == ["FAULT", "BACKUP", "MASTER"]


def test_resign_gives_the_address_to_the_other_and_leaves_it_there(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    call = ["busctl", "call", "--address=unix:path=/run/dbus/system_bus_socket", "org.mainstay.Vrrp1",
            "/org/mainstay/vrrp1/instance/VI_5f1", "org.mainstay.Vrrp1.Instance", "Resign"]
    assert a.node.run(call, user="nobody", check=False).returncode != 0
    assert a.state() == "MASTER"
    a.node.run(call)
    b.wait_state("MASTER")
    holds_for(lambda: b.state() == "MASTER" and a.state() == "BACKUP", down_interval(100, 0.2, 3) + 0.5)
    assert a.node.run(call, check=False).returncode != 0, "there is nothing to resign"
    b.node.kill()
    a.wait_state("MASTER")


def test_a_late_interface_is_waited_for(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    a = Mainstay(node, config(100, interface="late0"))
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["interface late0 is missing",
                                            "interface late0 has no address to speak from"]
    node.run("ip link add late0 type veth peer name late1")
    node.run("ip link set late1 up")
    node.run("ip link set late0 up")
    node.run("ip addr add 10.9.0.1/24 dev late0")
    a.wait_state("MASTER")
    node.run("ip link del late0")
    a.wait_state("FAULT")
    node.run("ip link add late0 type veth peer name late1")
    node.run("ip link set late1 up")
    node.run("ip addr add 10.9.0.1/24 dev late0")
    node.run("ip link set late0 up")
    a.wait_state("MASTER").wait_has(VIP)


def test_an_address_removed_by_hand_is_back_at_once_and_reported(lab):
    a, b, client = vrrp.pair(lab, **FAST)
    monitor = AddressMonitor(a.node)
    EchoServer(a.node, port=7008)
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        for times in range(1, 4):
            a.node.run(f"ip addr del {VIP}/24 dev eth0")
            until(lambda: len(monitor.seen("add", VIP)) == times, 10)
            probe.wait_answered()
        # The best of three, since other tests are at work beside this one.
        assert min(added.time - deleted.time
                   for deleted, added in zip(monitor.seen("delete", VIP), monitor.seen("add", VIP))) < 0.05
        assert sum(outage.seconds >= 0.1 for outage in probe.outages()) < 3
    assert a.state() == "MASTER" and b.state() == "BACKUP"
    assert f"somebody removed {VIP} from eth0" in a.node.read("/lab/vrrpd.log")
    events = a.ctl("events", check=False)
    assert "address-restored" in events.stdout


def test_somebody_who_keeps_removing_it_does_not_win_nor_cost_more_than_a_little(lab):
    a, _, _ = vrrp.pair(lab, **FAST)
    monitor = AddressMonitor(a.node)
    began = time.monotonic()
    while time.monotonic() - began < 2:
        a.node.run(["ip", "-force", "-batch", "-"], input=f"addr del {VIP}/24 dev eth0\n" * 400, check=False)
    until(lambda: a.has(VIP), 10)
    # Five in a second, in each of the seconds that this took.
    assert len(monitor.seen("add", VIP)) <= 5 * (time.monotonic() - began + 1) + 2
    assert a.state() == "MASTER"


def test_tracked_interfaces_move_the_priority_or_fault(lab):
    node = lab.netns("a", eth0="10.0.0.1/24", eth1="10.1.0.1/24", eth2="10.2.0.1/24")
    a = Mainstay(node, config(100, extra="track_interface {\n eth1 weight -30\n eth2\n }"))
    a.wait_state("MASTER")
    node.run("ip link set eth1 down")
    until(lambda: a.instance()["EffectivePriority"] == 70, 10)
    node.run("ip link set eth2 down")
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["interface eth2 is down"]
    node.run("ip link set eth1 up")
    node.run("ip link set eth2 up")
    a.wait_state("MASTER")
    assert a.instance()["EffectivePriority"] == 100


def test_many_routers_change_hands_together(lab):
    addresses = [(i, f"10.1.0.{i}/32") for i in range(1, 201)]
    text = lambda priority: config(priority) + "".join(  # noqa: E731
        config(priority, addresses=(address,), name=f"V{i}", vrid=i) for i, address in addresses if i != 51)
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), text(100), build=tools.BUILD)
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), text(90), build=tools.BUILD)
    until(lambda: sum(1 for _, x in addresses if a.has(x.split("/")[0])) >= 199, 15)
    monitor = AddressMonitor(b.node)
    apart = []
    while not apart or (apart[-1] >= 0.1 and len(apart) < 3):      # the best of three, since other tests are at work beside this one
        if apart:
            a.start("vrrpd")
            until(lambda: not any(b.has(x.split("/")[0]) for _, x in addresses), 15, "a has them back")
        since = time.time()
        a.stop("vrrpd")
        until(lambda: len(monitor.seen("add", since=since)) >= 200, 10)
        times = sorted(event.time for event in monitor.seen("add", since=since))
        apart.append(times[199] - times[0])
    assert min(apart) < 0.1, apart


SCRIPT = """
global_defs {{
    script_user root
}}
vrrp_script chk {{
    script "/bin/{0}"
    interval 1
}}
"""


def told(mainstay):
    """The states that notifyd would be told, oldest first, each with the one before."""
    lines = mainstay.ctl("events", "--json", check=False).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    return [(e["Data"]["previous"], e["Data"]["state"]) for e in events if e["Type"] == "instance-state"]


@pytest.mark.parametrize("command, states", [
    ("true", [("INIT", "BACKUP"), ("BACKUP", "MASTER")]),
    ("false", [("INIT", "FAULT")])])
def test_waiting_for_the_first_report_is_no_failure(lab, command, states):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"),
                 SCRIPT.format(command) + config(100, extra="track_script {\n chk\n }", **FAST))
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["script chk has not reported yet"]
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("FAULT")
    assert told(a) == []
    a.start("checkd")
    until(lambda: told(a) == states, 10)
    if command == "false":
        assert a.instance()["FaultReasons"] == ["script chk fails"]
    a.kill("checkd")
    holds_for(lambda: told(a) == states, 0.5, "a lost checkd is no news")


def test_the_last_word_of_checkd_stands_while_either_is_restarted(lab):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"),
                 SCRIPT.format("true") + config(100, extra="track_script {\n chk\n }", **FAST),
                 daemons=("vrrpd", "checkd"))
    a.wait_state("MASTER")
    a.kill("checkd")
    a.kill("vrrpd")
    a.start("vrrpd")
    holds_for(lambda: a.state() == "MASTER", 1)
    assert ["chk", "UP", 0, 0] in a.instance()["Trackers"]
    assert told(a) == [("INIT", "BACKUP"), ("BACKUP", "MASTER")]
