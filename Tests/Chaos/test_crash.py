"""A record that ends the process: it is found by the deaths, and it alone is left."""

import base64
import json
import subprocess
from pathlib import Path

from harness import settings
from harness.case import SHORT_SESSION, Case, by_source
from harness.wait import until
from oracle.inputs import Input, Record


class Deadly(Input):
    """Records of which one tells the transform to end the process."""

    def __init__(self, seed, counts, bad, word):
        super().__init__(seed, counts)
        self.bad, self.word = bad, word

    def record(self, shard, seq):
        more = {"do": self.word} if (shard, seq) == self.bad else {"pad": "x" * 40}
        value = json.dumps({"id": self.name(shard, seq)} | more).encode()
        return Record(b"%d" % seq, base64.b64encode(value), [])


class Crash(Case):
    session = SHORT_SESSION

    def setUp(self):
        super().setUp()
        if not Path(settings.FRAGILE).exists():
            self.fail(f"no {settings.FRAGILE}; `swift build --product MillraceFragile` makes it")

    def run_deaths(self, word, prefix=()):
        """A program with a transform of its own is started again whenever it dies."""
        bad = (0, 1234)
        source = Deadly(self.seed, [3000] * 2, bad, word)
        self.make_topics(2, clean=2)
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, transforms=[{"fragile": {}}],
            admin={"listen": "none", "socket": str(self.folder / "control.sock")})
        expected = self.expected(source, "clean", transforms=[])
        expected.kill("clean", *bad, {"skipped"})
        self.feed(source).all()
        deaths = []
        while True:
            worker = self.start(config, binary=settings.FRAGILE, prefix=prefix)
            until("it to die, or to stop before the record", lambda: not worker.running or worker.events("parked"))
            if worker.running:
                break
            deaths.append(worker.process.returncode)
            self.assertLess(len(deaths), 5, worker.tail())
        self.assertEqual(len(deaths), 3, deaths)
        self.assertTrue(all(code < 0 for code in deaths), deaths)
        parked = worker.events("parked")[0]
        self.assertEqual((parked["shard"], parked["from"], parked["to"]), (f"{self.topic}:0", "1234", "1235"))
        # Everything but this shard's rest is delivered; then a person gives the record up.
        self.settle([1234, 3000], worker)
        done = subprocess.run(
            [settings.FRAGILE, "skip", str(config), "--shard", f"{self.topic}:0", "--offset", "1234", "--reason", "it kills"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.settle(source.counts, worker)
        self.finish(worker)
        report = self.kafka(expected, "clean", place=by_source(2), restarts=3)
        self.judge(report)
        letters = list(self.broker.read(self.dlq))
        self.assertEqual([letter.value for letter in letters], [source.record(*bad).value])
        headers = {name: value for name, value in letters[0].headers}
        self.assertEqual(
            (headers["millrace.reason"], headers["millrace.error"], headers["millrace.origin-offset"]),
            (b"skipped", b"it kills", b"1234"))
        # What was found is forgotten with it: the next start suspects nothing.
        worker = self.start(config, binary=settings.FRAGILE).assigned()
        self.finish(worker)
        self.assertEqual(worker.events("died-with") + worker.events("parked"), [])
        self.figures |= {"records": source.total, "deaths": deaths, "again": report.duplicates}

    def test_a_trap(self):
        self.run_deaths("trap")

    def test_all_memory(self):
        """Memory runs out, as by a limit of the service manager."""
        self.run_deaths("eat", prefix=("prlimit", f"--as={3 << 30}"))
