# SPDX-License-Identifier: LGPL-2.1-or-later
"""What vrrpd holds in the kernel, when other people are at work there, too."""

import kernel
import vrrp
from lab import AddressMonitor, LinkMonitor, holds_for, until
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
    until(lambda: shown(node, "fd71::/64"), 10, "all are on")
    everything = node.output("ip route show table all"), node.output("ip -6 route show table all proto 18")

    def after(*commands):
        before = a.sent()
        node.net.ip(*commands)
        node.net.ip("link add mark type bridge", "link del mark")   # what comes behind it
        a.instance()    # who answers has read the news that came before; what it does about them follows
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
    until(lambda: "src 10.1.0.55" in shown(node, "10.73.0.0/24"), 10, "it is back with its source")
    node.net.ip("address flush dev eth1", "address add 10.1.0.1/24 dev eth1", "address add 10.1.0.55/32 dev eth1")
    until(lambda: shown(node, "10.71.0.0/24") and shown(node, "10.72.0.0/24") and shown(node, "10.73.0.0/24"), 10,
          "the last address took them along")
    sent = after("address del fd00::55/64 dev eth0", "address add fd00::55/64 dev eth0 nodad")
    assert sent["DELROUTE"] == 1 and sent["NEWROUTE"] in (1, 2)
    assert "src fd00::55" in shown(node, "fd70::/64"), "the kernel kept the route and took its source"
    node.net.ip("link set eth1 down", "link set eth1 up", "address replace 10.1.0.1/24 dev eth1")
    until(lambda: shown(node, "10.72.0.0/24"), 10)
    until(lambda: (node.output("ip route show table all"), node.output("ip -6 route show table all proto 18"))
          == everything, 10, "all as it was")
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
    until(lambda: shown(node, "10.72.0.0/24"), 10)
    node.net.ip("link set eth1 down", "link set eth1 name other", "link set other up")
    a.wait_state("FAULT", "V2")
    until(lambda: not a.has("10.1.0.100") and "other" not in shown(node, "10.72.0.0/24"), 10, "nothing is left there")
    node.net.ip("link set other down", "link set other name eth1", "link set eth1 up")
    a.wait_state("MASTER", "V2")
    until(lambda: a.has("10.1.0.100") and "eth1" in shown(node, "10.72.0.0/24"), 10)
    node.net.ip("link set eth1 name other")   # without going down first
    until(lambda: not a.has("10.1.0.100") and "other" not in shown(node, "10.72.0.0/24"), 10)
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
    until(lambda: "ff02::2" in tcpdump.output(), 10, "it is reported, from the interface below")
    holds_for(lambda: MAC6 not in tcpdump.output(), 1.5, "a switch would send there what is for the master")
    a.reload(vrrp.config(100, **FAST) + V6.format(priority=90, advert=0.1).replace("V6", "V7"))
    a.wait_state("MASTER", "V7")
    until(lambda: MAC6 in tcpdump.output(), 10, "the capture hears that address when it speaks")


