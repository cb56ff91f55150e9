# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kernel with IPVS for one command, with a box around it (sandbox.py).

    with-ipvs [--results DIRECTORY] COMMAND...

Where this machine's kernel has IPVS that is all. Elsewhere the command runs in a user-mode-linux guest without systemd: its
root is the machine's, read-only, under an overlay in the guest's memory, so the command finds everything at its
place, and what it writes is gone with the guest, but for what it writes below DIRECTORY. Its output comes out as it is
written, its exit status is ours. All nodes of a laboratory in the guest then have the guest's kernel.

Without such a kernel and without such a guest the command runs all the same, with the reason in NO_IPVS: tests
then skip, and say why.
"""

import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

import sandbox
import tools
from ipvs import NO_IPVS, kernel_balances

KERNEL = "/usr/bin/linux.uml"
DIED = 125      # the exit status when the guest ended before its command
BEGIN, END = b"guest: begin\n", b"guest: end\n"
HERE = pathlib.Path(__file__).resolve().parent

# Touched pages only are taken from the machine. A laboratory of ten nodes takes some 300 MB.
MEMORY = "1G"

# What nodes need besides the balancer itself, whose schedulers the kernel finds by itself.
MODULES = ("ipv6", "ip_vs", "ipip", "ip6_tunnel", "fou", "fou6", "ip_gre", "ip6_gre", "sit", "sctp", "veth", "bridge",
           "tun", "iptable_mangle", "ip6table_mangle", "xt_mark", "nf_conntrack")


def main(argv):
    results = argv[1] if argv[:1] == ["--results"] else None
    command = argv[2:] if results else argv
    if os.environ.get(INSIDE):
        return Guest(command, results).run()

    if kernel_balances(*MODULES):
        return sandbox.enter(command)
    if not os.path.exists(KERNEL):
        os.environ[NO_IPVS] = "this machine's kernel has no IPVS, and user-mode-linux is not installed"
        return sandbox.enter(command)
    core = Core()
    os.environ[INSIDE] = str(core.number)
    return sandbox.enter([sys.executable, __file__, *argv])


# In the box: the core that the guest is to run on.
INSIDE = "MAINSTAY_GUEST_CORE"


class Core:
    """A core of this machine that no other guest of ours runs on, if there is one. Unpinned, every system call of a guest
    bounces between cores; and two guests on one core take twice as long."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.number = cores[os.getpid() % len(cores)]
        for core in cores:
            # The name is free again when this process ends, however that happens.
            self.claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                self.claim.bind(f"\0mainstay-lab-core-{core}")
                self.number = core
                return
            except OSError:
                self.claim.close()


class Guest:
    def __init__(self, command, results):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="guest-", dir="/run"))
        self.core = os.environ.pop(INSIDE)
        shutil.copy(HERE / "guest-init.sh", self.directory)
        self._write("modules", " ".join(MODULES))
        self._write("results", os.path.abspath(results) if results else "")
        # Sanitized builds do not run in a guest: its address space is too small for their shadow.
        environment = {**os.environ, "MAINSTAY_BUILD_ASAN": "/nonexistent"}
        self._write("order", "\n".join(
            [f"cd {shlex.quote(os.getcwd())} || exit 1",
             *(f"export {name}={shlex.quote(value)}" for name, value in environment.items() if name.isidentifier()),
             f"exec {shlex.join(command)}"]) + "\n")

    def _write(self, name, text):
        (self.directory / name).write_text(text)

    def run(self):
        """The exit status of the command."""
        (self.directory / "uml").mkdir()
        console = subprocess.Popen(
            ["taskset", "-c", self.core, KERNEL, f"mem={MEMORY}", "umid=guest", f"uml_dir={self.directory}/uml/",
             "rootfstype=hostfs", "ro", "hostfs=/", f"init={self.directory}/guest-init.sh",
             f"labdir={self.directory}", "con=null", "ssl=null", "con0=null,fd:1", "quiet", "loglevel=1", "noreboot",
             "panic=-1", "lsm=capability,yama,bpf"],
            env={**os.environ, "LD_PRELOAD": tools.find("wide-xstate.so")},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._pass_on(console.stdout)
        console.wait()
        try:
            return int((self.directory / "status").read_text())
        except (FileNotFoundError, ValueError):
            print("the guest ended before its command", file=sys.stderr)
            return DIED

    @staticmethod
    def _pass_on(console):
        """What the command says: the guest's kernel has its own words before and after."""
        begun = False
        for line in console:
            if line == BEGIN:
                begun = True
            elif begun:
                said = line.removesuffix(END)
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
                begun = said == line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
