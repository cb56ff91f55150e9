# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tracked scripts that decide who is master: a flag file, haproxy's death, a gateway that answers no ping, and
the arbiter that ends a split brain."""

import json

import pytest

from lab import holds_for, until
from lab.mainstay import Mainstay
from lab.peers import Haproxy
from lab.scenario import CHECK_HAPROXY, configuration, master_down, simple

VIP = "172.20.76.187"

# fall 3 or rise 5 at two seconds each, an advert, the master-down interval, a busy machine
DOWN = 3 * 2 + 2 + 2 + 6.7 + 5
UP = 5 * 2 + 2 + 2 + 6.7 + 5

PING_SCRIPT = """#!/bin/bash
ping -c 1 -W 1 172.20.76.1 >/dev/null || exit 2
"""


@pytest.fixture
def pair(lab):
    """The flag-file pair: haproxy on both, priorities 100 and 80."""
    mainstays = []
    for name, host, priority in (("a", 18, 100), ("b", 28, 80)):
        node = lab.netns(name, eth0=f"172.20.76.{host}/24")
        node.haproxy = Haproxy(node)
        node.write("/etc/keepalived/chk_haproxy.sh", CHECK_HAPROXY, 0o755)
        text = configuration("s14-flag-file.conf", ("priority 100", f"priority {priority}"))
        mainstays.append(Mainstay(node, text, daemons=("vrrpd", "checkd")))
    only(*mainstays, DOWN)
    return mainstays


def only(holder, other, timeout):
    until(lambda: holder.has(VIP) and not other.has(VIP), timeout, f"the address is on {holder.node.name} alone")


def test_a_flag_file_moves_the_address(pair):
    a, b = pair
    a.node.write("/etc/keepalived/down", "")
    only(b, a, DOWN)
    assert a.instance("VIP1")["EffectivePriority"] == 50
    assert "exit status 7" in a.tracker("chk_down")["StateReason"]
    a.node.run("rm /etc/keepalived/down")
    only(a, b, UP)


def test_a_dead_haproxy_moves_the_address(pair):
    a, b = pair
    a.node.haproxy.stop()
    only(b, a, DOWN)
    a.node.haproxy.start()
    only(a, b, UP)


def test_an_unreachable_gateway_moves_the_address(lab):
    """The gateway answers a's pings no more, but the routers hear each other."""
    gateway = lab.netns("gateway", eth0="172.20.76.1/24")
    mainstays = []
    for name, host, priority in (("a", 18, 100), ("b", 28, 80)):
        node = lab.netns(name, eth0=f"172.20.76.{host}/24")
        node.write("/etc/keepalived/ping_gw.sh", PING_SCRIPT, 0o755)
        text = configuration("s14-flag-file.conf", ("priority 100", f"priority {priority}"),
                             ("/etc/keepalived/chk_haproxy.sh", "/etc/keepalived/ping_gw.sh"))
        mainstays.append(Mainstay(node, text, daemons=("vrrpd", "checkd")))
    a, b = mainstays
    only(a, b, DOWN)
    gateway.run("ip route add blackhole 172.20.76.18/32")
    only(b, a, DOWN)
    assert "exit status 2" in a.tracker("chk_haproxy")["LastResult"]
    gateway.run("ip route del blackhole 172.20.76.18/32")
    only(a, b, UP)


ARBITER = """
vrrp_script chk_arbiter {
    script "/etc/keepalived/ping_arbiter.sh"
    interval 1
    timeout 1
    fall 2
    rise 2
}
"""


def test_an_arbiter_ends_a_split_brain(lab):
    lab.netns("arbiter", eth0="10.0.0.1/24")
    mainstays = []
    for name, host, priority in (("a", 18, 100), ("b", 28, 90)):
        node = lab.netns(name, eth0=f"10.0.0.{host}/24")
        node.write("/etc/keepalived/ping_arbiter.sh", "#!/bin/sh\nping -c 1 -W 1 10.0.0.1 >/dev/null || exit 1\n", 0o755)
        mainstays.append(Mainstay(node, simple(priority, head=ARBITER, more="track_script {\n chk_arbiter\n }"),
                                  daemons=("vrrpd", "checkd")))
    a, b = mainstays
    vip = "10.0.0.100"

    def holders():
        return [m.node.name for m in mainstays if m.has(vip)]

    until(lambda: holders() == ["a"], 15, "a is master")
    a.node.port().cut_off()
    until(lambda: holders() == ["b"], 15, "the isolated node gives up, the other takes over")
    assert a.state() == "FAULT"
    a.node.port().join()
    until(lambda: b.state() == "BACKUP", 15 + master_down(100, 1), "a has it back")
    until(lambda: holders() == ["a"], 10)
    holds_for(lambda: len(holders()) == 1, 4, "exactly one master")


def test_without_an_arbiter_the_split_heals_within_a_master_down_interval(lab):
    a, b = (Mainstay(lab.netns(name, eth0=f"10.0.0.{host}/24"), simple(priority))
            for name, host, priority in (("a", 18, 100), ("b", 28, 90)))
    vip = "10.0.0.100"
    a.wait_has(vip)
    a.node.port().cut_off()
    b.wait_has(vip)
    assert a.has(vip)
    a.node.port().join()
    until(lambda: a.has(vip) and not b.has(vip), master_down(90, 1), "exactly one master")
    holds_for(lambda: a.has(vip) and not b.has(vip), 4, "exactly one master")


@pytest.mark.long
def test_a_checkd_that_stays_away_is_told(lab):
    mainstay = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), simple(100, head=ARBITER, more="track_script {\n chk_arbiter\n }"))

    def told():
        lines = mainstay.ctl("events", "vrrpd", "--json").stdout.splitlines()
        return [kind for kind in (json.loads(line)["Type"] for line in lines) if kind.startswith("producer-")]

    holds_for(lambda: not told(), 55, "a checkd that is restarted is no news")
    until(lambda: told() == ["producer-absent"], 10)
    assert "checkd" in mainstay.ctl("status", check=False).stdout
    mainstay.start("checkd")
    until(lambda: told() == ["producer-absent", "producer-returned"], 10)


@pytest.mark.parametrize("body, said", [
    ("sleep 600 & sleep 600", "timeout"),
    ("kill -9 $$", "SIGKILL"),
    ("yes flood | head -c 20000000; exit 1", "exit status 1"),
    ("for i in $(seq 20); do (setsid sleep 600 &) ; done; sleep 600", "timeout"),
])
def test_a_script_that_misbehaves_is_contained(lab, body, said):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/etc/keepalived/bad.sh", f"#!/bin/bash\n{body}\n", 0o755)
    timeout = 1 if said == "timeout" else 20    # a flood takes its time on a busy machine
    head = f'vrrp_script bad {{\n script "/etc/keepalived/bad.sh"\n interval 2\n timeout {timeout}\n fall 1\n rise 1\n}}'
    mainstay = Mainstay(node, simple(100, version=3, advert="0.1", head=head,
                                     more="track_script {\n bad weight -10\n }"),
                        daemons=("vrrpd", "checkd"))
    until(lambda: mainstay.tracker("bad")["State"] == "DOWN", 20, "the script failed")
    assert said in mainstay.tracker("bad")["StateReason"]
    mainstay.wait_has("10.0.0.100")
    mainstay.stop("checkd")
    if "setsid" not in body:
        until(lambda: node.run("pidof sleep", check=False).returncode != 0, 10, "its process group is gone")
