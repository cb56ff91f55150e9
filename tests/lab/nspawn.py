# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node with systemd as process 1, on the host's kernel (systemd-nspawn(1)).

The host itself need not run systemd. The root is an overlay of the host's, with the given layers (an installed
Mainstay) on top and everything taken out that would make the boot longer. What a node has written is still
there when it is switched on again.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from . import sandbox, tools, wait
from .node import HostKernelNode
from .systemd import SystemdNode

MASKED = ("systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket",
          "systemd-udev-trigger.service", "systemd-logind.service", "systemd-networkd.service",
          "systemd-resolved.service", "systemd-timesyncd.service", "console-getty.service", "getty@tty1.service",
          "dev-hugepages.mount", "systemd-journal-flush.service", "systemd-update-utmp.service",
          "e2scrub_reap.service", "systemd-random-seed.service", "systemd-pcrphase.service",
          "systemd-hwdb-update.service", "ldconfig.service", "systemd-firstboot.service")


class NspawnNode(HostKernelNode, SystemdNode):
    """It boots in the background; the first command waits until it is up."""

    def __init__(self, lab, name, interfaces, layers=()):
        super().__init__(lab, name, interfaces)
        self._mount_root(layers)
        self._strip_root()
        self.cgroups = sandbox.make_cgroups(f"{lab.directory.name}-{name}")
        self._boot()

    def _mount_root(self, layers):
        for part in ("upper", "work", "root"):
            (self.directory / part).mkdir()
        options = (f"lowerdir={':'.join([*map(str, layers), '/'])},"
                   f"upperdir={self.directory}/upper,workdir={self.directory}/work")
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.merged], check=True)
        self.lab.on_close(lambda: subprocess.run(["umount", "-l", self.merged], check=True))

    @property
    def merged(self):
        return self.directory / "root"

    @property
    def root(self):
        return pathlib.Path(f"/proc/{self.pid}/root") if self.pid else self.merged

    def _strip_root(self):
        etc, system = self.merged / "etc", self.merged / "etc/systemd/system"
        (self.merged / ".dockerenv").unlink(missing_ok=True)
        (etc / "machine-id").write_text("")
        (etc / "fstab").write_text("")
        (etc / "hostname").write_text(self.name + "\n")
        for wants in system.glob("*.wants"):
            shutil.rmtree(wants)
        for unit in MASKED:
            (system / unit).unlink(missing_ok=True)
            (system / unit).symlink_to("/dev/null")
        (system / "default.target").unlink(missing_ok=True)
        (system / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
        for directory, setting in (("journald", "[Journal]\nStorage=volatile\nRateLimitBurst=0\n"),
                                   ("system", "[Manager]\nDefaultTimeoutStopSec=15s\n")):
            drop_in = etc / f"systemd/{directory}.conf.d"
            drop_in.mkdir(exist_ok=True)
            (drop_in / "lab.conf").write_text(setting)

    def _boot(self):
        def join_cgroups():
            for group in self.cgroups:
                (group / "cgroup.procs").write_text(str(os.getpid()))

        self.booted = False
        with open(self.share / "console.log", "ab") as console:
            self.supervisor = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.merged}", f"--machine={self.name}",
                 f"--network-namespace-path={self.net.path}", "--register=no", "--keep-unit",
                 "--capability=CAP_NET_ADMIN", "--console=pipe", f"--bind={self.share}:/lab",
                 # A container's /tmp is its own and would hide a checkout below the machine's.
                 *(f"--bind-ro={directory}" for directory in tools.seen_by_nodes())],
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, preexec_fn=join_cgroups)

    def _leader(self):
        """The pid of the container's process 1, once nspawn has started it."""
        if self.supervisor.poll() is not None:
            raise RuntimeError(f"{self.name}: nspawn ended with {self.supervisor.returncode}\n{self.report()}")
        children = pathlib.Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children")
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{child}/comm").read_text().startswith("systemd") and \
                        pathlib.Path(f"/proc/{child}/root/run/systemd/private").exists():
                    return int(child)
        return None

    def wait_booted(self):
        if self.booted:
            return self
        self._entered(wait.until(self._leader, 60, f"{self.name} boots"))
        self.booted = True
        self._wait_running()
        return self

    def popen(self, command, user=None, env=None, **options):
        self.wait_booted()
        return super().popen(command, user, env, **options)

    def power_on(self):
        """Switch a node on again that was switched off: same disk, same cables."""
        self._join_network()
        self.alive, self.pid = True, None
        self._boot()

    def shutdown(self):
        """An orderly shutdown."""
        self.run("systemctl poweroff", check=False)
        self.supervisor.wait(30)
        self.kill()

    def kill(self):
        if not self.booted and self.supervisor.poll() is None:
            self.supervisor.kill()
        super().kill()
        self.supervisor.wait()

    # systemd

    def main_pid(self, name):
        """The main process of a unit, as we see it; 0 when there is none."""
        inner = super().main_pid(name)
        return self.outer_pid(inner) if inner else 0

    def outer_pid(self, inner):
        """What we call the process that the node calls `inner`."""
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                line = next(line for line in status.read_text().splitlines() if line.startswith("NSpid:"))
                pids = line.split()[1:]
                if len(pids) > 1 and pids[-1] == str(inner) and self._is_ours(status.parent):
                    return int(pids[0])
        return 0

    def _is_ours(self, process):
        return os.readlink(process / "ns/pid") == os.readlink(f"/proc/{self.pid}/ns/pid")

    def kill_unit(self, name, number=signal.SIGKILL):
        pid = self.main_pid(name)
        assert pid > 0, f"{name} does not run"
        os.kill(pid, number)
