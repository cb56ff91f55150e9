# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes, rules and static entries on real kernels: what keepalived makes of the same file, fail-over, other people's
hands, restarts, and what is left when nobody is there to clear up."""

import datetime
import json
import re

import pytest
import vrrp
from lab import holds_for, until
from lab.mainstay import Mainstay
from lab.peers import Keepalived

VIP = vrrp.VIP

ROUTES = """
    virtual_routes {
        10.80.0.0/16 via 10.0.0.254
        10.81.0.0/16 dev eth0 scope link metric 5
        10.81.1.0/24 dev eth0
        throw 10.89.3.0/24 table 99
        default via 10.0.0.253 table 100 src 10.0.0.100
        unreachable 10.82.0.0/16 table 77
        10.83.0.0/16 nexthop via 10.0.0.251 weight 2 nexthop via 10.0.0.252
        10.84.0.0/16 via 10.0.0.254 mtu lock 1400 advmss 1300 rto_min 200ms initcwnd 20 quickack 1 realms 5 tos 0x10
        10.85.0.0/16 via 10.0.0.254 append
        192.0.2.0/24 via 10.0.0.254 protocol static no_track
        to 10.87.0.0/16 gw 10.0.0.254 dev eth0 onlink priority 7 hoplimit 40 window 3000
        blackhole 10.88.0.0/16
        2001:db8:1::/48 dev eth0
        2001:db8:2::/48 via fe80::1 dev eth0 metric 77 pref high
        prohibit 2001:db8:3::/48
    }
"""
# keepalived 2.2.7 makes nothing of these.
MORE = """
        10.86.1.7/16 via 10.0.0.254 rtt 300ms rttvar 100ms features ecn congctl reno
        local 10.89.0.1 dev eth0
        broadcast 10.89.0.2 dev eth0
"""
RULES = """
    virtual_rules {
        from 10.90.0.0/16 table 100 preference 1000
        to 10.91.0.0/16 lookup 77
        from all fwmark 0x5/0xff iif eth0 table 5
        from 10.92.0.0/16 blackhole
        not from 10.93.0.0/16 oif eth0 table 98 preference 1001
        from 10.94.0.0/16 ipproto 6 sport 1-2 dport 3-4 table main suppress_prefixlength 0
        from 2001:db8::/32 table 100 preference 1002
        from 10.95.0.0/16 goto 1001 preference 990
        to 10.96.0.0/16 tos 0x10 nop preference 980
        from 10.97.0.0/16 uidrange 10-20 realms 3 table 6 preference 970
    }
"""
ENTRIES = """
static_ipaddress {
    10.77.0.1/24 dev eth0
}
static_routes {
    10.70.0.0/24 via 10.0.0.250 dev eth0
    blackhole 10.71.0.0/24
}
static_rules {
    from 10.72.0.0/24 table 100 preference 900
}
"""
ONE = """
    virtual_routes {
        10.80.0.0/16 via 10.0.0.254
    }
    virtual_rules {
        from 10.90.0.0/16 table 100 preference 1000
    }
"""


def routes(node):
    """All that is not the kernel's own, as ip(8) shows it."""
    lines = [*node.output("ip -d -4 route show table all").splitlines(),
             *node.output("ip -d -6 route show table all").splitlines()]
    joined = re.sub(r"\n\s+", " ", "\n".join(lines)).splitlines()
    return sorted(line.strip() for line in joined if "proto kernel" not in line and "proto ra" not in line)


def rules(node):
    lines = [*node.output("ip -d -4 rule show").splitlines(), *node.output("ip -d -6 rule show").splitlines()]
    return sorted(re.sub(r"\s+", " ", line).strip() for line in lines if "proto kernel" not in line)


def has_route(node, prefix):
    return any(f" {prefix} " in f" {line} " for line in routes(node))


def events(mainstay, kind):
    lines = mainstay.ctl("events", "--json", check=False).stdout.splitlines()
    return [e for e in map(json.loads, lines) if e["Type"] == kind]


def log(mainstay):
    return mainstay.node.read("/lab/vrrpd.log")


