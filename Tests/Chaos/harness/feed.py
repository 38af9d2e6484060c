"""Puts a seeded input onto a topic, at once or at a pace, and knows what stands where."""

import threading
import time

from confluent_kafka import Producer

from .broker import QUIET


class Feed:
    """Produces records `seq` of each shard in order to partition `shard`, so that offset and `seq` are the same."""

    def __init__(self, broker, topic, source):
        self.topic = topic
        self.source = source
        self.at = [0] * len(source.counts)
        self._failed = []
        self._stop = threading.Event()
        self._thread = None
        self._producer = Producer({
            "bootstrap.servers": broker.address, "enable.idempotence": True, "linger.ms": 5,
            "queue.buffering.max.messages": 200_000, "queue.buffering.max.kbytes": 256 << 10,
            "message.max.bytes": 3 << 20, **QUIET,
        })

    def all(self, upto=None):
        """Everything up to `upto` records a shard (default: all of it), as fast as it goes; back when it is safe."""
        self._produce(upto, rate=None)
        self.flush()
        return self

    def begin(self, rate):
        """The rest in the background, about `rate` records a second over all shards."""
        self._thread = threading.Thread(target=self._run, args=(rate,), daemon=True)
        self._thread.start()
        return self

    def end(self):
        """Stops the background feeding where it is, and waits until what was fed is safe."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        return self

    @property
    def done(self):
        return self.at == list(self.source.counts)

    def wait(self):
        """Until the background feeding has fed everything."""
        self._thread.join()
        self.flush()
        return self

    def flush(self):
        left = self._producer.flush(120)
        if left or self._failed:
            raise RuntimeError(f"feeding {self.topic}: {left} records not safe, {self._failed[:3]}")

    def _run(self, rate):
        try:
            self._produce(None, rate)
        except Exception as problem:  # Told by flush(), on the thread of the case.
            self._failed.append(problem)

    def _produce(self, upto, rate):
        started, sent = time.monotonic(), 0
        counts = [n if upto is None else min(n, upto) for n in self.source.counts]
        moving = True
        while moving and not self._stop.is_set():
            moving = False
            for shard, count in enumerate(counts):
                # Runs of a shard, so that batches form; short ones, so that shards grow together.
                for seq in range(self.at[shard], min(self.at[shard] + 50, count)):
                    self._one(shard, seq)
                    moving = True
                    sent += 1
                    self.at[shard] = seq + 1
            if rate is not None:
                ahead = sent / rate - (time.monotonic() - started)
                if ahead > 0:
                    self._stop.wait(ahead)
            self._producer.poll(0)

    def _one(self, shard, seq):
        record = self.source.record(shard, seq)
        while True:
            try:
                self._producer.produce(
                    self.topic, record.value, record.key, partition=shard, headers=record.headers or None,
                    on_delivery=self._told,
                )
                return
            except BufferError:
                self._producer.poll(0.1)

    def _told(self, error, _message):
        if error is not None:
            self._failed.append(error)
