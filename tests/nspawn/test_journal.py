# SPDX-License-Identifier: LGPL-2.1-or-later
"""1,020 routers that change at once have more to say than the journal's socket holds, and every line of it arrives, also when the
journal hangs for a while; what there is no room for is counted, in its place."""

import collections
import contextlib
import json
import os
import re
import signal

import pytest
from lab import until
from lab.bus import busctl
from lab.mainstay import DAEMONS, MainstayUnits, unit

pytestmark = pytest.mark.timing

LINKS = range(4)
VRIDS = range(1, 256)
ALL = len(LINKS) * len(VRIDS)
CHANGED = "5e0a4d1b6f3c4c0f9d7a2b8c1e4f6a01"
CONFIG = "global_defs {\n router_id many\n vrrp_version 3\n}\n" + "".join(f"""vrrp_instance L{link}_{vrid} {{
    interface v{link}
    virtual_router_id {vrid}
    priority 100
    virtual_ipaddress {{
        10.1{link}.0.{vrid}/32
    }}
}}
""" for link in LINKS for vrid in VRIDS)


class Many:
    """A router with 1,020 instances, and a journal that allows a unit less than these say."""

    def __init__(self, node):
        self.node = node
        node.write("/etc/systemd/journald.conf.d/lab.conf", "[Journal]\nStorage=volatile\nRateLimitBurst=1000\n")
        node.systemctl("restart", "systemd-journald")
        for link in LINKS:
            node.run(f"ip link add v{link} type veth peer name w{link}")
            node.run(f"ip link set w{link} up")
            node.run(f"ip address add 10.1{link}.0.0/16 dev v{link}")
            node.run(f"ip link set v{link} up")
        self.mainstay = MainstayUnits(node)
        self.mainstay.configure(CONFIG)
        self.mainstay.start("vrrpd")
        self.all_are("MASTER")

    def all_are(self, state):
        name, root = DAEMONS["vrrpd"]

        def counted():
            rows = busctl(self.node, "call", name, root, "org.mainstay.Vrrp1.Manager", "Summary")[0]
            return sum(state in row for row in rows) == ALL
        until(counted, 30, f"all are {state}")

    @contextlib.contextmanager
    def journal_hung(self):
        pid = self.node.main_pid("systemd-journald")
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def change_all(self):
        """Two lines for each."""
        self.mainstay.ctl("maintenance", "on")
        self.all_are("MAINTENANCE")
        self.mainstay.ctl("maintenance", "off")
        self.all_are("BACKUP")

    def lines(self, *which):
        """What vrrpd has said, in the fields that are asked for here; journalctl(1) picks, because there is much of it."""
        said = self.node.run(["journalctl", "--no-pager", "--quiet", "--output=json", "--unit", unit("vrrpd"),
                              "--output-fields=MESSAGE,MAINSTAY_INSTANCE,MAINSTAY_SAID_USEC", *which], check=False)
        assert not said.stderr, said.stderr     # its exit status is 1 where there is nothing, too
        return [json.loads(line) for line in said.stdout.splitlines()]

    def states(self):
        """What each instance became, as the journal has it."""
        states = collections.defaultdict(list)
        for line in self.lines(f"MESSAGE_ID={CHANGED}"):
            states[line["MAINSTAY_INSTANCE"]].append(re.match(r"\S+: (\w+), was", line["MESSAGE"])[1])
        return states

    def wait_told(self, *states):
        def told():
            found = self.states()
            return len(found) == ALL and all(became == list(states) for became in found.values())
        until(told, 20, f"the journal has {states} of all")

    def lost(self):
        return self.mainstay.properties("vrrpd")["LogDropped"]


@pytest.fixture(scope="module")
def many(shared_lab, installation):
    return Many(shared_lab.nspawn("a", layers=[installation]).wait_booted())


def test_no_line_of_a_thousand_at_once_is_lost(many):
    many.wait_told("BACKUP", "MASTER")
    assert many.lost() == 0


def test_what_is_said_while_the_journal_hangs_comes_late_and_in_order(many):
    with many.journal_hung():
        many.change_all()
        many.all_are("MASTER")
    many.wait_told("BACKUP", "MASTER", "MAINTENANCE", "BACKUP", "MASTER")
    assert many.lost() == 0
    late = [line for line in many.lines() if "MAINSTAY_SAID_USEC" in line]
    assert len(late) > ALL
    assert all(int(line["MAINSTAY_SAID_USEC"]) <= int(line["__REALTIME_TIMESTAMP"]) for line in late)
    assert many.lines("--grep=came late")


def test_what_there_is_no_room_for_is_counted_in_its_place(many):
    with many.journal_hung():
        for _ in range(20):
            many.change_all()
            if many.lost():
                break
        many.all_are("MASTER")
    lost = many.lost()
    assert lost > 0

    def reported():
        return sum(int(n) for line in many.lines("--grep=messages were lost here")
                   for n in re.findall(r"^(\d+) messages were lost here", line["MESSAGE"]))
    until(lambda: reported() == lost, 20, "the journal says how many were lost")
    assert "Suppressed" not in many.node.journal("-u", "systemd-journald"), "and loses none by itself"
