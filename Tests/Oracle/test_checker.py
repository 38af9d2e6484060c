"""The checker fails on what it is there to find: every fault is planted once, and found by its name."""

import unittest

from oracle import inputs
from oracle.check import Seen, check_dead, check_sink
from oracle.expected import Expected
from oracle.inputs import Input
from oracle.mix import partition_of
from oracle.pipeline import Pipeline, SinkSpec

SEED = 11


def by_key(shard, record):
    return partition_of(record.key, 4) if record.key is not None else None


class Planted(unittest.TestCase):
    """A small run that went well, and one change to it a case."""

    def setUp(self):
        self.source = Input(SEED, [150, 150, 150], odd=120_000, kinds=inputs.ODD)
        pipeline = Pipeline(
            transforms=[{"filter": {"type": [{"prefix": "order."}]}}, {"project": {"id": "id", "amount": "amount"}}],
            sinks=[SinkSpec("out")],
        )
        self.expected = Expected(self.source, pipeline)
        self.seen = []
        self.letters = []
        for shard in range(3):
            for seq in range(150):
                record = self.source.record(shard, seq)
                outcome = pipeline.outcomes(record.value)["out"]
                if outcome.what == "delivered":
                    self.seen.append(Seen(by_key(shard, record), record.key, outcome.payload, record.headers, len(self.seen)))
                elif outcome.what == "dead":
                    self.letters.append(self.letter(shard, seq, record, outcome))

    def letter(self, shard, seq, record, outcome):
        own = {
            "origin-topic": "in", "origin-partition": shard, "origin-offset": seq, "origin-timestamp": 1700000000000,
            "group": "g", "pipeline": "p", "stage": outcome.stage, "reason": outcome.reason, "error": "byte 4: no",
            "attempts": 0, "bisection": "", "fingerprint": "8c1e", "failed-at": "2026-03-01T07:00:31.207Z", "redrives": 0,
        }
        headers = record.headers + [("millrace." + name, str(value).encode()) for name, value in own.items()]
        return Seen(shard % 2, record.key, record.value, headers, len(self.letters))

    def check(self, **options):
        return check_sink(self.expected, "out", self.seen, place=by_key, **options)

    def check_letters(self, **options):
        return check_dead(self.expected, self.letters, group="g", pipeline="p", partitions=2, **options)

    def found(self, report, *kinds):
        self.assertEqual(set(report.faults), set(kinds), report)

    def test_a_good_run_passes(self):
        self.assertTrue(self.check(), self.check())
        self.assertTrue(self.check_letters(), self.check_letters())
        self.assertEqual(self.check().delivered, len(self.seen))
        self.assertEqual(self.expected.letters, len(self.letters))
        self.assertGreater(len(self.letters), 20)

    def test_loss(self):
        del self.seen[17]
        report = self.check()
        self.found(report, "lost")
        self.assertEqual(report.faults["lost"], 1)
        self.assertTrue(self.check(complete=False))

    def test_loss_of_a_tail(self):
        del self.seen[-9:]
        self.assertEqual(self.check().faults["lost"], 9)

    def test_loss_of_a_tombstone(self):
        at = next(n for n, one in enumerate(self.seen) if one.value is None)
        del self.seen[at]
        self.found(self.check(), "lost")

    def test_duplicate(self):
        self.seen.append(self.seen[-1])
        self.found(self.check(), "duplicate", "again")
        self.assertTrue(self.check(restarts=1))
        self.found(self.check(restarts=1, duplicates=0), "duplicate")

    def test_more_restarts_than_there_were(self):
        one = next(one for one in reversed(self.seen) if one.key)
        self.seen += [one, one]
        self.found(self.check(restarts=1), "again")

    def test_reordering(self):
        places = [n for n, one in enumerate(self.seen) if one.place == self.seen[0].place and one.key[:1] == b"0"]
        a, b = places[3], places[4]
        self.seen[a], self.seen[b] = self.seen[b], self.seen[a]
        self.found(self.check(), "disorder", "again")
        # A restart excuses going back, not that a record first came after a later one.
        self.found(self.check(restarts=3), "disorder")

    def test_altered_payload(self):
        at = next(n for n, one in enumerate(self.seen) if one.value)
        self.seen[at] = self.seen[at]._replace(value=self.seen[at].value.replace(b'"amount":', b'"amount": '))
        self.found(self.check(), "altered")

    def test_tombstone_that_became_empty(self):
        at = next(n for n, one in enumerate(self.seen) if one.value is None)
        self.seen[at] = self.seen[at]._replace(value=b"")
        self.found(self.check(), "altered")

    def test_filtered_record_that_came(self):
        name = next(
            (shard, seq) for shard in range(3) for seq in range(150)
            if not self.expected.wants("out", shard, seq) and (shard, seq) not in self.expected.dead)
        record = self.source.record(*name)
        payload = b'{"id":"%s"}' % self.source.name(*name).encode()
        self.seen.append(Seen(by_key(name[0], record), record.key, payload, record.headers))
        self.assertIn("unexpected", self.check().faults)

    def test_dead_record_that_came(self):
        shard, seq = next(iter(self.expected.dead))
        record = self.source.record(shard, seq)
        self.seen.append(Seen(by_key(shard, record), record.key, b"{}", record.headers))
        self.assertIn("unexpected", self.check().faults)

    def test_foreign_record(self):
        self.seen.append(Seen(0, b"k", b'{"id":"r999:0:0"}', []))
        self.found(self.check(), "foreign")

    def test_wrong_place_key_and_headers(self):
        one = self.seen[5]
        self.seen[5] = one._replace(place=(one.place + 1) % 4)
        self.found(self.check(), "misplaced")
        self.seen[5] = one._replace(key=b"other")
        self.found(self.check(), "key")
        self.seen[5] = one._replace(headers=[("x", b"y")])
        self.found(self.check(), "headers")

    def test_letter_missing_twice_or_unexpected(self):
        spare = self.letters.pop(3)
        self.found(self.check_letters(), "lost")
        self.letters += [spare, spare]
        self.found(self.check_letters(), "duplicate")
        self.assertTrue(self.check_letters(once=False))
        del self.letters[-1]
        good = next((s, n) for s in range(3) for n in range(150) if self.expected.wants("out", s, n))
        fake = [(k, str(good[1]).encode() if k == "millrace.origin-offset" else v) for k, v in spare.headers]
        fake = [(k, str(good[0]).encode() if k == "millrace.origin-partition" else v) for k, v in fake]
        self.letters.append(spare._replace(headers=fake))
        self.found(self.check_letters(), "unexpected")

    def test_letter_with_a_changed_original(self):
        one = self.letters[0]
        self.letters[0] = one._replace(value=(one.value or b"") + b" ")
        self.found(self.check_letters(), "altered")
        self.letters[0] = one._replace(key=None)
        self.found(self.check_letters(), "altered")
        self.letters[0] = one._replace(place=1 - one.place)
        self.found(self.check_letters(), "misplaced")

    def test_letter_with_untrue_headers(self):
        one = self.letters[0]
        for name, value in (
            ("origin-topic", b"other"), ("group", b"h"), ("pipeline", b"q"), ("reason", b"rejected"), ("error", b""),
            ("error", b"x" * 513), ("error", b"a\nb"), ("attempts", b"1"), ("attempts", b"x"), ("bisection", b"LRX"),
            ("fingerprint", b""), ("failed-at", b"yesterday"), ("origin-timestamp", b"-1"), ("redrives", b"1"),
            ("colour", b"red"),
        ):
            rest = [(k, v) for k, v in one.headers if k != "millrace." + name]
            self.letters[0] = one._replace(headers=rest + [("millrace." + name, value)])
            self.found(self.check_letters(), "headers")
        self.letters[0] = one._replace(headers=[(k, v) for k, v in one.headers if k != "millrace.origin-offset"])
        self.assertIn("headers", self.check_letters().faults)
        self.letters[0] = one._replace(headers=one.headers + [("extra", b"1")])
        self.found(self.check_letters(), "headers")

    def test_a_refusal_turns_a_delivery_into_a_letter(self):
        name = next((0, n) for n in range(150) if self.expected.wants("out", 0, n))
        before = self.expected.counts["out"]["dead"]
        self.expected.kill("out", *name, {"rejected"})
        self.assertEqual(self.expected.counts["out"]["dead"], before + 1)
        self.assertIn("unexpected", self.check().faults)
        self.found(self.check_letters(), "lost")
