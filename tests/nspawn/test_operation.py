# SPDX-License-Identifier: LGPL-2.1-or-later
"""Operation as an administrator knows it: enabled at boot, started, stopped, restarted, reloaded; a broken
configuration never looks started; a check script may stop the service."""

import os
import signal
import time

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare, told

from lab import Capture, until
from lab.mainstay import DAEMONS, MainstayUnits, unit
from lab.peers import Nginx
from lab.scenario import configuration

UMBRELLA = "mainstay.service"


@pytest.fixture
def node(lab, installation):
    node = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    prepare(node)
    return node


def same_time(a, b):
    """A successor reckons the wall clock's time of a transition from the monotonic one: to a few microseconds."""
    return abs(a - b) < 1000


def active(node):
    return [daemon for daemon in DAEMONS if node.unit(unit(daemon), "ActiveState") == "active"]


def test_enabled_started_at_boot_stopped_disabled(node):
    mainstay = MainstayUnits(node)
    mainstay.configure(pair_config("a", 100))
    node.systemctl("enable", "--now", "mainstay")
    assert active(node) == list(DAEMONS)
    mainstay.wait_has(VIP1).wait_has(VIP3)
    until(lambda: told(node, "VI_1")[-1:] == ["master"], 5, "that is told")
    node.shutdown()
    assert [told(node, name)[-1:] for name in ("VI_1", "VI_3")] == [["stop"]] * 2, "the shutdown was told while it was possible"
    node.power_on()
    node.wait_booted()
    until(lambda: active(node) == list(DAEMONS), 10, "all four run after the boot")
    mainstay.wait_has(VIP1).wait_has(VIP3)
    assert "MASTER" in mainstay.ctl("status").stdout
    mainstay.stop()
    assert active(node) == [] and not mainstay.has(VIP1)
    until(lambda: told(node, "VI_1")[-1:] == ["stop"], 10, "the stop was told")
    assert "Result=success" in node.systemctl("show", unit("vrrpd"), "--property=Result").stdout
    who_is_stopped_along_with_notifyd_is_heard_out(mainstay)
    node.systemctl("disable", "mainstay")
    assert node.run("systemctl is-enabled mainstay", check=False).stdout.strip() == "disabled"


def who_is_stopped_along_with_notifyd_is_heard_out(mainstay):
    """Who was asked to stop before it, that is: systemctl asks for one after the other. Alone it waits for nobody."""
    node = mainstay.node
    mainstay.start()
    mainstay.wait_state("MASTER", "VI_1").wait_on_bus("notifyd")
    until(lambda: told(node, "VI_1")[-1:] == ["master"], 10, "that is told")
    mainstay.stop("vrrpd", "notifyd")
    assert told(node, "VI_1")[-1:] == ["stop"]
    mainstay.start("notifyd", "vrrpd").wait_state("MASTER", "VI_1").wait_on_bus("notifyd")
    began = time.monotonic()
    mainstay.stop("notifyd")
    assert time.monotonic() - began < 4
    assert mainstay.state("VI_1") == "MASTER"


def test_restart_and_reload_of_all(lab, node):
    capture = Capture(lab)
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")
    pids = {daemon: mainstay.pid(daemon) for daemon in DAEMONS}
    mainstay.reload()
    assert {daemon: mainstay.pid(daemon) for daemon in DAEMONS} == pids
    mainstay.restart()
    assert all(mainstay.pid(daemon) not in (0, pids[daemon]) for daemon in DAEMONS)
    assert mainstay.has(VIP1) and mainstay.has(VIP3)
    assert not [a for a in capture.adverts(node) if a.priority == 0]
    mainstay.reload(pair_config("a", 123))
    until(lambda: mainstay.instance("VI_1")["BasePriority"] == 123, 10, "the new priority is in force")
    assert mainstay.state("VI_1") == "MASTER"


@pytest.mark.parametrize("text, said", [
    (None, "mainstay.conf"),
    ("vrrp_instance VI_1 {\n", ":1"),
    ("nonsense here\n", "mainstay.conf"),
], ids=["missing", "unbalanced", "no usable block"])
def test_an_unusable_file_fails_the_start_visibly(node, text, said):
    mainstay = MainstayUnits(node)
    node.run("rm -f /etc/mainstay/mainstay.conf /etc/keepalived/keepalived.conf")
    if text is not None:
        mainstay.configure(text)
    assert node.systemctl("start", "mainstay", check=False).returncode != 0
    assert node.unit(UMBRELLA, "ActiveState") == "failed"
    assert node.unit(unit("vrrpd"), "ActiveState") == "failed"
    shown = node.systemctl("status", "--no-pager", UMBRELLA, unit("vrrpd"), check=False).stdout
    assert said in shown, shown


def test_a_reload_that_would_make_it_worse_fails_and_changes_nothing(node):
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")
    picture = [(mainstay.pid(d), mainstay.properties(d)["ConfigDigest"]) for d in DAEMONS]
    said = told(node, "VI_1")
    worse = pair_config("a", 100).replace("    advert_int 1\n", "    advert_int 1\n    virtual_rooter_id 7\n")
    line = worse.splitlines().index("    virtual_rooter_id 7") + 1
    for text in (worse, pair_config("a", 100) + "\n}\nvrrp_instance VI_9 {\n"):
        reload = mainstay.reload(text, check=False)
        assert reload.returncode != 0
        by_hand = mainstay.ctl("reload", check=False)
        assert by_hand.returncode != 0
        if text is worse:
            assert f"mainstay.conf:{line}" in by_hand.stdout + by_hand.stderr
            assert "virtual_rooter_id" in by_hand.stdout + by_hand.stderr
            assert f"mainstay.conf:{line}" in node.journal("-u", UMBRELLA)
            assert f"mainstay.conf:{line}" in node.systemctl("status", "--no-pager", "mainstay", check=False).stdout
    assert [(mainstay.pid(d), mainstay.properties(d)["ConfigDigest"]) for d in DAEMONS] == picture
    assert active(node) == list(DAEMONS)
    assert mainstay.has(VIP1) and told(node, "VI_1") == said
    assert mainstay.reload(pair_config("a", 100)).returncode == 0


