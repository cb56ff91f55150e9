# SPDX-License-Identifier: LGPL-2.1-or-later
"""Notify scripts: each transition once, in order, whatever restarts or dies meanwhile."""

import random
import time

from lab import holds_for, until

from desk import Desk, config

ALL = """
    notify_master "/say.sh master"
    notify_backup "/say.sh backup"
    notify_fault "/say.sh fault"
    notify_stop "/say.sh stop"
    notify "/say.sh notify"
"""
NOTIFY = 'notify "/say.sh"'


def told(state, priority=100, name="VI_1"):
    return f"INSTANCE {name} {state} {priority}"


def never_at_once(lines, key):
    """No two runs of one key overlap."""
    running = set()
    for line in lines:
        word, rest = line.split(" ", 1)
        k = key(rest)
        if word == "begin":
            assert k not in running, f"two at once for {k}"
            running.add(k)
        else:
            running.discard(k)


def test_each_state_has_its_script_and_then_notify(lab):
    desk = Desk(lab, config(more=ALL))
    for state in ("BACKUP", "MASTER", "FAULT", "BACKUP", "STOP"):
        desk.transition(state)
    expected = []
    for state in ("backup", "master", "fault", "backup", "stop"):
        expected += [state, "notify " + told(state.upper())]
    desk.wait_runs(expected)
    desk.idle()
    never_at_once(desk.scripts(), lambda rest: "VI_1")
    holds_for(lambda: desk.runs() == expected, 0.3)
    assert "VI_1 notify_master: a word of master" in desk.log


def test_objects_run_side_by_side_and_each_in_order(lab):
    names = [f"VI_{i}" for i in range(10)]
    desk = Desk(lab, config(names, NOTIFY))
    desk.slow(0.5)
    start = time.monotonic()
    desk.emit_many([desk.transition_event(state, name, number)
                    for number, state in enumerate(("BACKUP", "MASTER", "FAULT")) for name in names])
    until(lambda: len(desk.runs()) == 30, 20, "all scripts have run")
    assert time.monotonic() - start < 10    # one after the other: 15 s
    never_at_once(desk.scripts(), lambda rest: rest.split()[1])
    for name in names:
        assert [run for run in desk.runs() if f" {name} " in run] == \
            [told(state, number, name) for number, state in enumerate(("BACKUP", "MASTER", "FAULT"))]


