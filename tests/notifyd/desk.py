# SPDX-License-Identifier: LGPL-2.1-or-later
"""notifyd on a node, with producers of made-up events for the other daemons, a mail server that may misbehave,
and a reader of FIFOs."""

import contextlib
import email
import email.policy
import json
import signal
import subprocess

from lab import until
from lab.mainstay import Mainstay, ReadySocket, sanitizer_options
from lab.bus import busctl
from lab import tools

INSTANCE = "/org/mainstay/vrrp1/instance/"
SERVICE = "/org/mainstay/ipvs1/service/_310_2e0_2e0_2e100_2080_20TCP"
SPOOL = "org.mainstay.Notify1.Spool"

# Says what it was told, between two words, so that what overlaps can be seen.
SCRIPT = """#!/bin/sh
echo "begin $* repeat=$MAINSTAY_REPEAT" >>/lab/scripts
[ -e /lab/slow ] && sleep "$(cat /lab/slow)"
echo "end $* repeat=$MAINSTAY_REPEAT" >>/lab/scripts
echo "a word of $*"
"""

# Keeps what it reads, to the byte; waits while it is told to.
READER = """#!/usr/bin/python3
import os, sys, time
with open("/lab/readers", "a") as f:
    print(os.getpid(), *sys.argv[1:], file=f)
fifo = os.open(sys.argv[-1], os.O_RDONLY)
name = "/lab/lines-" + os.path.basename(sys.argv[-1])
while True:
    while os.path.exists("/lab/do-not-read"):
        time.sleep(0.02)
    data = os.read(fifo, 200)
    if not data:
        break
    with open(name, "ab") as f:
        f.write(data)
    if os.path.exists("/lab/read-once"):
        sys.exit(3)
"""

INSTANCE_CONF = """
vrrp_instance {name} {{
    interface {interface}
    virtual_router_id {vrid}
    priority 100
    virtual_ipaddress {{
        10.0.{vrid}.1/24
    }}
    {more}
}}
"""


SERVICES = """
virtual_server 10.0.0.100 80 {{
    protocol TCP
    {service}
    real_server 10.0.0.11 80 {{
        {server}
        TCP_CHECK {{
        }}
    }}
    real_server 10.0.0.12 80 {{
        {server}
        TCP_CHECK {{
        }}
    }}
}}
"""


def config(instances=("VI_1",), more="", globals="", mail="smtp_server 127.0.0.1 2525", service=None, server=""):
    """With @service (lines of it) and @server (lines of each of its two servers) there is a virtual service."""
    text = f"""
global_defs {{
    router_id r1
    script_user root
    notification_email {{
        a@example.org
        "Bee, B. <b@example.org>"
    }}
    notification_email_from r1@example.org
    {mail}
    {globals}
}}
"""
    if service is not None:
        text += SERVICES.format(service=service, server=server)
    return text + "".join(INSTANCE_CONF.format(name=name, vrid=number % 250 + 1,
                                               interface=f"eth{number // 250}", more=more)
                          for number, name in enumerate(instances))


