"""The worker beside the C loop of Floor/cprobe.c, end to end: base64 -> filter -> project -> topic over 4 partitions.

Run by scripts/bench. Rounds go C W W C, so that a drift of the machine hits both alike; the two C runs of each round are
the null test. CPU is that of the client process alone, per record read. Records a second are those of the middle 80 % of
the output, as the broker saw it come. The worker runs with its defaults: order, checkpoints and checksums on; the C loop
has none of these.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "Tests/Oracle"), str(ROOT / "Tests/Chaos")]

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from harness.broker import Broker  # noqa: E402

CONFIG = """name: bench
source: {{ kafka: {{ brokers: "{brokers}", topics: [in], group: "{group}", start: earliest }} }}
decode: base64
transforms:
  - filter: {{ value: [{{ numeric: [">=", 250] }}] }}
  - project: {{ id: event_id, ts: ts, uid: user.id, v: value }}
sinks: {{ out: {{ kafka: {{ topic: out }} }} }}
dead_letter: park
"""


def cpu_seconds(pid):
    """The CPU time of another process, to the nanosecond (Linux: its clock's number is made of its own)."""
    return time.clock_gettime((~pid << 3) | 2)


class Topics:
    """The topics of one measurement, and how far the output has come."""

    def __init__(self, address, partitions, outputs):
        self.address, self.partitions, self.outputs = address, partitions, outputs
        self.client = Consumer({"bootstrap.servers": address, "group.id": "watch", "log_level": 0})

    def written(self):
        ends = (self.client.get_watermark_offsets(TopicPartition("out", p), timeout=10) for p in range(self.outputs))
        return sum(high for _, high in ends)

    def committed(self, group):
        client = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        asked = [TopicPartition("in", p) for p in range(self.partitions)]
        try:
            return sum(max(0, p.offset) for p in client.committed(asked, timeout=10))
        finally:
            client.close()

    def watch(self, before, expected, alive):
        """Follows the output until it has grown by `expected`; answers records of input a second in the middle of it."""
        samples, deadline = [], time.monotonic() + 300
        while True:
            grown = self.written() - before
            samples.append((time.monotonic(), grown))
            if grown >= expected:
                break
            if not alive() or time.monotonic() > deadline:
                raise SystemExit(f"bench: the output ended at {grown} of {expected}")
            time.sleep(0.01)
        begin = next((t, n) for t, n in samples if n >= expected * 0.1)
        end = next((t, n) for t, n in samples if n >= expected * 0.9)
        return (end[1] - begin[1]) / max(1e-9, end[0] - begin[0]) / expected


class Bench:
    def __init__(self, options, folder, topics, total):
        self.options, self.folder, self.topics, self.total = options, folder, topics, total
        self.passed = None

    def floor(self):
        """One run of the C loop: CPU ns a record, records a second."""
        before = self.topics.written()
        command = [str(self.folder / "cprobe"), f"bs={self.topics.address}", "mode=pipe", f"parts={self.topics.partitions}",
                   f"outp={self.topics.outputs}", f"total={self.total}", "dr=event"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        rate = None
        if self.passed is not None:
            # The loop writes one record more, to warm its connection.
            rate = self.topics.watch(before + 1, self.passed, lambda: True) * self.total
        said = process.communicate(timeout=300)[0]
        fields = dict(word.split("=", 1) for word in said.split() if "=" in word)
        if fields["bad"] != "0" or fields["err"] != "0":
            raise SystemExit(f"bench: the C loop met faults: {said}")
        self.passed = int(fields["sent"])
        return float(fields["cpu_ns"]), rate

    def worker(self, lanes):
        """One run of the worker in a group of its own."""
        group = f"bench-{os.getpid()}-{time.monotonic_ns()}"
        config = self.folder / "bench.yaml"
        config.write_text(CONFIG.format(brokers=self.topics.address, group=group))
        before = self.topics.written()
        environment = dict(os.environ, LD_PRELOAD=str(self.folder / "cores.so"), FLOOR_CORES=str(lanes + 1))
        with open(self.folder / "worker.log", "w") as log:
            process = subprocess.Popen([self.options.binary, "run", str(config)], stderr=log, stdout=log, env=environment)
        try:
            rate = self.topics.watch(before, self.passed, lambda: process.poll() is None) * self.total
            while self.topics.committed(group) < self.total:
                time.sleep(0.02)
            used = cpu_seconds(process.pid)
        finally:
            process.terminate()
            code = process.wait(timeout=60)
        if code != 0 or self.topics.written() - before != self.passed:
            raise SystemExit(f"bench: the worker ended with {code}:\n{(self.folder / 'worker.log').read_text()}")
        return used / self.total * 1e9, rate


def interval(ratios):
    """Median, and the range that holds 90 % of the rounds."""
    ordered = sorted(ratios)
    cut = int(len(ordered) * 0.05)
    return f"{statistics.median(ordered):.2f} ({ordered[cut]:.2f}..{ordered[-1 - cut]:.2f})"


def measure(options, folder, topics, total, size, lanes, out):
    bench = Bench(options, folder, topics, total)
    bench.floor()  # warms the broker's cache, and counts what passes
    bench.worker(lanes)
    ratios, nulls, floors, workers, floor_rates, rates = [], [], [], [], [], []
    for _ in range(options.rounds):
        runs = [bench.floor(), bench.worker(lanes), bench.worker(lanes), bench.floor()]
        floor = (runs[0][0] + runs[3][0]) / 2
        ratios.append((runs[1][0] + runs[2][0]) / 2 / floor)
        nulls.append(runs[0][0] / runs[3][0])
        floors += [runs[0][0], runs[3][0]]
        workers += [runs[1][0], runs[2][0]]
        floor_rates += [runs[0][1], runs[3][1]]
        rates += [runs[1][1], runs[2][1]]
    median = statistics.median
    print(
        f"{out:<10}{size:>7}{lanes:>6}{median(floors):>8.0f}{median(workers):>8.0f}   {interval(ratios):<19} "
        f"{interval(nulls):<19}{median(floor_rates) / 1e3:>7.0f}k{median(rates) / 1e3:>7.0f}k"
        f"{median(rates) / median(floor_rates):>7.2f}",
        flush=True,
    )


def fill(folder, topics, size, total):
    done = subprocess.run(
        [str(folder / "fill"), topics.address, "in", str(topics.partitions), str(size), str(total)],
        capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: the topic could not be filled: {done.stdout}{done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the worker")
    parser.add_argument("--tools", required=True, help="the folder with cprobe, fill, mockhost and cores.so")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--sizes", default="200,1270,10240")
    parser.add_argument("--lanes", default="1,2")
    parser.add_argument("--brokers", default="real,embedded")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="millrace-bench-"))
    for tool in ("cprobe", "fill", "mockhost", "cores.so"):
        (folder / tool).symlink_to(Path(options.tools).resolve() / tool)
    print(f"{'broker':<10}{'bytes':>7}{'lanes':>6}{'C ns':>8}{'ns':>8}   {'ratio (90 %)':<19} {'null test':<19}"
          f"{'C rec/s':>8}{'rec/s':>8}{'ratio':>7}")
    for size in map(int, options.sizes.split(",")):
        if "real" in options.brokers:
            # Enough that starting up, some 50 ms of CPU that the loop does not count, is a small part.
            total = {200: 6_000_000, 10_240: 400_000}.get(size, 3_000_000)
            broker = Broker()
            try:
                broker.create("in", 4)
                broker.create("out", 4)
                topics = Topics(broker.address, 4, 4)
                fill(folder, topics, size, total)
                for lanes in map(int, options.lanes.split(",")):
                    measure(options, folder, topics, total, size, lanes, "real")
            finally:
                broker.close()
        if "embedded" in options.brokers:
            # It keeps 5 MiB a partition, so the records lie in 100 of them; the output is thrown away beyond.
            total = 100 * (4_500_000 // (size + 80))
            host = subprocess.Popen([str(folder / "mockhost"), "1", "100", "4", "1000", "none", "65536", "0"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                topics = Topics(host.stdout.readline().strip(), 100, 4)
                fill(folder, topics, size, total)
                measure(options, folder, topics, total, size, int(options.lanes.split(",")[0]), "embedded")
            finally:
                host.kill()
                host.wait()


if __name__ == "__main__":
    main()
