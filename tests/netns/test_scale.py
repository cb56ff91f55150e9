# SPDX-License-Identifier: LGPL-2.1-or-later
"""1,020 virtual routers on one machine, 255 on each of four links, at adverts of 0.1 s.

A router has taken over when its address is announced: the first gratuitous ARP at the link's switch, with the
kernel's time stamp there; the address is on by then. When it should is counted from its master's last advert at the
same switch. Both daemons run at the priority that mainstay-vrrpd.service has. What depends on the machine is measured
with Debian's keepalived on the same links, alternately.
"""

import multiprocessing
import os
import pathlib
import statistics
import time

import pytest
from lab import AddressMonitor, Capture, holds_for, tools, until
from lab.mainstay import Mainstay, MainstayUnits
from lab.network import Switch
from lab.peers import Keepalived
from lab.scenario import master_down

pytestmark = pytest.mark.timing

LINKS = range(1, 5)
VRIDS = range(1, 256)
ALL = len(LINKS) * len(VRIDS)
ADVERT = 0.1
PASSES = 3
NICE = -10          # mainstay-vrrpd.service


def vip(link, vrid):
    return f"10.1{link}.0.{vrid}"


def config(priority):
    head = "global_defs {\n    router_id many\n    vrrp_version 3\n}\n"
    return head + "".join(f"""vrrp_instance L{link}_{vrid} {{
    interface eth{link}
    state BACKUP
    virtual_router_id {vrid}
    priority {priority}
    advert_int {ADVERT}
    virtual_ipaddress {{
        {vip(link, vrid)}/32
    }}
}}
""" for link in LINKS for vrid in VRIDS)


class Links:
    """Four links between machines, each with a switch of its own."""

    def __init__(self, lab):
        self.lab = lab
        self.switches = {link: Switch() for link in LINKS}
        for switch in self.switches.values():
            lab.on_close(switch.close)

    def attach(self, node, host):
        for link, switch in self.switches.items():
            node.ports[f"eth{link}"] = switch.attach(node.net, f"eth{link}", f"02:00:00:00:0{link}:{host:02x}")
            node.net.ip(f"link set eth{link} up", f"address add 10.0.{link}.{host}/24 dev eth{link}")
        return node

    def listen(self):
        return Ears({link: Capture(self.lab, switch) for link, switch in self.switches.items()})


class Ears:
    """What is said at all switches. Routers are named (link, VRID)."""

    def __init__(self, captures):
        self.captures = captures

    def adverts(self, node):
        return [((link, a.vrid), a.time) for link, capture in self.captures.items() for a in capture.adverts(node)]

    def announcements(self, node):
        return [((link, int(a.sender.split(".")[3])), a.time)
                for link, capture in self.captures.items() for a in capture.arps(node)
                if a.gratuitous and a.sender.startswith("10.1")]

    def close(self):
        for capture in self.captures.values():
            capture.close()


def first(said):
    return {router: time for router, time in reversed(said)}


def virtual(node):
    return sum(address.startswith("10.1") for address in node.addresses())


def prefer(process):
    """Give a daemon and its children the priority that the unit has."""
    pids = [process.pid]
    for pid in pids:
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        pids += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def transitions(mainstay):
    return sum(", was " in line for line in mainstay.node.read("/lab/vrrpd.log").splitlines())


@pytest.fixture(name="links")
def four_links(lab):
    return Links(lab)


@pytest.fixture(name="nodes")
def two_nodes(lab, links):
    return links.attach(lab.netns("a"), 1), links.attach(lab.netns("b"), 2)


def start(mainstay):
    mainstay.start("vrrpd")
    prefer(mainstay.running["vrrpd"])


def settled(a, b):
    until(lambda: virtual(a) == ALL and virtual(b) == 0, 30, f"{a.name} has all addresses, {b.name} none")
    holds_for(lambda: virtual(b) == 0, 0.5)


class Takeover:
    """How late each router was, and how far apart the first and the last were; in milliseconds."""

    def __init__(self, links, a, b, kill):
        ears = links.listen()
        routers = {(link, vrid) for link in LINKS for vrid in VRIDS}
        until(lambda: {router for router, _ in ears.adverts(a)} == routers, 5, "an advert of each")
        kill()
        until(lambda: virtual(b) == ALL, 10, "all are taken over")
        taken = until(lambda: (now := first(ears.announcements(b))).keys() == routers and now, 5, "all are announced")
        last = dict(ears.adverts(a))
        ears.close()
        late = [taken[router] - last[router] - master_down(90, ADVERT, 3) for router in routers]
        self.early, self.late = min(late) * 1000, max(late) * 1000
        self.due = (max(last.values()) - min(last.values())) * 1000
        self.apart = (max(taken.values()) - min(taken.values())) * 1000

    def __str__(self):
        return f"{self.early:.1f} to {self.late:.1f} ms late, {self.apart:.1f} ms apart (due {self.due:.1f} ms apart)"