def test_what_happened_while_notifyd_was_down(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.transition("BACKUP", priority=1)
    desk.wait_runs([told("BACKUP", 1)])
    desk.mainstay.stop("notifyd")
    for number in range(2, 10):
        desk.transition("MASTER", priority=number)
    desk.start()
    desk.wait_runs([told("BACKUP", 1)] + [told("MASTER", n) for n in range(2, 10)])


def test_what_happened_while_both_were_down(lab):
    """vrrpd's last words: STOP, recorded and not heard. They are told when both are back."""
    desk = Desk(lab, config(more=NOTIFY))
    desk.transition("BACKUP", priority=1)
    desk.wait_runs([told("BACKUP", 1)])
    desk.idle()     # killed before it has heard of the script's end, it would run it once more
    desk.kill()
    desk.transition("STOP", priority=2)
    until(lambda: "recorded 3" in desk.producer.output(), 10)    # the first is daemon-started
    desk.producer.terminate()
    desk.start()
    desk.start_producer()
    desk.transition("BACKUP", priority=3)
    desk.wait_runs([told("BACKUP", 1), told("STOP", 2), told("BACKUP", 3)])


def test_a_restart_tells_nothing_again(lab):
    desk = Desk(lab, config(more=NOTIFY))
    for number in range(5):
        desk.transition("BACKUP", priority=number)
    expected = [told("BACKUP", n) for n in range(5)]
    desk.wait_runs(expected)
    desk.idle()
    for _ in range(3):
        desk.mainstay.restart("notifyd")
        desk.kill()
        desk.start()
        desk.restart_producer()
        desk.restart_producer(kill=True)
    desk.transition("MASTER", priority=9)
    desk.wait_runs(expected + [told("MASTER", 9)])
    holds_for(lambda: desk.runs() == expected + [told("MASTER", 9)], 0.5)


def test_a_script_that_outlives_notifyd_is_not_run_again(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.slow(2)
    desk.transition("MASTER", priority=1)
    desk.transition("BACKUP", priority=2)
    until(desk.scripts, 10, "the first script runs")
    desk.kill()
    desk.start()
    desk.wait_runs([told("MASTER", 1), told("BACKUP", 2)])
    never_at_once(desk.scripts(), lambda rest: "VI_1")
    assert not any("repeat=1" in line for line in desk.scripts())


def test_a_script_that_ended_meanwhile_is_run_once_more_and_marked(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.slow(0.3)
    desk.transition("MASTER", priority=1)
    until(desk.scripts, 10, "the script runs")
    desk.kill()
    until(desk.runs, 10, "the script has ended")
    desk.start()
    desk.wait_runs([told("MASTER", 1)] * 2)
    marks = [line.split("repeat=")[1] for line in desk.scripts() if line.startswith("end")]
    assert marks == ["", "1"]
    desk.idle()


def test_killed_at_random_moments(lab):
    """Every event's script runs once unmarked, or, where notifyd was killed meanwhile, once more and marked."""
    names = [f"VI_{i}" for i in range(4)]
    desk = Desk(lab, config(names, NOTIFY))
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    desk.slow(0.02)
    count = 0
    for _ in range(25):
        for _ in range(chance.randrange(1, 8)):
            desk.transition("MASTER", chance.choice(names), priority=count)
            count += 1
        time.sleep(chance.random() * 0.15)
        desk.kill()
        if chance.random() < 0.3:
            desk.restart_producer(kill=chance.random() < 0.5)
        desk.start()
    until(lambda: {int(run.split()[-1]) for run in desk.runs()} == set(range(count)), 60, "all have run")
    desk.idle()

    plain = [line for line in desk.scripts() if line.startswith("end") and line.endswith("repeat=")]
    numbers = [int(line.split()[4]) for line in plain]
    assert len(numbers) == len(set(numbers)), "an unmarked run was doubled"
    never_at_once(desk.scripts(), lambda rest: rest.split()[1])
    for name in names:
        begun = [int(line.split()[4]) for line in desk.scripts()
                 if line.startswith("begin") and f" {name} " in line]
        assert begun == sorted(begun), f"{name} was out of order"


def test_a_script_that_is_not_there_or_fails(lab):
    more = 'notify_master "/nowhere.sh"\n notify_backup "/bin/false"\n' + NOTIFY
    desk = Desk(lab, config(more=more))
    desk.transition("MASTER", priority=1)
    desk.transition("BACKUP", priority=2)
    desk.wait_runs([told("MASTER", 1), told("BACKUP", 2)])
    desk.idle()
    assert "VI_1: notify_master given up (/nowhere.sh): cannot run /nowhere.sh" in desk.log
    assert "VI_1: notify_backup: exit status 1" in desk.log
    assert desk.properties()["GivenUp"] == 1
    assert '"/nowhere.sh"' in desk.node.read("/var/lib/mainstay/notifyd/dead-letters")
    assert "delivery-failed" in desk.node.read("/run/mainstay/notifyd/events")


def test_a_thousand_instances_at_once(lab):
    names = [f"VI_{i}" for i in range(1000)]
    desk = Desk(lab, config(names, 'notify "/bin/true"'))
    start = time.monotonic()
    desk.emit_many([desk.transition_event("MASTER", name, 1) for name in names])
    until(lambda: desk.properties()["Delivered"] == 1000, 120, "all have been told")
    print(f"{time.monotonic() - start:.1f} s")
    desk.idle()


def test_a_reload_changes_what_comes(lab):
    desk = Desk(lab, config(more='notify "/say.sh old"'))
    desk.transition("MASTER", priority=1)
    desk.wait_runs(["old " + told("MASTER", 1)])
    desk.mainstay.configure(config(("VI_1", "VI_2"), more='notify "/say.sh new"'))
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"])
    desk.transition("BACKUP", priority=2)
    desk.wait_runs(["old " + told("MASTER", 1), "new " + told("BACKUP", 2)])
    desk.transition("BACKUP", "VI_2", priority=3)
    desk.wait_runs(["old " + told("MASTER", 1), "new " + told("BACKUP", 2), "new " + told("BACKUP", 3, "VI_2")])


def test_an_instance_that_a_reload_removed(lab):
    desk = Desk(lab, config(("VI_1", "VI_2"), more=NOTIFY))
    desk.mainstay.configure(config(("VI_1",), more=NOTIFY))
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"])
    desk.transition("DELETED", "VI_2", priority=0)
    desk.wait_runs([told("FAULT", 0, "VI_2")])


def test_a_stop_drains_what_is_under_way(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.slow(0.05)
    for number in range(10):
        desk.transition("STOP", priority=number)
    until(lambda: "recorded 11" in desk.producer.output(), 10)
    desk.producer.terminate()
    start = time.monotonic()
    desk.stop()
    assert time.monotonic() - start < 5
    assert desk.runs() == [told("STOP", n) for n in range(10)]


def test_a_stop_does_not_wait_for_long(lab):
    desk = Desk(lab, config(more=NOTIFY))
    desk.slow(8)
    desk.transition("STOP", priority=1)
    until(desk.scripts, 10)
    start = time.monotonic()
    desk.stop()
    assert 4.5 < time.monotonic() - start < 7
    desk.wait_runs([told("STOP", 1)])    # it was left running


def test_old_news_are_no_news(lab):
    """notifyd that never heard of the producer leaves alone what happened long ago."""
    desk = Desk(lab, config(more=NOTIFY), start=False)
    log = desk.node.root / "run/mainstay/vrrpd/events"
    desk.transition("MASTER", priority=1)
    until(lambda: "recorded 2" in desk.producer.output(), 10)
    desk.producer.terminate()
    lines = log.read_text().splitlines(keepends=True)
    old = int((time.time() - 3600) * 1e6)
    log.write_text("".join(line if '"time"' not in line else
                           line[:line.index('"time":')] + f'"time":{old}' + line[line.index(',"type"'):]
                           for line in lines))
    desk.start_producer()
    desk.transition("BACKUP", priority=2)
    desk.start()
    desk.wait_runs([told("BACKUP", 2)])
    desk.idle()
    assert desk.runs() == [told("BACKUP", 2)]
