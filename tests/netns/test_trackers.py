# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is tracked beside scripts: files with a number in them, processes, other interfaces; and what a restart of either daemon makes
of it, which is nothing."""

import contextlib
import re
import time

import pytest
from vrrp import VIP, transitions

from lab import holds_for, tools, until
from lab.mainstay import Mainstay

INSTANCE = """
vrrp_instance VI_1 {{
    version 3
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 0.1
    garp_master_delay 0
    virtual_ipaddress {{
        10.0.0.100/24
    }}
{tracks}
}}
"""


def tracked(kind, *lines):
    return f"    {kind} {{\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"


def config(blocks, tracks, priority=100):
    return blocks + INSTANCE.format(priority=priority, tracks=tracks)


def priority_of(mainstay):
    with contextlib.suppress(KeyError, AssertionError):
        return mainstay.instance()["EffectivePriority"]
    return None


def wait_priority(mainstay, priority, timeout=10):
    until(lambda: priority_of(mainstay) == priority, timeout,
          f"{mainstay.node.name} has priority {priority}, not {priority_of(mainstay)}")


def start(lab, text, daemons=("checkd", "vrrpd"), name="a", host=1, **interfaces):
    node = lab.netns(name, eth0=f"10.0.0.{host}/24", **interfaces)
    return Mainstay(node, text, daemons=daemons)


def trackers(mainstay):
    """What checkd has: {(kind, name): properties}."""
    found = (o.get("org.mainstay.Check1.Tracker") for o in mainstay.objects("checkd").values())
    return {(t["Kind"], t["Name"]): t for t in found if t}


FILE = "track_file load {\n    file /srv/track/load\n    weight 2\n}\n"


def test_the_number_in_a_file_moves_the_priority(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/track/load", "10\n")
    a = Mainstay(node, config(FILE, tracked("track_file", "load")), daemons=("checkd", "vrrpd"))
    a.wait_state("MASTER")
    wait_priority(a, 120)
    assert ["load", "UP", 2, 20] in a.instance()["Trackers"]
    for text, priority in (("-0x10", 68), ("apples", 100), ("99999999999", 100), ("1000", 254), ("3 times", 106)):
        node.write("/srv/track/load", text)
        wait_priority(a, priority)
    node.write("/srv/track/new", "5")
    node.run("mv /srv/track/new /srv/track/load")
    wait_priority(a, 110)
    node.run("rm /srv/track/load")
    wait_priority(a, 100)
    node.run("rm -r /srv/track")
    node.run(["sh", "-c", "mkdir -p /srv/track && echo 7 > /srv/track/load"])
    wait_priority(a, 114)
    node.run(["sh", "-c", "rm -r /srv/track && mkdir /srv/track && echo 8 > /srv/track/x && mv /srv/track/x /srv/track/load"])
    wait_priority(a, 116)
    node.write("/srv/track/load", "-127")
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["file load says -127"]
    node.run(["sh", "-c", "mkdir /srv/real && echo 4 > /srv/real/load && ln -sf /srv/real/load /srv/track/load"])
    wait_priority(a, 108)
    node.run(["sh", "-c", "echo 6 > /srv/real/load"])
    wait_priority(a, 112)
    node.run("rm /srv/track/load")
    wait_priority(a, 100)
    node.run("ln -s /srv/real/load /srv/track/load")
    wait_priority(a, 112)
    node.run("rm /srv/track/load")
    wait_priority(a, 100)
    node.run("ln /srv/real/load /srv/track/load")
    wait_priority(a, 112)
    a.wait_state("MASTER")


def test_restarts_move_nothing_and_reloads_what_they_say(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/track/load", "10\n")
    blocks = FILE + "vrrp_track_process cat {\n    process cat\n    weight 7\n}\n"
    tracks = tracked("track_file", "load") + tracked("track_process", "cat")
    a = Mainstay(node, config(blocks, tracks), daemons=("checkd", "vrrpd"))
    a.wait_state("MASTER")
    wait_priority(a, 120)
    before = transitions(a)
    told = a.running["vrrpd"].output().count("tracker ")

    a.kill("checkd")
    node.write("/srv/track/unrelated", "1")
    a.start("checkd")
    until(lambda: trackers(a)["file", "load"]["Value"] == 10, 10)
    a.kill("checkd")
    node.write("/srv/track/load", "11\n")
    holds_for(lambda: priority_of(a) == 120, 0.5)   # what was last said stands
    a.start("checkd")
    wait_priority(a, 122)
    assert a.running["vrrpd"].output().count("tracker ") == told + 1

    a.kill("checkd")
    a.kill("vrrpd")
    a.start("vrrpd")
    assert priority_of(a) == 122, "known from before"
    assert a.state() == "MASTER" and a.has(VIP)
    a.start("checkd")
    a.reload(config(blocks.replace("weight 2", "weight -3"), tracks))
    wait_priority(a, 67)
    assert a.state() == "MASTER"
    assert transitions(a) == before

    a.kill("checkd")
    a.kill("vrrpd")
    a.start("vrrpd")
    a.reload(config(blocks.replace("weight 2", "weight -3"), tracks).replace("virtual_router_id 51", "virtual_router_id 52"))
    assert a.instance()["VirtualRouterId"] == 52
    assert priority_of(a) == 67, "another router, but not another tracker"


def test_weight_0_of_a_file_is_fault_and_reverse_turns_it_round(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/flag", "1")
    a = Mainstay(node, config("track_file flag {\n file /srv/flag\n weight 0\n}\n", tracked("track_file", "flag")),
                 daemons=("checkd", "vrrpd"))
    a.wait_state("FAULT")
    node.write("/srv/flag", "0")
    a.wait_state("MASTER")
    a.reload(config("track_file flag {\n file /srv/flag\n weight 0 reverse\n}\n", tracked("track_file", "flag")))
    a.wait_state("FAULT")
    node.write("/srv/flag", "3")
    a.wait_state("MASTER")


def test_files_are_made_at_a_start_and_polled_where_nothing_is_told(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/kept", "9")
    node.write("/srv/over", "9")
    blocks = ("track_file kept {\n file /srv/kept\n init_file 1\n}\n"
              "track_file over {\n file /srv/over\n init_file 2 overwrite\n}\n"
              "track_file made {\n file /srv/made\n init_file 3\n}\n"
              "track_file proc {\n file /proc/sys/net/ipv4/ip_default_ttl\n}\n")
    tracks = tracked("track_file", "kept", "over", "made", "proc")
    a = Mainstay(node, config(blocks, tracks), daemons=("checkd", "vrrpd"))
    wait_priority(a, 114 + 64)
    assert [node.read(f"/srv/{name}").strip() for name in ("kept", "over", "made")] == ["9", "2", "3"]
    node.run("sysctl -q -w net.ipv4.ip_default_ttl=70")
    wait_priority(a, 114 + 70)
    assert len(re.findall(r"mainstay.conf:\d+: file proc: polled, every 2 s: /proc is on proc", a.running["checkd"].output())) == 1
    node.write("/srv/over", "5")
    node.run("rm /srv/made")
    a.kill("checkd")
    a.start("checkd")
    a.reload()
    wait_priority(a, 114 + 70, 5)
    assert node.read("/srv/over") == "5"


NAME = "tracked-by-test"
PROCESS = """
vrrp_track_process p {{
    process {name}
    {lines}
}}
"""


@pytest.fixture(name="node")
def a_node(lab):
    """A node with a program of a name that nothing else has; processes are seen in all of the machine."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.run(f"cp /bin/sleep /srv/{NAME}")
    return node