def single(lab, extra="", entries="", name="a", **options):
    mainstay = Mainstay(lab.netns(name, eth0="10.0.0.1/24"),
                        vrrp.config(100, advert="0.1", version=3, extra=extra, **options) + entries)
    return mainstay.wait_state("MASTER")


class Watch:
    """What the kernel tells of routes and rules, by ip-monitor(8)."""

    def __init__(self, node, *more):
        self.node = node
        self.process = node.spawn(["ip", "-ts", "monitor", "route", "rule", *more], name="ip-monitor")
        until(self._listens, 10, "the monitor listens")
        node.run("ip route add 198.18.254.0/24 dev lo")
        until(lambda: "198.18.254.0" in self.process.output(), 10)
        self.begin = len(self.process.output())
        node.run("ip route flush root 198.18.0.0/16")

    def _listens(self):
        self.node.run("ip route del 198.18.255.0/24", check=False)
        self.node.run("ip route add 198.18.255.0/24 dev lo")
        return "198.18.255.0" in self.process.output()

    def __str__(self):
        return f"what was expected of ip monitor, which says:\n{self.seen()}"

    def order(self, *texts):
        """Were they told of in this order?"""
        places = [self.seen().find(text) for text in texts]
        return -1 not in places and places == sorted(places)

    def put_back(self, text):
        """Wait until a thing with this text is back; the seconds since it was told of what somebody did, for which nothing may have
        been told before."""
        def told():
            lines = re.findall(r"^\[(\S+)\] (.*)", self.seen(), re.MULTILINE)
            back = [when for when, what in lines if text in what and not what.startswith("Deleted")]
            return back and [datetime.datetime.fromisoformat(when) for when in (lines[0][0], back[-1])]
        went, came = until(told, 10, f"{text} is put back: {self}")
        return (came - went).total_seconds()

    def forget(self):
        self.begin = len(self.process.output())

    def seen(self):
        lines = self.process.output()[self.begin:].splitlines()
        return "\n".join(line for line in lines if not re.search("198.18.25|fe80:|ff00:", line))


def test_the_kernel_has_what_keepalived_makes_of_the_same_file(lab):
    a, b = lab.netns("a", eth0="10.0.0.1/24"), lab.netns("b", eth0="10.0.0.1/24")
    text = vrrp.config(100, advert="0.1", version=3, extra=ROUTES + RULES) + ENTRIES
    mainstay = Mainstay(a, text)
    Keepalived(b, text.replace("virtual_router_id 51", "virtual_router_id 52"))
    mainstay.wait_state("MASTER")
    until(lambda: has_route(b, "10.80.0.0/16") and len(rules(b)) == 11, 10, "keepalived is master")
    ours, theirs = routes(a), routes(b)
    assert [r for r in ours if r not in theirs] == [r for r in theirs if r not in ours]
    assert rules(a) == rules(b)


def test_a_full_list_is_put_on_and_taken_off(lab):
    a = single(lab, extra=ROUTES.replace("blackhole", f"{MORE}\n blackhole") + RULES, entries=ENTRIES)
    clean = [r for r in routes(a.node) if "10.7" in r]
    assert len(clean) == 2, "the static ones"
    until(lambda: len(rules(a.node)) == 11, 10, f"10 rules and a static one: {rules(a.node)}")
    assert "cannot put on" not in log(a)
    shown = a.instance()
    assert "10.80.0.0/16 via 10.0.0.254" in shown["Routes"] and len(shown["Routes"]) == 18
    assert ("unicast 10.86.0.0/16 via 10.0.0.254 dev eth0 table main proto keepalived scope global rtt 300ms rttvar 100ms "
            "features ecn congctl reno") in routes(a.node)
    assert "preference 1000 from 10.90.0.0/16 table 100" in shown["Rules"]
    assert "route 10.80.0.0/16 via 10.0.0.254" in a.ctl("status", check=False).stdout
    a.stop()
    assert routes(a.node) == [] and rules(a.node) == []
    assert not a.has("10.77.0.1") and not a.has(VIP)


