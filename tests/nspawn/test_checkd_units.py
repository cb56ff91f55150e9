# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkd as a unit: whoever restarts or kills it loses no state, no run and no step of the schedule."""

import contextlib

import pytest

from lab import CommandFailed, until
from lab.mainstay import MainstayUnits, install

CONFIG = """
global_defs {
    script_user root
}
vrrp_script good {
    script "/bin/true"
    interval 0.3
}
vrrp_script bad {
    script "/bin/false"
    interval 0.3
}
vrrp_script slow {
    script "/bin/sh -c 'sleep 2; echo end >> /var/tmp/ends'"
    interval 1
    timeout 10
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        good
        bad
        slow
    }
}
"""


@pytest.fixture(name="checkd")
def checkd_as_a_unit(lab):
    node = lab.nspawn("a", layers=[install(lab.directory / "installation")], eth0="10.0.0.1/24")
    mainstay = MainstayUnits(node)
    mainstay.configure(CONFIG)
    mainstay.start("checkd")
    until(lambda: known(mainstay) == {"good": "UP", "bad": "DOWN", "slow": "UP"}, 20, "everything is known")
    return mainstay


def trackers(mainstay):
    return mainstay.named("checkd", "org.mainstay.Check1.Tracker")


def known(mainstay):
    """States by name, None while nobody owns the bus name."""
    with contextlib.suppress(CommandFailed):
        return {name: tracker["State"] for name, tracker in trackers(mainstay).items()}
    return None


def since(mainstay):
    return {name: tracker["StateSinceUsec"] for name, tracker in trackers(mainstay).items()}


def slow_runs(node):
    return node.output("ps -e -o args=").count("\n/bin/sh -c sleep 2")


def test_restarts_and_kills_change_no_state(checkd):
    node, before = checkd.node, since(checkd)
    for number in range(6):
        if number % 2:
            checkd.kill("checkd")
        else:
            checkd.restart("checkd")
        # The very first answer under the name is complete.
        assert until(lambda: known(checkd), 10, "checkd is on the bus") == {"good": "UP", "bad": "DOWN", "slow": "UP"}
        assert since(checkd) == before
        assert slow_runs(node) <= 1, "a second run beside the adopted one"
        until(lambda: trackers(checkd)["good"]["Runs"] >= 2, 10, "the schedule goes on")
    ends = node.read("/var/tmp/ends").count("end")
    until(lambda: node.read("/var/tmp/ends").count("end") > ends, 10, "scripts do their work to the end")
    changes = node.output("journalctl -o cat MESSAGE_ID=5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a07 MAINSTAY_SCRIPT=good")
    assert changes.splitlines() == ["script good: UP, exit status 0"]


def test_a_stop_ends_scripts_and_starts_anew(checkd):
    node = checkd.node
    until(lambda: slow_runs(node) == 1, 10)
    checkd.stop("checkd")
    assert slow_runs(node) == 0
    before = node.read("/var/tmp/ends")
    checkd.start("checkd")
    until(lambda: known(checkd)["good"] == "UP", 10)
    assert node.read("/var/tmp/ends") == before
