# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory measured with something known: Debian's keepalived as both routers."""

import os
import subprocess
import time

import pytest

from lab import AddressMonitor, Capture, EchoServer, Probe, tools, until
from lab.peers import Keepalived, Nginx

VIP = "10.0.0.100"

CONFIG = """
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 1234
    }}
    virtual_ipaddress {{
        10.0.0.100/24
    }}
}}
"""


@pytest.fixture
def pair(lab):
    """Two idle routers and a client."""
    a = lab.netns("a", eth0="10.0.0.1/24")
    b = lab.netns("b", eth0="10.0.0.2/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    for node in (a, b):
        EchoServer(node)
    return a, b, client


def test_a_node_is_up_at_once(lab):
    start = time.monotonic()
    for number in range(5):
        lab.netns(f"n{number}", eth0=f"10.0.0.{number + 1}/24")
    assert (time.monotonic() - start) / 5 < 1     # 20 ms on a machine that does nothing else
    assert lab.nodes["n0"].run("ping -c1 -W1 10.0.0.5").returncode == 0


def test_what_a_node_writes_stays_in_it(lab):
    a = lab.netns("a", eth0="10.0.0.1/24")
    a.write("/etc/keepalived/x.sh", "#!/bin/sh\necho hello\n", 0o755)
    assert a.output("/etc/keepalived/x.sh") == "hello\n"
    with pytest.raises(FileNotFoundError):
        open("/etc/keepalived/x.sh")
    assert a.output("hostname").strip() == "a"
    assert a.output("ps -e -o pid=,comm=").split()[:2] == ["1", "lab-node"]


def test_an_ordinary_user(lab):
    a = lab.netns("a", eth0="10.0.0.1/24")
    assert a.output("id -un", user="nobody").strip() == "nobody"
    assert a.run("ip address add 10.0.0.3/24 dev eth0", user="nobody", check=False).returncode != 0


def test_the_probe_measures_a_pulled_cable(pair):
    a, _, client = pair
    with Probe(client, "10.0.0.1") as probe:
        probe.wait_answered()
        began = time.time()
        a.pull_cable()
        probe.wait_silent()
        time.sleep(0.1)     # the outage to be measured
        a.plug_cable()
        ended = time.time()
        probe.wait_answered()
        until(lambda: not probe.silent_now(), 10)
    assert len(probe.outages(since=began)) == 1
    assert 0.1 <= probe.outage() <= ended - began + 0.5


def test_the_probe_sees_every_millisecond(pair):
    _, _, client = pair
    with Probe(client, "10.0.0.1") as probe:
        until(lambda: probe.count >= 1000, 10, "a thousand requests")
    requests = probe.requests()
    span = requests[-1].sent - requests[0].sent
    assert len(requests) == pytest.approx(span * 1000, rel=0.02)
    assert probe.outage() == 0


def test_a_stopped_echo_server_is_noticed(pair):
    a, _, client = pair
    with Probe(client, "10.0.0.1") as probe:
        probe.wait_answered()
        a.pause()
        probe.wait_silent()
        a.resume()
        probe.wait_answered()
    assert probe.slowest() > 0.015 or probe.outage() > 0


@pytest.mark.timing
@pytest.mark.calm
def test_keepalived_loses_power(lab, pair):
    """The reference: 3 x 1 s + skew (256 - 90) / 256 s = 3.648 s after the last advertisement."""
    a, b, client = pair
    capture, monitor = Capture(lab), AddressMonitor(b)
    Keepalived(a, CONFIG.format(priority=100))
    Keepalived(b, CONFIG.format(priority=90))
    until(lambda: a.has(VIP), 10, "a is master")
    with Probe(client, VIP) as probe:
        probe.wait_answered()
        assert not b.has(VIP)
        assert monitor.seen() == []
        a.power_off()
        probe.wait_silent()
        probe.wait_answered()
    last = capture.adverts("10.0.0.1")[-1].time
    first = capture.wait_advert(b)
    assert first.time - last == pytest.approx(3.648, abs=0.05)
    assert (first.version, first.vrid, first.priority, first.addresses) == (2, 51, 90, [VIP])
    assert first.checksum_good and first.auth_data == b"1234\0\0\0\0"
    assert 2.6 < probe.outage() < 3.75
    assert [event.action for event in monitor.seen(address=VIP)] == ["add"]
    assert any(arp.gratuitous for arp in capture.arps(b, VIP))


def test_nginx_as_a_balancer(lab):
    director = lab.netns("director", eth0="10.0.0.1/24")
    webs = [lab.netns(f"web{n}", eth0=f"10.0.0.{n}/24") for n in (38, 48)]
    for web in webs:
        Nginx(web, text=web.name)
    balancer = Nginx(director, backends=["10.0.0.38", "10.0.0.48"])
    answers = {director.output("curl -s http://10.0.0.1/").strip() for _ in range(4)}
    assert answers == {"web38", "web48"}
    balancer.stop()
    assert not balancer.running


@pytest.fixture(scope="module")
def systemd_pair(shared_lab):
    nodes = [shared_lab.nspawn(name, eth0=f"10.0.0.{n}/24") for n, name in enumerate("ab", 1)]
    return [node.wait_booted() for node in nodes]


def test_systemd_nodes_run(systemd_pair):
    a, b = systemd_pair
    assert a.output("hostname").strip() == "a"
    assert a.output("systemctl is-system-running").strip() == "running"
    b.run("ping -c1 -W1 10.0.0.1")


def test_a_systemd_node_restarts_what_is_killed(systemd_pair):
    a, _ = systemd_pair
    a.write("/etc/systemd/system/x.service", "[Service]\nExecStart=sleep infinity\nRestart=always\nRestartSec=20ms\n")
    a.systemctl("daemon-reload")
    a.systemctl("start", "x")
    before = a.main_pid("x")
    a.kill_unit("x")
    until(lambda: a.main_pid("x") not in (0, before), 10, "x runs again")


def test_what_a_person_is_shown_of_a_systemd_node(systemd_pair):
    """Mainstay's units first, and nothing of the boot."""
    a, _ = systemd_pair
    a.run(["systemd-run", "--quiet", "--wait", "--unit=mainstay-x", "sh", "-c", "echo a word of ours"])
    a.run(["systemd-cat", "--identifier=other", "echo", "a word of another"])
    until(lambda: "a word of another" in a.journal(), 10, "it is in the journal")
    shown = a.report()
    assert 0 < shown.index("a word of ours") < shown.index("a word of another")
    assert "mainstay-x.service: Deactivated successfully" in shown
    assert "Reached target" in a.journal() and "Reached target" not in shown


def test_a_systemd_node_keeps_its_disk_when_the_power_is_lost(systemd_pair):
    a, b = systemd_pair
    a.write("/var/lib/x", "kept")
    a.power_off()
    assert b.run("ping -c1 -W1 10.0.0.1", check=False).returncode != 0
    a.power_on()
    a.wait_booted()
    assert a.read("/var/lib/x") == "kept"
    assert not a.exists("/run/x")
    b.run("ping -c1 -W1 10.0.0.1")


def test_a_systemd_node_may_end_before_it_has_booted(lab):
    node = lab.nspawn("a", eth0="10.0.0.1/24")
    node.wait_booted()
    node.power_off()
    node.power_on()
    node.kill()
    assert lab.netns("b", eth0="10.0.0.2/24").output("hostname") == "b\n"


@pytest.mark.uml
def test_a_guest_with_its_own_kernel(lab):
    guest = lab.uml("guest", ens160="10.0.0.1/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    assert guest.output("systemctl is-system-running --wait").strip() == "running"
    assert guest.output("uname -r") != client.output("uname -r")
    guest.write("/etc/x", "hello\n")
    assert guest.read("/etc/x") == "hello\n"
    assert "10.0.0.1" in guest.addresses()
    client.run("ping -c1 -W1 10.0.0.1")
    guest.pause()
    assert client.run("ping -c1 -W1 10.0.0.1", check=False).returncode != 0
    guest.resume()
    client.run("ping -c1 -W5 10.0.0.1")
    guest.systemctl("enable", "nginx")
    guest.run("sync")
    guest.power_off()
    assert client.run("ping -c1 -W1 10.0.0.1", check=False).returncode != 0
    guest.power_on()
    guest.wait_booted()
    assert guest.read("/etc/x") == "hello\n"
    assert guest.systemctl("is-active", "nginx").stdout == "active\n"
    client.run("ping -c1 -W1 10.0.0.1")


@pytest.mark.uml
def test_what_runs_in_a_guest(lab):
    guest = lab.uml("guest", eth0="10.0.0.1/24")
    sleeper = guest.spawn(["sh", "-c", "echo $WORD; exec sleep 1000"], name="sleeper", user="nobody", env={"WORD": "hello"})
    sleeper.wait_output("hello")
    assert guest.unit(sleeper.unit, "User") == "nobody"
    before = guest.main_pid(sleeper.unit)
    assert sleeper.running and before
    guest.kill_unit(sleeper.unit)
    until(lambda: not sleeper.running, 10, "it has been killed")
    assert guest.main_pid(sleeper.unit) == 0
    with subprocess.Popen(["/usr/bin/python3", tools.SOURCE / "tests/lab/terminal.py", guest.open_terminal()],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as terminal:
        said, _ = terminal.communicate("echo from $(hostname)\rexit\r", timeout=20)
    assert "\nfrom guest" in said.replace("\r", "")


@pytest.mark.uml
def test_a_command_on_a_kernel_that_balances(box, tmp_path):
    """It says what it says, leaves only its results, and ends as it ends."""
    kept, lost = tmp_path / "results" / "kept", tmp_path / "lost"
    kept.parent.mkdir()
    command = f"ipvsadm -A -t 10.0.0.100:80 -s rr && ipvsadm -Sn && echo x >{kept}; echo x >{lost}; printf end; exit 7"
    done = subprocess.run([tools.SOURCE / "tests" / "lab" / "with-ipvs", "--results", kept.parent, "sh", "-c", command],
                          text=True, capture_output=True)
    assert done.returncode == 7, done.stderr
    assert done.stdout.split("\n") == ["-A -t 10.0.0.100:80 -s rr", "end"]
    assert kept.read_text() == "x\n"
    # On this machine's own kernel it is a program like any other.
    assert lost.exists() == os.path.exists("/proc/net/ip_vs")
