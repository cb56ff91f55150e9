# SPDX-License-Identifier: LGPL-2.1-or-later
"""The show of scripts/demo: what happens to directors, and what one client notices of it. The exit status says whether
all promises were kept."""

import argparse
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from lab import Lab  # noqa: E402
from lab.farm import directors_kind, web  # noqa: E402
from lab.mainstay import install  # noqa: E402
from show.balancing import Balancing  # noqa: E402
from show.election import Election  # noqa: E402
from show.timeline import Timeline, remember  # noqa: E402


def show(lab, timeline):
    layer = install(lab.directory / "mainstay")
    director, lacking = directors_kind(lab)
    webs = [web(lab, f"web{n}", f"10.0.0.{10 + n}/24") for n in (1, 2)]
    client = lab.netns("client", eth0="10.0.0.9/24")
    balancing = Balancing(lab, timeline, layer, director, webs, client) if director else None
    election = Election(lab, timeline, layer, client)
    election.start()
    if balancing:
        balancing.start()

    timeline.title("AN ADDRESS: two directors with nginx, two webs")
    election.play()
    if balancing:
        own_kernel = director == lab.uml
        timeline.title(f"LVS: two balancers{', own kernels' if own_kernel else ''}, the webs")
        balancing.play()
    else:
        print(f"\nNo balancing by the kernel: this machine's has no IPVS, and {lacking}.")
    remember(lab.nodes.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    timeline = Timeline()
    with Lab() as lab:
        show(lab, timeline)
        if timeline.broken:
            print("\nNot as promised: " + "; ".join(timeline.broken))
        else:
            print("\nAll as promised: no restart and no crash of a daemon was noticed; the rest took what VRRP and checks take.")
        if options.keep:
            os.write(3, b"kept\n")
            os.close(3)
            signal.pause()
    return 1 if timeline.broken else 0


if __name__ == "__main__":
    sys.exit(main())
