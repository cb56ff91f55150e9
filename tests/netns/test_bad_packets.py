# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a stranger on the network may send: each kind is counted and dropped, nothing changes, and the log stays
quiet."""

import random
import time

import pytest

from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from lab.scenario import simple
from lab.stranger import Stranger, packet

VIP, SELF = "10.0.0.100", "10.0.0.1"
PASS = "authentication {\n auth_type PASS\n auth_pass secret12\n }"


BAD = {
    "truncated": dict(cut=4),
    "empty": dict(cut=0),
    "oversized": dict(tail=b"x" * 1200),
    "too long": dict(tail=b"\0" * 8),
    "more addresses than bytes": dict(count=200),
    "ttl": dict(ttl=254),
    "checksum": dict(spoil=True),
    "version": dict(version=7),
    "version 3": dict(version=3),
    "type": dict(kind=2),
    "password": dict(auth=(1, b"wrong")),
    "auth type": dict(auth=(0, b"")),
    "interval": dict(interval=2),
    "unicast": dict(destination=SELF),
    "vrid": dict(vrid=52),
    "from self": dict(source=SELF),
}


@pytest.fixture(scope="module")
def scene(shared_lab):
    """A master that a stranger speaks to."""
    node = shared_lab.netns("router", eth0=f"{SELF}/24")
    node.run("sysctl -qw net.ipv4.conf.all.accept_local=1")     # else the kernel drops what seems to come from us
    router = Mainstay(node, simple(100, more=PASS))
    router.wait_has(VIP, 8)
    return router, Stranger(shared_lab), Capture(shared_lab)


def errors(router):
    return sum(router.instance()["PacketErrors"].values())


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_packet_is_counted_and_dropped(scene, kind):
    router, stranger, _ = scene
    before = errors(router)
    transition = router.instance()["LastTransitionUsec"]
    for _ in range(10):
        stranger.send(**BAD[kind])
    until(lambda: errors(router) >= before + 10, 10, f"ten packets of the kind '{kind}' are counted")
    assert router.running["vrrpd"].running
    assert router.instance()["LastTransitionUsec"] == transition
    assert router.has(VIP)


def test_a_good_packet_would_have_been_believed(scene):
    """The counterpart: the same packet with nothing wrong takes the mastership away."""
    router, stranger, _ = scene
    stranger.send()
    router.wait_state("BACKUP")
    router.wait_has(VIP, 8)


@pytest.mark.timing     # beside other tests the capture loses packets, and with them adverts
def test_a_flood_is_logged_once_for_each_kind(scene):
    router, stranger, capture = scene
    log = router.running["vrrpd"].log
    size = log.stat().st_size
    since = capture.wait_advert(router.node, since=time.time()).time

    def flood():
        for kind in ("checksum", "password", "ttl", "truncated", "vrid"):
            for _ in range(10):
                stranger.send(**BAD[kind])
        return router.has(VIP)

    holds_for(flood, 3, "the flooded router is master")
    said = log.read_text()[size:].splitlines()
    assert len(said) <= 5, "\n".join(said[:40])
    for kind in ("bad-checksum", "bad-auth", "bad-ttl", "truncated"):
        assert log.read_text().count(f"({kind})") == 1, kind
    assert max(capture.gaps(router.node, since=since)) < 1.5


def test_random_bytes_do_no_harm(scene):
    router, stranger, _ = scene
    dice = random.Random(112)
    transition = router.instance()["LastTransitionUsec"]
    for _ in range(3000):
        data, destination = packet(spoil=True, tail=dice.randbytes(dice.randrange(64)), cut=dice.randrange(80))
        body = bytearray(data)
        for _ in range(dice.randrange(4)):
            if len(body) > 20:
                body[dice.randrange(20, len(body))] = dice.randrange(256)
        stranger.socket.sendto(bytes(body), (destination, 0))
    assert router.running["vrrpd"].running
    assert router.has(VIP) and router.instance()["LastTransitionUsec"] == transition
