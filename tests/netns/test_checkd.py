# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real checkd with scripts that behave as scripts do: they fail, hang, fork, flood, die and outlive it."""

import re
import signal

import pytest

from lab import holds_for, until
from lab.bus import busctl
from lab.mainstay import Mainstay

TRACKED = """
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {{
        10.0.0.100/24
    }}
    track_script {{
        {names}
    }}
}}
"""


def script(name, command, **options):
    """A vrrp_script that runs often and has time, so that a busy machine does not look like a failure."""
    lines = "\n".join(f"    {key} {value}" for key, value in {"interval": 0.2, "timeout": 10, **options}.items())
    return f'vrrp_script {name} {{\n    script "{command}"\n{lines}\n}}\n'


def config(*scripts):
    names = re.findall(r"vrrp_script (\S+)", "".join(scripts))
    return "global_defs {\n    script_user root\n}\n" + "".join(scripts) + TRACKED.format(names="\n        ".join(names))


class Checkd(Mainstay):
    """checkd on a node of its own, and what a test asks it."""

    def __init__(self, node, *scripts):
        super().__init__(node, config(*scripts), daemons=("checkd",))

    @property
    def process(self):
        return self.running["checkd"]

    def log(self):
        return self.process.output()

    def state(self, name):
        return self.tracker(name)["State"]

    def wait_tracker(self, state, name, timeout=10):
        until(lambda: self.state(name) == state, timeout, f"{name} is {state}: {self.tracker(name)}")
        return self.tracker(name)

    def events(self):
        """All events since the log began: [(type, data)]."""
        _, truncated, events = busctl(self.node, "call", "org.mainstay.Check1", "/org/mainstay/check1",
                                      "org.mainstay.Daemon1", "EventsSince", "st", "", "0")
        assert not truncated
        return [(event[2], event[4]) for event in events]

    def changes(self, name):
        """The states that a tracker went through, as events tell them."""
        return [data["state"] for kind, data in self.events() if kind == "tracker-state" and data["name"] == name]

    def count(self, command):
        """Processes of the node with this text in their command line; ourselves not."""
        lines = self.node.output("ps -e -o stat=,args=").splitlines()
        return sum(command in line and not line.startswith("Z") for line in lines)

    def reload_by_signal(self, *scripts):
        before = self.log().count("reloaded")
        self.configure(config(*scripts))
        self.process.signal(signal.SIGHUP)
        until(lambda: self.log().count("reloaded") > before, 10, "checkd has reloaded")

    def stop_for_good(self):
        """SIGINT is a stop with and without a service manager."""
        process = self.running.pop("checkd")
        process.signal(signal.SIGINT)
        assert process.popen.wait(10) == 0

    def crash(self):
        self.kill("checkd")

    def start_again(self):
        self.start("checkd")
        return self


@pytest.fixture(name="node")
def a_node(lab):
    return lab.netns("a", eth0="10.0.0.1/24")


def test_exit_status_decides_after_rise_and_fall(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, script("chk", "/bin/sh -c 'exit $(cat /tmp/status)'", fall=3, rise=2))
    up = checkd.wait_tracker("UP", "chk")
    assert (up["Kind"], up["Rise"], up["Fall"], up["IntervalUsec"]) == ("script", 2, 3, 200000)
    assert up["StateReason"] == "exit status 0"

    node.write("/tmp/status", "7")
    down = checkd.wait_tracker("DOWN", "chk")
    assert down["StateReason"] == down["LastResult"] == "exit status 7"
    assert down["Failures"] >= 3
    assert down["StateSinceUsec"] > up["StateSinceUsec"]
    assert "script chk: DOWN, exit status 7 (3 failures in a row)" in checkd.log()

    node.write("/tmp/status", "0")
    checkd.wait_tracker("UP", "chk")
    assert "script chk: UP, exit status 0 (2 successes in a row)" in checkd.log()
    assert checkd.changes("chk") == ["UP", "DOWN", "UP"]


def test_a_script_that_hangs_is_a_failure_at_its_timeout_and_leaves_nothing(node):
    checkd = Checkd(node, script("hang", "/bin/sh -c 'trap \"\" TERM; sleep 1000; sleep 1001'", timeout=0.5),
                    script("good", "/bin/true"))
    down = checkd.wait_tracker("DOWN", "hang")
    assert down["StateReason"] == "timeout after 0.5 s"
    # The next run waits until the one before is dead, killed two seconds later.
    holds_for(lambda: checkd.count("sleep 1000") <= 2, 1, "runs pile up")
    until(lambda: checkd.tracker("hang")["Runs"] >= 2, 10)
    assert checkd.tracker("good")["Runs"] > checkd.tracker("hang")["Runs"] + 3, "one that hangs delays others"
    assert checkd.state("good") == "UP"
    checkd.stop_for_good()
    until(lambda: not checkd.count("sleep 100"), 10, "nothing is left of it")


