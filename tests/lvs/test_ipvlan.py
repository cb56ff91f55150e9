# SPDX-License-Identifier: LGPL-2.1-or-later
"""use_ipvlan: not about balancing, but the kernel with IPVS has this as well, where the host's may not."""

import json

from lab import Capture, until
from lab.mainstay import Mainstay

VIP = "10.0.0.100"

CONFIG = """
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    version 3
    priority {priority}
    advert_int 0.1
    use_ipvlan {words}
    virtual_ipaddress {{
        10.0.0.100/24
    }}
}}
"""


def ipvlan(node, name):
    shown = json.loads(node.output("ip -j -d link"))
    return next((link["linkinfo"]["info_data"] | {"ifindex": link["ifindex"]} for link in shown
                 if link["ifname"] == name and link.get("linkinfo", {}).get("info_kind") == "ipvlan"), None)


def on(node, interface, address):
    return f"inet {address}/" in node.output(f"ip -o addr show {interface}", check=False)


def test_an_ipvlan_has_the_addresses_and_speaks_from_its_own(lab):
    capture = Capture(lab)
    a, b = lab.netns("a", eth0="10.0.0.1/24"), lab.netns("b", eth0="10.0.0.2/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    ma = Mainstay(a, CONFIG.format(priority=100, words="10.0.0.11/24"))
    mb = Mainstay(b, CONFIG.format(priority=90, words="mine 10.0.0.12/24 private"))
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    assert ipvlan(a, "vrrp.51")["mode"] == "l2"
    assert "private" in str(ipvlan(b, "mine"))
    assert on(a, "vrrp.51", VIP) and on(a, "vrrp.51", "10.0.0.11") and on(b, "mine", "10.0.0.12")
    assert {(advert.source, advert.mac) for advert in capture.adverts()} == {("10.0.0.11", a.port().mac)}
    client.run(f"ping -c 1 -W 2 {VIP}")
    b.run("ip address del 10.0.0.12/24 dev mine")
    until(lambda: on(b, "mine", "10.0.0.12"), 10, "its own address is put back also where nothing else is to be done")

    before = ipvlan(a, "vrrp.51")["ifindex"]
    ma.kill("vrrpd")
    ma.start("vrrpd")
    ma.wait_state("MASTER")
    assert ipvlan(a, "vrrp.51")["ifindex"] == before
    ma.stop("vrrpd")
    mb.wait_state("MASTER")
    assert ipvlan(a, "vrrp.51") is None and on(b, "mine", VIP)
    until(lambda: client.run(f"ping -c 1 -W 1 {VIP}", check=False).returncode == 0, 10)


def test_without_an_address_it_is_a_fault_that_says_so(lab):
    a = lab.netns("a", eth0="10.0.0.1/24")
    mainstay = Mainstay(a, CONFIG.format(priority=100, words="vepa"))
    assert mainstay.state() == "FAULT"
    assert "use_ipvlan needs an address for IPv4" in mainstay.instance()["Reason"]
