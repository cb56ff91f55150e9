# SPDX-License-Identifier: LGPL-2.1-or-later
"""notifyd among others: the bus, strangers on it, damaged files, the real vrrpd."""

import json
import time

import pytest

from lab import holds_for, until
from lab.bus import busctl
from lab.mainstay import Mainstay

from desk import INSTANCE, SPOOL, Desk, config

NOTIFY = 'notify "/say.sh"'
PATH = "/org/mainstay/notify1"


def told(state, priority=100, name="VI_1"):
    return f"INSTANCE {name} {state} {priority}"


def forge(desk, *words, destination=None):
    """A signal of an ordinary user."""
    target = [f"--dest={destination}"] if destination else []
    desk.node.run(["dbus-send", "--system", "--type=signal", *target, "/org/mainstay/vrrp1", *words], user="nobody")


def test_forged_events_tell_nobody_anything(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.transition("BACKUP", priority=1)
    desk.wait_runs([told("BACKUP", 1)])
    generation = json.loads(desk.node.read("/run/mainstay/vrrpd/events").splitlines()[0])["generation"]
    owner = busctl(desk.node, "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                   "GetNameOwner", "s", "org.mainstay.Notify1")[0]
    event = ["org.mainstay.Daemon1.Event", f"string:{generation}", "uint64:3", "uint64:1",
             "string:instance-state", f"objpath:{INSTANCE}VI_5f1",
             "dict:string:variant:name,variant:string:VI_1"]
    event[-1] = "dict:string:string:name,VI_1,state,MASTER"    # dbus-send has no variants in dicts: also nonsense
    for destination in (None, owner, "org.mainstay.Notify1"):
        forge(desk, *event, destination=destination)
        forge(desk, "org.freedesktop.DBus.NameOwnerChanged", "string:org.mainstay.Vrrp1", f"string:{owner}",
              "string:", destination=destination)
    # The same with the right signature, which needs another tool.
    for destination in (None, owner):
        words = ["gdbus", "emit", "--system", "--object-path", "/org/mainstay/vrrp1",
                 "--signal", "org.mainstay.Daemon1.Event", *(["--dest", destination] if destination else []),
                 generation, "uint64 3", "uint64 1", "instance-state", f"objectpath '{INSTANCE}VI_5f1'",
                 "{'name': <'VI_1'>, 'state': <'MASTER'>, 'priority': <uint32 66>}"]
        desk.node.run(words, user="nobody")
    holds_for(lambda: desk.runs() == [told("BACKUP", 1)], 0.5)
    desk.transition("MASTER", priority=2)
    desk.wait_runs([told("BACKUP", 1), told("MASTER", 2)])


def test_the_bus_goes_and_comes_back(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.transition("BACKUP", priority=0)
    desk.wait_runs([told("BACKUP", 0)])
    for number in range(1, 4):
        desk.mainstay.bus.process.kill()
        desk.transition("MASTER", priority=2 * number)
        desk.mainstay.bus.start()
        desk.transition("MASTER", priority=2 * number + 1)
        until(lambda: len(desk.runs()) == 2 * number + 1, 20)
    assert desk.runs() == [told("BACKUP", 0)] + [told("MASTER", n) for n in range(2, 8)]


def test_anybody_may_read_and_nobody_may_change(lab):
    desk = Desk(lab, config(more=NOTIFY))
    properties = busctl(desk.node, "call", "org.mainstay.Notify1", PATH, "org.freedesktop.DBus.Properties",
                        "GetAll", "s", SPOOL, user="nobody")[0]
    assert properties == {"Pending": 0, "OldestUsec": 0, "Delivered": 0, "Retries": 0, "GivenUp": 0, "LastError": ""}
    result = desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", PATH, "org.mainstay.Daemon1",
                            "Reload"], user="nobody", check=False)
    assert result.returncode != 0 and "denied" in result.stderr.lower()


def test_a_producer_that_is_not_there_is_said_to_be_stale(lab):
    desk = Desk(lab, config(more=NOTIFY))

    def stale():
        return {name for name, _ in busctl(desk.node, "get-property", "org.mainstay.Notify1", PATH,
                                           "org.mainstay.Daemon1", "StalePeers")}
    until(lambda: stale() == {"org.mainstay.Check1", "org.mainstay.Ipvs1"}, 10)
    desk.producer.kill()
    until(lambda: "org.mainstay.Vrrp1" in stale(), 10)
    desk.start_producer()
    until(lambda: "org.mainstay.Vrrp1" not in stale(), 10)


@pytest.mark.parametrize("damage", ["cut", "byte", "other"])
def test_a_damaged_spool_is_used_as_far_as_it_goes(lab, damage):
    desk = Desk(lab, config(more="smtp_alert"))    # no server listens: the mail waits
    desk.transition("BACKUP")
    desk.transition("MASTER")
    until(lambda: desk.properties()["Pending"] == 2, 10)
    desk.kill()
    path = desk.node.root / "var/lib/mainstay/notifyd/spool"
    text = path.read_bytes()
    if damage == "cut":
        path.write_bytes(text[:-5])
    elif damage == "byte":
        lines = text.splitlines(keepends=True)
        lines[-1] = lines[-1].replace(b"{", b"[", 1)
        path.write_bytes(b"".join(lines) + b"0123456789abcdef {}\n")
    else:
        path.write_bytes(b"\0" * 4096)
    desk.start()
    if damage == "other":
        assert "spool.bad" in desk.log
        assert path.with_suffix(".bad").read_bytes() == b"\0" * 4096
    else:
        # What was lost is only the word that the last try had begun or failed.
        until(lambda: desk.properties()["Pending"] == 2, 10)
    desk.start_mail()
    desk.transition("FAULT")
    until(lambda: "VI_1 - Entering FAULT state" in desk.subjects(), 20)


def test_the_real_vrrpd(lab):
    """Its restart and its death are no news; its stop is."""
    node = lab.netns("router", eth0="10.0.0.1/24")
    node.write("/say.sh", '#!/bin/sh\necho "$*" >>/lab/said\n', 0o755)
    text = """
global_defs {
    router_id r1
    script_user root
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.1
    version 3
    virtual_ipaddress {
        10.0.0.100/24
    }
    notify "/say.sh"
    notify_master "/say.sh master"
}
"""
    mainstay = Mainstay(node, text, daemons=("vrrpd", "notifyd"))

    def said():
        path = node.share / "said"
        return path.read_text().splitlines() if path.exists() else []

    start = [told("BACKUP"), "master", told("MASTER")]
    until(lambda: len(said()) >= 3, 10)
    # Killed before it has heard of a script's end, notifyd would run it once more.
    until(lambda: busctl(node, "get-property", "org.mainstay.Notify1", PATH, SPOOL, "Pending") == 0, 10, "all is told")
    assert said() == start
    for _ in range(3):
        mainstay.kill("vrrpd")
        mainstay.start("vrrpd")
        mainstay.kill("notifyd")
        mainstay.start("notifyd")
    mainstay.wait_state("MASTER")
    holds_for(lambda: said() == start, 1)
    mainstay.stop("vrrpd")
    until(lambda: len(said()) >= 4, 10)
    assert said() == start + [told("STOP")]


def test_what_waits_is_bounded(lab):
    """Five thousand mails wait at the most. The oldest go to the dead letters, and no event is left unheard."""
    names = [f"VI_{i}" for i in range(20)]
    desk = Desk(lab, config(names, "smtp_alert"))
    total = 0
    for number in range(520):
        desk.emit_many([desk.transition_event(("MASTER", "BACKUP")[number % 2], name) for name in names])
        total += len(names)
    until(lambda: f"recorded {total + 1}" in desk.producer.output(), 60)

    def settled():
        told = desk.properties()
        return told["Pending"] <= 5000 and told["Pending"] + told["GivenUp"] == total
    until(settled, 60)
    assert "too much mail waits" in desk.log
    assert "events are left with their producers" not in desk.log
    waiting = desk.properties()["Pending"]
    assert waiting > 4900
    # They survive.
    desk.kill()
    desk.start()
    assert desk.properties()["Pending"] == waiting
    # No server any more: all is given up.
    desk.mainstay.configure(config(names, "smtp_alert", mail=""))
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"], timeout=60)
    until(lambda: desk.properties()["Pending"] == 0, 60)
    until(lambda: f'"sequence":{total + 1}' in desk.node.read("/var/lib/mainstay/notifyd/spool"), 20)
    for name in ("dead-letters", "dead-letters.old"):
        path = desk.node.root / "var/lib/mainstay/notifyd" / name
        assert not path.exists() or path.stat().st_size < 1100000


def test_nothing_to_tell_is_nothing_to_do(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.transition("BACKUP", priority=1)
    desk.wait_runs([told("BACKUP", 1)])
    desk.idle()
    pid = desk.mainstay.running["notifyd"].pid

    def switches():
        status = open(f"/proc/{pid}/status").read()
        return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)

    time.sleep(1.5)    # its own start is over: alive for a second past readiness
    before = switches()
    time.sleep(3)
    assert switches() - before <= 2
