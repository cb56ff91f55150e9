# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be done with every node whose process 1 is systemd, whatever kernel is below it."""

import signal
import subprocess

from .node import CommandFailed, Node


class SystemdNode(Node):
    """A kind of node provides, besides run(): main_pid() and kill_unit()."""

    booted = False

    def _wait_running(self):
        """Wait until all units of the boot have started."""
        state = self.run("systemctl is-system-running --wait", check=False).stdout.strip()
        if state != "running":
            failed = self.run("systemctl --failed --no-legend --plain", check=False).stdout
            raise CommandFailed(self, ["systemctl", "is-system-running"],
                                subprocess.CompletedProcess([], 1, state + "\n" + failed, self.report()))

    def systemctl(self, *arguments, **options):
        return self.run(["systemctl", *arguments], **options)

    def unit(self, name, *properties):
        """Properties of a unit: one value, or a list when several are asked for."""
        lines = self.output(["systemctl", "show", name, "--property", ",".join(properties)]).splitlines()
        values = dict(line.split("=", 1) for line in lines)
        found = [values[p] for p in properties]
        return found[0] if len(found) == 1 else found

    def main_pid(self, name):
        """The main process of a unit, by some name for it that changes with it; 0 when there is none."""
        return int(self.unit(name, "MainPID"))

    def kill_unit(self, name, number=signal.SIGKILL):
        """kill(1) its main process: systemd learns it as it would learn of a crash."""
        raise NotImplementedError

    def journal(self, *arguments):
        return self.output(["journalctl", "--no-pager", "--output=short-precise", *arguments])

    def report(self):
        text = super().report()
        if self.alive and self.booted:
            text += f"--- {self.name}: journal\n" + self.journal("--lines=120")
        return text
