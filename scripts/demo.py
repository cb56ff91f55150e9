# SPDX-License-Identifier: LGPL-2.1-or-later
"""The show of scripts/demo: what happens to two directors, and what one client notices of it.

The client asks the virtual address once a millisecond by UDP, and for a page by HTTP whenever the last one has come. An
outage is the time from the first request without an answer to the first one that has one again. The exit status says whether
all promises were kept.
"""

import argparse
import os
import pathlib
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from lab import EchoServer, Lab, Probe, until  # noqa: E402
from lab.mainstay import DAEMONS, MainstayUnits, install  # noqa: E402
from lab.peers import Nginx  # noqa: E402
from lab.scenario import CHECK_NGINX  # noqa: E402

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


class Pages(threading.Thread):
    """A client that fetches the page again and again, and when each attempt began and ended."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node = node
        self.attempts = []      # (began, whether the page came)
        self.ended = False

    def run(self):
        while not self.ended:
            began = time.time()
            came = self.fetch()
            self.attempts.append((began, came))
            time.sleep(0.01)

    def fetch(self):
        connection = self.node.net.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.settimeout(0.3)
            connection.connect((VIP, 80))
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(4096)
        except OSError:
            return False
        finally:
            connection.close()

    def outage(self, since):
        """The longest time without a page, and how many came."""
        longest, start = 0.0, None
        attempts = [attempt for attempt in list(self.attempts) if attempt[0] >= since]
        for began, came in attempts:
            if came and start is not None:
                longest, start = max(longest, began - start), None
            elif not came and start is None:
                start = began
        return longest, sum(came for _, came in attempts)

    def good(self, needed=5):
        recent = self.attempts[-needed:]
        return len(recent) == needed and all(came for _, came in recent)


def readable(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


class Show:
    """The machines, and the timeline that is printed about them."""

    def __init__(self, lab):
        self.began = time.monotonic()
        self.broken = []
        layer = install(lab.directory / "mainstay")
        self.directors = [lab.nspawn(f"director{n}", layers=[layer], eth0=f"10.0.0.{n}/24") for n in (1, 2)]
        self.webs = [Nginx(lab.netns(f"web{n}", eth0=f"10.0.0.{10 + n}/24"), text=f"web{n}") for n in (1, 2)]
        self.client = lab.netns("client", eth0="10.0.0.9/24")
        self.lab = lab
        self.mainstay, self.nginx = [], []
        for director, priority in zip(self.directors, (100, 90)):
            director.write("/etc/mainstay/check_nginx.sh", CHECK_NGINX, 0o755)
            self.nginx.append(Nginx(director, backends=["10.0.0.11", "10.0.0.12"]))
            mainstay = MainstayUnits(director)
            mainstay.configure(CONFIG.format(priority=priority))
            director.systemctl("enable", "--now", "mainstay")
            self.mainstay.append(mainstay)
            EchoServer(director)
        self.remember()

    def remember(self):
        """Where `scripts/demo --shell` finds the machines."""
        directory = pathlib.Path("/run/nodes")
        directory.mkdir(exist_ok=True)
        for node in self.lab.nodes.values():
            (directory / node.name).write_text(str(node.pid))

    def line(self, what, noticed=""):
        print(f"{time.monotonic() - self.began:7.1f} s  {what:<42}{noticed}", flush=True)

    def served_by(self, index, timeout=20):
        """Wait until this director alone has the address and the client is served."""
        mine, other = self.mainstay[index], self.mainstay[1 - index]
        until(lambda: mine.has(VIP) and not (other.node.alive and other.has(VIP)), timeout,
              f"{mine.node.name} has the address")
        self.probe.wait_answered(timeout)
        until(self.pages.good, timeout, "pages come")

    def measure(self, what, since, promise, by_pages=False):
        """One line of the timeline; `promise` is how long the outage may be, in seconds."""
        packets = self.probe.outage(since)
        pages, fetched = self.pages.outage(since)
        outage = pages if by_pages else packets
        count = len(self.probe.requests(since))
        kept = outage <= promise and (promise > 0 or pages == 0)
        if not kept:
            self.broken.append(what)
        if packets == 0 and pages == 0:
            noticed = (f"nothing: {count} requests and {fetched} pages answered, "
                       f"the slowest in {self.probe.slowest(since) * 1000:.1f} ms")
        else:
            noticed = f"{readable(outage)} without {'a page' if by_pages else 'an answer'}"
        self.line(what, noticed + ("" if kept else f"   BUT PROMISED: {readable(promise)}"))

    def play(self):
        with Probe(self.client, VIP) as self.probe:
            self.pages = Pages(self.client)
            self.pages.start()
            self.served_by(0)
            self.line("director1 is master of 10.0.0.100")
            self.restarts()
            self.nginx_dies()
            self.cable()
            self.service_stop()
            self.power_loss()
            self.pages.ended = True
            self.pages.join()

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
        self.remember()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    with Lab() as lab:
        show = Show(lab)
        print(f"{'':11}{'WHAT HAPPENS':<42}WHAT THE CLIENT NOTICED")
        show.line("two directors, two web servers, one client")
        show.play()
        if show.broken:
            print("\nNot as promised: " + "; ".join(show.broken))
        else:
            print("\nAll as promised: no restart and no crash of a daemon was noticed; the rest took what VRRP takes.")
        if options.keep:
            os.write(3, b"kept\n")
            os.close(3)
            signal.pause()
    return 1 if show.broken else 0


if __name__ == "__main__":
    sys.exit(main())
