# SPDX-License-Identifier: LGPL-2.1-or-later
"""The smallest farm with address translation: one director between two webs and a client. Checks are quick."""

import pathlib

from lab import tools, until
from lab.balancer import balancer
from lab.peers import Nginx
from nat import routes

VIP = "10.9.0.1"
SERVICE = f"{VIP} 80 TCP"
STREAM = ["/usr/bin/python3", str(tools.SOURCE / "tests" / "lvs" / "stream.py")]

# A check each half second, no second try, and a busy machine.
NOTICED = 0.5 + 1 + 5


def configuration(*more, weights=(1, 1), hosts=(11, 12)):
    """`more`: lines of the service."""
    servers = "".join(f"""    real_server 10.0.0.{host} 80 {{
        weight {weight}
        TCP_CHECK {{
        }}
    }}
""" for host, weight in zip(hosts, weights))
    lines = "".join(f"    {line}\n" for line in (
        "lb_algo rr", "lb_kind NAT", "protocol TCP", "delay_loop 0.5", "retry 1", "delay_before_retry 0.1", "warmup 0",
        "connect_timeout 1", *more))
    return f"virtual_server {VIP} 80 {{\n{lines}{servers}}}\n"


class Farm:
    def __init__(self, lab, config=None):
        self.webs = {}
        for host in (11, 12):
            node = lab.netns(f"web{host}", eth0=f"10.0.0.{host}/24")
            node.run("ip route add default via 10.0.0.1")
            self.webs[host] = Nginx(node, pages={"index.html": f"web{host}"})
        self.node = lab.netns("director", eth0="10.0.0.1/24", eth1=f"{VIP}/24")
        routes(self.node)
        self.director = balancer(self.node, config or configuration(), daemons=("checkd", "ipvsd"))
        self.client = lab.netns("client", eth0="10.9.0.9/24")

    def servers(self):
        return {server.split(":")[0].rpartition(".")[2]: weight
                for server, weight in self.director.weights().get(f"TCP {VIP}:80", {}).items()}

    def wait_servers(self, timeout=NOTICED, **wanted):
        """wait_servers(_11=1, _12=0)"""
        wanted = {host.lstrip("_"): weight for host, weight in wanted.items()}
        until(lambda: self.servers() == wanted, timeout, f"the servers are {wanted}")

    def stream(self, interval=0.02):
        return Stream(self.client, interval)

    def hold(self, name):
        """A connection that lasts; Process.output() says what became of it."""
        return self.client.spawn([*STREAM, "hold", VIP, 80], name=name).wait_output("open", 10)


class Stream:
    """Requests, one after the other, as long as the `with` block."""

    def __init__(self, node, interval):
        self.node, self.interval = node, interval

    def __enter__(self):
        number = sum(1 for process in self.node.processes if process.name.startswith("stream"))
        self.process = self.node.spawn([*STREAM, "requests", VIP, 80, self.interval], name=f"stream{number}")
        self.process.wait_output("web", 10)
        return self

    def answers(self):
        """[(seconds, answer)], of what has been asked so far."""
        lines = pathlib.Path(self.process.log).read_text().splitlines()
        return [(float(at), what) for at, _, what in (line.partition(" ") for line in lines)]

    def wait_more(self, count):
        """Wait for so many more answers; returns them."""
        before = len(self.answers())
        until(lambda: len(self.answers()) >= before + count, 20, f"{count} more answers")
        return [what for _, what in self.answers()[before:]]

    def failures(self):
        return [(at, what) for at, what in self.answers() if what.startswith("FAILED")]

    def __exit__(self, *_):
        self.process.kill()