def test_tables_of_nftables_go_without_a_record_too(lab):
    """They carry our mark, whatever they are called; those of others do not."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("nft add table ip mainstay")
    node.run("nft add table ip6 vrrpd")
    a = Mainstay(node, vrrp.config(100, globals_="nftables mine", extra="use_vmac", **FAST))
    a.wait_state("MASTER")
    until(lambda: len(node.output("nft list tables").splitlines()) == 4, 10)
    a.kill("vrrpd")
    node.run("truncate -s 30 /run/mainstay/vrrpd/firewall")
    node.run("rm /run/mainstay/vrrpd/accepted.conf")
    a.configure(vrrp.config(100, **FAST))
    a.start("vrrpd")
    a.wait_state("MASTER")
    until(lambda: node.output("nft list tables") == "table ip mainstay\ntable ip6 vrrpd\n", 10)


def links(node):
    return [line.split(": ")[1].split("@")[0] for line in node.output("ip -o link show type macvlan").splitlines()]


def record(node, name, fallback=""):
    path = f"/run/mainstay/vrrpd/{name}"
    return node.read(path) if node.exists(path) else fallback


def release(mainstay):
    mainstay.node.run([mainstay.build / "vrrpd" / "vrrpd-release"], env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd"})


def test_interfaces_that_cannot_be_removed_stay_in_the_record(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    one = vrrp.config(100, extra="use_vmac", **FAST)
    more = "".join(vrrp.config(100, name=f"V{i}", vrid=i, extra="use_vmac", addresses=(f"10.0.0.{i}/24",), **FAST)
                   for i in (61, 62))
    a = kernel.Witnessed(node, one + more)
    a.wait_state("MASTER").wait_state("MASTER", "V62")
    a.refuse("DELLINK")
    a.reload(one)
    a.wait_lost("10.0.0.61")
    until(lambda: "vrrp.61 cannot be removed, it is tried again: No buffer space available" in node.read("/lab/vrrpd.log"), 10)
    assert "vrrp.61" in node.read("/run/mainstay/vrrpd/links")
    a.refuse(None)
    until(lambda: links(node) == ["vrrp.51"], 10, "a second later")
    until(lambda: "vrrp.61" not in node.read("/run/mainstay/vrrpd/links"), 10)

    a.reload(one + more)
    a.wait_state("MASTER", "V62")
    a.refuse("DELLINK")
    a.reload(one)
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("MASTER")
    a.kill("vrrpd")
    release(a)
    assert links(node) == [], "the guard knew of them"


def test_one_that_was_about_to_go_or_not_quite_made_is_made_good(lab):
    """Killed between two steps: among those that are to go together; made, and not marked yet."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    one = vrrp.config(100, extra="use_vmac", **FAST)
    more = "".join(vrrp.config(100, name=f"V{i}", vrid=i, extra="use_vmac", addresses=(f"10.0.0.{i}/24",), **FAST)
                   for i in (61, 62))
    a = Mainstay(node, one + more)
    a.wait_state("MASTER").wait_state("MASTER", "V62")
    index = node.output("cat /sys/class/net/vrrp.51/ifindex")
    a.kill("vrrpd")
    node.net.ip(f"link set vrrp.51 group {0x766d6163}", "link set vrrp.51 alias ''", "link set vrrp.51 addrgenmode eui64")
    a.start("vrrpd")
    a.wait_state("MASTER")
    shown_ = node.output("ip -d link show vrrp.51")
    assert "alias mainstay-vrrpd" in shown_ and "addrgenmode none" in shown_ and "group default" in shown_
    a.reload(one)
    until(lambda: links(node) == ["vrrp.51"], 10, "only those that are not wanted go")
    assert node.output("cat /sys/class/net/vrrp.51/ifindex") == index


def test_names_do_not_depend_on_the_order_of_the_file(lab):
    """Two virtual routers of one number on two networks; an edit turns them round while vrrpd is down."""
    node = lab.netns("a", eth0="10.0.0.1/24", eth1="10.1.0.1/24", eth2="10.2.0.1/24")
    globals_, *blocks = (vrrp.config(100, extra="use_vmac", **FAST).split("vrrp_instance", 1)[0],
                         *(vrrp.config(100, name=f"E{i}", interface=f"eth{i}", extra="use_vmac",
                                       addresses=(f"10.{i}.0.100/24",), **FAST) for i in (2, 1, 0)))
    a = Mainstay(node, globals_ + blocks[2] + blocks[1])
    a.wait_state("MASTER", "E0").wait_state("MASTER", "E1")
    monitors = [AddressMonitor(node), LinkMonitor(node)]
    a.kill("vrrpd")
    node.run("rm /run/mainstay/vrrpd/accepted.conf")
    a.configure(globals_ + blocks[1] + blocks[2])
    a.start("vrrpd")
    a.wait_state("MASTER", "E0").wait_state("MASTER", "E1")
    holds_for(lambda: [m.seen() for m in monitors] == [[], []], 0.5, "each has kept what it had")
    a.kill("vrrpd")
    node.run("rm /run/mainstay/vrrpd/accepted.conf")
    a.configure(globals_ + "".join(blocks))
    a.start("vrrpd")
    a.wait_state("MASTER", "E2").wait_state("MASTER", "E1")
    assert sorted(links(node)) == ["vrrp.51", "vrrp1.51", "vrrp2.51"]
    assert "eth2" in node.output("ip -o link show vrrp2.51"), "the new one takes a name that is free"


