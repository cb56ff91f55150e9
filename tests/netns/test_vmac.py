# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual routers with their own MAC address (RFC 9568 section 7.3): use_vmac and what goes with it."""

import json
import time

import pytest
import vrrp
from lab import AddressMonitor, Capture, EchoServer, LinkMonitor, Probe, holds_for, until
from lab.mainstay import Mainstay
from lab.peers import Keepalived
from vrrp import VIP, config

MAC = "00:00:5e:00:01:33"
FAST = dict(advert="0.1", version=3)
PARENT = {"arp_ignore": 0, "arp_announce": 0, "arp_filter": 0}


def links(node):
    """The interfaces, by name."""
    return {link["ifname"]: link for link in json.loads(node.output("ip -j -d link"))}


def sysctl(node, interface, key):
    return int(node.output(f"cat /proc/sys/net/ipv4/conf/{interface}/{key}"))


def settings(node, interface, keys):
    return {key: sysctl(node, interface, key) for key in keys}


def neighbour(client, address=VIP):
    """What the client takes for the address's MAC address."""
    entry = json.loads(client.output(f"ip -j neigh show {address}") or "[]")
    return entry[0].get("lladdr") if entry else None


def pair(lab, extra="use_vmac", **options):
    nodes = [lab.netns(name, eth0=f"10.0.0.{i}/24") for i, name in enumerate("ab", 1)]
    client = lab.netns("client", eth0="10.0.0.9/24")
    for node in nodes:
        EchoServer(node)
    a, b = (Mainstay(node, config(priority, extra=extra, **{**FAST, **options})) for node, priority in zip(nodes, (100, 90)))
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    return a, b, client


def one(lab, extra="use_vmac", more="", globals_="", **interfaces):
    node = lab.netns("a", **(interfaces or {"eth0": "10.0.0.1/24"}))
    return Mainstay(node, config(100, extra=extra, globals_=globals_, **FAST) + more)


def on(node, interface, address=VIP):
    """Is the address on that interface?"""
    return f"inet {address}/" in node.output(f"ip -o addr show {interface}", check=False)


def test_neighbours_know_the_virtual_mac_address_alone(lab):
    capture = Capture(lab)
    a, b, client = pair(lab)
    for node in (a.node, b.node):
        made = links(node)["vrrp.51"]
        assert (made["address"], made["link"]) == (MAC, "eth0")
        assert made["linkinfo"]["info_kind"] == "macvlan" and made["linkinfo"]["info_data"]["mode"] == "vepa"
        assert made["ifalias"] == "mainstay-vrrpd" and "UP" in made["flags"]
        assert settings(node, "eth0", PARENT) == {"arp_ignore": 1, "arp_announce": 2, "arp_filter": 1}
    assert on(a.node, "vrrp.51") and not on(a.node, "eth0") and not b.has(VIP)
    assert "inet6" not in a.node.output("ip addr show vrrp.51")

    with Probe(client, VIP) as probe:
        probe.wait_answered()
        assert neighbour(client) == MAC
        # The node speaks first, too: its ARP must not tell that the address is at its own MAC address.
        client.run("ip neigh flush dev eth0")
        a.node.run("ip neigh flush dev eth0")
        a.node.run(f"ping -c 1 -I {VIP} 10.0.0.9")
        a.node.run("ping -c 1 10.0.0.9")
        assert neighbour(client, "10.0.0.1") == a.node.port().mac
        a.stop("vrrpd")
        b.wait_state("MASTER")
        probe.wait_answered()
        assert neighbour(client) == MAC
    said = {(arp.mac, arp.sender_mac) for arp in capture.arps(address=VIP)}
    assert said == {(MAC, MAC)}
    assert {advert.mac for advert in capture.adverts()} == {MAC}, "RFC 9568 section 7.3"
    assert {advert.source for advert in capture.adverts()} == {"10.0.0.1", "10.0.0.2"}
    assert not {k: v for k, v in b.instance()["PacketErrors"].items() if v}

    assert "vrrp.51" not in links(a.node), "what was made is removed by a stop"
    assert settings(a.node, "eth0", PARENT) == PARENT, "and what was set is set back"


