# SPDX-License-Identifier: LGPL-2.1-or-later
"""One machine of the test network, whatever it is made of.

Node is the interface that tests use; NetnsNode is the lightest kind: namespaces on the host's kernel, no
systemd, up in some 20 ms. The others are in nspawn.py and uml.py.
"""

import contextlib
import ipaddress
import os
import pathlib
import pwd
import shlex
import signal
import subprocess

from . import tools, wait
from .namespace import CLONE_NEWNET, Netns, ProcessSpaces, setns

# What tests are about: what these say comes first when one has failed.
TOLD_FIRST = ("vrrpd", "checkd", "ipvsd", "notifyd")


class CommandFailed(AssertionError):
    """A command that a test took for granted went wrong; says all about it."""

    def __init__(self, node, argv, result):
        super().__init__(f"{node.name}: {shlex.join(argv)}: exit status {result.returncode}\n"
                         f"{result.stdout}{result.stderr}")
        self.result = result


class Node:
    """A machine with a name, interfaces on the lab's switch, files and processes.

    A command is a string, split as a shell would, or a list. `share` is a directory of ours that the
    node sees as /lab; logs of what was spawned are there.
    """

    def __init__(self, lab, name, interfaces):
        self.lab = lab
        self.name = name
        self.directory = lab.directory / name
        self.share = self.directory / "share"
        self.share.mkdir(parents=True)
        self.interfaces = interfaces
        self.ports = {}
        self.processes = []
        self.alive = True

    # Commands: what a kind of node has to provide is run() and spawn().

    def run(self, command, check=True, input=None, user=None, env=None, timeout=30):
        """Run a command to its end and return its CompletedProcess; CommandFailed unless it succeeds."""
        raise NotImplementedError

    def output(self, command, **options):
        return self.run(command, **options).stdout

    # Files

    def write(self, path, text, mode=0o644):
        raise NotImplementedError

    def read(self, path):
        raise NotImplementedError

    # The network

    def port(self, interface=None):
        return self.ports[interface] if interface else next(iter(self.ports.values()))

    def pull_cable(self, interface=None):
        self.port(interface).pull()

    def plug_cable(self, interface=None):
        self.port(interface).plug()

    @property
    def macs(self):
        return {port.mac for port in self.ports.values()}

    def addresses(self):
        """The addresses of the node, without prefix lengths."""
        raise NotImplementedError

    def has(self, address):
        return self.alive and address in self.addresses()

    # Life and death

    def power_off(self):
        """The power is lost: nothing more leaves the machine, and everything on it is gone."""
        for port in self.ports.values():
            port.pull()
        self.kill()

    def kill(self):
        raise NotImplementedError

    def report(self):
        """What a person wants to see when a test failed: the ends of the logs, those of the daemons first."""
        logs = sorted(self.share.glob("*.log"), key=lambda log: (log.stem not in TOLD_FIRST, log.name))
        return "".join(f"--- {self.name}: {log.name}\n{tail(log, 120 if log.stem in TOLD_FIRST else 30)}"
                       for log in logs if self._tells(log.name))

    def _tells(self, name):
        """Whether this log says anything of what a test is about."""
        return True


