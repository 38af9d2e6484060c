"""What an operator sees: health, status and metrics."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

from confluent_kafka import Consumer
from harness.broker import QUIET, Broker
from harness.case import BOOKS, SHORT_SESSION, by_key, by_source
from harness.served import Served
from harness.settings import scaled
from harness.wait import hold, until
from oracle.inputs import Input


class Health(Served):
    def test_a_sink_that_is_away(self):
        """/readyz says no and why while a required sink is away, /livez says yes, and both are well again after it."""
        away = Broker()
        self.addCleanup(away.close)
        source = Input(self.seed, [4000] * 2)
        self.make_topics(2)
        away.create(self.out("clean"), 2)
        config = self.config({"clean": {
            "kafka": {"brokers": away.address, "topic": self.out("clean"), "partition": "source"},
            "breaker": {"failure_threshold": 1, "recovery_timeout": "1s"},
            "retry": {"max_delay": "1s"}}}, admin=self.admin)
        expected = self.expected(source, "clean")
        worker = self.start(config)
        self.ready(worker, 503)
        worker.assigned()
        self.ready(worker)
        feed = self.feed(source).begin(rate=400)
        until("records to flow", lambda: sum(away.ends(self.out("clean"))) > 200, alive=worker.trouble)
        away.kill()
        because = self.ready(worker, 503)
        self.assertIn("clean", because[0])
        self.assertEqual(self.get("/livez")[0], 200)
        until("a shard to say so", lambda: str(self.waits_for(0)).endswith(":clean"), within=10)
        self.assertIn("clean", self.tell("status", config))
        ages = []
        for _ in range(2):
            hold(1.5)
            ages.append(max(self.values(self.get("/metrics")[1], "millrace_shard_checkpoint_age_seconds")))
        self.assertGreater(ages[1], ages[0] + 1, "the age of a checkpoint that stands still must rise")
        away.start()
        self.ready(worker)
        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", broker=away, place=by_source(2), restarts=10), self.letters(expected, once=False))

    def test_a_source_that_is_away(self):
        own = Broker()
        self.addCleanup(own.close)
        for topic, count in ((self.topic, 1), (self.dlq, 1)):
            own.create(topic, count)
        config = self.config(
            {"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin,
            source={"kafka": {"brokers": own.address, "topics": [self.topic], "group": self.group}})
        worker = self.start(config)
        self.ready(worker)
        own.kill()
        because = self.ready(worker, 503)
        self.assertIn(own.address, because[0])
        self.assertEqual(until("the shard to say so", lambda: self.waits_for(0)), "broker")
        self.assertEqual(self.get("/livez")[0], 200)
        own.start()
        self.ready(worker)
        self.finish(worker)

    def test_out_of_the_group(self):
        """A worker whose shards were given away, and that nobody lets in again, is not ready with nothing to do."""
        own = Broker(props=["group.max.size=1"])
        self.addCleanup(own.close)
        for topic in (self.topic, self.dlq):
            own.create(topic, 1)
        config = self.config(
            {"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin,
            source={"kafka": {
                "brokers": own.address, "topics": [self.topic], "group": self.group, "properties": SHORT_SESSION}})
        worker = self.start(config)
        self.ready(worker)
        worker.signal(signal.SIGSTOP)
        other = Consumer({"bootstrap.servers": own.address, "group.id": self.group, "session.timeout.ms": 6000, **QUIET})
        self.addCleanup(other.close)
        other.subscribe([self.topic])
        until("another member to have the shard", lambda: (other.poll(0.1), other.assignment())[1])
        worker.signal(signal.SIGCONT)

        def told():
            other.poll(0)
            status, text = self.get("/readyz")
            return status == 503 and [one for one in json.loads(text)["because"] if "given this worker's" in one]

        until("the worker to say that it is out", told, alive=worker.trouble)
        other.close()
        self.ready(worker)
        self.finish(worker)

    def test_a_group_of_another_strategy(self):
        """A group whose members share out in another way takes no worker: that is said as long as it is so."""
        self.make_topics(1)
        other = Consumer({
            "bootstrap.servers": self.broker.address, "group.id": self.group, "session.timeout.ms": 6000,
            "partition.assignment.strategy": "cooperative-sticky", **QUIET})
        self.addCleanup(other.close)
        other.subscribe([self.topic])
        until("the other member to have the shard", lambda: (other.poll(0.1), other.assignment())[1])
        worker = self.start(self.config({"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin))

        def told():
            other.poll(0)
            status, text = self.get("/readyz")
            return status == 503 and [one for one in json.loads(text)["because"] if "strategy" in one]

        because = until("the worker to say why it is not in the group", told, alive=worker.trouble)
        self.assertIn(f"group {self.group} has members that share out by another strategy than range", because[0])
        other.close()
        self.ready(worker)
        self.finish(worker)

    @staticmethod
    def values(text, name):
        return [float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]


class Metrics(Served):
    def sum(self, text, name, **labels):
        total = 0.0
        for line in text.splitlines():
            match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
            if match and all(f'{k}="{v}"' in (match[1] or "") for k, v in labels.items()):
                total += float(match[2])
        return int(total)

    def test_books_and_metrics_are_what_arrived(self):
        """At the end metrics, /status and the log say what the checker counts in the topics."""
        total = scaled(20_000, 400_000)
        source = Input(self.seed, [total // 4] * 4, odd=2000)
        self.make_topics(4, clean=4)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin)
        expected = self.expected(source, "clean")
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        text = self.get("/metrics")[1]
        status = self.status()
        arrived, letters = sum(self.broker.ends(self.out("clean"))), sum(self.broker.ends(self.dlq))
        counts = expected.counts["clean"]
        self.assertEqual((counts["delivered"], expected.letters), (arrived, letters))
        found = {name: self.sum(text, f"millrace_records_{name}_total") for name in ("read", "delivered", "filtered", "dead_lettered")}
        self.assertEqual(
            found, {"read": total, "delivered": arrived, "filtered": counts["filtered"], "dead_lettered": letters})
        self.assertEqual(self.sum(text, "millrace_dead_letters_written_total"), letters)
        self.assertEqual(self.sum(text, "millrace_shard_lag_records"), 0)
        self.assertEqual(self.sum(text, "millrace_batch_records_sum"), total)
        for shard in range(4):
            self.assertEqual(
                self.sum(text, "millrace_records_read_total", partition=shard), source.counts[shard], f"shard {shard}")
        books = status["books"]["sinks"]["clean"]
        self.assertEqual(sum(books[name] for name in BOOKS), status["books"]["read"])
        self.assertEqual(status["books"]["read"], total)
        self.assertEqual(books["delivered"], arrived)
        self.assertEqual([one["checkpoint"] for one in status["shards"]], source.counts)
        self.assertEqual(len(status["dead_letters"]), min(20, letters))
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_key(4)), self.letters(expected))
        self.check_books(worker, expected)
        self.figures |= {"records": total, "letters": letters}

    def test_prometheus_takes_them(self):
        """Debian's promtool finds nothing in the metrics and in the alert rules."""
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("no promtool (Debian's package prometheus)")
        self.make_topics(2, clean=2)
        worker = self.start(
            self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin)).assigned()
        self.feed(Input(self.seed, [500] * 2, odd=100_000)).all()
        until("letters", lambda: self.sum(self.get("/metrics")[1], "millrace_dead_letters_written_total") > 0)
        text = self.get("/metrics")[1]
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        rules = Path(__file__).resolve().parents[2] / "config/prometheus/millrace.rules.yml"
        done = subprocess.run([promtool, "check", "rules", str(rules)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.figures["series"] = len([line for line in text.splitlines() if not line.startswith("#")])
        self.finish(worker)
