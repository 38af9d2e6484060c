"""What a scrape of /metrics costs: 64 shards, two sinks, every 100 ms.

Under full load the thread that serves is measured (the lanes have the records to do); after it, with nothing to do, that thread
and what the lanes need for their answers: their time with scrapes less their time without.
"""

import argparse
import base64
import glob
import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tests/Oracle"), str(HERE.parent / "Tests/Chaos")]

from confluent_kafka import Producer  # noqa: E402
from harness.broker import Broker, free_port  # noqa: E402
from harness.wait import until  # noqa: E402

SHARDS = 64
INTERVAL = 0.1
CONFIG = """name: scrape
source: {{ kafka: {{ brokers: "{brokers}", topics: [in], group: scrape }} }}
decode: base64
transforms: [{{ filter: {{ type: [order.created] }} }}]
sinks:
  clean: {{ kafka: {{ topic: clean }} }}
  archive: {{ file: {{ path: "{folder}/out/{{shard}}.jsonl" }} }}
dead_letter: park
admin: {{ listen: "127.0.0.1:{port}", socket: "{folder}/control.sock" }}
"""


def feed(broker, total):
    value = base64.b64encode(b'{"id":17,"type":"order.created","amount":200,"note":"' + b"x" * 40 + b'"}')
    producer = Producer({
        "bootstrap.servers": broker.address, "linger.ms": 50, "batch.num.messages": 10_000,
        "queue.buffering.max.messages": 1_000_000, "queue.buffering.max.kbytes": 1 << 20})
    for number in range(total):
        while True:
            try:
                producer.produce("in", value, b"%d" % number, partition=number % SHARDS)
                break
            except BufferError:
                producer.poll(0.05)
    producer.flush(120)


def used(process):
    """Milliseconds of CPU: of the threads that serve, of the lanes, and of all."""
    serving = lanes = total = 0
    for task in glob.glob(f"/proc/{process.pid}/task/*"):
        try:
            spent = int(Path(task, "schedstat").read_text().split()[0]) / 1e6
            name = Path(task, "comm").read_text()
            serving += spent if name.startswith("MHD") else 0
            lanes += spent if name.startswith("lane-") else 0
            total += spent
        except OSError:
            continue
    return serving, lanes, total


def text(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", "/metrics")
    return client.getresponse().read().decode()


def read(port):
    """Records read so far."""
    return sum(float(line.split()[-1]) for line in text(port).splitlines() if line.startswith("millrace_records_read_total{"))


def phase(process, port, seconds, scrapes):
    """CPU a scrape (or an interval without one): of the serving thread, the lanes, and all."""
    client, count, began = http.client.HTTPConnection("127.0.0.1", port, timeout=10), 0, time.monotonic()
    before = used(process)
    while time.monotonic() - began < seconds:
        if scrapes:
            client.request("GET", "/metrics")
            client.getresponse().read()
        count += 1
        time.sleep(max(0, began + INTERVAL * count - time.monotonic()))
    after = used(process)
    return [(b - a) / count for a, b in zip(before, after)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--total", type=int, default=6_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    folder, broker, port = tempfile.mkdtemp(prefix="millrace-scrape-"), Broker(), free_port()
    for topic in ("in", "clean"):
        broker.create(topic, SHARDS)
    feed(broker, options.total)
    config = Path(folder, "scrape.yaml")
    config.write_text(CONFIG.format(brokers=broker.address, folder=folder, port=port))
    with open(Path(folder, "log"), "w") as log:
        process = subprocess.Popen([options.binary, "run", config], stderr=log, env=dict(os.environ, NO_COLOR="1"))
    try:
        until("the shards", lambda: " assigned " in Path(folder, "log").read_text(), within=60)
        rows = []
        while read(port) < options.total * 3 / 4:
            rows.append(phase(process, port, 0.5, True))
        loaded = [sum(column) / len(rows) for column in zip(*rows)]
        until("the end of the load", lambda: read(port) >= options.total, within=120)
        time.sleep(2)
        without, with_scrapes = (phase(process, port, options.seconds, scrapes) for scrapes in (False, True))
        samples = sum(not line.startswith("#") for line in text(port).splitlines())
    finally:
        process.terminate()
        process.wait(60)
    print(f"samples {samples}")
    print(f"under load: the serving thread {loaded[0]:.2f} ms a scrape, beside {loaded[2] / INTERVAL:.0f} ms/s of the process")
    lanes = with_scrapes[1] - without[1]
    print(f"with nothing to do: {with_scrapes[0] + lanes:.2f} ms a scrape, {lanes:.2f} of it in the lanes")


if __name__ == "__main__":
    main()
