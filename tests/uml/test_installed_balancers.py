# SPDX-License-Identifier: LGPL-2.1-or-later
"""The installed Mainstay as two balancers, on a kernel of their own: what clients, the peer and the table notice of restarts,
crashes, stops, reloads and the loss of a balancer."""

import os
import time

import pytest
from netlink_log import IpvsWrites

from lab import Probe, holds_for, until
from lab.farm import PAGES, SORRY, VIP, Farm
from lab.mainstay import DAEMONS
from lab.pages import Download, Pages
from lab.together import Together

# Alone, because a director that has to wait for its core loses its mastership while it is restarted.
pytestmark = [pytest.mark.uml, pytest.mark.timing]

CHECKER = "org.mainstay.Check1.Checker"
TIMES = int(os.environ.get("MAINSTAY_TIMES", 1))
PATIENCE = 3.0      # a lost packet is sent again after one second

# What the units must let checkd do besides connecting: marks, raw ICMP, other users' scripts, files that change.
SANDBOX = """
track_file flag {
    file "/etc/flag"
}
virtual_server fwmark 9 {
    delay_loop 60
    warmup 0
    lb_algo rr
    lb_kind DR
    real_server 10.0.0.11 80 {
        PING_CHECK {
        }
    }
    real_server 10.0.0.12 80 {
        TCP_CHECK {
            connect_port 80
            fwmark 5
        }
    }
    real_server 10.0.0.13 80 {
        MISC_CHECK {
            misc_path "/usr/bin/id -un"
            user nobody
        }
        FILE_CHECK {
            track_file flag
            weight 1
        }
    }
}
"""

TABLE = f"""-A -t {VIP}:80 -s wrr
-a -t {VIP}:80 -r 10.0.0.11:80 -g -w 3
-a -t {VIP}:80 -r 10.0.0.12:80 -g -w 1
-A -u {VIP}:7007 -s rr -o
-a -u {VIP}:7007 -r 10.0.0.11:7007 -g -w 1
-a -u {VIP}:7007 -r 10.0.0.12:7007 -g -w 1
-A -f 9 -s rr
-a -f 9 -r 10.0.0.11:0 -g -w 1
-a -f 9 -r 10.0.0.12:0 -g -w 1
-a -f 9 -r 10.0.0.13:0 -g -w 1
"""


def lines(table):
    return sorted(table.splitlines())


@pytest.fixture(scope="module")
def farm(shared_lab, installation):
    farm = Farm(shared_lab, shared_lab.uml, installation).start(SANDBOX)
    for node in farm.directors:
        # A few restarts of the bus within a minute are the test's doing, not an error of the bus.
        node.write("/etc/systemd/system/dbus.service.d/lab.conf", "[Unit]\nStartLimitBurst=100\n")
        node.systemctl("daemon-reload")
    return farm


@pytest.fixture(scope="module")
def client(farm):
    """The stream of requests, for all tests."""
    with Probe(farm.client, VIP) as farm.probe, Pages(farm.client, VIP, patience=PATIENCE) as farm.pages:
        settled(farm)
        yield farm


def settled(farm):
    """Wait until all is as at the beginning."""
    for index in (0, 1):
        until(lambda: lines(farm.table(index)) == lines(TABLE), 30, f"the table of director{index + 1} is complete")
    until(lambda: farm.pages.only(*PAGES), 20, "both webs serve")


def peer(farm):
    instance = farm.mainstay[1].instance("farm")
    return instance["State"], instance["BecameMaster"], instance["LastTransitionUsec"]


class Unnoticed:
    """What happens in the `with` block is noticed by nobody: no page is lost, no download ends, no packet gets no answer, the table
    is as it was, and the peer is what it was."""

    def __init__(self, farm):
        self.farm = farm

    def __enter__(self):
        self.download = Download(self.farm.client, VIP)
        self.before = lines(self.farm.table()), peer(self.farm)
        self.since = time.time()

    def __exit__(self, kind, *_):
        if kind:
            return
        until(lambda: time.time() - self.since >= 1.5, 3)
        farm = self.farm
        assert self.download.goes_on(), self.download.broken
        assert farm.pages.lost(self.since) == []
        assert farm.probe.outages(self.since) == []
        assert (lines(farm.table()), peer(farm)) == self.before
        assert self.before[1][0] == "BACKUP"
        self.download.stop()


def test_both_balance_by_weight(client):
    since = time.time()
    until(lambda: len(client.pages.since(since)) >= 100, 20, "a hundred pages")
    came = client.pages.came(since)
    assert came["web1"] / came.total() == pytest.approx(0.75, abs=0.05)
    assert client.pages.lost(since) == []
    assert [lines(client.table(index)) for index in (0, 1)] == [lines(TABLE)] * 2


