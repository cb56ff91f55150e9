# SPDX-License-Identifier: LGPL-2.1-or-later
"""TCP_CHECK against real ports, and what all checkers have in common: state, words, events, log, sharing,
restart, reload."""

import json

import pytest

from checkers import SERVICE, Checkd, saved, server, service
from lab import holds_for, until
from lab.bus import busctl
from lab.mainstay import default_build


@pytest.fixture(name="node")
def a_node(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    for last in (11, 12, 13):
        node.net.ip(f"address add 10.0.0.{last}/24 dev eth0")
    node.net.ip("address add 2001:db8::11/64 dev eth0 nodad")
    return node


class Listener:
    """A port that accepts, as long as it lives."""

    def __init__(self, node, address, port=80, family="AF_INET"):
        code = ("import socket; s = socket.socket(socket.%s); s.setsockopt(1, 2, 1); s.bind((%r, %d)); "
                "s.listen(64); print('ready', flush=True)\nwhile True: s.accept()[0].close()"
                % (family, address, port))
        self.process = node.spawn(["python3", "-u", "-c", code], name=f"listener-{address.replace(':', '-')}")
        until(lambda: "ready" in self.process.output(), 10, "the listener listens")

    def end(self):
        self.process.kill()


def test_a_port_decides(node):
    listener = Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK retry 2\ndelay_before_retry 0.1")))
    up = checkd.wait("UP", "10.0.0.11 80")
    assert up["Name"] == f"{SERVICE}/10.0.0.11 80/1"
    assert (up["Service"], up["Server"], up["Kind"]) == (SERVICE, "10.0.0.11 80", "TCP_CHECK")
    assert up["Target"] == "10.0.0.11 port 80"
    assert (up["IntervalUsec"], up["RetryIntervalUsec"], up["TimeoutUsec"], up["Retry"]) == (200000, 100000, 5000000, 2)
    assert up["StateReason"].startswith("connected in ")
    assert not up["Suspended"] and up["WeightChange"] == 0

    listener.end()
    down = checkd.wait("DOWN", "10.0.0.11 80")
    assert down["StateReason"] == down["LastResult"] == "connection refused"
    assert down["Failures"] >= 3
    assert (f"service {SERVICE}, server 10.0.0.11 80, TCP_CHECK 10.0.0.11 port 80: DOWN, "
            "connection refused (3 failures in a row)") in checkd.log()

    Listener(node, "10.0.0.11")
    checkd.wait("UP", "10.0.0.11 80")
    assert checkd.changes("10.0.0.11 80") == ["UP", "DOWN", "UP"]
    kind, data = [e for e in checkd.events() if e[0] == "checker-state"][1]
    assert kind == "checker-state"
    assert data == {"name": f"{SERVICE}/10.0.0.11 80/1", "service": SERVICE, "server": "10.0.0.11 80",
                    "kind": "TCP_CHECK", "state": "DOWN", "previous": "UP", "result": "connection refused"}


def test_ipv6_silence_and_no_route(node):
    Listener(node, "2001:db8::11", family="AF_INET6")
    node.net.ip("route add unreachable 203.0.113.0/24")
    node.run("nft add table inet t")
    node.run("nft add chain inet t in { type filter hook input priority 0; }")
    node.run("nft add rule inet t in ip daddr 10.0.0.12 tcp dport 80 drop")
    checkd = Checkd(node, service(server("10.0.0.12", "TCP_CHECK connect_timeout 0.5"),
                                  server("203.0.113.1", "TCP_CHECK connect_timeout 0.5"),
                                  server("10.0.0.13", "TCP_CHECK connect_ip 2001:db8::11")))
    assert checkd.wait("DOWN", "10.0.0.12 80")["StateReason"] == "timeout after 0.5 s"
    assert checkd.wait("DOWN", "203.0.113.1 80")["StateReason"] == "no route to host"
    assert checkd.wait("UP", "10.0.0.13 80")["Target"] == "2001:db8::11 port 80"


def test_source_address_port_interface_and_mark(node, lab):
    other = lab.netns("b", eth0="10.0.0.50/24")
    Listener(other, "10.0.0.50")
    node.run("nft add table inet t")
    node.run("nft add chain inet t out { type filter hook output priority 0; }")
    node.run("nft add rule inet t out ip saddr 10.0.0.12 tcp sport 5555 meta mark 7 oif eth0 tcp dport 80 counter")
    checkd = Checkd(node, service(server(
        "10.0.0.50", "TCP_CHECK bindto 10.0.0.12\nbind_port 5555\nfwmark 7\nbind_if eth0")))
    checkd.wait("UP", "10.0.0.50 80")
    checkd.ran_again("10.0.0.50 80", times=4)
    assert checkd.checker("10.0.0.50 80")["State"] == "UP"
    rules = node.output("nft list chain inet t out")
    assert "counter packets 0 " not in rules, rules


def test_our_own_want_says_nothing_about_the_server(node):
    Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK bindto 10.0.0.99"),
                                  server("10.0.0.12", "TCP_CHECK bind_if nosuch0")))
    want = "cannot send from 10.0.0.99: no such address here, or no port left"
    until(lambda: checkd.checker("10.0.0.11 80")["LastResult"] == want, 10, "the want is shown")
    until(lambda: checkd.checker("10.0.0.12 80")["LastResult"] == "cannot send through nosuch0: no such interface", 10)
    assert checkd.checker("10.0.0.11 80")["State"] == "UNKNOWN"
    checkd.ran_again("10.0.0.11 80")
    assert checkd.log().count(want) == 1, "it is said once"
    node.net.ip("address add 10.0.0.99/24 dev eth0")
    checkd.wait("UP", "10.0.0.11 80")


