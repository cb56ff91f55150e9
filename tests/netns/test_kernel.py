# SPDX-License-Identifier: LGPL-2.1-or-later
"""What vrrpd holds in the kernel, when other people are at work there, too."""

import kernel
import vrrp
from lab import holds_for, until
from lab.mainstay import Mainstay
from vrrp import VIP

FAST = {"advert": "0.1", "version": 3}

MANY = 50
ROUTES = "static_routes {\n" + "".join(f" 10.70.{i}.0/24 via 10.0.0.254\n" for i in range(MANY)) + """
 10.71.0.0/24 via 10.1.0.254
 10.72.0.0/24 via 10.1.0.254 dev eth1
 10.73.0.0/24 via 10.0.0.254 src 10.1.0.55
 10.74.0.0/24 nexthop via 10.0.0.254 nexthop via 10.1.0.254
 blackhole 10.75.0.0/24
 fd70::/64 via fd00::9 src fd00::55
 fd71::/64 via fd00::9
}
"""


def shown(node, prefix):
    family = "-6" if ":" in prefix else "-4"
    return " ".join(node.output(f"ip {family} route show {prefix} table all").split())


def node_of(lab):
    node = lab.netns("a", eth0=["10.0.0.1/24", "fd00::1/64"], eth1="10.1.0.1/24")
    node.net.ip("address add 10.1.0.55/32 dev eth1", "address add fd00::55/64 dev eth0 nodad")
    return node


def test_only_routes_that_may_have_gone_are_looked_at(lab):
    """The kernel says nothing of most routes that it removes; but it says which interface or address is gone."""
    node = node_of(lab)
    a = kernel.Witnessed(node, vrrp.config(100, **FAST) + ROUTES)
    a.wait_state("MASTER")
    until(lambda: shown(node, "fd71::/64"), 5, "all are on")
    everything = node.output("ip route show table all"), node.output("ip -6 route show table all proto 18")

    def after(*commands):
        before = a.sent()
        node.net.ip(*commands)
        node.net.ip("link add mark type bridge", "link del mark")   # what comes behind it
        holds_for(lambda: True, 0.3)
        return a.writes_since(before)

    strangers = ("link add c0 type veth peer name c1", "address add 10.200.0.1/24 dev c0", "link set c0 up",
                 "link set c1 up", "address add fd55::1/64 dev c0 nodad", "address del 10.200.0.1/24 dev c0",
                 "address del fd55::1/64 dev c0", "link set c0 down", "link del c0")
    assert after(*strangers) == {}, "containers come and go"
    assert after("address add 10.0.0.77/32 dev eth1", "address del 10.0.0.77/32 dev eth1") == {"NEWROUTE": 3}, \
        "those on the interface: was it the last address there?"
    assert after("address add fd00::77/64 dev eth0 nodad", "address del fd00::77/64 dev eth0") == {}

    assert after("address del 10.1.0.55/32 dev eth1", "address add 10.1.0.55/32 dev eth1")["NEWROUTE"] in (4, 5), \
        "that with this source, too; again if it was too early"
    until(lambda: "src 10.1.0.55" in shown(node, "10.73.0.0/24"), 2, "it is back with its source")
    node.net.ip("address flush dev eth1", "address add 10.1.0.1/24 dev eth1", "address add 10.1.0.55/32 dev eth1")
    until(lambda: shown(node, "10.71.0.0/24") and shown(node, "10.72.0.0/24") and shown(node, "10.73.0.0/24"), 2,
          "the last address took them along")
    sent = after("address del fd00::55/64 dev eth0", "address add fd00::55/64 dev eth0 nodad")
    assert sent["DELROUTE"] == 1 and sent["NEWROUTE"] in (1, 2)
    assert "src fd00::55" in shown(node, "fd70::/64"), "the kernel kept the route and took its source"
    node.net.ip("link set eth1 down", "link set eth1 up", "address replace 10.1.0.1/24 dev eth1")
    until(lambda: shown(node, "10.72.0.0/24"), 2)
    until(lambda: (node.output("ip route show table all"), node.output("ip -6 route show table all proto 18"))
          == everything, 3, "all as it was")
    assert after(*strangers) == {}, "what was put on again is known as well"

    before = a.sent()
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("MASTER")
    assert after(*strangers) == {}, "and what was adopted"
    assert "NEWROUTE" not in a.writes_since(before)


