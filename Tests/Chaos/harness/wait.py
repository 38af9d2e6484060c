"""Waiting for a condition with a deadline."""

import threading
import time


class TooLate(AssertionError):
    """A condition did not come true in time."""


def until(what, condition, *, within=30.0, every=0.05, alive=None):
    """Asks `condition` until it gives something true, and returns that. After `within` seconds it fails, saying `what`
    was waited for and what the last answer was. `alive` is asked too: a text from it ends the waiting at once."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while True:
        answer = condition()
        if answer:
            return answer
        trouble = alive() if alive is not None else None
        if trouble:
            raise TooLate(f"while waiting for {what}: {trouble}")
        if time.monotonic() > deadline:
            raise TooLate(f"{what}: not within {within:g} s; last seen: {answer!r}")
        pause.wait(every)


def hold(seconds):
    """Lets time pass where the passing of time is what a case is about (an outage of 20 s)."""
    threading.Event().wait(seconds)
