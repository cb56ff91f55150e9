# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus seen by strangers: everybody may read, only root may change, nobody is believed who is not who he says, and
reading starts nothing."""

import json

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare, told

from lab import holds_for, until
from lab.mainstay import DAEMONS, MainstayUnits, unit

VI_1 = "/org/mainstay/vrrp1/instance/VI_5f1"
CHK = "/org/mainstay/check1/tracker/chk"


@pytest.fixture(scope="module")
def mainstay(shared_lab, installation):
    node = shared_lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    prepare(node)
    mainstay = MainstayUnits(node, pair_config("a", 100))
    mainstay.wait_state("MASTER", "VI_1").wait_state("MASTER", "VI_3")
    until(lambda: mainstay.tracker("chk")["State"] == "UP", 10, "the tracker is up")
    until(lambda: told(node, "VI_1")[-1:] == ["master"], 10, "the master script ran")
    return mainstay


@pytest.mark.parametrize("daemon", DAEMONS)
def test_three_clients_read_every_daemon(mainstay, daemon):
    name, root = DAEMONS[daemon]
    node = mainstay.node
    introspected = node.output(["busctl", "introspect", "--no-pager", name, root], user="nobody")
    assert "org.mainstay.Daemon1" in introspected
    version = node.output(["gdbus", "call", "--system", "--dest", name, "--object-path", root, "--method",
                           "org.freedesktop.DBus.Properties.Get", "org.mainstay.Daemon1", "Version"], user="nobody")
    sent = node.output(["dbus-send", "--system", "--print-reply", f"--dest={name}", root,
                        "org.freedesktop.DBus.Properties.Get", "string:org.mainstay.Daemon1", "string:Version"],
                       user="nobody")
    assert version.split("'")[1] == sent.split('"')[1]
    assert mainstay.properties(daemon, user="nobody")["Version"] == sent.split('"')[1]
    assert isinstance(mainstay.objects(daemon, user="nobody"), dict)


def test_an_ordinary_user_reads_the_status(mainstay):
    status = json.loads(mainstay.ctl("status", "--json", user="nobody").stdout)
    assert "VI_1" in json.dumps(status) and "MASTER" in json.dumps(status)
    assert "MASTER" in mainstay.ctl("status", user="nobody").stdout


CHANGING = [["Reload"], ["Prepare", "s", ""], ["PrepareWithFlags", "st", "", "1"], ["Commit"]]


def refused_to_nobody(mainstay, *words):
    refused = mainstay.node.run(["busctl", "call", *words], user="nobody", check=False)
    assert refused.returncode != 0
    assert "denied" in refused.stderr.lower()


@pytest.mark.parametrize("daemon", DAEMONS)
def test_an_ordinary_user_reloads_nothing(mainstay, daemon):
    for words in CHANGING:
        refused_to_nobody(mainstay, *DAEMONS[daemon], "org.mainstay.Daemon1", *words)


def test_an_ordinary_user_changes_nothing(mainstay):
    before = mainstay.instance("VI_1")["LastTransitionUsec"]
    for method in ("Resign", "SendAnnouncements"):
        refused_to_nobody(mainstay, DAEMONS["vrrpd"][0], VI_1, "org.mainstay.Vrrp1.Instance", method)
    refused_to_nobody(mainstay, DAEMONS["vrrpd"][0], VI_1, "org.mainstay.Vrrp1.Instance", "SetPriority", "y", "1")
    refused_to_nobody(mainstay, *DAEMONS["vrrpd"], "org.mainstay.Vrrp1.Manager", "Maintenance", "b", "true")
    for verb in (["reload"], ["resign", "VI_1"], ["priority", "VI_1", "1"], ["maintenance", "on"]):
        refused = mainstay.ctl(*verb, user="nobody", check=False)
        assert refused.returncode != 0 and "only root" in refused.stderr, refused.stderr
    assert mainstay.instance("VI_1")["LastTransitionUsec"] == before and mainstay.has(VIP1)


def test_an_ordinary_user_cannot_own_the_names(mainstay):
    for name, _ in DAEMONS.values():
        ask = f"import dbus; dbus.SystemBus().request_name('{name}')"
        result = mainstay.node.run(["/usr/bin/python3", "-c", ask], user="nobody", check=False)
        assert result.returncode != 0 and "AccessDenied" in result.stderr


def test_nonsense_gets_an_error_reply(mainstay):
    properties = "org.freedesktop.DBus.Properties"
    for daemon, (name, root) in DAEMONS.items():
        pid = mainstay.pid(daemon)
        for path, interface, *words in [
                (root, "org.mainstay.Daemon1", "Nonsense"),
                (root, "org.mainstay.Daemon1", "EventsSince", "s", "x"),
                (root, "org.mainstay.Daemon1", "PrepareWithFlags", "st", "", "99"),
                (root, "org.mainstay.Daemon1", "Prepare", "u", "1"),
                (root, "org.mainstay.Daemon1", "Prepare", "s", "no digest"),
                (root, "org.mainstay.Daemon1", "Commit"),
                (root, "org.mainstay.Nonsense", "Reload"),
                (root, properties, "Get", "ss", "org.mainstay.Daemon1", "Nonsense"),
                (root, properties, "Set", "ssv", "org.mainstay.Daemon1", "Version", "s", "0"),
                (root + "/instance/nobody", properties, "GetAll", "s", "org.mainstay.Vrrp1.Instance"),
                (root, "org.mainstay.Vrrp1.Manager", "Maintenance", "s", "on"),
                (root + "/instance/nobody", "org.mainstay.Vrrp1.Instance", "SetPriority", "y", "7"),
                (root + "/instance/nobody", "org.mainstay.Vrrp1.Instance", "Resign")]:
            reply = mainstay.node.run(["busctl", "call", name, path, interface, *words], check=False)
            assert reply.returncode != 0 and reply.stderr, (daemon, words)
        assert mainstay.pid(daemon) == pid
    assert mainstay.state("VI_1") == "MASTER"


def unique_name(node, daemon):
    name = node.output(["busctl", "--json=short", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
                        "org.freedesktop.DBus", "GetNameOwner", "s", DAEMONS[daemon][0]])
    return json.loads(name)["data"][0]


def forge(node, daemon, path, interface, member, *arguments):
    """A signal from an ordinary user, directed to a daemon."""
    node.run(["busctl", f"--destination={unique_name(node, daemon)}", "emit", path, interface, member, *arguments],
             user="nobody")


def test_forged_signals_change_nothing(mainstay):
    node = mainstay.node
    said = [told(node, name) for name in ("VI_1", "VI_3")]
    priority = mainstay.instance("VI_1")["EffectivePriority"]
    for daemon in DAEMONS:
        forge(node, daemon, CHK, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
              "org.mainstay.Check1.Tracker", "1", "State", "s", "DOWN", "0")
        forge(node, daemon, VI_1, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
              "org.mainstay.Vrrp1.Instance", "1", "State", "s", "FAULT", "0")
        for generation in ("x", ""):
            forge(node, daemon, "/org/mainstay/vrrp1", "org.mainstay.Daemon1", "Event", "sttsoa{sv}", generation, "999",
                  "1", "instance-state", VI_1, "2", "name", "s", "VI_1", "state", "s", "FAULT")
        for name, _ in DAEMONS.values():
            forge(node, daemon, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                  name, ":1.1", "")

    def nothing_changed():
        return ([told(node, name) for name in ("VI_1", "VI_3")] == said
                and mainstay.instance("VI_1")["EffectivePriority"] == priority)

    holds_for(nothing_changed, 2, "nothing has changed")
    for daemon in DAEMONS:
        assert mainstay.properties(daemon)["StalePeers"] == [], daemon
    assert mainstay.has(VIP1) and mainstay.has(VIP3)


@pytest.mark.parametrize("daemon", DAEMONS)
def test_reading_a_stopped_daemon_does_not_start_it(mainstay, daemon):
    name, root = DAEMONS[daemon]
    mainstay.stop(daemon)
    try:
        status = mainstay.ctl("status", check=False)
        assert daemon in status.stdout + status.stderr
        for command in (["busctl", "get-property", name, root, "org.mainstay.Daemon1", "Version"],
                        ["gdbus", "introspect", "--system", "--dest", name, "--object-path", root],
                        ["busctl", "call", name, root, "org.mainstay.Daemon1", "Reload"]):
            assert mainstay.node.run(command, check=False).returncode != 0
        holds_for(lambda: mainstay.node.unit(unit(daemon), "ActiveState") == "inactive", 1, "it stays stopped")
    finally:
        mainstay.start(daemon)
