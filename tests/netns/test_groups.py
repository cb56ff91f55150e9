# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sync groups: two instances of a node, inside and outside, are MASTER together or not at all."""

import json
import re
import signal

from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from vrrp import config, transitions

INSIDE, OUTSIDE = "10.0.0.100", "10.1.0.100"
FIFO = "vrrp_notify_fifo /run/fifo\n vrrp_notify_fifo_script /read.sh"
READER = '#!/bin/sh\nexec cat "$1" >>/lab/lines\n'
SCRIPT = '#!/bin/sh\necho "$@" >>/lab/scripts\n'
GROUP = """
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    notify_master "/tell.sh group is master"
    notify_fault "/tell.sh group is in fault"
    notify_stop "/tell.sh group stops"
    notify /tell.sh
}
"""
CALL = ["busctl", "call", "--address=unix:path=/run/dbus/system_bus_socket", "org.mainstay.Vrrp1"]


def text(inside, outside, advert="0.1", group=GROUP, extra="", more=""):
    return (config(inside, advert=advert, version=3, globals_=FIFO, extra=extra) +
            config(outside, advert=advert, version=3, name="VI_2", vrid=52, interface="eth1",
                   addresses=(OUTSIDE + "/24",), extra=more) + group)


def pair(lab, a=(100, 100), b=(90, 90), daemons=("vrrpd",), networks=2, **options):
    made = []
    for number, (name, priorities) in enumerate((("a", a), ("b", b)), 1):
        node = lab.netns(name, **{f"eth{k}": f"10.{k}.0.{number}/24" for k in range(networks)})
        node.write("/read.sh", READER, 0o755)
        node.write("/tell.sh", SCRIPT, 0o755)
        made.append(Mainstay(node, text(*priorities, **options), daemons=daemons))
    return made


def group(mainstay):
    return mainstay.named("vrrpd", "org.mainstay.Vrrp1.Group")["G"]


def states(mainstay):
    return {mainstay.state("VI_1"), mainstay.state("VI_2"), group(mainstay)["State"]}


def wait_all(mainstay, state, timeout=15):
    until(lambda: states(mainstay) == {state}, timeout, f"{mainstay.node.name} is {state} throughout")


def has_all(mainstay):
    return mainstay.has(INSIDE) and mainstay.has(OUTSIDE)


def has_none(mainstay):
    return not mainstay.has(INSIDE) and not mainstay.has(OUTSIDE)


def deaf(mainstay, interface):
    mainstay.node.run(f"nft add table netdev {interface}")
    mainstay.node.run(f"nft 'add chain netdev {interface} c "
                      f"{{ type filter hook ingress device {interface} priority 0; policy drop; }}'")


def lines(mainstay):
    """What the reader of the FIFO has read; it begins its file with the first line."""
    path = mainstay.node.share / "lines"
    return path.read_text().splitlines() if path.exists() else []


def test_members_go_together(lab):
    a, b = pair(lab, daemons=("vrrpd", "notifyd"))
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    assert group(a)["Members"] == ["VI_1", "VI_2"]
    assert "VI_1: no MASTER" in group(a)["Reason"]
    assert a.instance("VI_2")["Group"] == "G"
    assert re.search(r"^G +MASTER ", a.ctl("status", check=False).stdout, re.MULTILINE)
    assert json.loads(a.ctl("status", "--json", check=False).stdout)["Groups"][0]["Members"] == ["VI_1", "VI_2"]

    # One interface fails: both members give up, and the peer has both within its skew.
    a.node.run("ip link set eth1 down")
    wait_all(a, "FAULT")
    wait_all(b, "MASTER")
    assert has_none(a) and has_all(b)
    assert a.instance("VI_1")["FaultReasons"] == ["VI_2 of the sync group G is in FAULT"]
    assert group(a)["Reason"] == "VI_2: interface eth1 is down"
    a.node.run("ip link set eth1 up")
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    assert has_all(a) and has_none(b)

    # Whoever resigns resigns for all.
    a.node.run([*CALL, "/org/mainstay/vrrp1/instance/VI_5f1", "org.mainstay.Vrrp1.Instance", "Resign"])
    wait_all(b, "MASTER")
    wait_all(a, "BACKUP")
    b.node.run([*CALL, "/org/mainstay/vrrp1/group/G", "org.mainstay.Vrrp1.Group", "Resign"])
    wait_all(a, "MASTER")
    refused = b.node.run([*CALL, "/org/mainstay/vrrp1/group/G", "org.mainstay.Vrrp1.Group", "Resign"], check=False)
    assert refused.returncode != 0

    # The group is told of after its members, and scripts as they are.
    a.stop("vrrpd")
    wait_all(b, "MASTER")
    until(lambda: len([line for line in lines(a) if line.startswith("GROUP") and "STOP" in line]) == 1, 10,
          "the end is told")
    told = lines(a)
    assert len(told) % 3 == 0
    for first in range(0, len(told), 3):
        members, last = told[first:first + 2], told[first + 2]
        word = last.split()[2]
        assert last == f'GROUP "G" {word} 0'
        assert {m.split()[1] for m in members} == {'"VI_1"', '"VI_2"'}
        assert all(m.split()[0] == "INSTANCE" and m.split()[2] == word for m in members)
    words = [line.split()[2] for line in told[2::3]]
    assert words == ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "BACKUP", "MASTER", "STOP"]
    scripts = (a.node.share / "scripts").read_text().splitlines()
    assert [s for s in scripts if s.startswith("GROUP")] == [f"GROUP G {word} 0" for word in words]
    assert scripts.count("group is master") == 3 and scripts.count("group is in fault") == 1
    assert scripts[-2:] == ["group stops", "GROUP G STOP 0"]