def test_equal_checks_of_two_services_are_one_probe(node):
    Listener(node, "10.0.0.11")
    other = "10.0.0.101 80 TCP"
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK", "TCP_CHECK retry 3")),
                    service(server("10.0.0.11", "TCP_CHECK"), header="10.0.0.101 80"))
    checkd.wait("UP", "10.0.0.11 80")
    checkd.wait("UP", "10.0.0.11 80", number=2)
    checkd.wait("UP", "10.0.0.11 80", other)
    now = checkd.checkers()
    shared, own, same = (now[n] for n in (f"{SERVICE}/10.0.0.11 80/1", f"{SERVICE}/10.0.0.11 80/2",
                                          f"{other}/10.0.0.11 80/1"))
    assert shared["Runs"] == same["Runs"] and shared["LastRunUsec"] == same["LastRunUsec"]
    assert own["LastRunUsec"] != shared["LastRunUsec"]


def test_failures_are_logged_where_wanted(node):
    listener = Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK retry 2\ndelay_before_retry 0.1\nlog_all_failures"),
                                  server("10.0.0.12", "TCP_CHECK retry 2\ndelay_before_retry 0.1\nconnect_ip 10.0.0.11")))
    checkd.wait("UP", "10.0.0.11 80")
    checkd.wait("UP", "10.0.0.12 80")
    listener.end()
    checkd.wait("DOWN", "10.0.0.11 80")
    checkd.wait("DOWN", "10.0.0.12 80")
    lines = [line for line in checkd.log().splitlines() if line.endswith(": connection refused")]
    assert len([line for line in lines if "server 10.0.0.11 80" in line]) >= 2
    assert not [line for line in lines if "server 10.0.0.12 80" in line]


def test_state_and_retries_survive_a_kill(node):
    listener = Listener(node, "10.0.0.11")
    config = service(server("10.0.0.11", "TCP_CHECK retry 3\ndelay_before_retry 2"), server("10.0.0.12", "TCP_CHECK"))
    checkd = Checkd(node, config)
    up = checkd.wait("UP", "10.0.0.11 80")
    down = checkd.wait("DOWN", "10.0.0.12 80")
    listener.end()
    until(lambda: checkd.checker("10.0.0.11 80")["LastResult"] == "connection refused", 10, "a first failure")
    until(lambda: '"against":1' in saved(node), 10, "the failure is saved")
    checkd.kill("checkd")
    checkd.start("checkd")
    assert checkd.checker("10.0.0.11 80")["StateSinceUsec"] == up["StateSinceUsec"]
    assert checkd.checker("10.0.0.12 80")["StateSinceUsec"] == down["StateSinceUsec"]
    assert checkd.changes("10.0.0.11 80") == ["UP"]
    checkd.wait("DOWN", "10.0.0.11 80", timeout=20)
    assert "connection refused (4 failures in a row)" in checkd.log(), "one of the four failures was known"


