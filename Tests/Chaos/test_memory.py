"""A backlog against a sink that is ten times too slow: the process keeps to its budget and a constant."""

import base64
import json
import resource
import subprocess
import threading
import time

from confluent_kafka import Producer
from harness import settings
from harness.broker import QUIET
from harness.case import SHORT_SESSION, Case
from harness.proxy import ProxiedBroker, Toxiproxy, why_no_proxy
from harness.settings import FULL, scaled
from harness.wait import hold, until
from oracle.inputs import Input

#: What the process may take beside `limits.memory`: code, stacks, clients, the allocator's slack. docs/running.md says so.
CONSTANT = 128 << 20
RECORD = 1024
PARTITIONS = 8


class Memory(Case):
    def test_a_backlog_before_a_slow_sink(self):
        """3,000,000 records of 1 KiB (300,000 on CI), passed through as they are and decoded and cut, at several budgets."""
        if why_no_proxy():
            self.skipTest(why_no_proxy())
        self.total = scaled(300_000, 3_000_000)
        proxy = Toxiproxy()
        self.addCleanup(proxy.close)
        # One node for both topics: what the worker reads passes through no proxy.
        self.slow = ProxiedBroker(proxy, "slow")
        self.addCleanup(self.slow.close)
        self.slow.create(self.topic, PARTITIONS)
        self.slow.create(self.dlq, 1)
        self.slow.create(self.out("clean"), PARTITIONS)
        self.fill()
        over = []
        for kind, chain in (("pass", {"decode": "none", "transforms": []}), ("work", {})):
            free = self.free_rate(kind, chain)
            for budget in scaled((128,), (128, 256, 512)):
                peak, usual, rate = self.run_slow(kind, chain, budget, free / 10)
                self.figures[f"{kind}_{budget}"] = (
                    f"peak {peak >> 20} usual {usual >> 20} MiB at {rate:.0f}/s of {free:.0f}/s")
                if peak > (budget << 20) + CONSTANT:
                    over.append(f"{kind} with {budget} MiB: peak {peak / (1 << 20):.1f} MiB")
        self.assertFalse(over)

    def fill(self):
        producer = Producer({
            "bootstrap.servers": self.slow.address, "linger.ms": 20, "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 256 << 10, "batch.size": 1 << 20, **QUIET})
        pad = "x" * (RECORD * 3 // 4)
        for number in range(self.total):
            head = f'{{"id":"{number}","type":"order.created","amount":1,"address":{{"country":"DE"}},"note":"","tags":[],"pad":"'
            value = base64.b64encode((head + pad[: RECORD * 3 // 4 - len(head) - 2] + '"}').encode())
            while True:
                try:
                    producer.produce(self.topic, value, b"%d" % number, partition=number % PARTITIONS)
                    break
                except BufferError:
                    producer.poll(0.1)
        self.assertEqual(producer.flush(120), 0)

    def worker(self, kind, chain, budget):
        self.group = f"{self.stem}-{kind}-{budget}-{time.monotonic_ns()}"
        config = self.config(
            {"clean": {"kafka": {"brokers": self.slow.outside, "topic": self.out("clean")}}}, group=self.group,
            source={"kafka": {
                "brokers": self.slow.address, "topics": [self.topic], "group": self.group, "start": "earliest"}},
            limits={"memory": f"{budget}MiB"}, **chain)
        return self.start(config)

    def written(self):
        return sum(self.slow.ends(self.out("clean")))

    def free_rate(self, kind, chain):
        """Records a second into a sink that nothing slows."""
        before, worker = self.written(), self.worker(kind, chain, 256)
        target = min(self.total, 600_000)
        until("the first tenth", lambda: self.written() - before > target / 10, within=60, every=0.02, alive=worker.trouble)
        began, first = time.monotonic(), self.written()
        until("nine tenths", lambda: self.written() - before > target * 0.9, within=120, every=0.02, alive=worker.trouble)
        rate = (self.written() - first) / (time.monotonic() - began)
        worker.kill()
        return rate

    def run_slow(self, kind, chain, budget, rate):
        """Peak and median of the resident bytes, and records a second, while the sink takes `rate` a second."""
        size = RECORD + 80 if kind == "pass" else 140
        self.slow.way.add("bandwidth", stream="upstream", rate=max(1, int(rate * size / 1000)))
        before, began = self.written(), time.monotonic()
        worker = self.worker(kind, chain, budget).assigned()
        samples, ended = [], threading.Event()

        def watch():
            while not ended.wait(0.1):
                samples.append(worker.memory()[0])

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            if FULL:
                until(
                    "the end of the backlog", lambda: self.written() - before >= self.total, within=1200, every=1,
                    alive=worker.trouble)
            else:
                hold(8)
            slow_rate = (self.written() - before) / (time.monotonic() - began)
            self.slow.way.heal()
            until(
                "the checkpoint at the ends",
                lambda: sum(self.slow.committed(self.group, self.topic)) == self.total, within=120, every=0.2,
                alive=worker.trouble)
        finally:
            ended.set()
            watcher.join()
        peak = worker.memory()[1]
        self.finish(worker)
        self.assertEqual(self.written() - before, self.total)
        return peak, sorted(samples)[len(samples) // 2], slow_rate


class Starved(Case):
    """Memory that is not there: a line that says so and an exit code, never a wild pointer."""

    session = SHORT_SESSION

    def test_too_little_address_space(self):
        """`ulimit -v` from what barely holds the program to almost enough."""
        self.make_topics(1, clean=1)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}})
        refused = 0
        for limit in (50, 75, 100, 200, 400, 600, 1000):
            run = subprocess.run(
                ["prlimit", f"--as={limit << 20}", "--core=0", settings.BINARY, "run", config], cwd=self.folder,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
            self.assertIn(run.returncode, (70, 78), f"{limit} MiB: {run.returncode}\n{run.stderr}")
            self.assertRegex(run.stderr, "address space is limited|cannot start a thread", f"{limit} MiB")
            refused += run.returncode == 78
        self.assertGreaterEqual(refused, 3)

    def test_no_more_memory_while_it_works(self):
        """No further byte for a worker that runs: it ends with 70 and a line, and the next one goes on where it was."""
        source = Input(self.seed, [75_000] * 2)
        self.make_topics(2, clean=2)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}})
        worker = self.start(config).assigned()
        # Much is read, and nothing goes away.
        self.done("pause", config, "--sink", "clean")
        resource.prlimit(worker.process.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        self.feed(source).all()
        self.assertEqual(worker.wait(), 70, worker.tail())
        self.assertIn("millrace: out of memory: the address space is limited to 1024 KiB", worker.tail())
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
