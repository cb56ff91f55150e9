# SPDX-License-Identifier: LGPL-2.1-or-later
"""An upgrade and the way back: the previous commit's Mainstay, units and all, is replaced by this one under a running master,
and this one by it again, as the README says, and nobody notices."""

import pathlib
import subprocess
import time

import pytest
from installed_pair import VIP1, VIP3, pair_config, prepare, told

from lab import AddressMonitor, Capture, EchoServer, Probe, holds_for, tools, until
from lab.mainstay import MainstayUnits, install
from lab.together import Together

pytestmark = [pytest.mark.timing, pytest.mark.calm]

def git(*arguments):
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", tools.SOURCE, *arguments],
                          capture_output=True, text=True)


@pytest.fixture(scope="module")
def previous_build(tmp_path_factory):
    """The commit before this one, built from the repository's own history."""
    commit = git("rev-parse", "--verify", "HEAD~1")
    if commit.returncode != 0:
        pytest.skip("the repository has no previous commit (a shallow clone?)")
    commit = commit.stdout.strip()
    build = tools.BUILD / "previous" / commit
    if (build / "complete").exists():
        return build
    source = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(["git", "-c", "safe.directory=*", "-C", tools.SOURCE, "archive", commit],
                             capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", source], input=archive, check=True)
    if not pathlib.Path(source / "vrrpd" / "main.c").exists():
        pytest.skip("the previous commit has no vrrpd")
    for command in (["meson", "setup", build, source, "-Dtests=disabled", "--buildtype=plain"], ["ninja", "-C", build]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"the previous commit does not build: {done.stdout[-300:]}")
    (build / "complete").touch()
    return build


class Version:
    """An installed tree, as a package has it."""

    def __init__(self, node, name, build):
        self.node = node
        self.path = f"/lab/{name}"
        install(node.share / name, build)

    def install(self):
        """As a package manager does: new files in the place of the old ones, which run on."""
        self.node.run(["cp", "-a", "--remove-destination", self.path + "/.", "/"])
        self.node.systemctl("daemon-reload")


def test_an_upgrade_and_a_downgrade_are_restarts(lab, installation, previous_build):
    a = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    b = lab.nspawn("b", layers=[installation], eth0="10.0.0.2/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    for node in (a, b):
        prepare(node)
        EchoServer(node)
    previous, this = Version(a, "previous", previous_build), Version(a, "this", tools.BUILD)
    previous.install()
    capture = Capture(lab)
    mainstay, peer = MainstayUnits(a, pair_config("a", 100)), MainstayUnits(b, pair_config("b", 90))
    for name in ("VI_1", "VI_3"):
        mainstay.wait_state("MASTER", name)
        peer.wait_state("BACKUP", name)
    until(lambda: [told(a, name)[-1:] for name in ("VI_1", "VI_3")] == [["master"]] * 2, 5, "that is told")
    monitor = AddressMonitor(a)
    before = [told(a, name) for name in ("VI_1", "VI_3")]
    with Probe(client, VIP1) as slow, Probe(client, VIP3) as fast:
        slow.wait_answered()
        fast.wait_answered()
        since = time.time()
        for version in (this, previous) * 2:
            version.install()
            mainstay.restart()
            Together(mainstay).wait_answering()
            holds_for(lambda: a.has(VIP1) and a.has(VIP3), 1.5, "the addresses stay")
    for probe in (slow, fast):
        assert not probe.outages(since), probe.outages(since)
        assert probe.slowest(since) < 0.1
    assert not capture.adverts(b, since=since)
    assert not monitor.seen(since=since)
    assert [told(a, name) for name in ("VI_1", "VI_3")] == before
