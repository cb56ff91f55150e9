# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mainstay on a node: configured, started, asked.

Mainstay runs on a node without systemd, started by hand as the manual says; MainstayUnits is the installed
one on a node with systemd. Both have the same interface, so a scenario may use either.
"""

import contextlib
import json
import os
import pathlib
import socket
import subprocess

from . import tools, wait
from .bus import SystemBus, busctl, managed_objects

CONFIG = "/etc/mainstay/mainstay.conf"
DAEMONS = {"vrrpd": ("org.mainstay.Vrrp1", "/org/mainstay/vrrp1"),
           "checkd": ("org.mainstay.Check1", "/org/mainstay/check1"),
           "ipvsd": ("org.mainstay.Ipvs1", "/org/mainstay/ipvs1"),
           "notifyd": ("org.mainstay.Notify1", "/org/mainstay/notify1")}


class _Common:
    """What can be asked of Mainstay on any node, and waited for."""

    def has(self, address):
        return self.node.has(address)

    def ctl(self, *arguments, **options):
        return self.node.run([self.mainstayctl, *arguments], **options)

    def status(self):
        return json.loads(self.ctl("status", "--json").stdout)

    def wait_on_bus(self, *daemons):
        """One that is ready may be on the bus a little later, where that is slow."""
        bus = ["org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"]
        for daemon in daemons:
            wait.until(lambda: busctl(self.node, "call", *bus, "NameHasOwner", "s", DAEMONS[daemon][0])[0], 15,
                       f"{self.node.name}: {daemon} is on the bus")
        return self

    def objects(self, daemon, user=None):
        """The daemon's objects as a stranger reads them on the bus: {path: {interface: {property: value}}}."""
        return managed_objects(self.node, *DAEMONS[daemon], user=user)

    def properties(self, daemon, user=None):
        """What org.mainstay.Daemon1 says of the daemon itself."""
        name, root = DAEMONS[daemon]
        return busctl(self.node, "call", name, root, "org.freedesktop.DBus.Properties", "GetAll", "s",
                      "org.mainstay.Daemon1", user=user)[0]

    def named(self, daemon, interface):
        """The properties of all objects with an interface, by their Name."""
        objects = self.objects(daemon).values()
        return {o[interface]["Name"]: o[interface] for o in objects if interface in o}

    def instance(self, name="VI_1"):
        return self.named("vrrpd", "org.mainstay.Vrrp1.Instance")[name]

    def tracker(self, name):
        return self.named("checkd", "org.mainstay.Check1.Tracker")[name]

    def server(self, service, name):
        """What ipvsd says of a real server."""
        servers = (interfaces.get("org.mainstay.Ipvs1.Server") for interfaces in self.objects("ipvsd").values())
        return next(s for s in servers if s and (s["Service"], s["Name"]) == (service, name))

    def connections(self, service):
        """How many connections each server has: {name: (active, inactive)}."""
        name, root = DAEMONS["ipvsd"]
        listed = busctl(self.node, "call", name, root, "org.mainstay.Ipvs1.Node", "Statistics", "s", service)[0]
        return {server: (active, inactive) for _, server, active, inactive, *_ in listed}

    def state(self, name="VI_1"):
        with contextlib.suppress(KeyError, AssertionError):
            return self.instance(name)["State"]
        return None

    def wait_state(self, state, name="VI_1", timeout=10):
        wait.until(lambda: self.state(name) == state, timeout, f"{self.node.name}: {name} is {state}")
        return self

    def wait_has(self, address, timeout=10):
        wait.until(lambda: self.has(address), timeout, f"{self.node.name} has {address}")
        return self

    def wait_lost(self, address, timeout=10):
        wait.until(lambda: not self.has(address), timeout, f"{self.node.name} no longer has {address}")
        return self


