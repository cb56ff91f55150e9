# SPDX-License-Identifier: LGPL-2.1-or-later
"""IPv6 instances (RFC 9568): election, neighbour advertisements, restarts, unicast, addresses of the other family."""

import shutil
import socket
import struct
import subprocess
import time

import pytest
from lab import AddressMonitor, Capture, holds_for, until
from lab.capture import checksum
from lab.mainstay import Mainstay
from vrrp import down_interval, skew, transitions

LINK, GLOBAL = "fe80::100", "2001:db8::100"
ADVERT = 0.1


def config(priority, extra="", addresses=(f"{GLOBAL}/64", f"{LINK}/64"), head="", name="VI_1", vrid=51, advert=ADVERT):
    """The global address first, as people write it: the link-local one must come first all the same."""
    lines = "\n        ".join(addresses)
    return f"""{head}
vrrp_instance {name} {{
    state BACKUP
    interface eth0
    virtual_router_id {vrid}
    priority {priority}
    advert_int {advert}
    {extra}
    virtual_ipaddress {{
        {lines}
    }}
}}
"""


def nodes(lab):
    return lab.netns("a", eth0=["fe80::1/64", "10.0.0.1/24"]), lab.netns("b", eth0=["fe80::2/64", "10.0.0.2/24"])


def pair(lab, **options):
    a, b = nodes(lab)
    ma, mb = Mainstay(a, config(100, **options)), Mainstay(b, config(90, **options))
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    return ma, mb


def neighbour(client, address):
    """What a host believes: the MAC of an address, and whether it is a router."""
    words = client.output(["ip", "-6", "neigh", "show", address, "dev", "eth0"]).split()
    return (words[words.index("lladdr") + 1] if "lladdr" in words else None), "router" in words


def test_a_pair_elects_and_fails_over(lab):
    capture = Capture(lab)
    client = lab.netns("client", eth0=["fe80::9/64", "2001:db8::9/64"])
    a, b = pair(lab)
    mac_a, mac_b = a.node.port().mac, b.node.port().mac

    advert = capture.wait_advert(a.node)
    assert (advert.source, advert.destination, advert.ttl) == ("fe80::1", "ff02::12", 255)
    assert (advert.version, advert.vrid, advert.priority, advert.interval) == (3, 51, 100, ADVERT)
    assert advert.addresses == [LINK, GLOBAL], "RFC 9568, erratum 8300"
    assert advert.checksum_good
    assert b.instance()["MasterAddress"] == "fe80::1"
    until(lambda: len(capture.neighbours(a.node, GLOBAL)) == 5, 10, "five advertisements for each address")
    for address in (LINK, GLOBAL):
        for na in capture.neighbours(a.node, address):
            assert (na.flags, na.hop_limit, na.destination, na.source) == ("RO", 255, "ff02::1", address)
            assert na.target_mac == mac_a

    assert "nodad" in a.node.output("ip -6 address show dev eth0 to " + GLOBAL)
    assert client.run(["ping", "-6", "-c", "1", "-W", "2", GLOBAL]).returncode == 0, "no wait for DAD"
    assert neighbour(client, GLOBAL)[0] == mac_a
    a.node.power_off()
    last = capture.adverts(a.node)[-1].time
    taken = capture.wait_advert(b.node, since=last)
    expected = down_interval(90, ADVERT, 3)
    assert expected - 0.01 <= taken.time - last < expected + 0.1
    until(lambda: neighbour(client, GLOBAL) == (mac_b, True), 10, "the host knows the new master")


def test_kill_9_and_stop(lab):
    advert = 0.5        # leaves more than a second for a start with sanitizers
    a, b = pair(lab, advert=advert)
    capture = Capture(lab)
    monitors = [AddressMonitor(m.node, inet6=True) for m in (a, b)]
    for _ in range(3):
        began = time.time()
        a.kill("vrrpd")
        a.start("vrrpd")
        capture.wait_advert(a.node, since=began)
        holds_for(lambda: a.state() == "MASTER" and b.state() == "BACKUP", 1.2)     # longer would be a crash loop
    assert [m.seen() for m in monitors] == [[], []]
    assert transitions(a) == ["BACKUP", "MASTER"] and transitions(b) == ["BACKUP"]
    assert {advert.source for advert in capture.adverts()} == {"fe80::1"}

    a.stop("vrrpd")
    zero = capture.wait_advert(a.node, priority=0)
    taken = capture.wait_advert(b.node, since=zero.time)
    assert skew(90, advert, 3) <= taken.time - zero.time < skew(90, advert, 3) + 0.1
    b.wait_has(GLOBAL)
    a.wait_lost(GLOBAL).wait_lost(LINK)
    assert a.has("fe80::1")


