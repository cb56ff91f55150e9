# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of vrrpd share: configurations and pairs of routers."""

from lab import EchoServer
from lab.mainstay import Mainstay

VIP = "10.0.0.100"


def config(priority, advert="1", version=2, auth=True, addresses=("10.0.0.100/24",), name="VI_1", vrid=51,
           extra="", globals_="", interface="eth0", state="BACKUP"):
    """One instance as people write it; keepalived reads it as well."""
    version_line = f"vrrp_version {version}"
    secret = "authentication { auth_type PASS\n auth_pass 1234\n }" if auth and version == 2 else ""
    lines = "\n        ".join(addresses)
    return f"""
global_defs {{
    router_id test
    {version_line}
    {globals_}
}}
""" * (name == "VI_1") + f"""
vrrp_instance {name} {{
    state {state}
    interface {interface}
    virtual_router_id {vrid}
    priority {priority}
    advert_int {advert}
    {secret}
    {extra}
    virtual_ipaddress {{
        {lines}
    }}
}}
"""


def down_interval(priority, advert=1.0, version=2):
    """Seconds of silence until a backup takes over."""
    return 3 * advert + (256 - priority) / 256 * (1.0 if version == 2 else advert)


def skew(priority, advert=1.0, version=2):
    return (256 - priority) / 256 * (1.0 if version == 2 else advert)


def pair(lab, **options):
    """Two routers, a with the higher priority and MASTER, and a client."""
    a = lab.netns("a", eth0="10.0.0.1/24")
    b = lab.netns("b", eth0="10.0.0.2/24")
    client = lab.netns("client", eth0="10.0.0.9/24")
    for node in (a, b):
        EchoServer(node)
    ma = Mainstay(a, config(100, **options))
    mb = Mainstay(b, config(90, **options))
    ma.wait_state("MASTER")
    mb.wait_state("BACKUP")
    return ma, mb, client


def transitions(mainstay, name="VI_1"):
    """The states that were told, oldest first."""
    lines = mainstay.node.read("/lab/vrrpd.log").splitlines()
    prefix = f"vrrpd: {name}: "
    return [line[len(prefix):].split(",")[0] for line in lines
            if line.startswith(prefix) and ", was " in line]