def test_restart_kill_and_reload_touch_nothing(lab):
    a, b, client = pair(lab, advert="0.5")     # which leaves more than a second for a start with sanitizers
    until(lambda: links(a.node)["vrrp.51"]["operstate"] == "UP", 10)
    monitors = [monitor(m.node) for m in (a, b) for monitor in (AddressMonitor, LinkMonitor)]
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        for m in (a, b):
            m.kill("vrrpd")
            m.start("vrrpd")
            holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 0.5)
            assert m.reload().returncode == 0
        holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 0.3)
    for m in (a, b):
        assert m.node.read("/run/mainstay/vrrpd/links").count("vrrp.51") == 1, "the record does not grow"
    assert probe.outages() == []
    assert [m.seen() for m in monitors] == [[], [], [], []]
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"] and vrrp.transitions(b) == ["BACKUP"]


@pytest.mark.parametrize("more", ["", "vmac_xmit_base"])
@pytest.mark.parametrize("ours", [100, 90])
def test_keepalived(lab, ours, more):
    """Each as master with the other as backup, and the backup takes over."""
    capture = Capture(lab)
    node, other = lab.netns("ours", eth0="10.0.0.1/24"), lab.netns("theirs", eth0="10.0.0.2/24")
    extra = f"use_vmac\n {more}"
    mainstay = Mainstay(node, config(ours, extra=extra, **FAST))
    peer = Keepalived(other, config(190 - ours, extra=extra, **FAST))
    master, backup = (node, other) if ours == 100 else (other, node)
    until(lambda: master.has(VIP) and not backup.has(VIP), 8, "the better one is master")
    quiet = time.time() + 0.1
    until(lambda: len(capture.adverts(since=quiet)) > 3, 10)
    assert {advert.source for advert in capture.adverts(since=quiet)} == {"10.0.0.1" if ours == 100 else "10.0.0.2"}
    assert {advert.mac for advert in capture.adverts(since=quiet)} == {master.port().mac if more else MAC}
    assert mainstay.state() == ("MASTER" if ours == 100 else "BACKUP")
    mainstay.stop("vrrpd") if ours == 100 else peer.stop()
    until(lambda: backup.has(VIP) and not master.has(VIP), 10, "the other takes over")
    assert on(backup, "vrrp.51")


def test_one_that_is_deleted_is_put_back_at_once(lab):
    a = one(lab)
    a.wait_state("MASTER")
    for _ in range(3):
        a.node.run("ip link del vrrp.51")
        until(lambda: on(a.node, "vrrp.51"), 1, "interface and address are back")
        assert links(a.node)["vrrp.51"]["address"] == MAC
        assert sysctl(a.node, "vrrp.51", "accept_local") == 1
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"], "mastership is not given up for that"
    a.node.run(["sh", "-c", "for i in $(seq 40); do ip link del vrrp.51 2>/dev/null; done; true"])
    until(lambda: "FAULT" in vrrp.transitions(a), 10, "it is no endless fight")
    assert "FAULT, was MASTER: interface vrrp.51 is missing, vrrp.51 is deleted or changed by somebody again and again" in \
        a.node.read("/lab/vrrpd.log")
    a.wait_state("MASTER")


def test_one_with_another_mac_address_is_put_right_at_once_and_settings_by_a_reload(lab):
    a = one(lab)
    a.wait_state("MASTER")
    a.node.run("sysctl -qw net.ipv4.conf.eth0.arp_ignore=0 net.ipv4.conf.eth0.arp_announce=0")
    assert a.reload().returncode == 0
    assert settings(a.node, "eth0", PARENT) == {"arp_ignore": 1, "arp_announce": 2, "arp_filter": 1}
    a.node.run("ip link set vrrp.51 address 02:11:11:11:11:11")
    until(lambda: links(a.node).get("vrrp.51", {}).get("address") == MAC and on(a.node, "vrrp.51"), 10)
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]
    # Not without end, where somebody changes it again and again: then a second later.
    other = "ip link set vrrp.51 address 02:11:11:11:11:11"
    a.node.run(["sh", "-c", f"for i in $(seq 200); do {other} 2>/dev/null; done; true"])
    until(lambda: "FAULT" in vrrp.transitions(a), 10, "it is no endless fight")
    assert "vrrp.51 is deleted or changed by somebody again and again" in a.node.read("/lab/vrrpd.log")
    a.wait_state("MASTER")
    assert links(a.node)["vrrp.51"]["address"] == MAC


