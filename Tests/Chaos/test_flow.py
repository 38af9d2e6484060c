"""Records through a worker that nothing goes wrong for: everything is where it belongs, and the books say so."""

import time

from harness.case import Case, by_key, by_source
from harness.settings import FULL, scaled
from harness.wait import until
from oracle import inputs
from oracle.inputs import Input
from oracle.pipeline import SinkSpec


class Flow(Case):
    def test_two_kafka_sinks(self):
        """A million records of 1 KiB (100,000 on CI) over 8 shards into two topics, one record in a thousand bad."""
        total = scaled(100_000, 1_000_000)
        source = Input(self.seed, [total // 8] * 8, odd=1000)
        when = {"country": ["DE", "FR"]}
        self.make_topics(8, clean=8, some=4)
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean")}},
            "some": {"kafka": {"topic": self.out("some"), "partition": "source"}, "when": when},
        })
        self.feed(source).all()
        expected = self.expected(source, specs=[SinkSpec("clean"), SinkSpec("some", when=when)])
        worker = self.start(config).assigned()
        began = time.monotonic()
        self.settle(source.counts, worker, within=600)
        seconds = time.monotonic() - began
        peak = worker.memory()[1]
        self.finish(worker)
        self.judge(
            self.kafka(expected, "clean", place=by_key(8)), self.kafka(expected, "some", place=by_source(4)),
            self.letters(expected))
        self.check_books(worker, expected)
        self.figures |= {
            "records": total, "seconds": f"{seconds:.1f}", "per_second": f"{total / seconds:.0f}",
            "letters": expected.letters, "peak_mib": peak >> 20,
        }
        self.assertEqual(self.broker.committed(self.group, self.topic), source.counts)

    def test_a_file_and_a_topic(self):
        """A file sink that rotates, beside a Kafka sink: the same records in both."""
        total = scaled(40_000, 400_000)
        source = Input(self.seed, [total // 4] * 4, odd=2000, kinds=inputs.ODD)
        self.make_topics(4, clean=4)
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}},
            "lines": {"file": {"path": "out/lines-{shard}.jsonl", "rotate": "256KiB", "sync": "200ms"}},
        })
        self.feed(source).all()
        expected = self.expected(source, specs=[SinkSpec("clean"), SinkSpec("lines", lines=True)])
        worker = self.start(config).assigned()
        self.settle(source.counts, worker, within=300)
        self.finish(worker)
        self.judge(
            self.kafka(expected, "clean", place=by_source(4)), self.files(expected, "lines", "out/lines-{shard}.jsonl"),
            self.letters(expected))
        self.check_books(worker, expected)
        files = len(list((self.folder / "out").iterdir()))
        self.assertGreater(files, 8, "the files were not rotated")
        self.figures |= {"records": total, "files": files, "letters": expected.letters}

    def test_transforms_of_one_sink(self):
        """`when` and transforms of one sink alone touch no other; payloads that nothing changes are byte for byte."""
        source = Input(self.seed, [2500] * 2, odd=5000, kinds=inputs.ODD)
        when, own = {"type": ["order.created"], "amount": [{"numeric": [">=", 50]}]}, [{"project": {"id": "id", "sum": "sum"}}]
        shared = [{"filter": {"type": [{"anything-but": ["audit"]}]}}]
        self.make_topics(2, whole=1, part=2)
        config = self.config({
            "whole": {"kafka": {"topic": self.out("whole")}},
            "part": {"kafka": {"topic": self.out("part")}, "when": when, "transforms": own},
        }, transforms=shared)
        self.feed(source).all()
        expected = self.expected(
            source, transforms=shared, specs=[SinkSpec("whole"), SinkSpec("part", when=when, transforms=own)])
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(
            self.kafka(expected, "whole", place=by_key(1)), self.kafka(expected, "part", place=by_key(2)),
            self.letters(expected))
        self.check_books(worker, expected)
        self.figures |= {"records": source.total, "letters": expected.letters}


