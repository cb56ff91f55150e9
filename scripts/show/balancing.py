# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two balancers, which share connections out to the webs in the kernel (LVS-DR), with weights and checks.

The client fetches pages, each by a connection of its own, and has a long download running all the time. No page is lost
means just that: each connection was accepted and answered.
"""

import time

from lab import Probe, until
from lab.farm import PAGES, SORRY, VIP, WEB, Farm
from lab.pages import Download, Pages

from .timeline import readable

WEB1 = "10.0.0.11 80"
# A check fails at once or after 1 s; it comes once a second, and is tried twice.
FALL = 1 + 1 + 1 + 0.5
PATIENCE = 3.0      # seconds until a page counts as lost: a lost packet is sent again after one


class Balancing:
    def __init__(self, lab, timeline, layer, director, webs, client):
        self.timeline = timeline
        self.farm = Farm(lab, director, layer, ("balancer1", "balancer2"), webs, client)
        self.client = client

    def start(self):
        self.farm.start()

    def play(self):
        with Probe(self.client, VIP) as self.probe, Pages(self.client, VIP, patience=PATIENCE) as self.pages:
            until(lambda: self.pages.only(*PAGES), 20, "both webs serve")
            self.weights()
            self.drain()    # before a web dies: whom it refused stays in the table for a minute
            self.web_dies()
            self.sorry()
            self.download = Download(self.client, VIP)
            self.restarts()
            self.power_loss()
            self.download.stop()

    # What is measured

    def shares(self, since):
        came = self.pages.came(since)
        return ", ".join(f"{page} {100 * count / came.total():.0f} %" for page, count in sorted(came.items()))

    def lost(self, since):
        lost = len(self.pages.lost(since))
        return f"{lost or 'none'} of {len(self.pages.since(since))} pages lost"

    def unnoticed(self, what, since, promise=0):
        """One line of something that nobody may notice: no page is lost, the download goes on, and there is no request without
        an answer, or for no longer than `promise`."""
        goes_on = self.download.goes_on()
        outage = self.probe.outage(since)
        kept = goes_on and not self.pages.lost(since) and outage <= promise
        if kept and outage == 0:
            noticed = (f"nothing: {len(self.probe.requests(since))} requests, {len(self.pages.since(since))} pages and "
                       f"the download answered")
        else:
            noticed = (f"{self.lost(since)}, {readable(outage)} without an answer, "
                       f"the download {'goes on' if goes_on else f'ended: {self.download.broken}'}")
        self.timeline.line(what, noticed, kept, readable(promise))

    def order(self, verb, *arguments):
        self.farm.mainstay[0].ctl(verb, *WEB1.split(), *arguments)

    # What happens

    def weights(self):
        for what, weight in (("web1 has weight 3, web2 has 1", None), ("mainstayctl weight 10.0.0.11 80 1", "1"),
                             ("mainstayctl weight 10.0.0.11 80 configured", "configured")):
            if weight:
                self.order("weight", weight)
            since = time.time()
            until(lambda: len(self.pages.since(since)) >= 100, 10, "a hundred pages")
            self.timeline.line(what, f"{self.shares(since)}, {self.lost(since)}", not self.pages.lost(since), "no page lost")

    def web_dies(self):
        since = time.time()
        self.farm.webs[0].stop()
        until(lambda: self.pages.only("web2"), 20, "web2 alone serves")
        # Until its check has found it, every connection to it is refused.
        last = max((a.began for a in self.pages.lost(since)), default=since) - since
        self.timeline.line("web1's nginx ends: web2 alone", f"{self.lost(since)}, the last one after {readable(last)}",
                           last <= FALL, f"none after {readable(FALL)}")
        since = time.time()
        self.farm.webs[0].start()
        until(lambda: self.pages.only(*PAGES), 20, "both webs serve")
        self.timeline.line("it is back", f"web1 serves again after {readable(self.first(since, 'web1'))}, {self.lost(since)}",
                           not self.pages.lost(since), "no page lost")

    def first(self, since, page):
        return next(a.began for a in self.pages.since(since) if a.page == page) - since

    def drain(self):
        download = self.download_from("web1")
        since = time.time()
        self.order("drain")
        until(lambda: self.pages.only("web2"), 20, "web2 alone serves")
        until(lambda: self.left() == 1, 20, "the download alone is left")
        self.timeline.line("mainstayctl drain 10.0.0.11 80", f"{self.lost(since)}; web1 has one download left, it goes on",
                           download.goes_on() and not self.pages.lost(since), "no page lost")
        since = time.time()
        download.stop()
        until(lambda: self.farm.server(0, 1)["Drained"], 20, "web1 is drained")
        self.timeline.line("its download ends", f"web1 is free for repair after {readable(time.time() - since)}")
        since = time.time()
        self.order("enable")
        until(lambda: self.pages.only(*PAGES), 20, "both webs serve")
        self.timeline.line("mainstayctl enable 10.0.0.11 80",
                           f"web1 serves again after {readable(self.first(since, 'web1'))}, {self.lost(since)}",
                           not self.pages.lost(since), "no page lost")

    def download_from(self, name):
        while True:
            download = Download(self.client, VIP)
            if download.server == name:
                return download
            download.stop()

    def left(self):
        """The connections that web1 still has, those that are being closed included."""
        return sum(self.farm.mainstay[0].connections(WEB).get(WEB1, (0, 0)))

    def sorry(self):
        for web in self.farm.webs:
            since = time.time()
            web.stop()
        until(lambda: self.pages.only(SORRY), 20, "sorry is said")
        first = self.first(since, SORRY)
        self.timeline.line("both webs end", f"the page that says sorry, after {readable(first)}", first <= FALL, readable(FALL))
        since = time.time()
        for web in self.farm.webs:
            web.start()
        until(lambda: self.pages.only(*PAGES), 20, "both webs serve")
        self.timeline.line("both are back", self.lost(since), not self.pages.lost(since), "no page lost")

    def restarts(self):
        mainstay = self.farm.mainstay[0]
        for verb, action in (("systemctl restart", mainstay.restart), ("kill -9", mainstay.kill)):
            for daemon in ("ipvsd", "checkd"):
                since = time.time()
                action(daemon)
                until(lambda: time.time() - since >= 1.5, 3)
                self.unnoticed(f"{verb} {daemon}", since)

    def power_loss(self):
        promise = 3.65 + 0.1
        since = time.time()
        self.farm.directors[0].power_off()
        self.served_by(1)
        outage, goes_on = self.probe.outage(since), self.download.goes_on(10)
        self.timeline.line("balancer1 loses its power: balancer2 goes on",
                           f"{readable(outage)} without an answer; the download {'goes on' if goes_on else 'ended'}",
                           goes_on and outage <= promise, f"{readable(promise)}, and the download goes on")
        since = time.time()
        self.farm.directors[0].power_on()
        self.farm.directors[0].wait_booted()
        self.served_by(0)
        self.unnoticed("balancer1 has booted again", since, 0.1)

    def served_by(self, index):
        until(lambda: self.farm.mainstay[index].has(VIP), 30, "the address is there")
        self.probe.wait_answered()
        until(lambda: self.pages.only(*PAGES), 20, "both webs serve")
