# SPDX-License-Identifier: LGPL-2.1-or-later
"""SMTP_CHECK against a real mail server and against those that only look like one."""

import signal

import pytest

from checkers import Checkd, server, service
from lab import holds_for, tools, until
from lab.peers import MailServer

HOSTILE = r"""
import socket, sys, time
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("10.0.0.11", int(sys.argv[1]))); s.listen(64)
print("ready", flush=True)
kept = []
while True:
    c, _ = s.accept(); kept.append(c); c.settimeout(60); what = sys.argv[2]
    try:
        if what == "drip":
            for byte in b"220 " + b"x" * 600: c.send(bytes([byte])); time.sleep(1)
        elif what == "refuse": c.send(b"554 No SMTP service here\x07\r\n")
        elif what == "garbage": c.send(bytes(range(256)) * 4 + b"\n")
        elif what == "endless": c.sendall(b"220 " + b"x" * 1000000)
        elif what == "lines": c.sendall(b"220-x\r\n" * 100000)
        elif what == "midline": c.send(b"220 hal"); c.close(); kept.pop()
        elif what == "closes": c.close(); kept.pop()
        elif what == "many": 
            c.sendall(b"220-Welcome\r\n220-to all\r\n220 go on\r\n"); c.recv(100)
            c.sendall(b"250-mail.example.org\r\n250 HELP\r\n"); c.recv(100); c.close(); kept.pop()
        elif what == "nohelo": c.send(b"220 go on\r\n"); c.recv(100); c.send(b"501 what?\r\n")
    except OSError: pass
"""


@pytest.fixture(name="node")
def a_node(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.net.ip("address add 10.0.0.11/24 dev eth0")
    return node


def test_a_real_mail_server(node):
    MailServer(node)
    checkd = Checkd(node, service(server(
        "10.0.0.11", "SMTP_CHECK helo_name balancer.example.org",
        "SMTP_CHECK host {\n connect_port 26\n }\nconnect_timeout 1", port=25)))
    up = checkd.wait("UP", "10.0.0.11 25")
    assert up["Kind"] == "SMTP_CHECK" and up["LastResult"].startswith("answered in ")
    checkd.wait("UP", "10.0.0.11 25", number=2)
    assert checkd.wait("DOWN", "10.0.0.11 25", number=3)["Target"] == "10.0.0.11 port 26"
    assert "host is obsolete" in checkd.log() or "one SMTP_CHECK for each" in checkd.log()


def test_what_cannot_be_tried_is_not_tried_without_pause(node):
    """Also between two tries that have none."""
    mail = MailServer(node).process
    node.net.ip("address add 10.0.0.9/24 dev eth0")
    checkd = Checkd(node, service(server("10.0.0.11", "SMTP_CHECK bindto 10.0.0.9\nconnect_timeout 2\nretry 5\n"
                                                      "delay_before_retry 0", port=25)))
    checkd.wait("UP", "10.0.0.11 25")
    mail.signal(signal.SIGSTOP)
    until(lambda: node.output("ss -Htn state established dst 10.0.0.11:25"), 10, "a try waits")
    node.net.ip("address del 10.0.0.9/24 dev eth0")
    until(lambda: checkd.checker("10.0.0.11 25")["LastResult"].startswith("cannot send from"), 10)
    runs = checkd.checker("10.0.0.11 25")["Runs"]
    holds_for(lambda: checkd.checker("10.0.0.11 25")["Runs"] < runs + 12, 1, "once each delay_loop")


MODES = {"silent": "timeout after 0.5 s, wanted 220", "drip": "timeout after 0.5 s, wanted 220",
         "refuse": "answered 554 No SMTP service here?, wanted 220",
         "endless": "answered a line of more than 1000 bytes, wanted 220",
         "lines": "answered more than 100 lines, wanted 220", "midline": "closed the connection, wanted 220",
         "closes": "closed the connection, wanted 220", "nohelo": "answered 501 what?, wanted 250 to HELO",
         "garbage": None}


def test_hostile_mail_servers(node):
    for i, mode in enumerate([*MODES, "many"]):
        process = node.spawn(["python3", "-u", "-c", HOSTILE, str(1000 + i), mode], name=f"hostile-{mode}")
        until(lambda p=process: "ready" in p.output(), 10, mode)
    # Who answers has time, or it would be a timeout on a busy machine.
    patience = [0.5 if words and words.startswith("timeout") else 5 for words in MODES.values()] + [5]
    # The sanitizer keeps what was freed, and memory is measured below.
    checkd = Checkd(node, service(*(server(
        "10.0.0.11", f"SMTP_CHECK connect_timeout {seconds}", port=1000 + i) for i, seconds in enumerate(patience))),
        build=tools.BUILD)
    checkd.wait("UP", f"10.0.0.11 {1000 + len(MODES)}")
    for i, (mode, words) in enumerate(MODES.items()):
        reason = checkd.wait("DOWN", f"10.0.0.11 {1000 + i}")["StateReason"]
        if words:
            assert reason == words, mode
        else:
            assert reason.isprintable() and reason.endswith(", wanted 220"), mode
    memory = resident(checkd)
    checkd.ran_again("10.0.0.11 1000", times=5)
    assert resident(checkd) < memory + 2048, "whatever they send, nothing grows"
    open_files = lambda: len(node.output(f"ls /proc/{checkd_pid(node)}/fd").split())  # noqa: E731
    before = open_files()
    holds_for(lambda: open_files() <= before + len(MODES) + 1, 1)


def checkd_pid(node):
    return node.output("pidof checkd").split()[0]


def resident(checkd):
    """Kilobytes of memory."""
    return int(checkd.node.output(f"ps -o rss= -p {checkd_pid(checkd.node)}"))
