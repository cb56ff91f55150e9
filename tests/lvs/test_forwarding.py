# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each way of forwarding, with each protocol and family: what a client asks arrives at the real server, and the answer at the
client.

                 client -- eth1 director eth0 -- translated (its way back leads through the director)
                   |                       \\\\-- direct, tunnelled (the shortest way back)
                   +------------------------------+
"""

import itertools

import pytest

from lab import ipvs, tools, until
from lab.balancer import balancer

PORT = 8000
PROTOCOLS = ("TCP", "UDP", "SCTP")
GUE_PORT = 6080
METHODS = {"NAT": "NAT", "DR": "DR", "TUN": "TUN", "GUE": f"TUN type gue port {GUE_PORT} nocsum", "GRE": "TUN type gre"}

DIRECTOR, TRANSLATED, DIRECT = 1, 2, 3
GREETER = ["/usr/bin/python3", str(tools.SOURCE / "tests" / "lvs" / "greeter.py")]


def address(version, host, network=0):
    return f"10.{network}.0.{host}" if version == 4 else f"fd{network:02x}::{host:x}"


class Case:
    """A service with one real server. Only tunnels lead from one family to the other."""

    def __init__(self, number, method, protocol, version, inner):
        self.method, self.protocol = method, protocol
        self.vip = address(inner, number, 1)
        self.server = address(version, TRANSLATED if method == "NAT" else DIRECT)
        self.name = f"{method}-{protocol}-IPv{inner}" + (f"-over-IPv{version}" if inner != version else "")

    def text(self):
        return f"""
virtual_server {self.vip} {PORT} {{
    lb_algo rr
    lb_kind {METHODS[self.method]}
    protocol {self.protocol}
    real_server {self.server} {PORT} {{
    }}
}}
"""


def all_cases():
    number = itertools.count(1)
    for method, protocol in itertools.product(METHODS, PROTOCOLS):
        for version, inner in itertools.product((4, 6), (4, 6)):
            if version == inner or method in ("TUN", "GUE", "GRE"):
                yield Case(next(number), method, protocol, version, inner)


CASES = list(all_cases())


def node_with_both(lab, name, **hosts):
    """hosts: interface = (network, host)."""
    node = lab.netns(name, **{i: f"{address(4, host, net)}/24" for i, (net, host) in hosts.items()})
    for interface, (net, host) in hosts.items():
        node.run(f"ip address add {address(6, host, net)}/64 dev {interface} nodad")
    no_reverse_path_filter(node)
    return node


def batch(node, lines):
    node.run("ip -batch -", input="\n".join(lines))


def takes_apart(node):
    """Let a real server take tunnelled packets of each kind. The device that is there for tunnels in IPv6
    takes no IPv4."""
    batch(node, [f"fou add port {GUE_PORT} gue", f"fou add port {GUE_PORT} gue -6",
                 f"link add any6 type ip6tnl mode any local {address(6, DIRECT)} remote {address(6, DIRECTOR)}",
                 *(f"link set {device} up" for device in ("tunl0", "sit0", "any6", "gre0", "ip6gre0"))])
    no_reverse_path_filter(node)


def no_reverse_path_filter(node):
    node.run(["sh", "-c", "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done"])


@pytest.fixture(scope="module")
def client(shared_lab):
    director = node_with_both(shared_lab, "director", eth0=(0, DIRECTOR), eth1=(9, 1))
    director.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    batch(director, [f"address add {case.vip} dev lo" for case in CASES])

    translated = node_with_both(shared_lab, "translated", eth0=(0, TRANSLATED))
    batch(translated, [f"route add default via {address(v, DIRECTOR)}" for v in (4, 6)])

    direct = node_with_both(shared_lab, "direct", eth0=(0, DIRECT))
    vips = [case.vip for case in CASES if case.method != "NAT"]
    batch(direct, [*(f"address add {vip} dev lo" for vip in vips),
                   *(f"route add {address(v, 0, 9)}/{24 if v == 4 else 64} dev eth0" for v in (4, 6))])
    takes_apart(direct)

    client = node_with_both(shared_lab, "client", eth0=(9, 9))
    batch(client, [f"route add {address(v, 0, 1)}/{24 if v == 4 else 64} via {address(v, 1, 9)}" for v in (4, 6)])

    servers = [(translated, [address(v, TRANSLATED) for v in (4, 6)]), (direct, vips)]
    for node, addresses in servers:
        node.spawn([*GREETER, "serve", node.name, PORT, *addresses], name="greeter").wait_output("ready", 20)
    balancer(director, "".join(case.text() for case in CASES), daemons=("ipvsd",))
    # A start from nothing waits for the first words on servers before it writes the table.
    until(lambda: len(ipvs.listed(director)) == len(CASES), 10, "all services are in the table")
    return client


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_request_is_answered(client, case):
    asked = client.run([*GREETER, "ask", case.protocol, case.vip, PORT], check=False)
    wanted = "translated" if case.method == "NAT" else "direct"
    assert asked.stdout.strip() == wanted, f"{case.vip} -> {case.server}: {asked.stderr}"
