# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside a user-mode-linux node: bring up the network, then carry out the orders that appear in /lab."""

import json
import os
import pathlib
import pwd
import subprocess
import time

LAB = pathlib.Path("/lab")


def bring_up(interfaces):
    for number, (name, addresses) in enumerate(interfaces.items()):
        if name != f"eth{number}":
            subprocess.run(["ip", "link", "set", f"eth{number}", "name", name], check=True)
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
        for address in addresses:
            subprocess.run(["ip", "address", "add", address, "brd", "+", "dev", name], check=True)


def become(user):
    if user:
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)


def carry_out(order):
    try:
        done = subprocess.run(order["argv"], input=order["input"], capture_output=True, text=True,
                              env={**os.environ, "HOME": "/root", **order["env"]}, timeout=order["timeout"],
                              preexec_fn=lambda: become(order["user"]))
        return {"returncode": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
    except (OSError, subprocess.SubprocessError) as error:
        return {"returncode": 127, "stdout": "", "stderr": f"{error}\n"}


def main():
    bring_up(json.loads((LAB / "plan.json").read_text())["interfaces"])
    (LAB / "agent-ready").write_text("")
    number = 1
    while True:
        path = LAB / f"{number}.order"
        # Changes made by the host do not raise inotify events here.
        while not path.exists():
            time.sleep(0.02)
        answer = carry_out(json.loads(path.read_text()))
        path.with_suffix(".new").write_text(json.dumps(answer))
        path.with_suffix(".new").rename(path.with_suffix(".answer"))
        number += 1


main()