def run_one(node):
    return node.spawn([f"/srv/{NAME}", "1000"], name="sleeper")


def end_one(process):
    process.kill()


def test_a_process_that_does_not_run_is_fault_or_costs_priority(node):
    text = PROCESS.format(name=NAME, lines="weight 10")
    a = Mainstay(node, config(text, tracked("track_process", "p")), daemons=("checkd", "vrrpd"))
    until(lambda: trackers(a)["process", "p"]["State"] == "DOWN", 10)
    wait_priority(a, 100)
    one = run_one(node)
    wait_priority(a, 110)
    two = run_one(node)
    a.reload(config(PROCESS.format(name=NAME, lines="quorum 2\n quorum_max 2"), tracked("track_process", "p")))
    a.wait_state("MASTER")
    three = run_one(node)
    a.wait_state("FAULT")
    assert trackers(a)["process", "p"]["StateReason"] == "3 run, allowed 2"
    end_one(three)
    a.wait_state("MASTER")
    end_one(two)
    a.wait_state("FAULT")
    assert trackers(a)["process", "p"]["StateReason"] == "1 runs, wanted 2"
    a.kill("checkd")
    a.start("checkd")
    a.kill("vrrpd")
    a.start("vrrpd")
    assert a.state() == "FAULT"
    a.reload(config(PROCESS.format(name=NAME, lines="quorum_max 0"), tracked("track_process", "p")))
    holds_for(lambda: a.state() == "FAULT", 0.3)
    end_one(one)
    a.wait_state("MASTER")


