# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipvsd as a whole on a kernel that balances: the table follows configuration, orders and restarts, and is mended."""

import json
import signal

import pytest

from lab import until
from lab.mainstay import Mainstay

SERVICE = "org.mainstay.Ipvs1.Service"
SERVER = "org.mainstay.Ipvs1.Server"

CONFIG = """
virtual_server 10.0.0.100 80 {
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    sorry_server 10.0.0.19 80
    real_server 10.0.0.11 80 {
        weight 1
    }
    real_server 10.0.0.12 8080 {
        weight 3
    }
}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind DR
    real_server 10.0.0.11 80 {
    }
}
"""

TABLE = ["-A -f 7 -s rr", "-A -t 10.0.0.100:80 -s wrr", "-a -f 7 -r 10.0.0.11:0 -g -w 1",
         "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 1", "-a -t 10.0.0.100:80 -r 10.0.0.12:8080 -m -w 3"]

FOREIGN = ["-A -t 10.0.0.200:25 -s rr", "-a -t 10.0.0.200:25 -r 10.0.0.21:25 -m -w 1"]


def rules(node):
    """Sorted, because ipvsadm's order is that of the node's hash."""
    return sorted(line.strip() for line in node.output(["ipvsadm", "-Sn"]).splitlines())


def wait_rules(node, wanted):
    until(lambda: rules(node) == sorted(wanted), 10, f"the table is {wanted}")


@pytest.fixture
def node(lab):
    return lab.netns("lb", eth0="10.0.0.1/24")


@pytest.fixture
def ipvsd(node):
    daemon = Mainstay(node)
    daemon.configure(CONFIG)
    return daemon


def events(ipvsd, kind):
    lines = ipvsd.ctl("events", "ipvsd", "--json").stdout.splitlines()
    return [e["Data"] for e in map(json.loads, lines) if e["Type"] == kind]


def test_the_table_is_there_while_it_runs(node, ipvsd):
    node.run(["ipvsadm", "-R"], input="\n".join(FOREIGN) + "\n")
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE + FOREIGN)
    ipvsd.stop("ipvsd")
    wait_rules(node, FOREIGN)


def test_what_somebody_else_does_to_ours_is_undone(node, ipvsd):
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    node.run(["sh", "-ec", "ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.11:80; ipvsadm -D -f 7;"
              "ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.55:80 -m; ipvsadm -E -t 10.0.0.100:80 -s lc"])
    wait_rules(node, TABLE)
    assert "somebody else has changed our services" in ipvsd.running["ipvsd"].output()


def test_what_we_do_ourselves_is_nobody_elses(node, ipvsd):
    def told():
        return [line for line in ipvsd.running["ipvsd"].output().splitlines() if "somebody else" in line]

    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    ipvsd.ctl("weight", "10.0.0.12:8080", "5")
    wait_rules(node, [*TABLE[:4], TABLE[4].replace("-w 3", "-w 5")])
    ipvsd.configure(CONFIG.partition("virtual_server fwmark")[0])
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    ours = [TABLE[1], TABLE[3], TABLE[4].replace("-w 3", "-w 5")]
    wait_rules(node, ours)
    assert not told()
    node.run("ipvsadm -C")
    wait_rules(node, ours)
    assert len(told()) == 1 and "takes 3 operations" in told()[0]


def test_a_kill_and_a_reload_write_only_what_differs(node, ipvsd):
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    ipvsd.kill("ipvsd")
    assert rules(node) == sorted(TABLE)
    node.run("ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.11:80")
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    assert len(events(ipvsd, "quorum-state")) == 2, "those of the first start"
    ipvsd.configure(CONFIG.partition("virtual_server fwmark")[0].replace("weight 3", "weight 9"))
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    wait_rules(node, [TABLE[1], TABLE[3], TABLE[4].replace("-w 3", "-w 9")])


