# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two directors with nginx before two webs, and a virtual address that one of them has.

The client asks the address once a millisecond by UDP, and for a page by HTTP whenever the last one has come. An outage is the time
from the first request without an answer to the first one that has one again.
"""

import time

from lab import EchoServer, Probe, until
from lab.mainstay import DAEMONS, MainstayUnits
from lab.pages import Pages
from lab.peers import Nginx
from lab.scenario import CHECK_NGINX

from .timeline import readable

VIP = "10.0.0.100"

CONFIG = """vrrp_script chk_nginx {{
    script "/etc/mainstay/check_nginx.sh"
    interval 1
    timeout 1
    fall 2
    rise 2
    weight -20
}}
vrrp_instance web {{
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        10.0.0.100/24
    }}
    track_script {{
        chk_nginx
    }}
}}
"""


class Election:
    def __init__(self, lab, timeline, layer, client):
        self.timeline = timeline
        self.client = client
        self.directors = [lab.nspawn(f"director{n}", layers=[layer], eth0=f"10.0.0.{n}/24") for n in (1, 2)]
        self.mainstay, self.nginx = [], []

    def start(self):
        for director, priority in zip(self.directors, (100, 90)):
            director.write("/etc/mainstay/check_nginx.sh", CHECK_NGINX, 0o755)
            self.nginx.append(Nginx(director, backends=["10.0.0.11", "10.0.0.12"]))
            mainstay = MainstayUnits(director)
            mainstay.configure(CONFIG.format(priority=priority))
            director.systemctl("enable", "--now", "mainstay")
            self.mainstay.append(mainstay)
            EchoServer(director)

    def served_by(self, index, timeout=20):
        """Wait until this director alone has the address and the client is served."""
        mine, other = self.mainstay[index], self.mainstay[1 - index]
        until(lambda: mine.has(VIP) and not (other.node.alive and other.has(VIP)), timeout,
              f"{mine.node.name} has the address")
        self.probe.wait_answered(timeout)
        until(self.pages.good, timeout, "pages come")

    def measure(self, what, since, promise, by_pages=False):
        """One line of the timeline; `promise` is how long the outage may be, in seconds."""
        packets, pages = self.probe.outage(since), self.pages.outage(since)
        outage = pages if by_pages else packets
        count, fetched = len(self.probe.requests(since)), len(self.pages.since(since))
        if packets == 0 and pages == 0:
            noticed = (f"nothing: {count} requests and {fetched} pages answered, "
                       f"the slowest in {self.probe.slowest(since) * 1000:.1f} ms")
        else:
            noticed = f"{readable(outage)} without {'a page' if by_pages else 'an answer'}"
        self.timeline.line(what, noticed, outage <= promise and (promise > 0 or pages == 0), readable(promise))

    def play(self):
        with Probe(self.client, VIP) as self.probe, Pages(self.client, VIP) as self.pages:
            self.served_by(0)
            self.timeline.line("director1 is master of 10.0.0.100")
            self.restarts()
            self.nginx_dies()
            self.cable()
            self.service_stop()
            self.power_loss()

    def restarts(self):
        director, mainstay = self.directors[0], self.mainstay[0]
        for verb, action in (("systemctl restart", mainstay.restart), ("kill -9", mainstay.kill)):
            for daemon in DAEMONS:
                since = time.time()
                action(daemon)
                until(lambda: time.time() - since >= 1.5, 3)
                self.measure(f"{verb} {daemon}", since, 0)
        since = time.time()
        director.systemctl("restart", "dbus")
        until(lambda: time.time() - since >= 1.5, 3)
        self.measure("systemctl restart dbus", since, 0)

    def nginx_dies(self):
        since = time.time()
        self.nginx[0].stop()
        self.served_by(1)
        # fall 2 of 1 s, the priority's next advert, the master-down interval of the other
        self.measure("nginx on director1 ends: director2 serves", since, 3 + 1 + 3.65 + 1, by_pages=True)
        since = time.time()
        self.nginx[0].start()
        self.served_by(0)
        self.measure("nginx is back: so is director1", since, 0.1, by_pages=True)

    def cable(self):
        since = time.time()
        self.directors[0].pull_cable()
        self.served_by(1)
        self.measure("the cable of director1 is pulled", since, 3.65 + 0.05)
        since = time.time()
        self.directors[0].plug_cable()
        self.served_by(0)
        self.measure("the cable is back", since, 0.1)

    def service_stop(self):
        since = time.time()
        self.mainstay[0].stop()
        self.served_by(1)
        self.measure("systemctl stop mainstay on director1", since, 0.65 + 0.05)
        since = time.time()
        self.mainstay[0].start()
        self.served_by(0)
        self.measure("systemctl start mainstay", since, 0.1)

    def power_loss(self):
        since = time.time()
        self.directors[0].power_off()
        self.served_by(1)
        self.measure("director1 loses its power", since, 3.65 + 0.05)
        since = time.time()
        self.directors[0].power_on()
        self.directors[0].wait_booted()
        self.nginx[0].start()
        EchoServer(self.directors[0])
        self.served_by(0)
        self.measure("director1 has booted again", since, 0.1)
