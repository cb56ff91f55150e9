# SPDX-License-Identifier: LGPL-2.1-or-later
"""nginx kept reachable: three nodes by weight, and a web farm behind two directors."""

import pytest

from lab import until
from lab.mainstay import Mainstay
from lab.peers import Nginx, http
from lab.scenario import CHECK_NGINX, configuration

VIP1, VIP3 = "192.168.123.66", "192.168.64.200"

# Three checks of two seconds each (fall 3), then an advert of two seconds, then the master-down interval.
THREE_NODES_PATIENCE = 3 * 2 + 2 + 1 + 6.6 + 5


class NginxRouter:
    """A router of the three: nginx, and Mainstay with the documents' file."""

    def __init__(self, lab, priority, host):
        self.node = lab.netns(f"r{priority}", ens33=f"192.168.123.{host}/24")
        self.node.write("/etc/keepalived/check_nginx.sh", CHECK_NGINX, 0o755)
        self.nginx = Nginx(self.node, text=self.node.name)
        self.mainstay = Mainstay(self.node, configuration("s1-three-nodes.conf",
                                                          ("priority 106", f"priority {priority}")),
                                 daemons=("vrrpd", "checkd"))


def owners(routers):
    return [priority for priority, router in routers.items() if router.mainstay.has(VIP1)]


def test_the_address_follows_the_best_living_nginx(lab):
    routers = {priority: NginxRouter(lab, priority, host) for host, priority in enumerate((104, 105, 106), 1)}
    client = lab.netns("client", eth0="192.168.123.99/24")

    def moves_to(priority):
        until(lambda: owners(routers) == [priority], THREE_NODES_PATIENCE, f"the address is on {priority} alone")
        until(lambda: http(client, f"http://{VIP1}/") == f"r{priority}", 10, f"r{priority} answers")

    moves_to(106)
    routers[106].nginx.stop()
    moves_to(105)
    assert routers[106].mainstay.running["vrrpd"].running
    assert routers[106].mainstay.instance()["EffectivePriority"] == 86
    assert routers[106].mainstay.state() == "BACKUP"
    routers[105].nginx.stop()
    moves_to(104)
    routers[105].nginx.start()
    moves_to(105)
    routers[106].nginx.start()
    moves_to(106)


@pytest.mark.parametrize("weight, effective", [(-253, 1), (253, 254)])
def test_the_effective_priority_stays_between_1_and_254(lab, weight, effective):
    node = lab.netns("r", ens33="192.168.123.1/24")
    node.write("/etc/keepalived/check_nginx.sh", f"#!/bin/sh\nexit {int(weight < 0)}\n", 0o755)
    mainstay = Mainstay(node, configuration("s1-three-nodes.conf", ("weight -20", f"weight {weight}"),
                                            ("interval 2", "interval 1")), daemons=("vrrpd", "checkd"))
    until(lambda: mainstay.instance()["EffectivePriority"] == effective, 10, f"priority {effective}")


class Farm:
    """Two directors with nginx as the balancer, two web servers, one client."""

    def __init__(self, lab):
        self.webs = {}
        for host in (38, 48):
            node = lab.netns(f"web{host}", ens160=f"192.168.64.{host}/24")
            self.webs[host] = Nginx(node, text=f"web{host}")
        self.directors, self.balancers = {}, {}
        for priority, name, host in ((100, "NGINX_MASTER", 1), (90, "NGINX_BACKUP", 2)):
            node = lab.netns(f"d{priority}", ens160=f"192.168.64.{host}/24")
            node.write("/etc/keepalived/check_nginx.sh", CHECK_NGINX, 0o755)
            self.balancers[priority] = Nginx(node, backends=["192.168.64.38", "192.168.64.48"])
            self.directors[priority] = Mainstay(
                node, configuration("s3-webfarm-master.conf", ("priority 100", f"priority {priority}"),
                                    ("NGINX_MASTER", name)), daemons=("vrrpd", "checkd"))
        self.client = lab.netns("client", ens160="192.168.64.99/24")

    def pages(self):
        return {http(self.client, f"http://{VIP3}/", timeout=3) for _ in range(6)}

    def owner_is(self, priority):
        until(lambda: [p for p, d in self.directors.items() if d.has(VIP3)] == [priority], 15,
              f"the address is on {priority} alone")


@pytest.fixture(scope="module")
def farm(shared_lab):
    farm = Farm(shared_lab)
    farm.owner_is(100)
    return farm


def test_a_director_without_nginx_gives_the_address_away(farm):
    assert farm.pages() == {"web38", "web48"}
    assert "192.168.64.200/24" in farm.directors[100].node.output("ip -4 -o address show dev ens160")
    farm.balancers[100].stop()
    farm.owner_is(90)
    assert farm.pages() == {"web38", "web48"}
    farm.balancers[100].start()
    farm.owner_is(100)
    assert farm.pages() == {"web38", "web48"}


def test_a_stopped_director_hands_over_at_once(farm):
    master = farm.directors[100]
    master.stop("vrrpd")
    until(lambda: farm.directors[90].has(VIP3), 2, "the backup has it within its skew")
    assert not master.has(VIP3)
    assert farm.pages() == {"web38", "web48"}
    master.start("vrrpd")
    farm.owner_is(100)


def test_a_stopped_web_is_left_out(farm):
    farm.webs[38].stop()
    until(lambda: farm.pages() == {"web48"}, 10, "web48 alone answers")
    farm.webs[38].start()
    until(lambda: farm.pages() == {"web38", "web48"}, 10, "both answer again")
