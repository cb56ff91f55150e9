# SPDX-License-Identifier: LGPL-2.1-or-later
"""The configuration that most tests of installed nodes share, and the scripts that it names."""

NOTIFY = """#!/bin/sh
# notify.sh INSTANCE WORD: one line per run; a repeat after a kill is marked.
echo "$2${MAINSTAY_REPEAT:+ repeated}" >>/lab/notify-$1.log
"""

# Two instances as the promises are made, on one pair of routers.
PAIR = """
global_defs {{
    router_id {name}
}}
vrrp_script chk {{
    script "/etc/mainstay/check.sh"
    interval 1
    weight -50
    fall 2
    rise 2
}}
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass secret12
    }}
    virtual_ipaddress {{
        10.0.0.100/24
    }}
    track_script {{
        chk
    }}
    notify_master "/etc/mainstay/notify.sh VI_1 master"
    notify_backup "/etc/mainstay/notify.sh VI_1 backup"
    notify_fault "/etc/mainstay/notify.sh VI_1 fault"
    notify_stop "/etc/mainstay/notify.sh VI_1 stop"
}}
vrrp_instance VI_3 {{
    state BACKUP
    version 3
    interface eth0
    virtual_router_id 53
    priority {priority}
    advert_int 0.1
    virtual_ipaddress {{
        10.0.0.103/24
    }}
    notify_master "/etc/mainstay/notify.sh VI_3 master"
    notify_backup "/etc/mainstay/notify.sh VI_3 backup"
    notify_fault "/etc/mainstay/notify.sh VI_3 fault"
    notify_stop "/etc/mainstay/notify.sh VI_3 stop"
}}
{more}
"""

VIP1, VIP3 = "10.0.0.100", "10.0.0.103"


def prepare(node):
    """The scripts that PAIR names."""
    node.wait_booted()
    node.write("/etc/mainstay/notify.sh", NOTIFY, 0o755)
    node.write("/etc/mainstay/check.sh", "#!/bin/sh\ntest ! -e /run/fail\n", 0o755)


def pair_config(name, priority, more=""):
    return PAIR.format(name=name, priority=priority, more=more)


def told(node, instance):
    """What the notify scripts of an instance were called with, in order."""
    log = node.share / f"notify-{instance}.log"
    return log.read_text().splitlines() if log.exists() else []
