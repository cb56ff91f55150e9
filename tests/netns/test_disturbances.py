# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people and their tools do to a machine, and what neighbours send that were configured by somebody else, while
vrrpd runs: each is borne, and told in words that help."""

import time

import pytest
import vrrp
from lab import Capture, Probe, holds_for, until
from lab.mainstay import Mainstay
from lab.stranger import Stranger
from test_runtime import events
from vrrp import VIP, config

FAST = {"advert": "0.2", "version": 3}


def log(mainstay):
    return mainstay.node.read("/lab/vrrpd.log")


def on(node, interface, address=VIP):
    return f"inet {address}/" in node.output(f"ip -o address show dev {interface}")


def test_an_interface_is_renamed_flushed_rehoused_and_flaps(lab):
    a, b, client = vrrp.pair(lab, extra="garp_master_delay 0", **FAST)
    capture = Capture(lab)

    def goes_over_and_comes_back(undo):
        b.wait_state("MASTER")
        a.wait_state("FAULT")
        undo()
        a.wait_state("MASTER").wait_has(VIP)
        b.wait_state("BACKUP").wait_lost(VIP)

    a.node.run("ip link set eth0 name lan0")    # it stays up
    a.wait_state("FAULT")
    assert not on(a.node, "lan0"), "the peer has the address now"
    goes_over_and_comes_back(lambda: a.node.run("ip link set lan0 name eth0"))

    a.node.run("ip address flush dev eth0")
    until(lambda: a.instance()["FaultReasons"] == ["interface eth0 has no address to speak from"], 10)
    goes_over_and_comes_back(lambda: a.node.run("ip address add 10.0.0.1/24 dev eth0"))

    with Probe(client, VIP) as probe:
        probe.wait_answered()
        since = time.time()
        a.node.run("ip link set eth0 address 02:00:00:00:aa:aa")
        until(lambda: "02:00:00:00:aa:aa" in client.run(f"ip neighbour show {VIP}").stdout, 2,
              "the neighbours have heard of the other MAC address")
        probe.wait_answered()
        a.node.run("ip link set eth0 mtu 1280")
        holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 0.5, "that changes nobody's role")
    macs = [arp.sender_mac for arp in capture.arps(address=VIP, since=since)]
    assert set(macs[macs.index("02:00:00:00:aa:aa"):]) == {"02:00:00:00:aa:aa"}
    assert all(outage.end - outage.start < 0.5 for outage in probe.outages()), probe.outages()

    for _ in range(10):
        a.node.run("ip link set eth0 down")
        time.sleep(0.05)
        a.node.run("ip link set eth0 up")
        time.sleep(0.05)
    a.wait_state("MASTER").wait_has(VIP)
    b.wait_state("BACKUP").wait_lost(VIP)


def test_a_bridge_loses_its_ports_and_goes(lab):
    node = lab.netns("a", eth0="10.0.0.9/24")

    def make():
        node.net.ip("link add br0 type bridge", "link set br0 up", "link set eth0 master br0",
                    "address add 10.0.0.1/24 dev br0")
    make()
    a = Mainstay(node, config(100, interface="br0", **FAST))
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), config(90, **FAST))
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    for undo, how, reason in ((lambda: node.run("ip link set eth0 master br0"), "ip link set eth0 nomaster", "is down"),
                              (make, "ip link del br0", "is missing")):
        node.run(how)
        b.wait_state("MASTER")
        assert f"interface br0 {reason}" in a.instance()["FaultReasons"]
        undo()
        a.wait_state("MASTER").wait_has(VIP)
        b.wait_state("BACKUP")


@pytest.mark.parametrize("how", ["unplugged", "rehoused"])
def test_peers_by_unicast_hear_where_the_source_address_is(lab, how):
    """The switch has forgotten the way to a port that was down, a peer sends to the MAC address that it remembers."""
    peers = "unicast_src_ip 10.0.0.1\n unicast_peer {\n 10.0.0.2\n }"
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, extra=peers, **FAST))
    capture = Capture(lab)
    a.wait_state("MASTER")
    assert not any(arp.gratuitous for arp in capture.arps(a.node, "10.0.0.1"))
    since, mac = time.time(), next(iter(a.node.macs))
    if how == "unplugged":
        a.node.pull_cable()
        a.wait_state("FAULT")
        a.node.plug_cable()
    else:
        mac = "02:00:00:00:aa:aa"
        a.node.run(f"ip link set eth0 address {mac}")

    def told():
        return [arp for arp in capture.arps(address="10.0.0.1", since=since) if arp.gratuitous and arp.sender_mac == mac]
    until(told, 10)


WRONG = {
    "its password is another one (bad-auth)": {"auth": (1, b"wrong")},
    "its authentication is of another type (bad-auth-type)": {"auth": (0, b"")},
    "its interval of adverts is another one (bad-interval)": {"interval": 3},
    "its TTL is not what it leaves a neighbour with (bad-ttl)": {"ttl": 64},
    "it is of another VRRP version (bad-version)": {"version": 3},
}


def test_a_neighbour_that_is_configured_otherwise_is_told_of_once_for_each_reason(lab):
    stranger = Stranger(lab)
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, advert="1"))
    a.wait_state("BACKUP")
    for _ in range(6):
        for wrong in WRONG.values():
            stranger.send(**{"auth": (1, b"1234"), **wrong})
        time.sleep(0.2)
    until(lambda: sum(a.instance()["PacketErrors"].values()) == 30, 10)
    dropped = [line for line in log(a).splitlines() if "dropped a packet" in line]
    assert sorted(dropped) == sorted(f"vrrpd: VI_1: dropped a packet of 10.0.0.66: {reason}" for reason in WRONG)
    assert "the MASTER is" not in log(a)


def test_what_is_odd_about_an_advert_that_is_used_is_told_once(lab):
    """Another address list and, in version 3, another interval."""
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), config(120, advert="0.3", version=3, addresses=("10.0.0.101/24",)))
    b.wait_state("MASTER")
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), config(100, advert="0.2", version=3))
    until(lambda: a.instance()["PacketErrors"]["noted-interval"] > 5, 10)
    assert sorted(line for line in log(a).splitlines() if "is used, but" in line) == [
        "vrrpd: VI_1: an advert of 10.0.0.2 is used, but its addresses are others (noted-addresses)",
        "vrrpd: VI_1: an advert of 10.0.0.2 is used, but its interval of adverts is another one (noted-interval)"]
    assert a.instance()["MasterAddress"] == "10.0.0.2"


def test_two_routers_with_one_address_of_their_own_are_noticed(lab):
    """The kernel shows nobody packets from an address of its own: each thinks itself alone. But both announce."""
    one, other = (Mainstay(lab.netns(name, eth0="10.0.0.1/24"), config(priority, **FAST))
                  for name, priority in (("a", 100), ("b", 90)))
    for mainstay in one, other:
        mainstay.wait_state("MASTER")
        until(lambda m=mainstay: events(m, "address-conflict"), 8, "somebody else has the virtual address, too")


def test_an_address_that_the_kernel_refuses_is_named(lab):
    """Of two in one network with different scopes the kernel takes the first; the others are none the worse."""
    refused = [f"10.0.0.{n}/24" for n in (103, 104, 105, 106, 107, 108)]
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"),
                 config(100, addresses=(*(f"{r} scope link" for r in refused), "10.0.0.100/24", "10.1.0.7/32"), **FAST))
    a.wait_state("MASTER").wait_has(VIP).wait_has("10.1.0.7")
    until(lambda: "cannot put" in log(a), 10)
    line = next(line for line in log(a).splitlines() if "cannot put" in line)
    assert line.startswith("vrrpd: VI_1: cannot put 10.0.0.103/24 on eth0, 10.0.0.104/24 on eth0, "), line
    assert line.endswith(" more: Invalid argument"), line
    assert a.state() == "MASTER"
    a.reload(config(100, addresses=(*(f"{r}" for r in refused), "10.0.0.100/24"), **FAST))
    a.wait_has("10.0.0.108").wait_lost("10.1.0.7")


def test_a_reload_changes_everything_of_an_instance_and_back(lab):
    node = lab.netns("a", eth0="10.0.0.1/24", eth1="10.0.1.1/24")
    node.run("ip -6 address add fe80::1/64 dev eth1 nodad")
    peer = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), config(90, advert="1"))
    before = config(100, advert="1")
    after = config(120, interface="eth1", vrid=99, addresses=("fe80::99/64", "2001:db8::99/64"), **FAST)
    a = Mainstay(node, before)
    capture = Capture(lab)
    a.wait_state("MASTER")
    peer.wait_state("BACKUP")
    since = time.time()
    assert a.reload(after).returncode == 0
    a.wait_lost(VIP).wait_has("2001:db8::99").wait_state("MASTER")
    assert capture.wait_advert(node, priority=0, vrid=51, since=since), "the old router has resigned"
    peer.wait_state("MASTER")
    assert a.reload(before).returncode == 0
    a.wait_lost("2001:db8::99").wait_lost("fe80::99")
    a.wait_state("MASTER").wait_has(VIP)
    peer.wait_state("BACKUP")


def test_addresses_are_put_on_with_peer_and_broadcast_and_changed_by_a_reload(lab):
    node = lab.netns("a", eth0="10.0.0.1/24", eth1="10.1.0.1/24")
    words = ("10.0.0.100/24 label eth0:x", "10.0.0.101 peer 10.0.0.200/32", "10.0.0.102/24 brd -",
             "10.1.0.7/24 dev eth1 noprefixroute")
    a = Mainstay(node, config(100, addresses=words, **FAST))
    a.wait_state("MASTER").wait_has("10.1.0.7")

    def shown():
        return node.output("ip -4 -o address show")
    for text in ("10.0.0.100/24 scope global secondary eth0:x", "10.0.0.101 peer 10.0.0.200/32 scope global eth0",
                 "10.0.0.102/24 brd 10.0.0.0 scope global", "10.1.0.7/24 scope global secondary noprefixroute eth1"):
        assert text in shown(), text
    a.reload(config(100, addresses=("10.0.0.100/24 label eth0:y", "10.0.0.101 peer 10.0.0.201/32",
                                    "10.0.0.102/25 brd +"), **FAST))
    for text in ("10.0.0.100/24 scope global secondary eth0:y", "10.0.0.101 peer 10.0.0.201/32 scope global eth0",
                 "10.0.0.102/25 brd 10.0.0.127 scope global"):
        until(lambda text=text: text in shown(), 10, text)
    assert "10.1.0.7" not in shown() and "10.0.0.200" not in shown()
    node.run("ip address del 10.0.0.101 peer 10.0.0.201/32 dev eth0")
    until(lambda: "10.0.0.101 peer 10.0.0.201/32" in shown(), 10, "it is put back, with its peer")
    assert log(a).count("somebody removed") == 1
    a.stop("vrrpd")
    assert "10.0.0.10" not in shown().replace("10.0.0.1/", "")


def test_orders_with_bad_arguments_are_refused_in_words(lab):
    a, b, _ = vrrp.pair(lab, **FAST)
    for order, status, said in (
            ("priority VI_1", 64, "Usage: mainstayctl priority"), ("priority VI_1 0", 64, "'0' is no priority"),
            ("priority VI_1 255", 64, "'255' is no priority"), ("priority VI_1 80x", 64, "'80x' is no priority"),
            ("priority VI_2 80", 1, "There is no instance 'VI_2'. There are: VI_1"),
            ("resign", 64, "Usage: mainstayctl resign"), ("resign VI_2", 1, "There is no instance 'VI_2'"),
            ("announce VI_2", 1, "There is no instance 'VI_2'"), ("maintenance maybe", 64, "not 'maybe'"),
            ("maintenance", 64, "Usage: mainstayctl maintenance")):
        refused = a.ctl(*order.split(), check=False)
        assert (refused.returncode, refused.stdout) == (status, ""), order
        assert said in refused.stderr, refused.stderr
    for verb in "resign", "announce":
        refused = b.ctl(verb, "VI_1", check=False)
        assert (refused.returncode, refused.stderr) == (1, "VI_1: it is BACKUP, not MASTER\n")
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"] and a.instance()["OrderedPriority"] == 0

    capture = Capture(lab)
    since = time.time()
    a.ctl("announce", "VI_1")
    until(lambda: capture.arps(a.node, VIP, since=since), 10)
    a.ctl("resign", "VI_1")
    b.wait_state("MASTER")
    a.wait_state("BACKUP")
    line = next(line for line in a.ctl("status", check=False).stdout.splitlines() if line.startswith("VI_1 "))
    assert "10.0.0.2 (90)" in line and line.endswith("asked to resign"), line
