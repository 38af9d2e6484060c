"""Workers that are killed, stopped, frozen and started again under load."""

import random
import signal

from harness.broker import Broker
from harness.case import SHORT_SESSION, Case, by_source, frames_of
from harness.commits import check_commits, history
from harness.settings import scaled
from harness.threads import Standstill, threads_of
from harness.wait import hold, until
from oracle.check import check_sink, identify
from oracle.inputs import Input
from oracle.pipeline import SinkSpec


class Kill(Case):
    session = SHORT_SESSION

    def test_kill_9(self):
        """SIGKILL at random moments under load (20 times; 6 on CI): no record lost, order kept, letters complete."""
        times = scaled(6, 20)
        source = Input(self.seed, [scaled(30_000, 100_000)] * 4, odd=500)
        self.make_topics(4, clean=4, lines=1)
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}},
            "lines": {"file": {"path": "out/lines-{shard}.jsonl", "rotate": "4MiB", "sync": "200ms"}},
        })
        chance = random.Random(self.seed)
        feed = self.feed(source).begin(rate=source.total / (times * 4))
        for _ in range(times):
            worker = self.start(config).assigned()
            hold(chance.uniform(0.0, 1.5))
            self.assertIsNone(worker.trouble())
            worker.kill()
        worker = self.start(config).assigned()
        feed.wait()
        self.settle(source.counts, worker, within=180)
        self.finish(worker)
        expected = self.expected(source, specs=[SinkSpec("clean"), SinkSpec("lines", lines=True)])
        kafka = self.kafka(expected, "clean", place=by_source(4), restarts=times)
        files = self.files(expected, "lines", "out/lines-{shard}.jsonl", restarts=times)
        letters = self.letters(expected, once=False)
        self.judge(kafka, files, letters)
        self.figures |= {
            "records": source.total, "kills": times, "again": kafka.duplicates, "again_in_files": files.duplicates,
            "letters_again": letters.duplicates,
        }

    def test_kill_9_between_frames(self):
        """Whole payloads behind their lengths, line feeds and all, and SIGKILL: no frame is torn, none missing or twice."""
        times = scaled(3, 20)
        source = Input(self.seed, [scaled(10_000, 100_000)] * 2)
        self.make_topics(2)
        config = self.config(
            {"frames": {"file": {"path": "out/{shard}.bin", "framing": "length", "rotate": "2MiB", "sync": "100ms"}}},
            transforms=[])
        chance = random.Random(self.seed)
        feed = self.feed(source).begin(rate=source.total / (times * 3))
        for _ in range(times):
            worker = self.start(config).assigned()
            hold(chance.uniform(0.0, 1.0))
            self.assertIsNone(worker.trouble())
            worker.kill()
        worker = self.start(config).assigned()
        feed.wait()
        self.settle(source.counts, worker, within=120)
        self.finish(worker)
        expected = self.expected(source, transforms=[], specs=[SinkSpec("frames", frames=True)])
        files = self.files(expected, "frames", "out/{shard}.bin", records_of=frames_of, restarts=times)
        self.judge(files, self.letters(expected, once=False))
        self.figures |= {"records": source.total, "kills": times, "again": files.duplicates}

    def test_sigterm(self):
        """SIGTERM at random moments under load (10 times; 4 on CI): exit 0 each time, no loss, no record twice."""
        times = scaled(4, 10)
        source = Input(self.seed, [scaled(20_000, 60_000)] * 4, odd=500)
        self.make_topics(4, clean=4)
        config = self.config({
            "clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}},
            "lines": {"file": {"path": "out/lines-{shard}.jsonl", "rotate": "4MiB"}},
        })
        chance = random.Random(self.seed)
        feed = self.feed(source).begin(rate=source.total / (times * 4))
        slowest = 0.0
        for _ in range(times):
            worker = self.start(config).assigned()
            hold(chance.uniform(0.0, 1.5))
            self.finish(worker)
            slowest = max(slowest, worker.drained)
        worker = self.start(config).assigned()
        feed.wait()
        self.settle(source.counts, worker, within=180)
        self.finish(worker)
        expected = self.expected(source, specs=[SinkSpec("clean"), SinkSpec("lines", lines=True)])
        self.judge(
            self.kafka(expected, "clean", place=by_source(4)), self.files(expected, "lines", "out/lines-{shard}.jsonl"),
            self.letters(expected))
        self.figures |= {"records": source.total, "terms": times, "again": 0, "slowest_drain": f"{slowest:.2f}s"}

    def test_two_signals_end_at_once(self):
        """A second SIGTERM does not wait for the drain; what is undone is read again, nothing is lost."""
        away = Broker()
        self.addCleanup(away.close)
        source = Input(self.seed, [5000] * 2)
        self.make_topics(2)
        away.create(self.out("clean"), 2)
        config = self.config(
            {"clean": {"kafka": {"brokers": away.address, "topic": self.out("clean"), "partition": "source"}}})
        worker = self.start(config).assigned()
        away.kill()
        self.feed(source).all()
        hold(2)  # Everything is read and in flight to a sink that does not answer: nothing tells of that.
        worker.signal(signal.SIGTERM)
        until("the drain to begin", lambda: worker.events("draining"))
        # Within half a second two signals are one: a terminal and a parent may both send it.
        hold(1)
        worker.signal(signal.SIGTERM)
        self.assertEqual(worker.wait(within=8), 75, worker.tail())
        away.start()
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(self.expected(source, "clean"), "clean", broker=away, place=by_source(2), restarts=1))

    def test_lead_survives_sigterm(self):
        """One sink 20,000 records ahead of the other at a SIGTERM: the fast one gets none of them again."""
        behind = Broker()
        self.addCleanup(behind.close)
        lead = 20_000
        source = Input(self.seed, [(lead + 2000) // 4] * 4)
        self.make_topics(4, fast=4)
        behind.create(self.out("slow"), 4)
        config = self.config({
            "fast": {"kafka": {"topic": self.out("fast"), "partition": "source"}},
            "slow": {
                "kafka": {"brokers": behind.address, "topic": self.out("slow"), "partition": "source"},
                "retry": {"max_delay": "500ms"}, "breaker": {"recovery_timeout": "1s"},
            },
        }, transforms=[], limits={"drain": "2s"})
        expected = self.expected(source, "fast", "slow", transforms=[])
        feed = self.feed(source).all(100)
        worker = self.start(config).assigned()
        self.settle([100] * 4, worker)
        behind.kill()
        feed.all()
        until(
            f"a lead of {lead}", lambda: sum(self.broker.ends(self.out("fast"))) >= lead + 400, within=60,
            alive=worker.trouble)
        self.assertEqual(worker.term(), 75, worker.tail())
        self.assertEqual(self.broker.committed(self.group, self.topic), [100] * 4)
        behind.start()
        second = self.start(config).assigned()
        self.settle(source.counts, second)
        self.finish(second)
        fast = self.kafka(expected, "fast", place=by_source(4))
        self.judge(fast, self.kafka(expected, "slow", broker=behind, place=by_source(4)))
        self.figures |= {"records": source.total, "lead": lead, "again_at_fast": fast.duplicates}


class Rebalance(Case):
    session = SHORT_SESSION

    def test_two_workers_take_shards_from_each_other(self):
        """A second worker joins and leaves ten times (3 on CI) under load: nothing lost, nothing twice."""
        times = scaled(3, 10)
        source = Input(self.seed, [scaled(20_000, 60_000)] * 4, odd=500)
        self.make_topics(4, clean=4)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}})
        expected = self.expected(source, "clean")
        feed = self.feed(source).begin(rate=source.total / (times * 6))
        stays = self.start(config, name="stays").assigned()
        for _ in range(times):
            comes = self.start(config, name="comes").assigned()
            hold(1.5)
            self.finish(comes)
            self.assertIsNone(stays.trouble())
            hold(1)
        feed.wait()
        self.settle(source.counts, stays, within=180)
        self.finish(stays)
        self.judge(self.kafka(expected, "clean", place=by_source(4)), self.letters(expected))
        # Each one that came had shards before it was told to go. The log of the one that stays is no count of that: like
        # lines come once in 30 s.
        self.figures |= {"records": source.total, "joins": times, "again": 0}

    def test_a_worker_that_froze(self):
        """SIGSTOP for longer than the session: another takes over, and when the frozen one wakes it harms nothing."""
        source = Input(self.seed, [scaled(20_000, 60_000)] * 4)
        config, expected, feed, frozen = self.first_of_two(source, "frozen")
        frozen.signal(signal.SIGSTOP)
        other = self.start(config, name="other").assigned()
        hold(4)
        frozen.signal(signal.SIGCONT)
        feed.wait()
        self.settle(source.counts, other, within=120)
        self.assertIsNone(frozen.trouble())
        for worker in (frozen, other):
            self.finish(worker)
        # What the frozen one had in flight may land once more when it wakes, between what the other one delivers: that
        # much a stopped process can do.
        self.judge_two_owners(expected)

    def test_a_revocation_that_is_held_too_long(self):
        """The thread that answers the group stands still beyond `max.poll.interval.ms` while another worker joins; the rest
        of the worker goes on with shards that are no longer its own. It finds out, and no checkpoint moves by it."""
        self.session = SHORT_SESSION | {"max.poll.interval.ms": 4000}
        source = Input(self.seed, [scaled(20_000, 60_000)] * 4, odd=500)
        config, expected, feed, held = self.first_of_two(source, "held", limits={"revoke": "1s"})
        still = Standstill(threads_of(held.process.pid, "kafka-source")).begin()
        self.addCleanup(still.end)
        other = self.start(config, name="other").assigned()
        # Now it has every shard, although nobody gave one back; both deliver.
        hold(3)
        still.end()
        until("the held one to know", lambda: held.events("released"), within=60, alive=held.trouble)
        feed.wait()
        self.settle(source.counts, other, within=120)
        self.assertIsNone(held.trouble())
        for worker in (held, other):
            self.finish(worker)
        self.judge_two_owners(expected)

    def first_of_two(self, source, name, **settings):
        """Starts the worker that has all shards until another one comes, and feeds it; it delivers when this ends."""
        self.make_topics(4, clean=(4, {"message_timestamp_type": "LogAppendTime"}))
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, **settings)
        expected = self.expected(source, "clean")
        feed = self.feed(source).begin(rate=source.total / 20)
        worker = self.start(config, name=name).assigned()
        until("records to flow", lambda: sum(self.broker.ends(self.out("clean"))) > 1000, alive=worker.trouble)
        return config, expected, feed, worker

    def judge_two_owners(self, expected):
        """Two workers held the same shards for a while: records come again, but first arrivals keep their order, and
        every commit was safe when it was made and moved forward."""
        landed = list(self.broker.read(self.out("clean")))
        report = check_sink(
            expected, "clean", landed, place=by_source(4), restarts=expected.source.total, duplicates=None)
        arrivals = ((*identify(expected.source, one.value, one.key), one.timestamp) for one in landed)
        commits = check_commits(
            history(self.broker, self.group, self.topic), arrivals, expected.source.counts)
        self.judge(report, self.letters(expected, once=False), commits)
        self.assertGreater(commits.delivered, 0)
        self.figures |= {
            "records": expected.source.total, "again": report.duplicates, "commits": commits.delivered, "back": 0}