class Mainstay(_Common):
    """The daemons of a build directory, started by hand in a node; a bus is started for them."""

    def __init__(self, node, config=None, daemons=("vrrpd",), build=None, path=CONFIG):
        self.node = node
        self.build = build or default_build()
        self.mainstayctl = self.build / "ctl" / "mainstayctl"
        self.path = path
        self.running = {}
        self.environment = {}   # for the daemons, besides what they need
        self.bus = SystemBus(node)
        if config is not None:
            self.configure(config)
            self.start(*daemons)

    def configure(self, config):
        self.node.write(self.path, config)

    def start(self, *daemons, options=(), expect_ready=True):
        """Start daemons and wait until each says that it is ready, and can be asked where there is a bus."""
        waiting = []
        for daemon in daemons:
            ready = ReadySocket(self.node, daemon)
            state = {"RUNTIME_DIRECTORY": f"/run/mainstay/{daemon}",
                     "STATE_DIRECTORY": f"/var/lib/mainstay/{daemon}",
                     "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket",
                     "NOTIFY_SOCKET": ready.path}
            for directory in (state["RUNTIME_DIRECTORY"], state["STATE_DIRECTORY"]):
                (self.node.root / directory.lstrip("/")).mkdir(parents=True, exist_ok=True)
            self.running[daemon] = self.node.spawn(
                [self.build / daemon / daemon, "-f", self.path, *options],
                name=daemon, env={**state, **sanitizer_options(), **self.environment})
            waiting.append((daemon, ready))
        for daemon, ready in waiting:
            with ready:
                if expect_ready:
                    ready.wait(self.running[daemon])
        if expect_ready and self.bus.process.running:
            self.wait_on_bus(*daemons)
        return self

    def stop(self, *daemons):
        """SIGTERM: without systemd, a stop for good."""
        for daemon in daemons or list(self.running):
            status = self.running.pop(daemon).terminate()
            assert status == 0, f"{self.node.name}: {daemon} ended with {status}"

    def kill(self, daemon):
        self.running.pop(daemon).kill()

    def restart(self, daemon):
        self.stop(daemon)
        self.start(daemon)

    def reload(self, config=None, check=True):
        if config is not None:
            self.configure(config)
        return self.ctl("reload", check=check)


class MainstayUnits(_Common):
    """The installed units of a node with systemd."""

    mainstayctl = "mainstayctl"

    def __init__(self, node, config=None, path=CONFIG):
        self.node = node
        self.path = path
        if config is not None:
            self.configure(config)
            self.start()

    def configure(self, config):
        self.node.write(self.path, config)

    def start(self, *daemons):
        self.node.systemctl("start", *units(daemons), timeout=60)
        return self.wait_on_bus(*daemons or DAEMONS)

    def stop(self, *daemons):
        self.node.systemctl("stop", *units(daemons), timeout=60)

    def restart(self, *daemons):
        self.node.systemctl("restart", *units(daemons), timeout=60)
        self.wait_on_bus(*daemons or DAEMONS)

    def kill(self, daemon):
        """kill -9, and wait until systemd has started it again and it can be asked."""
        before = self.pid(daemon)
        self.node.kill_unit(unit(daemon))
        wait.until(lambda: self.pid(daemon) not in (0, before), 10, f"{daemon} runs again")
        self.wait_on_bus(daemon)

    def pid(self, daemon):
        return self.node.main_pid(unit(daemon))

    def reload(self, config=None, check=True):
        if config is not None:
            self.configure(config)
        return self.node.systemctl("reload", "mainstay", check=check)


def unit(daemon):
    return f"mainstay-{daemon}.service"


def units(daemons):
    return [unit(daemon) for daemon in daemons] or ["mainstay.service"]


class ReadySocket:
    """The manager's end of sd_notify(3), as far as readiness goes."""

    def __init__(self, node, daemon):
        self.path = f"/run/notify/{daemon}"
        outside = node.root / self.path.lstrip("/")
        outside.parent.mkdir(parents=True, exist_ok=True)
        outside.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(outside))
        self.socket.setblocking(False)
        self.messages = []

    def wait(self, process, timeout=60):
        def ready():
            running = process.running   # asked first: one that ends now has said all it will
            with contextlib.suppress(BlockingIOError):
                while True:
                    data, fds, _, _ = socket.recv_fds(self.socket, 4096, 16)
                    for fd in fds:
                        os.close(fd)
                    self.messages += data.decode().splitlines()
            if "READY=1" in self.messages:
                return True
            if not running:
                raise AssertionError(f"{process.node.name}: {process.name} ended with {process.popen.returncode} "
                                     f"before it was ready:\n{process.output()}")
            return False
        wait.until(ready, timeout, f"{process.node.name}: {process.name} is ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def default_build():
    """Sanitized where there is such a build: what a test must not measure in milliseconds."""
    return tools.BUILD_ASAN if (tools.BUILD_ASAN / "vrrpd" / "vrrpd").exists() else tools.BUILD


def sanitizer_options():
    """As they are given to the tests; but little freed memory is kept from being used again, as tests measure what is used."""
    given = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
             if name in os.environ}
    return {**given, "ASAN_OPTIONS": ":".join(filter(None, (given.get("ASAN_OPTIONS"), "quarantine_size_mb=16")))}


def install(directory, build=None):
    """meson install into a directory that nodes take as a layer; returns the directory."""
    directory = pathlib.Path(directory)
    subprocess.run(["meson", "install", "-C", str(build or tools.BUILD), "--no-rebuild", "--quiet",
                    "--destdir", str(directory)], check=True, stdout=subprocess.DEVNULL)
    return directory
