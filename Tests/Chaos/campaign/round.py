"""One round: topics and an input of its own, a time of trouble, a quiet end, and the verdict of the checkers."""

import random
import shutil
import time
import traceback
from pathlib import Path
from typing import NamedTuple

from harness.case import TRANSFORMS, as_yaml, by_key, by_source, read_files
from harness.commits import check_commits, history
from harness.feed import Feed
from harness.wait import until
from harness.worker import Worker
from oracle.check import check_dead, check_sink, identify
from oracle.expected import Expected
from oracle.inputs import Input
from oracle.pipeline import Pipeline, SinkSpec

from . import lives
from .inbox import Inbox
from .weather import Disk, Node, Server, Weather

PARTITIONS = 4


class Plan(NamedTuple):
    """What a round does. `exact`: nothing in it crashes or loses its session, so nothing may come twice."""

    name: str
    places: int
    endings: tuple
    session: float
    exact: bool = False
    #: Whether the places write to one folder, as on one machine, or each to its own.
    together: bool = True
    drain: str = "3s"


PLANS = (
    Plan("kills", 1, (lives.START, lives.WORK, lives.WORK, lives.WORK, lives.ANY, lives.DRAIN), 1.5),
    Plan("crowd", 3, (lives.WORK, lives.WORK, lives.ANY, lives.DRAIN, lives.TERM), 1.5),
    Plan("churn", 3, (lives.TERM,), 10.0, exact=True, drain="20s"),
    Plan("frozen", 2, (lives.FREEZE, lives.FREEZE, lives.FROZEN, lives.WORK), 1.5, together=False),
)


class Outcome:
    """The figures of a round, and what was wrong."""

    def __init__(self, plan, seed):
        self.plan = plan
        self.seed = seed
        self.problems = []
        self.records = self.letters = self.lost = self.disorder = 0
        self.commits = self.letters_again = self.window = 0
        self.again = {}


