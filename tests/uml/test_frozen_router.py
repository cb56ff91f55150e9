# SPDX-License-Identifier: LGPL-2.1-or-later
"""A router whose whole machine is frozen by its hypervisor, kernel and all, and thawed when another one has taken over."""

import time

import pytest
from lab import Capture, holds_for, until
from lab.mainstay import Mainstay, MainstayUnits

pytestmark = [pytest.mark.uml, pytest.mark.timing]

VIP = "10.0.0.100"
CONFIG = """
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    priority {}
    advert_int 1
    nopreempt
    garp_master_delay 0
    virtual_ipaddress {{
        {}/24
    }}
}}
"""


def test_a_thawed_master_is_backup_without_a_word(lab, installation):
    frozen = lab.uml("a", layers=[installation], eth0="10.0.0.1/24")
    a = MainstayUnits(frozen, CONFIG.format(100, VIP))
    a.wait_state("MASTER", timeout=20)
    b = Mainstay(lab.netns("b", eth0="10.0.0.2/24"), CONFIG.format(90, VIP))
    capture = Capture(lab)
    capture.wait_advert(frozen)
    frozen.pause()
    b.wait_state("MASTER")
    time.sleep(2.5)
    thawed = time.time()
    frozen.resume()
    a.wait_state("BACKUP").wait_lost(VIP)
    holds_for(lambda: b.state() == "MASTER" and a.state() == "BACKUP", 2)
    assert capture.adverts(frozen, since=thawed) == []
    until(lambda: "took over while this router could not speak" in a.instance()["Reason"], 2)
