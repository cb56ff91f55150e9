# SPDX-License-Identifier: LGPL-2.1-or-later
"""vrrpd with a library in front of the C library's functions, which counts or refuses what it asks for."""

import pytest
from lab import tools
from lab.mainstay import Mainstay


class Preloaded(Mainstay):
    """Of the plain build, and started. What the library has to say is in the file that the variable names."""

    def __init__(self, node, text, library, variable, file):
        path = tools.BUILD / "tests" / "netns" / library
        if not path.exists():
            pytest.skip(f"{path} is not built")
        super().__init__(node, build=tools.BUILD)
        self.configure(text)
        self.file = node.share / file
        self.environment = {"LD_PRELOAD": str(path), variable: f"/lab/{file}"}
        self.start("vrrpd")
