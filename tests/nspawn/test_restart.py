# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main promise: each daemon, and the bus, is restarted and killed ten times on a loaded master, and neither the
client nor the peer nor the scripts notice.

One pair of routers carries an instance at 1 s (VRRPv2) and one at 0.1 s (VRRPv3); two clients ask once a millisecond. A
third instance, alone on a network of its own, loses its link and gets it back around every restart, so that there is always
something to be told while the teller is away. It tracks a script that must be well, so that a moment without checkd's word would
be a fault. The same for what befalls all daemons, the bus and the manager at once.
"""

import os
import time

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare, told

from lab import AddressMonitor, Capture, EchoServer, Probe, until
from lab.mainstay import DAEMONS, MainstayUnits
from lab.together import ALL_EVENTS, EVENTS, Together

pytestmark = [pytest.mark.timing, pytest.mark.calm]     # its load is one core's

TIMES = int(os.environ.get("MAINSTAY_TIMES", 10))
TOGETHER_TIMES = max(1, TIMES // 10)
APART = 2.0         # seconds between two of them, at least
LATEST = 0.1        # seconds, the slowest answer allowed

RESTLESS = """
vrrp_script well {
    script "/bin/true"
    interval 1
}
vrrp_instance restless {
    state BACKUP
    version 3
    interface eth1
    virtual_router_id 99
    priority 100
    advert_int 0.1
    virtual_ipaddress {
        10.1.0.100/24
    }
    track_script {
        well
    }
    notify_master "/etc/mainstay/notify.sh restless master"
    notify_backup "/etc/mainstay/notify.sh restless backup"
    notify_fault "/etc/mainstay/notify.sh restless fault"
    notify_stop "/etc/mainstay/notify.sh restless stop"
}
"""


class Campaign:
    """The pair, everything that watches it, and what it looked like at the start."""

    def __init__(self, lab, installation):
        self.lab = lab
        self.a = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24", eth1="10.1.0.1/24")
        self.b = lab.nspawn("b", layers=[installation], eth0="10.0.0.2/24")
        self.client = lab.netns("client", eth0="10.0.0.9/24")
        for node in (self.a, self.b):
            prepare(node)
            EchoServer(node)
            # Ten restarts of the bus within a minute are the test's doing, not an error of the bus.
            node.write("/etc/systemd/system/dbus.service.d/lab.conf", "[Unit]\nStartLimitBurst=100\n")
            node.systemctl("daemon-reload")
        # Both interfaces of a are on one switch, and each would answer ARP for the other's addresses.
        self.a.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1")
        self.capture = Capture(lab)
        self.mainstay = MainstayUnits(self.a, pair_config("a", 100, RESTLESS))
        self.peer = MainstayUnits(self.b, pair_config("b", 90))
        for name in ("VI_1", "VI_3", "restless"):
            self.mainstay.wait_state("MASTER", name)
        for name in ("VI_1", "VI_3"):
            self.peer.wait_state("BACKUP", name)
        until(lambda: told(self.a, "restless")[-1:] == ["master"], 10, "the first notifications")
        self.load = self.a.spawn(["sh", "-c", "while :; do :; done"], name="load")
        self.monitor = AddressMonitor(self.a)
        self.probes = [Probe(self.client, vip).start() for vip in (VIP1, VIP3)]
        for probe in self.probes:
            probe.wait_answered()

    def picture(self):
        """All that must be the same afterwards."""
        peer = [self.peer.instance(name) for name in ("VI_1", "VI_3")]
        return {"peer": [(i["State"], i["BecameMaster"], i["LastTransitionUsec"]) for i in peer],
                "told": [told(node, name) for node in (self.a, self.b) for name in ("VI_1", "VI_3")]}

    def disturb(self, action):
        """Do something to a daemon while the restless instance loses its link and gets it back."""
        began = time.monotonic()
        lines = len(told(self.a, "restless"))
        action()
        self.a.pull_cable("eth1")
        until(lambda: "fault" in told(self.a, "restless")[lines:], 10, "the fault is told")
        self.a.plug_cable("eth1")
        until(lambda: told(self.a, "restless")[-1] in ("master", "master repeated"), 10, "the recovery is told")
        until(lambda: time.monotonic() - began >= APART, APART + 1, "two seconds have passed")

    def judge(self, since, before, repeats_allowed):
        """Everything that was noticed, by anybody, in one list."""
        noticed = []
        for probe in self.probes:
            noticed += [f"{probe.address}: {o.lost} requests lost at {clock(o.start)}" for o in probe.outages(since)]
            if probe.slowest(since) > LATEST:
                noticed.append(f"{probe.address}: an answer after {probe.slowest(since) * 1000:.0f} ms")
        noticed += [f"the peer advertised {a.vrid} at {clock(a.time)}"
                    for a in self.capture.adverts(self.b, since=since)]
        noticed += [f"{clock(e.time)}: {e.action} {e.address}"
                    for e in self.monitor.seen(since=since) if e.address in (VIP1, VIP3)]
        after = self.picture()
        noticed += [f"{key}: {before[key]} became {after[key]}" for key in before if before[key] != after[key]]
        lines = told(self.a, "restless")
        once = [line for line in lines if not line.endswith(" repeated")]
        if once != ["backup", "master"] + ["fault", "backup", "master"] * ((len(once) - 2) // 3):
            noticed.append(f"missed, doubled or out of order: {lines}")
        if len(once) < len(lines) and not repeats_allowed:
            noticed.append(f"repeated: {lines}")
        assert not noticed, "\n" + "\n".join(noticed)


def clock(seconds):
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f"{seconds % 1:.3f}"[1:]


@pytest.fixture(scope="module")
def campaign(shared_lab, installation):
    campaign = Campaign(shared_lab, installation)
    yield campaign
    for probe in campaign.probes:
        probe.stop()


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("action", ["restart", "kill -9"])
def test_nobody_notices(campaign, daemon, action):
    since, before = time.time(), campaign.picture()
    for _ in range(TIMES):
        campaign.disturb(lambda: campaign.mainstay.restart(daemon) if action == "restart"
                         else campaign.mainstay.kill(daemon))
    campaign.judge(since, before, repeats_allowed=(daemon, action) == ("notifyd", "kill -9"))


def test_nobody_notices_that_the_bus_is_restarted(campaign):
    since, before = time.time(), campaign.picture()
    pids = [campaign.mainstay.pid(daemon) for daemon in DAEMONS]
    for _ in range(TIMES):
        campaign.disturb(lambda: campaign.a.systemctl("restart", "dbus"))
    assert [campaign.mainstay.pid(daemon) for daemon in DAEMONS] == pids
    campaign.judge(since, before, repeats_allowed=False)


@pytest.mark.parametrize("event", ALL_EVENTS if TIMES >= 100 else EVENTS)
def test_nobody_notices_what_befalls_all_at_once(campaign, event):
    together = Together(campaign.mainstay)
    since, before = time.time(), campaign.picture()
    for _ in range(TOGETHER_TIMES):
        campaign.disturb(getattr(together, event))
    together.wait_answering()
    campaign.judge(since, before, repeats_allowed=event.startswith("kill"))
