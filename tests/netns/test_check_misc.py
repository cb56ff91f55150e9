# SPDX-License-Identifier: LGPL-2.1-or-later
"""MISC_CHECK with scripts that behave as scripts do, and FILE_CHECK with files that change."""

import json

import pytest

from checkers import Checkd, server, service
from lab import holds_for, until

SERVER = "10.0.0.11 80"


@pytest.fixture(name="node")
def a_node(lab):
    return lab.netns("a", eth0="10.0.0.1/24")


def misc(command, *more, weight=10, delay_loop=0.2):
    # A script has time, so that a busy machine does not look like a failure.
    patience = () if any("misc_timeout" in line for line in more) else ("misc_timeout 10",)
    lines = "\n".join((f'misc_path "{command}"', "user root", *patience, *more))
    return service(server("10.0.0.11", f"MISC_CHECK {lines}", options=f"weight {weight}"), delay_loop=delay_loop)


def starts(node):
    return len(node.output("cat /tmp/starts").splitlines())


def test_the_exit_status_decides(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, misc("/bin/sh -c 'exit $(cat /tmp/status)'"))
    up = checkd.wait("UP", SERVER)
    assert (up["Kind"], up["StateReason"], up["WeightChange"]) == ("MISC_CHECK", "exit status 0", 0)
    assert up["Target"] == "/bin/sh -c 'exit $(cat /tmp/status)'"
    node.write("/tmp/status", "7")
    assert checkd.wait("DOWN", SERVER)["StateReason"] == "exit status 7"


def test_misc_dynamic_moves_the_weight(node):
    node.write("/tmp/status", "0")
    checkd = Checkd(node, misc("/bin/sh -c 'exit $(cat /tmp/status)'", "misc_dynamic"))
    assert checkd.wait("UP", SERVER)["WeightChange"] == 0
    for status, change in ((2, -10), (12, 0), (52, 40), (255, 243), (0, 0)):
        node.write("/tmp/status", str(status))
        until(lambda wanted=change: checkd.checker(SERVER)["WeightChange"] == wanted, 10, f"{status} is {change}")
        assert checkd.checker(SERVER)["State"] == "UP"
    node.write("/tmp/status", "52")
    until(lambda: checkd.checker(SERVER)["LastResult"] == "exit status 52, weight 50", 10)
    node.write("/tmp/status", "1")
    assert checkd.wait("DOWN", SERVER)["WeightChange"] == 0
    assert checkd.changes(SERVER) == ["UP", "DOWN"]


def test_a_script_that_hangs_is_bad_and_never_runs_twice(node):
    node.write("/tmp/hang.sh", "#!/bin/sh\ntrap '' TERM\necho x >> /tmp/starts\nsleep 1000\nsleep 1000\n", 0o755)
    checkd = Checkd(node, misc("/tmp/hang.sh", "misc_timeout 1"))
    assert checkd.wait("DOWN", SERVER)["StateReason"] == "timeout after 1 s"
    for _ in range(20):
        assert node.output("ps -e -o args=").count("/bin/sh /tmp/hang.sh") <= 1
    until(lambda: starts(node) >= 2, 10, "it is started again once the one before is dead")


def test_a_script_that_cannot_run(node):
    checkd = Checkd(node, misc("/tmp/check.sh"))
    checkd.ran_again(SERVER)
    c = checkd.checker(SERVER)
    assert c["State"] == "UNKNOWN" and c["LastResult"] == "cannot run /tmp/check.sh: No such file or directory"
    assert checkd.log().count("cannot check: cannot run /tmp/check.sh") == 1, "it is said once"
    node.write("/tmp/check.sh", "#!/bin/sh\nexit 0\n", 0o755)
    checkd.wait("UP", SERVER)
    node.run("rm /tmp/check.sh")
    assert "No such file" in checkd.wait("DOWN", SERVER)["StateReason"]


def test_an_unknown_user(node):
    checkd = Checkd(node, service(server("10.0.0.11", "MISC_CHECK misc_path /bin/true\nuser nobody1")))
    checkd.ran_again(SERVER)
    assert checkd.checker(SERVER)["LastResult"] == "cannot run: no user nobody1"
    # Nobody has asked the server, so nothing is said of it.
    result = checkd.ctl("check", "10.0.0.11", "--json", check=False)
    assert result.returncode == 1
    assert [(one["good"], one["result"]) for one in json.loads(result.stdout)] == [(None, "cannot run: no user nobody1")]
    assert "not run" in checkd.ctl("check", "10.0.0.11", check=False).stdout


