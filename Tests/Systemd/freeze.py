"""Holds one thread of a process as a debugger does: `freeze.py TID`. Prints `held` once it stands; it stands until the
process or this program ends. What is in it, a transform that never returns or a lock that never opens, does not matter to
the rest of the process: the thread does not answer, all others run on."""

import ctypes
import os
import sys

SEIZE, INTERRUPT = 0x4206, 0x4207
#: Also children that are threads.
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}")


thread = int(sys.argv[1])
ptrace(SEIZE, thread)
ptrace(INTERRUPT, thread)
os.waitpid(thread, WALL)
print("held", flush=True)
while True:
    # It is never told to go on. A fatal signal to its process ends it, and that is what comes next.
    _, state = os.waitpid(thread, WALL)
    if os.WIFEXITED(state) or os.WIFSIGNALED(state):
        break