def test_a_horde_is_ended_with_its_group(node):
    node.write("/tmp/horde.sh", "#!/bin/sh\ntrap '' TERM\n"
               "i=0; while [ $i -lt 200 ]; do sleep 2000 & i=$((i + 1)); done\nwait\n", 0o755)
    checkd = Checkd(node, script("horde", "/tmp/horde.sh", interval=60, timeout=5), script("good", "/bin/true"))
    until(lambda: checkd.count("sleep 2000") == 200, 30)
    assert checkd.wait_tracker("DOWN", "horde")["StateReason"] == "timeout after 5 s"
    until(lambda: not checkd.count("sleep 2000"), 10, "the horde is gone")
    assert checkd.state("good") == "UP"


def test_what_a_script_starts_as_a_daemon_stays(node):
    checkd = Checkd(node, script("starter", "/bin/sh -c 'setsid sleep 3000 & sleep 3001 & exit 0'",
                                 interval=60, timeout=1))
    checkd.wait_tracker("UP", "starter")
    until(lambda: not checkd.count("sleep 3001"), 10, "what stayed in the group is ended at the timeout")
    assert checkd.count("sleep 3000") == 1


def test_a_flood_of_output_is_contained(node):
    node.write("/tmp/flood.sh", "#!/bin/sh\nyes 'a line of a flood' | head -n 1000000\n", 0o755)
    checkd = Checkd(node, script("flood", "/tmp/flood.sh", interval=1, timeout=20), script("good", "/bin/true"))
    until(lambda: checkd.tracker("flood")["Runs"] >= 2, 30)
    assert checkd.state("flood") == "UP"
    assert checkd.state("good") == "UP"
    until(lambda: "more lines" in checkd.log(), 10)
    assert checkd.log().count("a line of a flood") < 1500
    resident = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{checkd.process.pid}/status").read())[1])
    assert resident < 300000, "kB, with a sanitizer"


def test_output_goes_to_the_log_with_the_name_of_the_script(node):
    checkd = Checkd(node, script("chatty", "/bin/sh -c 'echo to stdout; echo to stderr >&2'", interval=60))
    checkd.process.wait_output("chatty: to stdout")
    checkd.process.wait_output("chatty: to stderr")


def test_a_script_killed_by_a_signal_is_a_failure(node):
    checkd = Checkd(node, script("dies", "/bin/sh -c 'kill -KILL $$'"))
    assert checkd.wait_tracker("DOWN", "dies")["StateReason"] == "killed by SIGKILL"


def test_shell_operators_are_run_by_a_shell(node):
    node.write("/tmp/flag", "")
    checkd = Checkd(node, script("flag", "test -e /tmp/flag && exit 7 || exit 0"))
    assert checkd.wait_tracker("DOWN", "flag")["StateReason"] == "exit status 7"
    node.run("rm /tmp/flag")
    checkd.wait_tracker("UP", "flag")


def test_a_file_that_can_be_opened_is_good(node):
    checkd = Checkd(node, script("file", "</tmp/there"))
    assert checkd.wait_tracker("DOWN", "file")["StateReason"] == "cannot open /tmp/there: No such file or directory"
    node.write("/tmp/there", "")
    assert checkd.wait_tracker("UP", "file")["StateReason"] == "/tmp/there can be opened"


def test_a_missing_script_says_nothing_about_its_subject_until_it_was_there(node):
    checkd = Checkd(node, script("late", "/tmp/late.sh"))
    until(lambda: checkd.tracker("late")["Runs"] >= 3, 10)
    late = checkd.tracker("late")
    assert (late["State"], late["StateReason"], late["StateSinceUsec"]) == ("UNKNOWN", "", 0)
    assert late["LastResult"] == "cannot run /tmp/late.sh: No such file or directory"
    said = f"{checkd.path}:4: script late: cannot run /tmp/late.sh: No such file or directory"
    assert checkd.log().count(said) == 1

    node.write("/tmp/late.sh", "#!/bin/sh\n", 0o755)
    checkd.wait_tracker("UP", "late")
    node.run("rm /tmp/late.sh")
    down = checkd.wait_tracker("DOWN", "late")
    assert down["StateReason"] == "cannot run /tmp/late.sh: No such file or directory"


