# SPDX-License-Identifier: LGPL-2.1-or-later
"""FIFOs of the installed notifyd: what is in them and who reads them outlive its restart and its death, not its stop."""

import pytest

from lab import until
from lab.bus import busctl
from lab.mainstay import MainstayUnits

CONFIG = """
global_defs {{
    router_id a
    script_user root
    notify_fifo /run/all.fifo
    vrrp_notify_fifo /run/vrrp.fifo
    {more}
}}
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 1
    priority 100
    virtual_ipaddress {{
        10.0.0.100/24
    }}
}}
"""
READER = """#!/bin/sh
echo $$ >>/run/readers
while read -r line; do echo "$line" >>/run/lines; done <"$1"
"""
LINES = ['INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100']


@pytest.fixture
def node(lab, installation):
    return lab.nspawn("a", layers=[installation], eth0="10.0.0.1/24")


READ = """
import os, sys
f = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
try:
    sys.stdout.buffer.write(os.read(f, 65536))
except BlockingIOError:
    pass
"""


def content(node, path):
    """What is in a FIFO, without waiting for more."""
    return node.run(["python3", "-c", READ, path]).stdout.splitlines()


def exists(node, path):
    return node.run(["test", "-e", path], check=False).returncode == 0


def delivered(node):
    return busctl(node, "get-property", "org.mainstay.Notify1", "/org/mainstay/notify1",
                  "org.mainstay.Notify1.Spool", "Delivered")


def test_what_nobody_has_read_is_kept(node):
    mainstay = MainstayUnits(node, CONFIG.format(more="")).wait_state("MASTER")
    until(lambda: delivered(node) == 4, 10, "the lines are written")
    mainstay.restart("notifyd")
    mainstay.kill("notifyd")
    mainstay.kill("notifyd")
    assert content(node, "/run/all.fifo") == LINES
    mainstay.restart("notifyd")
    assert content(node, "/run/vrrp.fifo") == LINES
    assert content(node, "/run/all.fifo") == []
    mainstay.stop()
    assert not exists(node, "/run/all.fifo") and not exists(node, "/run/vrrp.fifo")


def test_a_reader_lives_on_until_the_stop(node):
    node.write("/usr/local/bin/reader", READER, 0o755)
    mainstay = MainstayUnits(node, CONFIG.format(more="notify_fifo_script /usr/local/bin/reader"))
    mainstay.wait_state("MASTER")
    until(lambda: exists(node, "/run/lines") and node.read("/run/lines").splitlines() == LINES, 10)
    mainstay.restart("notifyd")
    mainstay.kill("notifyd")
    mainstay.wait_on_bus("notifyd")   # or it would hear of the stop when vrrpd runs again
    mainstay.stop("vrrpd")
    until(lambda: node.read("/run/lines").splitlines() == [*LINES, 'INSTANCE "VI_1" STOP 100'], 10)
    pids = node.read("/run/readers").split()
    assert len(pids) == 1 and exists(node, f"/proc/{pids[0]}")
    mainstay.stop()
    until(lambda: not exists(node, f"/proc/{pids[0]}"), 10)
    assert not exists(node, "/run/all.fifo")
