"""Logs that are cut behind a worker's back, and topics that are made anew: it reads on, and says what is lost."""

import json
import subprocess

from confluent_kafka import Producer, TopicPartition
from harness import settings
from harness.case import Case
from harness.wait import until


class Expiry(Case):
    """Every record that the log still has is delivered, in order and once; the rest is told as lost."""

    def setUp(self):
        super().setUp()
        self.make_topics(2, clean=2)
        self.pipeline = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, transforms=[], decode="none",
            admin={"listen": "none", "socket": str(self.folder / "control.sock")})

    def put(self, numbers):
        """A record a number, to each of the two shards."""
        producer = Producer({"bootstrap.servers": self.broker.address, "log_level": 0})
        for number in numbers:
            for shard in range(2):
                producer.produce(self.topic, str(number).encode(), partition=shard)
        self.assertEqual(producer.flush(30), 0)

    def cut(self, *firsts):
        """The logs begin there from now on."""
        places = [TopicPartition(self.topic, shard, first) for shard, first in enumerate(firsts)]
        for answer in self.broker.admin.delete_records(places).values():
            answer.result(30)

    def found(self):
        """The numbers that were delivered, of each shard."""
        found = [[], []]
        for one in self.broker.read(self.out("clean")):
            found[one.place].append(int(one.value))
        return found

    def delivered(self, *expected):
        """Waits until just these numbers of each shard are delivered, in order."""
        until("all that is left", lambda: self.broker.ends(self.out("clean")) == [len(one) for one in expected], within=60)
        self.assertEqual(self.found(), [list(one) for one in expected])

    def lost(self, worker):
        return sorted((one["shard"], int(one["from"]), int(one["to"])) for one in worker.events("lost"))

    def operator(self, *words):
        subprocess.run([settings.BINARY, *words], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def test_while_it_was_away(self):
        """The checkpoint is not in the log any more when the worker comes back; of one shard nothing is left."""
        self.put(range(100))
        worker = self.start(self.pipeline)
        self.settle([100, 100], worker)
        self.finish(worker)
        self.put(range(100, 200))
        self.cut(150, 200)
        worker = self.start(self.pipeline)
        self.delivered([*range(100), *range(150, 200)], range(100))
        self.put(range(200, 210))
        self.delivered([*range(100), *range(150, 210)], [*range(100), *range(200, 210)])
        self.settle([210, 210], worker)
        self.finish(worker)
        self.assertEqual(self.lost(worker), [(f"{self.topic}:0", 100, 150), (f"{self.topic}:1", 100, 200)])

    def test_while_it_ran(self):
        """Retention overtakes a worker that waits for its sink."""
        self.put(range(100))
        worker = self.start(self.pipeline)
        self.settle([100, 100], worker)
        self.operator("pause", str(self.pipeline), "--shard", f"{self.topic}:0")
        self.put(range(100, 110))
        self.delivered(range(100), range(110))
        # Large records: they do not all fit into what is fetched ahead of the paused shard.
        producer = Producer({"bootstrap.servers": self.broker.address, "log_level": 0})
        for _ in range(60):
            producer.produce(self.topic, b"7" * 500_000, partition=0)
        self.assertEqual(producer.flush(60), 0)
        self.cut(170, 0)
        self.put(range(170, 180))
        self.operator("resume", str(self.pipeline), "--shard", f"{self.topic}:0")
        until("a loss to be told", lambda: self.lost(worker), within=60, alive=worker.trouble)
        self.settle([180, 120], worker)
        self.finish(worker)
        [(shard, first, end)] = self.lost(worker)
        self.assertEqual((shard, end), (f"{self.topic}:0", 170))
        # What was in hand before the cut was delivered; then comes what is left.
        found = [one for one in self.broker.read(self.out("clean")) if one.place == 0]
        self.assertEqual([int(one.value) for one in found[-10:]], list(range(170, 180)))
        self.assertEqual(len(found), first + 10)

    def test_a_topic_made_anew(self):
        """A topic that is deleted and made anew is longer than the checkpoint by the time it is read: nothing says that it
        is another. But the broker has forgotten the checkpoint with the topic: all of the new one is delivered."""
        self.put(range(100))
        worker = self.start(self.pipeline)
        self.settle([100, 100], worker)
        self.broker.admin.delete_topics([self.topic])[self.topic].result(30)
        until("the topic to be gone", lambda: self.topic not in self.broker.admin.list_topics(timeout=10).topics)
        told = until("the worker to miss it", lambda: worker.events("topic-missing"), within=60, alive=worker.trouble)
        self.assertEqual(told[0]["topic"], self.topic)
        status = until(
            "the status to say so", lambda: next(
                (one for one in [self.done("status", self.pipeline).out] if "is not there any more" in one), None),
            within=30, alive=worker.trouble)
        self.assertIn("NOT READY", status)
        self.assertEqual(len(worker.events("topic-missing")), 1)
        self.broker.create(self.topic, 2)
        anew = list(range(1000, 1130))
        self.put(anew)
        until("the worker to say so", lambda: worker.events("topic-made-anew"), within=60, alive=worker.trouble)
        until("the topic to count as back", lambda: worker.events("topic-back"), within=60, alive=worker.trouble)
        until("all of the new one", lambda: all(one[-130:] == anew for one in self.found()), within=60)
        # What stands behind the old place may come before: until the broker has told, it looks like what comes next.
        for one in self.found():
            self.assertEqual(one[:100], list(range(100)))
            self.assertLessEqual(set(one[100:-130]), set(anew[100:]))
        self.finish(worker)
        self.assertLess(worker.drained, 10, "the client that read the old topic is waited for")
        self.assertEqual(self.lost(worker), [])


class Tail(Case):
    """A log whose last offset holds no record: a marker of a transaction is no lag; an open one is named."""

    def test_a_marker_is_no_lag(self):
        self.make_topics(2, clean=2)
        pipeline = self.config(
            {"clean": {"kafka": {"topic": self.out("clean")}}}, transforms=[], decode="none",
            admin={"listen": "none", "socket": str(self.folder / "control.sock")})
        producer = Producer({
            "bootstrap.servers": self.broker.address, "transactional.id": f"{self.stem}-writer", "log_level": 0})
        producer.init_transactions(60)
        for _ in range(3):
            producer.begin_transaction()
            for number in range(10):
                producer.produce(self.topic, str(number).encode(), partition=0)
            producer.commit_transaction(60)
        worker = self.start(pipeline)

        def shards():
            done = subprocess.run(
                [settings.BINARY, "status", str(pipeline), "--json"], cwd=self.folder, capture_output=True, timeout=60)
            return json.loads(done.stdout)["shards"] if done.returncode == 0 else []

        # 30 records, and a marker behind each ten.
        until(
            "the first shard to be read", lambda: next(
                (one for one in shards() if one["partition"] == 0 and one["checkpoint"] == 33), None),
            within=60, alive=worker.trouble)
        until(
            "no lag", lambda: [one["lag"] for one in shards()] == [0, 0] or None, within=30, alive=worker.trouble)
        for shard in shards():
            self.assertEqual((shard["waiting"]["for"], shard["waiting"]["error"]), ("input", None), shard)
        producer.begin_transaction()
        for number in range(10):
            producer.produce(self.topic, str(number).encode(), partition=0)
        producer.flush(60)
        held = until(
            "the open transaction to be named", lambda: next(
                (one["waiting"] for one in shards() if one["waiting"] and one["waiting"]["error"]), None),
            within=30, alive=worker.trouble)
        self.assertIn("open transaction: it began at offset 33, 10 offsets", held["error"])
        producer.commit_transaction(60)
        until(
            "all of it to be read",
            lambda: [one["checkpoint"] for one in shards() if not (one["waiting"] or {}).get("error")] == [44, 0] or None,
            within=30, alive=worker.trouble)
        self.finish(worker)
        self.assertEqual(sum(self.broker.ends(self.topic)), 44)
