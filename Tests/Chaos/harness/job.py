"""A command of the worker that runs and ends: replay, dlq, seek, test."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import settings
from .wait import TooLate, until


class Job:
    """`millrace WORDS…`, started at once, with its progress kept in `state` under `folder`."""

    _number = 0

    def __init__(self, folder, *words):
        Job._number += 1
        self.folder = Path(folder)
        self.state = self.folder / "state"
        self.name = f"{words[0]}-{Job._number}"
        self.out_path = self.folder / f"{self.name}.out"
        self.error_path = self.folder / f"{self.name}.err"
        self.began = time.monotonic()
        with open(self.out_path, "wb") as out, open(self.error_path, "wb") as error:
            self.process = subprocess.Popen(
                [settings.BINARY, *map(str, words)], stdin=subprocess.DEVNULL, stdout=out, stderr=error, cwd=self.folder,
                env=dict(os.environ, NO_COLOR="1", STATE_DIRECTORY=str(self.state)),
            )

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def error(self):
        return self.error_path.read_text(errors="replace")

    def wait(self, within=120):
        """The exit code."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TooLate(f"{self.name} has not ended within {within} s:\n{self.out}\n{self.error}") from None
        self.seconds = time.monotonic() - self.began
        return code

    def trouble(self):
        """For `until(alive=…)`."""
        if self.process.poll() is None:
            return None
        return f"{self.name} ended with {self.process.returncode}:\n{self.out}\n{self.error}"

    def kill(self):
        """SIGKILL."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        return self

    def term(self, within=60):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(within)

    def kept(self, prefix):
        """What the state folder holds of the work whose file begins with `prefix`; None where there is none."""
        for path in self.state.glob(f"{prefix}*.json"):
            try:
                return json.loads(path.read_text())
            except (OSError, ValueError):
                return None
        return None

    def until_share(self, share, within=120):
        """Waits until a replay has kept that share (0 to 1) of its progress."""

        def reached():
            kept = self.kept("replay-")
            if not kept:
                return False
            done = sum(one["checkpoint"] - one["from"] for one in kept["shards"])
            return done >= share * sum(one["to"] - one["from"] for one in kept["shards"])

        until(f"{self.name} at {share:.0%}", reached, within=within, every=0.02, alive=self.trouble)
        return self
