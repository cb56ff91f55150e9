# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where things are: the source tree, the build directories, the lab's own programs."""

import os
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MAINSTAY_BUILD") or SOURCE / "build").resolve()
BUILD_ASAN = pathlib.Path(os.environ.get("MAINSTAY_BUILD_ASAN") or SOURCE / "build-asan").resolve()


def find(tool):
    """The path of one of the lab's own C programs."""
    path = BUILD / "tests" / "lab" / tool
    if not path.exists():
        raise FileNotFoundError(f"{path}: run 'meson setup build && ninja -C build' first")
    return str(path)