def test_they_follow_the_mastership(lab):
    a, b, _ = vrrp.pair(lab, advert="0.1", version=3, extra=ONE)
    assert has_route(a.node, "10.80.0.0/16") and rules(a.node)
    assert not has_route(b.node, "10.80.0.0/16") and not rules(b.node)
    leaving, coming = Watch(a.node, "address"), Watch(b.node, "address")
    a.stop()
    b.wait_state("MASTER")
    until(lambda: has_route(b.node, "10.80.0.0/16") and rules(b.node), 10)
    assert not has_route(a.node, "10.80.0.0/16") and not rules(a.node)
    until(lambda: leaving.order("10.90.0.0", "10.80.0.0", f"inet {VIP}"), 10, leaving)
    until(lambda: coming.order(f"inet {VIP}", "10.80.0.0", "10.90.0.0"), 10, coming)


def test_what_somebody_removes_comes_back_with_an_event(lab):
    a = single(lab, extra=ONE, entries=ENTRIES)
    watch = Watch(a.node, "address")
    for command, text in (("ip route del 10.80.0.0/16", "10.80.0.0/16 via 10.0.0.254"),
                          ("ip rule del preference 1000", "from 10.90.0.0/16"),
                          ("ip route del 10.70.0.0/24", "10.70.0.0/24 via 10.0.0.250"),
                          ("ip rule del preference 900", "from 10.72.0.0/24"),
                          ("ip addr del 10.77.0.1/24 dev eth0", "inet 10.77.0.1/24"),
                          ("ip route replace 10.80.0.0/16 via 10.0.0.200", "10.80.0.0/16 via 10.0.0.254")):
        watch.forget()
        a.node.run(command)
        assert watch.put_back(text) < 0.5, command
    until(lambda: has_route(a.node, "10.80.0.0/16") and has_route(a.node, "10.70.0.0/24") and a.has("10.77.0.1"), 10)
    until(lambda: any("1000:" in r for r in rules(a.node)) and any("900:" in r for r in rules(a.node)), 10)
    assert [e["Data"]["route"] for e in events(a, "route-restored")] == ["10.80.0.0/16 via 10.0.0.254"] * 2
    assert [e["Data"]["name"] for e in events(a, "rule-restored")] == ["VI_1"]
    assert [e["Data"]["entry"] for e in events(a, "static-restored")] == [
        "route 10.70.0.0/24 via 10.0.0.250 dev eth0", "rule preference 900 from 10.72.0.0/24 table 100",
        "address 10.77.0.1/24 dev eth0"]
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"], "nobody moves for that"


def test_no_track_leaves_it_at_that(lab):
    a = single(lab, extra=ONE.replace("10.0.0.254", "10.0.0.254 no_track"),
               entries=ENTRIES.replace("dev eth0\n}", "dev eth0 no_track\n}", 1))
    a.node.run("ip route del 10.80.0.0/16")
    a.node.run("ip addr del 10.77.0.1/24 dev eth0")
    a.node.run("ip link add other type veth peer name another")   # then the others are looked at again
    holds_for(lambda: not has_route(a.node, "10.80.0.0/16") and not a.has("10.77.0.1"), 1.3)
    assert events(a, "route-restored") == events(a, "static-restored") == []


def test_what_goes_without_a_word_comes_back(lab):
    """The kernel says nothing of IPv4 routes that go with a source address or an interface."""
    a = single(lab, entries="static_routes {\n 10.70.0.0/24 via 10.9.0.2 dev eth1\n 10.71.0.0/24 dev eth0 src 10.0.0.55\n}\n"
                            "static_ipaddress {\n 10.0.0.55/32 dev eth0\n}\n",)
    assert "static: cannot put on route 10.70.0.0/24 via 10.9.0.2 dev eth1: No such device; it is tried again" in log(a)
    a.node.run("ip link add eth1 type veth peer name eth1p")
    a.node.run("ip link set eth1p up")
    a.node.run("ip addr add 10.9.0.1/24 dev eth1")
    a.node.run("ip link set eth1 up")
    until(lambda: has_route(a.node, "10.70.0.0/24"), 10, "comes with its interface")
    assert "static: route 10.70.0.0/24 via 10.9.0.2 dev eth1 is on now" in log(a)
    a.node.run("ip link set eth1 down")
    assert not has_route(a.node, "10.70.0.0/24")
    a.node.run("ip link set eth1 up")
    until(lambda: has_route(a.node, "10.70.0.0/24"), 10, "comes back with it")
    a.node.run("ip addr del 10.0.0.55/32 dev eth0")
    until(lambda: a.has("10.0.0.55") and has_route(a.node, "10.71.0.0/24"), 10, "comes back with its source")


