# SPDX-License-Identifier: LGPL-2.1-or-later
"""An operator takes servers out of traffic: what is open goes on, nothing new comes, and it stays so until undone."""

import pytest

from lab import holds_for, until
from translated import SERVICE, VIP, Farm, configuration

SERVER = "org.mainstay.Ipvs1.Server"


@pytest.fixture(scope="module")
def farm(shared_lab):
    farm = Farm(shared_lab)
    farm.wait_servers(_11=1, _12=1)
    return farm


@pytest.fixture(autouse=True)
def undone(farm):
    """Each test begins with two servers that take connections."""
    yield
    for server in ("10.0.0.11 80", "10.0.0.12 80"):
        farm.director.ctl("weight", SERVICE, server, "configured")
        farm.director.ctl("enable", SERVICE, server)
    farm.director.hang_up(configuration())
    farm.wait_servers(_11=1, _12=1)


def held_on(farm, host):
    """A connection that lasts, to this web."""
    for attempt in range(4):
        held = farm.hold(f"held-{host}-{attempt}")
        if f"web{host}" in held.output():
            return held
        held.terminate()
    raise AssertionError(f"no connection to web{host}")


def test_what_is_open_goes_on_and_nothing_new_comes(farm):
    held = held_on(farm, 11)
    farm.director.ctl("drain", SERVICE, "10.0.0.11 80")
    farm.wait_servers(_11=0, _12=1)
    with farm.stream() as stream:
        assert set(stream.wait_more(20)) == {"web12"}
        assert stream.failures() == []
    before = len(held.output())
    until(lambda: len(held.output()) > before, 10, "the open connection is answered")
    held.terminate()


def test_a_drain_can_be_waited_for(farm):
    held = held_on(farm, 11)
    draining = farm.director.node.spawn([farm.director.mainstayctl, "drain", "--wait", SERVICE, "10.0.0.11 80"], name="drain")
    farm.wait_servers(_11=0, _12=1)
    holds_for(lambda: draining.running, 1, "a connection is open")
    held.terminate()
    # The kernel forgets a reset connection after 10 s.
    until(lambda: not draining.running, 30, "drained")
    assert draining.popen.returncode == 0
    assert farm.director.named("ipvsd", SERVER)["10.0.0.11 80"]["Drained"]


def test_orders_survive_restarts_and_reloads(farm):
    farm.director.ctl("drain", SERVICE, "10.0.0.11 80")
    farm.director.ctl("weight", SERVICE, "10.0.0.12 80", "7")
    farm.wait_servers(_11=0, _12=7)
    farm.director.kill("ipvsd")
    farm.director.start("ipvsd")
    assert farm.servers() == {"11": 0, "12": 7}
    farm.director.restart("ipvsd")
    farm.wait_servers(_11=0, _12=7)
    farm.director.hang_up(configuration("quorum 1"))
    holds_for(lambda: farm.servers() == {"11": 0, "12": 7}, 1)
    servers = farm.director.named("ipvsd", SERVER)
    assert servers["10.0.0.11 80"]["Override"] == "drain" and servers["10.0.0.12 80"]["OverrideWeight"] == 7
    assert "drain" in farm.director.ctl("status", "--json", "ipvsd").stdout


def test_a_disabled_server_is_out_whatever_its_checks_say(farm):
    farm.director.ctl("disable", SERVICE, "10.0.0.12 80")
    farm.wait_servers(_11=1)
    holds_for(lambda: farm.servers() == {"11": 1}, 1)
    farm.director.ctl("enable", SERVICE, "10.0.0.12 80")
    farm.wait_servers(_11=1, _12=1)


def test_a_drained_service_keeps_its_servers(farm):
    farm.director.ctl("drain", SERVICE)
    farm.wait_servers(_11=0, _12=0)
    assert f"TCP {VIP}:80" in farm.director.weights()
    farm.director.ctl("enable", SERVICE)
    farm.wait_servers(_11=1, _12=1)