def test_what_moved_to_another_name_is_not_left_there(lab):
    """An interface is renamed: the kernel takes along what is on it."""
    node = node_of(lab)
    a = kernel.Witnessed(node, vrrp.config(100, **FAST) + ROUTES + vrrp.config(
        100, name="V2", vrid=52, interface="eth1", addresses=("10.1.0.100/24",), **FAST))
    a.wait_state("MASTER").wait_state("MASTER", "V2")
    until(lambda: shown(node, "10.72.0.0/24"), 3)
    node.net.ip("link set eth1 down", "link set eth1 name other", "link set other up")
    a.wait_state("FAULT", "V2")
    until(lambda: not a.has("10.1.0.100") and "other" not in shown(node, "10.72.0.0/24"), 2, "nothing is left there")
    node.net.ip("link set other down", "link set other name eth1", "link set eth1 up")
    a.wait_state("MASTER", "V2")
    until(lambda: a.has("10.1.0.100") and "eth1" in shown(node, "10.72.0.0/24"), 2)
    node.net.ip("link set eth1 name other")   # without going down first
    until(lambda: not a.has("10.1.0.100") and "other" not in shown(node, "10.72.0.0/24"), 2)
    a.stop("vrrpd")
    assert "keepalived" not in node.output("ip -d route show table all") and not a.has(VIP)


MAC6 = "00:00:5e:00:02:34"
V6 = """
vrrp_instance V6 {{
    interface eth0
    virtual_router_id 52
    priority {priority}
    advert_int {advert}
    use_vmac
    virtual_ipaddress {{
        fe80::100/64
        fd00::100/64
    }}
}}
"""


def crowd(node, n=4000):
    """Somebody's large set: it takes libnftables some time to look around."""
    elements = ", ".join(f"10.{100 + i // 65536}.{i // 256 % 256}.{i % 256}" for i in range(n))
    node.write("/crowd.nft", f"table ip crowd {{\n set s {{\n type ipv4_addr\n elements = {{ {elements} }}\n }}\n}}\n")
    node.run("nft -f /crowd.nft")


def test_a_backups_new_interface_says_nothing_before_its_rules_are_there(lab):
    """A router's kernel joins ff02::2 on an interface that comes up, and reports that with its MAC address."""
    node, wire = lab.netns("a", eth0=["10.0.0.1/24", "fe80::1/64"]), lab.netns("b", eth0="10.0.0.2/24")
    node.run("sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.forwarding=1")
    crowd(node)
    a = Mainstay(node, vrrp.config(100, **FAST))
    a.wait_state("MASTER")
    tcpdump = wire.spawn(f"tcpdump -l -n -e -i eth0 ether src {MAC6} or ip6 multicast", name="tcpdump")
    tcpdump.wait_output("listening on")
    a.reload(vrrp.config(100, **FAST) + V6.format(priority=90, advert=5))
    a.wait_state("BACKUP", "V6")
    until(lambda: "ff02::2" in tcpdump.output(), 5, "it is reported, from the interface below")
    holds_for(lambda: MAC6 not in tcpdump.output(), 1.5, "a switch would send there what is for the master")
    a.reload(vrrp.config(100, **FAST) + V6.format(priority=90, advert=0.1).replace("V6", "V7"))
    a.wait_state("MASTER", "V7")
    until(lambda: MAC6 in tcpdump.output(), 5, "the capture hears that address when it speaks")


def test_tables_of_nftables_go_without_a_record_too(lab):
    """They carry our mark, whatever they are called; those of others do not."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("nft add table ip mainstay")
    node.run("nft add table ip6 vrrpd")
    a = Mainstay(node, vrrp.config(100, globals_="nftables mine", extra="use_vmac", **FAST))
    a.wait_state("MASTER")
    until(lambda: len(node.output("nft list tables").splitlines()) == 4, 3)
    a.kill("vrrpd")
    node.run("truncate -s 30 /run/mainstay/vrrpd/firewall")
    node.run("rm /run/mainstay/vrrpd/accepted.conf")
    a.configure(vrrp.config(100, **FAST))
    a.start("vrrpd")
    a.wait_state("MASTER")
    until(lambda: node.output("nft list tables") == "table ip mainstay\ntable ip6 vrrpd\n", 3)