class Desk:
    def __init__(self, lab, text, start=True, name="n", producers=("vrrpd",)):
        self.node = lab.netns(name, eth0="10.0.0.1/24")
        self.mainstay = Mainstay(self.node)
        self.node.write("/say.sh", SCRIPT, 0o755)
        self.node.write("/read.py", READER, 0o755)
        self.mainstay.configure(text)
        self.emitted = 0
        self.producers = {}
        for daemon in producers:
            self.start_producer(daemon)
        if start:
            self.mainstay.start("notifyd")

    # The producer

    def start_producer(self, daemon="vrrpd"):
        ready = ReadySocket(self.node, daemon)
        environment = {"RUNTIME_DIRECTORY": f"/run/mainstay/{daemon}",
                       "STATE_DIRECTORY": f"/var/lib/mainstay/{daemon}",
                       "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket",
                       "NOTIFY_SOCKET": ready.path, "EVENT_PRODUCER": daemon}
        self.node.run(["mkdir", "-p", environment["RUNTIME_DIRECTORY"], environment["STATE_DIRECTORY"]])
        self.producers[daemon] = self.node.spawn(
            [self.mainstay.build / "tests/bus/event-producer", "-f", self.mainstay.path],
            name=f"producer-{daemon}", env={**environment, **sanitizer_options()})
        with ready:
            ready.wait(self.producers[daemon])
        return self

    @property
    def producer(self):
        return self.producers["vrrpd"]

    def restart_producer(self, kill=False):
        if kill:
            self.producer.kill()
        else:
            self.producer.terminate()
        self.start_producer()

    def emit(self, type, object, **data):
        self.emit_many([(type, object, data)])

    def emit_many(self, events, daemon="vrrpd"):
        with open(self.node.root / f"run/mainstay/{daemon}/commands", "w") as commands:
            for type, object, data in events:
                commands.write(f"{type} {object} {json.dumps(data)}\n")
                commands.flush()
                self.emitted += 1

    def transition(self, state, name="VI_1", priority=100, reason="because"):
        self.emit_many([self.transition_event(state, name, priority, reason)])

    @staticmethod
    def transition_event(state, name="VI_1", priority=100, reason="because"):
        return ("instance-state", INSTANCE + label(name),
                {"name": name, "state": state, "previous": "INIT", "priority": priority, "reason": reason,
                 "group": ""})

    def server(self, state, server="10.0.0.11 80", **more):
        """ipvsd says what becomes of a server of the service."""
        data = {"service": "10.0.0.100 80 TCP", "server": server, "state": state, "previous": "", "reason": "because",
                "weight": 1, "initial": False, "departed": False, "stopping": False, **more}
        self.emit_many([("server-state", f"{SERVICE}/server/{label(server)}", data)], "ipvsd")

    def quorum(self, state, weight=1, **more):
        data = {"service": "10.0.0.100 80 TCP", "state": state, "previous": "", "weight": weight, "quorum": 1,
                "hysteresis": 0, "initial": False, "stopping": False, **more}
        self.emit_many([("quorum-state", SERVICE, data)], "ipvsd")

    def checker(self, state, previous, server="10.0.0.11 80", result="so"):
        """checkd says what it found out about a server."""
        name = f"10.0.0.100 80 TCP/{server}/1"
        data = {"name": name, "service": "10.0.0.100 80 TCP", "server": server, "kind": "TCP_CHECK", "state": state,
                "previous": previous, "result": result}
        self.emit_many([("checker-state", f"/org/mainstay/check1/checker/{label(name)}", data)], "checkd")

    # notifyd

    def kill(self):
        self.mainstay.kill("notifyd")

    def start(self):
        self.mainstay.start("notifyd")

    def stop(self):
        """The end for good, as opposed to one with a successor."""
        notifyd = self.mainstay.running.pop("notifyd")
        notifyd.signal(signal.SIGINT)
        assert notifyd.popen.wait(15) == 0

    @property
    def log(self):
        return (self.node.share / "notifyd.log").read_text(errors="replace")

    def properties(self):
        return busctl(self.node, "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                      "org.freedesktop.DBus.Properties", "GetAll", "s", SPOOL)[0]

    def idle(self, timeout=30):
        """Wait until nothing is left to be done."""
        until(lambda: self.properties()["Pending"] == 0, timeout, "the spool is empty")

    # What the outside saw

    def scripts(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.node.share / "scripts").read_text().splitlines()
        return []

    def runs(self):
        """The arguments of every run that has ended, in order."""
        return [line[4:].split(" repeat=")[0] for line in self.scripts() if line.startswith("end ")]

    def wait_runs(self, expected, timeout=20):
        try:
            until(lambda: len(self.runs()) >= len(expected), timeout)
        except TimeoutError:
            pass
        assert self.runs() == expected

    def slow(self, seconds):
        (self.node.share / "slow").write_text(str(seconds))

    def fast(self):
        (self.node.share / "slow").unlink(missing_ok=True)

    # The reader of FIFOs

    def lines(self, fifo="fifo"):
        """The bytes that were read from a FIFO."""
        with contextlib.suppress(FileNotFoundError):
            return (self.node.share / f"lines-{fifo}").read_bytes()
        return b""

    def wait_lines(self, expected, fifo="fifo", timeout=20):
        try:
            until(lambda: len(self.lines(fifo)) >= len(expected), timeout)
        except TimeoutError:
            pass
        assert self.lines(fifo).split(b"\n") == expected.split(b"\n")

    def readers(self):
        """Process number and arguments of every reader that was started."""
        with contextlib.suppress(FileNotFoundError):
            return [line.split(" ", 1) for line in (self.node.share / "readers").read_text().splitlines()]
        return []

    def tell_reader(self, word, on=True):
        """"do-not-read", or "read-once" and then end."""
        if on:
            (self.node.share / word).touch()
        else:
            (self.node.share / word).unlink(missing_ok=True)

    # Mail

    @property
    def mail_directory(self):
        return self.node.share / "mail"

    def start_mail(self, *options, **behaviour):
        self.behave(**behaviour)
        command = ["/usr/bin/python3", tools.SOURCE / "tests/notifyd/post-office.py", "/lab/mail",
                   "--port", "2525", *options]
        self.mail_server = self.node.spawn(command, name="post-office")
        until(lambda: self.mail_server.output().count("ready") > 0, 60, "the mail server is up")
        return self

    def stop_mail(self):
        self.mail_server.kill()
        self.mail_server.log.unlink()

    def behave(self, **behaviour):
        self.mail_directory.mkdir(exist_ok=True)
        text = json.dumps({key.replace("_", "-"): value for key, value in behaviour.items()})
        (self.mail_directory / "behaviour.new").write_text(text)
        (self.mail_directory / "behaviour.new").rename(self.mail_directory / "behaviour.json")

    def mails(self):
        """All mails in the order of arrival, each with its envelope as .facts."""
        found = []
        for path in sorted(self.mail_directory.glob("*.eml"), key=lambda p: int(p.stem)):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            mail.facts = json.loads(path.with_suffix(".json").read_text())
            found.append(mail)
        return found

    def subjects(self):
        return [mail["Subject"].removeprefix("[r1] VRRP Instance ") for mail in self.mails()]

    def wait_subjects(self, expected, timeout=20):
        try:
            until(lambda: len(self.subjects()) >= len(expected), timeout)
        except TimeoutError:
            pass
        assert self.subjects() == expected


def label(name):
    """As sd_bus_path_encode() has it."""
    return "".join(c if c.isalnum() and not (i == 0 and c.isdigit()) else f"_{ord(c):02x}"
                   for i, c in enumerate(name))


def certificates(directory, name="mail.example.org", ca="ca"):
    """Make an authority and a certificate for 127.0.0.1 signed by it: (CA file, certificate, key)."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=directory)

    directory.mkdir(exist_ok=True)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-days", "2", "-subj", f"/CN={ca}")
    openssl("req", *curve, "-keyout", f"{ca}-mail.key", "-out", "mail.csr", "-subj", f"/CN={name}")
    (directory / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "mail.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial",
            "-days", "2", "-extfile", "ext", "-out", f"{ca}-mail.pem")
    return f"{ca}.pem", f"{ca}-mail.pem", f"{ca}-mail.key"
