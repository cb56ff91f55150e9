# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random sequences of what happens to a balancer, on the real table of the kernel: it always becomes the wanted one, and what
is somebody else's is never touched.

MAINSTAY_SEED repeats a run, MAINSTAY_SEQUENCES says how many.
"""

import os
import random
import re

import dbus
import dbus.bus
import pytest

from lab import ipvs, until
from lab.balancer import MainstayBalancer
from world import FILES, Order, World, random_services, set_quorum

SEED = int(os.environ.get("MAINSTAY_SEED") or random.SystemRandom().randrange(10**6))
SEQUENCES = int(os.environ.get("MAINSTAY_SEQUENCES", 300))
PATIENCE = 10

# What anybody may have in the table beside us.
FOREIGN = {"TCP 10.0.0.250:80": "-t 10.0.0.250:80", "UDP 10.0.0.251:53": "-u 10.0.0.251:53", "FWM 99": "-f 99"}


def label(name):
    """sd_bus_path_encode(3)."""
    return re.sub(r"[^A-Za-z0-9]|^[0-9]", lambda match: f"_{ord(match.group()):02x}", name) or "_"


class Bus:
    """The node's bus, held open by this process: a call costs no new one."""

    def __init__(self, node):
        self.address = f"unix:path={node.root}/run/dbus/system_bus_socket"
        self.connection = dbus.bus.BusConnection(self.address)

    def call(self, noun, method, signature="", *arguments):
        path = "/org/mainstay/ipvs1" + noun
        interface = "org.mainstay.Ipvs1." + ("Server" if "/server/" in noun else "Service" if noun else "Node")
        self.connection.call_blocking("org.mainstay.Ipvs1", path, interface, method, signature, arguments, timeout=5)


class Director:
    """A balancer, the world it is told of, and everything that may happen to either."""

    def __init__(self, lab):
        self.node = lab.netns("director", eth0="10.0.0.1/24")
        self.world = World()
        for path in FILES:
            self.node.write(path, "0\n")
        self.balancer = MainstayBalancer(self.node, self.world.configuration(), daemons=("checkd", "ipvsd"))
        self.bus = Bus(self.node)
        self.history = []

    # --- what happens ---

    def health(self, random):
        for path in random.sample(FILES, random.randint(1, 3)):
            value = random.choice((0, 0, 1, 2, -1)) if random.random() < 0.5 else 0
            self.world.health[path] = value
            self.node.write(path, f"{value}\n")

    def reload(self, random):
        if random.random() < 0.8:
            self.world.services = random_services(random)
        self.balancer.hang_up(self.world.configuration())

    def one_weight(self, random):
        for service in self.world.services[:1]:
            service.servers[0].weight = random.randint(1, 9)
            set_quorum(service, service.quorum)
        self.balancer.hang_up(self.world.configuration())

    def order(self, random):
        """An operator's, for a server that is there: what was reloaded before has to be in force."""
        self.converge()
        if not self.world.services:
            return
        service = random.choice(self.world.services)
        server = random.choice(service.servers)
        noun = f"/service/{label(service.label)}/server/{label(service.server_label(server))}"
        order = self.world.orders.setdefault((service.label, service.server_label(server)), Order())
        method = random.choice(("Drain", "Disable", "Enable", "Enable", "SetWeight"))
        if method == "SetWeight":
            weight = random.choice((-1, 0, 1, 7))
            order.weight = None if weight < 0 else weight
            self.bus.call(noun, method, "i", weight)
        else:
            order.override = "" if method == "Enable" else method.lower()
            self.bus.call(noun, method)

    def order_service(self, random):
        self.converge()
        if not self.world.services:
            return
        service = random.choice(self.world.services)
        if service.label in self.world.drained:
            self.world.drained.remove(service.label)
            self.bus.call(f"/service/{label(service.label)}", "Enable")
        else:
            self.world.drained.add(service.label)
            self.bus.call(f"/service/{label(service.label)}", "Drain")

    def order_node(self, random):
        self.world.node_drained = not self.world.node_drained and random.random() < 0.5
        self.bus.call("", "Drain" if self.world.node_drained else "Enable")

    def stranger(self, random):
        """Somebody with ipvsadm: at our services, which is put right when we next look, and at his own."""
        lines = []
        for name, option in random.sample(sorted(FOREIGN.items()), 2):
            if name in self.world.foreign:
                lines.append(f"-D {option}")
                del self.world.foreign[name]
            else:
                weight = random.randint(0, 9)
                lines += [f"-A {option} -s wrr", f"-a {option} -r 10.0.0.77:80 -m -w {weight}"]
                self.world.foreign[name] = ("wrr", {"10.0.0.77:80": ("Masq", weight)})
        for name, (_, servers) in ipvs.listed(self.node).items():
            kind, _, address = name.partition(" ")
            option = {"TCP": "-t", "UDP": "-u", "FWM": "-f"}[kind] + " " + address
            if name in FOREIGN or random.random() < 0.5:
                continue
            lines += random.choice((
                [f"-D {option}"],
                [f"-E {option} -s lc -p 77"],
                [f"-a {option} -r 10.0.0.78 -m -w 3"] if kind == "FWM" else
                [f"-a {option} -r 10.0.0.78:{address.rpartition(':')[2]} -m -w 3"],
                [f"-d {option} -r {server}" for server in servers],
                [f"-e {option} -r {server} -i -w 99" for server in servers]))
        self.node.run("ipvsadm -R", input="\n".join(lines) + "\n", check=False)
        self.balancer.hang_up(self.world.configuration())

    def kill(self, random):
        """What was reloaded a moment before may not have been in force: a start after a crash has what was."""
        daemon = random.choice(("ipvsd", "checkd"))
        self.balancer.kill(daemon)
        self.balancer.start(daemon)
        self.balancer.hang_up(self.world.configuration())

    def restart(self, random):
        daemon = random.choice(("ipvsd", "checkd"))
        self.balancer.restart(daemon)

    # --- what must come of it ---

    def converge(self):
        wanted = self.world.wanted()
        until(lambda: ipvs.listed(self.node) == wanted, PATIENCE, "the wanted table")

    STEPS = {health: 10, reload: 5, one_weight: 3, order: 5, order_service: 1, order_node: 1, stranger: 2, kill: 1, restart: 1}

    def step(self, random):
        step = random.choices(list(self.STEPS), self.STEPS.values())[0]
        self.history.append(step.__name__)
        step(self, random)

    def sequence(self, number):
        source = random.Random(f"{SEED}/{number}")
        self.history = []
        for _ in range(source.randint(2, 6)):
            self.step(source)
        self.converge()


@pytest.fixture
def director(lab):
    return Director(lab)


def test_the_table_always_becomes_the_wanted_one(director):
    print(f"MAINSTAY_SEED={SEED} MAINSTAY_SEQUENCES={SEQUENCES}")
    for number in range(SEQUENCES):
        try:
            director.sequence(number)
        except TimeoutError:
            assert ipvs.listed(director.node) == director.world.wanted(), (
                f"MAINSTAY_SEED={SEED}, sequence {number}: {' '.join(director.history)}\n"
                f"{director.world.configuration()}\n{director.world.orders} {director.world.health}")
