# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel refuses is told with its name, and everything else works."""

from lab import until
from lab.balancer import MainstayBalancer
from lab.bus import busctl

SERVICE = "org.mainstay.Ipvs1.Service"
SERVER = "org.mainstay.Ipvs1.Server"
NODE = "org.mainstay.Ipvs1.Node"


def service(host, scheduler):
    return f"""
virtual_server 10.0.0.{host} 80 {{
    lb_algo {scheduler}
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.11 80 {{
    }}
}}
"""


def test_a_scheduler_that_the_kernel_lacks(lab):
    director = MainstayBalancer(lab.netns("director", eth0="10.0.0.1/24"),
                                service(100, "rr") + service(101, "twos") + service(102, "wrr"), daemons=("ipvsd",))
    until(lambda: director.weights() == {"TCP 10.0.0.100:80": {"10.0.0.11:80": 1}, "TCP 10.0.0.102:80": {"10.0.0.11:80": 1}},
          10, "the others are balanced")
    services = director.named("ipvsd", SERVICE)
    until(lambda: director.named("ipvsd", SERVICE)["10.0.0.101 80 TCP"]["Problem"], 10, "the problem is shown")
    assert services["10.0.0.100 80 TCP"]["Problem"] == services["10.0.0.102 80 TCP"]["Problem"] == ""
    log = director.running["ipvsd"].output()
    assert any("10.0.0.101 80 TCP" in line and "twos" in line for line in log.splitlines()), log
    director.hang_up(service(100, "rr") + service(101, "lc") + service(102, "wrr"))
    until(lambda: "TCP 10.0.0.101:80" in director.weights(), 10, "another scheduler is taken")
    until(lambda: not director.named("ipvsd", SERVICE)["10.0.0.101 80 TCP"]["Problem"], 10, "the problem is over")


def test_a_stranger_has_the_service_already(lab):
    """Nobody recorded that it is ours, but the file says that it has to be."""
    node = lab.netns("director", eth0="10.0.0.1/24")
    node.run("ipvsadm -R", input="-A -t 10.0.0.100:80 -s lc\n-a -t 10.0.0.100:80 -r 10.0.0.99:80 -m -w 5\n")
    director = MainstayBalancer(node, service(100, "rr"), daemons=("ipvsd",))
    until(lambda: director.saved() == {"-t 10.0.0.100:80": {"": "-s rr", "10.0.0.11:80": "-m -w 1"}}, 10, "as in the file")


def test_a_lasting_problem_delays_nothing_else(lab):
    """What cannot be done is tried for ever; the rest is looked at as often as without it."""
    balanced = {"TCP 10.0.0.100:80": {"10.0.0.11:80": 1}}
    director = MainstayBalancer(lab.netns("director", eth0="10.0.0.1/24"),
                                service(100, "rr") + service(101, "twos"), daemons=("ipvsd",))
    until(lambda: director.weights() == balanced, 10, "the sound service is balanced")
    for _ in range(5):
        director.node.run("ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.11:80 -m -w 9")
        until(lambda: director.weights() == balanced, 7, "what a stranger did is undone")
    director.ctl("drain", "--wait", "--timeout", "5", "10.0.0.100 80 TCP")


def test_servers_do_not_repeat_the_problem_of_their_service(lab):
    director = MainstayBalancer(lab.netns("director", eth0="10.0.0.1/24"), service(101, "twos"), daemons=("ipvsd",))
    until(lambda: director.named("ipvsd", SERVICE)["10.0.0.101 80 TCP"]["Problem"], 10, "the problem is shown")
    assert director.named("ipvsd", SERVER)["10.0.0.11 80"]["Problem"] == ""
    assert director.running["ipvsd"].output().count("cannot add") == 1


def test_connection_synchronisation_without_its_interface(lab):
    def problem():
        return busctl(director.node, "get-property", "org.mainstay.Ipvs1", "/org/mainstay/ipvs1", NODE, "Problem")

    director = MainstayBalancer(lab.netns("director", eth0="10.0.0.1/24"),
                                "global_defs {\n lvs_sync_daemon eth9\n}\n" + service(100, "rr"), daemons=("ipvsd",))
    until(lambda: director.weights() == {"TCP 10.0.0.100:80": {"10.0.0.11:80": 1}}, 10, "balancing goes on")
    until(lambda: "lvs_sync_daemon on eth9: there is no such interface" in problem(), 10, "it is said why it does not run")
    assert director.running["ipvsd"].output().count("eth9") == 1
    director.node.run("ip link add eth9 type dummy")
    director.node.run("ip address add 10.9.0.1/24 dev eth9")
    director.node.run("ip link set eth9 up multicast on")
    until(lambda: not problem(), 10, "it runs")
