"""Static members: one name a worker, a restart that moves no shard, and two that share a name."""

import json
import time
import urllib.request

from harness.broker import free_port
from harness.case import Case, by_source
from harness.settings import scaled
from harness.wait import until
from oracle.inputs import Input


class Static(Case):
    def prepare(self, session, seconds):
        """Four shards that are fed for so long, and a session that ends when the case wants it."""
        self.source = Input(self.seed, [scaled(20_000, 60_000)] * 4, odd=500)
        self.make_topics(4, clean=4)
        self.session = {"session.timeout.ms": session, "heartbeat.interval.ms": 400}
        self.ports = {}
        return self.feed(self.source).begin(rate=self.source.total / seconds)

    def member(self, name):
        """A worker of this name, with a port of its own."""
        port = free_port()
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, file=f"{name}-{port}.yaml",
            admin={"listen": f"127.0.0.1:{port}", "socket": str(self.folder / f"{port}.sock")},
            source={"kafka": {
                "brokers": self.broker.address, "topics": [self.topic], "group": self.group, "instance": name,
                "properties": self.session,
            }})
        worker = self.start(config, name=name)
        self.ports[worker.name] = port
        return worker

    def shards(self, worker):
        """Its shards and the epochs of their assignments: another assignment is another epoch."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[worker.name]}/status", timeout=10) as answer:
                return {one["partition"]: one["epoch"] for one in json.loads(answer.read())["shards"]}
        except OSError:
            return {}

    def owns(self, worker, *counts):
        """Waits until it has so many shards."""
        return until(
            f"{worker.name} to have {counts} shards", lambda: (found := self.shards(worker)) and len(found) in counts and found,
            alive=worker.trouble)

    def two(self):
        """Two members, each with two shards."""
        stays = self.member("stays").assigned()
        goes = self.member("goes").assigned()
        self.owns(goes, 2)
        self.owns(stays, 2)
        return stays, goes

    def finished(self, feed, stays, *others, **how):
        feed.wait()
        self.settle(self.source.counts, stays)
        for worker in (stays, *others):
            self.finish(worker)
        expected = self.expected(self.source, "clean")
        report = self.kafka(expected, "clean", place=by_source(4), **how)
        self.judge(report, self.letters(expected, once=not how))
        self.figures |= {"records": self.source.total, "again": report.duplicates}

    def test_two_of_one_name(self):
        """They fence each other once; then one ends with 79 and says why. Nothing is lost."""
        feed = self.prepare(6000, 6)
        first = self.member("same").assigned()
        until("records to flow", lambda: sum(self.broker.ends(self.out("clean"))) > 1000, alive=first.trouble)
        second = self.member("same")
        until("one of them to end", lambda: not first.running or not second.running)
        gone, stays = (second, first) if first.running else (first, second)
        self.assertEqual(gone.wait(), 79, gone.tail())
        error = gone.events("failed")[-1]
        self.assertIn(f"another worker runs as instance same of group {self.group}", error["error"])
        self.assertIn("source.kafka.instance", error["fix"])
        self.assertTrue(gone.events("fenced"), "it joined once more before")
        # What the fenced one had in flight may land once more, between what the other one delivers.
        self.finished(feed, stays, restarts=self.source.total, duplicates=None)
        self.figures |= {"gone": gone.name}

    def test_a_restart_within_the_session(self):
        """The restarted one has its shards at once, and the other one hears nothing of it."""
        feed = self.prepare(60_000, 6)
        stays, goes = self.two()
        had, kept = self.shards(goes), self.shards(stays)
        times = []
        for _ in range(2):
            self.finish(goes)
            began = time.monotonic()
            goes = self.member("goes").assigned()
            times.append(time.monotonic() - began)
            self.assertEqual(set(self.owns(goes, 2)), set(had))
            self.assertEqual(self.shards(stays), kept)
        self.finished(feed, stays, goes)
        self.figures |= {"slowest_start": f"{max(times):.2f}s"}

    def test_a_restart_after_the_session(self):
        """Killed for longer than its session its shards go to the other one; when it comes back it has some again."""
        feed = self.prepare(3000, 8)
        stays, goes = self.two()
        goes.kill()
        self.owns(stays, 4)
        goes = self.member("goes").assigned()
        self.owns(stays, 2)
        self.owns(goes, 2)
        self.finished(feed, stays, goes, restarts=1)
