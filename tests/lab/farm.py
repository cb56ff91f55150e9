# SPDX-License-Identifier: LGPL-2.1-or-later
"""A web farm balanced by the kernel: two directors with the installed Mainstay, two webs, one that says sorry, and one client,
all on one network (LVS-DR). On a kernel without IPVS the directors have their own (directors_kind)."""

from . import uml, wait
from .ipvs import kernel_balances
from .mainstay import MainstayUnits
from .peers import Nginx
from .probe import EchoServer

VIP = "10.0.0.110"
WEB = f"{VIP} 80 TCP"
ECHO = f"{VIP} 7007 UDP"

CONFIG = """global_defs {{
    router_id {name}
    lvs_timeouts tcp 900 tcpfin 3 udp 30
    lvs_sync_daemon eth0 farm
}}
vrrp_instance farm {{
    interface eth0
    virtual_router_id 61
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        10.0.0.110/24
    }}
}}
virtual_server 10.0.0.110 80 {{
    delay_loop 1
    lb_algo wrr
    lb_kind DR
    protocol TCP
    sorry_server 10.0.0.13 80
    real_server 10.0.0.11 80 {{
        weight 3
        HTTP_GET {{
            url {{
                path /
                status_code 200
            }}
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }}
    }}
    real_server 10.0.0.12 80 {{
        weight 1
        TCP_CHECK {{
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }}
    }}
}}
virtual_server 10.0.0.110 7007 {{
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol UDP
    ops
    real_server 10.0.0.11 7007 {{
        weight 1
    }}
    real_server 10.0.0.12 7007 {{
        weight 1
    }}
}}
"""

# The kernel tells the other balancer of a connection with each packet, not with one in 50: one that has just booted has to know a
# download within the three seconds until it is master again.
OPERATING_SYSTEM = {"/etc/modules-load.d/farm.conf": "ip_vs\n",
                    "/etc/sysctl.d/farm.conf": "net.ipv4.vs.sync_threshold = 0 1\n"}

PAGES = ("web1", "web2")
SORRY = "sorry"


def directors_kind(lab):
    """What makes a node that balances, or None and why there can be none."""
    if kernel_balances():
        return lab.nspawn, None
    return (None, uml.available()) if uml.available() else (lab.uml, None)


class Farm:
    """The machines. Their boot goes on in the background until start()."""

    def __init__(self, lab, director, layer, names=("director1", "director2"), webs=None, client=None):
        """`director` is lab.uml or lab.nspawn; webs with their nginx and a client may be there already."""
        self.directors = [director(name, layers=[layer], eth0=f"10.0.0.{n}/24") for n, name in enumerate(names, 3)]
        self.webs = webs or [web(lab, f"web{n}", f"10.0.0.{10 + n}/24") for n in (1, 2)]
        self.sorry = Nginx(lab.netns("sorry", eth0="10.0.0.13/24"), text=SORRY)
        self.client = client or lab.netns("client", eth0="10.0.0.9/24")
        for nginx in [*self.webs, self.sorry]:
            become_real_server(nginx.node)
            EchoServer(nginx.node)
        self.mainstay = [MainstayUnits(node) for node in self.directors]

    def start(self, more=""):
        for mainstay, priority in zip(self.mainstay, (100, 90)):
            for path, text in OPERATING_SYSTEM.items():
                mainstay.node.write(path, text)
            mainstay.node.run("modprobe -q ip_vs", check=False)
            mainstay.node.run("sysctl -q -p /etc/sysctl.d/farm.conf")
            mainstay.configure(CONFIG.format(name=mainstay.node.name, priority=priority) + more)
            mainstay.node.systemctl("enable", "--now", "mainstay")
        wait.until(lambda: self.mainstay[0].has(VIP), 30, f"{self.directors[0].name} has {VIP}")
        return self

    def table(self, index=0):
        """The balancer's table as ipvsadm(8) shows it."""
        return self.directors[index].output(["ipvsadm", "-Sn"])

    def server(self, index, number):
        """What director `index` says of web `number`."""
        return self.mainstay[index].server(WEB, f"10.0.0.{10 + number} 80")


def web(lab, name, address):
    """nginx with a page that says who it is, and a download that takes some minutes."""
    node = lab.netns(name, eth0=address)
    node.write("/srv/long", name + "\n" + "x" * (4 << 20))
    return Nginx(node, text=name, more="location /long { root /srv; limit_rate 20k; }")


def become_real_server(node):
    """Take packets to the virtual address, and do not claim it to anybody."""
    node.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2")
    node.run(f"ip address add {VIP}/32 dev lo")
