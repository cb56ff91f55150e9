# SPDX-License-Identifier: LGPL-2.1-or-later
"""When ipvsd fails for good its services do not stay in the kernel's table; those of others always do."""

import pytest

from lab import holds_for, until
from lab.mainstay import MainstayUnits, unit

pytestmark = pytest.mark.uml

IPVSD = "/usr/libexec/mainstay/ipvsd"
SECONDS = 20    # for a guest on a busy machine

CONFIG = """
global_defs {
    lvs_timeouts tcp 100
}
virtual_server 10.0.0.100 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.11 80 {
    }
}
virtual_server fwmark 7 {
    lb_algo wlc
    lb_kind DR
    real_server 10.0.0.11 80 {
    }
}
"""

FOREIGN = ["-A -t 10.0.0.200:25 -s rr", "-a -t 10.0.0.200:25 -r 10.0.0.21:25 -m -w 1"]
OURS = ["-A -t 10.0.0.100:80 -s rr", "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 1",
        "-A -f 7 -s wlc", "-a -f 7 -r 10.0.0.11:0 -g -w 1"]
DROP_IN = f"/etc/systemd/system/{unit('ipvsd')}.d/test.conf"


@pytest.fixture(scope="module")
def node(shared_lab, installation):
    node = shared_lab.uml("lb", layers=[installation], eth0="10.0.0.1/24")
    node.run("ipvsadm -R", input="\n".join(FOREIGN))
    return node


@pytest.fixture
def balancer(node):
    """ipvsd alone, with its services in the table."""
    mainstay = MainstayUnits(node)
    mainstay.configure(CONFIG)
    mainstay.start("ipvsd")
    until(lambda: table(node) == sorted(FOREIGN + OURS), SECONDS, "the services are there")
    assert timeouts(node) == "100"
    yield mainstay
    node.run(["rm", "-f", DROP_IN])
    node.run(["sh", "-c", f"[ ! -e {IPVSD}.away ] || mv {IPVSD}.away {IPVSD}"])
    node.systemctl("daemon-reload")
    mainstay.stop("ipvsd")
    node.systemctl("reset-failed")


def table(node):
    return sorted(line.strip() for line in node.output("ipvsadm -Sn").splitlines())


def timeouts(node):
    """Of TCP connections."""
    return node.output("ipvsadm -L --timeout").split()[4]


def settings(node, text):
    node.write(DROP_IN, text)
    node.systemctl("daemon-reload")


def wait_released(node):
    until(lambda: table(node) == sorted(FOREIGN), SECONDS, "our services are gone, those of others are not")
    until(lambda: timeouts(node) == "900", SECONDS, "the timeouts are what they were")


def test_an_executable_that_is_gone(balancer, node):
    node.run(["mv", IPVSD, f"{IPVSD}.away"])
    node.kill_unit(unit("ipvsd"))
    wait_released(node)


def test_a_stop_during_an_automatic_restart(balancer, node):
    settings(node, "[Service]\nRestartSec=60s\n")
    node.kill_unit(unit("ipvsd"))
    until(lambda: node.unit(unit("ipvsd"), "SubState") == "auto-restart", SECONDS, "systemd waits for the restart")
    holds_for(lambda: table(node) == sorted(FOREIGN + OURS), 1)
    balancer.stop("ipvsd")
    wait_released(node)


def test_the_start_limit(balancer, node):
    settings(node, "[Unit]\nStartLimitIntervalSec=60\nStartLimitBurst=3\n")

    def failed():
        if node.main_pid(unit("ipvsd")):
            node.run(["systemctl", "kill", "--signal=KILL", unit("ipvsd")], check=False)
        return node.unit(unit("ipvsd"), "ActiveState") == "failed"
    until(failed, 60, "the unit has failed for good")
    wait_released(node)


def test_a_restart_and_a_crash_leave_the_table_alone(balancer, node):
    """The guard is restarted as well, and sees that it is not a stop."""
    node.run("ipvsadm -Z")
    before = node.output("ipvsadm -Ln")
    for end in (lambda: balancer.restart("ipvsd"), lambda: node.kill_unit(unit("ipvsd"))):
        pid = node.main_pid(unit("ipvsd"))
        end()
        until(lambda: node.main_pid(unit("ipvsd")) not in (0, pid), SECONDS, "ipvsd runs again")
        until(lambda: node.unit(unit("ipvsd"), "ActiveState") == "active", SECONDS, "it is ready")
        holds_for(lambda: node.output("ipvsadm -Ln") == before, 1)
