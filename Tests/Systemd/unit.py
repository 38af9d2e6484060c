"""One instance of millrace@.service in a machine, and the base of the cases about it."""

import subprocess
import sys
from pathlib import Path

from harness.broker import Broker
from harness.case import Case, by_source
from harness.wait import until
from oracle.check import check_sink
from oracle.inputs import Input

from machine import Machine

FREEZE = Path(__file__).with_name("freeze.py")


class Unit:
    def __init__(self, machine, name):
        self.machine = machine
        self.name = name
        self.unit = f"millrace@{name}.service"
        self.path = f"/etc/millrace/{name}.yaml"

    def put(self, text):
        self.machine.write(self.path, text)

    def drop_in(self, *lines, name="test"):
        """What `systemctl edit` would write into [Service]."""
        self.machine.write(f"/etc/systemd/system/{self.unit}.d/{name}.conf", "\n".join(["[Service]", *lines, ""]))
        self.systemctl("daemon-reload", bare=True)

    def systemctl(self, verb, *, code=0, bare=False):
        done = self.machine.run("systemctl", verb, *([] if bare else [self.unit]))
        if code is not None and done.returncode != code:
            raise AssertionError(f"systemctl {verb} {self.unit}: {done.returncode}\n{done.stderr}{self.tail()}")
        return done.returncode

    def show(self, *names):
        """Properties of the unit; one alone as a text."""
        text = self.machine.run("systemctl", "show", self.unit, "-p", ",".join(names), code=0).stdout
        found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return found[names[0]] if len(names) == 1 else found

    @property
    def status(self):
        """What the worker says of itself: STATUS=."""
        return self.show("StatusText")

    @property
    def pid(self):
        return int(self.show("MainPID"))

    @property
    def restarts(self):
        return int(self.show("NRestarts"))

    def says(self, *words, within=60):
        """The status, once all the words are in it."""
        def answer():
            text = self.status
            return text if all(word in text for word in words) else None

        return until(f"the status of {self.unit} to say {words}", answer, within=within, every=0.1, alive=self.trouble)

    def journal(self):
        return self.machine.journal("-u", self.unit)

    def messages(self):
        return [str(line.get("MESSAGE", "")) for line in self.journal()]

    def tail(self, count=25):
        return "\n".join(self.messages()[-count:])

    def trouble(self):
        """For `until(alive=…)`: a text where systemd has given the unit up."""
        state = self.show("ActiveState", "Result")
        if state["ActiveState"] == "failed":
            return f"{self.unit} failed ({state['Result']}):\n{self.tail()}"
        return None

    def hold_lane(self):
        """Stops the thread of a lane, and it alone, for as long as the process lives; the program that holds it."""
        process = self.machine.process(self.pid)
        lane = next(
            task.name for task in sorted(Path(f"/proc/{process}/task").iterdir())
            if (task / "comm").read_text().startswith("lane-"))
        holder = subprocess.Popen([sys.executable, str(FREEZE), lane], stdout=subprocess.PIPE, text=True)
        if holder.stdout.readline().strip() != "held":
            raise AssertionError(f"lane {lane} of process {process} could not be held")
        return holder


class Service(Case):
    """A case whose pipeline is an instance of the unit, on the machine that all share."""

    #: Two partitions, and the broker stamps when each record came.
    STAMPED = (2, {"message_timestamp_type": "LogAppendTime"})
    _other = None

    def setUp(self):
        self.made = []
        super().setUp()
        self.machine = self.make_machine()
        self.unit = self.instance(self.stem)

    def make_machine(self):
        return Machine.shared()

    def instance(self, name):
        unit = Unit(self.machine, name)
        self.made.append(unit)
        return unit

    def _end_workers(self):
        for unit in self.made if self.machine.is_on else []:
            self.machine.run("systemctl", "kill", "-s", "KILL", unit.unit)
            self.machine.run("systemctl", "stop", unit.unit)
            self.machine.run("systemctl", "reset-failed", unit.unit)
        super()._end_workers()

    @property
    def other(self):
        """A second broker, which cases may stop and freeze."""
        if Service._other is None:
            Service._other = Broker()
        return Service._other

    def put(self, sinks, *, unit=None, **more):
        """Writes the config of the instance; arguments as of `config`."""
        (unit or self.unit).put(self.config(sinks, **{"admin": {"listen": "none"}} | more).read_text())

    def flow(self, rate, shards=2):
        """Feeds records without an end, about `rate` a second; `ended` stops that."""
        return self.feed(Input(self.seed, [10_000_000] * shards)).begin(rate)

    def ended(self, feed):
        """What was fed until now, when it is safe."""
        feed.end()
        return Input(self.seed, feed.at)

    def to(self, name, **more):
        """A Kafka sink to the topic `name` that puts a record where it came from."""
        return {"kafka": {"topic": self.out(name), "partition": "source"} | more}

    def settled(self, counts, within=120):
        """Waits until the group has committed exactly the ends."""
        counts = list(counts)
        until(
            f"the checkpoint at {counts}", lambda: self.broker.committed(self.group, self.topic) == counts, within=within,
            every=0.2, alive=self.unit.trouble)

    def delivered(self, name, count, broker=None, within=60):
        """Waits until at least `count` records are at a sink's topic."""
        until(
            f"{count} records at {name}", lambda: sum((broker or self.broker).ends(self.out(name))) >= count, within=within,
            every=0.1, alive=self.unit.trouble)

    def turns(self, expected, sink, *names, restarts=0):
        """The report on STAMPED outputs that had their turns, as one stream: between two turns lies a restart."""
        seen = [one for name in names for one in self.broker.read(self.out(name))]
        return check_sink(
            expected, sink, sorted(seen, key=lambda one: one.timestamp), place=by_source(2), restarts=restarts)

    def order(self, *words):
        """The monotonic moment of the first journal line with each of the words, in microseconds."""
        lines = self.unit.journal()
        found = []
        for word in words:
            moment = next((int(one["__MONOTONIC_TIMESTAMP"]) for one in lines if word in str(one.get("MESSAGE"))), None)
            self.assertIsNotNone(moment, f"no line with {word!r}:\n{self.unit.tail()}")
            found.append(moment)
        return found
