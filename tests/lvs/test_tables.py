# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's table that Mainstay makes of a file is the one that Debian's keepalived makes of it, as ipvsadm -Sn tells it.

Debian's is 2.2.7, the language is 2.4.3's: where the two differ, the difference is named here, with its reason.
"""

from typing import NamedTuple

import pytest

from lab import ipvs, until
from lab.balancer import KeepalivedBalancer, MainstayBalancer

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq")


class Case(NamedTuple):
    name: str
    text: str
    settled: str = "Startup complete"   # keepalived's words when its table is final
    exceptions: dict = {}               # {(service, server or ""): (keepalived's options, ours)}; None: not there


def service(head, body="", servers=("10.0.0.11 80",), protocol="protocol TCP", kind="lb_kind NAT", algo="lb_algo rr"):
    reals = "".join(server if "{" in server else f"    real_server {server} {{\n    }}\n" for server in servers)
    return f"virtual_server {head} {{\n    {algo}\n    {kind}\n    {protocol}\n    {body}\n{reals}}}\n"


def server(name, *lines):
    return "".join([f"    real_server {name} {{\n", *(f"        {line}\n" for line in lines), "    }\n"])


def failing(name, *lines):
    """A server whose check fails at once and at its first try."""
    return server(name, *lines, "MISC_CHECK {", '    misc_path "/bin/false"', "    misc_timeout 2", "    warmup 0",
                  "    delay_loop 1", "    retry 1", "    delay_before_retry 1", "}")


CASES = [
    Case("schedulers", "".join(service(f"10.0.0.{100 + n} 80", algo=f"lb_algo {name}")
                               for n, name in enumerate(SCHEDULERS))),
    Case("nothing but the servers", "virtual_server 10.0.0.100 80 {\n    real_server 10.0.0.11 80 {\n    }\n}\n"),
    Case("flags of schedulers",
         service("10.0.0.100 80", "sh-port", algo="lb_algo sh") + service("10.0.0.101 80", "sh-fallback", algo="lb_algo sh")
         + service("10.0.0.102 80", "sh-port\n    sh-fallback", algo="lb_algo sh")
         + service("10.0.0.103 80", "mh-port\n    mh-fallback", algo="lb_algo mh")
         + service("10.0.0.104 80", "flag-1\n    flag-3") + service("10.0.0.105 80", "flag-2", algo="lb_algo wrr")),
    Case("protocols", "".join(service(f"10.0.0.100 {port}", protocol=f"protocol {name}")
                              for port, name in ((80, "TCP"), (80, "UDP"), (81, "sctp")))),
    Case("persistence",
         service("10.0.0.100 80", "persistence_timeout 50") + service("10.0.0.101 80", "persistence_timeout")
         + service("10.0.0.102 80", "persistence_timeout 100\n    persistence_granularity 255.255.255.0")
         + service("10.0.0.103 80", "persistence_granularity 255.255.0.0")
         + service("fd00::100 80", "persistence_timeout 70\n    persistence_granularity 64", ["fd00::11 80"])
         + service("fd00::101 80", "persistence_timeout 70", ["fd00::11 80"])),
    Case("a persistence engine",
         service("10.0.0.100 5060", "persistence_timeout 50\n    persistence_engine sip", protocol="protocol UDP")),
    Case("packets one by one", service("10.0.0.100 53", "ops", protocol="protocol UDP")),
    Case("any port", service("10.0.0.100", "", ["10.0.0.11"]) + service("10.0.0.101 0", "persistence_timeout 20", ["10.0.0.11 0"])),
    Case("ways of forwarding",
         service("10.0.0.100 80", servers=["10.0.0.11 8080", "10.0.0.12 80"])
         + service("10.0.0.101 80", servers=["10.0.0.11 8080", "10.0.0.12 80"], kind="lb_kind DR")
         + service("10.0.0.102 80", servers=["10.0.0.11 80"], kind="lvs_method TUN")
         + service("10.0.0.103 80", servers=[server("10.0.0.11 80"), server("10.0.0.12 80", "lvs_method DR"),
                                             server("10.0.0.13 80", "lvs_method TUN")])),
    Case("tunnels",
         service("10.0.0.100 80", kind="lb_kind TUN type ipip") + service("10.0.0.101 80", kind="lb_kind TUN type gue port 6080")
         + service("10.0.0.102 80", kind="lb_kind TUN type gue port 6080 nocsum")
         + service("10.0.0.103 80", kind="lb_kind TUN type gue port 6081 csum")
         + service("10.0.0.104 80", kind="lb_kind TUN type gue port 6081 remcsum")
         + service("10.0.0.105 80", kind="lb_kind TUN type gre") + service("10.0.0.106 80", kind="lb_kind TUN type gre csum")
         + service("10.0.0.107 80", servers=[server("10.0.0.11 80", "lvs_method TUN type gue port 7000"),
                                             server("10.0.0.12 80", "lvs_method TUN type gre nocsum")])),
    Case("the other family through a tunnel",
         service("10.0.0.100 80", servers=["10.0.0.11 80", "fd00::11 80"], kind="lb_kind TUN")
         + service("fd00::100 80", servers=["10.0.0.11 80", "fd00::11 80"], kind="lb_kind TUN")),
    Case("IPv6", service("fd00::100 80", servers=["fd00::11 80", "fd00::12 8080"]) + service("fd00::101 80", servers=["fd00::11 80"], kind="lb_kind DR")),
    Case("marks",
         service("fwmark 7", servers=["10.0.0.11 80", "10.0.0.12 80"], kind="lb_kind DR", protocol="")
         + service("fwmark 8", servers=["10.0.0.11 8080"], protocol="")
         + service("fwmark 9", "ip_family inet6", ["fd00::11 80"], protocol="")
         + service("fwmark 10", "persistence_timeout 30", ["10.0.0.11"], kind="lb_kind TUN", protocol="")),
    Case("groups",
         "virtual_server_group many {\n    10.0.0.100 80\n    10.0.0.101-103 81\n    10.0.0.104 82\n    fwmark 7\n}\n"
         "virtual_server_group six {\n    fd00::100 80\n    fd00::1a-1c 81\n}\n"
         + service("group many", servers=["10.0.0.11 80", "10.0.0.12 80"], kind="lb_kind DR")
         + service("group six", servers=["fd00::11 80"])),
    Case("weights and thresholds",
         service("10.0.0.100 80", servers=[server("10.0.0.11 80", "weight 0"), server("10.0.0.12 80", "weight 100"),
                                           server("10.0.0.13 80", "weight 65535", "uthreshold 100", "lthreshold 50"),
                                           server("10.0.0.14 80", "uthreshold 10")])
         + service("10.0.0.101 80", "weight 7", [server("10.0.0.11 80"), server("10.0.0.12 80", "weight 3")])),
    Case("a server named twice", service("10.0.0.100 80", servers=["10.0.0.11 80", server("10.0.0.11 80", "weight 5")])),
    Case("a failed server", service("10.0.0.100 80", "delay_loop 1", [failing("10.0.0.11 80"), server("10.0.0.12 80")]),
         "Removing service"),
    Case("a failed server that stays with weight 0",
         service("10.0.0.100 80", "delay_loop 1", [failing("10.0.0.11 80", "weight 5", "inhibit_on_failure"), server("10.0.0.12 80")])
         + service("10.0.0.101 80", "delay_loop 1\n    inhibit_on_failure", [failing("10.0.0.13 80"), server("10.0.0.12 80")]),
         "Disabling service [10.0.0.13]"),
    Case("nobody left", service("10.0.0.100 80", "delay_loop 1\n    sorry_server 10.0.0.200 80", [failing("10.0.0.11 80")]),
         "Adding sorry server"),
    Case("no quorum",
         service("10.0.0.100 80", "delay_loop 1\n    quorum 3\n    sorry_server 10.0.0.200 81\n    sorry_server_lvs_method DR",
                 [failing("10.0.0.11 80", "weight 2"), server("10.0.0.12 80", "weight 2")]),
         "Adding sorry server"),
    Case("no quorum, and nobody to say sorry",
         service("10.0.0.100 80", "delay_loop 1\n    quorum 3", [failing("10.0.0.11 80", "weight 2"), server("10.0.0.12 80", "weight 2")]),
         "Lost quorum"),
    Case("a sorry server that waits with weight 0",
         service("10.0.0.100 80", "sorry_server 10.0.0.200 80\n    sorry_server_inhibit")),
    Case("nobody left, all stay with weight 0",
         service("10.0.0.100 80", "delay_loop 1\n    sorry_server 10.0.0.200 80", [failing("10.0.0.11 80", "inhibit_on_failure")]),
         "Adding sorry server"),
    Case("nobody left, and those who could stay",
         service("10.0.0.100 80", "delay_loop 1\n    quorum 3\n    sorry_server 10.0.0.200 80",
                 [failing("10.0.0.11 80", "weight 2"), server("10.0.0.12 80", "weight 2", "inhibit_on_failure")]),
         "Adding sorry server"),
    Case("a quorum beyond what there is", service("10.0.0.100 80", "quorum 10\n    hysteresis 2\n    sorry_server 10.0.0.200 80")),
    # Of no other case's address: a service that is up already would stay so.
    Case("hysteresis beyond what there is",
         service("10.0.0.150 80", "quorum 2\n    hysteresis 1\n    sorry_server 10.0.0.200 80", ["10.0.0.11 80", "10.0.0.12 80"])),
    Case("networks and marks in groups",
         "virtual_server_group web {\n    10.0.0.128/30 80\n    fwmark 11\n}\n"
         "virtual_server_group marks {\n    fwmark 12 inet\n    fwmark 12 inet6\n}\n"
         + service("group web", servers=["10.0.0.11 80"])
         + service("group marks", servers=["10.0.0.11 80", "fd00::11 80"], kind="lb_kind TUN")),
    Case("one group, two protocols",
         "virtual_server_group dns {\n    10.0.0.100 53\n    10.0.0.101 53\n}\n"
         + service("group dns", servers=["10.0.0.11 53"]) + service("group dns", servers=["10.0.0.12 53"], protocol="protocol UDP")),
    Case("a server of another family", service("10.0.0.100 80", servers=["10.0.0.11 80", "fd00::11 80"])),
    # keepalived has two services, each with a life of its own, that write to the one of the kernel.
    Case("a service named twice", service("10.0.0.100 80") + service("10.0.0.100 80", servers=["10.0.0.12 80"]),
         exceptions={("-t 10.0.0.100:80", "10.0.0.12:80"): ("-m -w 1", None)}),
    Case("alpha", service("10.0.0.100 80", "delay_loop 1\n    alpha", [failing("10.0.0.11 80"), server("10.0.0.12 80")])),
]


class Nodes:
    """One for each."""

    def __init__(self, lab):
        self.mainstay = MainstayBalancer(lab.netns("mainstay", eth0="10.0.0.1/24"), "global_defs {\n}\n",
                                         daemons=("checkd", "ipvsd"))
        self.keepalived = lab.netns("keepalived", eth0="10.0.0.2/24")


@pytest.fixture(scope="module")
def nodes(shared_lab):
    return Nodes(shared_lab)


def reference(node, case):
    """What keepalived makes of it, the named differences already applied."""
    peer = KeepalivedBalancer(node, case.text, daemons=("checkd",))
    peer.process.wait_output(case.settled, 15)
    table, limits = ipvs.saved(node), ipvs.thresholds(node)
    peer.stop()
    peer.process.log.unlink()
    for (name, member), (theirs, ours) in case.exceptions.items():
        assert table.get(name, {}).get(member) == theirs, "2.2.7 does not differ as it is said"
        table.setdefault(name, {})[member] = ours
    return {name: {k: v for k, v in members.items() if v is not None} for name, members in table.items()}, limits


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tables_are_equal(nodes, case):
    wanted, limits = reference(nodes.keepalived, case)
    assert wanted, "keepalived made nothing of it"
    nodes.mainstay.configure(case.text)
    # What a file has that is complained of is taken at a start, but not at a reload, unless it is forced.
    nodes.mainstay.ctl("reload", "--force")
    try:
        until(lambda: nodes.mainstay.saved() == wanted, 8)
    except TimeoutError:
        assert nodes.mainstay.saved() == wanted, nodes.mainstay.running["ipvsd"].output()
    if not case.exceptions:
        assert ipvs.thresholds(nodes.mainstay.node) == limits
