"""A log that is not one run of records from zero: expired, compacted, with markers, on partitions that come later; and a
dead letter topic that goes away."""

import signal
import time

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import NewPartitions
from harness.broker import QUIET, asked
from harness.case import SHORT_SESSION, Case, by_source
from harness.wait import hold, until
from oracle.inputs import Input


class Log(Case):
    session = SHORT_SESSION

    def pipeline(self, **source):
        return self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}},
            source={"kafka": {
                "brokers": self.broker.address, "topics": [self.topic], "group": self.group, "start": "earliest",
                "properties": self.session} | source})

    def stopped_at(self, count, config, source):
        """Runs over the first `count` records and stops; the group stands there."""
        feed = self.feed(source).all(count)
        worker = self.start(config).assigned()
        self.settle([count], worker)
        self.finish(worker)
        return feed

    def expire(self, offset):
        place = TopicPartition(self.topic, 0, offset)
        self.broker.admin.delete_records([place])[TopicPartition(self.topic, 0)].result(20)

    def test_what_was_committed_has_expired(self):
        """The log begins behind the checkpoint: the range is reported, and the worker goes on behind it."""
        source = Input(self.seed, [3000])
        self.make_topics(1, clean=1)
        config = self.pipeline()
        expected = self.expected(source, "clean")
        self.stopped_at(1000, config, source).all()
        self.expire(1700)
        worker = self.start(config).assigned()
        self.settle([3000], worker)
        told = worker.events("lost")
        self.finish(worker)
        self.assertEqual([(line["shard"], line["from"], line["to"]) for line in told], [(f"{self.topic}:0", "1000", "1700")])
        # What expired cannot be delivered, and is all that is missing.
        report = self.kafka(expected, "clean", place=by_source(1))
        missing = sum(expected.wants("clean", 0, seq) for seq in range(1000, 1700))
        self.assertEqual(dict(report.faults), {"lost": missing})
        self.figures["lost_and_told"] = 700

    def test_a_loss_with_nothing_behind_is_told_once(self):
        """All that was not read has expired, and nothing has come since: the next start does not tell it again."""
        source = Input(self.seed, [300])
        self.make_topics(1, clean=1)
        config = self.pipeline()
        feed = self.stopped_at(100, config, source)
        feed.all(200)
        self.expire(200)
        worker = self.start(config).assigned()
        self.settle([200], worker)
        self.assertEqual([(line["from"], line["to"]) for line in worker.events("lost")], [("100", "200")])
        self.finish(worker)
        worker = self.start(config).assigned()
        feed.all()
        self.settle([300], worker)
        self.finish(worker)
        self.assertEqual(worker.events("lost"), [])

    def test_an_expired_checkpoint_can_park(self):
        """`on_gap: park`: nothing is read behind a loss before somebody has seen it."""
        source = Input(self.seed, [2000])
        self.make_topics(1, clean=1)
        config = self.pipeline(on_gap="park")
        self.stopped_at(1000, config, source).all()
        before = sum(self.broker.ends(self.out("clean")))
        self.expire(1500)
        worker = self.start(config).assigned()
        until("the loss to be told", lambda: worker.events("lost"), within=60, alive=worker.trouble)
        hold(2)
        self.assertIsNone(worker.trouble())
        self.assertEqual(sum(self.broker.ends(self.out("clean"))), before)
        self.assertEqual(self.broker.committed(self.group, self.topic), [1000])
        worker.term()

    def test_retention_overtakes_a_worker_that_waits(self):
        """Records expire before a live worker that stands still has read them: the range is told, the rest is delivered."""
        source = Input(self.seed, [40_000])
        self.make_topics(1, clean=1)
        config = self.pipeline()
        expected = self.expected(source, "clean")
        feed = self.feed(source).all(1000)
        worker = self.start(config).assigned()
        self.settle([1000], worker)
        worker.signal(signal.SIGSTOP)
        feed.all()
        self.expire(30_000)
        worker.signal(signal.SIGCONT)
        self.settle([40_000], worker)
        told = worker.events("lost")
        self.finish(worker)
        report = self.kafka(expected, "clean", place=by_source(1), restarts=5)
        lost = [(int(line["from"]), int(line["to"])) for line in told]
        missing = sum(expected.wants("clean", 0, seq) for low, high in lost for seq in range(low, high))
        self.assertEqual(report.faults["lost"], missing, f"told: {lost}\n{report}")
        self.assertEqual(set(report.faults) - {"lost"}, set(), str(report))
        self.figures |= {"records": source.total, "lost_and_told": sum(high - low for low, high in lost)}

    def test_markers_and_what_was_aborted(self):
        """Offsets that no consumer is ever given, in the middle and at the end: the checkpoint passes them, and nothing is
        told, not even where the last of them have expired."""
        self.make_topics(1, clean=1)
        config = self.pipeline()
        producer = Producer({"bootstrap.servers": self.broker.address, "transactional.id": self.stem, **QUIET})
        producer.init_transactions(30)
        places, at, number = [], 0, 0
        whole = Input(self.seed, [100_000])
        for size, commits in ((300, True), (20, False), (500, True), (1, True), (1, False), (200, True), (50, False)):
            producer.begin_transaction()
            for seq in range(number, number + size):
                record = whole.record(0, seq)
                producer.produce(self.topic, record.value, record.key, partition=0, headers=record.headers or None)
            producer.flush(30)
            if commits:
                producer.commit_transaction(30)
                places += range(at, at + size)
                number += size
            else:
                producer.abort_transaction(30)
            at += size + 1
        source = Input(self.seed, [number])
        self.assertEqual(self.broker.ends(self.topic), [at])
        worker = self.start(config).assigned()
        # The last records are aborted ones and a marker: nothing that is delivered ever lies behind them.
        self.settle([at], worker)
        self.finish(worker)
        self.quiet(worker)
        self.judge(self.kafka(self.expected(source, "clean"), "clean", place=by_source(1)))
        self.expire(at)
        worker = self.start(config).assigned()
        plain = Producer({"bootstrap.servers": self.broker.address, **QUIET})
        plain.produce(self.topic, whole.record(0, number).value, partition=0)
        self.assertEqual(plain.flush(30), 0)
        self.settle([at + 1], worker)
        self.finish(worker)
        self.quiet(worker)
        self.figures |= {"records": len(places), "offsets": at}

    def quiet(self, worker):
        """No line says that offsets were lost, or looked for again."""
        told = [line for line in worker.lines() if line.get("event") in ("lost", "sought-back", "reading-again", "hole")]
        self.assertEqual([line for line in told if line["level"] != "debug"], [])

    def test_a_compacted_topic(self):
        """Compaction has left holes everywhere: what remains is delivered, in order, and no loss is told."""
        self.make_topics(1, clean=1)
        self.broker.alter(
            self.topic, cleanup_policy="compact", min_cleanable_dirty_ratio="0.001", segment_ms=1000,
            min_compaction_lag_ms=0, delete_retention_ms=100)
        count = 2000
        input_ = Input(self.seed, [count], keys=40)
        producer = Producer({"bootstrap.servers": self.broker.address, **QUIET})
        for seq in range(count):
            record = input_.record(0, seq)
            producer.produce(self.topic, record.value, record.key, partition=0, headers=record.headers or None)
        self.assertEqual(producer.flush(60), 0)

        def compacted():
            # A segment is closed by the next record, and the cleaner leaves the open one alone.
            producer.produce(self.topic, b"bm8=", b"tick", partition=0)
            producer.flush(30)
            return sum(1 for one in self.broker.read(self.topic) if one.key != b"tick") <= 60

        until("the topic to be compacted", compacted, within=90, every=1)
        kept = [one for one in self.broker.read(self.topic)]
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, transforms=[], decode="none",
            source={"kafka": {
                "brokers": self.broker.address, "topics": [self.topic], "group": self.group, "start": "earliest",
                "properties": self.session}})
        worker = self.start(config).assigned()
        end = self.broker.ends(self.topic)
        self.settle(end, worker)
        self.finish(worker)
        self.quiet(worker)
        landed = [(one.key, one.value) for one in self.broker.read(self.out("clean"))]
        # Compaction goes on meanwhile: what is in the topic now is the least that must have come, in its order.
        still = [(one.key, one.value) for one in self.broker.read(self.topic)]
        rest = iter(landed)
        self.assertTrue(all(one in rest for one in still), "a record that is in the log is not in the output, or out of order")
        self.assertLessEqual(set(landed), {(one.key, one.value) for one in kept})
        self.figures |= {"records": len(landed), "offsets": end[0]}

    def test_partitions_are_added(self):
        """Two partitions become four under a running worker, although `start` is `latest`: nothing of the new ones is missed."""
        self.session = SHORT_SESSION | {"topic.metadata.refresh.interval.ms": 1000}
        source = Input(self.seed, [2000] * 4)
        self.broker.create(self.topic, 2)
        self.broker.create(self.dlq, 1)
        self.broker.create(self.out("clean"), 4)
        config = self.pipeline(start="latest", properties=self.session)
        expected = self.expected(source, "clean")
        worker = self.start(config).assigned()
        until("the group to have begun", lambda: self.broker.committed(self.group, self.topic) == [0, 0], alive=worker.trouble)
        self.broker.admin.create_partitions([NewPartitions(self.topic, 4)])[self.topic].result(30)
        asked("the new partitions", lambda: self.broker.partitions(self.topic) == 4)
        until("the broker to have them", lambda: self.broker.partitions(self.topic) == 4)
        # They have records before the worker knows of them.
        self.feed(source).all()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_source(4)))
        self.check_books(worker, expected, again=True)
        self.figures["records"] = source.total