def test_orders_are_carried_out_and_survive(node, ipvsd):
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    drained = [TABLE[1], TABLE[3].replace("-w 1", "-w 0"), TABLE[4]]
    mark = [TABLE[0], TABLE[2]]
    ipvsd.ctl("drain", "10.0.0.11:80", "--service", "10.0.0.100 80 TCP")
    wait_rules(node, drained + mark)
    until(lambda: len(events(ipvsd, "server-drained")) == 1, 10, "it is drained")
    ipvsd.restart("ipvsd")
    wait_rules(node, drained + mark)
    ipvsd.ctl("disable", "10.0.0.12:8080")
    wait_rules(node, [TABLE[1], drained[1], "-a -t 10.0.0.100:80 -r 10.0.0.19:80 -m -w 1"] + mark)
    ipvsd.ctl("enable", "10.0.0.12:8080")
    ipvsd.ctl("weight", "10.0.0.12:8080", "5")
    ipvsd.ctl("enable", "10.0.0.11:80")
    wait_rules(node, [*TABLE[:4], TABLE[4].replace("-w 3", "-w 5")])
    ipvsd.ctl("drain", "--node", "--wait", "--timeout", "10")
    wait_rules(node, [line.replace("-w 1", "-w 0").replace("-w 3", "-w 0") for line in TABLE])
    ipvsd.ctl("enable", "--node")
    ipvsd.ctl("weight", "10.0.0.12:8080", "configured")
    wait_rules(node, TABLE)
    assert "10.0.0.12 8080" in ipvsd.ctl("servers").stdout


def test_what_the_kernel_refuses_is_said_and_hides_nothing_else(node, ipvsd):
    ipvsd.configure(CONFIG.replace("lb_algo rr", "lb_algo twos"))
    ipvsd.start("ipvsd")
    wait_rules(node, [TABLE[1], *TABLE[3:]])
    until(lambda: "twos" in ipvsd.named("ipvsd", SERVICE)["fwmark 7"]["Problem"], 10, "it says which scheduler")
    ipvsd.configure(CONFIG)
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    wait_rules(node, TABLE)
    until(lambda: ipvsd.named("ipvsd", SERVICE)["fwmark 7"]["Problem"] == "", 10, "the problem is gone")


def test_settings_of_the_kernel_are_put_back(node, ipvsd):
    before = node.output(["ipvsadm", "-Ln", "--timeout"])
    ipvsd.configure(CONFIG + "global_defs {\n lvs_timeouts tcp 777\n lvs_sync_daemon eth0 id 4\n}\n")
    ipvsd.start("ipvsd")
    until(lambda: " 777 " in node.output(["ipvsadm", "-Ln", "--timeout"]), 10, "the timeout is set")
    until(lambda: node.output(["ipvsadm", "-Ln", "--daemon"]).count("syncid=4") == 2, 10, "both daemons run")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    ipvsd.stop("ipvsd")
    assert node.output(["ipvsadm", "-Ln", "--timeout"]) == before
    assert "syncid" not in node.output(["ipvsadm", "-Ln", "--daemon"])


