# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node with a kernel of its own: a user-mode-linux guest with systemd.

Its root is the host's, read-only, under an overlay on a disk of the node's own, so that what it has written is still there when it
is switched on again. A command agent inside (uml-agent.py) carries out what it finds in /lab, so commands work whatever a
test does to the guest's network. SIGKILL of the guest is the loss of power, with what its kernel had not written yet;
SIGSTOP is a machine that its hypervisor has paused.
"""

import functools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess

from . import tools, wait
from .node import CommandFailed, local_addresses, tail, words
from .systemd import SystemdNode

KERNEL = "/usr/bin/linux.uml"
MODULES = pathlib.Path("/usr/lib/uml/modules")
DISK = "512M"       # of which only what is written takes any room


def available():
    """Why there can be no such node here; None when there can."""
    if not os.path.exists(KERNEL):
        return "user-mode-linux is not installed"
    return None


class UmlNode(SystemdNode):
    """It boots in the background; the first command waits until it is up."""

    def __init__(self, lab, name, interfaces, layers=(), memory="384M"):
        super().__init__(lab, name, interfaces)
        self.layers = [str(layer) for layer in layers]
        self.memory = memory
        self.core = len([node for node in lab.nodes.values() if isinstance(node, UmlNode)]) % os.cpu_count()
        for interface in interfaces:
            self.ports[interface] = lab.switch.attach_tap()
        self._write_plan()
        subprocess.run(["mke2fs", "-q", "-t", "ext4", self.disk, DISK], check=True, stdout=subprocess.DEVNULL)
        self._boot()

    @property
    def disk(self):
        return self.directory / "disk"

    def _write_plan(self):
        """What the guest's first script has to do: it has no arguments of its own."""
        plan = {"name": self.name, "layers": self.layers,
                "interfaces": {name: addresses for name, addresses in self.interfaces.items()}}
        (self.share / "plan.json").write_text(json.dumps(plan))
        for script in ("uml-init.sh", "uml-agent.py"):
            shutil.copy(tools.SOURCE / "tests" / "lab" / script, self.share / script)

    def _boot(self):
        taps = [f"eth{number}=tuntap,{port.name},{port.mac}" for number, port in enumerate(self.ports.values())]
        (self.directory / "uml").mkdir(exist_ok=True)
        self.booted, self.commands = False, 0
        for left in ("agent-ready", "*.order", "*.answer", "console.log"):
            for path in self.share.glob(left):
                path.unlink()
        with open(self.share / "console.log", "ab") as console, self.lab.switch.net.entered():
            # Pinned: unpinned, every system call of the guest bounces between cores.
            self.guest = subprocess.Popen(
                ["taskset", "-c", str(self.core), "unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
                 KERNEL, f"mem={self.memory}", f"umid={self.name}", f"uml_dir={self.directory}/uml/",
                 "rootfstype=hostfs", "ro", "hostfs=/", f"init={self.share}/uml-init.sh", f"labdir={self.share}",
                 f"ubd0={self.disk}", "con=null", "ssl=null", "con0=null,fd:1", "con1=pts", "quiet", "loglevel=1",
                 "noreboot", "panic=-1", "lsm=capability,yama,bpf", *taps],
                env={**os.environ, "LD_PRELOAD": tools.find("wide-xstate.so")},
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)

    def wait_booted(self):
        def up():
            if self.guest.poll() is not None or "Kernel panic" in (self.share / "console.log").read_text():
                raise RuntimeError(f"{self.name}: the guest ended\n{self.report()}")
            return (self.share / "agent-ready").exists()
        if not self.booted:
            wait.until(up, 180, f"{self.name} boots")
            self.booted = True
            self._wait_running()
        return self

    # Commands

    def run(self, command, check=True, input=None, user=None, env=None, timeout=60):
        self.wait_booted()
        argv = words(command)
        self.commands += 1
        order = self.share / f"{self.commands}.order"
        answer = self.share / f"{self.commands}.answer"
        order.with_suffix(".new").write_text(json.dumps(
            {"argv": argv, "input": input, "user": user, "env": env or {}, "timeout": timeout}))
        order.with_suffix(".new").rename(order)
        wait.until(answer.exists, timeout + 10, f"{self.name}: {argv[0]} ends")
        said = json.loads(answer.read_text())
        result = subprocess.CompletedProcess(argv, said["returncode"], said["stdout"], said["stderr"])
        if check and result.returncode != 0:
            raise CommandFailed(self, argv, result)
        return result

    def spawn(self, command, name=None, user=None, env=None):
        """Start a long-running command; its output goes to /lab/NAME.log. Returns the UmlProcess."""
        argv = words(command)
        process = UmlProcess(self, name or os.path.basename(argv[0]))
        process.start(argv, user, env or {})
        self.processes.append(process)
        return process

    def kill_unit(self, name, number=signal.SIGKILL):
        pid = self.main_pid(name)
        assert pid > 0, f"{name} does not run"
        self.run(["kill", f"-{int(number)}", str(pid)])

    def open_terminal(self):
        """The terminal on this machine at whose other end there is a shell of the guest's: sit down with terminal.py. It lasts
        as long as the node."""
        path = re.findall(r"Virtual console 1 assigned device '(\S+)'", self.output("dmesg"))[-1]
        # A terminal that everybody has left hangs up.
        self.lab.on_close(functools.partial(os.close, os.open(path, os.O_RDWR | os.O_NOCTTY)))
        return path

    # Files

    def write(self, path, text, mode=0o644):
        """The text is on the disk when this returns."""
        self.run(["sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1" && sync "$1"',
                  "sh", path, f"{mode:o}"], input=text)

    def read(self, path):
        return self.output(["cat", path])

    def exists(self, path):
        return self.run(["test", "-e", path], check=False).returncode == 0

    # The network

    def addresses(self):
        return local_addresses(self.output("cat /proc/net/fib_trie").splitlines())

    # Life and death

    def pause(self):
        os.kill(self._kernel(), signal.SIGSTOP)

    def resume(self):
        os.kill(self._kernel(), signal.SIGCONT)

    def _kernel(self):
        children = pathlib.Path(f"/proc/{self.guest.pid}/task/{self.guest.pid}/children").read_text().split()
        return int(children[0])

    def shutdown(self):
        """An orderly shutdown."""
        self.run("systemctl --no-block poweroff")
        self.guest.wait(30)
        self.kill()

    def kill(self):
        self.alive = False
        if self.guest.poll() is not None:
            return
        # The kernel dies after the process that is our child, and until then it writes to the disk.
        kernel = os.pidfd_open(self._kernel())
        self.guest.kill()
        self.guest.wait()
        ended, _, _ = select.select([kernel], [], [], 10)
        os.close(kernel)
        assert ended, f"{self.name} has not ended"

    def power_on(self):
        """Switch a node on again that was switched off: same disk, same cables."""
        for port in self.ports.values():
            port.plug()
        self.alive, self.processes = True, []
        self._boot()


