# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents' direct-routing farm: two directors, two webs, a sorry page, a client on one Ethernet."""

from lab import until
from lab.balancer import balancer
from lab.peers import Nginx, pages
from lab.scenario import configuration

VIP, GROUP_VIP, MARKED_VIP = "172.20.76.18", "172.20.76.200", "172.20.76.201"
PAGE = "test/index.html"

# A check each 6 s, and three more tries 3 s apart; up after one good try (keepalived: two); and a busy machine.
NOTICED_DOWN = 6 + 3 * 3 + 10
NOTICED_UP = 2 * 6 + 20


def takes_vips(node, *vips):
    """What the documents' script for real servers does: the address on lo, and not a word of it in ARP."""
    node.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2")
    for vip in vips:
        node.run(f"ip address add {vip}/32 dev lo")


class Farm:
    def __init__(self, lab, balancing):
        """`balancing`: the text of the file that the directors' configuration includes."""
        self.webs = {host: self._web(lab, f"web{host}", host) for host in (38, 48)}
        self.sorry = self._web(lab, "sorry", 58)
        self.directors = {}
        for priority, host in ((100, 8), (80, 28)):
            node = lab.netns(f"d{priority}", eth0=f"172.20.76.{host}/24")
            node.run(f"iptables-legacy -t mangle -A PREROUTING -d {MARKED_VIP} -p tcp --dport 80 "
                     "-j MARK --set-mark 7")
            self.directors[priority] = balancer(
                node, configuration("s10-director.conf", ("priority 100", f"priority {priority}")),
                files={"/etc/keepalived/conf/web.conf": balancing})
        self.client = lab.netns("client", eth0="172.20.76.99/24")
        until(lambda: self.owners() == [100], 15, "the address is on d100 alone")

    @staticmethod
    def _web(lab, name, host):
        node = lab.netns(name, eth0=f"172.20.76.{host}/24")
        takes_vips(node, VIP, GROUP_VIP, MARKED_VIP)
        return Nginx(node, pages={"index.html": name, PAGE: "here"})

    def owners(self):
        return [priority for priority, director in self.directors.items()
                if director.node.alive and director.has(VIP)]

    def answers(self, count=4, vip=VIP):
        return pages(self.client, f"http://{vip}/", count)

    def wait_answers(self, wanted, timeout):
        """Wait until four requests in a row are answered by `wanted` and nobody else."""
        until(lambda: set(self.answers()) == set(wanted), timeout, f"{' and '.join(wanted)} answer")


def alternate(answers):
    return len(set(answers)) == 2 and all(a != b for a, b in zip(answers, answers[1:]))
