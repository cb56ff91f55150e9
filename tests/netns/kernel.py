# SPDX-License-Identifier: LGPL-2.1-or-later
"""What vrrpd asks of the kernel, counted, and refused where a test says so."""

import errno
import struct

import pytest
from lab import tools
from lab.mainstay import Mainstay

TYPES = {"NEWLINK": 16, "DELLINK": 17, "NEWADDR": 20, "DELADDR": 21, "NEWROUTE": 24, "DELROUTE": 25,
         "NEWRULE": 32, "DELRULE": 33}   # linux/rtnetlink.h
WORDS = struct.Struct("=IIII256Q")


class Witnessed(Mainstay):
    """vrrpd of the plain build, with the messages counted that it sends by rtnetlink."""

    def __init__(self, node, text):
        library = tools.BUILD / "tests" / "netns" / "libwitness-netlink.so"
        if not library.exists():
            pytest.skip(f"{library} is not built")
        super().__init__(node, build=tools.BUILD)
        self.configure(text)
        self.file = node.share / "netlink"
        self.environment = {"LD_PRELOAD": str(library), "WITNESS_NETLINK": "/lab/netlink"}
        self.start("vrrpd")

    def _words(self):
        return WORDS.unpack(self.file.read_bytes())

    def sent(self):
        """How many messages of each type since the start."""
        count = self._words()[4:]
        return {name: count[number] for name, number in TYPES.items()}

    def writes_since(self, before):
        return {name: n - before[name] for name, n in self.sent().items() if n > before[name]}

    def refuse(self, name, error=errno.ENOBUFS):
        """Let the kernel take no messages of this type; None: all again."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("=II", TYPES.get(name, 0), error))

    def busy(self, on):
        """Let news of addresses be dropped, and readings of them be interrupted, so that their first is missing."""
        with self.file.open("r+b") as file:
            file.seek(8)
            file.write(struct.pack("=I", on))
