"""Ranges of the source's log that are read again: the exact range, the chosen sinks, and the live group as it was."""

import time

from confluent_kafka import Producer, TopicPartition

from harness.broker import QUIET
from harness.case import Case, by_source
from harness.settings import scaled
from harness.wait import hold
from oracle.check import check_dead
from oracle.inputs import Input


def only(expected, spans):
    """Leaves of `expected` the records `first <= seq < end` of each shard's span."""
    for shard, (first, end) in enumerate(spans):
        for seq in [*range(first), *range(end, expected.source.counts[shard])]:
            for marks in expected.marks.values():
                marks[shard][seq] = 0
            expected.dead.pop((shard, seq), None)
    return expected


def moment():
    """The present, to the millisecond, with nothing else in that millisecond."""
    hold(0.05)
    now = time.time()
    hold(0.05)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"


class Replay(Case):
    def pipelines(self, shards, **outputs):
        """A live pipeline to `clean`, and one with `again` beside it, which a replay is given."""
        self.make_topics(shards, clean=shards, again=shards, **outputs)
        clean = {"kafka": {"topic": self.out("clean"), "partition": "source"}}
        again = {"kafka": {"topic": self.out("again"), "partition": "source"}}
        live = self.config({"clean": clean})
        return live, self.config({"clean": clean, "again": again}, file="again.yaml")

    def letters_of_replay(self, expected, **how):
        """The report on the letters that carry a replay's id, and those ids."""
        ids, seen = set(), []
        for one in self.broker.read(self.dlq):
            own = [value for name, value in one.headers if name == "millrace.replay"]
            if own:
                ids.add(own[0].decode())
                seen.append(one._replace(headers=[h for h in one.headers if h[0] != "millrace.replay"]))
        return check_dead(
            expected, seen, group=self.group, pipeline=self.stem, partitions=2, **how), ids

    def test_a_time_range_and_two_kills(self):
        """The middle of 5,000,000 records (80,000 on CI) by its times, killed twice: exactly the range, group untouched."""
        shards, total = 4, scaled(80_000, 5_000_000)
        each = total // shards
        first, end = each // 5, each * 4 // 5
        source = Input(self.seed, [each] * shards, odd=200, size=scaled(512, 300))
        live, config = self.pipelines(shards)
        feed = self.feed(source).all(upto=first)
        begin = moment()
        feed.all(upto=end)
        stop = moment()
        feed.all()
        worker = self.start(live).assigned()
        self.settle(source.counts, worker, within=600)
        before = self.broker.committed(self.group, self.topic)
        letters = sum(self.broker.ends(self.dlq))
        # Slow enough for two kills in the middle, on CI; as fast as it goes otherwise.
        words = ["replay", config, "--from", begin, "--to", stop, "--sink", "again", *scaled(["--rate", "12000"], [])]
        began = time.monotonic()
        self.job(*words).until_share(0.2).kill()
        again = self.job(*words)
        self.assertEqual(again.wait(), 64)
        self.assertIn("--resume", again.error)
        self.assertIn("--restart", again.error)
        self.job(*words, "--resume").until_share(0.5).kill()
        last = self.done(*words, "--resume", within=600)
        seconds = time.monotonic() - began
        self.assertIn("4 of 4 shards reached their ends", last.out)
        self.assertIn("books balanced", last.out)
        self.assertEqual(self.broker.committed(self.group, self.topic), before)
        self.finish(worker)
        expected = self.expected(source, "clean", "again")
        # What the live pipeline alone has delivered, by partition.
        live_ends = [sum(mark not in (0, 1) for mark in marks) for marks in expected.marks["clean"]]
        expected = only(expected, [(first, end)] * shards)
        kafka = self.kafka(expected, "again", place=by_source(shards), restarts=2)
        dead, ids = self.letters_of_replay(expected, once=False)
        self.judge(kafka, dead)
        self.assertEqual(len(ids), 1)
        self.assertEqual(self.broker.ends(self.out("clean")), live_ends)
        self.figures |= {
            "records": total, "range": (end - first) * shards, "kills": 2, "again": kafka.duplicates,
            "letters": dead.delivered, "live_letters": letters, "seconds": f"{seconds:.1f}",
        }
        # As fast as it goes, with nobody in its way: what a record of the range costs.
        fast = self.done(
            "replay", config, "--from", begin, "--to", stop, "--sink", "again", within=600)
        self.figures["whole_in"] = fast.out.split("done in ")[1].split(",")[0]
        self.figures["per_second"] = f"{(end - first) * shards / fast.seconds:.0f}"

    def test_a_signal_and_resume(self):
        """SIGTERM in the middle: exit 75, and with --resume every record has come once."""
        source = Input(self.seed, [10_000] * 2, odd=500)
        _, config = self.pipelines(2)
        self.feed(source).all()
        words = ["replay", config, "--from", "earliest", "--all-sinks", "--rate", "8000"]
        job = self.job(*words).until_share(0.3)
        self.assertEqual(job.term(), 75, job.error)
        self.assertIn("--resume", job.out)
        self.done(*words, "--resume")
        expected = self.expected(source, "clean", "again")
        dead, _ = self.letters_of_replay(expected)
        self.judge(
            self.kafka(expected, "clean", place=by_source(2), restarts=1, duplicates=0),
            self.kafka(expected, "again", place=by_source(2), restarts=1, duplicates=0), dead)
        # Nothing is kept of what has ended, and it may run again.
        self.assertIsNone(job.kept("replay-"))
        job = self.job(*words, "--resume")
        self.assertEqual(job.wait(), 64)
        self.assertIn("no progress", job.error)

    def test_a_dry_run_counts(self):
        """Without a sink: what would be delivered, filtered and dead-lettered, and nothing is written anywhere."""
        source = Input(self.seed, [3000] * 2, odd=5000)
        _, config = self.pipelines(2)
        self.feed(source).all()
        job = self.done("replay", config, "--from", "earliest")
        expected = self.expected(source, "clean", "again")
        counts = expected.counts["again"]
        self.assertIn("6,000 records", job.out)
        self.assertIn(f"{counts['delivered']:,} delivered (", job.out)
        self.assertIn(f"{counts['filtered']:,} filtered, {counts['dead']} dead", job.out)
        self.assertEqual([sum(self.broker.ends(name)) for name in (self.out("again"), self.dlq)], [0, 0])
        self.assertIsNone(job.kept("replay-"))
        groups = self.broker.admin.list_consumer_groups().result(10).valid
        self.assertFalse([group.group_id for group in groups if self.stem in group.group_id])

    def test_markers_at_the_end_and_an_expired_beginning(self):
        """Ranges that end in markers of transactions or in what was aborted end all the same; what has expired is said."""
        _, config = self.pipelines(1)
        source = Input(self.seed, [60])
        producer = Producer({"bootstrap.servers": self.broker.address, "transactional.id": self.stem, **QUIET})
        producer.init_transactions(30)
        for part, commits in ((range(0, 20), True), (range(20, 40), True), (range(40, 50), False)):
            producer.begin_transaction()
            for seq in part:
                record = source.record(0, seq)
                producer.produce(self.topic, record.value, record.key, partition=0, headers=record.headers or None)
            producer.flush(30)
            if commits:
                producer.commit_transaction(30)
            else:
                producer.abort_transaction(30)
        # 0-19, marker 20, 21-40, marker 41, 42-51 aborted, marker 52.
        self.assertEqual(self.broker.ends(self.topic), [53])
        for to, read in (("latest", 40), ("42", 40), ("41", 40), ("47", 40), ("21", 20), ("20", 20)):
            job = self.done(
                "replay", config, "--from", "earliest", "--to", to, "--shard", f"{self.topic}:0", within=30)
            self.assertIn(f"{read} records,", job.out, f"--to {to}")
        self.assertIn("13 offsets of the range hold no record", self.done("replay", config, "--from", "earliest").out)
        self.broker.admin.delete_records([TopicPartition(self.topic, 0, 10)])[TopicPartition(self.topic, 0)].result(20)
        job = self.done("replay", config, "--from", "5", "--all-sinks")
        self.assertIn(f"{self.topic}:0: 5..<10 has expired; the log begins at 10", job.error)
        self.assertIn("again: read 30 = ", job.out)

    def test_what_does_not_go_together(self):
        """Mistakes of the command line are told before anything is read."""
        _, config = self.pipelines(2)
        for words, code, said in (
            (["--from", "17"], 64, "--shard"),
            (["--from", "earliest", "--shard", f"{self.topic}:7"], 64, "there is no shard"),
            (["--from", "earliest", "--sink", "nowhere"], 64, "clean, again"),
            (["--from", "noon"], 64, "-2h or an offset"),
            (["--from", "earliest", "--sink", "again", "--resume"], 64, "no progress"),
        ):
            job = self.job("replay", config, *words)
            self.assertEqual(job.wait(), code, job.error)
            self.assertIn(said, job.error, words)
        lost = self.config({"clean": {"kafka": {"topic": self.out("nowhere")}}}, file="lost.yaml")
        job = self.job("replay", lost, "--from", "earliest", "--all-sinks")
        self.assertEqual(job.wait(), 78, job.error)
        self.assertIn(f'topic "{self.out("nowhere")}" does not exist', job.error)
        gone = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, file="gone.yaml", source={
            "kafka": {"brokers": "127.0.0.1:1", "topics": [self.topic], "group": self.group}})
        self.assertEqual(self.job("replay", gone, "--from", "earliest", "--timeout", "1s").wait(), 69)