def test_an_event_that_was_not_saved_counts(node):
    Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(*(server("10.0.0.11", "TCP_CHECK connect_port 80", port=port) for port in range(81, 89)),
                                  warmup=3))
    until(lambda: '"phase"' in saved(node), 10, "the files are there")
    old = node.output(["sh", "-c", "cd /run/mainstay/checkd && mkdir /tmp/old && cp checkers-* /tmp/old && ls"])
    for port in range(81, 89):
        checkd.wait("UP", f"10.0.0.11 {port}")
    checkd.kill("checkd")
    node.run(["sh", "-c", "cp /tmp/old/* /run/mainstay/checkd/"])
    checkd.start("checkd")
    states = {c["State"] for c in checkd.checkers().values()}
    assert states == {"UP"}, old


def test_a_stop_forgets(node):
    Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK")))
    checkd.wait("UP", "10.0.0.11 80")
    checkd.stop("checkd")
    assert node.output(["sh", "-c", "ls /run/mainstay/checkd | grep -c checkers- || true"]).strip() == "0"
    checkd.configure(service(server("10.0.0.11", "TCP_CHECK"), warmup=60, delay_loop=60))
    checkd.start("checkd")
    assert checkd.checker("10.0.0.11 80")["State"] == "UNKNOWN"


def test_a_reload_keeps_states(node):
    Listener(node, "10.0.0.11")
    one = server("10.0.0.11", "TCP_CHECK")
    checkd = Checkd(node, service(one))
    up = checkd.wait("UP", "10.0.0.11 80")

    checkd.reload_by_signal(service(one, server("10.0.0.12", "TCP_CHECK")))
    checkd.wait("DOWN", "10.0.0.12 80")
    assert checkd.checker("10.0.0.11 80")["StateSinceUsec"] == up["StateSinceUsec"]

    checkd.reload_by_signal(service(server("10.0.0.11", "TCP_CHECK connect_port 81\nretry 5")))
    assert list(checkd.checkers()) == [f"{SERVICE}/10.0.0.11 80/1"]
    assert checkd.checker("10.0.0.11 80")["Target"] == "10.0.0.11 port 81"
    assert checkd.changes("10.0.0.11 80") == ["UP"], "another question does not make it UNKNOWN"
    checkd.wait("DOWN", "10.0.0.11 80")
    assert "in a row" not in checkd.log(), "its first answer decides, in spite of retry 5"

    checkd.reload_by_signal(service(server("10.0.0.11", "TCP_CHECK connect_port 81\nretry 5", "TCP_CHECK")))
    checkd.wait("UP", "10.0.0.11 80", number=2)
    checkd.reload_by_signal(service(server("10.0.0.11", "TCP_CHECK", "TCP_CHECK connect_port 81\nretry 5")))
    assert checkd.wait("UP", "10.0.0.11 80", number=1, timeout=1)
    assert checkd.wait("DOWN", "10.0.0.11 80", number=2, timeout=1)


def test_run_checks_once_and_counts_nothing(node):
    Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK", "TCP_CHECK connect_port 81"), warmup=60, delay_loop=60))
    until(lambda: len(checkd.checkers()) == 2, 10)
    paths = {o["org.mainstay.Check1.Checker"]["Name"][-1]: path for path, o in checkd.objects("checkd").items()
             if "org.mainstay.Check1.Checker" in o}

    def run(number, **options):
        return busctl(node, "call", "org.mainstay.Check1", paths[number], "org.mainstay.Check1.Checker", "Run", **options)

    good, words = run("1")
    assert good is True and words.startswith("connected in ")
    assert run("2") == [False, "connection refused"]
    assert checkd.checker("10.0.0.11 80")["State"] == "UNKNOWN"
    assert checkd.checker("10.0.0.11 80")["Runs"] == 0
    with pytest.raises(AssertionError, match="Access denied"):
        run("1", user="nobody")


def test_complaints_of_the_file(node):
    node.write("/etc/mainstay/mainstay.conf", service(
        server("10.0.0.11", "TCP_CHECK bindto 2001:db8::1"),
        server("10.0.0.12", "TCP_CHECK connect_ip fe80::1"),
        server("10.0.0.13", "TCP_CHECK connect_ip www.example.org"),
        options="ha_suspend"))
    result = node.run([default_build() / "ctl" / "mainstayctl", "config", "check", "--json"], check=False)
    text = json.dumps(json.loads(result.stdout))
    for words in ("bindto: from 2001:db8::1 there is no way to 10.0.0.11, it is ignored",
                  "fe80::1 is a link-local address and cannot be checked",
                  "connect_ip: www.example.org is not an IP address",
                  "no vrrp_instance has its address, so it is always checked"):
        assert words in text, text


