"""The base of the cases of HTTP sinks: records in, calls of a server compared with what should have been delivered."""

import base64
import collections
import json

from oracle.inputs import Input, Record

from .case import Case
from .web import Answer, Web

OK = Answer()


class Small(Input):
    """Records of a hundred bytes, so that ten thousand are a batch."""

    def __init__(self, seed, counts, size=100):
        super().__init__(seed, counts)
        self.body = "x" * max(0, size - 60)

    def value(self, shard, seq):
        return json.dumps({"id": self.name(shard, seq), "pad": self.body}).encode()

    def record(self, shard, seq):
        return Record(b"%d" % seq, base64.b64encode(self.value(shard, seq)), [])


class HTTPCase(Case):
    def serve(self, decide, **how):
        server = Web(decide, **how)
        self.addCleanup(server.stop)
        return server

    def pipeline(self, url, *, records=10_000, body="json", keys=None, limits=None, **sink):
        return self.config(
            {"web": {"http": {"url": url, "body": body, "timeout": "2s"} | (keys or {})} | sink}, transforms=[],
            batch={"records": records, "bytes": "16MiB", "window": "500ms"}, limits=limits)

    def run_to_end(self, source, config, bad=(), reasons=("rejected",), within=120):
        """Feeds everything, runs until the checkpoint is at the end, and compares dead letters and books."""
        expected = self.expected(source, "web", transforms=[])
        for shard, seq in bad:
            expected.kill("web", shard, seq, set(reasons))
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.settle(source.counts, worker, within=within)
        self.finish(worker)
        self.judge(self.letters(expected))
        self.check_books(worker, expected)
        self.assertNotIn("secret-", worker.log_path.read_text(), "the log shows a secret")
        return worker

    def check_delivered(self, server, source, bad=(), again=False):
        """What was answered with 200 is every record but the bad ones, payload for payload, in the order of its shard."""
        self.check_seen([item for call in server.calls if call.status == 200 for item in call.items], source, bad, again)

    def check_seen(self, items, source, bad=(), again=False):
        found = collections.defaultdict(list)
        for item in items:
            _, shard, seq = item["id"].rsplit(":", 2)
            self.assertEqual(item["data"], json.loads(source.value(int(shard), int(seq))))
            self.assertEqual(item["key"], seq)
            found[int(shard)].append(int(seq))
        for shard, count in enumerate(source.counts):
            seqs = list(dict.fromkeys(found[shard])) if again else found[shard]
            self.assertEqual(seqs, [seq for seq in range(count) if (shard, seq) not in bad], f"shard {shard}")
