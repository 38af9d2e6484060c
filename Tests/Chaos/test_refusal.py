"""One record of a live stream that the output topic refuses: it alone is dead-lettered, and nothing overtakes it."""

from harness.case import Case, by_key
from harness.wait import until
from oracle.check import Seen
from oracle.inputs import Input, Record
from oracle.mix import partition_of

REFUSED = 50
WARM = 20


class Refused(Case):
    """500 records of one shard on a live topic; the refused one is the 50th of them. Both topics stamp what they append
    with the broker's clock, so the order in which records landed can be read afterwards."""

    def run_refusal(self, outputs, *, lower=None, compact=False):
        source = Stream(self.seed, keyless=compact, large=lower is not None)
        stamped = {"message_timestamp_type": "LogAppendTime"}
        self.make_topics(
            1, dlq_config=stamped, clean=(outputs, stamped | ({"cleanup_policy": "compact"} if compact else {})))
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, transforms=[])
        expected = self.expected(source, "clean", transforms=[])
        bad = WARM + REFUSED
        expected.kill("clean", 0, bad, {"rejected", "poison", "too-large"})

        worker = self.start(config).assigned()
        feed = self.feed(source).all(WARM)
        until("the warm-up to arrive", lambda: sum(self.broker.ends(self.out("clean"))) == WARM, alive=worker.trouble)
        if lower is not None:
            # The worker knows the old limit and finds out by the refusal.
            self.broker.alter(self.out("clean"), max_message_bytes=lower)
        feed.all()
        self.settle(source.counts, worker)
        self.finish(worker)

        seen = list(self.broker.read(self.out("clean")))
        letters = list(self.broker.read(self.dlq))
        self.judge(self.kafka(expected, "clean", place=by_key(outputs)), self.letters(expected))
        self.check_books(worker, expected)
        key = source.record(0, bad).key
        places = range(outputs) if key is None else [partition_of(key, outputs)]
        self.nothing_overtook(source, bad, places, seen, letters[0])
        headers = dict(letters[0].headers)
        self.figures |= {
            "reason": headers["millrace.reason"].decode(), "attempts": headers["millrace.attempts"].decode(),
            "bisection": headers["millrace.bisection"].decode() or "-",
        }

    def nothing_overtook(self, source, bad, places, seen, letter):
        """On the refused record's output partition every later record was appended after its letter. A record without a
        key might have gone to any of the places: then that holds of one of them at least."""
        def overtook(place):
            later = [one for one in seen if one.place == place and source.seq_of(one) > bad]
            return [source.seq_of(one) for one in later if one.timestamp < letter.timestamp]

        early = {place: overtook(place) for place in places}
        self.assertTrue(any(not seqs for seqs in early.values()), f"landed before the letter of {bad}: {early}")

    def test_size_lowered_one_partition(self):
        self.run_refusal(1, lower=8192)

    def test_size_lowered_four_partitions(self):
        self.run_refusal(4, lower=8192)

    def test_no_key_on_a_compacted_topic_one_partition(self):
        self.run_refusal(1, compact=True)

    def test_no_key_on_a_compacted_topic_four_partitions(self):
        self.run_refusal(4, compact=True)

    def test_many_refused_among_many(self):
        """Every fiftieth of 2,000 records over two shards is refused: exactly those become letters, order kept."""
        source = Stream(self.seed, counts=[1000, 1000], large_every=50)
        stamped = {"message_timestamp_type": "LogAppendTime"}
        self.make_topics(2, dlq_config=stamped, clean=(2, stamped))
        config = self.config({"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, transforms=[])
        expected = self.expected(source, "clean", transforms=[])
        bad = [(shard, seq) for shard in range(2) for seq in range(1000) if source.is_large(seq)]
        for shard, seq in bad:
            expected.kill("clean", shard, seq, {"rejected", "poison", "too-large"})
        worker = self.start(config).assigned()
        feed = self.feed(source).all(WARM)
        until("the warm-up to arrive", lambda: sum(self.broker.ends(self.out("clean"))) == 2 * WARM, alive=worker.trouble)
        self.broker.alter(self.out("clean"), max_message_bytes=8192)
        feed.all()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(
            self.kafka(expected, "clean", place=lambda shard, record: shard), self.letters(expected))
        self.check_books(worker, expected)
        seen = list(self.broker.read(self.out("clean")))
        for letter in self.broker.read(self.dlq):
            self.nothing_overtook(source, int(dict(letter.headers)["millrace.origin-offset"]), [letter.place], seen, letter)
        self.figures |= {"records": source.total, "letters": len(bad)}


class Stream(Input):
    """Records of one size, but for the one that is refused: it is large, or has no key."""

    def __init__(self, seed, *, counts=(WARM + 500,), keyless=False, large=False, large_every=None):
        super().__init__(seed, counts)
        self.keyless = keyless
        self.large = large
        self.large_every = large_every

    def is_large(self, seq):
        if self.large_every:
            return seq >= WARM and seq % self.large_every == 0
        return self.large and seq == WARM + REFUSED

    def record(self, shard, seq):
        plain = super().record(shard, seq)
        if self.keyless and seq == WARM + REFUSED:
            return Record(None, plain.value, plain.headers)
        if self.is_large(seq):
            self.size, size = 30_000, self.size
            large = super().record(shard, seq)
            self.size = size
            return large
        return plain

    def seq_of(self, one: Seen):
        return int(one.value.split(b'"', 4)[3].rsplit(b":", 1)[1])
