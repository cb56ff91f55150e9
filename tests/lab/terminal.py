#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sit down at the shell of a user-mode-linux node:  terminal.py /dev/pts/N. It is left with `exit`."""

import os
import select
import sys
import termios
import tty


def relay(there):
    """Until the shell has ended, which it marks with a NUL (uml-init.sh)."""
    here = sys.stdin.fileno()
    sources = [here, there]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if here in ready:
            typed = os.read(here, 4096)
            os.write(there, typed)
            if not typed:
                sources.remove(here)
        if there in ready:
            said, ended, _ = os.read(there, 4096).partition(b"\0")
            os.write(sys.stdout.fileno(), said)
            if ended:
                return


def main(path):
    there = os.open(path, os.O_RDWR | os.O_NOCTTY)
    termios.tcflush(there, termios.TCIFLUSH)
    columns, lines = os.get_terminal_size() if sys.stdin.isatty() else (80, 24)
    # Its size is not passed on by itself. The prompt that comes back is the first thing to be seen.
    os.write(there, f"stty rows {lines} columns {columns}; clear\r".encode())
    before = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
    try:
        if before:
            tty.setraw(sys.stdin)
        relay(there)
    finally:
        if before:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


if __name__ == "__main__":
    main(sys.argv[1])
