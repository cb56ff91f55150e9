# SPDX-License-Identifier: LGPL-2.1-or-later
"""The edge of the daemons towards the bus: whatever a client sends, forgets to read, or leaves behind, they answer with an
error, go on, and grow no larger."""

import pathlib
import re
import xml.etree.ElementTree

import pytest
from test_libdbus import CONFIG

from lab import holds_for, tools, until
from lab.bus import busctl
from lab.mainstay import DAEMONS, Mainstay

SCRIPT = pathlib.Path(__file__).with_name("stranger.py")
READS = {"EventsSince", "Statistics", "Summary"}


@pytest.fixture(scope="module")
def mainstay(shared_lab):
    node = shared_lab.netns("a", eth0="10.0.0.1/24")
    node.write("/lab/stranger.py", SCRIPT.read_text(), 0o755)
    mainstay = Mainstay(node, CONFIG, daemons=tuple(DAEMONS))
    return mainstay.wait_state("MASTER")


def stranger(mainstay, *words, user=None, timeout=60):
    return mainstay.node.output(["/usr/bin/python3", "/lab/stranger.py", *words], user=user, timeout=timeout).splitlines()


def methods():
    """{interface: [(method, signature)]} of the published interfaces."""
    found = {}
    for path in pathlib.Path(tools.SOURCE / "dbus-interfaces").glob("*.xml"):
        for interface in xml.etree.ElementTree.parse(path).getroot().iter("interface"):
            found[interface.get("name")] = [
                (m.get("name"), "".join(a.get("type") for a in m.iter("arg") if a.get("direction") == "in"))
                for m in interface.iter("method")]
    return found


def calls(mainstay, daemon):
    """PATH,INTERFACE,METHOD,SIGNATURE of every method of one object of each kind."""
    name, root = DAEMONS[daemon]
    known = methods()
    seen = {}
    objects = mainstay.objects(daemon)
    for path, interfaces in {root: dict.fromkeys(i for i in known if mentions(mainstay, name, root, i)), **objects}.items():
        for interface in interfaces:
            if interface in known:
                seen.setdefault(interface, path)
    return [f"{path},{interface},{method},{signature}"
            for interface, path in seen.items() for method, signature in known[interface]]


def mentions(mainstay, name, root, interface):
    return f'"{interface}"' in busctl(mainstay.node, "call", name, root, "org.freedesktop.DBus.Introspectable", "Introspect")[0]


def pids(mainstay):
    return {daemon: process.pid for daemon, process in mainstay.running.items() if process.running}


@pytest.mark.parametrize("daemon", DAEMONS)
def test_wrong_types_get_an_error(mainstay, daemon):
    before, since = pids(mainstay), mainstay.instance()["LastTransitionUsec"]
    asked = calls(mainstay, daemon)
    answers = stranger(mainstay, "wrong", DAEMONS[daemon][0], *asked)
    assert len(answers) >= 10 * len(asked) and asked
    wrong = [a for a in answers if not a.startswith(("org.freedesktop.DBus.Error.", "org.mainstay.Error."))]
    assert wrong == []
    assert pids(mainstay) == before and mainstay.instance()["LastTransitionUsec"] == since


@pytest.mark.parametrize("daemon", DAEMONS)
def test_who_may_only_read_changes_nothing(mainstay, daemon):
    asked = [c for c in calls(mainstay, daemon) if c.split(",")[2] not in READS]
    answers = stranger(mainstay, "right", DAEMONS[daemon][0], *asked, user="nobody")
    assert [a for a in answers if not a.startswith("org.freedesktop.DBus.Error.AccessDenied")] == []
    assert len(answers) == len(asked) > 0


def test_clients_that_vanish_are_not_missed(mainstay):
    before = pids(mainstay)
    for daemon in DAEMONS:
        asked = [c for c in calls(mainstay, daemon) if re.search("Prepare|EventsSince|Statistics|Summary|Run", c)]
        stranger(mainstay, "vanish", DAEMONS[daemon][0], *asked)
    assert pids(mainstay) == before and mainstay.state() == "MASTER"
    for daemon, (name, root) in DAEMONS.items():
        assert busctl(mainstay.node, "get-property", name, root, "org.mainstay.Daemon1", "Version")


