# SPDX-License-Identifier: LGPL-2.1-or-later
"""What vrrpd asks of the kernel, counted, and refused where a test says so."""

import errno
import struct

from preloaded import Preloaded

TYPES = {"NEWLINK": 16, "DELLINK": 17, "NEWADDR": 20, "DELADDR": 21, "NEWROUTE": 24, "DELROUTE": 25,
         "NEWRULE": 32, "DELRULE": 33}   # linux/rtnetlink.h
WORDS = struct.Struct("=IIII256Q")


class Witnessed(Preloaded):
    """With the messages counted that it sends by rtnetlink."""

    def __init__(self, node, text):
        super().__init__(node, text, "libwitness-netlink.so", "WITNESS_NETLINK", "netlink")

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
