"""Dead letters from outside: listed, shown, and sent again to exactly the sinks that lack them."""

import json
import random
import re
import signal
from collections import Counter

from confluent_kafka import Producer, TopicPartition

from harness.broker import QUIET
from harness.case import Case
from harness.wait import until
from oracle.inputs import NO_OBJECT, Input, Record
from oracle.pipeline import SinkSpec

#: What a cycle of forty records has that dies, by its place in it.
AT_CLEAN, AT_ARCHIVE, AT_BOTH, AT_TRANSFORM = (3, 13, 23), (7, 27), (17, 37), (33,)
#: What the topics take before the fault is fixed, and afterwards.
SMALL_CLEAN, SMALL_ARCHIVE, LARGE = 8_192, 16_384, 3 << 20
OBJECTS_ONLY = [{"filter": {"type": [{"exists": True}]}}]


class Mixed(Input):
    """Records that die at one sink, at the other, at both, or before them; `clean` writes no headers."""

    def __init__(self, seed, counts):
        planted = {(s, n): NO_OBJECT for s, count in enumerate(counts) for n in range(count) if n % 40 in AT_TRANSFORM}
        super().__init__(seed, counts, size=300, planted=planted)

    def record(self, shard, seq):
        place = seq % 40
        if place in AT_CLEAN or place in AT_BOTH:
            self.size, size = 13_000 if place in AT_CLEAN else 24_000, self.size
            made = super().record(shard, seq)
            self.size = size
            return made
        made = super().record(shard, seq)
        if place in AT_ARCHIVE:
            return Record(made.key, made.value, [*made.headers, ("wide", b"x" * 18_000)])
        return made

    def dies_at(self, seq):
        """The sinks that lack the record."""
        place = seq % 40
        if place in AT_CLEAN:
            return {"clean"}
        if place in AT_ARCHIVE:
            return {"archive"}
        return {"clean", "archive"} if place in AT_BOTH or place in AT_TRANSFORM else set()


