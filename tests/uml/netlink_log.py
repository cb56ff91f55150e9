# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is written to the balancer's table of a guest, seen on the wire between programs and the kernel (nlmon)."""

import struct

from lab import until

# linux/ip_vs.h: the commands of the family IPVS that change something; the others are questions and answers.
WRITES = {1: "NEW_SERVICE", 2: "SET_SERVICE", 3: "DEL_SERVICE", 5: "NEW_DEST", 6: "SET_DEST", 7: "DEL_DEST",
          9: "NEW_DAEMON", 10: "DEL_DAEMON", 12: "SET_CONFIG", 16: "ZERO", 17: "FLUSH"}
_REQUEST = 1        # NLM_F_REQUEST


class IpvsWrites:
    """The writes of everybody in the node, in order, for as long as the `with` block lasts."""

    def __init__(self, node):
        self.node = node
        self.family = int(node.output("genl ctrl get name IPVS").split("ID:")[1].split()[0], 16)
        node.run("ip link add nlmon0 type nlmon")
        node.run("ip link set nlmon0 up")

    def __enter__(self):
        (self.node.share / "netlink.pcap").unlink(missing_ok=True)
        (self.node.share / "netlink.log").unlink(missing_ok=True)
        self.tcpdump = self.node.spawn("tcpdump -U -i nlmon0 -w /lab/netlink.pcap", name="netlink")
        self.tcpdump.wait_output("listening on")
        return self

    def __exit__(self, *_):
        self.tcpdump.terminate()
        self.node.run("ip link del nlmon0")

    def seen(self):
        return [WRITES[command] for command in self._commands() if command in WRITES]

    def wait_for(self, command):
        until(lambda: command in self.seen(), 10, f"{command} is seen")

    def _commands(self):
        data, at = (self.node.share / "netlink.pcap").read_bytes(), 24
        while at + 16 <= len(data):
            length, = struct.unpack_from("=8xI", data, at)
            # A pseudo header of 16 bytes, then messages, each of a multiple of four bytes.
            message, end = at + 16 + 16, at + 16 + length
            while message + 20 <= min(end, len(data)):
                size, family, flags, command = struct.unpack_from("=IHH8xB", data, message)
                if family == self.family and flags & _REQUEST:
                    yield command
                message += max((size + 3) & ~3, 16)
            at = end
