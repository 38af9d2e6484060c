"""What the environment says: where things are, how large the cases are, and which seed they use."""

import os
import shutil
from pathlib import Path

#: As large as the figures of the README want, or what CI has minutes for.
FULL = os.environ.get("MILLRACE_SCALE", "ci") == "full"
SEED = int(os.environ.get("MILLRACE_SEED", "1"))
KEEP = bool(os.environ.get("MILLRACE_KEEP"))
BINARY = os.environ.get("MILLRACE_BINARY", "")
#: The program of Examples/, with kinds of its own.
FRAGILE = os.environ.get("MILLRACE_FRAGILE") or str(Path(__file__).parents[3] / ".build/debug/MillraceFragile")
EXAMPLE = os.environ.get("MILLRACE_EXAMPLE") or str(Path(__file__).parents[3] / "Examples/.build/debug/orders")
KAFKA_HOME = os.environ.get("MILLRACE_KAFKA_HOME", "")
TOOLS_HOME = os.environ.get("MILLRACE_TOOLS_HOME", "")
BROKERS = os.environ.get("MILLRACE_TEST_BROKERS", "")


def scaled(ci, full):
    """The size of something, by the scale of this run."""
    return full if FULL else ci


def why_no_broker():
    """A reason to skip what needs a broker that can be stopped and started, or None."""
    if not KAFKA_HOME:
        return "no broker (MILLRACE_KAFKA_HOME is not set)"
    if not (Path(KAFKA_HOME) / "kafka").exists():
        return f"no broker (there is no {KAFKA_HOME}/kafka)"
    if shutil.which("java") is None:
        return "no broker (no java)"
    return None
