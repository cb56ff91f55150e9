# SPDX-License-Identifier: LGPL-2.1-or-later
"""Configurations and scripts as people write them: tests/scenarios/, used unchanged."""

from . import tools

DIRECTORY = tools.SOURCE / "tests" / "scenarios"

# The check script that goes with "chk_nginx": fails when nginx does not answer.
CHECK_NGINX = """#!/bin/bash
curl -s -o /dev/null --max-time 1 http://127.0.0.1/ || exit 1
"""

CHECK_HAPROXY = "#!/bin/bash\nkillall -0 haproxy\n"


def configuration(name, *changes):
    """The text of a scenario's file; each change is (old, new), and old must be there."""
    return changed((DIRECTORY / name).read_text(), *changes)


def changed(text, *changes):
    for old, new in changes:
        assert old in text, f"the configuration has no {old!r}"
        text = text.replace(old, new)
    return text


def simple(priority=100, name="VI_1", interface="eth0", vrid=51, version=2, advert="1", vip="10.0.0.100/24",
           more="", head=""):
    """A small instance for tests that are not about the language."""
    return f"""{head}
global_defs {{
    router_id lab
    vrrp_version {version}
}}
vrrp_instance {name} {{
    interface {interface}
    state BACKUP
    virtual_router_id {vrid}
    priority {priority}
    advert_int {advert}
    virtual_ipaddress {{
        {vip}
    }}
    {more}
}}
"""


def skew(priority, advert, version=2):
    """Skew_Time in seconds: RFC 3768 section 5.3.2 (always of one second) and RFC 9568 section 6.1."""
    return (256 - priority) / 256 * (1.0 if version == 2 else advert)


def master_down(priority, advert, version=2):
    return 3 * advert + skew(priority, advert, version)
