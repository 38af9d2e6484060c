"""Mistakes that a person makes: each is named with its place, and nothing is started."""

import subprocess
from pathlib import Path

from harness import settings
from harness.case import Case


class Config(Case):
    needs_broker = False

    def millrace(self, *arguments):
        return subprocess.run(
            [settings.BINARY, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
            cwd=self.folder)

    def write(self, text, name="bad.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_a_good_one_passes(self):
        path = self.config({"clean": {"kafka": {"topic": "out"}}})
        done = self.millrace("check", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_quickstart_passes(self):
        quickstart = Path(__file__).resolve().parents[2] / "config" / "quickstart.yaml"
        done = self.millrace("check", quickstart)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_mistake_at_once_with_its_place(self):
        path = self.write(BAD)
        for command in ("check", "run"):
            done = self.millrace(command, path)
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, 78, said)
            for place, word in MISTAKES.items():
                self.assertRegex(said, rf"bad\.yaml:{place}:.*{word}", f"{command} says:\n{said}")
            self.assertIn("topics", said, "the nearest known key")
            self.assertEqual(said.count("bad.yaml:"), len(MISTAKES), f"follow-up errors:\n{said}")

    def test_a_file_that_is_no_yaml(self):
        done = self.millrace("check", self.write("name: [orders\nsource: }\n"))
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"bad\.yaml:\d+:\d+")

    def test_a_file_that_is_not_there(self):
        self.assertEqual(self.millrace("check", "none.yaml").returncode, 66)

    def test_usage(self):
        for arguments in ((), ("rnu", "x.yaml"), ("run",), ("run", "x.yaml", "--nope"), ("check",)):
            done = self.millrace(*arguments)
            self.assertEqual(done.returncode, 64, (arguments, done.stdout + done.stderr))
        self.assertIn("run", self.millrace("rnu", "x.yaml").stderr, "the nearest command")
        for arguments in (("--help",), ("run", "--help"), ("check", "--help"), ("--version",)):
            done = self.millrace(*arguments)
            self.assertEqual(done.returncode, 0, (arguments, done.stderr))
            self.assertTrue(done.stdout.strip(), arguments)

    def test_what_comes_later_is_refused_by_name(self):
        for bad in (
            {"decode": "kinesis"},
        ):
            more = {k: v for k, v in bad.items() if k != "sinks"}
            path = self.config(bad.get("sinks", {"clean": {"kafka": {"topic": "out"}}}), **more)
            done = self.millrace("check", path)
            self.assertEqual(done.returncode, 78, (bad, done.stdout + done.stderr))
            self.assertIn("not in this version", done.stdout + done.stderr, bad)


class MissingTopic(Case):
    def test_each_topic_is_named(self):
        """A topic that does not exist ends the start with 78, whichever it is."""
        self.make_topics(1, clean=1)
        sinks = {"clean": {"kafka": {"topic": self.out("clean")}}}
        near = self.topic[:-1] + "m"
        for missing, change in (
            (near, {"source": {"kafka": {"brokers": self.broker.address, "topics": [near], "group": "g"}}}),
            ("nowhere-out", {}),
            ("nowhere-dlq", {"dead_letter": {"topic": "nowhere-dlq"}}),
        ):
            wrong = {"clean": {"kafka": {"topic": missing}}} if missing == "nowhere-out" else sinks
            worker = self.start(self.config(wrong, **change))
            self.assertEqual(worker.wait(within=30), 78, worker.tail())
            self.assertIn(missing, worker.tail())


BAD = """\
name: orders
source:
  kafka:
    brokers: localhost:9092
    topcis: [orders]
    group: orders-worker
batch: { records: lots, bytes: 1MiB, window: 10ms }
decode: base46
sinks:
  clean:
    kafka: { topic: orders-clean }
    retry: { max_delay: 30 secs }
  archive:
    file: { path: out/everything.jsonl }
dead_letter: { topic: orders.dlq, unwitnessed: -1 }
limits: { memory: 512 }
"""

#: line -> a word of the complaint
MISTAKES = {5: "topcis", 7: "records", 8: "decode", 12: "max_delay", 14: "shard", 15: "unwitnessed", 16: "memory"}
