# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipvsd on a kernel without IPVS: it says what is missing, tries again, and all that is not the kernel's works."""

import json
import os
import signal

import pytest

from lab import holds_for, until
from lab.bus import busctl
from lab.mainstay import Mainstay

SERVICE = "org.mainstay.Ipvs1.Service"
SERVER = "org.mainstay.Ipvs1.Server"

CONFIG = """
track_file health {
    file /run/health
    weight 0
}
virtual_server 10.0.0.100 80 {
    delay_loop 6
    lb_algo wrr
    lb_kind DR
    protocol TCP
    omega
    sorry_server 10.0.0.200 80
    real_server 10.0.0.11 80 {
        weight 1
    }
    real_server 10.0.0.12 80 {
        weight 2
        FILE_CHECK {
            track_file health
        }
    }
}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind NAT
    persistence_timeout 50
    real_server 10.0.0.11 80 {
    }
}
"""

NOTHING = "global_defs {\n    router_id a\n}\n"
CHECKED = "10.0.0.12 80"


@pytest.fixture
def node(lab):
    if os.path.exists("/proc/net/ip_vs"):
        pytest.skip("this kernel has IPVS; what it does then is tested in tests/lvs")
    return lab.netns("a", eth0="10.0.0.1/24")


@pytest.fixture
def ipvsd(node):
    node.write("/run/health", "0\n")
    return Mainstay(node, CONFIG, daemons=("ipvsd",))


def events(ipvsd, *kinds):
    lines = ipvsd.ctl("events", "ipvsd", "--json").stdout.splitlines()
    return [e["Data"] for e in map(json.loads, lines) if e["Type"] in kinds]


def states(ipvsd):
    """What was told of the server that has a check, oldest first."""
    return [e["state"] for e in events(ipvsd, "server-state") if e["server"] == CHECKED]


def wait_states(ipvsd, *wanted):
    until(lambda: states(ipvsd) == list(wanted), 10, f"{CHECKED} has been {wanted}")


def set_health(ipvsd, value):
    ipvsd.node.write("/run/health", f"{value}\n")


def test_what_is_missing_is_said_and_everything_is_shown(ipvsd):
    status = json.loads(ipvsd.ctl("status", "ipvsd", "--json").stdout)
    until(lambda: "the kernel has no IPVS" in ipvsd.running["ipvsd"].output(), 10, "it is in the log")
    holds_for(lambda: ipvsd.running["ipvsd"].output().count("no IPVS") == 1, 3, "it is said once")
    status = json.loads(ipvsd.ctl("status", "ipvsd", "--json").stdout)
    assert "ipvsd: the kernel has no IPVS" in status["Problems"]
    assert status["Balancer"]["Problem"] == "the kernel has no IPVS"
    service = ipvsd.named("ipvsd", SERVICE)["10.0.0.100 80 TCP"]
    assert {k: service[k] for k in ("State", "Weight", "Quorum", "Scheduler", "Forwarding", "SorryServer", "SorryActive")} == {
        "State": "UP", "Weight": 3, "Quorum": 1, "Scheduler": "wrr", "Forwarding": "DR", "SorryServer": "10.0.0.200 80",
        "SorryActive": False}
    server = ipvsd.named("ipvsd", SERVER)[CHECKED]
    assert (server["State"], server["Weight"], server["InTable"], server["Checks"]) == ("UP", 2, True, ["FILE_CHECK"])


def test_a_reload_changes_what_changed(ipvsd):
    until(lambda: len(events(ipvsd, "quorum-state")) == 2, 10, "both are up")
    ipvsd.configure(CONFIG.replace("weight 2", "weight 5").partition("virtual_server fwmark")[0])
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    until(lambda: sorted(ipvsd.named("ipvsd", SERVICE)) == ["10.0.0.100 80 TCP"], 10)
    until(lambda: ipvsd.named("ipvsd", SERVER)[CHECKED]["Weight"] == 5, 10)
    assert [e["service"] for e in events(ipvsd, "quorum-state") if e["departed"]] == ["fwmark 7"]


def test_without_services_it_says_nothing_of_the_kernel(node):
    ipvsd = Mainstay(node, NOTHING, daemons=("ipvsd",))
    assert ipvsd.named("ipvsd", SERVICE) == {}
    assert "IPVS" not in ipvsd.running["ipvsd"].output()
    ipvsd.stop("ipvsd")