def test_a_hung_server_does_not_hold_the_others(node):
    Listener(node, "10.0.0.11")
    node.run("nft add table inet t")
    node.run("nft add chain inet t in { type filter hook input priority 0; }")
    node.run("nft add rule inet t in ip daddr 10.0.0.12 tcp dport 80 drop")
    checkd = Checkd(node, service(server("10.0.0.12", "TCP_CHECK connect_timeout 30"), server("10.0.0.11", "TCP_CHECK")))
    checkd.wait("UP", "10.0.0.11 80")
    checkd.ran_again("10.0.0.11 80", times=5)
    holds_for(lambda: checkd.checker("10.0.0.12 80")["State"] == "UNKNOWN", 0.5)


def test_the_command_line_checks_a_server(node):
    Listener(node, "10.0.0.11")
    Listener(node, "2001:db8::11", family="AF_INET6")
    marked = service(server("2001:db8::11", "TCP_CHECK"), header="fwmark 7", warmup=60, delay_loop=60)
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK", "TCP_CHECK connect_port 81"),
                                  server("10.0.0.11", "TCP_CHECK", port=82), warmup=60, delay_loop=60),
                    service(server("10.0.0.11", "TCP_CHECK"), header="10.0.0.101 80", warmup=60, delay_loop=60), marked)

    def check(*words):
        result = checkd.ctl("check", *words, check=False)
        return result.returncode, result.stdout + result.stderr

    status, text = check("10.0.0.11:80", "--json")
    seen = json.loads(text)
    assert status == 1 and [one["good"] for one in seen] == [True, False, True]
    assert seen[1] == {"service": SERVICE, "server": "10.0.0.11 80", "kind": "TCP_CHECK",
                       "target": "10.0.0.11 port 81", "good": False, "result": "connection refused"}
    status, text = check("10.0.0.11", "--service", "10.0.0.101 80 TCP")
    assert status == 0 and "connected in" in text
    assert check("[2001:db8::11]:80")[0] == check("2001:db8::11")[0] == check("[2001:db8:0::11]")[0] == 0
    assert len(check("10.0.0.11")[1].splitlines()) == 5
    assert check("10.0.0.12") == (1, "No check asks server 10.0.0.12.\n")
    assert check("10.0.0.11 80")[0] == check("10.0.0.11", "80")[0] == 1
    assert check("10.0.0.11:0")[0] == 1
    assert check("www.example.org")[0] == check("10.0.0.11:x")[0] == check("[::1")[0] == 64
    checkd.kill("checkd")
    assert check("10.0.0.11")[0] == 3


def test_only_so_many_checks_are_run_at_a_time(node):
    node.run("nft add table inet t")
    node.run("nft add chain inet t in { type filter hook input priority 0; }")
    node.run("nft add rule inet t in ip daddr 10.0.0.12 tcp dport 80 drop")
    checkd = Checkd(node, service(server("10.0.0.12", "TCP_CHECK connect_timeout 6"), warmup=60, delay_loop=60))
    until(checkd.checkers, 10)
    path = next(path for path, o in checkd.objects("checkd").items() if "org.mainstay.Check1.Checker" in o)
    call = f"busctl --system call org.mainstay.Check1 {path} org.mainstay.Check1.Checker Run 2>&1"
    text = node.output(["sh", "-c", f"for i in $(seq 66); do {call} & done; wait"], timeout=60)
    assert text.count("timeout after 6 s") == 64 and text.count("64 checks are running already") == 2, text


def test_changes_are_told_on_the_bus(node):
    Listener(node, "10.0.0.11")
    checkd = Checkd(node, service(server("10.0.0.11", "TCP_CHECK")))
    checkd.wait("UP", "10.0.0.11 80")
    monitor = node.spawn("dbus-monitor --system sender=org.mainstay.Check1", name="monitor")
    until(lambda: "NameAcquired" in monitor.output() or "signal" in monitor.output(), 10, "the monitor listens")
    checkd.reload_by_signal(service(server("10.0.0.12", "TCP_CHECK connect_ip 10.0.0.11")))
    for signal in ("member=InterfacesAdded", "member=InterfacesRemoved", "member=PropertiesChanged"):
        until(lambda s=signal: s in monitor.output(), 10, signal)
