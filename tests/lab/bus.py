# SPDX-License-Identifier: LGPL-2.1-or-later
"""The system bus of a node, and what a stranger with busctl(1) reads on it."""

import json

from . import tools

SOCKET = "/run/dbus/system_bus_socket"

# A system bus as distributions ship it: own nothing, call nothing, until a policy allows it.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
  </policy>
  <includedir>/etc/dbus-1/system.d</includedir>
</busconfig>
"""


class SystemBus:
    """dbus-daemon as a node's system bus, with the policy that Mainstay ships."""

    def __init__(self, node):
        self.node = node
        node.run("rm -rf /etc/dbus-1/system.d")
        node.run("mkdir -p /run/dbus /etc/dbus-1/system.d")
        node.write("/lab/bus.conf", CONFIG.format(socket=SOCKET))
        for policy in shipped_policies():
            node.write(f"/etc/dbus-1/system.d/{policy.name}", policy.read_text())
        self.start()

    def start(self):
        self.process = self.node.spawn("dbus-daemon --config-file=/lab/bus.conf --nofork --nopidfile --print-address",
                                       name="dbus")
        self.process.wait_output("unix:path")

    def restart(self):
        self.process.terminate()
        self.start()


def shipped_policies():
    return [path for path in sorted((tools.SOURCE / "units").glob("*.conf"))
            if "<busconfig>" in path.read_text()]


def managed_objects(node, name, root, user=None):
    """All objects of a service: {path: {interface: {property: value}}}."""
    reply = busctl(node, "call", name, root, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", user=user)
    return reply[0]


def busctl(node, *words, user=None):
    """What busctl says, as plain values: the list of the reply's arguments."""
    text = node.output(["busctl", "--system", "--no-pager", "--auto-start=no", "--json=short", *words], user=user)
    return plain(json.loads(text)["data"]) if text.strip() else []


def plain(value):
    """Take the {"type": ..., "data": ...} of variants away."""
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value
