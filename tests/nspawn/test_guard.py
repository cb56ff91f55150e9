# SPDX-License-Identifier: LGPL-2.1-or-later
"""When vrrpd fails for good its addresses do not stay behind, and there is never a second vrrpd."""

import os
import signal

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare

from lab import until
from lab.mainstay import MainstayUnits, unit

ENTRIES = """
static_routes {
    10.70.0.0/24 via 10.0.0.250
}
static_rules {
    from 10.72.0.0/24 table 100 preference 900
}
"""
PROMOTE = "/proc/sys/net/ipv4/conf/eth0/promote_secondaries"
VRRPD = "/usr/libexec/mainstay/vrrpd"
SECONDS = 8


@pytest.fixture
def master(lab, installation):
    node = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    prepare(node)
    node.run(["sh", "-c", f"echo 0 > {PROMOTE}"])
    config = pair_config("a", 100).replace("virtual_ipaddress {", "promote_secondaries\n no_accept\n virtual_ipaddress {", 1)
    mainstay = MainstayUnits(node, config + ENTRIES)
    mainstay.wait_has(VIP1)
    mainstay.wait_has(VIP3)
    assert beside(node) == [True, True, True]
    assert VIP1 in node.output("nft list set ip keepalived vips"), "the sandbox lets it have its table"
    return mainstay


def beside(node):
    """Is there a static route, a static rule, a setting of ours?"""
    return ["10.70.0.0/24" in node.output("ip route"), "900:" in node.output("ip rule"),
            node.output(f"cat {PROMOTE}").strip() == "1"]


def settings(node, text):
    node.write(f"/etc/systemd/system/{unit('vrrpd')}.d/test.conf", text)
    node.systemctl("daemon-reload")


def wait_released(mainstay):
    until(lambda: not mainstay.has(VIP1) and not mainstay.has(VIP3), SECONDS, "the addresses are gone")
    until(lambda: "keepalived" not in mainstay.node.output("nft list tables"), SECONDS, "and so is the table")
    until(lambda: beside(mainstay.node) == [False, False, False], SECONDS, "and all else")


def test_an_executable_that_is_gone(master):
    master.node.run(["mv", VRRPD, VRRPD + ".away"])
    os.kill(master.pid("vrrpd"), signal.SIGKILL)
    wait_released(master)


def test_a_stop_during_an_automatic_restart(master):
    settings(master.node, "[Service]\nRestartSec=60s\n")
    os.kill(master.pid("vrrpd"), signal.SIGKILL)
    until(lambda: master.node.unit(unit("vrrpd"), "SubState") == "auto-restart", 10, "systemd waits for the restart")
    assert master.has(VIP1) and master.has(VIP3)
    master.stop("vrrpd")
    wait_released(master)


def test_the_start_limit(master):
    settings(master.node, "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=3\n")
    until(lambda: kill_again(master), 20, "the unit has failed for good")
    assert master.node.unit(unit("vrrpd"), "Result") != "success"
    wait_released(master)


def kill_again(mainstay):
    pid = mainstay.pid("vrrpd")
    if pid:
        os.kill(pid, signal.SIGKILL)
    return mainstay.node.unit(unit("vrrpd"), "ActiveState") == "failed"


def test_disabling_releases(master):
    master.node.systemctl("disable", "--now", "mainstay")
    wait_released(master)


def test_a_crash_loop_starts_as_backup(master):
    for _ in range(5):
        pid = master.pid("vrrpd")
        os.kill(pid, signal.SIGKILL)
        until(lambda: master.pid("vrrpd") not in (0, pid), 10, "vrrpd runs again")
    until(lambda: "crash" in master.node.journal("-u", unit("vrrpd")), 10, "it says so")
    until(lambda: master.node.unit(unit("vrrpd"), "ActiveState") == "active", 10, "it runs")
    master.wait_state("MASTER", "VI_1")


def test_a_second_vrrpd_refuses_and_names_the_first(master):
    first = master.node.unit(unit("vrrpd"), "MainPID")
    before = master.instance("VI_1")["LastTransitionUsec"]
    second = master.node.run([VRRPD, "-f", "/etc/mainstay/mainstay.conf"], check=False,
                             env={"RUNTIME_DIRECTORY": "/run/mainstay/vrrpd"})
    assert second.returncode != 0
    assert first in second.stderr + second.stdout
    assert master.node.unit(unit("vrrpd"), "MainPID") == first
    assert master.has(VIP1) and master.instance("VI_1")["LastTransitionUsec"] == before
