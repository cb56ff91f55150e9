# SPDX-License-Identifier: LGPL-2.1-or-later
"""A node with a kernel of its own: a user-mode-linux guest with systemd.

Its root is the host's, read-only, under an overlay in the guest's memory. A command agent inside (uml-agent.py)
carries out what it finds in /lab, so commands work whatever a test does to the guest's network. SIGKILL of the
guest is the loss of power; SIGSTOP is a machine that its hypervisor has paused.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from . import tools, wait
from .node import CommandFailed, Node, words

KERNEL = "/usr/bin/linux.uml"
MODULES = pathlib.Path("/usr/lib/uml/modules")


def available():
    """Why there can be no such node here; None when there can."""
    if not os.path.exists(KERNEL):
        return "user-mode-linux is not installed"
    return None


class UmlNode(Node):
    """It boots in the background; the first command waits until it is up."""

    def __init__(self, lab, name, interfaces, layers=(), memory="384M"):
        super().__init__(lab, name, interfaces)
        self.layers = [str(layer) for layer in layers]
        self.memory = memory
        self.commands = 0
        for interface in interfaces:
            self.ports[interface] = lab.switch.attach_tap()
        self._write_plan()
        self._boot()

    def _write_plan(self):
        """What the guest's first script has to do: it has no arguments of its own."""
        plan = {"name": self.name, "layers": self.layers,
                "interfaces": {name: addresses for name, addresses in self.interfaces.items()}}
        (self.share / "plan.json").write_text(json.dumps(plan))
        for script in ("uml-init.sh", "uml-agent.py"):
            shutil.copy(tools.SOURCE / "tests" / "lab" / script, self.share / script)

    def _boot(self):
        core = len([node for node in self.lab.nodes.values() if isinstance(node, UmlNode)]) % os.cpu_count()
        taps = [f"eth{number}=tuntap,{port.name},{port.mac}" for number, port in enumerate(self.ports.values())]
        (self.directory / "uml").mkdir(exist_ok=True)
        self.booted = False
        with open(self.share / "console.log", "ab") as console, self.lab.switch.net.entered():
            # Pinned: unpinned, every system call of the guest bounces between cores.
            self.guest = subprocess.Popen(
                ["taskset", "-c", str(core), "unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",
                 KERNEL, f"mem={self.memory}", f"umid={self.name}", f"uml_dir={self.directory}/uml/",
                 "rootfstype=hostfs", "ro", "hostfs=/", f"init={self.share}/uml-init.sh", f"labdir={self.share}",
                 "con=null", "ssl=null", "con0=null,fd:1", "quiet", "loglevel=1", "noreboot", "panic=-1",
                 "lsm=capability,yama,bpf", *taps],
                env={**os.environ, "LD_PRELOAD": tools.find("wide-xstate.so")},
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)

    def wait_booted(self):
        def up():
            if self.guest.poll() is not None or "Kernel panic" in (self.share / "console.log").read_text():
                raise RuntimeError(f"{self.name}: the guest ended\n{self.report()}")
            return (self.share / "agent-ready").exists()
        if not self.booted:
            wait.until(up, 60, f"{self.name} boots")
            self.booted = True
        return self

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
        name = name or os.path.basename(words(command)[0])
        self.run(["systemd-run", "--quiet", f"--unit=lab-{name}", f"--property=StandardOutput=append:/lab/{name}.log",
                  *words(command)], env=env)

    def systemctl(self, *arguments, **options):
        return self.run(["systemctl", *arguments], **options)

    def write(self, path, text, mode=0o644):
        self.run(["sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"',
                  "sh", path, f"{mode:o}"], input=text)

    def read(self, path):
        return self.output(["cat", path])

    def addresses(self):
        listed = json.loads(self.output("ip -j -4 address"))
        return {info["local"] for link in listed for info in link["addr_info"]}

    def pause(self):
        os.kill(self._kernel(), signal.SIGSTOP)

    def resume(self):
        os.kill(self._kernel(), signal.SIGCONT)

    def _kernel(self):
        children = pathlib.Path(f"/proc/{self.guest.pid}/task/{self.guest.pid}/children").read_text().split()
        return int(children[0])

    def kill(self):
        self.alive = False
        self.guest.kill()
        self.guest.wait()
