# SPDX-License-Identifier: LGPL-2.1-or-later
"""The installed, hardened units may do what a virtual MAC address needs: interfaces, settings below /proc/sys/net, and
their release by the guard."""

import json
import os
import signal

from lab import LinkMonitor, holds_for, until
from lab.mainstay import MainstayUnits
from lab.scenario import simple

VIP = "10.0.0.100"
KEYS = ("arp_ignore", "arp_announce", "arp_filter")


def settings(node):
    return [node.output(f"cat /proc/sys/net/ipv4/conf/eth0/{key}").strip() for key in KEYS]


def has_vmac(node):
    return "vrrp.51" in [link["ifname"] for link in json.loads(node.output("ip -j link"))]


def test_made_kept_and_released(lab, installation):
    node = lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")
    before = settings(node)
    mainstay = MainstayUnits(node, simple(more="use_vmac", version=3, advert="0.2"))
    mainstay.wait_has(VIP)
    assert has_vmac(node) and settings(node) == ["1", "2", "1"]

    until(lambda: "state UP" in node.output("ip link show vrrp.51"), 10)
    monitor = LinkMonitor(node)
    mainstay.restart("vrrpd")
    mainstay.kill("vrrpd")
    holds_for(lambda: mainstay.has(VIP), 0.5)
    assert mainstay.instance()["State"] == "MASTER" and monitor.seen() == []

    node.run(["mv", "/usr/libexec/mainstay/vrrpd", "/usr/libexec/mainstay/vrrpd.away"])
    os.kill(mainstay.pid("vrrpd"), signal.SIGKILL)
    until(lambda: not has_vmac(node) and settings(node) == before, 8, "the guard has released everything")
