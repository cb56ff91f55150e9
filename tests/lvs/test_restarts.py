# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemons of balancing are killed and started while traffic flows: nobody notices."""

import os
import signal

import pytest

from lab import CommandFailed, holds_for, ipvs, until
from translated import VIP, Farm, configuration

TIMES = int(os.environ.get("MAINSTAY_TIMES", 10))
DOWNLOAD_BYTES = 64 << 20


@pytest.fixture(scope="module")
def farm(shared_lab):
    farm = Farm(shared_lab)
    for web in farm.webs.values():
        web.node.run(f"truncate -s {DOWNLOAD_BYTES} /srv/www/big")
    farm.wait_servers(_11=1, _12=1)
    # Both are known to be good: what checkd has not said yet it cannot keep.
    until(lambda: {c["State"] for c in farm.director.named("checkd", "org.mainstay.Check1.Checker").values()} == {"UP"},
          10, "both webs have been checked")
    return farm


def download(farm):
    return farm.client.spawn(["curl", "-s", "-S", "-f", "--limit-rate", "2M", "-o", "/dev/null", "-w", "%{size_download}",
                              f"http://{VIP}/big"], name="download")


def kill_ipvsd(director):
    director.kill("ipvsd")
    director.start("ipvsd")


def kill_checkd(director):
    director.kill("checkd")
    director.start("checkd")


def restart_checkd(director):
    director.restart("checkd")


def kill_both(director):
    for daemon in ("checkd", "ipvsd"):
        director.kill(daemon)
    director.start("ipvsd")
    director.start("checkd")


def reload_both(director):
    director.hang_up(configuration())


def test_no_connection_is_reset_and_no_request_fails(farm):
    """A long download, a connection that lasts, and a stream of requests, over all of it."""
    table = farm.director.saved()
    loading, held = download(farm), farm.hold("held")
    with farm.stream() as stream:
        for fault in [kill_ipvsd, kill_checkd, restart_checkd, kill_both, reload_both] * max(1, TIMES // 5):
            fault(farm.director)
            assert farm.director.saved() == table, fault.__name__
            stream.wait_more(5)
            assert held.running, held.output()
        until(lambda: not loading.running, 120, "the download is over")
        assert stream.failures() == []
        assert {what for _, what in stream.answers()} == {"web11", "web12"}
    assert (loading.popen.returncode, loading.output()) == (0, str(DOWNLOAD_BYTES))
    assert set(held.output().split()) <= {"open", "alive", "web11", "web12"}
    held.terminate()


def test_a_server_that_dies_while_checkd_is_away_goes_when_its_check_says_so(farm):
    farm.director.kill("checkd")
    farm.webs[11].stop()
    holds_for(lambda: farm.servers() == {"11": 1, "12": 1}, 1)
    farm.director.start("checkd")
    farm.wait_servers(_12=1)
    farm.webs[11].start()
    farm.wait_servers(_11=1, _12=1)


def test_a_server_that_dies_while_ipvsd_is_away_is_gone_when_it_is_back(farm):
    farm.director.kill("ipvsd")
    farm.webs[11].stop()
    until(lambda: "DOWN" in {c["State"] for c in farm.director.named("checkd", "org.mainstay.Check1.Checker").values()},
          10, "checkd knows")
    assert farm.servers() == {"11": 1, "12": 1}
    farm.director.start("ipvsd")
    farm.wait_servers(_12=1)
    farm.director.kill("ipvsd")
    farm.webs[11].start()
    farm.director.start("ipvsd")
    farm.wait_servers(_11=1, _12=1)


def test_a_dead_server_does_not_return_because_somebody_was_restarted(farm):
    farm.webs[11].stop()
    farm.wait_servers(_12=1)
    for fault in (kill_ipvsd, kill_checkd, kill_both, restart_checkd):
        fault(farm.director)
        holds_for(lambda: farm.servers() == {"12": 1}, 0.5, fault.__name__)
    farm.webs[11].start()
    farm.wait_servers(_11=1, _12=1)


def on_the_bus(farm, daemon, interface):
    """How many objects of the kind a stranger sees."""
    try:
        return len(farm.director.named(daemon, interface))
    except CommandFailed:
        return 0


def test_a_bus_that_dies_changes_nothing(farm):
    with farm.stream() as stream:
        farm.director.bus.process.kill()
        stream.wait_more(10)
        assert farm.servers() == {"11": 1, "12": 1}
        farm.director.bus.start()
        until(lambda: on_the_bus(farm, "ipvsd", "org.mainstay.Ipvs1.Server") == 2, 15, "ipvsd is on the bus again")
        until(lambda: on_the_bus(farm, "checkd", "org.mainstay.Check1.Checker") == 2, 15, "so is checkd")
        assert stream.failures() == []
    farm.webs[12].stop()
    farm.wait_servers(_11=1, timeout=15)
    farm.webs[12].start()
    farm.wait_servers(_11=1, _12=1, timeout=15)


def test_a_stop_takes_our_services_along_and_no_others(farm):
    farm.node.run("ipvsadm -A -t 10.9.0.77:80 -s rr")
    farm.director.stop("ipvsd")
    assert ipvs.listed(farm.node) == {"TCP 10.9.0.77:80": ("rr", {})}
    farm.director.start("ipvsd")
    farm.wait_servers(_11=1, _12=1)
    assert "TCP 10.9.0.77:80" in ipvs.listed(farm.node)
    farm.node.run("ipvsadm -D -t 10.9.0.77:80")


def test_a_reload_changes_what_changed(farm):
    held = farm.hold("held-over-reload")
    farm.director.hang_up(configuration("quorum 1", weights=(5, 1)))
    farm.wait_servers(_11=5, _12=1)
    farm.director.hang_up(configuration(hosts=(12,)))
    farm.wait_servers(_12=1)
    farm.director.hang_up(configuration())
    farm.wait_servers(_11=1, _12=1)
    holds_for(lambda: held.running, 0.3)
    held.signal(signal.SIGTERM)
