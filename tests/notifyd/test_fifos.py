# SPDX-License-Identifier: LGPL-2.1-or-later
"""FIFOs: each line once and in order for each FIFO, whatever restarts, dies, or does not read."""

import os
import random
import time

import pytest

from lab import holds_for, until
from lab.mainstay import Mainstay

from desk import READER, Desk, config

FIFO = "notify_fifo /run/fifo"
LONG = "V" + "x" * 200     # a FIFO holds 64 KB
READ = FIFO + '\n notify_fifo_script "/read.py word"'


def line(number, state="MASTER", name="VI_1"):
    return f'INSTANCE "{name}" {state} {number}\n'.encode()


def lines(numbers, name="VI_1"):
    return b"".join(line(number, name=name) for number in numbers)


def transitions(desk, numbers, name="VI_1"):
    desk.emit_many([desk.transition_event("MASTER", name, number) for number in numbers])


def reload(desk, text):
    desk.mainstay.configure(text)
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"])


def mode_and_owner(desk, path):
    return desk.node.run(["stat", "-c", "%F %a %U", path]).stdout.strip()


def test_lines_as_keepalived_writes_them(lab):
    globals = READ + "\n vrrp_notify_fifo /run/vrrp daemon\n vrrp_notify_fifo_script /read.py" \
                     "\n lvs_notify_fifo /run/lvs\n lvs_notify_fifo_script /read.py nobody"
    desk = Desk(lab, config(globals=globals, service=""))
    desk.start_producer("ipvsd")
    desk.transition("MASTER", priority=100)
    desk.emit("instance-rx-lower-priority", "/org/mainstay/vrrp1/instance/VI_5f1", name="VI_1", priority=50,
              address="10.0.0.9", own=100)
    vrrp = b'INSTANCE "VI_1" MASTER 100\nINSTANCE "VI_1" MASTER_RX_LOWER_PRI 100\n'
    desk.wait_lines(vrrp, "vrrp")
    desk.wait_lines(vrrp)
    desk.server("DOWN")
    desk.quorum("DOWN")
    lvs = b"RS [10.0.0.11]:tcp:80 [10.0.0.100]:tcp:80 DOWN\n\0VS [10.0.0.100]:tcp:80 DOWN\n\0"
    desk.wait_lines(vrrp + lvs)
    (desk.node.share / "lines-lvs").touch()
    assert mode_and_owner(desk, "/run/fifo") == "fifo 644 root"
    assert mode_and_owner(desk, "/run/vrrp") == "fifo 644 daemon"
    assert ["word /run/fifo"] == [arguments for _, arguments in desk.readers() if "/run/fifo" in arguments]
    assert desk.lines("vrrp") == vrrp


def test_a_reader_of_another_user(lab):
    globals = 'lvs_notify_fifo /run/lvs\n lvs_notify_fifo_script "/read.py" nobody'
    desk = Desk(lab, config(globals=globals, service=""))
    desk.node.run("chmod 1777 /lab")
    desk.start_producer("ipvsd")
    desk.quorum("UP")
    desk.wait_lines(b"VS [10.0.0.100]:tcp:80 UP\n\0", "lvs")
    assert desk.node.run(["stat", "-c", "%U", "/lab/lines-lvs"]).stdout.strip() == "nobody"


def test_killed_at_random_moments_each_line_comes_once(lab):
    desk = Desk(lab, config(globals=READ))
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    count = 0
    for _ in range(25):
        burst = range(count, count + chance.randrange(1, 60))
        transitions(desk, burst)
        count = burst.stop
        time.sleep(chance.random() * 0.1)
        desk.kill()
        if chance.random() < 0.2:
            desk.restart_producer(kill=chance.random() < 0.5)
        desk.start()
    desk.wait_lines(lines(range(count)), timeout=60)
    desk.idle()
    assert desk.lines() == lines(range(count))
    assert len(desk.readers()) == 1, "the reader lives on"


def test_a_restart_leaves_a_reader_and_what_it_has_not_read(lab):
    """Lines lie in the FIFO, notifyd is killed, the reader reads only then."""
    desk = Desk(lab, config(globals=READ))
    transitions(desk, [0])
    desk.wait_lines(line(0))
    desk.tell_reader("do-not-read")
    transitions(desk, range(1, 100))
    # An empty spool alone may also mean that nothing has been heard yet.
    until(lambda: desk.log.count("notify_fifo done") == 100, 30, "all lines are in the FIFO")
    desk.idle()
    desk.kill()
    desk.tell_reader("do-not-read", False)
    desk.wait_lines(lines(range(100)))
    desk.start()
    transitions(desk, [100])
    desk.wait_lines(lines(range(101)))
    assert len(desk.readers()) == 1


