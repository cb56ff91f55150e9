# SPDX-License-Identifier: LGPL-2.1-or-later
"""What befalls all daemons of a node at once: an upgrade of the package, a bad moment, the manager itself begun anew."""

from . import wait
from .mainstay import DAEMONS, units


class Together:
    """The installed daemons of one node, as one."""

    def __init__(self, mainstay):
        self.mainstay = mainstay
        self.node = mainstay.node

    def restart(self, *more):
        """One transaction of the manager, as at the end of an upgrade."""
        self.node.systemctl("restart", *units(DAEMONS), *more, timeout=60)

    def kill(self, *more):
        """kill -9 in one call; the manager starts them again when it will."""
        names = [*units(DAEMONS), *more]
        before = self.pids(names)
        self.node.run(["kill", "-9", *before])
        wait.until(lambda: not {"0", *before} & set(self.pids(names)), 20, "all that was killed runs again")

    def pids(self, names=None):
        """The main processes as the node itself calls them."""
        shown = self.node.output(["systemctl", "show", "--property=MainPID", "--value", *(names or units(DAEMONS))])
        return shown.split()

    def restart_with_bus(self):
        self.restart("dbus.service")

    def kill_with_bus(self):
        self.kill("dbus.service")

    def restart_with_manager(self):
        """An upgrade of systemd in the same run as ours."""
        self.node.systemctl("daemon-reload")
        self.node.systemctl("daemon-reexec")
        self.restart()

    def wait_answering(self):
        """All four answer on the bus, and have heard of each other."""
        def settled():
            return all(self.mainstay.properties(daemon)["StalePeers"] == [] for daemon in DAEMONS)
        for daemon in DAEMONS:
            self.mainstay.wait_on_bus(daemon)
        wait.until(settled, 15, "nobody's knowledge is stale")


# Those with the bus have the ones without it in them; a long campaign shows these by themselves, too.
EVENTS = ("restart_with_bus", "kill_with_bus", "restart_with_manager")
ALL_EVENTS = ("restart", "kill", *EVENTS)
