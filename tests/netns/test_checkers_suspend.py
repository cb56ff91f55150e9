# SPDX-License-Identifier: LGPL-2.1-or-later
"""ha_suspend: servers are checked only while the address of their service is on this node."""

import pytest

from checkers import Checkd, saved, server, service
from lab import holds_for, until

VRRP = """
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 0.2
    version 3
    virtual_ipaddress {{
        10.0.0.100/24
    }}
}}
"""
GROUP = "virtual_server_group web {\n    10.0.0.99 80\n    10.0.0.100-101 81\n}\n"
OTHERS = (service(server("10.0.0.12", "TCP_CHECK"), header="group web", options="ha_suspend")
          + service(server("10.0.0.13", "TCP_CHECK"), header="fwmark 7", options="ha_suspend")
          + service(server("10.0.0.14", "TCP_CHECK"), header="10.0.0.200 80", options="ha_suspend"))


def blocks(priority):
    return (VRRP.format(priority=priority), service(server("10.0.0.11", "TCP_CHECK"), options="ha_suspend"),
            GROUP, OTHERS)


@pytest.fixture(name="pair")
def a_pair(lab):
    return [lab.netns(name, eth0=f"10.0.0.{last}/24") for name, last in (("a", 1), ("b", 2))]


def suspended(checkd):
    return {name.split("/")[0]: c["Suspended"] for name, c in checkd.checkers().items()}


ALL_CHECKED = {"10.0.0.100 80 TCP": False, "group web": False, "fwmark 7": False, "10.0.0.200 80 TCP": False}
SUSPENDED = ALL_CHECKED | {"10.0.0.100 80 TCP": True, "group web": True}


def test_only_the_master_checks(pair):
    a, b = (Checkd(node, *blocks(priority), daemons=("checkd", "vrrpd")) for node, priority in zip(pair, (200, 100)))
    a.wait_state("MASTER")
    until(lambda: suspended(a) == ALL_CHECKED and suspended(b) == SUSPENDED, 10,
          lambda: (suspended(a), suspended(b)))
    a.wait("DOWN", "10.0.0.11 80")
    runs = b.checker("10.0.0.11 80")["Runs"]
    holds_for(lambda: b.checker("10.0.0.11 80")["Runs"] == runs, 1, "a suspended check makes no try")
    known = b.checker("10.0.0.11 80")["State"]

    a.stop("vrrpd")
    b.wait_state("MASTER")
    until(lambda: suspended(b) == ALL_CHECKED, 10)
    b.wait("DOWN", "10.0.0.11 80")
    assert known in ("UNKNOWN", "DOWN")

    a.start("vrrpd")
    a.wait_state("MASTER")
    until(lambda: suspended(b) == SUSPENDED and suspended(a) == ALL_CHECKED, 10)
    assert b.checker("10.0.0.11 80")["State"] == "DOWN", "the last state is kept"

    until(lambda: saved(pair[1]).count('"suspended":true') == 2, 10, "both are saved as suspended")
    b.kill("vrrpd")
    b.kill("checkd")
    b.start("checkd")
    assert suspended(b) == SUSPENDED, "what cannot be heard is no news"
    holds_for(lambda: suspended(b) == SUSPENDED, 1)


def test_without_vrrpd_everything_is_checked(pair):
    checkd = Checkd(pair[0], *blocks(100))
    assert suspended(checkd) == ALL_CHECKED
    checkd.wait("DOWN", "10.0.0.11 80")
    assert "no vrrp_instance has its address, so it is always checked" in checkd.log()


def test_a_reload_wakes_what_need_not_wait_any_more(pair):
    a, b = (Checkd(node, *blocks(priority), daemons=("checkd", "vrrpd")) for node, priority in zip(pair, (200, 100)))
    a.wait_state("MASTER")
    until(lambda: suspended(b) == SUSPENDED, 10)
    b.reload_by_signal(VRRP.format(priority=100), service(server("10.0.0.11", "TCP_CHECK")))
    until(lambda: suspended(b) == {"10.0.0.100 80 TCP": False}, 10)
    b.wait("DOWN", "10.0.0.11 80")
