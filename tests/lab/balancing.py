# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether this machine's kernel has a load balancer (IPVS)."""

import subprocess


def kernel_balances(*modules):
    """Whether it does, in network namespaces too: only an attempt tells. The modules are loaded first, where there are any."""
    subprocess.run(["modprobe", "-q", "-a", "ip_vs", *modules], check=False, stderr=subprocess.DEVNULL)
    attempt = ["unshare", "--net", "ipvsadm", "-A", "-t", "127.0.0.1:1", "-s", "wrr"]
    return subprocess.run(attempt, check=False, capture_output=True).returncode == 0