def test_delays_of_a_process_and_its_parameters(node):
    text = PROCESS.format(name=f"/srv/{NAME} 1000", lines="terminate_delay 1.5\n weight 10")
    one = run_one(node)
    a = Mainstay(node, config(text, tracked("track_process", "p")), daemons=("checkd", "vrrpd"))
    wait_priority(a, 110)
    end_one(one)
    holds_for(lambda: priority_of(a) == 110, 1.2)   # its delay has not passed
    one = run_one(node)
    holds_for(lambda: priority_of(a) == 110, 1.6)
    end_one(one)
    wait_priority(a, 100, 6)
    other = node.spawn([f"/srv/{NAME}", "1001"], name="other")
    holds_for(lambda: priority_of(a) == 100, 1.2)   # other parameters
    end_one(other)


def links(lab, text, name="a", **interfaces):
    """A node with a second, tracked interface, whose other end is on a switch of its own."""
    node = lab.netns(name, eth0="10.0.0.1/24", **interfaces)
    node.run("ip link add up1 type veth peer name far1")
    node.run("ip link set up1 up")
    node.run("ip link set far1 up")
    return Mainstay(node, text)


def pull(mainstay, name="far1"):
    mainstay.node.run(f"ip link set {name} down")


def plug(mainstay, name="far1"):
    mainstay.node.run(f"ip link set {name} up")


def test_other_interfaces_weigh_as_written(lab):
    a = links(lab, config("", tracked("track_interface", "up1 weight -30", "late weight 5", "eth0 weight 50")))
    a.wait_state("MASTER")
    assert priority_of(a) == 100, "its own interface is tracked anyway, and without a weight"
    pull(a)
    wait_priority(a, 70)
    a.node.run("ip link add late type veth peer name late2")
    a.node.run("ip link set late2 up")
    a.node.run("ip link set late up")
    wait_priority(a, 75)
    plug(a)
    wait_priority(a, 105)
    out = a.reload(config("", tracked("track_interface", "up1 weight 254 reverse", "late weight 5")), check=False)
    assert "weight 254 is taken as 253" in out.stdout + out.stderr
    a.ctl("reload", "--force")
    wait_priority(a, 1)
    a.node.run("ip link delete late")
    pull(a)
    wait_priority(a, 100)
    assert a.state() == "MASTER"
    a.reload(config("", tracked("track_interface", "up1")))
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["interface up1 is down"]
    plug(a)
    a.wait_state("MASTER")
    a.reload(config("", tracked("track_interface", "up1 weight 0 reverse")))
    a.wait_state("FAULT")
    a.node.run("ip link delete up1")
    a.wait_state("MASTER")


DELAYS = "interface_up_down_delays {{\n    {line}\n}}\n"


def test_a_flap_is_not_heard_where_there_are_delays(lab):
    """Adverts every second would allow 1.99 s; at 0.1 s it is 0.19 s whatever is written."""
    slow = config(DELAYS.format(line="up1 0.9 0.8"), tracked("track_interface", "up1")).replace("advert_int 0.1", "advert_int 1")
    a = links(lab, slow)
    a.wait_state("MASTER")
    pull(a)
    holds_for(lambda: a.state() == "MASTER", 0.3)
    plug(a)
    holds_for(lambda: a.state() == "MASTER", 1)
    pull(a)
    a.wait_state("FAULT", timeout=5)
    plug(a)
    holds_for(lambda: a.state() == "FAULT", 0.3)
    pull(a)
    plug(a)
    holds_for(lambda: a.state() == "FAULT", 0.3)
    a.wait_state("BACKUP", timeout=5)
    a.reload(slow.replace("advert_int 1", "advert_int 0.1").replace("up1 0.9", "up1 20"), check=False)
    out = a.reload(check=False)
    assert "down counts after 0.19 s already, for the sake of VI_1" in out.stdout + out.stderr
    a.ctl("reload", "--force")
    a.wait_state("MASTER")
    pull(a)
    a.wait_state("FAULT")


def test_a_delay_goes_on_over_a_restart(lab):
    """What is left of it counts, on the machine's clock: a restart neither believes at once nor begins anew."""
    slow = config(DELAYS.format(line="up1 1.9 4"), tracked("track_interface", "up1")).replace("advert_int 0.1", "advert_int 1")
    a = links(lab, slow)
    a.wait_state("MASTER")
    a.kill("vrrpd")
    pull(a)
    a.start("vrrpd")
    holds_for(lambda: a.state() == "MASTER", 0.5, "what went down while nobody looked is down only after the delay")
    a.wait_state("FAULT", timeout=5)
    plug(a)
    began = time.monotonic()
    holds_for(lambda: a.state() == "FAULT", 2.5)
    a.kill("vrrpd")
    a.start("vrrpd")
    holds_for(lambda: a.state() == "FAULT", 0.5)
    a.wait_state("BACKUP", timeout=5)
    assert 3.9 < time.monotonic() - began < 6.4, "the delay began anew"
    a.wait_state("MASTER", timeout=8)
    pull(a)
    holds_for(lambda: a.state() == "MASTER", 1)
    a.kill("vrrpd")
    killed = time.time()
    a.start("vrrpd")
    a.wait_state("FAULT", timeout=5)
    assert a.instance()["LastTransitionUsec"] / 1e6 - killed < 1.9, "the delay began anew"


