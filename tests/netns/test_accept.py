# SPDX-License-Identifier: LGPL-2.1-or-later
"""Addresses that take no traffic: no_accept and vrrp_strict, by a table of nftables. What is sent to them is dropped, at every
moment; the address is there all the same."""

import re

from lab import until
from lab.mainstay import Mainstay, sanitizer_options
from lab.scenario import configuration
from vrrp import VIP, config

NO_ACCEPT = {"advert": "0.1", "version": 3, "extra": "no_accept"}


def table(node, family="ip", name="keepalived"):
    return node.run(f"nft list table {family} {name}", check=False).stdout


def blocked(node, name="keepalived"):
    """The addresses in the sets of the tables."""
    text = table(node, "ip", name) + table(node, "ip6", name)
    return sorted(word.strip().replace('"', "") for elements in re.findall(r"elements = \{([^}]*)\}", text)
                  for word in elements.split(","))


def answers(client, target, count=1):
    """How many of @count pings are answered."""
    output = client.run(f"ping -n -q -c {count} -i 0.002 -W 0.3 {target}", check=False).stdout
    return int(re.search(r"(\d+) received", output)[1])


def connects(client, target=VIP):
    """Whether the port 7 of the address can be connected to."""
    code = f"import socket; socket.create_connection(('{target}', 7), 0.3)"
    return client.run(["/usr/bin/python3", "-c", code], check=False).returncode == 0


def knows(client, target=VIP):
    """Neighbour resolution, which is ARP and never dropped."""
    client.run(f"ip neigh flush to {target}", check=False)
    client.run(f"ping -n -q -c 1 -W 0.2 {target}", check=False)
    return "lladdr" in client.output(f"ip neigh show to {target}")


class Flood:
    """Asks the address all the time; how many answers there were."""

    def __init__(self, client, target=VIP):
        self.client = client
        self.ping = client.spawn(f"ping -n -i 0.002 {target}", name="flood")

    def received(self):
        self.ping.kill()
        return len(re.findall("bytes from", self.ping.output()))


def node_and_client(lab, **interfaces):
    a = lab.netns("a", **(interfaces or {"eth0": "10.0.0.1/24"}))
    listen = "import socket, time; s = socket.create_server(('', 7), backlog=64); print('ready', flush=True); time.sleep(999)"
    a.spawn(["/usr/bin/python3", "-c", listen], name="listener").wait_output("ready")
    return a, lab.netns("client", eth0="10.0.0.9/24")


def test_no_accept_drops_and_stays_closed_whatever_happens_to_vrrpd(lab):
    a, client = node_and_client(lab)
    m = Mainstay(a, config(100, **NO_ACCEPT))
    flood = Flood(client)
    m.wait_state("MASTER").wait_has(VIP)
    assert blocked(a) == [VIP]
    assert connects(client, "10.0.0.1") and not connects(client)
    until(lambda: knows(client), 10, "who has the address is answered")
    assert a.run(f"ping -n -c 1 -W 0.3 -I {VIP} 10.0.0.9", check=False).returncode != 0, "nothing comes from it either"

    before = a.output("nft -a list ruleset")
    for _ in range(2):
        m.kill("vrrpd")
        assert blocked(a) == [VIP]
        m.start("vrrpd")
        m.wait_state("MASTER")
    m.reload()
    assert a.output("nft -a list ruleset") == before, "what is right is not written again"
    assert flood.received() == 0

    a.run("nft delete element ip keepalived vips '{ 10.0.0.100 }'")
    until(lambda: blocked(a) == [VIP], 10, "the element is back")
    a.run("nft add table ip other")
    a.run("nft flush ruleset")
    until(lambda: blocked(a) == [VIP], 2, "the tables are back")
    until(lambda: "is put back" in a.read("/lab/vrrpd.log"), 10, "it was told")

    flood = Flood(client)
    m.reload(config(100, **{**NO_ACCEPT, "addresses": (VIP + "/24", "10.0.0.101/24")}))
    m.wait_has("10.0.0.101")
    assert blocked(a) == [VIP, "10.0.0.101"]
    m.reload(config(100, **NO_ACCEPT, globals_="nftables mine\n nftables_counters\n nftables_priority -7"))
    until(lambda: blocked(a, "mine") == [VIP], 10, "under another name")
    assert not table(a) and "priority filter - 7" in table(a, name="mine") and "counter packets" in table(a, name="mine")
    assert flood.received() == 0

    m.reload(config(100, advert="0.1", version=3))
    until(lambda: connects(client), 10, "without no_accept it takes traffic")
    assert "table" not in a.output("nft list tables"), "nothing of ours is there when nobody needs it"
    m.reload(config(100, **NO_ACCEPT))
    until(lambda: blocked(a) == [VIP], 10)
    m.stop("vrrpd")
    assert a.output("nft list tables") == "" and not a.exists("/run/mainstay/vrrpd/firewall")


