# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lists of packages are complete: a Debian that has nothing else builds Mainstay, and its tests are found.

The machine that runs this has many packages more, so only an empty root proves anything.
"""

import shutil
import subprocess

import pytest

from lab import tools

LISTS = ["scripts/packages/build", "scripts/packages/test"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


@pytest.fixture
def fresh_debian(box, tmp_path):
    """A minimal Debian with a copy of the source in /src."""
    root = tmp_path / "root"
    made = run("debootstrap", "--variant=minbase", "bookworm", root)
    if made.returncode != 0:
        shutil.rmtree(root, ignore_errors=True)
        pytest.skip(f"debootstrap cannot fetch Debian here: {made.stdout.strip().splitlines()[-1:]}")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    (root / "src").mkdir()
    files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
                           cwd=tools.SOURCE, capture_output=True, check=True).stdout
    packed = subprocess.run(["tar", "-c", "--null", "--ignore-failed-read", "-T", "-"], cwd=tools.SOURCE, input=files,
                            capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", root / "src"], input=packed, check=True)
    mounts = [root / "proc", root / "dev"]
    run("mount", "-t", "proc", "proc", mounts[0], check=True)
    run("mount", "--bind", "/dev", mounts[1], check=True)
    yield root
    for mount in mounts:
        run("umount", "-l", mount)
    shutil.rmtree(root)


def within(root, *command):
    done = run("chroot", root, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", *command)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_a_fresh_debian_builds_and_finds_the_tests(fresh_debian):
    within(fresh_debian, "/src/scripts/install-packages", "/src/scripts/packages/build")
    within(fresh_debian, "meson", "setup", "/src/build", "/src", "-Doptimization=0")
    within(fresh_debian, "ninja", "-C", "/src/build", "all")
    within(fresh_debian, "meson", "test", "-C", "/src/build", "--suite", "unit")
    within(fresh_debian, "/src/scripts/install-packages", *(f"/src/{name}" for name in LISTS))
    collected = within(fresh_debian, "pytest-3", "-q", "--collect-only", "-p", "no:cacheprovider", "/src/tests")
    assert "test_a_fresh_debian" in collected
    for tool in ("keepalived", "nginx", "haproxy", "systemd-nspawn", "linux.uml", "insmod", "dbus-daemon", "busctl",
                 "gdbus", "dbus-send", "ip", "ping", "killall", "curl", "clang", "shellcheck",
                 "clang-format", "codespell", "openssl", "git"):
        within(fresh_debian, "sh", "-c", f"command -v {tool}")


@pytest.mark.long
def test_a_fresh_debian_runs_the_quick_tests(fresh_debian):
    within(fresh_debian, "/src/scripts/test", "--quick")
