# SPDX-License-Identifier: LGPL-2.1-or-later
"""Servers and quorums: scripts once each, mails as keepalived writes them."""

import random
import time

import pytest

from lab import holds_for, until

from desk import Desk, config

SERVICE = """
    quorum_up "/say.sh quorum-up"
    quorum_down "/say.sh quorum-down"
    smtp_alert
"""
SERVER = """
    notify_up "/say.sh up"
    notify_down "/say.sh down"
"""
RS = "[r1] Realserver [10.0.0.11]:tcp:80 of virtual server [10.0.0.100]:tcp:80 - "
VS = "[r1] Virtualserver [10.0.0.100]:tcp:80 - "


@pytest.fixture
def desk(lab):
    return Desk(lab, config(service=SERVICE, server=SERVER)).start_producer("ipvsd").start_producer("checkd")


def wait_mails(desk, expected, timeout=20):
    """Subjects and texts, in the order of arrival."""
    def mails():
        return [(mail["Subject"], mail.get_content().strip()) for mail in desk.mails()]
    try:
        until(lambda: len(mails()) >= len(expected), timeout)
    except TimeoutError:
        pass
    assert mails() == expected


def test_a_server_and_its_quorum_go_and_return(desk):
    desk.start_mail()
    desk.quorum("UP", initial=True, weight=2)
    desk.wait_runs(["quorum-up"])
    desk.server("UP", initial=True)
    desk.checker("UP", "UNKNOWN")
    desk.checker("DOWN", "UP", result="connection refused")
    desk.server("DOWN")
    desk.wait_runs(["quorum-up", "down"])
    desk.quorum("DOWN", weight=0)
    desk.wait_runs(["quorum-up", "down", "quorum-down"])
    desk.checker("UP", "DOWN", result="connected")
    desk.server("UP")
    desk.wait_runs(["quorum-up", "down", "quorum-down", "up"])
    until(lambda: len(desk.mails()) == 4, 20)
    desk.idle()
    found = sorted((mail["Subject"], mail.get_content().strip()) for mail in desk.mails())
    assert found == sorted([
        (VS + "UP", "=> Starting with quorum up 1+0=1 <= 2 <="),
        (VS + "DOWN", "=> Lost quorum 1+0=1 <= 0 <="),
        (RS + "DOWN", "=> TCP_CHECK: connection refused <="),
        (RS + "UP", "=> TCP_CHECK: connected <="),
    ])


def test_no_checker_emails(lab):
    desk = Desk(lab, config(globals="no_checker_emails\n rs_init_notifies", service="", server=SERVER))
    desk.start_producer("ipvsd").start_producer("checkd").start_mail()
    desk.server("UP", initial=True)
    desk.wait_runs(["up"])
    desk.checker("DOWN", "UP")
    desk.server("DOWN", reason="TCP_CHECK: timeout")
    wait_mails(desk, [(RS + "DOWN", "=> TCP_CHECK: timeout <=")])
    desk.server("UP")
    wait_mails(desk, [(RS + "DOWN", "=> TCP_CHECK: timeout <="), (RS + "UP", "=> because <=")])


def test_a_server_that_a_reload_removed(lab):
    desk = Desk(lab, config(service=SERVICE, server=SERVER)).start_producer("ipvsd").start_mail()
    desk.mainstay.configure(config())
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"])
    desk.server("DOWN", departed=True, reason="reload")
    desk.wait_runs(["down"])
    wait_mails(desk, [(RS + "DOWN", "=> Removing <=")])


def test_killed_at_random_moments(desk):
    """Two servers change in turn; each script runs once unmarked, or once more and marked."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    states = {"10.0.0.11 80": "UP", "10.0.0.12 80": "UP"}
    counts = {"up": 0, "down": 0}
    desk.slow(0.02)
    for _ in range(15):
        for _ in range(chance.randrange(1, 6)):
            server = chance.choice(list(states))
            states[server] = "DOWN" if states[server] == "UP" else "UP"
            counts[states[server].lower()] += 1
            desk.server(states[server], server)
        time.sleep(chance.random() * 0.1)
        desk.kill()
        desk.start()

    def plain(word):
        return len([line for line in desk.scripts() if line == f"end {word} repeat="])

    def again(word):
        return len([line for line in desk.scripts() if line == f"end {word} repeat=1"])

    until(lambda: all(plain(word) + again(word) >= count for word, count in counts.items()), 60, "all have run")
    desk.idle()
    for word, count in counts.items():
        assert plain(word) <= count, "an unmarked run was doubled"
        assert plain(word) + again(word) >= count
    holds_for(lambda: desk.properties()["Pending"] == 0, 0.3)