class BadInput(Case):
    def test_every_kind_of_bad_record(self):
        """Of ten records one is bad or odd in one of a dozen ways; sinks get the good ones, the dead letter topic the rest."""
        long_ones = {(shard, 100 + 400 * shard): inputs.LONG for shard in range(4)}
        source = Input(self.seed, [1500 if not FULL else 15_000] * 4, odd=100_000, kinds=inputs.ODD, planted=long_ones)
        self.make_topics(4, dlq=3, clean=4)
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean")}},
            "lines": {"file": {"path": "out/{partition}.jsonl"}},
        })
        self.feed(source).all()
        expected = self.expected(source, specs=[SinkSpec("clean"), SinkSpec("lines", lines=True)])
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(
            self.kafka(expected, "clean", place=by_key(4)), self.files(expected, "lines", "out/{partition}.jsonl"),
            self.letters(expected, dlq=3))
        self.check_books(worker, expected)
        self.figures |= {"records": source.total, "letters": expected.letters}

    def test_payloads_that_are_no_line(self):
        """Whole payloads to a file: those with a line feed are poison there, and nowhere else."""
        source = Input(self.seed, [2000] * 2)
        self.make_topics(2, whole=2)
        config = self.config({
            "whole": {"kafka": {"topic": self.out("whole")}},
            "lines": {"file": {"path": "out/{shard}.jsonl"}},
        }, transforms=[])
        self.feed(source).all()
        expected = self.expected(source, transforms=[], specs=[SinkSpec("whole"), SinkSpec("lines", lines=True)])
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(
            self.kafka(expected, "whole", place=by_key(2)), self.files(expected, "lines", "out/{shard}.jsonl"),
            self.letters(expected))
        self.check_books(worker, expected)
        self.figures |= {"records": source.total, "letters": expected.letters}

    def test_a_record_too_large_for_the_output(self):
        """Without a projection a record of 1 MiB exceeds a topic of 100 KiB: a letter that says so, and nothing waits."""
        planted = {(0, 5): inputs.LONG, (0, 600): inputs.LONG}
        source = Input(self.seed, [1000], planted=planted)
        self.make_topics(1, clean=(2, {"max_message_bytes": 102_400}))
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, transforms=[])
        self.feed(source).all()
        expected = self.expected(source, "clean", transforms=[])
        for shard, seq in planted:
            expected.kill("clean", shard, seq, {"too-large"})
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_key(2)), self.letters(expected))
        self.check_books(worker, expected)

    def test_a_record_too_large_for_the_dead_letter_topic(self):
        """A bad record that the dead letter topic cannot take leaves a reference that says where it lies."""
        planted = {(0, 50): inputs.LONG}
        source = Input(self.seed, [200], planted=planted)
        self.make_topics(1, dlq=1, dlq_config={"max_message_bytes": 102_400}, clean=(1, {"max_message_bytes": 102_400}))
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, transforms=[])
        self.feed(source).all()
        expected = self.expected(source, "clean", transforms=[])
        expected.kill("clean", 0, 50, {"too-large"})
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_key(1)))
        letters = list(self.broker.read(self.dlq))
        self.assertEqual(len(letters), 1)
        headers = dict(letters[0].headers)
        self.assertIsNone(letters[0].value)
        self.assertEqual(headers["millrace.payload"], b"omitted")
        self.assertEqual((headers["millrace.origin-partition"], headers["millrace.origin-offset"]), (b"0", b"50"))
        self.check_books(worker, expected)

    def test_a_record_too_large_waits(self):
        """`oversize: wait`: the shard waits with the record and says so; once the topic takes it, it is there whole."""
        planted = {(0, 50): inputs.LONG}
        source = Input(self.seed, [200], planted=planted)
        self.make_topics(1, dlq=1, dlq_config={"max_message_bytes": 102_400}, clean=(1, {"max_message_bytes": 102_400}))
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean")}}}, transforms=[],
            dead_letter={"topic": self.dlq, "oversize": "wait"})
        self.feed(source).all()
        expected = self.expected(source, "clean", transforms=[])
        expected.kill("clean", 0, 50, {"too-large"})
        worker = self.start(config).assigned()
        until(
            "the shard to say that it waits",
            lambda: any("it waits until the topic takes it" in line.get("error", "")
                        for line in worker.events("dead-letter-unwritten")), alive=worker.trouble)
        until("the checkpoint at the record", lambda: self.broker.committed(self.group, self.topic) == [50] or None,
              alive=worker.trouble)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.broker.alter(self.dlq, max_message_bytes=4 << 20)
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_key(1)), self.letters(expected, dlq=1))