def test_without_link_local_address_it_waits_for_one(lab):
    """The virtual one is none to speak from."""
    a, _ = nodes(lab)
    a.run("ip address del fe80::1/64 dev eth0")
    m = Mainstay(a, config(100))
    m.wait_state("FAULT")
    assert "link-local" in m.instance()["FaultReasons"][0]
    a.run("ip address add fe80::1/64 dev eth0 nodad")
    m.wait_state("MASTER")
    a.run("ip address del fe80::1/64 dev eth0")
    m.wait_state("FAULT").wait_lost(LINK)


def test_both_families_with_one_number_and_addresses_of_the_other(lab):
    a, _ = nodes(lab)
    capture = Capture(lab)
    four = config(100, name="V4", addresses=("10.0.0.100/24",),
                  extra="version 3\n virtual_ipaddress_excluded {\n 2001:db8::200/64\n }")
    m = Mainstay(a, config(100, extra="virtual_ipaddress_excluded {\n 10.0.0.200/24\n }") + four)
    for address in (LINK, GLOBAL, "10.0.0.200", "10.0.0.100", "2001:db8::200"):
        m.wait_has(address)
    m.wait_state("MASTER").wait_state("MASTER", name="V4")
    until(lambda: capture.neighbours(a, "2001:db8::200") and capture.arps(a, "10.0.0.200"), 10,
          "excluded ones are announced")
    assert capture.wait_advert(a, version=3, destination="224.0.0.18").addresses == ["10.0.0.100"]
    assert capture.wait_advert(a, destination="ff02::12").addresses == [LINK, GLOBAL]


def test_unicast(lab):
    def unicast(own, peer, more=""):
        return f"unicast_src_ip fe80::{own}\n unicast_peer {{\n fe80::{peer} {more}\n }}\n"
    a, b = nodes(lab)
    capture = Capture(lab)
    ma = Mainstay(a, config(100, extra=unicast(1, 2) + "unicast_ttl 9"))
    mb = Mainstay(b, config(90, extra=unicast(2, 1, "min_ttl 9 max_ttl 9")))
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    advert = capture.wait_advert(a)
    assert (advert.source, advert.destination, advert.ttl, advert.checksum_good) == ("fe80::1", "fe80::2", 9, True)

    mb.configure(config(90, extra=unicast(2, 1, "min_ttl 10")))
    mb.running["vrrpd"].signal(1)
    mb.wait_state("MASTER")
    assert mb.instance()["PacketErrors"]["bad-ttl"] > 0
    mb.configure(config(90, extra=unicast(2, 3) + "check_unicast_src"))
    mb.running["vrrpd"].signal(1)
    until(lambda: mb.instance()["PacketErrors"]["unknown-peer"] > 0, 10, "a stranger is not heard")


def test_unicast_without_peers(lab):
    """IPv4: the keyword knows no family."""
    a, _ = nodes(lab)
    unicast = "version 3\n unicast_src_ip 10.0.0.1\n unicast_fault_no_peer"
    m = Mainstay(a, config(100, addresses=("10.0.0.100/24",), extra=unicast))
    m.wait_state("FAULT")
    assert "unicast_peer" in m.instance()["FaultReasons"][0]
    m.configure(config(100, addresses=("10.0.0.100/24",), extra=unicast + "\n unicast_peer {\n 10.0.0.2\n }"))
    m.running["vrrpd"].signal(1)
    m.wait_state("MASTER").wait_has("10.0.0.100")


def test_a_vrf_is_where_it_speaks(lab):
    """Unicast over IPv4, without an interface: out by the VRF's routes, and in by any of its interfaces."""
    a = lab.netns("a", eth0="10.0.0.1/24")
    if a.run("ip link add red type vrf table 10", check=False).returncode != 0:
        pytest.skip("this kernel has no VRFs")
    a.run("ip link set red up")
    a.run("ip link set eth0 master red")
    b = lab.netns("b", eth0="10.0.0.2/24")
    unicast = "version 3\n unicast_src_ip 10.0.0.{}\n unicast_peer {{\n 10.0.0.{}\n }}"
    ma = Mainstay(a, config(90, addresses=("10.0.0.100/24 dev eth0",), extra=unicast.format(1, 2))
                  .replace("interface eth0", "vrf red"))
    mb = Mainstay(b, config(100, addresses=("10.0.0.100/24",), extra=unicast.format(2, 1)))
    mb.wait_state("MASTER")
    until(lambda: ma.instance()["MasterAddress"] == "10.0.0.2", 10, "it hears")
    mb.configure(config(50, addresses=("10.0.0.100/24",), extra=unicast.format(2, 1)))
    mb.running["vrrpd"].signal(1)
    ma.wait_state("MASTER").wait_has("10.0.0.100")
    until(lambda: mb.instance()["MasterAddress"] == "10.0.0.1", 10, "it is heard")


