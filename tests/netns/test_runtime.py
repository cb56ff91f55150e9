# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an operator orders while vrrpd runs, and what it still holds to: maintenance, priorities, the line of its
status."""

import json

import vrrp
from lab import Capture, holds_for, until
from lab.bus import busctl
from lab.mainstay import Mainstay, ReadySocket
from vrrp import VIP, config

FAST = {"advert": "0.2", "version": 3}
ROOT = "/org/mainstay/vrrp1"
INSTANCE = (f"{ROOT}/instance/VI_5f1", "org.mainstay.Vrrp1.Instance")
MANAGER = (ROOT, "org.mainstay.Vrrp1.Manager")


def call(mainstay, target, *words, user=None):
    """Call a method by hand, without mainstayctl."""
    return mainstay.node.run(["busctl", "--address=unix:path=/run/dbus/system_bus_socket", "call",
                              "org.mainstay.Vrrp1", *target, *words], user=user, check=False)


def events(mainstay, kind):
    lines = mainstay.ctl("events", "vrrpd", "--json").stdout.splitlines()
    return [e["Data"] for e in map(json.loads, lines) if e["Type"] == kind]


def test_an_ordered_priority_counts_until_it_is_undone(lab):
    extra = "track_interface {\n eth1 weight -30\n }"
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24", eth1="10.1.0.1/24"), config(100, extra=extra, **FAST))
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), config(90, **FAST))
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    a.ctl("priority", "VI_1", "80")
    b.wait_state("MASTER")
    a.wait_state("BACKUP")
    shown = a.instance()
    assert (shown["BasePriority"], shown["OrderedPriority"], shown["EffectivePriority"]) == (100, 80, 80)
    assert "priority 80 by order, instead of the configured 100" in a.ctl("status", check=False).stdout
    a.kill("vrrpd")
    a.start("vrrpd")
    assert a.instance()["OrderedPriority"] == 80
    holds_for(lambda: b.state() == "MASTER" and a.state() == "BACKUP", 1)

    a.ctl("priority", "VI_1", "125")
    a.wait_state("MASTER")
    a.node.run("ip link set eth1 down")
    until(lambda: a.instance()["EffectivePriority"] == 95, 10, "what the trackers add comes on top")
    a.ctl("priority", "VI_1", "configured")
    until(lambda: a.instance()["EffectivePriority"] == 70, 10)
    b.wait_state("MASTER")
    assert [e["priority"] for e in events(a, "instance-priority")] == [80, 125, 95, 70]

    a.ctl("priority", "VI_1", "200")
    a.wait_state("MASTER")
    a.reload()
    assert a.instance()["OrderedPriority"] == 0
    until(lambda: a.instance()["EffectivePriority"] == 70, 10, "a reload puts the configuration in force")
    a.ctl("priority", "VI_1", "200")
    a.restart("vrrpd")
    assert a.instance()["OrderedPriority"] == 0, "so does a stop"


def test_an_order_is_refused_with_a_reason(lab):
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"),
                 config(100, **FAST) + config(255, name="owner", vrid=52, addresses=("10.0.0.200/24",), **FAST))
    a.wait_state("MASTER").wait_state("MASTER", name="owner")
    for target, words in ((INSTANCE, ("SetPriority", "y", "80")), (MANAGER, ("Maintenance", "b", "true"))):
        refused = call(a, target, *words, user="nobody")
        assert refused.returncode != 0 and "denied" in refused.stderr.lower(), refused.stderr
    for words in (("VI_1",), ("owner",)):
        value = "255" if words == ("VI_1",) else "80"
        refused = call(a, (f"{ROOT}/instance/{'VI_5f1' if value == '255' else 'owner'}", INSTANCE[1]),
                       "SetPriority", "y", value)
        assert refused.returncode != 0 and "owns its addresses" in refused.stderr, refused.stderr
    refused = a.ctl("priority", "owner", "80", check=False)
    assert refused.returncode == 1 and "owns its addresses" in refused.stderr
    a.node.run("mount -t tmpfs -o ro none /run/mainstay/vrrpd")
    refused = call(a, MANAGER, "Maintenance", "b", "true")
    assert refused.returncode != 0 and "cannot be kept" in refused.stderr
    a.node.run("umount /run/mainstay/vrrpd")
    assert a.state() == "MASTER" and a.instance()["OrderedPriority"] == 0
    assert busctl(a.node, "get-property", "org.mainstay.Vrrp1", *MANAGER, "MaintenanceSinceUsec") == 0


def test_maintenance_lasts_until_it_is_ended(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    capture = Capture(lab)
    a.ctl("maintenance", "on")
    b.wait_state("MASTER")
    assert capture.wait_advert(a.node, priority=0)
    a.wait_state("MAINTENANCE").wait_lost(VIP)
    said = len(capture.adverts(a.node))
    assert "vrrpd: this node is in MAINTENANCE by order since" in a.ctl("status", check=False).stdout
    assert a.ctl("maintenance", "status").stdout.startswith("on since ")
    assert events(a, "node-maintenance") == [{"on": True}]

    a.ctl("maintenance", "on")
    a.reload(config(100, **FAST) + config(100, name="V2", vrid=52, addresses=("10.0.0.200/24",), **FAST))
    assert a.state("V2") == "MAINTENANCE", "what a reload brings, too"
    a.kill("vrrpd")
    a.start("vrrpd")
    assert (a.state(), a.state("V2")) == ("MAINTENANCE", "MAINTENANCE")
    a.restart("vrrpd")
    assert (a.state(), a.state("V2")) == ("MAINTENANCE", "MAINTENANCE")
    holds_for(lambda: b.state() == "MASTER" and not a.has(VIP) and not a.has("10.0.0.200"), 1)
    assert len(capture.adverts(a.node)) == said, "it says nothing meanwhile"

    a.ctl("maintenance", "off")
    a.wait_state("MASTER").wait_state("MASTER", name="V2").wait_has(VIP)
    b.wait_state("BACKUP")
    assert a.ctl("maintenance", "status").stdout == "off\n"
    assert events(a, "node-maintenance") == [{"on": True}, {"on": False}]
    a.kill("vrrpd")
    a.start("vrrpd")
    assert a.state() == "MASTER", "an ended one does not come back"


def test_the_status_line_counts_the_instances(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    a = Mainstay(node)
    a.configure(config(100, **FAST) + config(100, name="V2", vrid=52, addresses=("10.0.0.200/24",), **FAST) +
                config(100, name="V3", vrid=53, interface="none0", addresses=("10.0.0.201/24",), **FAST))
    with ReadySocket(node, "status") as manager:
        a.environment["NOTIFY_SOCKET"] = manager.path
        a.start("vrrpd", expect_ready=False)

        def says(line):
            manager.messages = [m for m in manager.messages if m != "READY=1"] + ["READY=1"]
            manager.wait(a.running["vrrpd"])
            return f"STATUS={line}" in manager.messages
        until(lambda: says("3 instances: 2 BACKUP, 1 FAULT"), 10)
        until(lambda: says("3 instances: 2 MASTER, 1 FAULT"), 10)
        a.ctl("maintenance", "on")
        until(lambda: says("in maintenance by order; 3 instances: 3 MAINTENANCE"), 10)
