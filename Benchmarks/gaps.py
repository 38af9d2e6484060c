"""The time in which a lane gets nothing although records are there: librdkafka's one-second stall, and the pacer against it.

2 us of work a record, 8 partitions of a real broker, by the prefetch a partition that `limits.memory` comes to; beside each
run a C program that spins, as the machine itself takes processors away. What is below and above: the worker's prefetch is
at most 4 MiB a partition, so more memory changes nothing.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests/Oracle"), str(HERE.parent / "Tests/Chaos")]

from end_to_end import Topics  # noqa: E402
from harness.broker import Broker  # noqa: E402

CONFIG = """name: gaps
source: {{ kafka: {{ brokers: "{brokers}", topics: [in], group: "{group}", start: earliest }} }}
transforms: [{{ spin: 2000 }}]
sinks: {{ meter: {{ meter: {{}} }} }}
dead_letter: park
limits: {{ memory: {memory}MiB }}
admin: {{ listen: none }}
"""


def run(bench, tools, folder, topics, total, memory, number):
    group = f"gaps-{os.getpid()}-{number}"
    config = folder / "gaps.yaml"
    config.write_text(CONFIG.format(brokers=topics.address, group=group, memory=memory))
    beside = subprocess.Popen([tools / "pause"], stdout=subprocess.PIPE, text=True)
    process = subprocess.Popen([bench, "run", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        while topics.committed(group) < total:
            if process.poll() is not None:
                raise SystemExit(f"bench: the worker ended: {process.stderr.read()}")
            time.sleep(0.1)
    finally:
        process.terminate()
        said = process.communicate(timeout=60)[0]
        beside.send_signal(signal.SIGTERM)
        machine = beside.communicate()[0].split()
    longest, share, rate = next(line for line in said.splitlines() if line.startswith("gaps ")).split()[1:]
    return float(longest), float(share), int(rate), float(machine[0]), float(machine[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--total", type=int, default=600_000)
    options = parser.parse_args()
    tools, folder = Path(options.tools).resolve(), Path(tempfile.mkdtemp(prefix="millrace-gaps-"))
    broker = Broker()
    try:
        broker.create("in", 8)
        topics = Topics(broker.address, 8, 0)
        subprocess.run([tools / "fill", broker.address, "in", "8", "1024", str(options.total)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"{'memory':>8}{'prefetch':>10}{'longest gap':>14}{'in gaps > 20 ms':>18}{'records/s':>11}"
              f"{'C beside: longest':>20}{'> 20 ms':>10}")
        for number, memory in enumerate((32, 128, 512, 2048)):
            longest, share, rate, machine, paused = run(
                options.bench, tools, folder, topics, options.total, memory, number)
            print(f"{memory:>5}MiB{min(4, memory // 32):>7}MiB{longest:>11.1f} ms{share:>16.2f} %{rate:>11}"
                  f"{machine:>17.1f} ms{paused:>8.2f} %", flush=True)
    finally:
        broker.close()


if __name__ == "__main__":
    main()
