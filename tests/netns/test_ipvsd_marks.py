# SPDX-License-Identifier: LGPL-2.1-or-later
"""nftables_ipvs: the table that sets the marks of groups, on a kernel that has nftables, with or without a balancer. The marked
services themselves are in tests/lvs."""

import pytest

from lab import holds_for, until
from lab.mainstay import Mainstay, sanitizer_options

CONFIG = """
global_defs {
    nftables_ipvs
    nftables_counters
    nftables_ipvs_start_fwmark 2000
}
virtual_server_group web {
    10.0.0.100 80
    10.0.0.110-112 81
    fwmark 7
}
virtual_server_group six {
    fd00::100 80
}
virtual_server_group all {
    10.0.0.120
}
virtual_server group web {
    protocol TCP
    real_server 10.0.0.11 80 {
    }
}
virtual_server group six {
    protocol TCP
    real_server fd00::11 80 {
    }
}
virtual_server group all {
    protocol UDP
    real_server 10.0.0.11 {
    }
}
virtual_server 10.0.0.120 53 {
    protocol UDP
    real_server 10.0.0.11 53 {
    }
}
"""
TABLE = "keepalived_ipvs"


def table(node, family="ip", name=TABLE):
    return node.run(f"nft list table {family} {name}", check=False).stdout


def wait_table(node, *phrases, family="ip", name=TABLE):
    until(lambda: all(p in table(node, family, name) for p in phrases), 8, f"{family} {name} has {phrases}")


def gone(node, family="ip", name=TABLE):
    return not table(node, family, name)


@pytest.fixture
def node(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run("ip addr add fd00::1/64 dev eth0 nodad")
    return node


@pytest.fixture
def ipvsd(node):
    ipvsd = Mainstay(node, CONFIG, daemons=("ipvsd",))
    # That is said when how the kernel lists it has been recorded, too.
    until(lambda: f"set by the table {TABLE}" in node.read("/lab/ipvsd.log"), 8, "the table is made")
    return ipvsd


def mark_of(node, peer, target, port, protocol="tcp"):
    """Which mark a packet of @peer to @target has behind the table: a counter of our own for each says it."""
    ip = "ip6" if ":" in target else "ip"
    node.run("nft -f -", input=f"table {ip} probe {{\n chain in {{\n type filter hook prerouting priority 0;\n"
             f" {ip} daddr {target} {protocol} dport {port} meta mark set meta mark log prefix \"x\" counter\n }}\n"
             " set seen { type mark; flags dynamic; size 64; }\n chain note {\n type filter hook prerouting priority 1;\n"
             f" {ip} daddr {target} {protocol} dport {port} add @seen {{ meta mark }}\n }}\n}}\n")
    peer.run(["/usr/bin/python3", "-c", f"""
import socket
s = socket.socket(socket.{'AF_INET6' if ip == 'ip6' else 'AF_INET'}, socket.{'SOCK_STREAM' if protocol == 'tcp' else 'SOCK_DGRAM'})
s.settimeout(0.3)
try:
    s.connect(({target!r}, {port}))
    s.send(b'x')
except OSError:
    pass
"""])
    seen = node.output(f"nft list set {ip} probe seen")
    node.run(f"nft delete table {ip} probe")
    return [int(word.strip(" ,}"), 16) for word in seen.split() if word.startswith("0x")]


def test_packets_get_the_mark_of_their_group(lab, node, ipvsd):
    peer = lab.netns("b", eth0="10.0.0.2/24")
    peer.run("ip addr add fd00::2/64 dev eth0 nodad")
    for address in ("10.0.0.100/32", "10.0.0.111/32", "10.0.0.120/32", "fd00::100/128"):
        node.run(f"ip addr add {address} dev eth0 " + ("nodad" if ":" in address else ""))
    assert mark_of(node, peer, "10.0.0.100", 80) == [2000]
    assert mark_of(node, peer, "10.0.0.111", 81) == [2000], "within the range"
    assert mark_of(node, peer, "10.0.0.111", 80) == [0], "another port"
    assert mark_of(node, peer, "fd00::100", 80) == [2001], "the other family"
    assert mark_of(node, peer, "10.0.0.120", 54, "udp") == [2002], "any port"
    assert mark_of(node, peer, "10.0.0.120", 53, "udp") == [0], "a service of one port stands above any port"
    assert "packets 1" in table(node, "ip6"), "nftables_counters"


def test_the_table_is_adopted_mended_changed_and_removed(node, ipvsd):
    before = node.output("nft -a list ruleset")
    ipvsd.kill("ipvsd")
    assert not gone(node)
    ipvsd.start("ipvsd")
    holds_for(lambda: node.output("nft -a list ruleset") == before, 1, "a successor writes nothing")

    ipvsd.reload()
    holds_for(lambda: node.output("nft -a list ruleset") == before, 0.5, "an unchanged file changes nothing")
    node.run(f"nft delete element ip {TABLE} p6 '{{ 10.0.0.100 . 80 }}'")
    node.run(f"nft delete table ip6 {TABLE}")
    wait_table(node, "10.0.0.100 . 80")
    assert "fd00::100 . 80" in table(node, "ip6")

    ipvsd.reload(CONFIG.replace("    10.0.0.100 80\n", "").replace("nftables_ipvs\n", "nftables_ipvs other\n")
                 + "virtual_server_group new {\n 10.0.0.130 80\n}\n"
                   "virtual_server group new {\n protocol TCP\n real_server 10.0.0.11 80 {\n }\n}\n")
    wait_table(node, "10.0.0.110-10.0.0.112 . 81 : 0x000007d0", "10.0.0.130 . 80 : 0x000007d3", name="other")
    until(lambda: gone(node), 10, "the table of the old name is gone")
    assert "10.0.0.100" not in table(node, name="other")

    ipvsd.reload(CONFIG.replace("    nftables_ipvs\n", ""))
    until(lambda: gone(node, name="other") and gone(node, "ip6", "other"), 8, "no table without the keyword")
    ipvsd.reload(CONFIG)
    wait_table(node, "10.0.0.100 . 80")
    ipvsd.stop("ipvsd")
    assert gone(node) and gone(node, "ip6")
    assert not (node.root / "run/mainstay/ipvsd/firewall").exists()


def test_what_a_dead_ipvsd_left_is_released(node, ipvsd):
    node.run("nft add table ip foreign")
    ipvsd.kill("ipvsd")
    node.run([ipvsd.build / "ipvsd" / "ipvsd-release"],
             env={"RUNTIME_DIRECTORY": "/run/mainstay/ipvsd", **sanitizer_options()})
    assert node.output("nft list tables").split("\n") == ["table ip foreign", ""]


def test_what_nftables_refuses_is_tried_again(node):
    """A table of that name whose owner is alive cannot be replaced."""
    owner = node.spawn(["sh", "-c", f"mkfifo /run/f; (echo 'add table ip {TABLE} {{ flags owner; }}'; sleep 60) >/run/f & "
                        "exec nft -i </run/f"], name="owner")
    until(lambda: TABLE in node.output("nft list tables"), 10, "somebody owns the table")
    Mainstay(node, CONFIG, daemons=("ipvsd",))
    holds_for(lambda: "10.0.0.100" not in table(node), 0.5, "it is left alone")
    owner.terminate()
    wait_table(node, "10.0.0.100 . 80")
