# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's balancing table of a node, as other people's eyes see it."""

import ipaddress
import os
import subprocess

NO_IPVS = "MAINSTAY_NO_IPVS"


def missing():
    """Why nothing can be balanced here; None when it can."""
    if os.environ.get(NO_IPVS):
        return os.environ[NO_IPVS]
    if not os.path.exists("/proc/net/ip_vs"):
        return "this kernel has no IPVS: tests/lab/with-ipvs pytest-3 ..."
    return None


def kernel_balances(*modules):
    """Whether this machine's kernel does, in network namespaces too: only an attempt tells. The modules are loaded first, where
    there are any."""
    subprocess.run(["modprobe", "-q", "-a", "ip_vs", *modules], check=False, stderr=subprocess.DEVNULL)
    attempt = ["unshare", "--net", "ipvsadm", "-A", "-t", "127.0.0.1:1", "-s", "wrr"]
    return subprocess.run(attempt, check=False, capture_output=True).returncode == 0


def saved(node):
    """What ipvsadm would restore: {"-t 10.0.0.100:80": {"": "-s wrr", "10.0.0.11:80": "-g -w 1"}}."""
    return parse(node.output("ipvsadm -Sn"))


def parse(text):
    table = {}
    for line in text.splitlines():
        action, kind, name, *options = line.split()
        if options[:1] == ["-6"]:
            name += f" {options.pop(0)}"
        service = table.setdefault(f"{kind} {name}", {})
        server = ""
        if action == "-a":
            server, options = options[1], options[2:]
        service[server] = " ".join(options)
    return table


def thresholds(node):
    """What ipvsadm does not save: the lines of its list of connection limits."""
    return sorted(node.output("ipvsadm -Ln --thresholds").splitlines())


def listed(node):
    """Services and servers without a program being run, so cheap enough to be asked every few milliseconds:
    {"TCP 10.0.0.100:80": ("wrr persistent FFFFFFFF", {"10.0.0.11:80": ("Masq", 1)}), "FWM 7": ("rr", {})}. How long
    persistence lasts is left out: it is in the kernel's own ticks."""
    table, servers = {}, None
    with open(f"/proc/{node.pid}/net/ip_vs") as lines:
        for number, line in enumerate(lines):
            words = line.split()
            if number < 3:
                continue    # the headings
            if words[0] == "->":
                servers[_endpoint(words[1])] = (words[2], int(words[3]))
            else:
                name = str(int(words[1], 16)) if words[0] == "FWM" else _endpoint(words[1])
                servers = {}
                if words[3:4] == ["persistent"]:
                    del words[4]
                table[f"{words[0]} {name}"] = (" ".join(words[2:]), servers)
    return table


def weights(node):
    """As cheap, and less: {"TCP 10.0.0.100:80": {"10.0.0.11:80": 1}, "FWM 7": {}}."""
    return {service: {server: weight for server, (_, weight) in servers.items()}
            for service, (_, servers) in listed(node).items()}


def _endpoint(text):
    address, _, port = text.rpartition(":")
    if address.startswith("["):
        return f"[{ipaddress.ip_address(address[1:-1])}]:{int(port, 16)}"
    return f"{ipaddress.ip_address(int(address, 16))}:{int(port, 16)}"


def connections(node):
    """The entries of the connection table: (protocol, client, service, server, state, seconds left)."""
    found = []
    with open(f"/proc/{node.pid}/net/ip_vs_conn") as lines:
        for number, line in enumerate(lines):
            words = line.split()
            if number == 0 or ":" in words[1]:
                continue    # the headings; IPv6 has a format of its own
            ends = [f"{ipaddress.ip_address(int(words[i], 16))}:{int(words[i + 1], 16)}" for i in (1, 3, 5)]
            found.append((words[0], *ends, words[7], int(words[8])))
    return found