def test_interfaces_come_late_go_and_return_as_others(lab):
    """dynamic_interfaces: that is always so. The instance beside them is not disturbed."""
    more = config(100, name="V2", vrid=52, interface="late", extra="use_vmac", addresses=("10.1.0.100/24",), **FAST) \
        + config(100, name="V3", vrid=53, interface="late", addresses=("10.1.0.101/24",), **FAST)
    a = one(lab, more=more, globals_="dynamic_interfaces allow_if_changes")
    a.wait_state("MASTER")
    assert (a.state("V2"), a.state("V3")) == ("FAULT", "FAULT")
    assert "interface late is missing" in a.instance("V2")["Reason"]
    indices = set()
    for _ in range(2):
        a.node.net.ip("link add late type veth peer name other", "link set other up",
                      "address add 10.1.0.1/24 dev late", "link set late up")
        for name, interface, address in (("V2", "vrrp.52", "10.1.0.100"), ("V3", "late", "10.1.0.101")):
            a.wait_state("MASTER", name)
            assert on(a.node, interface, address)
        indices |= {links(a.node)[name]["ifindex"] for name in ("late", "vrrp.52")}
        assert sysctl(a.node, "late", "arp_ignore") == 1 and sysctl(a.node, "vrrp.52", "accept_local") == 1
        a.node.net.ip("link del late")
        a.wait_state("FAULT", "V2").wait_state("FAULT", "V3")
    assert len(indices) == 4, "they were others each time"
    assert vrrp.transitions(a) == ["BACKUP", "MASTER"]
    assert a.instance("V2")["FaultReasons"] if "FaultReasons" in a.instance("V2") else True


def test_the_interface_below_going_down_is_a_fault(lab):
    a, b, _ = pair(lab)
    a.node.pull_cable()
    a.wait_state("FAULT")
    b.wait_state("MASTER")
    assert not a.has(VIP) and "vrrp.51" in links(a.node)
    a.node.plug_cable()
    a.wait_state("MASTER")
    assert b.wait_state("BACKUP")


