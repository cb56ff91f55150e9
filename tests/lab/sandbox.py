# SPDX-License-Identifier: LGPL-2.1-or-later
"""The box that a whole test run lives in: PID and mount namespaces and a /run of its own.

Whatever the run starts is a descendant of one process, and the kernel kills it all when that one ends,
however it ends. Nothing is left in /run, no name collides with another run's. Only control groups outlive
their processes; enter() removes its own and those of runs that were killed.
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

VARIABLE = "MAINSTAY_LAB"
CGROUP_PREFIX = "mainstay-lab-"
_SET_UP = 'mount -t tmpfs -o mode=755 run /run && mkdir -p /run/netns && exec "$@"'


def inside():
    return VARIABLE in os.environ


def demand():
    if not inside():
        raise RuntimeError("laboratories need their box: start this as  tests/lab/enter COMMAND...")


def enter(argv):
    """Run a command in a new box; returns its exit status. SIGTERM, or any other end, ends the box."""
    # A box in a box leaves control groups to the outer one: it does not see whose processes still run.
    nested = inside()
    environment = {VARIABLE: f"{CGROUP_PREFIX}{os.getpid()}", **os.environ}
    box = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc",
           "sh", "-c", _SET_UP, "sh", *argv]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    process = subprocess.Popen(box, env=environment, close_fds=False, preexec_fn=_die_with_parent)
    try:
        while True:
            try:
                status = process.wait()
                return status if status >= 0 else 128 - status
            except KeyboardInterrupt:
                continue    # the command got it too, and ends when it has tidied up
    finally:
        process.kill()
        process.wait()
        # What was in the box is killed now, and gone in a moment.
        deadline = time.monotonic() + 5
        while not nested and remove_cgroups() and time.monotonic() < deadline:
            time.sleep(0.02)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)      # PR_SET_PDEATHSIG


def cgroup_hierarchies():
    """The directories in which a node's control groups have to be made, on cgroup v2 and hybrid hosts."""
    top = pathlib.Path("/sys/fs/cgroup")
    if (top / "cgroup.controllers").exists():
        return [top]
    return [top / name for name in ("systemd", "unified", "cpu", "memory", "pids") if (top / name).is_dir()]


def make_cgroups(name):
    """Make a control group in each hierarchy; returns the directories. The name has to be unique in the box."""
    groups = [hierarchy / f"{os.environ[VARIABLE]}-{name}" for hierarchy in cgroup_hierarchies()]
    for group in groups:
        group.mkdir()
        # A node is a machine of its own: without this all of it would weigh as much as one busy process beside it.
        for knob, weight in (("cpu.shares", "65536"), ("cpu.weight", "10000")):
            if (group / knob).exists():
                (group / knob).write_text(weight)
    return groups


def remove_cgroups():
    """Remove the control groups of this run and of those that no longer run; returns how many were still in use."""
    busy = 0
    for hierarchy in cgroup_hierarchies():
        for group in hierarchy.glob(f"{CGROUP_PREFIX}*"):
            owner = group.name.removeprefix(CGROUP_PREFIX).split("-")[0]
            if owner != str(os.getpid()) and os.path.exists(f"/proc/{owner}"):
                continue
            for directory, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
            busy += group.exists()
    return busy


if __name__ == "__main__":
    sys.exit(enter(sys.argv[1:]))