class DeadLetterTopic(Case):
    def test_deleted_under_a_running_worker(self):
        """The shard waits and says so; with the topic back the letter is written, and nothing was lost."""
        source = Input(self.seed, [1000], planted={(0, 300): "cut"})
        self.make_topics(1, dlq=1, clean=1)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}})
        expected = self.expected(source, "clean")
        feed = self.feed(source).all(200)
        worker = self.start(config).assigned()
        self.settle([200], worker)
        self.broker.admin.delete_topics([self.dlq])[self.dlq].result(30)
        until("the topic to be gone", lambda: self.dlq not in self.broker.admin.list_topics(timeout=10).topics)
        feed.all()
        until(
            "the worker to say so",
            lambda: [one for one in worker.lines() if self.dlq in str(one) and one.get("level") in ("warn", "error")],
            within=60, alive=worker.trouble)
        hold(2)
        self.assertIsNone(worker.trouble())
        self.assertLessEqual(self.broker.committed(self.group, self.topic)[0], 300, "the checkpoint passed an unsafe letter")
        self.broker.create(self.dlq, 1)
        began = time.monotonic()
        self.settle(source.counts, worker)
        self.figures["back_after"] = f"{time.monotonic() - began:.1f}s"
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_source(1)), self.letters(expected, dlq=1))
        self.check_books(worker, expected)