def test_our_own_want_takes_no_server_away(node):
    """With no descriptor left nothing is known of users, programs and files."""
    node.run("mkdir -p /tmp/watched")
    node.write("/tmp/watched/load", "0")
    files = "track_file load {\n file /tmp/watched/load\n}\n"
    one = service(server("10.0.0.11", "MISC_CHECK misc_path /bin/true\nuser root\ndelay_loop 0.2",
                         "FILE_CHECK track_file load\nweight 0\ndelay_loop 0.2"))
    checkd = Checkd(node, files, one)
    checkd.wait("UP", SERVER, number=1)
    checkd.wait("UP", SERVER, number=2)
    pid = node.output("pidof checkd").split()[0]
    node.run(f"prlimit --pid {pid} --nofile=3:4096")
    for number in (1, 2):
        checkd.ran_again(SERVER, number=number, times=3)
        c = checkd.checker(SERVER, number=number)
        assert c["State"] == "UP" and c["LastResult"].endswith("Too many open files"), c
    node.write("/tmp/watched/load", "1")
    holds_for(lambda: checkd.checker(SERVER, number=2)["State"] == "UP", 0.5, "nobody has read it")
    node.run(f"prlimit --pid {pid} --nofile=1000:4096")
    checkd.wait("DOWN", SERVER, number=2)
    assert checkd.checker(SERVER, number=1)["State"] == "UP"


def test_a_run_outlives_checkd(node):
    """A run that goes on while checkd is killed and started is waited for, not doubled."""
    node.write("/tmp/slow.sh", "#!/bin/sh\necho x >> /tmp/starts\nwhile [ ! -e /tmp/go ]; do sleep 0.05; done\n", 0o755)
    node.write("/tmp/go", "")
    checkd = Checkd(node, misc("/tmp/slow.sh", "misc_timeout 60"))
    checkd.wait("UP", SERVER)
    node.run("rm /tmp/go")
    until(lambda: "slow.sh" in node.output("ps -e -o args="), 10)
    before = starts(node)
    until(lambda: node.output("ps -e -o args=").count("/bin/sh /tmp/slow.sh") == 1, 10)
    checkd.kill("checkd")
    checkd.start("checkd")
    before = max(before, starts(node))
    holds_for(lambda: starts(node) <= before and checkd.checker(SERVER)["State"] == "UP", 2, "it runs twice")
    node.write("/tmp/go", "")
    until(lambda: starts(node) > before + 1, 10, "and then the schedule goes on")
    assert checkd.checker(SERVER)["State"] == "UP"


# --- files ---

def tracked(*lines, weight=10, file_weight=""):
    """The schedule is too slow to be what notices a change."""
    return (f"track_file load {{\n file /tmp/watched/load\n {file_weight}\n}}\n"
            + service(server("10.0.0.11", "FILE_CHECK " + "\n".join(("track_file load", *lines)),
                             options=f"weight {weight}"), delay_loop=3600))


def change(checkd, wanted, timeout=10):
    until(lambda: checkd.checker(SERVER)["WeightChange"] == wanted, timeout,
          f"weight change {wanted}: {checkd.checker(SERVER)}")


def test_a_number_in_a_file_moves_the_weight_at_once(node):
    node.write("/tmp/watched/load", "5\n")
    checkd = Checkd(node, tracked("weight 2"))
    up = checkd.wait("UP", SERVER)
    assert (up["WeightChange"], up["StateReason"]) == (10, "/tmp/watched/load says 5, weight +10")
    assert up["Target"] == "/tmp/watched/load"
    node.run(["sh", "-c", "echo -3 > /tmp/watched/load"])
    change(checkd, -6)
    node.run(["sh", "-c", "echo 0x10 > /tmp/watched/new; mv /tmp/watched/new /tmp/watched/load"])
    change(checkd, 32)
    node.run("rm /tmp/watched/load")
    change(checkd, 0)
    assert checkd.checker(SERVER)["LastResult"] == \
        "cannot read /tmp/watched/load: No such file or directory, taken as 0, weight +0"
    node.run(["sh", "-c", "echo seven > /tmp/watched/load"])
    until(lambda: "there is no number" in checkd.checker(SERVER)["LastResult"], 10)
    node.run(["sh", "-c", "echo -2000000000 > /tmp/watched/load"])
    assert checkd.wait("DOWN", SERVER)["StateReason"] == "/tmp/watched/load says -2000000000"
    node.run(["sh", "-c", "echo 1 > /tmp/watched/load"])
    checkd.wait("UP", SERVER)
    change(checkd, 2)


def test_the_weight_of_the_file_and_a_weight_of_zero(node):
    node.write("/tmp/watched/load", "0\n")
    checkd = Checkd(node, tracked(file_weight="weight 3 reverse"))
    assert checkd.wait("UP", SERVER)["WeightChange"] == 0
    node.run(["sh", "-c", "echo 4 > /tmp/watched/load"])
    change(checkd, -12)
    checkd.reload_by_signal(tracked("weight 0"))
    checkd.wait("DOWN", SERVER)
    node.run(["sh", "-c", "echo 0 > /tmp/watched/load"])
    checkd.wait("UP", SERVER)


def test_a_change_is_not_lost_by_a_reload_or_a_death(node):
    node.write("/tmp/watched/load", "1\n")
    text = tracked("weight 2")
    checkd = Checkd(node, text)
    checkd.wait("UP", SERVER)
    change(checkd, 2)
    for value in range(2, 8):
        # The news waits in a queue while the configuration is read anew.
        node.write("/tmp/watched/load", f"{value}\n")
        checkd.reload_by_signal(text)
        change(checkd, 2 * value)
    checkd.kill("checkd")
    node.write("/tmp/watched/load", "9\n")
    checkd.start("checkd")
    change(checkd, 18)