def test_a_script_runs_as_its_user(node):
    node.run("mkdir -m 777 /tmp/open")
    checkd = Checkd(node, script("who", "/bin/sh -c 'id -un > /tmp/open/who'", user="nobody"),
                    script("nobody-there", "/bin/true", user="no-such-user"))
    checkd.wait_tracker("UP", "who")
    assert node.read("/tmp/open/who") == "nobody\n"
    until(lambda: checkd.tracker("nobody-there")["LastResult"] == "cannot run: no user no-such-user", 10)


def test_after_a_crash_everything_is_known_at_once_and_goes_on(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, script("good", "/bin/sh -c 'exit $(cat /tmp/status)'", fall=3),
                    script("bad", "/bin/false"))
    good = checkd.wait_tracker("UP", "good")
    bad = checkd.wait_tracker("DOWN", "bad")
    for _ in range(5):
        checkd.crash()
        checkd.start_again()
        # What the first snapshot of the new process says: the name is requested when all is restored.
        for name, before in ("good", good), ("bad", bad):
            now = checkd.tracker(name)
            assert (now["State"], now["StateSinceUsec"], now["StateReason"]) == \
                (before["State"], before["StateSinceUsec"], before["StateReason"])
        until(lambda: checkd.tracker("good")["Runs"] >= 2, 10, "the schedule goes on")
    assert checkd.changes("good") == ["UP"]
    assert checkd.changes("bad") == ["DOWN"]


def test_a_crash_does_not_forget_how_far_it_had_counted(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, script("chk", "/bin/sh -c 'exit $(cat /tmp/status)'", interval=4, fall=2))
    checkd.wait_tracker("UP", "chk")
    node.write("/tmp/status", "1")
    until(lambda: checkd.tracker("chk")["Failures"] == 1, 10)
    until(lambda: '"against":1' in node.read("/run/mainstay/checkd/trackers"), 10, "the failure is saved")
    checkd.crash()
    checkd.start_again()
    assert checkd.state("chk") == "UP"
    checkd.wait_tracker("DOWN", "chk")
    assert checkd.tracker("chk")["Runs"] == 1, "one more failure was enough"


def test_a_run_that_outlives_checkd_is_adopted_not_doubled(node):
    checkd = Checkd(node, script("slow", "/bin/sh -c 'sleep 1.5; echo end >> /tmp/ends'", interval=1, timeout=5))
    until(lambda: checkd.count("sleep 1.5"), 10)
    checkd.crash()
    assert checkd.count("/bin/sh -c sleep 1.5") == 1
    checkd.start_again()
    holds_for(lambda: checkd.count("/bin/sh -c sleep 1.5") <= 1, 1, "a second run beside the adopted one")
    until(lambda: node.exists("/tmp/ends"), 10, "its work was done to the end")
    checkd.wait_tracker("UP", "slow")


def test_a_run_that_hangs_over_a_crash_is_ended_at_its_time(node):
    checkd = Checkd(node, script("hang", "/bin/sh -c 'exec sleep 4000'", interval=30, timeout=2))
    until(lambda: checkd.count("sleep 4000"), 10)
    checkd.crash()
    checkd.start_again()
    assert checkd.wait_tracker("DOWN", "hang")["StateReason"] == "timeout after 2 s"
    until(lambda: not checkd.count("sleep 4000"), 10)