def test_who_leaves_opens_and_a_dead_vrrpd_is_cleaned_up(lab):
    a, client = node_and_client(lab)
    a.run("nft add table ip foreign")
    m = Mainstay(a, config(100, **NO_ACCEPT))
    m.wait_state("MASTER")
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), config(200, **NO_ACCEPT))
    b.wait_state("MASTER")
    m.wait_state("BACKUP")
    until(lambda: blocked(a) == [], 10, "the set is empty on a backup")
    assert "set vips" in table(a), "but prepared"
    assert not connects(client)
    b.kill("vrrpd")
    m.wait_state("MASTER")
    m.kill("vrrpd")
    a.run([m.build / "vrrpd" / "vrrpd-release"], env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd", **sanitizer_options()})
    assert a.output("nft list tables") == "table ip foreign\n" and not a.has(VIP)


def test_owners_and_accept_take_traffic(lab):
    a, client = node_and_client(lab)
    m = Mainstay(a, config(255, **NO_ACCEPT))
    m.wait_has(VIP)
    assert connects(client), "an owner accepts"
    m.reload(config(100, advert="0.1", version=3, globals_="vrrp_strict", extra="accept"))
    m.wait_state("MASTER")
    assert connects(client), "strict with accept"
    assert a.output("nft list tables") == "", "and no table was needed"


def test_vrrp_strict_of_the_documents_refuses_traffic(lab):
    """S12: the documents' file as it is, with vrrp_strict."""
    a = lab.netns("a", eth0="192.168.200.10/24")
    client = lab.netns("client", eth0="192.168.200.99/24")
    text = configuration("s12-lvs-nat-digest.conf")
    assert "vrrp_strict" in text
    m = Mainstay(a, text)
    m.wait_has("192.168.200.16", timeout=15)
    assert answers(client, "192.168.200.10") == 1
    assert answers(client, "192.168.200.16", count=20) == 0
    assert "drop all traffic" in m.ctl("config", "check", check=False).stdout


def test_two_vrrpds_have_a_table_each(lab):
    a, client = node_and_client(lab)
    one = Mainstay(a, config(100, **NO_ACCEPT))
    one.wait_state("MASTER")
    state = {"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd-x", "STATE_DIRECTORY": "/var/lib/mainstay/vrrpd-x",
             "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere"}
    for directory in list(state.values())[:2]:
        (a.root / directory.lstrip("/")).mkdir(parents=True)
    a.write("/etc/x.conf", config(100, **NO_ACCEPT, vrid=52, addresses=("10.0.0.200/24",)))
    other = a.spawn([one.build / "vrrpd" / "vrrpd", "-f", "/etc/x.conf", "-i", "x"], name="x", env={**state, **sanitizer_options()})
    until(lambda: blocked(a, "keepalived-x") == ["10.0.0.200"], 10, "the other has a table of its own")
    assert blocked(a) == [VIP]
    other.terminate()
    assert blocked(a) == [VIP] and not table(a, name="keepalived-x")


def test_without_nf_tables_the_election_goes_on(lab):
    """A kernel that has none says no to every table; here somebody who owns the name does."""
    a, client = node_and_client(lab)
    owner = a.spawn(["sh", "-c", "mkfifo /run/f; (echo 'add table ip keepalived { flags owner; }'; sleep 60) >/run/f & "
                     "exec nft -i </run/f"], name="owner")
    until(lambda: "keepalived" in a.output("nft list tables"), 10, "somebody owns the table")
    m = Mainstay(a, config(100, **NO_ACCEPT))
    m.wait_state("MASTER").wait_has(VIP)
    assert connects(client)
    assert len(re.findall("vrrpd: nftables: .*traffic passes that is to be dropped", a.read("/lab/vrrpd.log"))) == 1
    owner.terminate()
    until(lambda: blocked(a) == [VIP], 10, "tried again")
    until(lambda: not connects(client), 10)


def test_group_membership_leaves_through_the_parent_of_a_virtual_mac(lab):
    a, client = node_and_client(lab)
    capture = client.spawn("tcpdump -l -e -n -i eth0 igmp", name="tcpdump")
    capture.wait_output("listening on")
    m = Mainstay(a, config(100, **{**NO_ACCEPT, "extra": "use_vmac\n no_accept"}))
    m.wait_state("MASTER").wait_has(VIP)
    assert "vrrp.51" in table(a) and "vrrp.51" in table(a, "ip6")
    assert not connects(client), "and traffic is dropped there, too"
    before = a.output("nft -a list ruleset")
    m.kill("vrrpd")
    m.start("vrrpd")
    m.wait_state("MASTER")
    assert a.output("nft -a list ruleset") == before

    join = ("import socket, struct, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            "s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack('4s4si', socket.inet_aton('239.1.2.3'), "
            "bytes(4), socket.if_nametoindex('vrrp.51'))); print('ready', flush=True); time.sleep(99)")
    a.spawn(["/usr/bin/python3", "-c", join], name="join").wait_output("ready")
    until(lambda: "igmp" in capture.output(), 10, "a report leaves")
    assert set(re.findall("^[0-9:.]+ ([0-9a-f:]{17}) >", capture.output(), re.M)) == {a.port().mac}
    m.stop("vrrpd")
    assert a.output("nft list tables") == ""


def test_ipv6_neighbour_discovery_passes_and_nothing_else(lab):
    a, client = node_and_client(lab)
    for node, host in ((a, 1), (client, 9)):
        for prefix in ("fd00", "fe80"):
            node.run(f"ip addr add {prefix}::{host}/64 dev eth0 nodad")
    text = config(100, **{**NO_ACCEPT, "addresses": ("fe80::77/64", "fd00::77/64")})
    m = Mainstay(a, text)
    m.wait_state("MASTER")
    until(lambda: blocked(a) == ["fd00::77", "fe80::77 . eth0"], 10, "both are blocked, the link-local one on its link")
    assert answers(client, "fd00::1") == 1
    for target in ("fd00::77", "fe80::77%eth0"):
        assert answers(client, target, count=3) == 0
    neighbours = client.output("ip -6 neigh show dev eth0")
    for address in ("fd00::77", "fe80::77"):
        assert re.search(f"^{address} lladdr {a.port().mac}", neighbours, re.M), "solicitations are answered"
    m.kill("vrrpd")
    m.start("vrrpd")
    m.wait_state("MASTER")
    assert blocked(a) == ["fd00::77", "fe80::77 . eth0"]
    m.reload(text.replace("vrrp_version 3", "vrrp_version 3\n nftables_ifindex"))
    until(lambda: "iface_index" in table(a, "ip6") and len(blocked(a)) == 2, 10, "by number")
    assert answers(client, "fe80::77%eth0", count=3) == 0
    m.reload(text.replace("no_accept", ""))
    until(lambda: answers(client, "fd00::77") == 1 and answers(client, "fe80::77%eth0") == 1, 10, "now it takes traffic")