def test_tshark_finds_nothing_wrong(lab):
    if not shutil.which("tshark"):
        pytest.skip("there is no tshark")
    wire = lab.switch.net.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    lab.on_close(wire.close)
    with lab.switch.net.entered():
        wire.bind(("br0", 0x86DD))
    wire.settimeout(5)
    a, _ = nodes(lab)
    Mainstay(a, config(100))
    frames = []
    while sum(frame[20] == 112 for frame in frames) < 3:
        frames.append(wire.recv(2048))
    path = a.directory / "ipv6.pcap"
    path.write_bytes(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1)
                     + b"".join(struct.pack("=IIII", 0, 0, len(f), len(f)) + f for f in frames))

    shown = subprocess.run(
        ["tshark", "-r", path, "-Y", "vrrp || icmpv6.type == 136", "-T", "fields", "-e", "ipv6.hlim",
         "-e", "vrrp.checksum.status", "-e", "icmpv6.checksum.status", "-e", "_ws.expert.message"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    assert {line.rstrip() for line in shown} == {"255\t1", "255\t\t1"}, "hop limit, and a good checksum of the one or the other"


def advert(cut=None, tail=b"", spoil=0, version=3, kind=1, vrid=51, priority=200, count=2, interval=10):
    body = struct.pack("!BBBBHH", version << 4 | kind, vrid, priority, count, interval, 0)
    body += socket.inet_pton(socket.AF_INET6, LINK) + socket.inet_pton(socket.AF_INET6, GLOBAL) + tail

    def finished(source, destination):
        pseudo = (socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
                  + struct.pack("!IxxxB", len(body), 112))
        value = checksum(pseudo + body) ^ spoil
        return (body[:6] + struct.pack("!H", value) + body[8:])[:cut]
    return finished


BAD = {
    "truncated": (dict(cut=20), {}, "truncated"),
    "too long": (dict(tail=bytes(8)), {}, "bad-length"),
    "more addresses than bytes": (dict(count=200), {}, "truncated"),
    "hop limit": ({}, dict(hops=254), "bad-ttl"),
    "checksum": (dict(spoil=0x5555), {}, "bad-checksum"),
    "version 2": (dict(version=2, tail=bytes(8)), {}, "bad-version"),
    "version 7": (dict(version=7), {}, "bad-version"),
    "type": (dict(kind=2), {}, "bad-type"),
    "interval of 0": (dict(interval=0), {}, "bad-interval"),
    "unicast": ({}, dict(destination="fe80::1"), "bad-destination"),
}


@pytest.fixture(scope="module")
def scene(shared_lab):
    node = shared_lab.netns("router", eth0=["fe80::1/64"])
    router = Mainstay(node, config(100))
    stranger = shared_lab.netns("stranger", eth0=["fe80::66/64"])
    router.wait_has(GLOBAL)

    def send(build, hops=255, destination="ff02::12"):
        with stranger.net.entered():
            index = socket.if_nametoindex("eth0")
        with stranger.net.socket(socket.AF_INET6, socket.SOCK_RAW, 112) as s:
            for option in (socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS):
                s.setsockopt(socket.IPPROTO_IPV6, option, hops)
            s.sendto(build("fe80::66", destination), (destination, 0, 0, index))
    return router, send


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_packet_is_counted_and_dropped(scene, kind):
    router, send = scene
    wrong, way, word = BAD[kind]
    before = router.instance()
    for _ in range(5):
        send(advert(**wrong), **way)
    until(lambda: router.instance()["PacketErrors"][word] == before["PacketErrors"][word] + 5, 10, f"five are {word}")
    assert router.instance()["LastTransitionUsec"] == before["LastTransitionUsec"]


def test_a_good_packet_would_have_been_believed(scene):
    router, send = scene
    send(advert())
    router.wait_state("BACKUP")
    router.wait_state("MASTER")
