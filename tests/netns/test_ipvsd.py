# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipvsd shows the virtual services of the configuration, and says that it does not balance them yet."""

import signal

from lab import until
from lab.mainstay import Mainstay

SERVICE = "org.mainstay.Ipvs1.Service"
SERVER = "org.mainstay.Ipvs1.Server"

CONFIG = """
virtual_server 10.0.0.100 80 {
    delay_loop 6
    lb_algo wrr
    lb_kind DR
    protocol TCP
    sorry_server 10.0.0.200 80
    real_server 10.0.0.11 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 5
        }
    }
    real_server 10.0.0.12 80 {
        weight 2
        HTTP_GET {
            url {
                path /test/index.html
                status_code 200
            }
        }
    }
}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind NAT
    persistence_timeout 50
    real_server 10.0.0.11 80 {
    }
}
"""

NOTHING = "global_defs {\n    router_id a\n}\n"


def test_services_and_servers_are_shown(lab):
    ipvsd = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), CONFIG, daemons=("ipvsd",))
    services = ipvsd.named("ipvsd", SERVICE)
    assert services["10.0.0.100 80 TCP"] == {
        "Name": "10.0.0.100 80 TCP", "State": "not implemented yet", "Protocol": "TCP", "Scheduler": "wrr",
        "Forwarding": "DR", "PersistenceTimeout": 0, "Quorum": 1, "SorryServer": "10.0.0.200 80"}
    assert services["fwmark 7"]["PersistenceTimeout"] == 50
    paths = ipvsd.objects("ipvsd")
    servers = {path: interfaces[SERVER] for path, interfaces in paths.items() if SERVER in interfaces}
    assert len(servers) == 3
    second = next(s for p, s in servers.items() if s["Weight"] == 2)
    assert second == {"Name": "10.0.0.12 80", "State": "not implemented yet", "Weight": 2, "Forwarding": "DR",
                      "Checks": ["HTTP_GET"]}
    assert "balancing them is not implemented yet" in ipvsd.running["ipvsd"].output()


def test_a_reload_changes_what_changed(lab):
    ipvsd = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), CONFIG, daemons=("ipvsd",))
    ipvsd.configure(CONFIG.replace("weight 2", "weight 5").partition("virtual_server fwmark")[0])
    ipvsd.running["ipvsd"].signal(signal.SIGHUP)
    until(lambda: sorted(ipvsd.named("ipvsd", SERVICE)) == ["10.0.0.100 80 TCP"], 10)
    weights = [o[SERVER]["Weight"] for o in ipvsd.objects("ipvsd").values() if SERVER in o]
    assert sorted(weights) == [1, 5]


def test_without_services_it_runs_and_shows_nothing(lab):
    ipvsd = Mainstay(lab.netns("a", eth0="10.0.0.1/24"), NOTHING, daemons=("ipvsd",))
    assert ipvsd.named("ipvsd", SERVICE) == {}
    assert "balancing" not in ipvsd.running["ipvsd"].output()
    ipvsd.stop("ipvsd")
