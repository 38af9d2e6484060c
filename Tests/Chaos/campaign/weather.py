"""What goes wrong around the workers: brokers, the way to them, the disk, the server. One fault at a time a target."""

import os
import subprocess
import threading
from collections import Counter

#: What is done to a node itself, and not to the way to it.
NODE_FAULTS = ("kill", "freeze", "restart")


class Weather:
    """Faults drawn by a seed, on a thread of its own, until `end`, which heals everything.

    `targets` are Node, Disk and Server; `pause` bounds the seconds between two faults.
    """

    def __init__(self, chance, targets, *, pause=(0.5, 4.0), most=None):
        self.chance = chance
        self.targets = targets
        self.pause = pause
        self.most = most
        self.counts = Counter()
        #: What could not be healed: then the round is worth nothing.
        self.problem = None
        self.now = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def begin(self):
        self._thread.start()
        return self

    def end(self):
        """Back when every fault is over."""
        self._stop.set()
        self._thread.join()
        if self.problem:
            raise self.problem

    @property
    def node_faults(self):
        """How many hit a node itself."""
        return sum(count for (_, fault), count in self.counts.items() if fault in NODE_FAULTS)

    @property
    def total(self):
        return sum(self.counts.values())

    def _run(self):
        try:
            while not self._stop.wait(self.chance.uniform(*self.pause)) and (self.most is None or self.total < self.most):
                target = self.chance.choice(self.targets)
                fault = target.draw(self.chance)
                self.now = f"{target.name} {fault.name}"
                self.counts[target.name, fault.name] += 1
                fault.begin()
                self._stop.wait(fault.seconds)
                fault.heal()
                self.now = ""
        except Exception as problem:  # Told by end(), on the thread of the round.
            self.problem = problem


class Fault:
    def __init__(self, name, seconds, begin, heal):
        self.name, self.seconds, self.begin, self.heal = name, seconds, begin, heal


class Node:
    """A broker behind Toxiproxy. `faults` narrows what may happen to it."""

    def __init__(self, name, broker, faults=None):
        self.name = name
        self.broker = broker
        self.faults = faults or (*NODE_FAULTS, "kill", "freeze", "cut", "reset", "latency", "silence", "narrow")

    def draw(self, chance):
        name = chance.choice(self.faults)
        broker, way = self.broker, self.broker.way
        if name == "kill":
            return Fault(name, chance.uniform(0, 2), broker.kill, broker.start)
        if name == "restart":
            return Fault(name, chance.uniform(0, 1), broker.stop, broker.start)
        if name == "freeze":
            return Fault(name, chance.uniform(0.5, 5), broker.freeze, broker.thaw)
        if name == "cut":
            return Fault(name, chance.uniform(0.2, 3), way.cut, way.heal)
        toxics = {
            "reset": ("reset_peer", {"timeout": chance.randrange(0, 300)}),
            "latency": ("latency", {"latency": chance.randrange(20, 400), "jitter": chance.randrange(0, 200)}),
            "silence": ("timeout", {"timeout": 0}),
            "narrow": ("bandwidth", {"rate": chance.randrange(20, 400)}),
        }
        kind, attributes = toxics[name]
        stream = chance.choice(("upstream", "downstream"))
        return Fault(
            name, chance.uniform(0.5, 4), lambda: way.add(kind, stream=stream, **attributes), way.heal)


class Disk:
    """A small file system that is filled to the last block, and emptied again."""

    name = "disk"

    def __init__(self, folder):
        self.folder = folder
        self._filler = folder / ".filler"

    @staticmethod
    def may_mount():
        return os.geteuid() == 0

    def mount(self, size):
        self.folder.mkdir()
        subprocess.run(["mount", "-o", f"size={size}", "-t", "tmpfs", "tmpfs", str(self.folder)], check=True)

    def unmount(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)

    def draw(self, chance):
        return Fault("full", chance.uniform(0.5, 4), self._fill, lambda: self._filler.unlink(missing_ok=True))

    def _fill(self):
        try:
            with open(self._filler, "wb", buffering=0) as file:
                for piece in (1 << 20, 4096):
                    try:
                        while True:
                            file.write(bytes(piece))
                    except OSError:
                        pass  # Not so much room; a smaller piece may fit.
        except OSError:
            pass  # Closing may find that it is full, too.


class Server:
    """An HTTP server that is away, or answers with what is not the records' fault."""

    name = "server"

    def __init__(self, inbox):
        self.inbox = inbox

    def draw(self, chance):
        name = chance.choice(("away", "503", "429", "reset", "half"))
        if name == "away":
            return Fault(name, chance.uniform(0.5, 3), self.inbox.web.stop, self.inbox.web.start)

        def answer(how):
            def change():
                self.inbox.trouble = how
            return change

        return Fault(name, chance.uniform(0.5, 3), answer(name), answer(None))
