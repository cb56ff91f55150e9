# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a director is told, as values, and the kernel's table that must come of it: reckoned here on its own, from the manual."""

from dataclasses import dataclass, field
from typing import Optional

FILES = [f"/run/health/{n}" for n in range(6)]
SORRY = "10.0.0.200"

SCHEDULERS = ("rr", "wrr", "wlc", "sh")
FORWARDS = {"NAT": "Masq", "DR": "Route"}


@dataclass
class Check:
    """FILE_CHECK: the server is down while the file's value is not 0; or, if `dynamic`, the value is added to its weight."""
    path: str
    dynamic: bool = False


@dataclass
class Server:
    address: str
    weight: int = 1
    inhibit: bool = False
    checks: list = field(default_factory=list)


@dataclass
class Service:
    head: str               # "10.0.0.100 80", "fwmark 7", "group many"
    label: str              # its name on the bus
    keys: list              # what it is in the kernel's table
    port: int
    kind: str
    scheduler: str = "rr"
    persistence: int = 0
    quorum: int = 1
    sorry: bool = False
    sorry_inhibit: bool = False
    servers: list = field(default_factory=list)

    def server_label(self, server):
        return f"{server.address} {self.port}"


@dataclass
class Order:
    """An operator's, for one server."""
    override: str = ""              # "drain", "disable"
    weight: Optional[int] = None


class World:
    def __init__(self):
        self.services = []
        self.health = {path: 0 for path in FILES}
        self.orders = {}            # (service's label, server's label): Order
        self.drained = set()        # labels of services
        self.node_drained = False
        self.foreign = {}           # as ipvs.listed() tells it

    # --- the table ---

    def wanted(self):
        table = dict(self.foreign)
        for service in self.services:
            for key in service.keys:
                table[key] = (self._options(service), self._members(service))
        return table

    @staticmethod
    def _options(service):
        return service.scheduler + (" persistent FFFFFFFF" if service.persistence else "")

    def _members(self, service):
        forward = FORWARDS[service.kind]
        draining = self.node_drained or service.label in self.drained
        up = sum(self._vote(service, server) for server in service.servers) >= service.quorum
        sorry = service.sorry and not up
        members = {}
        for server in service.servers:
            order = self._order(service, server)
            alive = self._good(server) and order.override != "disable"
            serving = alive and order.override != "drain" and not draining and not sorry
            if server.inhibit or (alive and (not sorry or order.override == "drain")):
                members[f"{server.address}:{service.port}"] = (forward, self._weight(service, server) if serving else 0)
        if sorry or (service.sorry and service.sorry_inhibit):
            members[f"{SORRY}:{service.port}"] = (forward, int(sorry and not draining))
        return members

    def _order(self, service, server):
        return self.orders.get((service.label, service.server_label(server)), Order())

    def _good(self, server):
        return not any(self.health[check.path] for check in server.checks if not check.dynamic)

    def _weight(self, service, server):
        order = self._order(service, server)
        base = server.weight if order.weight is None else order.weight
        return max(0, base + sum(self.health[check.path] for check in server.checks if check.dynamic))

    def _vote(self, service, server):
        if not self._good(server) or self._order(service, server).override:
            return 0
        return self._weight(service, server)

    # --- the file ---

    def configuration(self):
        files = "".join(f"track_file health{n} {{\n    file {path}\n    weight 0\n}}\n" for n, path in enumerate(FILES))
        group = "virtual_server_group many {\n    10.0.0.110-112 81\n}\n"
        return files + group + "".join(self._service_text(service) for service in self.services)

    @staticmethod
    def _service_text(service):
        lines = [f"virtual_server {service.head} {{", f"    lb_algo {service.scheduler}", f"    lb_kind {service.kind}",
                 f"    quorum {service.quorum}", "    warmup 0", "    delay_loop 1"]
        if not service.head.startswith("fwmark"):
            lines.append(f"    protocol {service.keys[0].split()[0]}")
        if service.persistence:
            lines.append(f"    persistence_timeout {service.persistence}")
        if service.sorry:
            lines.append(f"    sorry_server {SORRY} {service.port}")
            lines += ["    sorry_server_inhibit"] * service.sorry_inhibit
        for server in service.servers:
            lines += [f"    real_server {server.address} {service.port} {{", f"        weight {server.weight}"]
            lines += ["        inhibit_on_failure"] * server.inhibit
            for check in server.checks:
                lines += ["        FILE_CHECK {", f"            track_file health{FILES.index(check.path)}",
                          f"            weight {int(check.dynamic)}", "        }"]
            lines.append("    }")
        return "\n".join([*lines, "}\n"])


def pool():
    """The services that a random configuration is made of."""
    return [Service("10.0.0.100 80", "10.0.0.100 80 TCP", ["TCP 10.0.0.100:80"], 80, "NAT"),
            Service("10.0.0.101 53", "10.0.0.101 53 UDP", ["UDP 10.0.0.101:53"], 53, "DR"),
            Service("fwmark 7", "fwmark 7", ["FWM 7"], 80, "NAT"),
            Service("group many", "group many", [f"TCP 10.0.0.{n}:81" for n in (110, 111, 112)], 81, "DR")]


def random_services(random):
    services = [service for service in pool() if random.random() < 0.85]
    for service in services:
        service.scheduler = random.choice(SCHEDULERS)
        service.persistence = random.choice((0, 0, 50))
        service.sorry = random.random() < 0.6
        service.sorry_inhibit = random.random() < 0.3
        service.servers = [random_server(random, f"10.0.0.{host}")
                           for host in random.sample(range(11, 17), random.randint(1, 4))]
        set_quorum(service, random.choice((1, 1, 2, 4)))
    return services


def set_quorum(service, quorum):
    """What can be reached: a file with another one is complained of, and not taken by a reload."""
    first = service.servers[0]
    first.weight = max(first.weight, 1)
    service.quorum = min(quorum, sum(server.weight for server in service.servers))


def random_server(random, address):
    checks = [Check(path, random.random() < 0.3) for path in random.sample(FILES, random.choice((0, 1, 1, 2)))]
    return Server(address, random.choice((0, 1, 1, 2, 3, 5)), random.random() < 0.3, checks)