class UmlProcess:
    """A long-running command in a guest: a transient unit of its systemd."""

    def __init__(self, node, name):
        self.node = node
        self.name = name
        self.unit = f"lab-{name}.service"
        self.log = node.share / f"{name}.log"

    def start(self, argv, user, env):
        who = [f"--uid={user}"] if user else []
        self.node.run(["systemd-run", "--quiet", "--collect", f"--unit={self.unit}", *who,
                       *(f"--setenv={name}={value}" for name, value in env.items()),
                       *(f"--property=Standard{stream}=append:/lab/{self.name}.log" for stream in ("Output", "Error")),
                       *argv])

    @property
    def running(self):
        return self.node.systemctl("is-active", self.unit, check=False).returncode == 0

    def signal(self, number):
        self.node.systemctl("kill", f"--signal={int(number)}", self.unit)

    def kill(self):
        """kill -9, and gone when this returns."""
        self.signal(signal.SIGKILL)
        self._wait_ended()

    def terminate(self, timeout=10):
        """SIGTERM, and gone when this returns."""
        self.signal(signal.SIGTERM)
        self._wait_ended(timeout)

    def _wait_ended(self, timeout=10):
        wait.until(lambda: not self.running, timeout, f"{self.node.name}: {self.name} ends")

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_output(self, text, timeout=20):
        """Wait until the process has said `text`."""
        def said():
            running = self.running      # asked first: one that ends now has said all it will
            if text in self.output():
                return True
            if not running:
                raise AssertionError(f"{self.name} ended before it said {text!r}:\n{tail(self.log)}")
            return False
        wait.until(said, timeout, f"{self.node.name}: {self.name} says {text!r}")
        return self
