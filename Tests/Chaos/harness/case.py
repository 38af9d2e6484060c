"""The base of every end-to-end case: topics and a pipeline of its own, workers that never outlive it, one verdict."""

import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from oracle.check import Seen, check_dead, check_sink
from oracle.expected import Expected
from oracle.mix import partition_of
from oracle.pipeline import Pipeline, SinkSpec

from . import settings
from .broker import Broker
from .feed import Feed
from .job import Job
from .wait import until
from .worker import Worker

#: What most cases run: a filter that keeps four of five, and a projection of raw slices.
TRANSFORMS = [
    {"filter": {"type": [{"prefix": "order."}]}},
    {"project": {"id": "id", "amount": "amount", "country": "address.country", "tags": "tags", "note": "note"}},
]

#: A killed worker's shards are free after this, and not after ten seconds.
SHORT_SESSION = {"session.timeout.ms": 2000, "heartbeat.interval.ms": 400}

#: What the records that were read add up from, at each sink.
BOOKS = ("delivered", "filtered", "dead_lettered", "abandoned", "returned", "rewound", "in_flight")


def by_key(count):
    """Where a Kafka sink with `partition: key` puts a record. A record without a key may be anywhere."""
    return lambda shard, record: None if record.key is None else partition_of(record.key, count)


def by_source(count):
    """Where a Kafka sink with `partition: source` puts a record."""
    return lambda shard, record: shard % count