def test_states_are_told_once_whoever_dies(ipvsd):
    wait_states(ipvsd, "UP")
    ipvsd.start("checkd")
    set_health(ipvsd, 1)
    wait_states(ipvsd, "UP", "DOWN")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    ipvsd.kill("checkd")
    holds_for(lambda: states(ipvsd) == ["UP", "DOWN"], 1, "a death is no news")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    holds_for(lambda: ipvsd.named("ipvsd", SERVER)[CHECKED]["State"] == "DOWN", 1, "without checkd the last word stands")
    assert [peer["BusName"] for peer in json.loads(ipvsd.ctl("status", "ipvsd", "--json").stdout)["Daemons"][0]["StalePeers"]] \
        == ["org.mainstay.Check1"]
    set_health(ipvsd, 0)
    ipvsd.start("checkd")
    wait_states(ipvsd, "UP", "DOWN", "UP")
    ipvsd.kill("ipvsd")
    set_health(ipvsd, 1)
    until(lambda: "DOWN" in ipvsd.running["checkd"].output(), 10, "checkd knows it first")
    ipvsd.start("ipvsd")
    wait_states(ipvsd, "UP", "DOWN", "UP", "DOWN")


def test_orders_survive_and_are_told_once(ipvsd):
    ipvsd.ctl("drain", "10.0.0.11", "--service", "fwmark 7")
    ipvsd.ctl("weight", "10.0.0.12:80", "9")
    ipvsd.ctl("drain", "10.0.0.100 80 TCP")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    ipvsd.restart("ipvsd")
    servers = {o[SERVER]["Service"] + " " + o[SERVER]["Name"]: o[SERVER]
               for o in ipvsd.objects("ipvsd").values() if SERVER in o}
    assert servers["fwmark 7 10.0.0.11 80"]["Override"] == "drain"
    assert servers[f"10.0.0.100 80 TCP {CHECKED}"]["OverrideWeight"] == 9
    assert ipvsd.named("ipvsd", SERVICE)["10.0.0.100 80 TCP"]["Override"] == "drain"
    told = events(ipvsd, "server-override", "service-override")
    assert [(e.get("server", ""), e["override"]) for e in told] == [("10.0.0.11 80", "drain"), (CHECKED, ""), ("", "drain")]


def test_only_root_gives_orders(ipvsd):
    refused = ipvsd.ctl("drain", CHECKED, user="nobody", check=False)
    assert refused.returncode == 1 and "only root may do this" in refused.stderr
    assert ipvsd.named("ipvsd", SERVER)[CHECKED]["Override"] == ""


def test_omega_tells_of_the_end(ipvsd):
    until(lambda: len(events(ipvsd, "quorum-state")) == 2, 10, "both are up")
    ipvsd.stop("ipvsd")
    ipvsd.start("ipvsd")
    ended = [e for e in events(ipvsd, "server-state", "quorum-state") if e["stopping"]]
    assert [(e["service"], e.get("server", "")) for e in ended] == [
        ("10.0.0.100 80 TCP", "10.0.0.11 80"), ("10.0.0.100 80 TCP", CHECKED), ("10.0.0.100 80 TCP", "")]


def test_a_bus_that_is_slow_for_a_moment_is_kept(node):
    """More servers than a hung bus is given appear at once while it does not read."""
    def owner():
        return busctl(node, "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
                      "s", "org.mainstay.Ipvs1")

    many = "".join(f"virtual_server 10.1.{i}.1 80 {{\n    protocol TCP\n" + "".join(
        f"    real_server 10.2.{j}.1 80 {{\n    }}\n" for j in range(200)) + "}\n" for i in range(51))
    ipvsd = Mainstay(node, NOTHING, daemons=("ipvsd",))
    before, bus = owner(), node.output("pidof dbus-daemon").split()[0]
    node.run(f"kill -STOP {bus}")
    ipvsd.configure(many)
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    until(lambda: ipvsd.running["ipvsd"].output().count("no IPVS") == 1, 30, "it has told of all")
    node.run(f"kill -CONT {bus}")
    assert owner() == before
    assert "the bus does not read" not in ipvsd.running["ipvsd"].output()
