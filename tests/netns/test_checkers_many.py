# SPDX-License-Identifier: LGPL-2.1-or-later
"""Thousands of checked servers: tries begin when they are due, and everything else stays quick."""

import collections
import contextlib
import select
import time

import pytest

from checkers import Checkd, saved, server, service
from lab import tools, until
from lab.mainstay import ReadySocket

SERVERS = 5000
STRETCHES, SECONDS = 3, 8
LATE_USEC = 100_000


def address(i):
    return f"127.1.{i // 250}.{i % 250 + 1}"


def many(n):
    return service(*(server(address(i), "TCP_CHECK connect_timeout 1") for i in range(n)), delay_loop=1, warmup=1)


def cpu_seconds(node, pid):
    fields = node.output(f"cat /proc/{pid}/stat").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def lateness(times):
    """How much later than a grid of whole seconds each of the times is, and how many seconds have none."""
    offsets = [t - 1_000_000 * round((t - times[0]) / 1e6) for t in times]
    base = min(offsets)
    return [o - base for o in offsets], round((times[-1] - times[0]) / 1e6) + 1 - len(times)


def states(checkd):
    return collections.Counter(c["State"] for c in checkd.checkers().values())


def in_time(arrivals, first):
    """Of the tries in a stretch that begins at @first, how many are in time."""
    times = collections.defaultdict(list)
    for to, when in arrivals:
        if first <= when <= first + SECONDS * 1e6:
            times[to].append(when)
    assert len(times) == SERVERS
    late, missing = [], 0
    for some, none in map(lateness, times.values()):
        late += some
        missing += none
    late.sort()
    within = sum(usec <= LATE_USEC for usec in late) / (len(late) + missing)
    print(f"{len(late)} tries of {SERVERS} servers, {missing} missing; within 100 ms {within:.3%}; "
          f"median {late[len(late) // 2] / 1000:.1f} ms, 99.9 % {late[len(late) * 999 // 1000] / 1000:.1f} ms, "
          f"worst {late[-1] / 1000:.1f} ms")
    return within


@pytest.mark.timing
def test_five_thousand_servers_each_second(lab):
    """In the best of some stretches: the machine may have a pause of its own."""
    node = lab.netns("a")
    clock = node.spawn([tools.BUILD / "tests/netns/accept-clock", "80"], name="accept-clock")
    until(lambda: "ready" in clock.output(), 10, "the clock listens")
    checkd = Checkd(node, many(SERVERS), build=tools.BUILD)
    pid = node.output("pidof checkd").split()[0]
    until(lambda: states(checkd) == {"UP": SERVERS}, 30, "all are up")
    time.sleep(1)   # what came of asking is over
    begin, began = time.monotonic(), cpu_seconds(node, pid)
    time.sleep(STRETCHES * SECONDS)
    spent, lasted = cpu_seconds(node, pid) - began, time.monotonic() - begin
    clock.terminate()

    arrivals = [tuple(map(int, line.split())) for line in clock.output().splitlines()[1:]]
    within = max(in_time(arrivals, (begin + n * SECONDS) * 1e6) for n in range(STRETCHES))
    print(f"CPU {spent * 60 / lasted:.1f} s/min")
    assert within >= 0.999


@pytest.mark.timing
def test_all_die_and_checkd_is_killed(lab):
    node = lab.netns("a")
    clock = node.spawn([tools.BUILD / "tests/netns/accept-clock", "80"], name="accept-clock")
    until(lambda: "ready" in clock.output(), 10, "the clock listens")
    checkd = Checkd(node, many(SERVERS), build=tools.BUILD)
    until(lambda: states(checkd) == {"UP": SERVERS}, 30, "all are up")
    begin = time.monotonic()
    assert "connected in" in checkd.ctl("check", address(7)).stdout
    print(f"one server checked by hand after {time.monotonic() - begin:.2f} s")
    clock.kill()
    until(lambda: states(checkd) == {"DOWN": SERVERS}, 30, "all are down")
    since = {name: c["StateSinceUsec"] for name, c in checkd.checkers().items()}
    until(lambda: saved(node).count('"state":"DOWN"') == SERVERS, 20, "all are saved")
    checkd.kill("checkd")
    begin = time.monotonic()
    checkd.start("checkd")
    print(f"ready after {time.monotonic() - begin:.2f} s")
    assert {name: c["StateSinceUsec"] for name, c in checkd.checkers().items()} == since
    checkd.reload_by_signal(many(SERVERS - 1000))
    assert states(checkd) == {"DOWN": SERVERS - 1000}
    assert "the bus does not read" not in checkd.log()


@contextlib.contextmanager
def soon(what, seconds=5):
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < seconds, what


def watchdogs(node, seconds):
    """How often checkd says that it lives."""
    heard = 0
    end = time.monotonic() + seconds
    with ReadySocket(node, "checkd") as ears:
        while (left := end - time.monotonic()) > 0:
            if select.select([ears.socket], [], [], left)[0]:
                heard += ears.socket.recv(4096).count(b"WATCHDOG=1")
    return heard


def test_more_checks_than_can_be_done_make_only_each_other_late(lab):
    """Half a million a second are asked for. Nothing listens there, so that each is over at once and the next is due."""
    node = lab.netns("a")
    checkd = Checkd(node, service(*(server(address(i), "TCP_CHECK") for i in range(SERVERS)), delay_loop=0.01),
                    daemons=(), build=tools.BUILD)
    checkd.environment = {"WATCHDOG_USEC": "1000000"}
    checkd.start("checkd")
    assert watchdogs(node, 3) >= 3, "systemd is told that it lives"
    with soon("the bus is answered"):
        assert checkd.properties("checkd")["StartedUsec"] > 0
    until(lambda: saved(node).count('"state":"DOWN"') == SERVERS, 20, "all states are saved")
    with soon("SIGTERM is seen"):
        checkd.stop("checkd")
