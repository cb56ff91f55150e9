# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every daemon has from the skeleton, shown with the least of daemons."""

import os
import signal

import pytest

from lab import until
from lab.bus import SystemBus, busctl
from lab.mainstay import ReadySocket, default_build, sanitizer_options

NAME, ROOT, DAEMON1 = "org.mainstay.Test1", "/org/mainstay/test1", "org.mainstay.Daemon1"
CONFIG = "/etc/mainstay/mainstay.conf"
RUNTIME = "/run/mainstay/skeleton"
GOOD = "global_defs {\n    router_id one\n}\n"
OTHER = "global_defs {\n    router_id two\n}\n"
WORSE = "global_defs {\n    router_id one\n    no_such_word 1\n}\n"
UNUSABLE = "global_defs {\n    router_id one\n"


class Skeleton:
    """The daemon on a node with a bus."""

    def __init__(self, node):
        self.node = node
        self.bus = SystemBus(node)
        node.write("/etc/dbus-1/system.d/test.conf", POLICY)
        self.bus.restart()
        node.write(CONFIG, GOOD)
        self.process = None

    def start(self, expect_ready=True, manager=True):
        env = {"RUNTIME_DIRECTORY": RUNTIME, "STATE_DIRECTORY": "/var/lib/mainstay/skeleton",
               "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket", **sanitizer_options()}
        with ReadySocket(self.node, "skeleton") as ready:
            if manager:
                env["NOTIFY_SOCKET"] = ready.path
            self.process = self.node.spawn([default_build() / "tests/common/skeleton-daemon", "-f", CONFIG],
                                           name="skeleton", env=env)
            if expect_ready:
                ready.wait(self.process)
        return self

    def call(self, method, *arguments, user=None):
        return busctl(self.node, "call", NAME, ROOT, DAEMON1, method, *arguments, user=user)

    def refused(self, method, *arguments, user=None):
        with pytest.raises(AssertionError) as error:
            self.call(method, *arguments, user=user)
        return str(error.value)

    def get(self, name):
        return busctl(self.node, "get-property", NAME, ROOT, DAEMON1, name)

    def grades(self):
        return [grade for grade, _ in self.get("ConfigErrors")]

    def events(self):
        return [event[2] for event in self.call("EventsSince", "st", "", "0")[2]]

    def pretend_systemd(self):
        """There is a manager, which does not say why it ends the daemon: then a successor is assumed."""
        self.node.run("mkdir -p /run/systemd/system")

    def on_bus(self):
        # There may be no bus at the moment, which is an answer too.
        names = self.node.run("busctl --system --no-pager --acquired list", check=False).stdout
        return NAME in names


POLICY = """<busconfig><policy user="root"><allow own="org.mainstay.Test1"/></policy>
<policy context="default"><allow send_destination="org.mainstay.Test1"/></policy></busconfig>
"""


@pytest.fixture
def skeleton(lab):
    return Skeleton(lab.netns("a", eth0="10.0.0.1/24"))


def test_it_can_be_asked_as_soon_as_it_is_ready(skeleton):
    skeleton.start()
    assert skeleton.get("ConfigFile") == CONFIG
    assert skeleton.grades() == []
    assert skeleton.events() == ["daemon-started"]


def test_everybody_reads_and_only_root_changes(skeleton):
    skeleton.start()
    skeleton.call("EventsSince", "st", "", "0", user="nobody")
    for method, arguments in (("Reload", []), ("Prepare", ["s", ""]), ("Commit", []),
                              ("PrepareWithFlags", ["st", "", "1"])):
        assert "Access denied" in skeleton.refused(method, *arguments, user="nobody"), method
    skeleton.call("Reload")


def test_nonsense_is_answered_with_an_error(skeleton):
    skeleton.start()
    assert "unknown flags" in skeleton.refused("PrepareWithFlags", "st", "", "6")
    assert "without a Prepare" in skeleton.refused("Commit")
    skeleton.refused("EventsSince", "s", "")
    skeleton.refused("NoSuchMethod")
    assert skeleton.process.running


def test_a_reload_takes_a_new_file(skeleton):
    skeleton.start()
    digest = skeleton.get("ConfigDigest")
    skeleton.node.write(CONFIG, OTHER)
    skeleton.call("Reload")
    assert skeleton.get("ConfigDigest") != digest
    assert skeleton.events()[-1] == "config-applied"


@pytest.mark.parametrize("text, error, place", [
    (WORSE, "org.mainstay.Error.ConfigWorse", f"{CONFIG}:3"),
    (UNUSABLE, "org.mainstay.Error.ConfigUnusable", CONFIG),
])
def test_a_file_that_got_worse_is_refused_with_its_place(skeleton, text, error, place):
    skeleton.start()
    digest = skeleton.get("ConfigDigest")
    skeleton.node.write(CONFIG, text)
    said = skeleton.refused("Reload")
    assert place in said
    assert skeleton.get("ConfigDigest") == digest
    assert skeleton.grades() == ["refused"]
    assert skeleton.events()[-1] == "config-refused"
    skeleton.node.write(CONFIG, GOOD)
    skeleton.call("Reload")
    assert skeleton.grades() == []


