# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the words of a configuration bring about, seen from outside: how addresses are put on, how they are announced, where
adverts come from, what delays a takeover."""

import statistics

import pytest

from lab import AddressMonitor, Capture, holds_for, until
from lab.capture import checksum
from lab.mainstay import Mainstay
from lab.scenario import simple
from lab.stranger import Stranger

VIP = "10.0.0.100"


def router(lab, text=None, name="a", host=1, daemons=("vrrpd",), **options):
    node = lab.netns(name, eth0=f"10.0.0.{host}/24")
    return Mainstay(node, text or simple(**{"version": 3, "advert": "0.1", **options}), daemons=daemons)


def line_of(mainstay, address):
    """What ip-address(8) says of an address."""
    lines = mainstay.node.output("ip -4 -o address show dev eth0").splitlines()
    return next(line for line in lines if f" {address}/" in line or f" {address} " in line)


def test_addresses_are_put_on_as_written(lab):
    a = router(lab, vip="""10.0.0.100/24 brd 10.0.0.255 label eth0:web
        10.0.0.101
        10.0.0.102/28 brd + dev eth0 scope link
        10.0.0.103/32 scope 200""")
    a.wait_has("10.0.0.103")
    until(lambda: f"{VIP}/24 brd 10.0.0.255 scope global" in line_of(a, VIP), 10)
    assert "eth0:web" in line_of(a, VIP)
    assert "10.0.0.101/32 scope global" in line_of(a, "10.0.0.101")
    assert "10.0.0.102/28 brd 10.0.0.111 scope link" in line_of(a, "10.0.0.102")
    assert "10.0.0.103/32 scope site" in line_of(a, "10.0.0.103")
    a.stop("vrrpd")
    assert {ip for ip in a.node.addresses() if ip.startswith("10.")} == {"10.0.0.1"}


def bursts(arps, quiet=0.4):
    """How many announcements came together, and when the first of them: [(time, number)]."""
    found = []
    for arp in arps:
        if found and arp.time - found[-1][-1] < quiet:
            found[-1].append(arp.time)
        else:
            found.append([arp.time])
    return [(times[0], len(times)) for times in found]


def announcements(capture, router, since=0):
    """Without the questions of a new master, who else has the address."""
    return [arp for arp in capture.arps(router.node, since=since) if arp.gratuitous]


def test_announcements_come_as_often_as_written(lab):
    capture = Capture(lab)
    a = router(lab, more="garp_master_repeat 3\n garp_master_delay 1\n garp_master_refresh 2\n"
                         " garp_master_refresh_repeat 2")
    until(lambda: len(announcements(capture, a)) >= 10, 12)
    times, numbers = zip(*bursts(announcements(capture, a))[:4])
    assert numbers == (3, 3, 2, 2)
    assert times[1] - times[0] == pytest.approx(1, abs=0.3)
    assert times[3] - times[2] == pytest.approx(2, abs=0.3)
    assert all(arp.sender_mac == arp.mac for arp in capture.arps(a.node, VIP))


def test_announcements_are_spaced_as_written(lab):
    capture = Capture(lab)
    vips = [f"10.0.0.{n}" for n in range(100, 105)]
    a = router(lab, text=simple(version=3, advert="0.1", vip="\n".join(f"{vip}/24" for vip in vips),
                                more="garp_master_repeat 1\n garp_master_delay 0")
               .replace("global_defs {", "global_defs {\n vrrp_garp_interval 0.1"))
    until(lambda: len(capture.arps(a.node)) >= 5, 8)
    arps = capture.arps(a.node)
    assert [arp.sender for arp in arps] == vips
    # One that was held up on its way is closer to the next: that is this machine's doing.
    assert statistics.median(later.time - earlier.time for earlier, later in zip(arps, arps[1:])) > 0.09


def test_a_lower_advert_is_answered_with_announcements(lab):
    capture = Capture(lab)
    a = router(lab, version=2, advert="1", more="garp_master_delay 0\n garp_lower_prio_repeat 2\n"
                                                " garp_lower_prio_delay 1")
    a.wait_has(VIP)
    until(lambda: capture.arps(a.node, VIP), 10)
    holds_for(lambda: True, 0.6, "the first announcement is over")
    since = capture.arps(a.node, VIP)[-1].time + 0.001
    Stranger(lab).send(priority=50, auth=(0, b""))
    until(lambda: len(capture.arps(a.node, VIP, since)) >= 4, 10)
    (first, n1), (second, n2) = bursts(capture.arps(a.node, VIP, since))
    assert (n1, n2) == (2, 2)
    assert second - first == pytest.approx(1, abs=0.3)
    assert "instance-rx-lower-priority" in a.ctl("events", "vrrpd").stdout


def test_adverts_come_from_the_address_that_is_written(lab):
    capture = Capture(lab)
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("ip address add 10.0.0.7/24 dev eth0")
    a = Mainstay(node, simple(version=3, advert="0.1", more="mcast_src_ip 10.0.0.7"))
    a.wait_has(VIP)
    assert {advert.source for advert in capture.adverts(node)} == {"10.0.0.7"}
    assert a.instance()["MasterAddress"] == "10.0.0.7"


def test_without_its_source_address_it_is_in_fault_where_that_is_tracked(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("ip address add 10.0.0.7/24 dev eth0")
    a = Mainstay(node, simple(version=3, advert="0.1", more="mcast_src_ip 10.0.0.7\n track_src_ip"))
    a.wait_has(VIP)
    node.run("ip address del 10.0.0.7/24 dev eth0")
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["source address 10.0.0.7 is missing"]
    assert not a.has(VIP)
    node.run("ip address add 10.0.0.7/24 dev eth0")
    a.wait_has(VIP)


@pytest.mark.parametrize("head, more", [("vrrp_mcast_group4 239.1.2.3", ""),
                                        ("vrrp_mcast_group4 224.0.0.19", "mcast_dst_ip 239.1.2.3")])
def test_adverts_go_to_the_group_that_is_written_and_are_heard_there(lab, head, more):
    capture = Capture(lab)
    a, b = (router(lab, name=name, host=host, text=simple(priority, version=3, advert="0.1", more=more)
                   .replace("global_defs {", f"global_defs {{\n {head}"))
            for name, host, priority in (("a", 1, 100), ("b", 2, 90)))
    a.wait_state("MASTER")
    until(lambda: b.instance()["MasterAddress"] == "10.0.0.1", 10)
    assert {advert.destination for advert in capture.adverts()} == {"239.1.2.3"}
    assert b.state() == "BACKUP"


def test_the_interface_is_not_tracked_where_that_is_written(lab):
    """A router that keeps its address for those on the machine itself. Plugged in again, it finds its place."""
    a = router(lab, more="dont_track_primary")
    b = router(lab, name="b", host=2, priority=90)
    a.wait_has(VIP)
    b.wait_state("BACKUP")
    a.node.pull_cable()
    b.wait_state("MASTER")
    holds_for(lambda: a.state() == "MASTER" and a.has(VIP), 0.5, "no FAULT")
    assert a.instance()["FaultReasons"] == []
    a.node.plug_cable()
    b.wait_state("BACKUP").wait_lost(VIP)
    assert a.state() == "MASTER" and a.has(VIP)


def test_the_pseudo_header_is_left_out_of_the_checksum(lab):
    capture = Capture(lab)
    pair = [router(lab, name=name, host=host, priority=priority, more="v3_checksum_as_v2")
            for name, host, priority in (("a", 1, 100), ("b", 2, 90))]
    until(lambda: len(capture.adverts()) >= 5, 10)
    assert {checksum(advert.raw[20:]) for advert in capture.adverts()} == {0}
    assert not any(advert.checksum_good for advert in capture.adverts())
    until(lambda: [m.state() for m in pair] == ["MASTER", "BACKUP"], 10)


@pytest.mark.parametrize("written, seconds", [("preempt_delay 2", 2), ("", 0)])
def test_preemption_waits_as_long_as_written(lab, written, seconds):
    capture = Capture(lab)
    a, b = (router(lab, name=name, host=host, priority=priority, more=written)
            for name, host, priority in (("a", 1, 100), ("b", 2, 90)))
    until(lambda: a.has(VIP) and not b.has(VIP), 8)
    a.stop("vrrpd")
    until(lambda: b.has(VIP), 10)
    a.start("vrrpd")
    heard = capture.adverts(b.node)[-1].time
    until(lambda: a.has(VIP) and not b.has(VIP), 8)
    first = capture.wait_advert(a.node, since=heard)
    assert seconds <= first.time - heard < seconds + 1


def test_a_backup_waits_for_as_many_adverts_as_written(lab):
    capture = Capture(lab)
    a, b = (router(lab, name=name, host=host, priority=priority, advert="0.2", more="down_timer_adverts 6")
            for name, host, priority in (("a", 1, 100), ("b", 2, 90)))
    until(lambda: a.has(VIP) and not b.has(VIP), 8)
    a.node.power_off()
    last = capture.adverts(a.node)[-1].time
    taken = capture.wait_advert(b.node, since=last).time - last
    assert 6 * 0.2 <= taken < 6 * 0.2 + 0.2 + 0.5


@pytest.mark.parametrize("head, least, most", [("", 1, 1), ("global_defs {\n log_unknown_vrids\n}", 2, 4)])
def test_foreign_ids_are_named_once_or_as_they_come(lab, head, least, most):
    stranger = Stranger(lab)
    a = router(lab, head=head)
    a.wait_has(VIP)

    def send():
        stranger.send(vrid=52)
        return True

    holds_for(send, 3.2, "the stranger speaks")
    assert least <= a.running["vrrpd"].output().count("virtual router 52, which is none of ours") <= most
    assert a.instance()["PacketErrors"]["foreign-vrid"] > 20


INIT_FAIL = """
vrrp_script slow {{
    script "/bin/sleep 3"
    interval 10
    timeout 9
    weight {weight}
    init_fail
}}
"""


@pytest.mark.parametrize("weight, before, after", [(-20, 80, 100), (20, 100, 120)])
def test_init_fail_is_bad_until_proved_good(lab, weight, before, after):
    a = router(lab, head=INIT_FAIL.format(weight=weight), more="track_script {\n slow\n }",
               daemons=("vrrpd", "checkd"))
    assert a.instance()["EffectivePriority"] == before
    until(lambda: a.instance()["EffectivePriority"] == after, 8, "the first run has ended")


def test_a_reload_of_the_same_file_does_nothing(lab):
    """No transition, no timer set anew, nothing written to the kernel; and of one changed word only what it says."""
    capture = Capture(lab)
    other = simple(name="VI_2", vrid=52, version=3, advert="0.5", vip="10.0.0.101/24").partition("}")[2]
    text = simple(version=3, advert="0.5") + other
    a = router(lab, text=text)
    a.wait_has(VIP).wait_has("10.0.0.101")
    until(lambda: len(capture.adverts(a.node, 52)) >= 2, 10)
    monitor = AddressMonitor(a.node)
    before = [a.instance(name) for name in ("VI_1", "VI_2")]
    since = capture.adverts(a.node, 52)[-1].time
    for _ in range(4):
        a.reload(text)
    a.reload(text.replace("priority 100", "priority 120", 1))
    until(lambda: a.instance()["BasePriority"] == 120, 10)
    until(lambda: len(capture.adverts(a.node, 52, since)) >= 5, 10)
    assert not monitor.seen()
    assert not announcements(capture, a, since)
    for vrid in (51, 52):
        assert all(gap == pytest.approx(0.5, abs=0.1) for gap in capture.gaps(a.node, vrid, since))
    for name, was in zip(("VI_1", "VI_2"), before):
        assert a.instance(name)["LastTransitionUsec"] == was["LastTransitionUsec"]
    assert a.instance("VI_2")["BasePriority"] == 100
