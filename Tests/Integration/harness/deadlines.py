"""Waiting for something that must happen, and saying what it was when it does not."""

import time


class DeadlinePassed(AssertionError):
    """What was waited for did not come in time."""


def wait_until(condition, timeout, what):
    """The first true value of `condition()`; at most `timeout` seconds.

    `what` names the condition in the error; it may be a function, called when the time is up.
    """
    end = time.monotonic() + timeout
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise DeadlinePassed(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