def test_force_accepts_a_complaint(skeleton):
    skeleton.start()
    skeleton.node.write(CONFIG, WORSE)
    # One connection: a preparation belongs to its caller.
    skeleton.node.run(["/usr/bin/python3", "-c", """
import dbus
d = dbus.Interface(dbus.SystemBus().get_object('org.mainstay.Test1', '/org/mainstay/test1'), 'org.mainstay.Daemon1')
d.PrepareWithFlags('', dbus.UInt64(1))
d.Commit()
"""])
    assert skeleton.grades() == ["complaint"]


def test_a_prepared_file_must_have_the_digest_asked_for(skeleton):
    skeleton.start()
    assert "changed while" in skeleton.refused("Prepare", "s", "0" * 64)
    assert skeleton.grades() == []


def test_what_somebody_else_prepared_is_not_committed(skeleton):
    skeleton.start()
    skeleton.call("Prepare", "s", "")
    assert "without a Prepare" in skeleton.refused("Commit")


def test_a_hangup_reloads(skeleton):
    skeleton.start()
    skeleton.node.write(CONFIG, OTHER)
    skeleton.process.signal(signal.SIGHUP)
    until(lambda: skeleton.events()[-1] == "config-applied", 10, "the file was applied")


def test_an_unusable_file_fails_the_start(skeleton):
    skeleton.node.write(CONFIG, UNUSABLE)
    skeleton.start(expect_ready=False)
    assert skeleton.process.popen.wait(10) == 78
    assert CONFIG in skeleton.process.output()
    skeleton.node.write(CONFIG, GOOD)
    skeleton.start()


def test_after_a_crash_the_file_is_not_looked_at(skeleton):
    skeleton.start()
    digest = skeleton.get("ConfigDigest")
    skeleton.process.kill()
    skeleton.node.write(CONFIG, UNUSABLE)
    skeleton.start()
    assert skeleton.get("ConfigDigest") == digest
    assert "after a crash" in skeleton.process.output()
    assert skeleton.events() == ["daemon-started", "daemon-started"]


@pytest.mark.parametrize("text", [WORSE, UNUSABLE])
def test_a_restart_keeps_what_was_in_force_when_the_file_got_worse(skeleton, text):
    skeleton.pretend_systemd()
    skeleton.start()
    digest = skeleton.get("ConfigDigest")
    skeleton.node.write(CONFIG, text)
    assert skeleton.process.terminate() == 0
    skeleton.start()
    assert skeleton.get("ConfigDigest") == digest
    assert skeleton.grades() == ["refused"]


def test_after_a_stop_only_the_file_counts(skeleton):
    skeleton.start()
    assert skeleton.process.terminate() == 0
    skeleton.node.write(CONFIG, UNUSABLE)
    skeleton.start(expect_ready=False)
    assert skeleton.process.popen.wait(10) == 78
    skeleton.node.write(CONFIG, WORSE)
    skeleton.start()
    assert skeleton.grades() == ["complaint"]


def test_a_stop_without_a_manager_gives_everything_up(skeleton):
    skeleton.start(manager=False, expect_ready=False)
    until(lambda: skeleton.on_bus(), 10, "it has its name")
    assert skeleton.process.terminate() == 0
    assert not skeleton.node.exists(f"{RUNTIME}/alive")
    assert not skeleton.node.exists(f"{RUNTIME}/life")


def test_with_a_manager_that_cannot_be_asked_everything_is_kept(skeleton):
    skeleton.pretend_systemd()
    skeleton.start()
    assert skeleton.process.terminate() == 0
    assert skeleton.node.exists(f"{RUNTIME}/alive")


def test_a_second_one_names_the_first(skeleton):
    first = skeleton.start().process
    skeleton.start(expect_ready=False)
    assert skeleton.process.popen.wait(10) == 1
    said = skeleton.process.output()
    assert "another skeleton (pid" in said and "(pid 0)" not in said
    assert first.running


def test_a_bus_that_restarts_is_found_again(skeleton):
    skeleton.start()
    for _ in range(3):
        skeleton.bus.restart()
        until(skeleton.on_bus, 10, "the name is back")
    assert skeleton.events() == ["daemon-started"]


def test_without_a_bus_it_is_ready_all_the_same(skeleton):
    skeleton.bus.process.terminate()
    skeleton.start()
    skeleton.bus.start()
    until(skeleton.on_bus, 10, "the name is there")


def test_a_hung_bus_does_not_hold_it_up(skeleton):
    skeleton.bus.process.signal(signal.SIGSTOP)
    try:
        skeleton.start()
        skeleton.process.signal(signal.SIGHUP)
        until(lambda: "reloaded" in skeleton.process.output(), 10, "it reloads")
    finally:
        skeleton.bus.process.signal(signal.SIGCONT)
    until(skeleton.on_bus, 10, "the name is there")


def test_torn_files_of_its_own_are_ignored(skeleton):
    skeleton.start()
    skeleton.process.kill()
    for name in ("life", "accepted.conf", "events"):
        path = skeleton.node.root / RUNTIME.lstrip("/") / name
        os.truncate(path, path.stat().st_size // 2)
    skeleton.start()
    assert skeleton.get("ConfigFile") == CONFIG