def test_a_torn_state_file_is_ignored_with_a_message(node):
    checkd = Checkd(node, script("good", "/bin/true"))
    checkd.wait_tracker("UP", "good")
    checkd.crash()
    text = node.read("/run/mainstay/checkd/trackers")
    node.write("/run/mainstay/checkd/trackers", text[:len(text) // 2])
    checkd.start_again()
    checkd.process.wait_output("the saved state of trackers is ignored")
    checkd.wait_tracker("UP", "good")


def test_a_stop_forgets_and_ends_what_runs(node):
    checkd = Checkd(node, script("slow", "/bin/sh -c 'exec sleep 5000'", interval=60, timeout=50),
                    script("good", "/bin/true"))
    checkd.wait_tracker("UP", "good")
    until(lambda: checkd.count("sleep 5000"), 10)
    checkd.stop_for_good()
    assert not checkd.count("sleep 5000")
    assert not node.exists("/run/mainstay/checkd/trackers")


def test_a_reload_touches_only_what_changed(node):
    same, retimed = script("same", "/bin/true", fall=2), script("retimed", "/bin/true", interval=0.3)
    changed, gone = script("changed", "/bin/true"), script("gone", "/bin/sh -c 'exec sleep 6000'", timeout=50)
    checkd = Checkd(node, same, retimed, changed, gone)
    for name in "same", "retimed", "changed":
        checkd.wait_tracker("UP", name)
    until(lambda: checkd.count("sleep 6000") == 1, 10)
    before = checkd.named("checkd", "org.mainstay.Check1.Tracker")

    checkd.reload_by_signal(same.replace("fall 2", "fall 2\n    weight -20"),
                            script("retimed", "/bin/true", interval=0.4, fall=5),
                            script("changed", "/bin/false", fall=3), script("new", "/bin/true"))
    after = checkd.named("checkd", "org.mainstay.Check1.Tracker")
    assert sorted(after) == ["changed", "new", "retimed", "same"]
    for name in "same", "retimed", "changed":
        assert after[name]["Runs"] >= before[name]["Runs"]
    for name in "same", "retimed":
        assert (after[name]["State"], after[name]["StateSinceUsec"]) == ("UP", before[name]["StateSinceUsec"])
    assert (after["retimed"]["IntervalUsec"], after["retimed"]["Fall"]) == (400000, 5)
    # Another command is believed at once, in spite of fall 3.
    assert checkd.wait_tracker("DOWN", "changed")["Failures"] >= 1
    assert "(3 failures in a row)" not in checkd.log()
    checkd.wait_tracker("UP", "new")
    until(lambda: not checkd.count("sleep 6000"), 10, "a script that is gone does not run on")
    assert checkd.changes("same") == ["UP"]


def test_a_script_that_nobody_tracks_is_not_run(node):
    text = config(script("used", "/bin/true")) + script("unused", "touch /tmp/was-run")
    checkd = Checkd(node, script("used", "/bin/true"))
    checkd.configure(text)
    checkd.stop_for_good()
    checkd.start_again()
    checkd.wait_tracker("UP", "used")
    assert list(checkd.named("checkd", "org.mainstay.Check1.Tracker")) == ["used"]
    assert not node.exists("/tmp/was-run")


def test_it_is_quiet_when_nothing_happens(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, script("chk", "/bin/sh -c 'exit $(cat /tmp/status)'"), script("bad", "/bin/false"))
    checkd.wait_tracker("UP", "chk")
    checkd.wait_tracker("DOWN", "bad")
    monitor = node.spawn("gdbus monitor --system --dest org.mainstay.Check1", name="monitor")
    monitor.wait_output("is owned by")
    runs = checkd.tracker("chk")["Runs"]
    until(lambda: checkd.tracker("chk")["Runs"] >= runs + 5, 10)
    assert signals(monitor) == []
    node.write("/tmp/status", "1")
    until(lambda: len(signals(monitor)) == 2, 10, "one change of properties and one event")
    monitor.terminate()


def signals(monitor):
    return [line for line in monitor.output().splitlines() if line.startswith("/org/mainstay/")]


def test_a_bus_that_dies_does_not_stop_the_checks(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, script("chk", "/bin/sh -c 'echo run >> /tmp/runs; exit $(cat /tmp/status)'"))
    checkd.wait_tracker("UP", "chk")
    checkd.bus.process.kill()
    runs = node.read("/tmp/runs").count("run")
    until(lambda: node.read("/tmp/runs").count("run") >= runs + 5, 10)
    node.write("/tmp/status", "1")
    checkd.process.wait_output("script chk: DOWN")
    checkd.bus.start()

    def shown():
        try:
            return checkd.state("chk") == "DOWN"
        except AssertionError:
            return False
    until(shown, 15, "it is back on the bus with what it knows")


def test_everybody_may_read(node):
    checkd = Checkd(node, script("good", "/bin/true"))
    checkd.wait_tracker("UP", "good")
    objects = checkd.objects("checkd", user="nobody")
    assert "/org/mainstay/check1/tracker/good" in objects


def test_many_scripts_are_spread_and_all_run(node):
    scripts = [script(f"s{i}", "/bin/true", interval=10) for i in range(300)]
    checkd = Checkd(node, *scripts).wait_on_bus("checkd")
    until(lambda: all(t["State"] == "UP" for t in checkd.named("checkd", "org.mainstay.Check1.Tracker").values()), 30)
    ends = sorted(t["LastRunUsec"] for t in checkd.named("checkd", "org.mainstay.Check1.Tracker").values())
    assert ends[-1] - ends[0] > 2000000, "microseconds: they all started together"
