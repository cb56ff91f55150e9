# SPDX-License-Identifier: LGPL-2.1-or-later
"""PING_CHECK and UDP_CHECK against nodes that answer, do not, or answer something else."""

import pytest

from checkers import Checkd, server, service
from lab import until

UDP_SERVER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(65536)
    answer = {"echo": data, "silent": None, "huge": b"x" * 60000, "empty": b""}[sys.argv[2]]
    if answer is not None:
        s.sendto(answer, peer)
"""


@pytest.fixture(name="pair")
def a_pair(lab):
    a = lab.netns("a", eth0=["10.0.0.1/24"])
    b = lab.netns("b", eth0=[f"10.0.0.{last}/24" for last in (11, 12, 13, 14)])
    for node, last in ((a, 1), (b, 11)):
        node.net.ip(f"address add 2001:db8::{last}/64 dev eth0 nodad")
    return a, b


def udp_server(node, address, mode):
    process = node.spawn(["python3", "-u", "-c", UDP_SERVER, address, mode], name=f"udp-{address.replace(':', '-')}")
    until(lambda: "ready" in process.output(), 10, "the server is there")
    return process


@pytest.mark.parametrize("range_", ["1 0", "0 2147483647"], ids=["raw", "datagram"])
def test_ping(pair, range_):
    node, other = pair
    node.run(["sh", "-c", f"echo '{range_}' > /proc/sys/net/ipv4/ping_group_range"])
    checkd = Checkd(node, service(server("10.0.0.11", "PING_CHECK connect_timeout 1\nretry 0",
                                         "PING_CHECK connect_timeout 1\nconnect_ip 2001:db8::11"),
                                  server("10.0.0.99", "PING_CHECK connect_timeout 0.3")))
    up = checkd.wait("UP", "10.0.0.11 80")
    assert up["Target"] == "10.0.0.11" and up["LastResult"].startswith("answered in ")
    assert checkd.wait("UP", "10.0.0.11 80", number=2)["Target"] == "2001:db8::11"
    assert checkd.wait("DOWN", "10.0.0.99 80")["StateReason"] == "no answer, timeout after 0.3 s"
    checkd.ran_again("10.0.0.11 80", times=5)
    assert checkd.checker("10.0.0.11 80")["Failures"] == 0, "each knows its own answers"
    other.net.ip("link set eth0 down")
    down = checkd.wait("DOWN", "10.0.0.11 80")
    assert down["StateReason"] in ("no answer, timeout after 1 s", "no route to host")


def test_link_local_ping_by_interface(pair):
    node, other = pair
    address = next(word for word in other.output("ip -6 -o address show dev eth0 scope link").split()
                   if word.startswith("fe80")).split("/")[0]
    checkd = Checkd(node, service(server("10.0.0.11", f"PING_CHECK connect_ip {address}\nbind_if eth0")))
    checkd.wait("UP", "10.0.0.11 80", timeout=20)


def test_udp(pair):
    node, other = pair
    udp_server(other, "10.0.0.11", "echo")
    udp_server(other, "10.0.0.12", "silent")
    udp_server(other, "10.0.0.13", "huge")
    udp_server(other, "2001:db8::11", "echo")
    checkd = Checkd(node, service(
        server("10.0.0.11", "UDP_CHECK payload 0a1b 2 c\nrequire_reply 0A1xx2",
               "UDP_CHECK payload 0a1b\nrequire_reply 0a1c",
               "UDP_CHECK payload 0a1b\nrequire_reply 0a\nmin_reply_length 3",
               "UDP_CHECK connect_ip 2001:db8::11\nrequire_reply",
               "UDP_CHECK connect_port 54\nconnect_timeout 1", port=53),
        server("10.0.0.12", "UDP_CHECK connect_timeout 0.3", "UDP_CHECK connect_timeout 0.3\nrequire_reply", port=53),
        server("10.0.0.13", "UDP_CHECK require_reply 7878",
               "UDP_CHECK require_reply 7878\nmax_reply_length 65535", port=53)))
    words = {}
    for address, number, state in (("10.0.0.11", 1, "UP"), ("10.0.0.11", 2, "DOWN"), ("10.0.0.11", 3, "DOWN"),
                                   ("10.0.0.11", 4, "UP"), ("10.0.0.11", 5, "DOWN"), ("10.0.0.12", 1, "UP"),
                                   ("10.0.0.12", 2, "DOWN"), ("10.0.0.13", 1, "DOWN"), ("10.0.0.13", 2, "UP")):
        words[address, number] = checkd.wait(state, f"{address} 53", number=number)["StateReason"]
    assert words["10.0.0.11", 1].startswith("answered as wanted in ")
    assert words["10.0.0.11", 2] == "answered 2 bytes, not those wanted"
    assert words["10.0.0.11", 3] == "answered 2 bytes, wanted 3 to 255"
    assert words["10.0.0.11", 5] == "connection refused"
    assert words["10.0.0.12", 1] == "no error within 0.3 s"
    assert words["10.0.0.12", 2] == "no answer, timeout after 0.3 s"
    assert words["10.0.0.13", 1] == "answered 60000 bytes, wanted 0 to 255"