def pass_of_keepalived(links, a, mainstay, b):
    start(mainstay)
    until(lambda: virtual(a) == ALL, 30)
    peer = Keepalived(b, config(90))
    peer.process.wait_output("L4_255) Entering BACKUP STATE", 10)
    prefer(peer.process)
    settled(a, b)
    takeover = Takeover(links, a, b, lambda: mainstay.kill("vrrpd"))
    peer.stop()
    until(lambda: virtual(b) == 0, 10, "keepalived has gone")
    return takeover


def test_all_become_master_and_are_taken_over_together(links, nodes):
    """The figures of the issue: all master within master-down + 200 ms of the start; after the master's death all within
    20 ms of their time and the first and the last of them at most 30 ms apart: less than keepalived's."""
    a, b = nodes
    mainstay = [Mainstay(a, build=tools.BUILD), Mainstay(b, build=tools.BUILD)]
    for one, priority in zip(mainstay, (100, 90)):
        one.configure(config(priority))
    ears = links.listen()
    began = time.time()
    start(mainstay[0])
    taken = until(lambda: len(now := first(ears.announcements(a))) == ALL and now, 10, "all are master")
    ears.close()
    started = max(taken.values()) - began
    print(f"\nall master {started * 1000:.0f} ms after the start, master-down {master_down(100, ADVERT, 3) * 1000:.0f} ms")
    mainstay[0].kill("vrrpd")

    ours, theirs = [], []
    for _ in range(PASSES):
        theirs.append(pass_of_keepalived(links, a, mainstay[0], b))
        print("keepalived:", theirs[-1])
        start(mainstay[0])
        start(mainstay[1])
        settled(a, b)
        ours.append(Takeover(links, a, b, lambda: mainstay[0].kill("vrrpd")))
        print("mainstay:  ", ours[-1])
        mainstay[1].stop("vrrpd")
    apart = [statistics.median(t.apart for t in passes) for passes in (ours, theirs)]
    late = [statistics.median(t.late for t in passes) for passes in (ours, theirs)]
    print(f"medians: apart {apart[0]:.1f} ms, keepalived {apart[1]:.1f} ms: {apart[0] / apart[1]:.2f}; "
          f"late {late[0]:.1f} ms, keepalived {late[1]:.1f} ms: {late[0] / late[1]:.2f}")
    assert min(t.early for t in ours) > -0.5, "never before its time"
    assert started < master_down(100, ADVERT, 3) + 0.2
    assert apart[0] < 0.75 * apart[1] and late[0] < 0.75 * late[1]
    # What the machine can do when nobody disturbs it.
    assert min(t.late for t in ours) < 20 and min(t.apart for t in ours) < 30


def test_no_false_transition_with_both_cores_busy(links, nodes):
    seconds = 60 * int(os.environ.get("MAINSTAY_MINUTES", 1))
    a, b = nodes
    mainstay = [Mainstay(node, build=tools.BUILD) for node in nodes]
    for one, priority in zip(mainstay, (100, 90)):
        one.configure(config(priority))
        start(one)
    settled(a, b)
    before = [transitions(one) for one in mainstay]
    monitors = [AddressMonitor(node) for node in nodes]
    load = [multiprocessing.Process(target=spin, daemon=True) for _ in range(os.cpu_count())]
    for process in load:
        process.start()
    try:
        holds_for(lambda: virtual(a) == ALL and virtual(b) == 0, seconds)
    finally:
        for process in load:
            process.kill()
            process.join()
    assert [transitions(one) for one in mainstay] == before
    assert [monitor.seen() for monitor in monitors] == [[], []]
    for one in mainstay:
        said = one.node.read("/lab/vrrpd.log")
        assert "late" not in said.split("MASTER, was BACKUP")[-1]


def spin():
    while True:
        pass


def test_a_restart_with_all_of_them_moves_none(lab, links, installation):
    a = lab.nspawn("a", layers=[installation])
    b = links.attach(lab.netns("b"), 2)
    links.attach(a, 1)
    a.wait_booted()
    mainstay = MainstayUnits(a)
    mainstay.configure(config(100))
    mainstay.start("vrrpd")
    until(lambda: virtual(a) == ALL, 30, "a has all addresses")
    peer = Mainstay(b, config(90), build=tools.BUILD)
    prefer(peer.running["vrrpd"])
    settled(a, b)
    before = transitions(peer)
    monitors = [AddressMonitor(node) for node in (a, b)]
    ears = links.listen()
    for change in (lambda: mainstay.restart("vrrpd"), lambda: mainstay.kill("vrrpd")):
        began = time.time()
        change()
        until(lambda: len({router for router, at in ears.adverts(a) if at > began + 0.5}) == ALL, 10, "all speak again")
        holds_for(lambda: virtual(a) == ALL and virtual(b) == 0, 1.5)
    assert not ears.adverts(b)
    assert transitions(peer) == before
    assert [monitor.seen() for monitor in monitors] == [[], []]