def test_what_could_not_be_recorded_is_recorded_when_there_is_room_again(lab):
    a, b = (lab.netns(name, eth0=f"10.0.0.{i}/24") for i, name in enumerate("ab", 1))
    extra = "use_vmac\n virtual_routes {\n 10.80.0.0/16 via 10.0.0.254\n }\n virtual_rules {\n from 10.90.0.0/16 table 9\n }"
    b.run("mkdir -p /run/mainstay/vrrpd")
    b.run("mount -t tmpfs -o size=400k tmpfs /run/mainstay/vrrpd")
    better, other = Mainstay(a, vrrp.config(100, extra=extra, **FAST)), Mainstay(b)
    better.wait_state("MASTER")
    other.configure(vrrp.config(90, extra=extra, **FAST))
    other.start("vrrpd")
    other.wait_state("BACKUP")
    b.run("sh -c 'cat /dev/zero > /run/mainstay/vrrpd/full'", check=False)
    better.stop("vrrpd")
    other.wait_state("MASTER").wait_has(VIP)
    until(lambda: shown(b, "10.80.0.0/16"), 10, "all is put on")
    until(lambda: b.read("/lab/vrrpd.log").count("cannot write a record") == 3, 10, "told once of each")
    b.run("rm /run/mainstay/vrrpd/full")
    until(lambda: VIP in record(b, "addresses") and "[]" not in record(b, "routes", "[]")
          and "[]" not in record(b, "rules", "[]"), 4, "all is recorded")
    assert b.read("/lab/vrrpd.log").count("cannot write a record") == 3
    other.kill("vrrpd")
    release(other)
    assert not other.has(VIP) and not shown(b, "10.80.0.0/16") and "10.90" not in b.output("ip rule")


def test_the_guard_keeps_the_record_of_what_it_could_not_remove(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    a = kernel.Witnessed(node, vrrp.config(100, **FAST) + "static_routes {\n 10.70.0.0/24 via 10.0.0.254\n}\n")
    a.wait_state("MASTER")
    a.kill("vrrpd")
    a.refuse("DELROUTE")
    tool = [a.build / "vrrpd" / "vrrpd-release"]
    environment = {"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd", **a.environment}
    failed = node.run(tool, env=environment, check=False)
    assert failed.returncode != 0 and "cannot release route 10.70.0.0/24" in failed.stderr
    assert shown(node, "10.70.0.0/24") and not a.has(VIP), "the rest is done"
    a.refuse(None)
    node.run(tool, env=environment)
    assert not shown(node, "10.70.0.0/24") and not node.exists("/run/mainstay/vrrpd/routes")


def test_what_an_interrupted_reading_lacks_is_not_gone(lab):
    """Thousands of addresses that others change: the kernel drops news, and a dump may lack what was there all the time."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    a = kernel.Witnessed(node, vrrp.config(100, **FAST))
    a.wait_state("MASTER")
    a.busy(True)
    node.net.ip("address add 10.0.0.77/32 dev eth0")
    holds_for(lambda: a.state() == "MASTER", 0.5, "its address to speak from is there")
    node.net.ip("address del 10.0.0.77/32 dev eth0", "address add 10.0.0.78/32 dev eth0", "address del 10.0.0.1/24 dev eth0")
    a.busy(False)
    node.net.ip("address del 10.0.0.78/32 dev eth0")
    a.wait_state("FAULT")
    node.net.ip("address add 10.0.0.1/24 dev eth0")
    a.wait_state("MASTER")
    assert [s.split(":")[0] for s in vrrp.transitions(a)] == ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]