def test_the_units_let_every_kind_of_check_work(client):
    for mainstay in client.mainstay:
        def all_up():
            return {c["Name"]: c["StateReason"] for c in mainstay.named("checkd", CHECKER).values()
                    if c["State"] != "UP"} == {}
        until(all_up, 20, f"{mainstay.node.name}: all checks succeed")
    client.directors[1].write("/etc/flag", "5\n")
    until(lambda: "-a -f 9 -r 10.0.0.13:0 -g -w 6" in client.table(1), 20, "the file is read at once, not in a minute")
    client.directors[1].write("/etc/flag", "0\n")
    settled(client)
    kinds = {checker["Kind"] for checker in client.mainstay[0].named("checkd", CHECKER).values()}
    assert {"PING_CHECK", "TCP_CHECK", "HTTP_GET", "MISC_CHECK", "FILE_CHECK"} <= kinds


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("action", ["restart", "kill"])
def test_nobody_notices(client, action, daemon):
    with Unnoticed(client):
        getattr(client.mainstay[0], action)(daemon)


def test_nobody_notices_that_the_bus_is_restarted(client):
    pids = [client.mainstay[0].pid(daemon) for daemon in DAEMONS]
    with Unnoticed(client):
        client.directors[0].systemctl("restart", "dbus")
        until(lambda: client.mainstay[0].ctl("status", check=False).returncode == 0, 10, "all are on the bus again")
    assert [client.mainstay[0].pid(daemon) for daemon in DAEMONS] == pids


def test_nobody_notices_that_all_and_the_bus_are_killed_at_once(client):
    together = Together(client.mainstay[0])
    for _ in range(TIMES):
        with Unnoticed(client):
            together.kill_with_bus()
            together.wait_answering()


def test_a_reload_of_the_same_file_writes_nothing(client):
    with IpvsWrites(client.directors[0]) as writes, Unnoticed(client):
        client.mainstay[0].reload()
        client.directors[0].run("ipvsadm -A -t 10.9.9.9:9 -s rr")      # so that it is known that it would have been seen
        client.directors[0].run("ipvsadm -D -t 10.9.9.9:9")
        writes.wait_for("DEL_SERVICE")
        assert writes.seen() == ["NEW_SERVICE", "DEL_SERVICE"]


def test_a_stop_takes_ours_away_and_leaves_what_is_not(client):
    node, mainstay = client.directors[1], client.mainstay[1]
    node.run("ipvsadm -A -t 10.9.9.9:9 -s rr")
    mainstay.stop("ipvsd")
    assert lines(client.table(1)) == ["-A -t 10.9.9.9:9 -s rr"]
    mainstay.start("ipvsd")
    until(lambda: lines(client.table(1)) == lines(TABLE + "-A -t 10.9.9.9:9 -s rr\n"), 10, "ours are back")
    node.run("ipvsadm -D -t 10.9.9.9:9")


def test_what_somebody_changes_in_ours_is_put_back_by_a_reload(client):
    node, mainstay = client.directors[1], client.mainstay[1]
    node.run(f"ipvsadm -d -t {VIP}:80 -r 10.0.0.12:80")
    node.run(f"ipvsadm -e -t {VIP}:80 -r 10.0.0.11:80 -g -w 7")
    node.run(f"ipvsadm -a -t {VIP}:80 -r 10.0.0.77:80 -g")
    mainstay.reload()
    until(lambda: lines(client.table(1)) == lines(TABLE), 10, "the table is what the file asks for")


def test_a_web_that_dies_while_checkd_or_ipvsd_is_away_leaves(client):
    """Restarted or killed in the very moment; when both webs are gone, sorry is said."""
    client.webs[0].stop()
    client.mainstay[0].kill("checkd")
    until(lambda: client.pages.only("web2"), 20, "web2 alone serves")
    client.webs[1].stop()
    client.mainstay[0].restart("ipvsd")
    until(lambda: client.pages.only(SORRY), 20, "sorry is said")
    for web in client.webs:
        web.start()
    settled(client)


def test_an_order_survives_restart_kill_and_boot(client):
    mainstay = client.mainstay[1]
    mainstay.ctl("drain", "10.0.0.11", "80")
    drained = TABLE.replace("10.0.0.11:80 -g -w 3", "10.0.0.11:80 -g -w 0")
    until(lambda: lines(client.table(1)) == lines(drained), 5, "web1 has weight 0")
    mainstay.restart("ipvsd")
    mainstay.kill("ipvsd")
    holds_for(lambda: lines(client.table(1)) == lines(drained), 1, "web1 has weight 0")
    client.directors[1].run("sync")
    client.directors[1].power_off()
    client.directors[1].power_on()
    until(lambda: lines(client.table(1)) == lines(drained), 60, "web1 has weight 0")
    mainstay.ctl("enable", "10.0.0.11", "80")
    settled(client)


def test_a_balancer_that_loses_its_power(client):
    """The other one balances within what VRRP takes, and the download goes on: it knew the connection."""
    download, since = Download(client.client, VIP), time.time()
    until(lambda: download.goes_on() and time.time() - since > 3, 10)
    since = time.time()
    client.directors[0].power_off()
    client.probe.wait_silent()
    client.probe.wait_answered()
    until(lambda: client.pages.only(*PAGES), 20, "both webs serve")
    assert 2.5 < client.probe.outage(since) < 3.65 + 0.5
    assert download.goes_on(10), download.broken
    back = time.time()
    client.directors[0].power_on()
    until(lambda: client.mainstay[0].has(VIP), 60, "director1 has the address again")
    assert download.goes_on(10), download.broken
    settled(client)
    assert client.pages.lost(back) == []
    download.stop()