class Case(unittest.TestCase):
    """`self.figures` is printed beside the case's line."""

    maxDiff = None
    needs_broker = True
    #: Properties of the source's client; cases that kill workers shorten the session.
    session = {}
    _count = 0

    def setUp(self):
        self.figures = {}
        self.workers = []
        if not settings.BINARY or not Path(settings.BINARY).exists():
            self.fail(f"no worker to test: MILLRACE_BINARY is {settings.BINARY!r}; `make build` makes it")
        if self.needs_broker and settings.why_no_broker():
            self.skipTest(settings.why_no_broker())
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-case-"))
        self.addCleanup(self._end_workers)
        Case._count += 1
        self.seed = settings.SEED * 1000 + Case._count
        self.figures["seed"] = settings.SEED
        #: Names of this case's own on the shared broker.
        self.stem = f"c{Case._count}"
        self.group = f"{self.stem}-group"
        self.topic = f"{self.stem}-in"
        self.dlq = f"{self.stem}-dlq"

    def _end_workers(self):
        for worker in self.workers:
            worker.kill()

    def run(self, result=None):
        """As unittest runs it; then the folder goes, unless the case failed and somebody wants to look."""
        before = len(result.failures) + len(result.errors)
        self.folder = None
        super().run(result)
        if self.folder is None:
            return
        if len(result.failures) + len(result.errors) > before and settings.KEEP:
            print(f"      kept: {self.folder}", flush=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def broker(self):
        return Broker.shared()

    # Setting up

    def config(self, sinks, *, transforms=None, group=None, file="pipeline.yaml", **more):
        """Writes the config of a pipeline over this case's topics, and returns its path. `more` replaces whole keys."""
        whole = {
            "name": self.stem,
            "source": {"kafka": {
                "brokers": self.broker.address if self.needs_broker else "127.0.0.1:1", "topics": [self.topic],
                "group": group or self.group, "start": "earliest", "properties": self.session,
            }},
            "decode": "base64",
            "transforms": TRANSFORMS if transforms is None else transforms,
            "sinks": sinks,
            "dead_letter": {"topic": self.dlq},
        } | more
        path = self.folder / file
        path.write_text(as_yaml({k: v for k, v in whole.items() if v is not None}))
        return path

    def start(self, config, **more):
        """Starts a worker that ends with the case."""
        worker = Worker(self.folder, config, **more)
        self.workers.append(worker)
        return worker

    def job(self, *words):
        """Starts a command that ends by itself; killed with the case."""
        job = Job(self.folder, *words)
        self.workers.append(job)
        return job

    def done(self, *words, code=0, within=120):
        """Runs a command to its end, and asks for this exit code."""
        job = self.job(*words)
        self.assertEqual(job.wait(within), code, f"{words}\n{job.out}\n{job.error}")
        return job

    def feed(self, source, topic=None):
        return Feed(self.broker, topic or self.topic, source)

    def make_topics(self, shards, *, dlq=2, dlq_config=None, **outputs):
        """The input, the dead letter topic, and an output topic for each `name=partitions` or `name=(partitions, {…})`."""
        self.broker.create(self.topic, shards)
        self.broker.create(self.dlq, dlq, **(dlq_config or {}))
        for name, shape in outputs.items():
            partitions, config = shape if isinstance(shape, tuple) else (shape, {})
            self.broker.create(self.out(name), partitions, **config)

    def out(self, name):
        """The output topic of sink `name`."""
        return f"{self.stem}-{name}"

    # Waiting and ending

    def settle(self, counts, worker, within=120, group=None):
        """Waits until the group has committed exactly the ends, and no more."""
        counts = list(counts)
        until(
            f"the checkpoint at {counts}", lambda: self.broker.committed(group or self.group, self.topic) == counts or None,
            within=within, every=0.2, alive=worker.trouble,
        )

    def finish(self, worker, code=0):
        """SIGTERM, and the exit code that is due."""
        found = worker.term()
        self.assertEqual(found, code, f"exit code of {worker.name}:\n{worker.tail()}")

    # Judging

    def judge(self, *reports):
        """Fails with the words of every report that found something."""
        bad = [str(report) for report in reports if not report]
        self.assertFalse(bad, f"(seed {settings.SEED})\n" + "\n".join(bad))

    def kafka(self, expected, name, *, broker=None, **how):
        """The report on a Kafka sink's topic."""
        return check_sink(expected, name, (broker or self.broker).read(self.out(name)), **how)

    def files(self, expected, name, pattern, *, records_of=None, **how):
        """The report on a file sink's files."""
        return check_sink(
            expected, name,
            read_files(self.folder, pattern, self.topic, len(expected.source.counts), records_of=records_of),
            place=lambda shard, record: shard, keys=False, headers=False, **how)

    def letters(self, expected, *, dlq=2, **how):
        """The report on the dead letter topic."""
        seen = self.broker.read(self.dlq)
        return check_dead(expected, seen, group=self.group, pipeline=self.stem, partitions=dlq, **how)

    def check_books(self, worker, expected, *, again=False):
        """The exit summary says what the checker counted: per sink delivered, filtered and dead-lettered, nothing else,
        and together what was read. `again`: records may have been read more than once, and are then counted as rewound."""
        books = worker.books()
        total = expected.source.total
        for name, counts in expected.counts.items():
            found = books[name]
            self.assertTrue(found["read"] >= total if again else found["read"] == total, f"{total} to be read: {books}")
            self.assertEqual(sum(found[k] for k in BOOKS), found["read"], f"{name} does not balance: {books}")
            wanted = {"delivered": counts["delivered"], "dead_lettered": counts["dead"], "abandoned": 0, "in_flight": 0}
            if not again:
                wanted |= {"filtered": counts["filtered"], "returned": 0, "rewound": 0}
            self.assertEqual({k: found[k] for k in wanted}, wanted, f"books of {name}")

    def expected(self, source, *names, transforms=None, specs=None):
        """What the sinks `names` (or `specs`) should hold after `source`."""
        return Expected(
            source, Pipeline(
                transforms=TRANSFORMS if transforms is None else transforms,
                sinks=specs or [SinkSpec(name) for name in names]), self.topic)


def as_yaml(value, indent=0):
    """Block style for mappings, flow style for the rest: enough for a config."""
    pad = " " * indent
    rows = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            rows.append(f"{pad}{key}:\n{as_yaml(inner, indent + 2)}")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            rows.append(f"{pad}{key}:\n" + "".join(f"{pad}  - {json.dumps(one)}\n" for one in inner))
        else:
            rows.append(f"{pad}{key}: {json.dumps(inner)}\n")
    return "".join(rows)


def lines_of(data, torn):
    lines = data.split(b"\n")
    return lines[:-1] if lines[-1] == b"" or not torn else lines


def frames_of(data, torn):
    """Payloads behind their lengths, four bytes each."""
    found, place = [], 0
    while place < len(data):
        end = place + 4 + int.from_bytes(data[place : place + 4], "big")
        if place + 4 > len(data) or end > len(data):
            return found + ([b"torn: " + data[place:]] if torn else [])
        found.append(data[place + 4 : end])
        place = end
    return found


def read_files(folder, pattern, topic, shards, *, torn=True, records_of=None):
    """The records of a file sink's files as Seen, rotated ones first, by shard. `torn`: what follows the last whole one
    counts too, and is then told as foreign."""
    for shard in range(shards):
        plain = Path(pattern.replace("{shard}", f"{topic}-{shard}").replace("{partition}", str(shard)))
        rotated = re.compile(re.escape(plain.stem) + r"-(\d+)(?:\.(\d+))?" + re.escape(plain.suffix) + r"(?:\.(\d+))?")
        found = []
        for path in (folder / plain.parent).glob("*"):
            match = rotated.fullmatch(path.name)
            if match:
                found.append((int(match[1]), int(match[2] or match[3] or 1), path))
        paths = [path for _, _, path in sorted(found)] + [folder / plain]
        number = 0
        for path in paths:
            if not path.exists():
                continue
            for record in (records_of or lines_of)(path.read_bytes(), torn):
                yield Seen(shard, None, record, [], number)
                number += 1