class DeadLetters(Case):
    def pipelines(self, shards, transforms):
        """The config with the fault, and the one without."""
        self.make_topics(
            shards, clean=(shards, {"max_message_bytes": SMALL_CLEAN}),
            archive=(shards, {"max_message_bytes": SMALL_ARCHIVE}))
        sinks = {
            "clean": {"kafka": {"topic": self.out("clean"), "partition": "source", "headers": "none"}},
            "archive": {"kafka": {"topic": self.out("archive"), "partition": "source"}},
        }
        return self.config(sinks, transforms=transforms), self.config(sinks, transforms=[], file="fixed.yaml")

    def dead(self, source, transforms=OBJECTS_ONLY):
        """Runs the pipeline with its fault over `source`; its worker, and the config without."""
        broken, fixed = self.pipelines(len(source.counts), transforms)
        self.feed(source).all()
        worker = self.start(broken).assigned()
        self.settle(source.counts, worker)
        return worker, broken, fixed

    def fix(self, *names):
        for name in names:
            self.broker.alter(self.out(name), max_message_bytes=LARGE)

    def ends(self):
        return {name: self.broker.ends(self.out(name)) for name in ("clean", "archive")}

    def lacking(self, source, name):
        """What sink `name` should have of a redrive: all that it lacked, nothing else."""
        expected = self.expected(source, "clean", "archive", transforms=[])
        for shard, count in enumerate(source.counts):
            for seq in range(count):
                if name not in source.dies_at(seq):
                    expected.marks[name][shard][seq] = 0
        return expected

    def redriven(self, source, before, name, **how):
        """The report on what `name` was given since `before`."""
        from oracle.check import check_sink
        fresh = (one for one in self.broker.read(self.out(name)) if one.offset >= before[name][one.place])
        return check_sink(
            self.lacking(source, name), name, fresh, place=lambda shard, record: shard, headers=name == "archive", **how)

    def sent(self):
        """Deliveries that the account has so far."""
        count = 0
        for path in (self.folder / "state").glob("redrive-*.journal"):
            lines = path.read_text().splitlines()
            count += sum(line.startswith("done\t") and not line.endswith("\t*") for line in lines)
        for path in (self.folder / "state").glob("redrive-*.json"):
            try:
                kept = json.loads(path.read_text())
            except (OSError, ValueError):
                continue
            for partition in kept["partitions"].values():
                for name, ranges in partition["done"].items():
                    if name != "*":
                        count += sum(end - first for first, end in ranges)
        return count

    def test_a_thousand_letters_killed_and_interrupted(self):
        """1,000 letters of two sinks; the fault fixed; redriven with a SIGKILL and a SIGINT in the middle, beside the live
        worker: each arrives once more at the sinks that lacked it, at no other."""
        source = Mixed(self.seed, [1000] * 4)
        worker, _, fixed = self.dead(source)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 1000)
        self.fix("clean", "archive")
        before, offsets = self.ends(), self.broker.committed(self.group, self.topic)
        total = sum(len(source.dies_at(seq)) for seq in range(1000)) * 4
        words = ["dlq", "redrive", fixed, "--yes", "--rate", "400"]
        job = self.job(*words)
        until("a third to be sent", lambda: self.sent() > total / 3, every=0.01, alive=job.trouble)
        job.kill()
        killed_at = self.sent()
        job = self.job(*words)
        until("two thirds to be sent", lambda: self.sent() > total * 2 / 3, every=0.01, alive=job.trouble)
        job.process.send_signal(signal.SIGINT)
        self.assertEqual(job.wait(), 75, job.error)
        self.assertIn("redrive stopped by SIGINT", job.out)
        stopped_at = self.sent()
        self.assertLess(stopped_at, total)
        last = self.done(*words)
        self.assertIn("redrive done", last.out)
        self.assertIn("0 dead again", last.out)
        after = self.ends()
        clean = self.redriven(source, before, "clean", restarts=2, duplicates=1)
        archive = self.redriven(source, before, "archive", restarts=2, duplicates=1)
        self.judge(clean, archive)
        # The kill alone can have one record sent again: one was on its way.
        self.assertLessEqual(clean.duplicates + archive.duplicates, 1)
        # Once more: nothing is left, nothing is sent.
        again = self.done(*words)
        self.assertIn("nothing to redrive", again.out)
        self.assertEqual(self.ends(), after)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 1000)
        self.assertEqual(self.broker.committed(self.group, self.topic), offsets)
        listed = self.done("dlq", "list", fixed).out
        self.assertIn("1,000 letters in 2 partitions, 1,000 redriven", listed)
        self.finish(worker)
        self.figures |= {
            "letters": 1000, "records": total, "killed_at": killed_at, "interrupted_at": stopped_at,
            "to_clean": clean.delivered, "to_archive": archive.delivered,
            "again": clean.duplicates + archive.duplicates,
        }

    def test_what_fails_again_counts_up_to_the_limit(self):
        """Unfixed, each round leaves new letters with one redrive more; past the limit nothing is sent; fixed, all arrive."""
        source = Mixed(self.seed, [120])
        worker, broken, _ = self.dead(source)
        self.finish(worker)
        before = self.ends()
        lacking = Counter(name for seq in range(120) for name in source.dies_at(seq))
        first = sum(self.broker.ends(self.dlq))
        for round in (1, 2, 3):
            job = self.done("dlq", "redrive", broken, "--yes", code=65)
            self.assertIn("0 delivered, 0 filtered", job.out)
            redrives = Counter(
                dict(one.headers)["millrace.redrives"].decode() for one in self.broker.read(self.dlq))
            self.assertEqual(redrives[str(round)], first, f"round {round}: {redrives}")
        size = sum(self.broker.ends(self.dlq))
        self.assertEqual(size, first * 4)
        job = self.done("dlq", "redrive", broken, "--yes", code=65)
        self.assertIn(f"stopped at the limit: {first} letters sent through 3 times or more already", job.out)
        self.assertIn("--max-redrives 4", job.out)
        self.assertEqual(sum(self.broker.ends(self.dlq)), size)
        self.assertEqual(self.ends(), before)
        # The newest letters say all that the first ones did, and no header has piled up.
        letters = list(self.broker.read(self.dlq))
        by_stage = Counter(dict(one.headers)["millrace.stage"] for one in letters)
        self.assertTrue(all(count % 4 == 0 for count in by_stage.values()), by_stage)
        for one in letters:
            names = [name for name, _ in one.headers]
            self.assertEqual(len(names), len(set(names)), names)
        self.fix("clean", "archive")
        fixed = self.folder / "fixed.yaml"
        self.done("dlq", "redrive", fixed, "--yes", "--max-redrives", "4")
        self.judge(self.redriven(source, before, "clean"), self.redriven(source, before, "archive"))
        self.figures |= {"letters": first, "rounds": 3, "to_clean": lacking["clean"], "to_archive": lacking["archive"]}

    def test_filters_dry_run_and_a_topic(self):
        """A dry run sends nothing; a filter sends what it means; a topic is given the records as they had been read."""
        source = Mixed(self.seed, [80] * 2)
        worker, broken, fixed = self.dead(source)
        self.fix("clean", "archive")
        before = self.ends()
        dry = self.done("dlq", "redrive", fixed, "--dry-run")
        self.assertIn("nothing was sent", dry.out)
        self.assertIn("sink clean: 24 delivered", dry.out)
        self.assertIn("sink archive: 20 delivered", dry.out)
        # With the fault that is no sink's, the dry run knows what would happen.
        still = self.done("dlq", "redrive", broken, "--stage", "transform", "--dry-run", code=65)
        # Each record once, although two sinks lack it; no letter is written, and none is logged.
        self.assertRegex(still.out, r"(?m)^  4  transform:1  transform ")
        self.assertNotIn("dead-letter", still.error)
        # Nobody can be asked here.
        asked = self.job("dlq", "redrive", fixed)
        self.assertEqual(asked.wait(), 64)
        self.assertIn("--yes", asked.error)
        self.assertEqual(self.ends(), before)
        self.assertIn("no such letter", self.done("dlq", "redrive", fixed, "--yes", "--reason", "skipped").out)
        one = self.done("dlq", "redrive", fixed, "--yes", "--origin", f"{self.topic}:0:17", "--stage", "sink:clean")
        self.assertIn("sink clean: 1 delivered", one.out)
        self.done("dlq", "redrive", fixed, "--yes", "--stage", "sink:archive")
        middle = self.ends()
        self.assertEqual([sum(middle[n]) - sum(before[n]) for n in ("clean", "archive")], [1, 16])
        # To a topic: each record once, byte for byte, whatever it failed at and wherever it was sent.
        self.broker.create(self.out("elsewhere"), 2)
        for topic, code in ((self.topic, 64), (self.dlq, 64), (self.out("nowhere"), 78)):
            refused = self.job("dlq", "redrive", fixed, "--yes", "--topic", topic)
            self.assertEqual(refused.wait(), code, refused.error)
        self.done("dlq", "redrive", fixed, "--yes", "--topic", self.out("elsewhere"))
        self.assertIn("nothing to redrive", self.done("dlq", "redrive", fixed, "--yes", "--topic", self.out("elsewhere")).out)
        wanted = Counter(
            (r.key, r.value, tuple(r.headers)) for s in range(2) for n in range(80) if source.dies_at(n)
            for r in [source.record(s, n)])
        found = Counter((one.key, one.value, tuple(one.headers)) for one in self.broker.read(self.out("elsewhere")))
        self.assertEqual(found, wanted)
        self.done("dlq", "redrive", fixed, "--yes")
        self.judge(
            self.redriven(source, before, "clean", restarts=3, duplicates=0, ordered=False),
            self.redriven(source, before, "archive", restarts=3, duplicates=0, ordered=False))
        self.finish(worker)

    def test_list_and_show(self):
        """What they print is what lies there: as JSON letter by letter, on a terminal within 80 columns."""
        source = Mixed(self.seed, [80] * 2)
        worker, _, fixed = self.dead(source)
        self.finish(worker)
        letters = list(self.broker.read(self.dlq))
        rows = [json.loads(line) for line in self.done("dlq", "list", fixed, "--json").out.splitlines()]
        self.assertEqual(len(rows), len(letters))
        by_place = {(row["partition"], row["offset"]): row for row in rows}
        for one in letters:
            own = {name.removeprefix("millrace."): value.decode() for name, value in one.headers if name.startswith("millrace.")}
            row = by_place[one.place, one.offset]
            self.assertEqual(list(row), [
                "topic", "partition", "offset", "origin", "pipeline", "stage", "reason", "error", "attempts", "bisection",
                "fingerprint", "failed_at", "redrives", "key", "size"])
            self.assertEqual(row["origin"], {
                "topic": own["origin-topic"], "partition": int(own["origin-partition"]),
                "offset": int(own["origin-offset"]), "timestamp": int(own["origin-timestamp"])})
            for name in ("pipeline", "stage", "reason", "error", "bisection", "fingerprint"):
                self.assertEqual(row[name], own[name])
            self.assertEqual(row["failed_at"], own["failed-at"])
            self.assertEqual((row["attempts"], row["redrives"]), (int(own["attempts"]), int(own["redrives"])))
            self.assertEqual(row["size"], len(one.key or b"") + len(one.value or b""))
        text = self.done("dlq", "list", fixed).out
        self.assertIn(f"{len(letters)} letters in 2 partitions", text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)
        reasons = Counter(row["reason"] for row in rows)
        for reason, count in reasons.items():
            self.assertRegex(text, rf"(?m)^{reason} +{count} +{count} +#+$")
        only = self.done("dlq", "list", fixed, "--json", "--stage", "transform").out.splitlines()
        self.assertEqual({json.loads(line)["stage"] for line in only}, {"transform:1"})
        some = rows[0]
        alike = self.done("dlq", "list", fixed, "--json", "--fingerprint", some["fingerprint"], "--reason", some["reason"])
        self.assertEqual(
            len(alike.out.splitlines()), sum(row["fingerprint"] == some["fingerprint"] for row in rows))
        self.assertEqual(self.done("dlq", "list", fixed, "--json", "--since", "2100-01-01T00:00:00Z").out, "")
        self.assertEqual(
            len(self.done("dlq", "list", fixed, "--json", "--since", "-1h", "--origin", f"{self.topic}:1").out.splitlines()),
            len(letters) // 2)
        # The record that failed at both sinks has two letters.
        shown = self.done("dlq", "show", fixed, "--origin", f"{self.topic}:0:17").out
        self.assertEqual(shown.count(f"{self.topic}:0:17   at {self.dlq}:0:"), 2)
        self.assertIn("millrace dlq redrive", shown)
        self.assertIn("as it is now goes to clean, archive", re.sub(r" +", " ", shown))
        # Payloads as text, and commands with the config's path, are as long as they are.
        rest = re.sub(r"(?ms)^payload, decoded.*?^payload, as it lies", "", shown)
        self.assertEqual([line for line in rest.splitlines() if len(line) > 80 and "millrace" not in line], [])
        for line in self.done("dlq", "show", fixed, "--origin", f"{self.topic}:0:17", "--json").out.splitlines():
            row = json.loads(line)
            record = source.record(0, 17)
            self.assertEqual(row["payload"].encode(), record.value)
            self.assertEqual([(h["name"], h["value"].encode()) for h in row["headers"]], record.headers)
        self.assertEqual(self.job("dlq", "show", fixed, "--origin", f"{self.topic}:0:18").wait(), 65)
        self.figures |= {"letters": len(letters)}

    def test_garbage_between_the_letters(self):
        """Foreign records, half letters, lies, other pipelines', originals that have expired: told, left, and the rest sent."""
        source = Mixed(self.seed, [80])
        worker, _, fixed = self.dead(source)
        self.finish(worker)
        self.fix("clean", "archive")
        before = self.ends()
        good = next(iter(self.broker.read(self.dlq)))
        own = dict(good.headers)
        chance = random.Random(self.seed)
        producer = Producer({"bootstrap.servers": self.broker.address, "message.max.bytes": 3 << 20, **QUIET})

        def put(headers, value=b"v", key=None):
            producer.produce(self.dlq, value, key, partition=0, headers=list(headers))

        def changed(**values):
            return [(k, values.get(k.removeprefix("millrace.").replace("-", "_"), v)) for k, v in good.headers]

        foreign = 0
        for headers, value in (
            ([], b"no headers"), ([], None), ([("millrace.stage", b"decode")], b"half"), ([("\u00e9", None)], b""),
            (changed(origin_partition=b"seven"), b"v"), (changed(origin_partition=b"-1"), b"v"),
            (changed(origin_offset=b"99999999999999999999"), b"v"), (changed(origin_offset=None), b"v"),
            (changed(reason=b"bored"), b"v"), (changed(stage=b""), b"v"), (changed(error=b"\xff\xfe"), b"v"),
            (changed(redrives=b"-1"), b"v"), (changed(attempts=b"1e3"), b"v"),
        ):
            put(headers, value)
            foreign += 1
        for _ in range(200):
            headers = [
                (chance.choice([*own, "x", "millrace.", "millrace.inbound."]), chance.choice([None, chance.randbytes(chance.randrange(40))]))
                for _ in range(chance.randrange(20))]
            put(headers, chance.randbytes(chance.randrange(2000)))
            foreign += 1
        # Letters as they should be, which still cannot be sent.
        put(changed(stage=b"sink:gone", origin_offset=b"70"))
        put(changed(pipeline=b"another", origin_offset=b"71"))
        put([*changed(origin_offset=b"5000"), ("millrace.payload", b"omitted")], None)
        put([*changed(origin_topic=b"no-such-topic", origin_offset=b"3"), ("millrace.payload", b"omitted")], None)
        # This one can: its original is still there.
        stamp = next(one.timestamp for one in self.broker.read(self.topic) if one.offset == 5)
        put([*changed(origin_offset=b"5", origin_timestamp=str(stamp).encode(), stage=b"sink:clean"),
             ("millrace.payload", b"omitted")], None)
        self.assertEqual(producer.flush(30), 0)

        text = self.done("dlq", "list", fixed).out
        self.assertIn(f"{foreign} records of the topic are no letters of Millrace", text)
        self.assertIn("of other pipelines: another 1", text)
        rows = [json.loads(line) for line in self.done("dlq", "list", fixed, "--json").out.splitlines()]
        self.assertEqual(sum("foreign" in row for row in rows), foreign)
        place = next(f"{row['topic']}:{row['partition']}:{row['offset']}" for row in rows if "foreign" in row)
        self.assertIn("no letter of Millrace", self.done("dlq", "show", fixed, "--origin", place).out)
        job = self.done("dlq", "redrive", fixed, "--yes", code=65)
        said = job.out + job.error
        for words in (
            f"{foreign} records of the topic left alone", "1 letter of sink gone", "1 letter of pipeline another",
            "its original has expired", "no-such-topic:0:3 cannot be sent: its original cannot be read",
        ):
            self.assertIn(words, said)
        clean = list(self.redriven_ids(before, "clean"))
        self.assertEqual(sum(name == (0, 5) for name in clean), 1)
        lacking = {(0, seq) for seq in range(80) if "clean" in source.dies_at(seq)}
        self.assertEqual(Counter(clean), Counter(lacking | {(0, 5)}))
        self.judge(self.redriven(source, before, "archive"))
        # What could not be sent is still there, and told again; nothing is sent twice.
        again = self.done("dlq", "redrive", fixed, "--yes", code=65)
        self.assertIn("cannot be sent", again.error)
        self.assertEqual(sum(self.broker.ends(self.out("clean"))), sum(before["clean"]) + len(clean))
        self.figures |= {"foreign": foreign}

    def redriven_ids(self, before, name):
        from oracle.check import identify
        source = Mixed(self.seed, [80])
        for one in self.broker.read(self.out(name)):
            if one.offset >= before[name][one.place]:
                yield identify(source, one.value, one.key)

    def test_expired_letters_and_a_topic_made_anew(self):
        """What has expired from the topic is nobody's trouble; an account of another topic of that name is forgotten."""
        source = Mixed(self.seed, [80])
        worker, _, fixed = self.dead(source)
        self.finish(worker)
        self.fix("clean", "archive")
        places = [TopicPartition(self.dlq, 0, 4)]
        self.broker.admin.delete_records(places)[places[0]].result(20)
        before = self.ends()
        count = sum(1 for _ in self.broker.read(self.dlq))
        self.done("dlq", "redrive", fixed, "--yes")
        sent = sum(map(sum, self.ends().values())) - sum(map(sum, before.values()))
        self.assertGreaterEqual(sent, count)
        self.broker.admin.delete_topics([self.dlq])[self.dlq].result(30)
        until("the topic to be gone", lambda: self.dlq not in self.broker.admin.list_topics(timeout=10).topics)
        self.broker.create(self.dlq, 2)
        self.assertIn("was made anew", self.done("dlq", "redrive", fixed, "--yes").error)
