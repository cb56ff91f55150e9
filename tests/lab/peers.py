# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's programs in a node: keepalived, FRR, nginx, haproxy, an SMTP server. Each does its work when the
constructor returns."""

import email
import email.policy
import json

from . import tools, wait


class Keepalived:
    """Debian's keepalived with one configuration text."""

    def __init__(self, node, config, path="/etc/keepalived/keepalived.conf", options=("-P",)):
        self.node = node
        self.path = path
        self.options = options
        node.write(path, config)
        self.start()

    def start(self):
        self.process = self.node.spawn(["keepalived", "-n", "-l", "-G", "-D", *self.options, "-f", self.path], name="keepalived")

    def stop(self):
        return self.process.terminate()

    def reload(self, config):
        self.node.write(self.path, config)
        self.process.popen.send_signal(1)


class Nginx:
    """nginx that answers every request with `text`, or balances `backends`, or serves `pages`: {path: text}, which
    a test may change, and whose absence is a 404; while /srv/broken is there, all is a 500."""

    CONFIG = """
worker_processes 1;
error_log /lab/nginx-error.log;
pid /run/nginx.pid;
events {{ }}
http {{
    access_log off;
    {upstream}
    server {{
        {listen}
        location / {{ {action} }}
        {more}
    }}
}}
"""

    def __init__(self, node, text=None, backends=(), port=80, pages=None, more=""):
        upstream = ""
        if backends:
            upstream = "upstream webs { " + " ".join(
                f"server {b} max_fails=1 fail_timeout=1s;" for b in backends) + " }"
            action = "proxy_pass http://webs; proxy_connect_timeout 1s; proxy_next_upstream error timeout;"
        elif pages is not None:
            action = "root /srv/www; if (-f /srv/broken) { return 500; }"
        else:
            action = f'default_type text/plain; return 200 "{text}\\n";'
        self.node = node
        self.port = port
        for path, body in (pages or {}).items():
            self.put(path, body)
        node.write("/etc/nginx/nginx.conf", self.CONFIG.format(
            upstream=upstream, action=action, more=more, listen=f"listen {port}; listen [::]:{port};"))
        self.start()

    def put(self, path, body):
        self.node.write(f"/srv/www/{path.lstrip('/')}", body)

    def remove(self, path):
        self.node.run(["rm", f"/srv/www/{path.lstrip('/')}"])

    def start(self):
        """By the command an operator uses: it returns when nginx listens."""
        self.node.run("nginx")

    def stop(self):
        self.node.run("nginx -s stop")
        wait.until(lambda: not self.running, 30, "nginx has ended")

    @property
    def running(self):
        return self.node.run("pidof nginx", check=False).returncode == 0


class Haproxy:
    """haproxy as an operator runs it; what it balances does not matter here."""

    CONFIG = """
global
    maxconn 100
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend web
    bind :8080
    http-request return status 200 content-type text/plain string "haproxy"
"""

    def __init__(self, node):
        self.node = node
        node.write("/etc/haproxy/haproxy.cfg", self.CONFIG)
        self.start()

    def start(self):
        self.process = self.node.spawn("haproxy -f /etc/haproxy/haproxy.cfg -db", name="haproxy")
        wait.until(lambda: http(self.node, "http://127.0.0.1:8080/") == "haproxy", 30, "haproxy answers")

    def stop(self):
        self.process.kill()


class MailServer:
    """A real SMTP server in a node that keeps its mail (mail-sink.py)."""

    def __init__(self, node, port=25, tls=None, login=None):
        self.node = node
        self.directory = node.share / "mail"
        self.command = ["/usr/bin/python3", tools.SOURCE / "tests" / "lab" / "mail-sink.py", "/lab/mail",
                        "--port", port]
        self.command += ["--tls", *tls] if tls else []
        self.command += ["--login", *login] if login else []
        self.start()

    def start(self):
        self.process = self.node.spawn(self.command, name="mail")
        self.process.wait_output("ready", 60)

    def stop(self):
        self.process.kill()

    def mails(self):
        """The mails so far, oldest first: email.message.EmailMessage objects with the attribute `facts`."""
        found = []
        for path in sorted(self.directory.glob("*.eml"), key=lambda path: int(path.stem)):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            mail.facts = json.loads(path.with_suffix(".json").read_text())
            found.append(mail)
        return found

    def subjects(self):
        return [mail["Subject"] for mail in self.mails()]


class Frr:
    """FRR's vrrpd with one VRRPv3 router; it wants the macvlan made beforehand. An IPv6 router speaks from an address of
    that, which is `source`."""

    CONFIG = """interface eth0
 vrrp {vrid} version 3
 vrrp {vrid} priority {priority}
 vrrp {vrid} advertisement-interval {interval_msec}
 vrrp {vrid} {ip} {vip}
"""

    def __init__(self, node, vrid, priority, vip, interval_msec=1000, source=None):
        self.node = node
        self.vrid = vrid
        self.family = 6 if ":" in vip else 4
        macvlan = f"vrrp{self.family}-2-1"
        node.run("sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2")
        for line in (f"ip link add {macvlan} link eth0 type macvlan mode bridge",
                     f"ip link set {macvlan} addrgenmode {'none' if source else 'random'}",
                     f"ip link set {macvlan} address 00:00:5e:00:0{2 if self.family == 6 else 1}:{vrid:02x}",
                     f"ip address add {vip}/64 dev {macvlan} nodad" if self.family == 6 else f"ip address add {vip}/32 dev {macvlan}",
                     # The kernel shows the newest first, and FRR takes the first of link scope.
                     *([f"ip address add {source}/64 dev {macvlan} nodad"] if source else []),
                     f"ip link set {macvlan} up",
                     "mkdir -p /run/frr", "chown frr:frr /run/frr"):
            node.run(line)
        node.write("/etc/frr/frr.conf", self.CONFIG.format(vrid=vrid, priority=priority, vip=vip,
                                                           interval_msec=interval_msec,
                                                           ip="ipv6" if self.family == 6 else "ip"))
        node.write("/etc/frr/vtysh.conf", "")
        for daemon in ("zebra", "vrrpd"):
            node.run(f"/usr/lib/frr/{daemon} -d -f /etc/frr/frr.conf -i /run/frr/{daemon}.pid")

    def set_priority(self, priority):
        self.node.run(["vtysh", "-c", "configure terminal", "-c", "interface eth0", "-c", f"vrrp {self.vrid} priority {priority}"])

    def state(self):
        shown = self.node.run(["vtysh", "-c", "show vrrp"], check=False).stdout
        line = next((line for line in shown.splitlines() if line.strip().startswith(f"Status (v{self.family})")), "")
        return line.split()[-1] if line else None


def http(node, url, timeout=1):
    """The body of a page; None when there is no answer."""
    result = node.run(["curl", "-s", "-f", "--max-time", timeout, url], check=False)
    return result.stdout.strip() if result.returncode == 0 else None


def pages(node, url, count, timeout=3):
    """The bodies of `count` requests in a row, each over a connection of its own; None for what was not answered."""
    separator = "\x01"
    result = node.run(["curl", "-s", "-f", "--max-time", timeout, "-H", "Connection: close", "-w", separator,
                       f"{url}?[1-{count}]"], check=False, timeout=count * timeout + 10)
    return [body.strip() or None for body in result.stdout.split(separator)[:-1]]
