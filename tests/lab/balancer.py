# SPDX-License-Identifier: LGPL-2.1-or-later
"""A director: whatever moves addresses, checks servers and keeps the kernel's table, behind one interface.

It is Mainstay; with MAINSTAY_BALANCER=keepalived in the environment it is Debian's keepalived, which shows whether a test is
right about the world rather than about Mainstay.
"""

import os
import signal

from . import ipvs
from .mainstay import Mainstay
from .peers import Keepalived

DAEMONS = ("vrrpd", "checkd", "ipvsd")


class MainstayBalancer(Mainstay):
    """vrrpd, checkd and ipvsd by default."""

    def __init__(self, node, config, files=None, daemons=DAEMONS, **options):
        for path, text in (files or {}).items():
            node.write(path, text)
        self.daemons = daemons
        super().__init__(node, config, daemons=daemons, path="/etc/keepalived/keepalived.conf", **options)

    def weights(self):
        return ipvs.weights(self.node)

    def saved(self):
        return ipvs.saved(self.node)

    def hang_up(self, config):
        """Reload by signal: no program is run, nobody waits."""
        self.configure(config)
        for process in self.running.values():
            process.signal(signal.SIGHUP)


class KeepalivedBalancer(Keepalived):
    """One program, so that whichever daemon is named, all of it is meant."""

    def __init__(self, node, config, files=None, daemons=DAEMONS):
        for path, text in (files or {}).items():
            node.write(path, text)
        only = [] if "vrrpd" in daemons else ["-C"]
        super().__init__(node, config, options=only)

    def weights(self):
        return ipvs.weights(self.node)

    def saved(self):
        return ipvs.saved(self.node)

    def has(self, address):
        return self.node.has(address)

    def start(self, *_):
        super().start()

    def stop(self, *_):
        super().stop()

    hang_up = Keepalived.reload


def is_keepalived():
    return os.environ.get("MAINSTAY_BALANCER") == "keepalived"


def balancer(node, config, files=None, daemons=DAEMONS):
    """A director that runs. `files`: what else it reads, {path: text}."""
    kind = KeepalivedBalancer if is_keepalived() else MainstayBalancer
    return kind(node, config, files, daemons)
