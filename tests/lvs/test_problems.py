# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel refuses is told with its name, and everything else works."""

from lab import until
from lab.balancer import MainstayBalancer

SERVICE = "org.mainstay.Ipvs1.Service"


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
          5, "the others are balanced")
    services = director.named("ipvsd", SERVICE)
    until(lambda: director.named("ipvsd", SERVICE)["10.0.0.101 80 TCP"]["Problem"], 5, "the problem is shown")
    assert services["10.0.0.100 80 TCP"]["Problem"] == services["10.0.0.102 80 TCP"]["Problem"] == ""
    log = director.running["ipvsd"].output()
    assert any("10.0.0.101 80 TCP" in line and "twos" in line for line in log.splitlines()), log
    director.hang_up(service(100, "rr") + service(101, "lc") + service(102, "wrr"))
    until(lambda: "TCP 10.0.0.101:80" in director.weights(), 5, "another scheduler is taken")
    until(lambda: not director.named("ipvsd", SERVICE)["10.0.0.101 80 TCP"]["Problem"], 5, "the problem is over")


def test_a_stranger_has_the_service_already(lab):
    """Nobody recorded that it is ours, but the file says that it has to be."""
    node = lab.netns("director", eth0="10.0.0.1/24")
    node.run("ipvsadm -R", input="-A -t 10.0.0.100:80 -s lc\n-a -t 10.0.0.100:80 -r 10.0.0.99:80 -m -w 5\n")
    director = MainstayBalancer(node, service(100, "rr"), daemons=("ipvsd",))
    until(lambda: director.saved() == {"-t 10.0.0.100:80": {"": "-s rr", "10.0.0.11:80": "-m -w 1"}}, 5, "as in the file")
