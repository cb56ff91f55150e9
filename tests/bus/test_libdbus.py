# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every object of the running daemons, read by a client in another library (libdbus), says what sd-bus says, in the
types that the published interfaces promise."""

import pathlib
import xml.etree.ElementTree

import pytest

from lab import tools, until
from lab.bus import busctl
from lab.mainstay import DAEMONS, Mainstay

CONFIG = """
global_defs {
    router_id a
}
vrrp_script good {
    script "/bin/true"
    interval 1
}
vrrp_script bad {
    script "/bin/false"
    interval 1
    weight -20
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.2
    priority 100
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        good
        bad
    }
}
vrrp_sync_group VG {
    group {
        VI_1
    }
    sync_group_tracking_weight
}
virtual_server 10.0.0.100 80 {
    delay_loop 1
    warmup 0
    retry 0
    connect_timeout 1
    lb_algo wrr
    lb_kind DR
    protocol TCP
    real_server 10.0.0.11 80 {
        TCP_CHECK {
        }
    }
}
"""

SHOWN = {"vrrpd": ["org.mainstay.Vrrp1.Instance", "org.mainstay.Vrrp1.Group"],
         "checkd": ["org.mainstay.Check1.Checker", "org.mainstay.Check1.Tracker"],
         "ipvsd": ["org.mainstay.Ipvs1.Service", "org.mainstay.Ipvs1.Server"],
         "notifyd": []}


@pytest.fixture(scope="module")
def mainstay(shared_lab):
    mainstay = Mainstay(shared_lab.netns("a", eth0="10.0.0.1/24"), CONFIG, daemons=tuple(DAEMONS))
    mainstay.wait_state("MASTER")
    # Everything has come to rest, so that what is read twice is the same twice.
    for tracker, state in (("good", "UP"), ("bad", "DOWN")):
        until(lambda: [tracker, state] in [words[:2] for words in mainstay.instance()["Trackers"]], 10, f"{tracker} is {state}")
    until(lambda: mainstay.server("10.0.0.100 80 TCP", "10.0.0.11 80")["State"] == "DOWN", 20, "the server is DOWN")
    return mainstay


def read_all(node, daemon, user=None):
    """What the libdbus client prints: {(path, interface, property): (signature, value)}."""
    text = node.output([tools.BUILD / "tests/bus/read-all", *DAEMONS[daemon]], user=user)
    lines = (line.split(" ", 4) for line in text.splitlines())
    return {(path, interface, name): (signature, value) for path, interface, name, signature, value in lines}


def promised():
    """{(interface, property): signature} of the published interfaces."""
    types = {}
    for path in pathlib.Path(tools.SOURCE / "dbus-interfaces").glob("*.xml"):
        for interface in xml.etree.ElementTree.parse(path).getroot().iter("interface"):
            for prop in interface.iter("property"):
                types[interface.get("name"), prop.get("name")] = prop.get("type")
    return types


@pytest.mark.parametrize("daemon", DAEMONS)
def test_libdbus_reads_every_object_in_the_promised_types(mainstay, daemon):
    read = read_all(mainstay.node, daemon, user="nobody")
    types = promised()
    interfaces = {interface for _, interface, _ in read}
    assert "org.mainstay.Daemon1" in interfaces and set(SHOWN[daemon]) <= interfaces
    for (path, interface, name), (signature, _) in read.items():
        assert signature == types[interface, name], f"{path} {interface}.{name}"
    for interface in interfaces:
        missing = {name for i, name in types if i == interface} - {name for _, i, name in read if i == interface}
        assert not missing, f"{interface} lacks {missing}"


@pytest.mark.parametrize("daemon", DAEMONS)
def test_libdbus_and_sd_bus_read_the_same(mainstay, daemon):
    name, root = DAEMONS[daemon]
    read = read_all(mainstay.node, daemon)
    for path, interface, prop in read:
        if (interface, prop) in VOLATILE:
            continue
        said = busctl(mainstay.node, "get-property", name, path, interface, prop)
        assert as_printed(said) == read[path, interface, prop][1], f"{path} {interface}.{prop}"
    assert root in {path for path, _, _ in read}


VOLATILE = {*(("org.mainstay.Check1.Checker", name)
              for name in ("State", "StateSinceUsec", "StateReason", "LastResult", "LastRunUsec", "Runs", "Failures")),
            ("org.mainstay.Check1.Tracker", "Runs"), ("org.mainstay.Check1.Tracker", "Failures"),
            ("org.mainstay.Check1.Tracker", "LastRunUsec"), ("org.mainstay.Vrrp1.Instance", "AdvertsSent")}


def as_printed(value):
    """A value as read-all prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, dict):
        return as_printed([list(entry) for entry in value.items()])
    if isinstance(value, list):
        return "[" + " ".join(as_printed(entry) for entry in value) + "]"
    return str(value)
