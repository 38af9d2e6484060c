"""The checkpoint of a stopped group, moved: exactly those records again, or not at all, and back again."""

import time

from confluent_kafka import Consumer, TopicPartition

from harness.broker import QUIET
from harness.case import Case, by_source
from harness.wait import hold, until
from oracle.check import check_dead, check_sink
from oracle.inputs import Input


class Seek(Case):
    def seek(self, config, *words, code=0):
        """The command; what it prints."""
        return self.done("seek", config, *words, code=code)

    def begin(self, shards, each, *, odd=400, **more):
        """A pipeline whose whole input is delivered and committed, and which has stopped."""
        source = Input(self.seed, [each] * shards, odd=odd)
        self.make_topics(shards, clean=shards)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, **more)
        self.feed(source).all()
        worker = self.start(config)
        self.settle(source.counts, worker)
        self.finish(worker)
        return source, config

    def committed(self):
        return self.broker.committed(self.group, self.topic)

    def since(self, topic, before):
        """The records of `topic` behind the ends `before`."""
        return [one for one in self.broker.read(topic) if one.offset >= before[one.place]]

    def again(self, config, source, spans):
        """Runs the worker to the end; what came meanwhile is exactly the span `first..end` of each shard, once each and in
        order, with the letters that belong to it."""
        before = self.broker.ends(self.out("clean")), self.broker.ends(self.dlq)
        worker = self.start(config)
        self.settle(source.counts, worker)
        self.finish(worker)
        expected = self.expected(source, "clean")
        for shard, (first, end) in enumerate(spans):
            for seq in [*range(first), *range(end, source.counts[shard])]:
                expected.marks["clean"][shard][seq] = 0
                expected.dead.pop((shard, seq), None)
        clean = check_sink(
            expected, "clean", self.since(self.out("clean"), before[0]), place=by_source(len(spans)), duplicates=0)
        letters = check_dead(
            expected, self.since(self.dlq, before[1]), group=self.group, pipeline=self.stem, partitions=2)
        self.judge(clean, letters)
        self.assertEqual(worker.books()["clean"]["read"], sum(end - first for first, end in spans))
        return worker

    def test_back_and_exactly_those_again(self):
        """Two of four shards back to an offset, a dry run before it: exactly those records again, and the log says who."""
        source, config = self.begin(4, 3000)
        ends = list(source.counts)
        words = ["--to", 1200, "--shard", f"{self.topic}:1", "--shard", f"{self.topic}:3"]
        before = self.committed()
        look = self.seek(config, *words)
        self.assertEqual(self.committed(), before, "a look changes nothing")
        self.assertIn("would move 2 shards", look.out)
        self.assertIn("3,600 records will be read again", look.out)
        self.assertIn(f"--to 1200 --shard {self.topic}:1 --shard {self.topic}:3 --apply", look.out)
        self.assertRegex(look.out, rf"{self.topic}:1 +3,000 +1,200 +1,800 +- +0\.\.3,000 +worker \S+@\S+")
        done = self.seek(config, *words, "--apply")
        self.assertIn("moved 2 shards", done.out)
        self.assertIn(f"undo: millrace seek {config} --to 3000 --shard {self.topic}:1 --shard {self.topic}:3", done.out)
        self.assertRegex(done.error, rf"info +seek group={self.group} shards={self.topic}:1,3 from=3000,3000 to=1200,1200 by=")
        self.assertEqual(self.committed(), [ends[0], 1200, ends[2], 1200])
        self.assertRegex(self.seek(config, "--to", "latest").out, r"seek \S+@\S+ [0-9.]+s ago")
        worker = self.again(config, source, [(3000, 3000), (1200, 3000), (3000, 3000), (1200, 3000)])
        moved = worker.events("offsets-moved")
        self.assertEqual(len(moved), 1, moved)
        self.assertEqual(
            (moved[0]["shards"], moved[0]["from"], moved[0]["to"], moved[0]["with"]),
            (f"{self.topic}:1,3", "3000,3000", "1200,1200", "millrace seek"))
        self.assertIn("@", moved[0]["by"])

    def ahead(self):
        """A pipeline whose sink `clean` was held: it stopped with the file sink ahead of the checkpoint."""
        source = Input(self.seed, [600] * 2, odd=100_000)
        self.make_topics(2, clean=2)
        socket = str(self.folder / "control.sock")
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}},
            "lines": {"file": {"path": "out/{shard}.jsonl", "sync": "50ms"}},
        }, batch={"records": 50, "window": "5ms"}, limits={"drain": "1s"}, admin={"listen": "none", "socket": socket})
        worker = self.start(config).assigned()
        feed = self.feed(source).all(upto=200)
        self.settle([200] * 2, worker)
        self.done("pause", config, "--sink", "clean")
        feed.all()
        whole = sum(mark not in (0, 1) for marks in self.expected(source, "lines").marks["lines"] for mark in marks)
        until("the file to have everything", lambda: self.lines() == whole, alive=worker.trouble)
        self.finish(worker, code=75)
        return source, config

    def lines(self):
        return sum(path.read_bytes().count(b"\n") for path in (self.folder / "out").glob("*.jsonl"))

    def finish_both(self, config, source, skipped=()):
        """Runs it to the end: each record once at the file, and once at `clean` but for what was skipped of each shard."""
        worker = self.start(config)
        self.settle(source.counts, worker)
        self.finish(worker)
        clean = self.expected(source, "clean")
        for shard, seqs in enumerate(skipped):
            for seq in seqs:
                clean.marks["clean"][shard][seq] = 0
        self.judge(
            self.kafka(clean, "clean", place=by_source(2), duplicates=0),
            self.files(self.expected(source, "lines"), "lines", "out/{shard}.jsonl", duplicates=0))

    def test_undo(self):
        """The command that a seek prints puts everything back as it was, the sinks' cursors too: no record comes twice to the
        sink that was ahead."""
        source, config = self.ahead()
        before = self.committed()
        self.assertLess(max(before), 300)
        moved = self.seek(config, "--to", "earliest", "--apply")
        self.assertEqual(self.committed(), [0, 0])
        undo = [line.split(f"millrace seek {config} ")[1].split() for line in moved.out.splitlines() if "--apply" in line]
        self.assertTrue(undo)
        for words in undo:
            self.seek(config, *words)
        self.assertEqual(self.committed(), before)
        self.assertIn("nothing to move", self.seek(config, *undo[0]).out)
        self.finish_both(config, source)

    def test_forward_past_what_one_sink_has(self):
        """What lies between is skipped at the sink that lacked it, and the sink that was ahead is not given its lead again."""
        source, config = self.ahead()
        words = [word for shard in range(2) for word in ("--shard", f"{self.topic}:{shard}")]
        # What a filter drops may have moved the checkpoint a little.
        skipped = [range(first, 300) for first in self.committed()]
        self.assertIn(
            f"{sum(map(len, skipped))} records will be skipped", self.seek(config, "--to", 300, *words, "--apply").out)
        self.finish_both(config, source, skipped)

    def test_times_and_ends(self):
        """To a time, to the beginning, to the end; what is skipped is counted and never comes."""
        self.make_topics(2, clean=2)
        source = Input(self.seed, [2000] * 2, odd=500)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}})
        feed = self.feed(source).all(upto=700)
        hold(0.05)
        now = time.time()
        hold(0.05)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        feed.all()
        # The group has never committed: it is placed before its first start.
        first = self.seek(config, "--to", moment, "--apply")
        self.assertIn("nobody yet", first.out)
        self.assertIn("--to earliest", first.out)
        self.assertEqual(self.committed(), [700, 700])
        self.again(config, source, [(700, 2000)] * 2)
        self.seek(config, "--to", "earliest", "--apply")
        self.again(config, source, [(0, 2000)] * 2)
        self.seek(config, "--to", "-1h", "--shard", f"{self.topic}:0", "--apply")
        self.assertEqual(self.committed(), [0, 2000])
        skip = self.seek(config, "--to", "latest", "--apply")
        self.assertIn("2,000 records will be skipped", skip.out)
        self.assertEqual(self.committed(), [2000, 2000])
        late = self.seek(config, "--to", "2100-01-01T00:00:00Z")
        self.assertIn("its end is taken", late.error)

    def test_a_live_group_is_refused(self):
        """With its members' names; nothing has moved. So is what the log does not have."""
        source, config = self.begin(2, 500)
        worker = self.start(config).assigned()
        before = self.committed()
        for more in ([], ["--apply"]):
            job = self.seek(config, "--to", "earliest", *more, code=69)
            self.assertIn(f"group {self.group} is live", job.error)
            self.assertIn(f"{self.stem}-source on 127.0.0.1 has {self.topic}:0-1", job.error)
        self.assertEqual(self.committed(), before)
        self.finish(worker)
        self.broker.admin.delete_records([TopicPartition(self.topic, 0, 100)])[TopicPartition(self.topic, 0)].result(20)
        for words, code, said in (
            (["--to", "50", "--shard", f"{self.topic}:0"], 64, "has expired: the log begins at 100"),
            (["--to", "501", "--shard", f"{self.topic}:1"], 64, "the log ends at 500"),
            (["--to", "50"], 64, "--shard"),
            (["--to", "50", "--shard", f"{self.topic}:9"], 64, "there is no shard"),
            (["--to", "noon"], 64, "-2h"),
        ):
            job = self.seek(config, *words, "--apply", code=code)
            self.assertIn(said, job.error, words)
        self.assertEqual(self.committed(), before)
        # Another program's commit leaves no trace; that is said as well.
        consumer = Consumer({"bootstrap.servers": self.broker.address, "group.id": self.group, **QUIET})
        consumer.commit(offsets=[TopicPartition(self.topic, 1, 400)], asynchronous=False)
        consumer.close()
        self.assertIn("another program", self.seek(config, "--to", "latest").out)
        worker = self.start(config)
        self.settle(source.counts, worker)
        self.assertEqual(
            [one["by"] for one in until("the note", lambda: worker.events("offsets-moved"))], ["another program"])
        self.finish(worker)