def test_a_gateway_out_of_reach_is_told_tried_again_and_nobody_elses_concern(lab):
    a = single(lab, extra="virtual_routes {\n 10.80.0.0/16 via 10.66.0.1\n 10.81.0.0/16 via 10.0.0.254\n}\n")
    until(lambda: "VI_1: cannot put on route 10.80.0.0/16 via 10.66.0.1: Network is unreachable; it is tried again"
          in log(a), 10)
    assert has_route(a.node, "10.81.0.0/16") and a.has(VIP) and a.state() == "MASTER"
    holds_for(lambda: log(a).count("cannot put on") == 1, 1.3, "told once, not each second")
    a.node.run("ip addr add 10.66.0.9/24 dev eth0")
    until(lambda: has_route(a.node, "10.80.0.0/16"), 0.5, "at once when the network changes")
    assert "VI_1: route 10.80.0.0/16 via 10.66.0.1 is on now" in log(a)
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]


@pytest.mark.parametrize("how", ["kill -9", "reload"])
def test_nothing_is_written_when_nothing_is_wrong(lab, how):
    a = single(lab, extra=ROUTES + RULES, entries=ENTRIES)
    before = routes(a.node), rules(a.node)
    watch = Watch(a.node)
    if how == "reload":
        a.reload()
    else:
        a.kill("vrrpd")
        a.start("vrrpd")
    a.wait_state("MASTER")
    holds_for(lambda: watch.seen() == "", 1, watch)
    assert (routes(a.node), rules(a.node)) == before
    assert "cannot put on" not in log(a)


def test_what_left_the_configuration_goes(lab):
    a = single(lab, extra=ROUTES + RULES, entries=ENTRIES)
    a.kill("vrrpd")
    a.configure(vrrp.config(100, advert="0.1", version=3, extra=ONE))
    a.node.run("rm -f /run/mainstay/vrrpd/accepted.conf")
    a.start("vrrpd")
    until(lambda: len(routes(a.node)) == 1 and len(rules(a.node)) == 1, 10, "all but one of each are gone")
    assert not a.has("10.77.0.1") and a.has(VIP)
    assert "routes of an earlier configuration are removed" in log(a)


def test_reload_changes_what_has_changed(lab):
    a = single(lab, extra=ONE, entries=ENTRIES)
    watch = Watch(a.node)
    a.reload(vrrp.config(100, advert="0.1", version=3, extra=ONE.replace("10.80", "10.81"))
             + ENTRIES.replace("10.70", "10.73"))
    until(lambda: has_route(a.node, "10.81.0.0/16") and has_route(a.node, "10.73.0.0/24"), 10)
    assert not has_route(a.node, "10.80.0.0/16") and not has_route(a.node, "10.70.0.0/24")
    assert "10.90.0.0" not in watch.seen() and "10.71.0.0" not in watch.seen()
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]


