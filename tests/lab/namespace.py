# SPDX-License-Identifier: LGPL-2.1-or-later
"""Linux namespaces, as far as Python's library does not know them.

A Netns is a network that lives as long as it is held open, with no process in it. A ProcessSpaces is the set
of namespaces around some process; commands started in it are children of ours all the same, so they
can be waited for and killed by the pid that we see.
"""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_spawning = threading.Lock()


def _call(function, *arguments):
    if function(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function.__name__}: {os.strerror(code)}")


def setns(fd, kind=0):
    _call(_libc.setns, fd, kind)


class Netns:
    """A network namespace that lives as long as this object is open."""

    def __init__(self):
        with _home_restored("net"):
            _call(_libc.unshare, CLONE_NEWNET)
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def path(self):
        """A path by which other programs in our PID namespace can name it."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextlib.contextmanager
    def entered(self):
        """Let this thread be in the namespace: sockets made meanwhile stay in it."""
        with _home_restored("net"):
            setns(self.fd, CLONE_NEWNET)
            yield

    def socket(self, *arguments):
        with self.entered():
            return socket.socket(*arguments)

    def ip(self, *lines):
        """Carry out `ip` commands, one per line, in one go."""
        self.run(["ip", "-batch", "-"], input="\n".join(lines))

    def run(self, argv, **options):
        """Run a program of the machine's in this network: its files and processes are the machine's."""
        result = subprocess.run(argv, text=True, capture_output=True,
                                preexec_fn=lambda: setns(self.fd, CLONE_NEWNET), **options)
        if result.returncode != 0:
            raise RuntimeError(f"{argv}: {result.stderr}{options.get('input', '')}")
        return result.stdout

    def popen(self, argv, **options):
        """Start a program of the machine's in this network."""
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, preexec_fn=lambda: setns(self.fd, CLONE_NEWNET), **options)

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class ProcessSpaces:
    """The namespaces that process `pid` lives in, to start others there."""

    KINDS = ("net", "uts", "ipc", "mnt")

    def __init__(self, pid):
        self.pid_ns = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.others = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in self.KINDS]

    def popen(self, argv, identity=None, cwd="/", **options):
        """subprocess.Popen within; `identity` is None or (uid, gid)."""
        def enter():
            for fd in self.others:
                setns(fd)
            os.chdir(cwd)
            if identity:
                os.setgroups([])
                os.setgid(identity[1])
                os.setuid(identity[0])

        # A PID namespace is entered by one's children, not by oneself: pid_namespaces(7).
        with _spawning, _home_restored("pid"):
            setns(self.pid_ns, CLONE_NEWPID)
            return subprocess.Popen(argv, preexec_fn=enter, **options)

    def close(self):
        for fd in [self.pid_ns, *self.others]:
            os.close(fd)
        self.others = []


@contextlib.contextmanager
def _home_restored(kind):
    home = os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        setns(home)
        os.close(home)
