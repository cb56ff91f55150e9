# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all laboratory tests share. Run them with  tests/lab/enter pytest-3 tests/netns  (as root)."""

import os
import pathlib
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
# The laboratory, and what the tests of one directory share among themselves.
sys.path[:0] = [str(HERE), *(str(path) for path in sorted(HERE.iterdir()) if path.is_dir() and path.name != "lab")]

from lab import Lab, sandbox, uml  # noqa: E402  (the path has to be known first)
from lab.mainstay import install  # noqa: E402

_open_labs = []


def pytest_addoption(parser):
    parser.addoption("--deselect-long", action="store_true", help="leave out what takes minutes")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.get_closest_marker("uml"):
            # A guest has a core to itself, so one test with guests runs at a time.
            item.add_marker(pytest.mark.xdist_group("uml"))
            if uml.available():
                item.add_marker(pytest.mark.skip(reason=uml.available()))
        elif "shared_lab" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
        if item.get_closest_marker("long") and config.getoption("--deselect-long"):
            item.add_marker(pytest.mark.skip(reason="takes long: scripts/test --long"))


@pytest.fixture(scope="session")
def box():
    """Whatever makes nodes asks for this first."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if not sandbox.inside():
        pytest.skip("laboratories need their box: tests/lab/enter pytest-3 ...")


def _laboratory():
    with Lab() as lab:
        _open_labs.append(lab)
        try:
            yield lab
        finally:
            _open_labs.remove(lab)


@pytest.fixture(name="lab")
def lab_per_test(box):
    """A laboratory of the test's own."""
    yield from _laboratory()


@pytest.fixture(scope="module")
def shared_lab(box):
    """One laboratory for all tests of a file."""
    yield from _laboratory()


@pytest.fixture(scope="session")
def installation(box):
    """Mainstay as `meson install` leaves it: a layer for nodes with systemd."""
    with tempfile.TemporaryDirectory(dir="/run") as directory:
        yield install(pathlib.Path(directory) / "mainstay")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what its nodes logged."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for lab in _open_labs:
            report.sections.append(("laboratory", lab.report()))