def release(mainstay):
    return mainstay.node.run([mainstay.build / "vrrpd" / "vrrpd-release"],
                             env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd"})


@pytest.mark.parametrize("torn", [False, True])
def test_the_guard_releases_what_a_dead_one_left(lab, torn):
    a = one(lab, globals_="disable_local_igmp")
    a.wait_state("MASTER")
    igmp = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"
    assert a.node.output(f"cat {igmp}") == "0\n"
    a.kill("vrrpd")
    if torn:
        a.node.run("truncate -s 20 /run/mainstay/vrrpd/links /run/mainstay/vrrpd/firewall")
    assert a.node.output("nft list tables")
    release(a)
    assert a.node.output("nft list tables") == "" and not a.node.exists("/run/mainstay/vrrpd/firewall")
    assert "vrrp.51" not in links(a.node) and not a.has(VIP)
    assert settings(a.node, "eth0", PARENT) == PARENT and a.node.output(f"cat {igmp}") == "1\n"


def test_one_that_was_there_is_used_and_left(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.net.ip(f"link add vrrp.51 link eth0 address {MAC} type macvlan mode private")
    before = links(node)["vrrp.51"]["ifindex"]
    a = Mainstay(node, config(100, extra="use_vmac", **FAST))
    a.wait_state("MASTER")
    assert on(node, "vrrp.51")
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("MASTER")
    a.stop("vrrpd")
    assert links(node)["vrrp.51"]["ifindex"] == before and not a.has(VIP)
    assert sysctl(node, "vrrp.51", "accept_local") == 0


def test_names_addresses_and_groups(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.net.ip("link add vrrp.51 type bridge", "link set eth0 group 7")
    a = Mainstay(node, config(100, extra="use_vmac", **FAST)
                 + config(100, name="V2", vrid=52, extra="use_vmac name mine 02:11:22:33:44 group 5",
                          addresses=("10.0.0.101/32",), **FAST)
                 + config(100, name="V6", extra="use_vmac", addresses=("fe80::100/64",), **FAST))
    a.wait_state("MASTER").wait_state("MASTER", "V2")
    made = links(node)
    assert made["vrrp1.51"]["address"] == MAC, "vrrp.51 is taken"
    assert made["vrrp6.51"]["address"] == "00:00:5e:00:02:33"
    assert made["mine"]["address"] == "02:11:22:33:44:34"
    details = node.output("ip -o link show")
    assert "vrrp1.51@eth0" in details and " group 7 " in next(x for x in details.splitlines() if "vrrp1.51" in x)
    assert " group 5 " in next(x for x in details.splitlines() if "mine@" in x)

    monitor = LinkMonitor(node)
    a.configure(config(100, extra="use_vmac 02:11:22:33:44:99", globals_="vmac_prefix v", **FAST))
    assert a.reload().returncode == 0
    a.wait_state("MASTER").wait_lost("10.0.0.101")
    made = links(node)
    assert made["v.51"]["address"] == "02:11:22:33:44:99"
    assert not {"mine", "vrrp1.51", "vrrp6.51"} & set(made) and made["vrrp.51"]["linkinfo"]["info_kind"] == "bridge"
    assert monitor.seen()


def test_addresses_elsewhere_have_interfaces_of_their_own(lab):
    """use_vmac_addr and the word use_vmac; garp_extra_if speaks for them, since no adverts leave there."""
    node = lab.netns("a", eth0="10.0.0.1/24", eth1="10.1.0.1/24", eth2="10.2.0.1/24")
    lists = "virtual_ipaddress_excluded {\n 10.1.0.100/24 dev eth1\n 10.2.0.100/24 dev eth2\n }"
    capture = Capture(lab)
    a = Mainstay(node, config(100, extra=f"use_vmac\n use_vmac_addr\n garp_extra_if 1\n {lists}",
                              globals_="vmac_addr_prefix other", **FAST))
    a.wait_state("MASTER")
    for interface, address in (("vrrp.51", VIP), ("other.51", "10.1.0.100"), ("other1.51", "10.2.0.100")):
        until(lambda: on(node, interface, address), 10, f"{address} is on {interface}")
        assert links(node)[interface]["address"] == MAC
    assert links(node)["other.51"]["link"] == "eth1"

    def announced(address, since=0):
        """Not the answers of the node's other interfaces, which are on this network, too, to its own question."""
        return [arp for arp in capture.arps(address=address, since=since) if arp.gratuitous]
    began = time.time() + 0.3
    until(lambda: len(announced("10.1.0.100", began)) == 2, 4, "one a second")
    assert {arp.mac for arp in announced("10.1.0.100")} == {MAC}
    assert not announced(VIP, began), "adverts speak for it"
    began = time.time()

    def beats_through_reloads():   # garp_master_delay announces them once, too
        assert a.reload().returncode == 0
        times = [arp.time for arp in announced("10.1.0.100", began)]
        return times and times[-1] - times[0] > 0.5
    until(beats_through_reloads, 10, "a reload that changes nothing does not begin the second anew")

    a.configure(config(100, extra=f"garp_extra_if all 1\n {lists.replace('eth1', 'eth1 use_vmac')}", **FAST))
    assert a.reload().returncode == 0
    until(lambda: on(node, "eth0") and on(node, "eth2", "10.2.0.100"), 10)
    until(lambda: on(node, "vrrp.51", "10.1.0.100"), 10)
    assert links(node)["vrrp.51"]["link"] == "eth1"
    assert "other.51" not in links(node)
    began = time.time() + 0.3   # after the announcement of what is new
    until(lambda: announced("10.2.0.100", began), 10, "on interfaces of any kind")
    assert {arp.mac for arp in announced("10.2.0.100", began)} == {node.port("eth2").mac}


def test_a_reverse_path_filter_for_all_is_handed_down(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    node.run("sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.eth0.rp_filter=2")
    a = Mainstay(node, config(100, extra="use_vmac", addresses=(f"{VIP}/32",), **FAST))
    a.wait_state("MASTER")
    filters = {"all": 0, "default": 1, "eth0": 2, "lo": 1, "vrrp.51": 0}
    assert {name: sysctl(node, name, "rp_filter") for name in filters} == filters
    client.run(f"ping -c 1 -W 2 {VIP}")
    a.kill("vrrpd")
    a.start("vrrpd")
    a.wait_state("MASTER")
    assert {name: sysctl(node, name, "rp_filter") for name in filters} == filters
    a.stop("vrrpd")
    assert {name: sysctl(node, name, "rp_filter") for name in ("all", "default", "eth0", "lo")} == {
        "all": 1, "default": 0, "eth0": 2, "lo": 0}


def test_a_master_forwards_what_is_sent_to_the_virtual_mac_address(lab):
    """RFC 9568 section 6.4.3: a host whose default router is the virtual one reaches another network by it."""
    a = one(lab, eth0="10.0.0.1/24", eth1="10.9.0.1/24")
    client, server = lab.netns("client", eth0="10.0.0.9/24"), lab.netns("server", eth0="10.9.0.9/24")
    capture = Capture(lab)
    a.node.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth1.arp_ignore=1")  # both are on one switch here
    client.run(f"ip route add default via {VIP}")
    server.run("ip route add default via 10.9.0.1")
    a.wait_state("MASTER").wait_has(VIP)
    until(lambda: client.run("ping -c 1 -W 1 10.9.0.9", check=False).returncode == 0, 10)
    assert neighbour(client) == MAC
    a.node.run("sysctl -qw net.ipv4.ip_forward=0")
    assert client.run("ping -c 1 -W 1 10.9.0.9", check=False).returncode != 0, "it was this router that forwarded"
    assert {arp.mac for arp in capture.arps(address=VIP) if arp.sender == VIP} == {MAC}


def test_what_is_no_ethernet_carries_none(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.net.ip("tuntap add tun0 mode tun", "address add 10.1.0.1/24 dev tun0", "link set tun0 up")
    a = Mainstay(node, config(100, extra="use_vmac", interface="tun0", **FAST))
    assert a.state() == "FAULT"
    assert "tun0 is no Ethernet, there can be no macvlan on it" in a.node.read("/lab/vrrpd.log")
    assert a.ctl("status", check=False).stdout.count("no Ethernet") >= 1


def test_unicast_speaks_from_the_interface_below(lab):
    capture = Capture(lab)
    a, b = lab.netns("a", eth0="10.0.0.1/24"), lab.netns("b", eth0="10.0.0.2/24")
    mainstays = [Mainstay(node, config(priority, extra=f"use_vmac\n unicast_peer {{\n 10.0.0.{peer}\n }}", **FAST))
                 for node, priority, peer in ((a, 100, 2), (b, 90, 1))]
    mainstays[0].wait_state("MASTER")
    mainstays[1].wait_state("BACKUP")
    assert {advert.mac for advert in capture.adverts()} == {a.port().mac}
    assert on(a, "vrrp.51")


MAC6 = "00:00:5e:00:02:33"
LINK, GLOBAL = "fe80::100", "2001:db8::100"
CONFIG6 = """
global_defs {{
    router_id test
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 0.1
    use_vmac
    virtual_ipaddress {{
        fe80::100/64
        2001:db8::100/64
    }}
}}
"""


def neighbour6(client, address):
    words = client.output(f"ip -6 neigh show {address} dev eth0").split()
    return words[words.index("lladdr") + 1] if "lladdr" in words else None


def test_ipv6(lab):
    capture = Capture(lab)
    a, b = lab.netns("a", eth0="fe80::1/64"), lab.netns("b", eth0="fe80::2/64")
    client = lab.netns("client", eth0=["fe80::9/64", "2001:db8::9/64"])
    ma, mb = Mainstay(a, CONFIG6.format(priority=100)), Mainstay(b, CONFIG6.format(priority=90))
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    assert links(a)["vrrp.51"]["address"] == MAC6
    assert "inet6" not in b.output("ip addr show vrrp.51"), "nothing is on it but the virtual addresses"
    for node, mainstay in ((a, ma), (b, mb)):
        for address in (LINK, GLOBAL):
            until(lambda: f"inet6 {address}/64" in node.output("ip addr show vrrp.51"), 10)
        client.run(["ping", "-6", "-c", "1", "-W", "2", GLOBAL])
        client.run(["ping", "-6", "-c", "1", "-W", "2", f"{LINK}%eth0"])
        assert {neighbour6(client, LINK), neighbour6(client, GLOBAL)} == {MAC6}
        client.run(["ping", "-6", "-c", "1", "-W", "2", f"fe80::{'1' if node is a else '2'}%eth0"])
        if node is a:
            monitor = LinkMonitor(a)
            ma.kill("vrrpd")
            ma.start("vrrpd")
            holds_for(lambda: ma.state() == "MASTER", 0.3)
            assert monitor.seen() == []
            ma.stop("vrrpd")
            mb.wait_state("MASTER")
    assert neighbour6(client, "fe80::2") == b.port().mac
    assert {advert.mac for advert in capture.adverts()} == {MAC6}
    assert {(na.mac, na.target_mac) for address in (LINK, GLOBAL)
            for na in capture.neighbours(address=address)} == {(MAC6, MAC6)}


@pytest.mark.parametrize("ours", [100, 90])
def test_ipv6_keepalived(lab, ours):
    node, other = lab.netns("ours", eth0="fe80::1/64"), lab.netns("theirs", eth0="fe80::2/64")
    mainstay = Mainstay(node, CONFIG6.format(priority=ours))
    peer = Keepalived(other, CONFIG6.format(priority=190 - ours))
    master, backup = (node, other) if ours == 100 else (other, node)
    until(lambda: master.has(GLOBAL) and not backup.has(GLOBAL), 8, "the better one is master")
    mainstay.stop("vrrpd") if ours == 100 else peer.stop()
    until(lambda: backup.has(GLOBAL) and not master.has(GLOBAL), 10, "the other takes over")