def test_a_driver_that_cannot_be_asked_is_told_of_once(lab):
    a = links(lab, config("linkbeat_interfaces {\n    up1 MII\n    eth0\n}\n", tracked("track_interface", "up1 weight 10")))
    a.wait_state("MASTER")
    wait_priority(a, 110)
    pull(a)
    wait_priority(a, 100)
    holds_for(lambda: a.running["vrrpd"].output().count("cannot be asked") == 1, 1.2)
    assert "up1: the state of the link cannot be asked: Operation not supported" in a.running["vrrpd"].output()


SCRIPT = """#!/bin/sh
grep -h -e '^Max open files' /proc/self/limits > /srv/seen.new
grep -h -e '^Cpus_allowed:' -e '^VmLck' /proc/self/status >> /srv/seen.new
cut -d' ' -f18,19,40,41 /proc/self/stat >> /srv/seen.new
mv /srv/seen.new /srv/seen
"""

OPTIONS = """global_defs {
    script_user root
    vrrp_rt_priority 7
    vrrp_no_swap
    vrrp_cpu_affinity 0
    checker_priority -3
    checker_rt_priority 3
    checker_no_swap
    checker_cpu_affinity 0
}
"""


def scheduled(process):
    """Real-time priority, policy (2 is SCHED_RR) and locked memory of a daemon."""
    pid = process.popen.pid
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    locked = re.search(r"VmLck:\s+(\d+)", open(f"/proc/{pid}/status", encoding="ascii").read())[1]
    return int(fields[37]), int(fields[38]), int(locked) > 0


def test_processes_run_as_the_configuration_says_and_scripts_do_not(lab):
    """In real time, in memory, on one processor; and of all that the script sees nothing."""
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/chk", SCRIPT, 0o755)
    blocks = "vrrp_script chk {\n    script /srv/chk\n    interval 1\n}\n"
    a = Mainstay(node, config("global_defs {\n    script_user root\n}\n" + blocks, tracked("track_script", "chk")),
                 daemons=("checkd", "vrrpd"))

    def seen():
        """What the script sees that begins now; the one that runs already does not count."""
        for _ in range(2):
            node.run("rm -f /srv/seen")
            until(lambda: node.exists("/srv/seen"), 10)
        return node.read("/srv/seen")

    before = seen()
    a.reload(config(OPTIONS + blocks, tracked("track_script", "chk")))
    after = seen()
    if "cannot be had" in a.running["vrrpd"].output():
        pytest.skip("this machine grants no real time")
    locks = a.build != tools.BUILD_ASAN   # the address sanitizer does not let anybody lock memory
    assert scheduled(a.running["vrrpd"]) == (7, 2, locks)
    assert scheduled(a.running["checkd"]) == (3, 2, locks)
    assert after == before
    a.reload(config("global_defs {\n    script_user root\n}\n" + blocks, tracked("track_script", "chk")))
    assert scheduled(a.running["vrrpd"]) == (0, 0, False)


def test_stale_after_says_what_a_checkd_that_is_gone_is_worth(lab):
    node = lab.netns("a", eth0="10.0.0.1/24")
    node.write("/srv/track/load", "10\n")
    tracks = tracked("track_file", "load")
    blocks = "global_defs {\n    stale_after 1 fault\n}\n" + FILE
    a = Mainstay(node, config(blocks, tracks), daemons=("checkd", "vrrpd"))
    wait_priority(a, 120)
    a.wait_state("MASTER")
    a.kill("checkd")
    holds_for(lambda: a.state() == "MASTER", 0.5)
    a.wait_state("FAULT")
    assert a.instance()["FaultReasons"] == ["checkd has been gone for longer than stale_after allows"]
    a.kill("vrrpd")
    a.start("vrrpd")
    assert a.state() == "FAULT"
    a.reload(config(blocks.replace("fault", "ignore"), tracks))
    wait_priority(a, 100)
    a.wait_state("MASTER")
    a.start("checkd")
    wait_priority(a, 120)
    a.kill("checkd")
    a.reload(config(FILE, tracks))
    holds_for(lambda: priority_of(a) == 120, 1.5)
