"""What every sink and the dead letter topic should hold after a run over an input."""

from array import array
from collections import Counter

from .pipeline import DEAD, DELIVERED, Outcome

_FILTERED, _DEAD, _TOMBSTONE = 0, 1, 2


def digest(payload):
    """64 bits of a payload; the low ones are set apart for what is no payload. Stable within one process."""
    return hash(payload) | 7


class Expected:
    """The outcomes of an input at every sink, as one number a record: a million fit in 8 MB a sink.

    Single outcomes can be changed before checking, by `kill`, where the case itself makes a sink refuse a record.
    """

    def __init__(self, source, pipeline, topic="in"):
        self.source = source
        self.pipeline = pipeline
        self.topic = topic
        self.marks = {s.name: [array("q", bytes(8 * n)) for n in source.counts] for s in pipeline.sinks}
        self.counts = {s.name: Counter() for s in pipeline.sinks}
        #: (shard, seq) -> {stage: reason or a set of them}
        self.dead = {}
        for shard, count in enumerate(source.counts):
            for seq in range(count):
                self._note(shard, seq, pipeline.outcomes(source.record(shard, seq).value))

    def _note(self, shard, seq, outcomes):
        for name, outcome in outcomes.items():
            self.counts[name][outcome.what] += 1
            if outcome.what == DELIVERED:
                self.marks[name][shard][seq] = _TOMBSTONE if outcome.payload is None else digest(outcome.payload)
            elif outcome.what == DEAD:
                self.marks[name][shard][seq] = _DEAD
                self.dead.setdefault((shard, seq), {})[outcome.stage] = {outcome.reason}

    def kill(self, sink, shard, seq, reasons):
        """This record is refused by `sink`: a dead letter with one of the reasons, not a delivery."""
        assert self.wants(sink, shard, seq), "only what would be delivered can be refused"
        self.marks[sink][shard][seq] = _DEAD
        self.counts[sink][DELIVERED] -= 1
        self.counts[sink][DEAD] += 1
        self.dead.setdefault((shard, seq), {})[f"sink:{sink}"] = set(reasons)

    def wants(self, sink, shard, seq):
        """Whether the sink should have this record."""
        return self.marks[sink][shard][seq] not in (_FILTERED, _DEAD)

    def accepts(self, sink, shard, seq, value):
        """None when this is the payload that the sink should have for the record, else what is wrong."""
        mark = self.marks[sink][shard][seq]
        if mark == _FILTERED:
            return "should have been filtered"
        if mark == _DEAD:
            return "should have been dead-lettered"
        if mark == (_TOMBSTONE if value is None else digest(value)):
            return None
        outcome = self.outcome(sink, shard, seq)
        return f"payload differs: {shown(value)} instead of {shown(outcome.payload)}"

    def outcome(self, sink, shard, seq) -> Outcome:
        """Worked out again, for a message."""
        return self.pipeline.outcomes(self.source.record(shard, seq).value)[sink]

    @property
    def letters(self):
        """How many dead letters there should be."""
        return sum(len(stages) for stages in self.dead.values())


def shown(value):
    """A payload, cut to what fits on a line."""
    if value is None:
        return "a tombstone"
    return repr(value if len(value) <= 90 else value[:60] + b" ... " + value[-20:])
