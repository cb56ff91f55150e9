# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nodes with systemd on which Mainstay is installed, as `meson install` leaves it."""

import pathlib
import tempfile

import pytest

from lab.mainstay import install


@pytest.fixture(scope="session")
def installation(box):
    with tempfile.TemporaryDirectory(dir="/run") as directory:
        yield install(pathlib.Path(directory) / "mainstay")
