# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory: small networks of real machines, on one machine.

A test says what it needs and then does to it what the world does to machines:

    with Lab() as lab:
        a = lab.netns("a", eth0="10.0.0.1/24")
        b = lab.nspawn("b", eth0="10.0.0.2/24", layers=[installation])
        client = lab.netns("client", eth0="10.0.0.9/24")
        with Probe(client, "10.0.0.100") as probe:
            a.power_off()
            probe.wait_answered()
        assert probe.outage() < 3.7

Nodes of all kinds stand on one private Ethernet and have one interface (node.Node); README.md in this
directory says which kind is for what. Nothing here sleeps for what can be observed: see wait.until.
"""

from .capture import Advert, Capture, PacketFile
from .lab import Lab
from .monitor import AddressMonitor, LinkMonitor
from .node import CommandFailed, Node
from .probe import EchoServer, Probe
from .wait import holds_for, until

__all__ = ["AddressMonitor", "Advert", "Capture", "CommandFailed", "EchoServer", "Lab", "LinkMonitor", "Node", "PacketFile", "Probe",
           "holds_for", "until"]
