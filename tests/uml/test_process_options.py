# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the configuration asks for the processes themselves must work under the hardened units, of a manager that may grant it as on
a real machine; and a script must have what a script usually has."""

import pytest

from lab import until
from lab.mainstay import MainstayUnits, install

pytestmark = pytest.mark.uml

CONFIG = """
global_defs {
    script_user root
    vrrp_priority -15
    vrrp_rt_priority 7
    vrrp_no_swap
    vrrp_cpu_affinity 0
    checker_priority -3
    checker_no_swap
    checker_rt_priority 3
    checker_cpu_affinity 0
}
vrrp_track_process tracked {
    process tracked
    weight 20
}
track_file load {
    file /etc/mainstay/load
    init_file 3
}
vrrp_script chk {
    script /etc/mainstay/chk
    interval 2
    timeout 20
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        chk
    }
    track_file {
        load
    }
    track_process {
        tracked
    }
}
"""

SCRIPT = """#!/bin/sh
ulimit -n > /var/tmp/seen.new
cut -d' ' -f 40,41 /proc/self/stat >> /var/tmp/seen.new
mv /var/tmp/seen.new /var/tmp/seen
"""


def scheduled(mainstay, daemon):
    """Nice value, real-time priority and policy (2 is SCHED_RR) of a daemon, and whether its memory is locked."""
    pid = mainstay.pid(daemon)
    fields = mainstay.node.output(f"cat /proc/{pid}/stat").rsplit(")", 1)[1].split()
    status = dict(line.split(":", 1) for line in mainstay.node.output(f"cat /proc/{pid}/status").splitlines())
    return int(fields[16]), int(fields[37]), int(fields[38]), status["VmLck"].split() != ["0", "kB"], \
        status["Cpus_allowed_list"].strip()


def test_the_units_grant_what_the_configuration_asks_for(lab):
    node = lab.uml("a", layers=[install(lab.directory / "installation")], eth0="10.0.0.1/24")
    node.write("/etc/mainstay/chk", SCRIPT, 0o755)
    mainstay = MainstayUnits(node, CONFIG)
    until(lambda: node.exists("/var/tmp/seen"), 20)
    assert scheduled(mainstay, "vrrpd") == (-15, 7, 2, True, "0")
    assert scheduled(mainstay, "checkd") == (-3, 3, 2, True, "0")
    assert node.output("cat /var/tmp/seen").split() == ["1024", "0", "0"]
    assert "cannot be had" not in node.output("journalctl --no-pager -u mainstay-vrrpd -u mainstay-checkd")
    until(lambda: mainstay.instance()["EffectivePriority"] == 103, 20)
    node.run(["sh", "-c", "echo 9 > /etc/mainstay/load"])
    until(lambda: mainstay.instance()["EffectivePriority"] == 109, 20)
    node.run("cp /bin/sleep /var/tmp/tracked")
    node.run("systemd-run --unit tracked /var/tmp/tracked 1000")
    until(lambda: mainstay.instance()["EffectivePriority"] == 129, 20)
    node.systemctl("stop", "tracked")
    until(lambda: mainstay.instance()["EffectivePriority"] == 109, 20)
    ordinary = "".join(line for line in CONFIG.splitlines(True) if not any(word in line for word in ("_priority", "_no_swap", "_affinity")))
    node.write("/etc/mainstay/mainstay.conf", ordinary)
    node.run("mainstayctl reload")
    assert scheduled(mainstay, "vrrpd")[:4] == (-10, 0, 0, False)
    assert scheduled(mainstay, "checkd")[:4] == (0, 0, 0, False)
    assert "cannot be had" not in node.output("journalctl --no-pager -u mainstay-vrrpd -u mainstay-checkd")
