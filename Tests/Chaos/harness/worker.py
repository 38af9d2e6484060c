"""The worker as a process: started, signalled, and read by its log and its exit."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import settings
from .wait import TooLate, until


class Worker:
    """One `millrace run CONFIG`. Its log goes to a file of its own, a JSON object a line."""

    _number = 0

    def __init__(self, folder, config, *, name="worker", arguments=(), binary=None, prefix=()):
        Worker._number += 1
        self.name = f"{name}-{Worker._number}"
        self.folder = Path(folder)
        self.config = config
        self.log_path = self.folder / f"{self.name}.log"
        self.out_path = self.folder / f"{self.name}.out"
        self.drained = 0.0
        with open(self.log_path, "wb") as log, open(self.out_path, "wb") as out:
            self.process = subprocess.Popen(
                [*prefix, binary or settings.BINARY, "run", str(config), "--log", "json", "--log-level", "debug", *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=log, cwd=self.folder, env=dict(os.environ, NO_COLOR="1", XDG_STATE_HOME=str(self.folder / "state")),
            )

    @property
    def running(self):
        return self.process.poll() is None

    def trouble(self):
        """For `until(alive=…)`: a text when the process has ended although nobody told it to."""
        if self.running:
            return None
        return f"{self.name} ended with {self.process.returncode}:\n{self.tail()}"

    def lines(self):
        """The log so far, as objects; a line that is no JSON comes as {"text": line}."""
        found = []
        for line in self.log_path.read_text(errors="replace").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"text": line})
        return found

    def events(self, name):
        """The log lines of one event."""
        return [line for line in self.lines() if line.get("event") == name]

    def tail(self, count=25):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-count:])

    def assigned(self, within=60):
        """Waits until it has a shard."""
        until(
            f"{self.name} to have shards", lambda: self.events("shard-assigned"), within=within, alive=self.trouble)
        return self

    def signal(self, number):
        self.process.send_signal(number)
        return self

    def wait(self, within=60):
        """The exit code."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            # Where it hangs is worth more than that it hangs.
            raise TooLate(f"{self.name} has not ended within {within} s:\n{self.stacks()}\n{self.tail()}") from None

    def term(self, within=60):
        """SIGTERM, and the exit code; `drained` then says how long it took."""
        began = time.monotonic()
        code = self.signal(signal.SIGTERM).wait(within)
        self.drained = time.monotonic() - began
        return code

    def kill(self):
        """SIGKILL, whatever its state."""
        if self.running:
            self.process.kill()
        self.process.wait(20)
        return self

    def stacks(self):
        """What its threads wait for, as the kernel tells."""
        found = []
        for task in sorted(Path(f"/proc/{self.process.pid}/task").glob("*")):
            try:
                name, where = (task / "comm").read_text().strip(), (task / "wchan").read_text().strip()
            except OSError:
                continue
            found.append(f"{name}: {where}")
        return "; ".join(found)

    def memory(self):
        """Resident bytes now, and at most so far."""
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0, 0
        value = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith("Vm")}
        return int(value.get("VmRSS", 0)) << 10, int(value.get("VmHWM", 0)) << 10

    def books(self):
        """The books that it ended with: {sink: {"read": n, "delivered": n, …}}, from the `books` lines of the log."""
        found = {}
        for line in self.events("books"):
            found[line["sink"]] = {name: int(value) for name, value in line.items() if str(value).isdecimal()}
        assert found, f"no books at the end of the log of {self.name}:\n{self.tail()}"
        return found