def test_crossed_priorities_come_to_rest(lab):
    a, b = pair(lab, a=(100, 50), b=(50, 100))
    until(lambda: {"MASTER"} in (states(a), states(b)), 10, "one is master")
    until(lambda: {frozenset(states(a)), frozenset(states(b))} == {frozenset({"MASTER"}), frozenset({"BACKUP"})}, 10,
          "the other is backup")
    master, other = (a, b) if states(a) == {"MASTER"} else (b, a)
    holds_for(lambda: has_all(master) and has_none(other), 2)


def test_nobody_is_half_a_master(lab):
    """A member that hears nobody waits for the other one, which follows its master."""
    a, b = pair(lab)
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    deaf(b, "eth1")
    holds_for(lambda: states(b) == {"BACKUP"} and has_none(b) and has_all(a), 1.5)
    # It waits no more when there is no group any more.
    b.reload(text(90, 90, group=""))
    until(lambda: (b.state("VI_1"), b.state("VI_2")) == ("BACKUP", "MASTER"), 10, "each by itself")
    b.reload(text(90, 90))
    wait_all(b, "BACKUP")
    a.kill("vrrpd")
    wait_all(b, "MASTER")
    assert has_all(b)


def test_a_paused_group_hears_all_networks_before_it_acts(lab):
    """One member has long been ready, and its network has a master again; then the other one's master falls silent."""
    a, b = pair(lab)
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    deaf(b, "eth1")
    holds_for(lambda: states(b) == {"BACKUP"}, 0.8)
    capture = Capture(lab)
    b.running["vrrpd"].signal(signal.SIGSTOP)
    b.node.run("nft delete table netdev eth1")
    until(lambda: len(capture.adverts(a.node)) >= 4, 10, "both networks have adverts of a")
    deaf(b, "eth0")
    capture = Capture(lab)
    until(lambda: len(capture.adverts(a.node)) >= 14, 10, "longer than it waits for a master")
    b.running["vrrpd"].signal(signal.SIGCONT)
    holds_for(lambda: states(b) == {"BACKUP"} and has_none(b), 0.8)
    assert not capture.adverts(b.node)


def test_a_restart_is_no_event_for_a_group(lab):
    a, b = pair(lab, daemons=("vrrpd", "notifyd"), advert="0.8")     # a start with sanitizers fits in
    capture = Capture(lab)
    wait_all(a, "MASTER", 10)
    until(lambda: len(lines(a)) == 6, 10, "it is told")
    before = group(a)["LastTransitionUsec"]
    for _ in range(3):
        a.kill("vrrpd")
        a.start("vrrpd")
        assert has_all(a) and states(a) == {"MASTER"}
    holds_for(lambda: states(a) == {"MASTER"} and states(b) == {"BACKUP"}, 2)
    assert abs(group(a)["LastTransitionUsec"] - before) < 100000
    assert len(lines(a)) == 6
    assert not [x for x in capture.adverts(a.node) if x.priority == 0]

    # While it is away one network elects another: then both are given up.
    a.kill("vrrpd")
    wait_all(b, "MASTER", 10)
    a.start("vrrpd")
    wait_all(a, "BACKUP")
    assert has_none(a)

    # Nor is it one for a group in FAULT.
    a.node.run("ip link set eth1 down")
    wait_all(a, "FAULT")
    until(lambda: lines(a)[-1].split()[:3] == ["GROUP", '"G"', "FAULT"], 10, "it is told")
    told, before = lines(a), group(a)["LastTransitionUsec"]
    a.kill("vrrpd")
    a.start("vrrpd")
    wait_all(a, "FAULT")
    assert abs(group(a)["LastTransitionUsec"] - before) < 100000
    holds_for(lambda: lines(a) == told, 0.5)