def resident_kb(mainstay, daemon):
    text = pathlib.Path(f"/proc/{mainstay.running[daemon].pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


def test_deaf_clients_stop_no_election_and_fill_no_memory(mainstay):
    """A hundred ask for everything, all the time, and read nothing."""
    since = mainstay.instance()["LastTransitionUsec"]
    before = {daemon: resident_kb(mainstay, daemon) for daemon in DAEMONS}
    for daemon in ("vrrpd", "checkd"):
        asked = stranger(mainstay, "deaf", *DAEMONS[daemon], "3", "100", user="nobody")
        assert int(asked[0]) > 10000
    after = {daemon: resident_kb(mainstay, daemon) for daemon in DAEMONS}
    assert all(after[d] < before[d] + 65536 for d in DAEMONS), (before, after)
    assert mainstay.state() == "MASTER" and mainstay.instance()["LastTransitionUsec"] == since
    assert mainstay.status()


def test_a_bus_that_restarts_during_calls_is_found_again(mainstay):
    before = pids(mainstay)
    asker = mainstay.node.spawn(["/usr/bin/python3", "/lab/stranger.py", "deaf", *DAEMONS["vrrpd"], "3", "10"], name="asker")
    mainstay.bus.restart()
    until(lambda: mainstay.state() == "MASTER", 15)
    for daemon, (name, root) in DAEMONS.items():
        until(lambda: mainstay.node.run(["busctl", "get-property", name, root, "org.mainstay.Daemon1", "Version"],
                                        check=False).returncode == 0, 15)
    holds_for(lambda: mainstay.state() == "MASTER", 0.3)
    assert pids(mainstay) == before
    asker.kill()


def silent():
    """Properties whose change is not told, by the published interfaces."""
    for path in pathlib.Path(tools.SOURCE / "dbus-interfaces").glob("*.xml"):
        for p in xml.etree.ElementTree.parse(path).getroot().iter("property"):
            for a in p.iter("annotation"):
                if a.get("name") == "org.freedesktop.DBus.Property.EmitsChangedSignal" and a.get("value") == "false":
                    yield p.get("name")


def test_signals_tell_all_that_changes(mainstay):
    """Orders, reloads that change, add and remove objects, transitions: who followed the signals knows what is asked for anew."""
    mainstay.node.run("rm -f /lab/enough")
    followers = {}
    for daemon in DAEMONS:
        followers[daemon] = mainstay.node.spawn(
            ["/usr/bin/python3", "/lab/stranger.py", "follow", *DAEMONS[daemon], "120", *silent()], name=f"follow-{daemon}")
        followers[daemon].wait_output("FOLLOWING", 20)
    mainstay.ctl("priority", "VI_1", "77")
    mainstay.ctl("priority", "VI_1", "configured")
    mainstay.ctl("resign", "VI_1")
    more = CONFIG.replace("priority 100", "priority 120").replace("interval 1\n    weight -20", "interval 2\n    weight -30") \
        .replace("lb_algo wrr", "lb_algo rr").replace("10.0.0.11 80", "10.0.0.12 80") \
        + CONFIG[CONFIG.index("vrrp_instance"):CONFIG.index("vrrp_sync_group")].replace("VI_1", "VI_2").replace("51", "52")
    mainstay.reload(more)
    until(lambda: mainstay.state("VI_2") == "MASTER", 15)
    mainstay.ctl("drain", "--node")
    mainstay.ctl("weight", "10.0.0.12:80", "9")
    mainstay.ctl("maintenance", "on")
    mainstay.ctl("enable", "--node")
    mainstay.ctl("maintenance", "off")
    mainstay.reload(CONFIG)
    mainstay.wait_state("MASTER")
    mainstay.node.write("/lab/enough", "")
    for daemon, follower in followers.items():
        until(lambda: "END" in follower.output(), 20)
        assert follower.output().splitlines()[1:-1] == [], daemon
