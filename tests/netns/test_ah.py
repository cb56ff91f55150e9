# SPDX-License-Identifier: LGPL-2.1-or-later
"""The authentication header between two of ours, and strangers that forge or replay it."""

import hashlib
import hmac
import socket

import pytest
from lab import Capture, holds_for, until
from lab.mainstay import Mainstay
from lab.scenario import simple
from lab.stranger import Stranger, packet
from vrrp import transitions

AH = "authentication {\n auth_type AH\n auth_pass secret12\n }"
PEER = "10.0.0.2"


def authenticated(sequence, key=b"secret12", source=PEER, spi=None, next_header=112, auth_type=2, spoil=0, cut=None,
                  **fields):
    """An advertisement with authentication header, wrong where it is told to be."""
    plain, destination = packet(auth=(auth_type, b""), source=source, **fields)
    body = plain[20:]
    spi = socket.inet_aton(spi or source)
    header = bytearray(plain[:20])
    header[2:4] = (20 + 24 + len(body)).to_bytes(2, "big")
    header[9] = 51
    ah = bytes([next_header, 4, 0, 0]) + spi + sequence.to_bytes(4, "big")
    covered = bytearray(header)
    covered[1] = covered[6] = covered[7] = 0
    covered[10:12] = bytes(2)
    digest = bytearray(hmac.new(key, bytes(covered) + ah + bytes(12) + body, hashlib.md5).digest()[:12])
    digest[0] ^= spoil
    return (bytes(header) + ah + bytes(digest) + body)[:cut], destination


@pytest.fixture(scope="module")
def scene(shared_lab):
    """A master, whom a stranger that knows the password, or not, plays a peer."""
    node = shared_lab.netns("router", eth0="10.0.0.1/24")
    router = Mainstay(node, simple(100, more=AH))
    router.wait_has("10.0.0.100", 8)
    return router, Stranger(shared_lab)


def send(stranger, *arguments, **wrong):
    data, destination = authenticated(*arguments, **wrong)
    stranger.socket.sendto(data, (destination, 0))


BAD = {
    "digest": (dict(spoil=1), "bad-auth"),
    "another key": (dict(key=b"secret13"), "bad-auth"),
    "SPI": (dict(spi="10.0.0.3"), "bad-auth"),
    "what is inside": (dict(next_header=17), "auth-header"),
    "the type": (dict(auth_type=1), "bad-auth-type"),
    "the TTL": (dict(ttl=254), "bad-ttl"),
    "the interval": (dict(interval=2), "bad-interval"),
    "the end": (dict(cut=50), "truncated"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_packet_is_counted_and_dropped(scene, kind):
    router, stranger = scene
    wrong, word = BAD[kind]
    before = router.instance()
    for number in range(5):
        send(stranger, 1000 + number, priority=200, **wrong)
    until(lambda: router.instance()["PacketErrors"][word] == before["PacketErrors"][word] + 5, 10, f"five are {word}")
    assert router.instance()["LastTransitionUsec"] == before["LastTransitionUsec"]


def test_a_replayed_packet_is_dropped(scene):
    router, stranger = scene
    send(stranger, 5, priority=50)
    until(lambda: router.instance()["AdvertsReceived"] == 1, 10)
    send(stranger, 5, priority=200)
    send(stranger, 4, priority=200)
    until(lambda: router.instance()["PacketErrors"]["replayed"] == 2, 10, "both are counted")
    assert router.state() == "MASTER"
    router.kill("vrrpd")
    router.start("vrrpd")
    send(stranger, 5, priority=200)
    until(lambda: router.instance()["PacketErrors"]["replayed"] == 1, 10, "the successor knows")
    assert router.state() == "MASTER"
    send(stranger, 6, priority=200)
    router.wait_state("BACKUP")
    router.wait_state("MASTER")


def test_plain_adverts_are_not_heard(scene):
    router, stranger = scene
    for auth in ((0, b""), (1, b"secret12"), (2, b"")):
        stranger.send(priority=200, auth=auth, source=PEER)
    holds_for(lambda: router.state() == "MASTER", 0.2, "packets of protocol 112 are none of its own")


def test_a_pair_fails_over_and_numbers_grow(lab):
    a, b = lab.netns("a", eth0="10.0.0.1/24"), lab.netns("b", eth0="10.0.0.2/24")
    capture = Capture(lab)
    ma, mb = Mainstay(a, simple(100, more=AH)), Mainstay(b, simple(90, more=AH))
    ma.wait_state("MASTER")
    until(lambda: mb.instance()["MasterAddress"] == "10.0.0.1", 10)
    advert = capture.wait_advert(a)
    assert (advert.version, advert.auth_type, advert.auth_data, advert.ttl) == (2, 2, bytes(8), 255)
    assert advert.checksum_good
    for _ in range(2):
        ma.kill("vrrpd")
        ma.start("vrrpd")
        holds_for(lambda: ma.state() == "MASTER" and mb.state() == "BACKUP", 1.2)
    ma.stop("vrrpd")
    mb.wait_state("MASTER", timeout=3)
    ma.start("vrrpd")
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    numbers = [advert.sequence for advert in capture.adverts()]
    assert numbers == sorted(set(numbers)), "of both together: each goes on from what it has heard"
    assert transitions(mb) == ["BACKUP", "MASTER", "BACKUP"]
    assert not any(mb.instance()["PacketErrors"].values())
