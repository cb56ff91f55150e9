# SPDX-License-Identifier: LGPL-2.1-or-later
"""When nothing happens, nothing is done but what VRRP demands."""

import struct

import vrrp
from lab import Capture, holds_for
from preloaded import Preloaded
from vrrp import config

FAST = {"advert": "0.05", "version": 3}


class Counted(Preloaded):
    """With its calls of malloc() counted."""

    def __init__(self, node, text):
        super().__init__(node, text, "libcount-malloc.so", "COUNT_MALLOC", "malloc")

    @property
    def allocations(self):
        return struct.unpack("=Q", self.file.read_bytes())[0]


def test_hundreds_of_adverts_allocate_nothing_and_touch_neither_bus_nor_files(lab):
    a = Counted(lab.netns("a", eth0="10.0.0.1/24"), config(100, extra="garp_master_delay 1", **FAST))
    b = Counted(lab.netns("b", eth0="10.0.0.2/24"), config(90, **FAST))
    a.wait_state("MASTER")
    b.wait_state("BACKUP")
    holds_for(lambda: True, 2)      # the second burst of announcements, readiness, the first second of life
    capture = Capture(lab)
    before = [(m.allocations, m.node.output("stat -c %Y.%y /run/mainstay/vrrpd/roles /run/mainstay/vrrpd/events"))
              for m in (a, b)]
    holds_for(lambda: True, 3)
    after = [(m.allocations, m.node.output("stat -c %Y.%y /run/mainstay/vrrpd/roles /run/mainstay/vrrpd/events"))
             for m in (a, b)]
    assert len(capture.adverts(a.node)) > 50 and capture.arps(a.node, vrrp.VIP) == []
    assert before == after