@pytest.mark.parametrize("torn", [False, True])
def test_the_guard_releases_all(lab, torn):
    a = single(lab, extra=ROUTES + RULES, entries=ENTRIES)
    a.kill("vrrpd")
    if torn:
        a.node.run("truncate -s 50 /run/mainstay/vrrpd/routes")
        a.node.run("truncate -s 50 /run/mainstay/vrrpd/rules")
    a.node.run([a.build / "vrrpd" / "vrrpd-release"], env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd"})
    left = [r for r in routes(a.node) if not (torn and "proto static" in r)]
    assert left == [] and rules(a.node) == []
    assert not a.has(VIP) and not a.has("10.77.0.1")


def test_instances_follow_the_interface_of_static_entries(lab):
    entries = ("static_routes {\n 10.70.0.0/24 dev eth1 track_group G\n}\n"
               "track_group G {\n group {\n VI_1\n }\n}\n")
    a = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), vrrp.config(100, advert="0.1", version=3) + entries)
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["interface eth1 is missing"]
    a.node.run("ip link add eth1 type veth peer name eth1p")
    a.node.run("ip link set eth1p up")
    a.node.run("ip link set eth1 up")
    a.wait_state("MASTER")
    until(lambda: has_route(a.node, "10.70.0.0/24"), 10)
    a.node.run("ip link set eth1 down")
    a.wait_state("FAULT")


def promotes(node, interface="eth0"):
    return node.output(f"cat /proc/sys/net/ipv4/conf/{interface}/promote_secondaries").strip() == "1"


def test_promote_secondaries_is_set_while_vrrpd_runs(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("sh -c 'echo 0 > /proc/sys/net/ipv4/conf/eth0/promote_secondaries'")
    both = ("10.0.7.1/24", "10.0.7.2/24")
    a = Mainstay(node, vrrp.config(100, advert="0.1", version=3, extra="promote_secondaries", addresses=both))
    a.wait_state("MASTER").wait_has("10.0.7.2")
    assert promotes(node)
    a.kill("vrrpd")
    a.start("vrrpd")
    assert promotes(node)
    a.reload(vrrp.config(100, advert="0.1", version=3, addresses=both))
    until(lambda: not promotes(node), 10, "nobody wants it any more")
    a.reload(vrrp.config(100, advert="0.1", version=3, extra="promote_secondaries", addresses=both))
    until(lambda: promotes(node), 10)
    a.kill("vrrpd")
    node.run([a.build / "vrrpd" / "vrrpd-release"], env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd"})
    assert not promotes(node), "the guard sets it back"


def test_bad_input_is_told_and_the_others_do_not_notice(lab):
    """An address that is there already, an instance without addresses, 300 addresses in one, a route out of reach."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("ip addr add 10.0.0.100/24 dev eth0")
    many = tuple(f"10.1.{i // 200}.{i % 200 + 1}/32" for i in range(300))
    text = (vrrp.config(100, advert="0.1", version=3)
            + vrrp.config(100, name="MANY", vrid=52, advert="0.1", version=3, addresses=many)
            + vrrp.config(100, name="NONE", vrid=53, advert="0.1", version=3, addresses=())
            + vrrp.config(100, name="FAR", vrid=54, advert="0.1", version=3, addresses=("10.0.0.101/32",),
                          extra="virtual_routes {\n 10.80.0.0/16 via 10.66.0.1\n 10.81.0.0/16 vai 10.0.0.9\n}\n"))
    a = Mainstay(node, text)
    for name in ("VI_1", "MANY", "FAR"):
        a.wait_state("MASTER", name=name)
    said = log(a)
    assert ("VI_1: 10.0.0.100/24 is on eth0 already; from now on it is there only while this router is MASTER"
            in said)
    assert said.count("is on eth0 already") == 1
    assert "more than 255 addresses, the last 45 are not advertised (vrrp_instance MANY" in said
    assert "it has no virtual_ipaddress, which version 3 needs, the instance is left out (vrrp_instance NONE" in said
    assert "vai is no word of a route, the line is left out (vrrp_instance FAR, virtual_routes)" in said
    until(lambda: "FAR: cannot put on route 10.80.0.0/16" in log(a), 10)
    assert all(a.has(address.split("/")[0]) for address in many)
    assert len(a.instance("MANY")["Addresses"]) == 300
    for name in ("VI_1", "MANY", "FAR"):
        assert vrrp.transitions(a, name) == ["BACKUP", "MASTER"]
    a.stop()
    assert node.output("ip -o -4 addr show dev eth0").count("inet ") == 1, "also the one that was there: it is ours"