@pytest.mark.parametrize("broken", ["vrrp_instance VI_1 {\n", "nonsense\n"], ids=["unbalanced", "no usable block"])
def test_a_restart_with_an_unusable_file_goes_on_with_what_was_in_force(lab, node, broken):
    """A master that is restarted, by hand or after a kill, while its file is half edited, stays master, and says so."""
    capture = Capture(lab)
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")
    digest = mainstay.properties("vrrpd")["ConfigDigest"]
    transition = mainstay.instance("VI_1")["LastTransitionUsec"]
    mainstay.configure(broken)
    mainstay.restart("vrrpd")
    until(lambda: mainstay.state("VI_1") == "MASTER", 10)
    properties = mainstay.properties("vrrpd")
    assert properties["ConfigDigest"] == digest
    grade, why = properties["ConfigErrors"][0]
    assert grade == "refused" and "mainstay.conf" in why
    assert "mainstay.conf" in node.systemctl("status", "--no-pager", unit("vrrpd"), check=False).stdout
    assert "mainstay.conf" in mainstay.ctl("status", check=False).stdout
    assert same_time(mainstay.instance("VI_1")["LastTransitionUsec"], transition)
    assert not [advert for advert in capture.adverts(node) if advert.priority == 0]
    mainstay.kill("vrrpd")
    until(lambda: mainstay.state("VI_1") == "MASTER", 10)
    assert mainstay.has(VIP1) and mainstay.has(VIP3)
    mainstay.stop("vrrpd")
    assert node.systemctl("start", unit("vrrpd"), check=False).returncode != 0, "after a stop only the file counts"


def test_the_watchdog_ends_a_vrrpd_that_hangs(node):
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")
    pid, transition = mainstay.pid("vrrpd"), mainstay.instance("VI_1")["LastTransitionUsec"]
    os.kill(pid, signal.SIGSTOP)
    until(lambda: mainstay.pid("vrrpd") not in (0, pid), 6, "another one runs")
    until(lambda: mainstay.state("VI_1") == "MASTER", 10)
    assert same_time(mainstay.instance("VI_1")["LastTransitionUsec"], transition)
    assert mainstay.has(VIP1) and mainstay.has(VIP3)
    assert "watchdog" in node.journal("-u", unit("vrrpd")).lower()


DRASTIC = """#!/bin/bash
# As the documents have it, with the service's new name: start nginx again, and if that fails, give the node up.
if ! pidof nginx >/dev/null; then
    nginx 2>/dev/null
    sleep 0.5
    pidof nginx >/dev/null || systemctl stop mainstay
fi
"""


def test_a_drastic_check_script_stops_the_service(lab, installation):
    vip = "192.168.123.66"
    mainstays = []
    for host, priority in ((1, 104), (2, 105), (3, 106)):
        node = lab.nspawn(f"r{priority}", layers=[installation], ens33=f"192.168.123.{host}/24")
        node.write("/etc/keepalived/check_nginx.sh", DRASTIC, 0o755)
        node.nginx = Nginx(node, text=node.name)
        mainstays.append(MainstayUnits(node, configuration("s1-three-nodes.conf",
                                                           ("priority 106", f"priority {priority}"))))
    r104, r105, r106 = mainstays
    until(lambda: [m.node.name for m in mainstays if m.has(vip)] == ["r106"], 20, "r106 alone has the address")

    r106.node.nginx.stop()
    until(lambda: r106.node.nginx.running, 10, "the script has started nginx again")
    assert r106.has(vip)

    r106.node.run("mv /etc/nginx/nginx.conf /etc/nginx/nginx.conf.broken")
    r106.node.run("pkill -9 nginx")
    until(lambda: active(r106.node) == [], 15, "the script has stopped the service")
    until(lambda: r105.has(vip) and not r106.has(vip), 10, "the next one has the address")


def test_maintenance_lasts_over_a_restart_and_the_status_line_says_so(node):
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")

    def status():
        return node.systemctl("show", unit("vrrpd"), "--property=StatusText").stdout.strip()
    until(lambda: "instances: " in status() and "MASTER" in status(), 10)
    until(lambda: " 0806 " in node.run("cat /proc/net/packet").stdout, 10, "it hears what others claim")
    mainstay.ctl("maintenance", "on")
    mainstay.wait_lost(VIP1).wait_lost(VIP3)
    until(lambda: status().startswith("StatusText=in maintenance by order; "), 10)
    until(lambda: told(node, "VI_1")[-1:] == ["fault"], 10, "notify_fault is what keepalived's words have for it")
    mainstay.restart("vrrpd")
    mainstay.kill("vrrpd")
    assert mainstay.state("VI_1") == mainstay.state("VI_3") == "MAINTENANCE"
    mainstay.ctl("maintenance", "off")
    mainstay.wait_has(VIP1).wait_has(VIP3)
    until(lambda: told(node, "VI_1")[-2:] == ["backup", "master"], 10)
    assert told(node, "VI_1").count("fault") == 1
    assert "cannot see on" not in node.run(f"journalctl -u {unit('vrrpd')}").stdout
