# SPDX-License-Identifier: LGPL-2.1-or-later
"""Balancing needs a kernel that can:  tests/lab/with-ipvs pytest-3 tests/lvs"""

import pytest

from lab import ipvs


@pytest.fixture(scope="session", autouse=True)
def balancing_kernel(box):
    if ipvs.missing():
        pytest.skip(ipvs.missing())
