# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two routers as the documents write them: multicast with label and mail, unicast, two groups crossed, no
preemption, notify scripts."""

import re
import statistics

import pytest

from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from lab.peers import MailServer
from lab.scenario import configuration

A, B = "172.20.76.18", "172.20.76.28"

# Three adverts of two seconds and the skew, and the time of a busy machine.
TAKEOVER = 6.7 + 4

NOTIFY = """#!/bin/bash
echo "$1" >>/lab/notify.log
printf 'Subject: %s is %s\\n\\n%s\\n' "$(hostname)" "$1" "$1" |
        curl -s --mail-from root@localhost --mail-rcpt root@localhost -T - smtp://127.0.0.1:25/ || exit 1
echo "$1 done" >>/lab/notify.log
"""


@pytest.fixture
def nodes(lab):
    return lab.netns("a", eth0=f"{A}/24"), lab.netns("b", eth0=f"{B}/24")


def swapped(text):
    """The file of the other node of a unicast pair."""
    return re.sub(rf"\b({re.escape(A)}|{re.escape(B)})\b", lambda found: B if found[0] == A else A, text)


def only(address, holder, other):
    until(lambda: holder.has(address) and not other.has(address), TAKEOVER,
          f"{address} is on {holder.node.name} alone")


def test_multicast_with_label_and_mail(lab, nodes):
    a, b = nodes
    capture = Capture(lab)
    alert = ("advert_int 2", "advert_int 2\n    smtp_alert")
    mails = [MailServer(node) for node in nodes]
    ma = Mainstay(a, configuration("s4-multicast-master.conf", alert), daemons=("vrrpd", "notifyd"))
    mb = Mainstay(b, configuration("s4-multicast-master.conf", alert, ("priority 100", "priority 80")),
                  daemons=("vrrpd", "notifyd"))
    vip = "172.20.76.100"

    only(vip, ma, mb)
    assert "eth0:0" in next(line for line in a.output("ip -4 -o address").splitlines() if f" {vip}/" in line)
    until(lambda: len(capture.adverts(A)) >= 4, 12, "four adverts")
    adverts = capture.adverts(A)
    assert {(x.destination, x.ttl, x.version, x.vrid, x.priority) for x in adverts} == \
        {("224.0.0.18", 255, 2, 76, 100)}
    assert all(x.auth_data == b"redhat\0\0" and x.checksum_good for x in adverts)
    assert statistics.median(capture.gaps(A)) == pytest.approx(2, abs=0.1)

    ma.stop("vrrpd")
    only(vip, mb, ma)
    until(lambda: any("MASTER" in s for s in mails[1].subjects()), 10, "b mails that it is master")
    ma.start("vrrpd")
    only(vip, ma, mb)
    until(lambda: sum("MASTER" in s for s in mails[0].subjects()) == 2, 10, "a mails that it is master again")
    until(lambda: "BACKUP" in mails[1].subjects()[-1], 10, "b mails that it is backup again")
    assert all(s.startswith("[LVS_DEVEL] VRRP Instance VIP1 - ") for mail in mails for s in mail.subjects())
    assert mails[0].mails()[0].facts["to"] == ["root@example.net"]


def test_unicast(lab, nodes):
    a, b = nodes
    capture = Capture(lab)
    text = configuration("s5-unicast.conf")
    mb = Mainstay(b, swapped(text).replace("priority 100", "priority 80"))
    ma = Mainstay(a, text)
    vip = "172.20.76.187"
    only(vip, ma, mb)
    until(lambda: len(capture.adverts(A)) >= 3, 10, "adverts")
    ma.stop("vrrpd")
    only(vip, mb, ma)
    a.power_off()
    until(lambda: len(capture.adverts(B)) >= 2, 10, "adverts of b")
    assert {(x.source, x.destination) for x in capture.adverts()} == {(A, B), (B, A)}


def test_two_groups_crossed(lab, nodes):
    text = configuration("s6-two-groups-node-a.conf")
    crossed = (swapped(text).replace("priority 100", "priority #").replace("priority 80", "priority 100")
               .replace("priority #", "priority 80"))
    ma, mb = Mainstay(nodes[0], text), Mainstay(nodes[1], crossed)
    first = {"172.20.76.187", "172.20.76.188"}
    second = {"172.20.76.189", "172.20.76.190"}

    def virtual(mainstay):
        return mainstay.node.addresses() & (first | second)

    def each_has_two():
        return virtual(ma) == first and virtual(mb) == second

    until(each_has_two, TAKEOVER, "each node owns its two")
    shown = nodes[0].output("ip -4 -o address")
    assert "eth0:0" in shown and "eth0:1" in shown
    for leaving, staying in ((ma, mb), (mb, ma)):
        leaving.stop("vrrpd")
        until(lambda: virtual(staying) == first | second, TAKEOVER, f"{staying.node.name} owns all four")
        assert not virtual(leaving)
        leaving.start("vrrpd")
        until(each_has_two, TAKEOVER, "each node owns its two again")


@pytest.mark.parametrize("way", ["nopreempt", "equal priority"])
def test_a_returning_node_does_not_take_the_address_back(lab, nodes, way):
    a, b = nodes
    text = configuration("s7-nopreempt.conf")
    if way == "nopreempt":
        text_a, text_b = text, swapped(text).replace("priority 100", "priority 50").replace("   nopreempt\n", "")
    else:
        text = text.replace("   nopreempt\n", "")
        text_a, text_b = text, swapped(text)
    vip = "172.20.76.187"
    ma = Mainstay(a, text_a)
    ma.wait_has(vip, TAKEOVER)
    mb = Mainstay(b, text_b)
    a.power_off()
    mb.wait_has(vip, TAKEOVER)
    a.power_on()
    ma = Mainstay(a, text_a)
    until(lambda: ma.state("VIP1") == "BACKUP", 10, "the returning node is backup")
    holds_for(lambda: mb.has(vip) and not ma.has(vip), 8, "the address stays where it is")


def test_notify_scripts_run_once_per_transition(lab, nodes):
    a, b = nodes
    for node in nodes:
        node.write("/etc/keepalived/notify.sh", NOTIFY, 0o755)
        node.mail = MailServer(node)
    text = configuration("s7-nopreempt.conf", ("   nopreempt\n", ""))
    ma = Mainstay(a, text, daemons=("vrrpd", "notifyd"))
    mb = Mainstay(b, swapped(text).replace("priority 100", "priority 50"), daemons=("vrrpd", "notifyd"))
    vip = "172.20.76.187"
    only(vip, ma, mb)

    def told(node):
        log = node.share / "notify.log"
        return [line for line in log.read_text().split("\n") if line] if log.exists() else []

    def once(*words):
        return [line for word in words for line in (word, f"{word} done")]

    until(lambda: told(a) == once("backup", "master"), 10, "a was told twice")
    a.pull_cable()
    only(vip, mb, ma)
    until(lambda: told(a) == once("backup", "master", "fault"), 10, "a is in fault")
    until(lambda: told(b) == once("backup", "master"), 10, "b was told twice")
    a.plug_cable()
    only(vip, ma, mb)
    until(lambda: told(a) == once("backup", "master", "fault", "backup", "master"), 10, "a has it back")
    until(lambda: told(b) == once("backup", "master", "backup"), 10, "b gave it back")
    assert b.mail.subjects() == ["b is backup", "b is master", "b is backup"]
    assert a.mail.subjects() == [f"a is {word}" for word in ("backup", "master", "fault", "backup", "master")]
