"""Conditions with deadlines: the tests never sleep for a fixed time and hope."""

import time

from harness import wait_until


def eventually(probe, what, *, within=20.0):
    """Asks `probe` until it answers something true, and returns that.

    `what` says what was waited for: a text, or a function that makes one when the deadline passed.
    """
    return wait_until(probe, within, what)


def never(probe, what, *, during=1.0, every=0.05):
    """Asks `probe` for `during` seconds and fails as soon as it answers something true."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        answer = probe()
        assert not answer, f"{what} (answer: {answer!r})"
        time.sleep(every)
