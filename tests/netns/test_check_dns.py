# SPDX-License-Identifier: LGPL-2.1-or-later
"""DNS_CHECK against dnsmasq, and against what is no name server."""

import pytest

from checkers import Checkd, server, service
from lab import until

LIAR = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.12", 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(4096)
    print("id", query[:2].hex(), "flags", query[2:4].hex(), flush=True)
    answer = bytearray(query)
    answer[2] |= 0x80
    for wrong in (b"", b"x", bytes(answer[:11]), bytes([answer[0] ^ 1]) + bytes(answer[1:]), bytes(answer[:12]) + b"\\xc0\\x0c" * 200):
        s.sendto(wrong, peer)
    answer[3] = (answer[3] & 0xf0) | int(sys.argv[1])
    if sys.argv[2] == "answer":
        s.sendto(answer, peer)
"""


@pytest.fixture(name="node")
def a_node(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    for last in (11, 12):
        node.net.ip(f"address add 10.0.0.{last}/24 dev eth0")
    node.net.ip("address add 2001:db8::11/64 dev eth0 nodad")
    return node


@pytest.fixture(name="dns")
def a_name_server(node):
    node.write("/etc/dnsmasq.conf", "no-resolv\nno-hosts\nno-daemon\nbind-interfaces\nuser=root\nlog-queries\nlog-facility=-\n"
               "listen-address=10.0.0.11,2001:db8::11\nlocal=/example.com/\n"
               "host-record=www.example.com,192.0.2.1,2001:db8::1\n")
    process = node.spawn(["dnsmasq", "-C", "/etc/dnsmasq.conf"], name="dnsmasq")
    until(lambda: "started" in process.output(), 10, "dnsmasq answers")
    return process


def check(address, *lines, port=53, more="", patience=5):
    text = "\n".join((f"connect_timeout {patience}", "retry 0", *lines))
    return service(server(address, f"DNS_CHECK {text}", port=port), header=f"10.0.0.100 {more or 8001}")


def result(checkd, state, address, number, port=53):
    return checkd.wait(state, f"{address} {port}", f"10.0.0.100 {number} TCP")["StateReason"]


def test_a_name_server(node, dns):
    checkd = Checkd(node,
                    check("10.0.0.11", "type a", "name www.example.com", more=8001),
                    check("10.0.0.11", "type AAAA", "name www.example.com.", "bindto 10.0.0.1", more=8002),
                    check("10.0.0.11", "type a", "name no.example.com", more=8003),
                    check("10.0.0.11", more=8004),
                    check("10.0.0.11", "connect_ip 2001:db8::11", "type A", "name www.example.com", more=8005),
                    check("10.0.0.11", port=54, more=8006))
    assert result(checkd, "UP", "10.0.0.11", 8001).startswith("1 answers in ")
    assert result(checkd, "UP", "10.0.0.11", 8002).startswith("1 answers in ")
    assert result(checkd, "DOWN", "10.0.0.11", 8003) == "NXDOMAIN"
    assert result(checkd, "DOWN", "10.0.0.11", 8004) == "REFUSED"
    assert result(checkd, "UP", "10.0.0.11", 8005).startswith("1 answers in ")
    assert result(checkd, "DOWN", "10.0.0.11", 8006, 54) == "connection refused"
    assert checkd.checker("10.0.0.11 53", "10.0.0.100 8001 TCP")["Target"] == "10.0.0.11 port 53, A www.example.com"
    assert checkd.checker("10.0.0.11 53", "10.0.0.100 8004 TCP")["Target"] == "10.0.0.11 port 53, SOA ."
    assert "query[AAAA] www.example.com from 10.0.0.1" in dns.output()


@pytest.mark.parametrize("code, answers, state, words", ((0, "answer", "UP", "0 answers in "), (2, "answer", "DOWN", "SERVFAIL"),
                                                         (0, "nothing", "DOWN", "timeout after 0.5 s")))
def test_a_liar(node, code, answers, state, words):
    """Datagrams that are no answer to the question are passed over; the right one decides."""
    liar = node.spawn(["python3", "-u", "-c", LIAR, str(code), answers], name="liar")
    until(lambda: "ready" in liar.output(), 10)
    checkd = Checkd(node, check("10.0.0.12", "type a", "name www.example.com", patience=5 if answers == "answer" else 0.5))
    assert result(checkd, state, "10.0.0.12", 8001).startswith(words)
    checkd.ran_again("10.0.0.12 53", "10.0.0.100 8001 TCP", times=10)
    queries = [line.split() for line in liar.output().splitlines() if line.startswith("id ")]
    assert len({words[1] for words in queries}) > 5, "nobody can guess the id"
    assert {words[3] for words in queries} == {"0100"}, "recursion is desired, and nothing else"