def test_who_does_not_read_keeps_lines_waiting_and_nothing_else(lab):
    desk = Desk(lab, config((LONG,), globals=READ, more='notify_master "/say.sh"'))
    desk.tell_reader("do-not-read")
    until(desk.readers, 10)
    count = 500
    transitions(desk, range(count), LONG)
    until(lambda: "is full, nobody reads it" in desk.log, 20)
    until(lambda: len(desk.runs()) == count, 60, "scripts run all the same")
    assert desk.properties()["Pending"] > 50
    desk.kill()
    desk.start()
    desk.tell_reader("do-not-read", False)
    desk.wait_lines(lines(range(count), LONG))
    desk.idle()
    assert desk.properties()["GivenUp"] == 0
    until(lambda: "/run/fifo is read again" in desk.log, 10)


def test_lines_that_wait_are_bounded(lab):
    """Nobody reads for ever: the oldest that wait are given up, which is said, and the rest is kept in order."""
    desk = Desk(lab, config((LONG,), globals=READ))
    desk.tell_reader("do-not-read")
    until(lambda: len(desk.readers()) == 1, 10)
    count = 1600
    transitions(desk, range(count), LONG)
    until(lambda: "recorded " + str(count + 1) in desk.producer.output(), 60)
    until(lambda: desk.properties()["GivenUp"] > 0 and desk.properties()["Pending"] <= 1001, 60)
    assert "notify_fifo given up (/run/fifo): nobody reads, too many lines wait" in desk.log
    desk.tell_reader("do-not-read", False)
    desk.idle()
    until(lambda: line(count - 1, name=LONG) in desk.lines(), 20)
    numbers = [int(text.split()[-1]) for text in desk.lines().decode().splitlines()]
    given_up = desk.properties()["GivenUp"]
    assert numbers == sorted(set(numbers)) and len(numbers) == count - given_up


@pytest.mark.parametrize("make, words", [
    ("echo precious >/run/fifo", "no FIFO"),
    ("mkdir /run/fifo", "no FIFO"),
    ("ln -s /etc/passwd /run/fifo", "no FIFO"),
    ("mkfifo /run/fifo && chown nobody /run/fifo", "FIFO of user 65534 instead of 0"),
])
def test_what_is_in_the_way_is_left_alone(lab, make, words):
    desk = Desk(lab, config(globals=READ, more='notify "/say.sh"'), start=False)
    desk.node.run(["sh", "-c", make])
    before = desk.node.run("ls -l /run/fifo /etc/passwd").stdout
    desk.start()
    transitions(desk, [1, 2])
    desk.wait_runs(["INSTANCE VI_1 MASTER 1", "INSTANCE VI_1 MASTER 2"])
    until(lambda: words in desk.log, 10)
    assert desk.node.run("ls -l /run/fifo /etc/passwd").stdout == before
    assert not desk.readers()
    assert desk.log.count(words) == 1, "said once"
    desk.node.run("rm -rf /run/fifo")
    desk.wait_lines(lines([1, 2]))


def test_a_directory_that_comes_later(lab):
    desk = Desk(lab, config(globals="notify_fifo /run/later/fifo\n notify_fifo_script /read.py"))
    transitions(desk, [1])
    until(lambda: "/run/later/fifo: No such file or directory; its lines wait" in desk.log, 10)
    desk.node.run("mkdir /run/later")
    desk.wait_lines(lines([1]))


def test_a_stop_removes_the_fifo_that_was_made(lab):
    desk = Desk(lab, config(globals=READ))
    transitions(desk, [1])
    desk.wait_lines(lines([1]))
    pid = int(desk.readers()[0][0])
    transitions(desk, range(2, 100))
    until(lambda: "recorded 100" in desk.producer.output(), 10)
    desk.stop()
    assert desk.lines() == lines(range(1, 100)), "what was told before is read before"
    assert desk.node.run("test -e /run/fifo", check=False).returncode != 0
    assert not os.path.exists(f"/proc/{pid}") or desk.node.run(["test", "-e", f"/proc/{pid}"], check=False).returncode
    desk.start()
    transitions(desk, [100])
    desk.wait_lines(lines(range(1, 101)))


def test_one_that_was_there_stays_there(lab):
    desk = Desk(lab, config(globals=READ), start=False)
    desk.node.run("mkfifo -m 600 /run/fifo")
    desk.start()
    transitions(desk, [1])
    desk.wait_lines(lines([1]))
    desk.stop()
    assert mode_and_owner(desk, "/run/fifo") == "fifo 600 root"


