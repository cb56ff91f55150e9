# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents' address-translating farms: the way back leads through the director."""

from lab import until
from lab.balancer import balancer
from lab.peers import Nginx, pages
from lab.scenario import changed, configuration

FARM_VIP, FARM_GATEWAY, CLIENT_GATEWAY = "192.168.64.200", "192.168.64.254", "10.9.0.254"

# The farm's balancer is the kernel's, so what its check script asks is whether the service is there.
CHECK_SERVICE = f"#!/bin/bash\nipvsadm -Ln -t {FARM_VIP}:80 >/dev/null 2>&1\n"

FARM_SERVICE = f"""
virtual_server {FARM_VIP} 80 {{
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.168.64.38 80 {{
        TCP_CHECK {{
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }}
    }}
    real_server 192.168.64.48 80 {{
        TCP_CHECK {{
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }}
    }}
}}
"""


def routes(node):
    node.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.all.rp_filter=0")


class WebFarm:
    """Two directors between the webs' network and the client's; the gateways move with the service's address."""

    def __init__(self, lab):
        self.webs = {}
        for host in (38, 48):
            node = lab.netns(f"web{host}", ens160=f"192.168.64.{host}/24")
            node.run(f"ip route add default via {FARM_GATEWAY}")
            self.webs[host] = Nginx(node, text=f"web{host}")
        self.directors = {}
        for priority, host in ((100, 1), (90, 2)):
            node = lab.netns(f"d{priority}", ens160=f"192.168.64.{host}/24", ens192=f"10.9.0.{host}/24")
            routes(node)
            node.write("/etc/keepalived/check_nginx.sh", CHECK_SERVICE, 0o755)
            self.directors[priority] = balancer(node, changed(
                configuration("s3-webfarm-master.conf", ("priority 100", f"priority {priority}"),
                              ("192.168.64.200/24", f"192.168.64.200/24\n        {FARM_GATEWAY}/24\n"
                               f"        {CLIENT_GATEWAY}/24 dev ens192"))) + FARM_SERVICE)
        self.client = lab.netns("client", ens160="10.9.0.99/24")
        self.client.run(f"ip route add default via {CLIENT_GATEWAY}")
        self.owner_is(100)

    def answers(self, count=4):
        return pages(self.client, f"http://{FARM_VIP}/", count)

    def wait_answers(self, *wanted, timeout=10):
        until(lambda: set(self.answers()) == set(wanted), timeout, f"{' and '.join(wanted)} answer")

    def owner_is(self, priority):
        until(lambda: [p for p, d in self.directors.items() if d.has(FARM_VIP)] == [priority], 15,
              f"the address is on {priority} alone")


VIP = "192.168.200.16"
PATHS = ("testurl/test.jsp", "testurl2/test.jsp", "testurl3/test.jsp")
DOCUMENTED_DIGESTS = {2: "640205b7b0fc66c1ea91c463fac6334d", 3: "640205b7b0fc66c1ea91c463fac6334c"}


class DigestFarm:
    """One director, two webs whose pages are known by their digests, a sorry page, clients behind the director."""

    def __init__(self, lab, text):
        self.webs = {host: self._web(lab, f"web{host}", host) for host in (2, 3)}
        self.sorry = self._web(lab, "sorry", 200)
        node = lab.netns("director", eth0="192.168.200.10/24", eth1="10.9.0.1/24")
        routes(node)
        self.director = balancer(node, text)
        self.clients = [lab.netns(f"client{host}", eth0=f"10.9.0.{host}/24") for host in (98, 99)]
        for client in self.clients:
            client.run("ip route add default via 10.9.0.1")
        until(lambda: self.director.has(VIP), 15, "the director has the address")

    @staticmethod
    def _web(lab, name, host):
        node = lab.netns(name, eth0=f"192.168.200.{host}/24")
        node.run("ip route add default via 192.168.200.10")
        return Nginx(node, port=1358, pages={"index.html": name, **{path: page(name, path) for path in PATHS}})

    def answers(self, client=0, count=4):
        return pages(self.clients[client], f"http://{VIP}:1358/", count)

    def servers(self):
        return sorted(self.director.weights()[f"TCP {VIP}:1358"])


def page(name, path):
    return f"{path} of {name}\n"
