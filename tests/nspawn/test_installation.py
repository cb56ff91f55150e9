# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `meson install` puts on a machine: units that systemd finds nothing wrong with and that are as closed as promised;
a service that can be enabled at once on a running machine; and nothing after an uninstallation."""

import re
import shutil

import pytest

from lab import tools, until
from lab.mainstay import DAEMONS, MainstayUnits, unit

UNITS = ["mainstay.service", *map(unit, DAEMONS),
         *(f"mainstay-{daemon}-{what}.service" for daemon in ("vrrpd", "ipvsd") for what in ("guard", "failed"))]

CONFIG = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 0.2
    version 3
    virtual_ipaddress {
        10.0.0.100/24
    }
}
"""
VIP = "10.0.0.100"


@pytest.fixture(scope="module")
def node(shared_lab, installation):
    node = shared_lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    node.write("/etc/mainstay/mainstay.conf", CONFIG)
    return node


def test_systemd_finds_nothing_wrong_with_the_units(node):
    said = node.run(["systemd-analyze", "verify", *UNITS], check=False)
    assert said.returncode == 0 and not said.stdout + said.stderr, said.stdout + said.stderr


@pytest.mark.parametrize("daemon, limit", [("vrrpd", 2.5), ("ipvsd", 2.5), ("checkd", 6.5),
                                           ("notifyd", 6.5)])
def test_the_units_are_closed(node, daemon, limit):
    said = node.run(["systemd-analyze", "security", "--no-pager", f"mainstay-{daemon}.service"], check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said).group(1))
    assert exposure <= limit, said


def test_no_unit_requires_another_or_a_condition(node):
    for name in UNITS:
        requires = node.unit(name, "Requires")
        assert "mainstay" not in requires and "dbus" not in requires, name
        assert "Condition" not in node.output(["systemctl", "cat", name]), name


def test_the_runtime_directories_are_roots_alone(node):
    MainstayUnits(node).start()
    for daemon in DAEMONS:
        for directory in ("/run/mainstay", "/var/lib/mainstay"):
            assert node.output(["stat", "-c", "%a %U", f"{directory}/{daemon}"]).split() == ["700", "root"]
    readable = node.output(["find", "/run/mainstay", "-name", "accepted.conf"], user="nobody", check=False)
    assert not readable


def test_a_masked_daemon_is_not_missed(node):
    mainstay = MainstayUnits(node)
    node.systemctl("mask", "--now", "mainstay-ipvsd")
    try:
        node.systemctl("restart", "mainstay")
        status = mainstay.ctl("status", check=False)
        assert status.returncode == 0, status.stdout
        assert re.search(r"^ipvsd +unwanted$", status.stdout, re.MULTILINE)
        assert "without ipvsd" not in status.stdout
    finally:
        node.systemctl("unmask", "mainstay-ipvsd")
        node.systemctl("start", "mainstay")


def test_the_status_says_why_a_daemon_does_not_run(node):
    mainstay = MainstayUnits(node)
    mainstay.stop()
    node.write("/etc/mainstay/mainstay.conf", "vrrp_instance VI_1 {\n")
    assert node.systemctl("start", "mainstay", check=False).returncode != 0
    try:
        status = mainstay.ctl("status", check=False)
        assert status.returncode == 3
        assert re.search(r"^vrrpd: not running: failed \(exit-code\): .*mainstay\.conf:1", status.stdout, re.MULTILINE)
    finally:
        node.write("/etc/mainstay/mainstay.conf", CONFIG)
        node.systemctl("reset-failed")
        node.systemctl("start", "mainstay")


def test_without_a_bus_the_status_has_what_systemd_knows(node):
    mainstay = MainstayUnits(node)
    node.systemctl("stop", "dbus.socket", "dbus.service")
    try:
        status = mainstay.ctl("status", check=False)
        assert status.returncode == 3
        assert "bus cannot be reached" in status.stdout
        assert "vrrpd: its unit is active (running)" in status.stdout
        assert mainstay.ctl("config", "check").returncode == 0
        assert mainstay.ctl("wait-ready").returncode == 0
    finally:
        node.systemctl("start", "dbus.socket", "dbus.service")
    until(lambda: mainstay.ctl("status", check=False).returncode == 0, 10, "all daemons are on the bus again")


def test_stopping_the_umbrella_is_done_when_all_have_stopped(node):
    mainstay = MainstayUnits(node)
    mainstay.start()
    mainstay.wait_state("MASTER").wait_has(VIP)
    mainstay.stop()
    assert [node.unit(unit(daemon), "ActiveState") for daemon in DAEMONS] == ["inactive"] * 4
    assert not mainstay.has(VIP)
    mainstay.start()
    assert [node.unit(unit(daemon), "ActiveState") for daemon in DAEMONS] == ["active"] * 4
    pids = [mainstay.pid(daemon) for daemon in DAEMONS]
    mainstay.restart()
    assert not set(pids) & {mainstay.pid(daemon) for daemon in DAEMONS}
    assert mainstay.ctl("status").returncode == 0


def test_keepalived_gives_way(node):
    if not shutil.which("keepalived"):
        pytest.skip("needs keepalived")
    mainstay = MainstayUnits(node)
    mainstay.stop()
    node.write("/etc/keepalived/keepalived.conf", CONFIG.replace("VI_1", "K"))
    node.systemctl("start", "keepalived")
    until(lambda: mainstay.has(VIP), 10, "keepalived has the address")
    mainstay.start()
    assert node.unit("keepalived", "ActiveState") == "inactive"
    mainstay.wait_state("MASTER").wait_has(VIP)
    node.systemctl("start", "keepalived")
    assert node.unit(unit("vrrpd"), "ActiveState") == "inactive"
    mainstay.start("vrrpd")
    assert node.unit("keepalived", "ActiveState") == "inactive"


def test_on_a_running_machine_it_can_be_enabled_at_once(shared_lab):
    node = shared_lab.nspawn("b", eth0="10.0.0.2/24")
    node.wait_booted()
    if not node.exists(str(tools.BUILD / "build.ninja")):
        pytest.skip(f"{tools.BUILD} is on another file system, which nodes do not see")
    # The build directory is there to be read only; the log is what an uninstallation goes by.
    node.run(["mount", "-t", "tmpfs", "tmpfs", str(tools.BUILD / "meson-logs")])
    node.run(["meson", "install", "-C", str(tools.BUILD), "--no-rebuild", "--quiet"])
    node.write("/etc/mainstay/mainstay.conf", CONFIG.replace("51", "52").replace("0.100", "0.101"))
    node.systemctl("enable", "--now", "mainstay", timeout=60)
    mainstay = MainstayUnits(node)
    mainstay.wait_state("MASTER").wait_has("10.0.0.101")
    assert mainstay.ctl("status").returncode == 0
    node.systemctl("disable", "--now", "mainstay")
    assert not mainstay.has("10.0.0.101")
    log = node.read(str(tools.BUILD / "meson-logs/install-log.txt"))
    files = [path for path in log.splitlines() if path.startswith("/") and not (node.root / path[1:]).is_dir()]
    assert "/usr/bin/mainstayctl" in files
    node.run(["sh", "-c", f"cd {tools.BUILD} && meson --internal uninstall"])    # as ninja uninstall
    assert not [path for path in files if node.exists(path)]
