# SPDX-License-Identifier: LGPL-2.1-or-later
"""An upgrade and the way back: the previous commit's Mainstay, units and all, is replaced by this one under a running master,
and this one by it again, on both routers at once, as the README says, and nobody notices."""

import pathlib
import subprocess
import time

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare, told

from lab import AddressMonitor, Capture, EchoServer, Probe, holds_for, tools, until
from lab.mainstay import MainstayUnits, install
from lab.together import Together

pytestmark = [pytest.mark.timing, pytest.mark.calm]


@pytest.fixture(scope="module")
def previous():
    """The commit before this one as it is installed, from the repository's own history; nodes see it where it is."""
    built = subprocess.run([tools.SOURCE / "scripts" / "build-previous", tools.BUILD / "previous"], capture_output=True, text=True)
    if built.returncode == 77:
        pytest.skip(built.stdout.splitlines()[-1])
    assert built.returncode == 0, built.stdout + built.stderr
    return pathlib.Path(built.stdout.splitlines()[-1])


def put(node, tree):
    """As a package manager does: new files in the place of the old ones, which run on."""
    node.run(["cp", "-a", "--remove-destination", f"{tree}/.", "/"])
    node.systemctl("daemon-reload")


def restart(*mainstays):
    """All of these at the same time, and wait until they are at work."""
    for process in [m.node.spawn("systemctl restart mainstay.service", name="restart") for m in mainstays]:
        assert process.popen.wait(60) == 0, process.output()
    for mainstay in mainstays:
        Together(mainstay).wait_answering()


def test_an_upgrade_and_a_downgrade_are_restarts(lab, installation, previous):
    a = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    b = lab.nspawn("b", layers=[installation], eth0="10.0.0.2/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    install(a.share / "this")
    for node in (a, b):
        prepare(node)
        EchoServer(node)
    put(a, previous)
    capture = Capture(lab)
    mainstay, peer = MainstayUnits(a, pair_config("a", 100)), MainstayUnits(b, pair_config("b", 90))
    for name in ("VI_1", "VI_3"):
        mainstay.wait_state("MASTER", name)
        peer.wait_state("BACKUP", name)

    def words():
        return [told(node, name) for node in (a, b) for name in ("VI_1", "VI_3")]
    until(lambda: [said[-1:] for said in words()] == [["master"]] * 2 + [["backup"]] * 2, 10, "that is told")
    monitor = AddressMonitor(a)
    before = words()
    with Probe(client, VIP1) as slow, Probe(client, VIP3) as fast:
        slow.wait_answered()
        fast.wait_answered()
        since = time.time()
        put(a, "/lab/this")
        restart(mainstay)
        holds_for(lambda: a.has(VIP1) and a.has(VIP3), 1.5, "the addresses stay")
        for node in (a, b):
            put(node, previous)
        restart(mainstay, peer)
        holds_for(lambda: a.has(VIP1) and a.has(VIP3), 1.5, "the addresses stay")
    for probe in (slow, fast):
        assert not probe.outages(since), probe.outages(since)
        assert probe.slowest(since) < 0.1
    assert not capture.adverts(b, since=since)
    assert not monitor.seen(since=since)
    assert words() == before