def test_maintenance_takes_all_out_and_a_reload_tells_again(lab):
    a, b = pair(lab, daemons=("vrrpd", "notifyd"))
    wait_all(a, "MASTER")
    a.ctl("maintenance", "on")
    wait_all(a, "MAINTENANCE")
    wait_all(b, "MASTER")
    a.kill("vrrpd")
    a.start("vrrpd")
    assert states(a) == {"MAINTENANCE"} and has_none(a) and has_all(b)
    a.ctl("maintenance", "off")
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    a.reload(text(100, 100).replace("global_defs {", "global_defs {\n fifo_write_vrrp_states_on_reload"))

    def words():
        return [line.split()[2] for line in lines(a) if line.startswith('GROUP "G" ')]
    expected = ["BACKUP", "MASTER", "MAINTENANCE", "BACKUP", "MASTER", "MASTER"]
    until(lambda: words() == expected, 10, "the group is told of, and once more")


def test_reloads_change_who_belongs_together(lab):
    a, b = pair(lab)
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    seen = transitions(a), transitions(a, "VI_2")
    a.reload(text(100, 100) + "\n")
    assert (transitions(a), transitions(a, "VI_2")) == seen

    # Without the group each goes by itself.
    a.reload(text(100, 80, group=""))
    b.reload(text(90, 90, group=""))
    until(lambda: (a.state("VI_1"), a.state("VI_2")) == ("MASTER", "BACKUP"), 10, "each by itself")
    assert a.named("vrrpd", "org.mainstay.Vrrp1.Group") == {}
    assert a.instance("VI_1")["Group"] == ""

    # With it again they are in step again.
    b.reload(text(90, 90))
    a.reload(text(80, 80))
    wait_all(b, "MASTER")
    wait_all(a, "BACKUP")

    # A member that goes is not missed; one that comes joins.
    alone = GROUP.replace("        VI_2\n", "")
    b.reload(text(90, 90, group=alone))
    assert group(b)["Members"] == ["VI_1"]
    assert b.instance("VI_1")["State"] == "MASTER"
    b.reload(text(90, 90))
    wait_all(b, "MASTER")


def test_what_the_group_tracks_is_every_members_concern(lab):
    tracked = GROUP.replace("    notify /tell.sh", "    track_interface {\n eth2\n }")
    a, b = pair(lab, group=tracked)
    for mainstay in (a, b):
        wait_all(mainstay, "FAULT")
        assert "interface eth2 is missing" in mainstay.instance("VI_1")["FaultReasons"]
        mainstay.node.run("ip link add eth2 type veth peer name eth3")
        mainstay.node.run("ip link set eth2 up")
        mainstay.node.run("ip link set eth3 up")
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")


def test_a_group_waits_for_its_scripts_in_silence(lab):
    tracked = GROUP.replace("    notify /tell.sh", "    track_script {\n chk\n }") + """
vrrp_script chk {
    script "/usr/bin/test -e /good"
    interval 1
    fall 1
}
"""
    a, = pair(lab, group=tracked, daemons=("vrrpd", "notifyd"))[:1]
    wait_all(a, "FAULT")
    holds_for(lambda: not lines(a), 0.5)
    a.node.write("/good", "")
    a.start("checkd")
    wait_all(a, "MASTER", 10)
    until(lambda: len(lines(a)) >= 6, 10, "it is told")
    assert not [line for line in lines(a) if "FAULT" in line]


THIRD = "10.2.0.100"


def three(priority, group, third=None, extra=""):
    """@third is the priority of the third instance, another one than the others', or 0: it is not there."""
    vi3 = config(priority if third is None else third, advert="0.2", version=3, name="VI_3", vrid=53,
                 interface="eth2", addresses=(THIRD + "/24",), extra=extra)
    return text(priority, priority, advert="0.2", group=group) + vi3 * (third != 0)


def with_third(members="VI_1\n VI_2\n VI_3"):
    return GROUP.replace("VI_1\n        VI_2", members)


def pair_of_three(lab, daemons=("vrrpd",)):
    """A MASTER and a BACKUP with a third network that the group does not know of."""
    a, b = pair(lab, daemons=daemons, networks=3, advert="0.2")
    wait_all(a, "MASTER")
    wait_all(b, "BACKUP")
    return a, b


