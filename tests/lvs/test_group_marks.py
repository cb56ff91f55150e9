# SPDX-License-Identifier: LGPL-2.1-or-later
"""nftables_ipvs: a group is one service of a mark, and traffic flows through it. A kernel whose nf_tables has no IPv4 (that of
Debian's user-mode-linux) cannot set the marks; then iptables does, and ipvsd says what is missing. The table itself is in
tests/netns/test_ipvsd_marks.py."""

import pytest

from lab import until
from lab.balancer import balancer
from lab.peers import Nginx, pages
from nat import routes

TEXT = """
global_defs {
    nftables_ipvs
}
virtual_server_group web {
    10.9.0.100 80
    10.9.0.110-119 8080
}
virtual_server group web {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.11 80 {
    }
    real_server 10.0.0.12 80 {
    }
}
"""
TABLE = {"-f 1000": {"": "-s rr", "10.0.0.11:80": "-m -w 1", "10.0.0.12:80": "-m -w 1"}}


def sets_marks(node):
    """Whether nf_tables here has IPv4."""
    return node.run("nft add table ip attempt", check=False).returncode == 0


@pytest.fixture
def director(lab):
    for host in (11, 12):
        node = lab.netns(f"web{host}", eth0=f"10.0.0.{host}/24")
        node.run("ip route add default via 10.0.0.1")
        Nginx(node, text=f"web{host}")
    node = lab.netns("director", eth0="10.0.0.1/24", eth1="10.9.0.1/24")
    for address in ("10.9.0.100", "10.9.0.115"):
        node.run(f"ip address add {address}/32 dev eth1")
    routes(node)
    return balancer(node, TEXT)


def test_a_group_is_one_marked_service_and_forwards(lab, director):
    node, client = director.node, lab.netns("client", eth0="10.9.0.99/24")
    until(lambda: director.saved() == TABLE, 8, "one service for eleven addresses")
    if not sets_marks(node):
        until(lambda: "nftables_ipvs: " in director.ctl("status", check=False).stdout, 8, "what is missing is said")
        for match in ("-d 10.9.0.100 -p tcp --dport 80", "-d 10.9.0.115 -p tcp --dport 8080"):
            node.run(f"iptables-legacy -t mangle -A PREROUTING {match} -j MARK --set-mark 1000")
    for url in ("http://10.9.0.100/", "http://10.9.0.115:8080/"):
        until(lambda: set(pages(client, url, 4)) == {"web11", "web12"}, 8, f"both webs answer {url}")

    director.kill("ipvsd")
    director.start("ipvsd")
    until(lambda: director.saved() == TABLE, 8, "the mark is kept")
    director.reload(TEXT.replace("    nftables_ipvs\n", ""))
    until(lambda: len(director.saved()) == 11 and "-f 1000" not in director.saved(), 8, "a service for each address again")
    assert set(pages(client, "http://10.9.0.100/", 4)) == {"web11", "web12"}, "unmarked or not"
    director.stop("ipvsd")
    assert director.saved() == {}
