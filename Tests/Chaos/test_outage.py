"""Sinks, dead letter topics and brokers that are away and come back: everything waits, nothing is dead-lettered."""

import time

from harness.broker import Broker
from harness.case import Case, by_source
from harness.feed import Feed
from harness.settings import scaled
from harness.wait import hold, until
from oracle.check import check_dead
from oracle.inputs import Input

AWAY = 20.0
#: What a case may take on top of the two seconds that are promised, where the broker itself still has to wake up.
PROMISED = 2.0


class SinkAway(Case):
    """The sink's topic lives on a broker of its own, which goes away for 20 s under load."""

    def setUp(self):
        super().setUp()
        self.away = Broker()
        self.addCleanup(self.away.close)

    def run_outage(self, leave, come_back):
        source = Input(self.seed, [scaled(12_500, 25_000)] * 4)
        self.make_topics(4)
        self.away.create(self.out("clean"), 4, message_timestamp_type="LogAppendTime")
        config = self.config({"clean": {
            "kafka": {"brokers": self.away.address, "topic": self.out("clean"), "partition": "source"},
            # The breaker's own time-out is not what is measured.
            "breaker": {"failure_threshold": 5, "recovery_timeout": "1s"},
            "retry": {"max_delay": "1s"},
        }})
        expected = self.expected(source, "clean")
        worker = self.start(config).assigned()
        # Before, while it is away, and long enough behind that.
        feed = self.feed(source).begin(rate=source.total / 32)
        until("records to flow", lambda: sum(self.away.ends(self.out("clean"))) > 1000, alive=worker.trouble)

        leave()
        hold(AWAY)
        before = self.broker.committed(self.group, self.topic)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0, "dead letters during the outage")
        back = come_back()

        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        seen = list(self.away.read(self.out("clean")))
        first = min(one.timestamp for one in seen if one.timestamp > back * 1000) / 1000 - back
        report = self.kafka(expected, "clean", broker=self.away, place=by_source(4), restarts=10, duplicates=None)
        self.judge(report, self.letters(expected))
        self.check_books(worker, expected)
        self.assertLess(sum(before), source.total, "the checkpoint ran ahead of a sink that was away")
        self.assertEqual(report.duplicates, 0, "the same record twice without a crash of the worker")
        self.figures |= {"records": source.total, "back_after": f"{first:.2f}s", "dead": 0}
        self.assertLess(first, PROMISED, "delivery went on too late after the sink's return")

    def test_frozen_for_20_seconds(self):
        def thaw():
            self.away.thaw()
            return time.time()

        self.run_outage(self.away.freeze, thaw)

    def test_killed_for_20_seconds(self):
        def start():
            self.away.start()
            return time.time()

        self.run_outage(self.away.kill, start)


class DeadLettersAway(Case):
    """The dead letter topic lives on a broker of its own, which is down when the first letter is due."""

    def setUp(self):
        super().setUp()
        self.away = Broker()
        self.addCleanup(self.away.close)
        self.away.create(self.dlq, 2)

    def begin(self, shards, source, **more):
        """A worker that runs over an empty topic; then the other broker goes, and the records come."""
        self.broker.create(self.topic, shards)
        self.broker.create(self.out("clean"), shards)
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}},
            dead_letter={"topic": self.dlq, "brokers": self.away.address}, **more)
        worker = self.start(config).assigned()
        self.away.kill()
        self.feed(source).all()
        return config, worker

    def letters(self, expected, **how):
        return check_dead(
            expected, self.away.read(self.dlq), group=self.group, pipeline=self.stem, partitions=2, **how)

    def test_the_shard_waits(self):
        """While no letter can be written, a shard with a bad record waits there; the other goes on."""
        source = Input(self.seed, [1000] * 2, planted={(0, 300): "cut", (0, 301): "not-base64"})
        _, worker = self.begin(2, source)
        expected = self.expected(source, "clean")
        until("the good shard to end", lambda: self.broker.committed(self.group, self.topic)[1] == 1000, alive=worker.trouble)
        hold(3)
        self.assertLessEqual(self.broker.committed(self.group, self.topic)[0], 300, "the checkpoint passed an unsafe letter")
        self.away.start()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_source(2)), self.letters(expected))
        self.check_books(worker, expected)

    def test_terminated_meanwhile(self):
        """A drain that cannot finish ends with 75, and the next worker writes the letter."""
        source = Input(self.seed, [1000], planted={(0, 300): "cut"})
        config, worker = self.begin(1, source, limits={"drain": "2s"})
        expected = self.expected(source, "clean")
        until("the good ones to arrive", lambda: self.broker.ends(self.out("clean"))[0] > 200, alive=worker.trouble)
        self.finish(worker, code=75)
        self.assertLessEqual(self.broker.committed(self.group, self.topic)[0], 300)
        self.away.start()
        second = self.start(config).assigned()
        self.settle(source.counts, second)
        self.finish(second)
        self.judge(self.kafka(expected, "clean", place=by_source(1)), self.letters(expected, once=False))


class BrokerAway(Case):
    def test_at_the_start(self):
        """`run` says once that no broker answers, asks again with growing pauses, and begins when one does."""
        own = Broker(start=False)
        self.addCleanup(own.close)
        source = Input(self.seed, [500])
        config = self.config(
            {"lines": {"file": {"path": "out/{shard}.jsonl"}}},
            source={"kafka": {"brokers": own.address, "topics": [self.topic], "group": self.group}})
        worker = self.start(config)
        hold(8)
        self.assertIsNone(worker.trouble())
        told = [line for line in worker.lines() if own.address in str(line)]
        self.assertTrue(told, f"nothing names {own.address}:\n{worker.tail()}")
        self.assertLessEqual(len(told), 5, f"a flood instead of a line:\n{worker.tail()}")
        self.figures["lines_in_8s"] = len(told)

        own.start()
        own.create(self.topic, 1)
        own.create(self.dlq, 1)
        Feed(own, self.topic, source).all()
        # A topic that was missing at the first answer ends the start: then a service manager starts it again.
        expected = self.expected(source, "lines")
        if not worker.running:
            self.assertEqual(worker.process.returncode, 78, worker.tail())
            worker = self.start(config)
        until("the checkpoint", lambda: own.committed(self.group, self.topic) == [500], within=60, alive=worker.trouble)
        self.finish(worker)
        self.judge(self.files(expected, "lines", "out/{shard}.jsonl"))

    def test_while_running(self):
        """The source's broker is killed and comes back: no record is lost, none dead-lettered, order kept."""
        own = Broker()
        self.addCleanup(own.close)
        source = Input(self.seed, [scaled(10_000, 50_000)] * 2)
        for topic, partitions in ((self.topic, 2), (self.dlq, 1), (self.out("clean"), 2)):
            own.create(topic, partitions)
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}},
            source={"kafka": {"brokers": own.address, "topics": [self.topic], "group": self.group}})
        expected = self.expected(source, "clean")
        Feed(own, self.topic, source).all()
        worker = self.start(config).assigned()
        until("records to flow", lambda: sum(own.ends(self.out("clean"))) > 500, every=0.01, alive=worker.trouble)
        own.kill()
        hold(5)
        own.start()
        until(
            "the checkpoint at the ends", lambda: own.committed(self.group, self.topic) == source.counts, within=120,
            every=0.2, alive=worker.trouble)
        self.finish(worker)
        report = self.kafka(expected, "clean", broker=own, place=by_source(2), restarts=5)
        self.judge(report)
        self.assertEqual(list(own.read(self.dlq)), [])
        self.figures |= {"records": source.total, "again": report.duplicates}