def test_a_reload_that_adds_a_member_moves_nobody(lab):
    a, b = pair_of_three(lab, daemons=("vrrpd", "notifyd"))
    until(lambda: len(lines(a)) == 6 and len(lines(b)) == 3, 10, "it is told")
    told, others = lines(a), lines(b)
    since = group(a)["LastTransitionUsec"]
    capture = Capture(lab)
    for mainstay, priority in ((a, 100), (b, 90)):
        mainstay.reload(three(priority, with_third()))
        assert group(mainstay)["Members"] == ["VI_1", "VI_2", "VI_3"]
        assert states(a) == {"MASTER"} and states(b) == {"BACKUP"} and has_all(a) and has_none(b)
    until(lambda: a.state("VI_3") == "MASTER" and a.has(THIRD), 10, "it is master as well")
    holds_for(lambda: states(a) == {"MASTER"} and states(b) == {"BACKUP"} and b.state("VI_3") == "BACKUP", 1)
    assert has_all(a) and has_none(b) and not b.has(THIRD)
    assert group(a)["LastTransitionUsec"] == since
    # Neither has anybody spoken who should not, nor anybody said farewell.
    assert not capture.adverts(b.node)
    assert not [x for x in capture.adverts(a.node) if x.priority == 0]
    assert lines(a)[len(told):] == [f'INSTANCE "VI_3" {word} 100' for word in ("BACKUP", "MASTER")]
    assert lines(b)[len(others):] == ['INSTANCE "VI_3" BACKUP 90']

    # A successor knows it for what it is: killed while it is on its way, too.
    a.reload(three(100, GROUP, third=0))
    a.reload(three(100, with_third()))
    a.kill("vrrpd")
    a.start("vrrpd")
    assert states(a) == {"MASTER"} and has_all(a)
    until(lambda: a.state("VI_3") == "MASTER" and a.has(THIRD), 10, "it is master as well")
    assert states(a) == {"MASTER"} and abs(group(a)["LastTransitionUsec"] - since) < 100000

    # It goes as what it is, and the group stays what it is.
    a.reload(three(100, GROUP))
    holds_for(lambda: states(a) == {"MASTER"} and a.state("VI_3") == "MASTER" and a.has(THIRD), 0.5)
    # A new name is told once, and no member moves.
    seen = [transitions(a, name) for name in ("VI_1", "VI_2", "VI_3")]
    a.reload(three(100, with_third().replace("vrrp_sync_group G", "vrrp_sync_group H")))
    until(lambda: lines(a)[-1] == 'GROUP "H" MASTER 0', 10, "the new name is told")
    assert [transitions(a, name) for name in ("VI_1", "VI_2", "VI_3")] == seen
    assert has_all(a) and a.has(THIRD)


def test_a_new_member_that_cannot_be_master(lab):
    """Those with whom it shares its state cannot be either: another router is better, or its link is down."""
    a, b = pair_of_three(lab)
    b.reload(three(90, GROUP, third=200))
    until(lambda: b.state("VI_3") == "MASTER", 10, "b has the third network")
    a.reload(three(100, with_third()))
    wait_all(a, "BACKUP")
    wait_all(b, "MASTER")
    assert group(a)["Reason"] == "VI_3: 10.2.0.2 is MASTER with priority 200"
    assert has_none(a) and has_all(b) and b.has(THIRD)
    # What b has is what the group is.
    b.reload(three(90, with_third(), third=200))
    holds_for(lambda: states(b) == {"MASTER"} and b.state("VI_3") == "MASTER", 0.5)

    a.reload(three(100, GROUP, third=0))
    b.reload(three(90, GROUP, third=0))
    wait_all(a, "MASTER")
    a.node.run("ip link set eth2 down")
    a.reload(three(100, with_third()))
    wait_all(a, "FAULT")
    assert group(a)["Reason"].startswith("VI_3: interface eth2 is down")
    wait_all(b, "MASTER")
    a.node.run("ip link set eth2 up")
    wait_all(a, "MASTER")
    assert a.state("VI_3") == "MASTER" and a.has(THIRD)


def test_a_new_member_that_waits_for_its_script_moves_nobody(lab):
    """Nor does one whose interface has to be made first."""
    a, b = pair_of_three(lab)
    script = """
vrrp_script chk {
    script "/usr/bin/test -e /good"
    interval 1
    fall 1
}
"""
    vmac = "use_vmac\n track_script {\n chk\n }"
    since = group(a)["LastTransitionUsec"]
    capture = Capture(lab)
    a.reload(three(100, with_third(), extra=vmac) + script)
    until(lambda: a.state("VI_3") == "FAULT", 10, "it waits")
    holds_for(lambda: states(a) == {"MASTER"} and states(b) == {"BACKUP"} and has_all(a), 0.5)
    # Over a restart as well. (Where the file was edited before that: tests/vrrpd/test-sync.c.)
    a.kill("vrrpd")
    a.start("vrrpd")
    holds_for(lambda: states(a) == {"MASTER"} and a.state("VI_3") == "FAULT" and has_all(a), 0.5)
    assert abs(group(a)["LastTransitionUsec"] - since) < 100000
    assert not [x for x in capture.adverts(a.node) if x.priority == 0] and not capture.adverts(b.node)
    a.node.write("/good", "")
    a.start("checkd")
    until(lambda: a.state("VI_3") == "MASTER" and a.has(THIRD), 10, "it is master")
    assert states(a) == {"MASTER"} and states(b) == {"BACKUP"}
    assert abs(group(a)["LastTransitionUsec"] - since) < 100000