class Round:
    """`source` is the node of the input, the dead letters and the group, `sink` that of the output. A node without a proxy
    before it is left alone. `sink_faults` narrows what happens to the sink's, `faults` is how many there may be at most."""

    def __init__(
        self, plan, seed, source, sink, *, number=0, kills=20, seconds=40.0, rate=600, faults=None,
        sink_faults=None,
    ):
        self.plan = plan
        self.seed = seed
        self.source, self.sink = source, sink
        self.kills, self.seconds, self.rate = kills, seconds, rate
        self.chance = random.Random(f"{seed} {number}")
        self.stem = f"s{seed}-{number}"
        self.topic, self.dlq, self.out = f"{self.stem}-in", f"{self.stem}-dlq", f"{self.stem}-clean"
        self.group = f"{self.stem}-group"
        self.folder = None
        self.keyed = self.chance.random() < 0.5
        self.input = Input(seed * 1000 + number, [60_000] * PARTITIONS, size=400, odd=4000)
        self.outcome = Outcome(plan, seed)
        self.places = []
        self.weather = None
        self._faults = faults
        self._sink_faults = sink_faults

    # The round

    def run(self, folder):
        """Runs it in `folder` (new) and returns the Outcome; what is wrong stands there."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.disk = Disk(self.folder / "out")
        self.inbox = Inbox(self.input.seed, self.topic)
        if Disk.may_mount():
            self.disk.mount("96m")
        try:
            self._run()
        except Exception as problem:  # A round that could not end is a finding like any other.
            self.outcome.problems.append(f"{type(problem).__name__}: {problem}\n{traceback.format_exc()}")
        finally:
            for place in self.places:
                place.goes_on = lambda: False
            for place in self.places:
                if place.is_alive():
                    place.join(120)
            self.inbox.web.stop()
        return self.outcome

    def clean_up(self):
        """Takes the folder away; not called after a failure, so that somebody can look."""
        self.disk.unmount()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self):
        self.source.create(self.topic, PARTITIONS)
        self.source.create(self.dlq, 2, message_timestamp_type="LogAppendTime")
        self.sink.create(self.out, PARTITIONS, message_timestamp_type="LogAppendTime")
        feed = Feed(self.source, self.topic, self.input).begin(self.rate)
        self._trouble()
        feed.end()
        self.input.counts = list(feed.at)
        self._calm()
        self._verify()

    def _trouble(self):
        ends = time.monotonic() + self.seconds
        only_terms = not set(self.plan.endings) & set(lives.KILLS)

        def goes_on():
            if any(place.problem for place in self.places):
                return False
            return time.monotonic() < ends and (only_terms or sum(place.kills for place in self.places) < self.kills)

        self.weather = Weather(random.Random(self.chance.random()), self._targets(), most=self._faults).begin()
        self.places = [
            lives.Lives(
                random.Random(self.chance.random()), self.folder, self._config(number), self.plan.endings,
                session=self.plan.session, goes_on=goes_on)
            for number in range(self.plan.places)]
        for place in self.places:
            place.start()
        for place in self.places:
            place.join()
        self.weather.end()
        self.outcome.problems += [place.problem for place in self.places if place.problem]

    def _targets(self):
        # What breaks the group's sessions has no place in a round where nothing may come twice.
        mild = ("cut", "latency") if self.plan.exact else None
        targets = [Node("sink", self.sink, self._sink_faults)] * 2 + [Server(self.inbox)]
        if self.source.way:
            targets += [Node("source", self.source, mild)] * (1 if self.plan.exact else 2)
        return targets + ([self.disk] if Disk.may_mount() else [])

    def _calm(self):
        """One worker for each folder, until the checkpoint is at the end."""
        workers = [Worker(self.folder, self._config(n), name="calm") for n in range(self.plan.places)]
        try:
            def ended():
                return next((text for text in (worker.trouble() for worker in workers) if text), None)

            until(
                f"the checkpoint at {self.input.counts}",
                lambda: self.source.committed(self.group, self.topic) == self.input.counts, within=180, every=0.3, alive=ended)
            for worker in workers:
                code = worker.term(within=90)
                if code != 0:
                    self.outcome.problems.append(f"{worker.name} ended with {code} in the calm:\n{worker.tail()}")
        finally:
            for worker in workers:
                worker.kill()

    # The config

    def _config(self, number):
        place = "all" if self.plan.together else str(number)
        kafka = {"brokers": self.sink.outside, "topic": self.out}
        retry = {"retry": {"max_delay": "500ms"}, "breaker": {"recovery_timeout": "1s"}}
        whole = {
            "name": self.stem,
            "source": {"kafka": {
                "brokers": self.source.outside, "topics": [self.topic], "group": self.group, "start": "earliest",
                "properties": {
                    "session.timeout.ms": int(self.plan.session * 1000),
                    "heartbeat.interval.ms": int(min(self.plan.session * 250, 2000)),
                },
            }},
            "batch": {"records": 500, "window": "20ms"},
            "decode": "base64",
            "transforms": TRANSFORMS,
            "sinks": {
                "clean": {"kafka": kafka if self.keyed else kafka | {"partition": "source"}} | retry,
                "lines": {"file": {"path": f"out/{place}/{{shard}}.jsonl", "rotate": "512KiB", "sync": "100ms"}} | retry,
                "web": {"http": {"url": self.inbox.url, "body": "ndjson", "timeout": "10s"}} | retry,
            },
            "dead_letter": {"topic": self.dlq},
            "limits": {"drain": self.plan.drain},
        }
        path = self.folder / f"place-{place}.yaml"
        path.write_text(as_yaml(whole))
        return path

    # The verdict

    def _verify(self):
        expected = Expected(
            self.input, Pipeline(
                transforms=TRANSFORMS, sinks=[SinkSpec("clean"), SinkSpec("lines", lines=True), SinkSpec("web", lines=True)]),
            self.topic)
        self.inbox.expect(expected)
        disturbed = sum(place.kills + place.undone + place.lost + place.counts[lives.FREEZE] for place in self.places)
        again = {"restarts": self.input.total if disturbed else 0}
        landed = list(self.sink.read(self.out))
        letters = list(self.source.read(self.dlq))
        place_of = by_key(PARTITIONS) if self.keyed else by_source(PARTITIONS)
        reports = {
            "clean": check_sink(expected, "clean", landed, place=place_of, **again),
            "lines": check_sink(expected, "lines", self._lines(), keys=False, headers=False, **again),
            # An answer that was lost on the way is no crash, and its records come again all the same.
            "web": check_sink(
                expected, "web", self.inbox.seen(), keys=False, headers=False, restarts=self.input.total),
        }
        dead = check_dead(
            expected, letters, group=self.group, pipeline=self.stem, partitions=2, once=not disturbed)
        commits = check_commits(
            history(self.source, self.group, self.topic), self._arrivals(landed, letters), self.input.counts)
        self._note(expected, reports, dead, commits)

    def _lines(self):
        for folder in sorted((self.folder / "out").iterdir()):
            if folder.is_dir():
                for one in read_files(self.folder, f"out/{folder.name}/{{shard}}.jsonl", self.topic, PARTITIONS, torn=False):
                    yield one._replace(place=(folder.name, one.place))

    def _arrivals(self, landed, letters):
        for one in landed:
            name = identify(self.input, one.value, one.key)
            if name is not None:
                yield (*name, one.timestamp)
        for one in letters:
            text = dict(one.headers)
            # A letter of another sink says nothing about this one, and its arrival there is judged by itself.
            if text["millrace.stage"] == b"decode" or text["millrace.stage"].startswith(b"transform"):
                yield int(text["millrace.origin-partition"]), int(text["millrace.origin-offset"]), one.timestamp

    def _note(self, expected, reports, dead, commits):
        outcome = self.outcome
        outcome.records = self.input.total
        outcome.letters = expected.letters
        outcome.commits = commits.delivered
        outcome.letters_again = dead.duplicates
        for name, report in reports.items():
            outcome.again[name] = report.duplicates
            outcome.window = max(outcome.window, report.window)
        for report in (*reports.values(), dead, commits):
            outcome.lost += report.faults["lost"]
            outcome.disorder += report.faults["disorder"]
            if not report:
                outcome.problems.append(str(report))
