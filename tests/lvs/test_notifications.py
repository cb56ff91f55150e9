# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real servers fail and return: what checkd finds, ipvsd does and notifyd tells, each exactly once and in order,
whichever of the three is killed meanwhile."""

import pytest

from lab import holds_for, until

from desk import Desk

VIP = "10.0.0.100"
HOSTS = (11, 12)

SERVER = """
    real_server 10.0.0.{host} 8080 {{
        notify_up "/say.sh {host} up"
        notify_down "/say.sh {host} down"
        TCP_CHECK {{
            connect_timeout 2
            retry 0
        }}
    }}
"""

CONFIG = """
global_defs {
    router_id r1
    script_user root
    notification_email {
        a@example.org
    }
    notification_email_from r1@example.org
    smtp_server 127.0.0.1 2525
    notify_fifo /run/fifo
    notify_fifo_script /read.py
    lvs_notify_fifo /run/lvs
    lvs_notify_fifo_script /read.py
}
virtual_server 10.0.0.100 80 {
    lb_kind NAT
    protocol TCP
    delay_loop 1
    quorum_up "/say.sh quorum up"
    quorum_down "/say.sh quorum down"
    smtp_alert
""" + "".join(SERVER.format(host=host) for host in HOSTS) + "}\n"

# Accepts, and has nothing to say.
LISTENER = """
import socket, sys
listener = socket.create_server((sys.argv[1], 8080))
print("ready", flush=True)
while True:
    listener.accept()[0].close()
"""

KILLED = ("notifyd", "checkd", "ipvsd")


class Told:
    """What has to have been told: words as "11 down" and "quorum up", in the order of what happened."""

    def __init__(self, desk):
        self.desk = desk
        self.words = []

    @staticmethod
    def _of(words, who):
        return [word for word in words if word.split()[0] == who]

    def _by_object(self, words):
        """Scripts and mails are in order for each server and for the service, not among those."""
        return {who: self._of(words, who) for who in ("quorum", *map(str, HOSTS))}

    def _lines(self):
        """All of them in order, whatever they are about."""
        def line(word):
            who, state = word.upper().split()
            what = f"VS [{VIP}]:tcp:80" if who == "QUORUM" else f"RS [10.0.0.{who}]:tcp:8080 [{VIP}]:tcp:80"
            return f"{what} {state}\n\0".encode()
        return b"".join(map(line, self.words))

    def _mails(self):
        def word(subject):
            about, _, state = subject.removeprefix("[r1] ").rpartition(" - ")
            who = "quorum" if about.startswith("Virtualserver") else about.split("]")[0].rpartition(".")[2]
            return f"{who} {state.lower()}"
        return [word(subject) for subject in self.desk.subjects()]

    def _settled(self):
        n = len(self.words)
        return len(self.desk.runs()) >= n and len(self.desk.mails()) >= n and \
            all(len(self.desk.lines(fifo)) >= len(self._lines()) for fifo in ("fifo", "lvs"))

    def check(self):
        assert self._by_object(self.desk.runs()) == self._by_object(self.words)
        assert self._by_object(self._mails()) == self._by_object(self.words)
        for fifo in ("fifo", "lvs"):
            assert self.desk.lines(fifo) == self._lines(), fifo

    def wait(self, *words):
        """These words are told next, and no others."""
        self.words += words
        try:
            until(self._settled, 30)
        except TimeoutError:
            pass
        self.check()


class Site:
    """A director that has its servers on itself."""

    def __init__(self, lab):
        self.desk = Desk(lab, CONFIG, start=False, producers=())
        self.node = self.desk.node
        for host in HOSTS:
            self.node.run(f"ip address add 10.0.0.{host}/24 dev eth0")
        self.servers = {}
        self.told = Told(self.desk)
        self.desk.start_mail()

    def up(self, host):
        self.servers[host] = self.node.spawn(["/usr/bin/python3", "-c", LISTENER, f"10.0.0.{host}"], name=f"web{host}")
        until(lambda: "ready" in self.servers[host].output(), 10, "the server is up")

    def down(self, host):
        server = self.servers.pop(host)
        server.kill()
        server.log.unlink()

    def kill(self, daemon):
        """And start it again: what happened until then may not have been told yet."""
        self.desk.mainstay.kill(daemon)
        self.desk.mainstay.start(daemon)

    def wait_checked(self, state):
        def states():
            return {c["State"] for c in self.desk.mainstay.named("checkd", "org.mainstay.Check1.Checker").values()}
        until(lambda: states() == {state}, 15, f"all checks are {state}")


@pytest.fixture
def site(lab):
    site = Site(lab)
    for host in HOSTS:
        site.up(host)
    site.desk.mainstay.start("checkd", "ipvsd", "notifyd")
    site.wait_checked("UP")
    site.told.wait("quorum up")
    return site


def test_each_change_is_told_once_and_in_order(site):
    site.down(11)
    site.told.wait("11 down")
    site.down(12)
    site.told.wait("12 down", "quorum down")
    site.up(11)
    site.told.wait("11 up", "quorum up")
    site.up(12)
    site.told.wait("12 up")
    texts = [mail.get_content().strip() for mail in site.desk.mails()]
    assert texts[0] == "=> Starting with quorum up 1+0=1 <= 2 <="
    assert texts[1] == "=> TCP_CHECK: connection refused <="
    holds_for(lambda: site.told.check() is None, 2)


@pytest.mark.parametrize("daemon", KILLED)
def test_killed_between_the_changes(site, daemon):
    site.kill(daemon)
    site.down(11)
    site.told.wait("11 down")
    site.kill(daemon)
    site.down(12)
    site.told.wait("12 down", "quorum down")
    site.kill(daemon)
    holds_for(lambda: site.told.check() is None, 1)
    site.up(11)
    site.told.wait("11 up", "quorum up")
    site.kill(daemon)
    site.up(12)
    site.told.wait("12 up")


@pytest.mark.parametrize("daemon", ("notifyd", "checkd"))
def test_stopped_between_the_changes(site, daemon):
    """ipvsd's stop is the end of balancing, so its next start is news. Theirs is not."""
    site.down(11)
    site.told.wait("11 down")
    site.desk.mainstay.restart(daemon)
    site.up(11)
    site.told.wait("11 up")
    holds_for(lambda: site.told.check() is None, 1)


@pytest.mark.parametrize("daemon", KILLED)
def test_killed_while_something_changes(site, daemon):
    """What a server becomes while a daemon is away is told when it is back."""
    for host, changes in ((11, ("11 down",)), (12, ("12 down", "quorum down"))):
        site.desk.mainstay.kill(daemon)
        site.down(host)
        site.desk.mainstay.start(daemon)
        site.told.wait(*changes)
    site.desk.mainstay.kill(daemon)
    site.up(12)
    site.desk.mainstay.start(daemon)
    site.told.wait("12 up", "quorum up")
