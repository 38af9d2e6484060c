"""An HTTP server that keeps every line it took, and refuses the poison among them: by name, or without a word which."""

import re

from harness.web import Answer, Web
from oracle.check import Seen
from oracle.mix import mix

_name = re.compile(rb'"id"\s*:\s*"[^":]*:(\d+):(\d+)"').search
OF_RECORDS = 200

NAMED, REFUSED = "poison", "rejected"


def poison(seed, shard, seq):
    """How the server refuses this record, or None."""
    drawn = mix(seed, 77, shard, seq) % (2 * OF_RECORDS)
    return {0: NAMED, 1: REFUSED}.get(drawn)


class Inbox:
    def __init__(self, seed, topic):
        self.seed = seed
        self.topic = topic
        #: What it answers for all: a status that says "later", "reset" or "half"; None when it is well.
        self.trouble = None
        #: (shard, line) in the order in which they were taken.
        self.taken = []
        self.calls = 0
        self.web = Web(self.decide, keep_bodies=False)

    @property
    def url(self):
        return self.web.url

    def decide(self, call):
        self.calls += 1
        if len(call.body) < int(call.headers.get("Content-Length", 0)):
            return Answer(how="reset")  # Whoever sent this is gone.
        if self.trouble == "reset":
            return Answer(how="reset")
        if self.trouble == "half":
            return Answer(500, b"half of it", how="half")
        if self.trouble:
            return Answer(int(self.trouble))
        lines = [line for line in call.body.split(b"\n") if line]
        names = [tuple(map(int, _name(line).groups())) for line in lines]
        fates = [poison(self.seed, *name) for name in names]
        if REFUSED in fates:
            return Answer(400, b"one of them is no good")
        self.taken += [(name[0], line) for name, line, fate in zip(names, lines, fates) if fate is None]
        failures = [
            {"itemIdentifier": f"{self.topic}:{shard}:{seq}", "poison": True}
            for (shard, seq), fate in zip(names, fates) if fate == NAMED]
        return Answer(200, {"batchItemFailures": failures}, {"Content-Type": "application/json"}) if failures else Answer()

    def seen(self):
        """Every line, as the checker wants it."""
        for number, (shard, line) in enumerate(self.taken):
            yield Seen(shard, None, line, [], number)

    def expect(self, expected):
        """Tells the oracle which records the server refuses."""
        for shard, count in enumerate(expected.source.counts):
            for seq in range(count):
                fate = poison(self.seed, shard, seq)
                if fate and expected.wants("web", shard, seq):
                    expected.kill("web", shard, seq, {fate})