class HostKernelNode(Node):
    """What the kinds that share the host's kernel have in common: they are reached through namespaces."""

    def __init__(self, lab, name, interfaces):
        super().__init__(lab, name, interfaces)
        self.spaces = None
        self.pid = None
        self._join_network()

    def _join_network(self):
        self.net = Netns()
        for interface, addresses in self.interfaces.items():
            known = self.ports.get(interface)
            self.ports[interface] = self.lab.switch.attach(self.net, interface, known and known.mac)
            if any(":" in address for address in addresses):     # the addresses of the test and no others
                self.net.ip(f"link set {interface} addrgenmode none")
            self.net.ip(f"link set {interface} up",
                        *(f"address add {address} {'nodad' if ':' in address else 'brd +'} dev {interface}"
                          for address in addresses))

    def _entered(self, pid):
        self.pid = pid
        self.spaces = ProcessSpaces(pid)

    @property
    def root(self):
        return pathlib.Path(f"/proc/{self.pid}/root")

    def popen(self, command, user=None, env=None, **options):
        entry = pwd.getpwnam(user) if user else None
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                       "HOME": "/root", **self.environment, **(env or {})}
        return self.spaces.popen(words(command), env=environment,
                                 identity=(entry.pw_uid, entry.pw_gid) if entry else None, **options)

    # Variables that every command in the node is given.
    environment = {}

    def run(self, command, check=True, input=None, user=None, env=None, timeout=30):
        argv = words(command)
        process = self.popen(argv, user, env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL if input is None else subprocess.PIPE)
        try:
            out, error = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, error = process.communicate()
            error += f"(killed after {timeout} s)\n"
        result = subprocess.CompletedProcess(argv, process.returncode, out, error)
        if check and result.returncode != 0:
            raise CommandFailed(self, argv, result)
        return result

    def spawn(self, command, name=None, user=None, env=None, **options):
        """Start a long-running command; its output goes to /lab/NAME.log. Returns the Process."""
        argv = words(command)
        process = Process(self, name or os.path.basename(argv[0]), argv, user, env, options)
        self.processes.append(process)
        return process

    def write(self, path, text, mode=0o644):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def read(self, path):
        return (self.root / path.lstrip("/")).read_text()

    def exists(self, path):
        return (self.root / path.lstrip("/")).exists()

    def addresses(self):
        with open(f"/proc/{self.pid}/net/fib_trie") as trie, open(f"/proc/{self.pid}/net/if_inet6") as inet6:
            return local_addresses(trie) | {str(ipaddress.ip_address(bytes.fromhex(line.split()[0])))
                                            for line in inet6}

    def kill(self):
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
        # Its process 1 cannot end before all others are reaped, and what we spawned is ours to reap.
        for process in self.processes:
            process.popen.wait()
        if self.spaces:
            self.spaces.close()
            self.spaces = None      # a node that is killed again before it has booted has none
        self.net.close()


class NetnsNode(HostKernelNode):
    """Namespaces only; what runs in it is started by hand. `layers` are directories laid over the
    root, such as an installation."""

    def __init__(self, lab, name, interfaces, layers=()):
        super().__init__(lab, name, interfaces)
        self.layers = layers
        self._boot()

    def _boot(self):
        self.init = subprocess.Popen(
            [tools.find("lab-node"), self.name, str(self.directory), *map(str, self.layers), "--",
             *map(str, tools.seen_by_nodes())],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: setns(self.net.fd, CLONE_NEWNET))
        line = self.init.stdout.readline()
        if not line:
            raise RuntimeError(f"node {self.name} did not come up")
        self._entered(int(line))

    def kill(self):
        super().kill()
        self.init.wait()
        self.init.stdout.close()

    def power_on(self):
        """Switch a node on again that was switched off: same disk, same cables, nothing running."""
        self._join_network()
        self.alive, self.processes = True, []
        self._boot()

    def pause(self):
        """Stop every process of the node, as a hypervisor that holds a machine does."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        for process in self.processes:
            if process.running:
                process.signal(number)


class Process:
    """A long-running command in a node. `popen.pid` is its pid as we see it."""

    def __init__(self, node, name, argv, user, env, options):
        self.node = node
        self.name = name
        self.log = node.share / f"{name}.log"
        with open(self.log, "ab") as log:
            self.popen = node.popen(argv, user, env, stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=subprocess.STDOUT, **options)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        """kill -9, and gone when this returns."""
        self.popen.kill()
        return self.popen.wait(10)

    def terminate(self, timeout=10):
        """SIGTERM, and gone when this returns; returns the exit status."""
        self.popen.terminate()
        return self.popen.wait(timeout)

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_output(self, text, timeout=15):
        """Wait until the process has said `text`."""
        def said():
            running = self.running      # asked first: one that ends now has said all it will
            if text in self.output():
                return True
            if not running:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}, "
                                     f"before it said {text!r}:\n{tail(self.log)}")
            return False
        wait.until(said, timeout, f"{self.node.name}: {self.name} says {text!r}")
        return self


def words(command):
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def tail(path, lines=60):
    text = path.read_text(errors="replace").splitlines(keepends=True)
    cut = [f"... {len(text) - lines} lines before\n"] if len(text) > lines else []
    return "".join(cut + text[-lines:])


def local_addresses(trie):
    """The local addresses in the lines of a kernel's fib_trie table: cheap enough to be asked every few milliseconds."""
    found, last = set(), None
    for line in trie:
        entry = line.split()
        if entry[0] == "|--":
            last = entry[1]
        elif entry[:3] == ["/32", "host", "LOCAL"]:
            found.add(last)
    return found