def test_a_stop_after_a_kill_still_knows_what_was_made(lab):
    desk = Desk(lab, config(globals=READ))
    until(desk.readers, 10)
    desk.kill()
    desk.start()
    desk.stop()
    assert desk.node.run("test -e /run/fifo", check=False).returncode != 0
    assert len(desk.readers()) == 1


def test_a_reader_that_ends_is_started_again(lab):
    desk = Desk(lab, config(globals=READ))
    desk.tell_reader("read-once")
    transitions(desk, [1])
    desk.wait_lines(lines([1]))
    until(lambda: "notify_fifo_script: exit status 3; started again in 1 s" in desk.log, 10)
    desk.tell_reader("read-once", False)
    transitions(desk, range(2, 50))
    desk.wait_lines(lines(range(1, 50)))
    assert len(desk.readers()) == 2


def test_a_reload_moves_the_fifo(lab):
    desk = Desk(lab, config(globals=READ))
    transitions(desk, [1])
    desk.wait_lines(lines([1]))
    reload(desk, config(globals=READ))
    transitions(desk, [2])
    desk.wait_lines(lines([1, 2]))
    assert len(desk.readers()) == 1, "nothing changed"
    reload(desk, config(globals=READ.replace("/run/fifo", "/run/other")))
    transitions(desk, [3])
    desk.wait_lines(lines([3]), "other")
    assert desk.node.run("test -e /run/fifo", check=False).returncode != 0
    reload(desk, config(globals=READ.replace("/run/fifo", "/run/other").replace("word", "words")))
    until(lambda: len(desk.readers()) == 3, 10)
    assert desk.readers()[2][1] == "words /run/other"
    transitions(desk, [4])
    desk.wait_lines(lines([3, 4]), "other")
    reload(desk, config())
    until(lambda: desk.node.run("test -e /run/other", check=False).returncode != 0, 10)


def test_what_was_changed_while_notifyd_was_down(lab):
    """A reader and a FIFO that the file does not ask for any more do not stay."""
    def start_with(globals):
        desk.kill()
        # As after an orderly restart: the file counts.
        desk.node.run("rm /run/mainstay/notifyd/life")
        desk.mainstay.configure(config(globals=globals))
        desk.start()

    desk = Desk(lab, config(globals=READ))
    until(desk.readers, 10)
    start_with(READ.replace("word", "words"))
    until(lambda: len(desk.readers()) == 2, 10)
    start_with("")
    until(lambda: desk.node.run("test -e /run/fifo", check=False).returncode != 0, 10)
    until(lambda: "/read.py" not in desk.node.run("ps -ef").stdout, 10)


def test_a_fifo_that_somebody_removes_is_made_again(lab):
    desk = Desk(lab, config(globals=READ))
    transitions(desk, [1])
    desk.wait_lines(lines([1]))
    desk.node.run("rm /run/fifo")
    transitions(desk, [2])
    desk.wait_lines(lines([1, 2]))


def test_priority_changes_where_they_are_wanted(lab):
    desk = Desk(lab, config(globals=READ + "\n vrrp_notify_priority_changes"))
    path = "/org/mainstay/vrrp1/instance/VI_5f1"
    desk.emit("instance-priority", path, name="VI_1", priority=90, state="MASTER")
    desk.emit("instance-priority", path, name="VI_1", priority=80, state="BACKUP")
    desk.wait_lines(b'INSTANCE "VI_1" MASTER_PRIORITY 90\nINSTANCE "VI_1" BACKUP_PRIORITY 80\n')
    reload(desk, config(globals=READ))
    desk.emit("instance-priority", path, name="VI_1", priority=70, state="BACKUP")
    holds_for(lambda: b"70" not in desk.lines(), 0.5)


@pytest.mark.parametrize("repeat", [False, True])
def test_the_real_vrrpd_and_a_reload(lab, repeat):
    node = lab.netns("n", eth0="10.0.0.1/24")
    node.write("/read.py", READER, 0o755)
    text = config(globals=READ + ("\n fifo_write_vrrp_states_on_reload" if repeat else ""))
    mainstay = Mainstay(node, text, daemons=("notifyd", "vrrpd")).wait_state("MASTER")

    def read():
        path = node.share / "lines-fifo"
        return path.read_text().splitlines() if path.exists() else []

    begin = ['INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100']
    until(lambda: read() == begin, 10)
    mainstay.reload()
    expected = begin + begin[1:] * repeat
    until(lambda: read() == expected, 10)
    holds_for(lambda: read() == expected, 0.3)
