"""Stops single threads of a worker, by ptrace: what a process does of which only one part stands still."""

import ctypes
import os
import threading
from pathlib import Path

ATTACH, DETACH = 16, 17
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def threads_of(pid, name):
    """The numbers of the threads of that name."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            if (task / "comm").read_text().strip() == name:
                found.append(int(task.name))
        except OSError:
            pass  # It ended meanwhile.
    return found


class Standstill:
    """The threads `numbers` stand still from `begin` to `end`; the rest of their process goes on."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.problem = None
        self._stands, self._over = threading.Event(), threading.Event()
        # Only the thread that attached may detach.
        self._thread = threading.Thread(target=self._hold, daemon=True)

    def begin(self):
        self._thread.start()
        self._stands.wait(20)
        if self.problem:
            raise OSError(self.problem)
        return self

    def end(self):
        self._over.set()
        self._thread.join(20)

    def _hold(self):
        held = []
        for number in self.numbers:
            if _libc.ptrace(ATTACH, number, None, None) != 0:
                self.problem = f"thread {number} cannot be stopped: {os.strerror(ctypes.get_errno())}"
                break
            os.waitpid(number, WALL)
            held.append(number)
        self._stands.set()
        self._over.wait()
        for number in held:
            _libc.ptrace(DETACH, number, None, None)
