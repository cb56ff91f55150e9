# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the show prints: one line for each thing that happened, with what the client noticed of it."""

import pathlib
import time


class Timeline:
    def __init__(self):
        self.began = time.monotonic()
        self.broken = []        # what did not go as promised

    def title(self, text):
        print(f"\n{'':11}{text:<48}WHAT THE CLIENT NOTICED", flush=True)

    def line(self, what, noticed="", kept=True, promise=""):
        """`promise` is what should have been noticed at most, in words."""
        if not kept:
            self.broken.append(what)
            noticed += f"   BUT PROMISED: {promise}"
        print(f"{time.monotonic() - self.began:7.1f} s  {what:<48}{noticed}".rstrip(), flush=True)


def readable(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def remember(nodes):
    """Where `scripts/demo --shell` finds the machines: a process in it, or a terminal."""
    directory = pathlib.Path("/run/nodes")
    directory.mkdir(exist_ok=True)
    for node in nodes:
        if node.alive:
            where = node.pid if hasattr(node, "pid") else node.open_terminal()
            (directory / node.name).write_text(str(where))
