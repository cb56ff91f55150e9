# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be done with every node whose process 1 is systemd, whatever kernel is below it."""

import re
import signal
import subprocess

from .node import TOLD_FIRST, CommandFailed, Node

# A line of the journal of the kernel, of systemd's own, or of what is shown anyway: "Nov 29 05:37:44.123456 node name[1]: ...".
_BOOT_OR_OURS = re.compile(rf"\S+ +\d+ \S+ \S+ (kernel|systemd[a-z-]*|{'|'.join(TOLD_FIRST)}|mainstayctl)(\[\d+\])?: ")


class SystemdNode(Node):
    """A kind of node provides, besides run(): main_pid() and kill_unit()."""

    booted = False

    def _wait_running(self):
        """Wait until all units of the boot have started."""
        state = self.run("systemctl is-system-running --wait", check=False, timeout=120).stdout.strip()
        if state != "running":
            failed = self.run("systemctl --failed --no-legend --plain", check=False).stdout
            raise CommandFailed(self, ["systemctl", "is-system-running"],
                                subprocess.CompletedProcess([], 1, state + "\n" + failed, self.journal("--lines=120")))

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

    def journal(self, *arguments, **options):
        return self.output(["journalctl", "--no-pager", "--output=short-precise", *arguments], **options)

    def report(self):
        """What Mainstay's units said and what became of them, then what others said. A boot says a lot, of which nobody wants
        to hear once it is over."""
        if not self.alive or not self.booted:
            return super().report()
        try:
            ours = self.journal("--lines=150", "--unit=mainstay*", timeout=10)
            others = [line for line in self.journal("--lines=500", timeout=10).splitlines(keepends=True)
                      if not _BOOT_OR_OURS.match(line)]
        except (CommandFailed, TimeoutError) as error:
            ours, others = f"(it does not answer: {str(error).splitlines()[0]})\n", []
        return (f"--- {self.name}: journal of Mainstay\n{ours}" + super().report()
                + f"--- {self.name}: journal of others\n{''.join(others[-30:])}")

    def _tells(self, name):
        return not self.booted or name != "console.log"
