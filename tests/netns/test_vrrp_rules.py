# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of VRRP that the documents teach, each seen on the wire: who wins, what priority 0 and 255 mean, where adverts
go; and three nodes that die in a row."""

import pytest

from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from lab.scenario import master_down, simple, skew

VIP = "10.0.0.100"


def routers(lab, *configurations):
    """Nodes 10.0.0.1, 10.0.0.2, ... with these configurations."""
    nodes = [lab.netns(f"r{n}", eth0=f"10.0.0.{n}/24") for n in range(1, len(configurations) + 1)]
    return [Mainstay(node, text) for node, text in zip(nodes, configurations)]


def owners(mainstays):
    return [m.node.name for m in mainstays if m.has(VIP)]


def wins(mainstays, name, timeout=8):
    until(lambda: owners(mainstays) == [name], timeout, f"{name} alone has the address")


@pytest.mark.parametrize("version, advert", [(2, "1"), (3, "0.2")])
def test_the_highest_priority_wins(lab, version, advert):
    three = routers(lab, *(simple(p, version=version, advert=advert) for p in (100, 120, 90)))
    wins(three, "r2")
    until(lambda: [m.state() for m in three] == ["BACKUP", "MASTER", "BACKUP"], 10)
    assert three[0].instance()["MasterAddress"] == "10.0.0.2"
    assert three[0].instance()["MasterPriority"] == 120


@pytest.mark.parametrize("version, advert", [(2, "1"), (3, "0.2")])
def test_between_two_masters_of_equal_priority_the_higher_address_wins(lab, version, advert):
    """A backup accepts its equal as the master; the tie is between two that have not heard each other."""
    two = routers(lab, *(simple(100, version=version, advert=advert) for _ in range(2)))
    until(lambda: owners(two), 8, "a master")
    two[0].node.port().cut_off()
    until(lambda: owners(two) == ["r1", "r2"], 8, "both are masters, each on its side")
    two[0].node.port().join()
    wins(two, "r2", timeout=float(advert) * 2 + 1)
    holds_for(lambda: owners(two) == ["r2"], 3, "r2 keeps it")


def test_priority_0_hands_over_within_the_skew(lab):
    capture = Capture(lab)
    a, b = routers(lab, simple(100), simple(90))
    wins((a, b), "r1")
    a.stop("vrrpd")
    zero = capture.wait_advert(a.node, priority=0)
    taken = capture.wait_advert(b.node, since=zero.time)
    assert skew(90, 1) <= taken.time - zero.time < skew(90, 1) + 0.5


def test_an_owner_is_master_at_once_with_priority_255(lab):
    capture = Capture(lab)
    a, b = routers(lab, simple(100, version=3, advert="0.2"), simple(200, version=3, advert="0.2"))
    wins((a, b), "r2")
    owner = Mainstay(lab.netns("owner", eth0="10.0.0.3/24"),
                     simple(255, version=3, advert="0.2").replace("state BACKUP", "state MASTER"))
    assert capture.wait_advert(owner.node).priority == 255
    wins((a, b, owner), "owner")


@pytest.mark.parametrize("version", [2, 3])
def test_adverts_go_to_224_0_0_18_with_ttl_255(lab, version):
    capture = Capture(lab)
    [router] = routers(lab, simple(100, version=version, advert="1"))
    router.wait_has(VIP)
    until(lambda: len(capture.adverts()) >= 2, 10)
    for advert in capture.adverts():
        assert (advert.destination, advert.ttl, advert.version) == ("224.0.0.18", 255, version)
        assert advert.checksum_good and advert.addresses == [VIP]


def test_three_nodes_die_in_a_row(lab):
    capture = Capture(lab)
    three = routers(lab, simple(110), simple(100), simple(90))
    wins(three, "r1")
    for dying, next_one, priority in ((three[0], three[1], 100), (three[1], three[2], 90)):
        dying.node.power_off()
        last = capture.adverts(dying.node)[-1].time
        first = capture.wait_advert(next_one.node, since=last)
        until(lambda: owners(three) == [next_one.node.name], 10)
        assert master_down(priority, 1) <= first.time - last < master_down(priority, 1) + 0.5


def test_an_address_deleted_by_hand_comes_back_at_once(lab):
    [router] = routers(lab, simple(100, version=3, advert="0.2"))
    router.wait_has(VIP)
    router.node.run(f"ip address del {VIP}/24 dev eth0")
    router.wait_has(VIP, timeout=1)
    assert router.state() == "MASTER"
    assert "address-restored" in router.ctl("events", "vrrpd").stdout


def test_preemption_waits_for_preempt_delay(lab):
    capture = Capture(lab)
    a, b = routers(lab, simple(100, version=3, advert="0.1", more="preempt_delay 2"),
                   simple(90, version=3, advert="0.1"))
    wins((a, b), "r1")
    a.stop("vrrpd")
    wins((a, b), "r2")
    a.start("vrrpd")
    wins((a, b), "r1")
    since = capture.adverts(a.node)[0].time
    assert any(arp.gratuitous and arp.sender == VIP for arp in capture.arps(a.node, since=since))