def test_the_sync_daemon_has_the_role_of_its_router(node, ipvsd):
    router = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority PRIORITY
    advert_int 0.2
    virtual_ipaddress {
        10.0.0.100
    }
}
global_defs {
    lvs_sync_daemon eth0 VI_1
}
"""

    def daemons():
        return node.output(["ipvsadm", "-Ln", "--daemon"])

    ipvsd.configure(CONFIG + router.replace("PRIORITY", "100"))
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    assert "syncid" not in daemons(), "nobody has said which role"
    ipvsd.start("vrrpd")
    until(lambda: "master sync daemon (mcast=eth0, syncid=51" in daemons(), 10, "it tells")
    ipvsd.kill("vrrpd")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    assert "master sync daemon" in daemons(), "what runs goes on"
    ipvsd.start("vrrpd")
    ipvsd.stop("ipvsd")
    assert "syncid" not in daemons()


def with_globals(*lines):
    return CONFIG + "global_defs {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def test_what_others_made_is_flushed_at_a_start_from_nothing_alone(node, ipvsd):
    foreign = "\n".join(FOREIGN) + "\n"
    node.run(["ipvsadm", "-R"], input=foreign)
    ipvsd.configure(with_globals("lvs_flush"))
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    node.run(["ipvsadm", "-R"], input=foreign)
    ipvsd.kill("ipvsd")
    node.run("ipvsadm -d -t 10.0.0.100:80 -r 10.0.0.11:80")
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE + FOREIGN)
    ipvsd.stop("ipvsd")
    wait_rules(node, FOREIGN)
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)


@pytest.mark.parametrize("keyword, left", [("lvs_flush_on_stop", []), ("lvs_flush_on_stop VS", FOREIGN)])
def test_a_stop_may_leave_nothing(node, ipvsd, keyword, left):
    node.run(["ipvsadm", "-R"], input="\n".join(FOREIGN) + "\n")
    ipvsd.configure(with_globals(keyword))
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE + FOREIGN)
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    assert rules(node) == sorted(TABLE + FOREIGN), "that was no stop"
    ipvsd.stop("ipvsd")
    wait_rules(node, left)


def test_the_table_of_another_namespace(node, ipvsd):
    """It may come later than we do."""
    def other():
        return sorted(line.strip() for line in node.output("ip netns exec elsewhere ipvsadm -Sn").splitlines())

    ipvsd.configure("net_namespace_ipvs elsewhere\n" + CONFIG)
    ipvsd.start("ipvsd")
    until(lambda: "there is no network namespace 'elsewhere'" in ipvsd.running["ipvsd"].output(), 10, "it is told")
    node.run(["sh", "-ec", "ip netns add elsewhere; ip -n elsewhere link set lo up;"
              "ip -n elsewhere address add 10.0.0.1/24 dev lo"])
    until(lambda: other() == TABLE, 20, "the table is there")
    assert not rules(node)
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")
    assert other() == TABLE
    ipvsd.stop("ipvsd")
    assert not other() and not rules(node)


def test_a_full_disk_delays_no_server_and_loses_no_service(node, ipvsd):
    """What could not be written down for a while is known to be ours to a successor all the same."""
    more = CONFIG.replace("fwmark 7", "fwmark 8").partition("virtual_server fwmark")
    node.run(["sh", "-ec", "mkdir -p /run/mainstay/ipvsd; mount -t tmpfs -o size=200k none /run/mainstay/ipvsd"])
    ipvsd.start("ipvsd")
    wait_rules(node, TABLE)
    node.run("dd if=/dev/zero of=/run/mainstay/ipvsd/full bs=1k count=1000", check=False)
    ipvsd.configure(CONFIG.replace("weight 3", "weight 9") + "".join(more[1:]))
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    wait_rules(node, [line.replace("-w 3", "-w 9") for line in TABLE] + ["-A -f 8 -s rr", "-a -f 8 -r 10.0.0.11:0 -g -w 1"])
    until(lambda: "cannot write down which services are ours" in ipvsd.running["ipvsd"].output(), 10, "it is told")
    node.run("rm /run/mainstay/ipvsd/full")
    until(lambda: "fwmark 8" in node.output("cat /run/mainstay/ipvsd/ownership"), 10, "it is written")
    ipvsd.kill("ipvsd")
    ipvsd.start("ipvsd")

    # Nor do services stay in it that are ours no more, and somebody else's by the next start.
    node.run("dd if=/dev/zero of=/run/mainstay/ipvsd/full bs=1k count=1000", check=False)
    ipvsd.configure("global_defs {\n}\n")
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    wait_rules(node, [])
    assert "fwmark 7" in node.output("cat /run/mainstay/ipvsd/ownership")
    node.run("rm /run/mainstay/ipvsd/full")
    until(lambda: "fwmark 7" not in node.output("cat /run/mainstay/ipvsd/ownership"), 20, "it is written")
    ipvsd.stop("ipvsd")
