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


def seen_by_nodes():
    """What every node has to see where it is on the machine, wherever that is: the source, the builds."""
    return [SOURCE, *(build for build in (BUILD, BUILD_ASAN)
                      if build.exists() and SOURCE not in build.parents)]
