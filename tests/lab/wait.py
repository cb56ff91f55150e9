# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for what can be observed, never for time to pass."""

import time


def until(condition, timeout, what=None):
    """Wait until condition() is true and return its value; TimeoutError after `timeout` seconds.

    The condition is asked once more after the time is up, so that a starved test machine does not
    look like a broken daemon.
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() >= deadline
        value = condition()
        if value:
            return value
        if late:
            raise TimeoutError(f"after {timeout:g} s still not: {what or describe(condition)}")
        time.sleep(0.005)


def holds_for(condition, seconds, what=None):
    """Watch that condition() stays true for `seconds`: how an absence is shown."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"no longer true: {what or describe(condition)}")
        time.sleep(0.01)


def describe(condition):
    return getattr(condition, "__doc__", None) or getattr(condition, "__qualname__", repr(condition))
