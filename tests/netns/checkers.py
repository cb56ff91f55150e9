# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of checkers share: a configuration of services, and checkd as those see it who use it."""

import signal

from lab import until
from lab.bus import busctl
from lab.mainstay import Mainstay

INTERFACE = "org.mainstay.Check1.Checker"
SERVICE = "10.0.0.100 80 TCP"


def server(address, *checks, port=80, options=""):
    """A real_server; each check is "KIND lines"."""
    blocks = "".join(f"        {kind} {{\n            {lines}\n        }}\n"
                     for kind, _, lines in (check.partition(" ") for check in checks))
    return f"    real_server {address} {port} {{\n        {options}\n{blocks}    }}\n"


def service(*servers, header="10.0.0.100 80", options="", delay_loop=0.2, warmup=0):
    """A virtual_server whose checks come often, so that a test need not wait."""
    return (f"virtual_server {header} {{\n    delay_loop {delay_loop}\n    warmup {warmup}\n"
            f"    protocol TCP\n    {options}\n" + "".join(servers) + "}\n")


class Checkd(Mainstay):
    """checkd on a node of its own."""

    def __init__(self, node, *blocks, daemons=("checkd",), build=None):
        super().__init__(node, "".join(blocks), daemons=daemons, build=build)

    @property
    def process(self):
        return self.running["checkd"]

    def log(self):
        return self.process.output()

    def checkers(self):
        return self.named("checkd", INTERFACE)

    def checker(self, server, service_name=SERVICE, number=1):
        return self.checkers()[f"{service_name}/{server}/{number}"]

    def wait(self, state, server, service_name=SERVICE, number=1, timeout=10):
        """The checker's properties once its state is this."""
        until(lambda: self.checker(server, service_name, number)["State"] == state, timeout,
              f"{server} is {state}: {self.checker(server, service_name, number)}")
        return self.checker(server, service_name, number)

    def events(self):
        _, truncated, events = busctl(self.node, "call", "org.mainstay.Check1", "/org/mainstay/check1",
                                      "org.mainstay.Daemon1", "EventsSince", "st", "", "0")
        assert not truncated
        return [(event[2], event[4]) for event in events]

    def changes(self, server, service_name=SERVICE, number=1):
        name = f"{service_name}/{server}/{number}"
        return [data["state"] for kind, data in self.events() if kind == "checker-state" and data["name"] == name]

    def reload_by_signal(self, *blocks):
        before = self.log().count("reloaded")
        self.configure("".join(blocks))
        self.process.signal(signal.SIGHUP)
        until(lambda: self.log().count("reloaded") > before, 10, "checkd has reloaded")

    def ran_again(self, server, service_name=SERVICE, number=1, times=2):
        """Wait for tries that began after this call."""
        before = self.checker(server, service_name, number)["Runs"]
        until(lambda: self.checker(server, service_name, number)["Runs"] >= before + times, 20,
              f"{server} was tried again")
        return self.checker(server, service_name, number)


def saved(node):
    """What checkd has saved of its checkers, without blanks."""
    return node.output(["sh", "-c", "cat /run/mainstay/checkd/checkers-*[0-9]"]).replace(" ", "")
