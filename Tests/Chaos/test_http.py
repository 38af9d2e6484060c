"""HTTP sinks against real servers: refusals that name no culprit, answers in part, outages, and servers that misbehave."""

import collections
import gzip
import itertools
import math
import os
import socket
import subprocess
import time
import unittest

from harness import settings
from harness.settings import scaled
from harness.wait import until
from harness.web import Answer
from harness.web_case import OK, HTTPCase, Small


def bound(n, p):
    """The calls that finding p rejected records among n may take, the first one among them."""
    return 1 if p == 0 else 2 * p * (math.ceil(math.log2(n)) - math.floor(math.log2(p)) + 1) - 1


class Refusals(HTTPCase):
    def test_three_poison_among_ten_thousand(self):
        """The server refuses a batch that has a bad record in it, and does not say which."""
        bad = {(0, 17), (0, 4711), (0, 9998)}
        source = Small(self.seed, [10_000])
        seqs = {seq for _, seq in bad}
        server = self.serve(lambda call: Answer(400) if seqs & set(call.seqs) else OK)
        self.make_topics(1)
        self.run_to_end(source, self.pipeline(server.url), bad)
        self.check_delivered(server, source, bad)
        # Each batch that was refused is the root of a tree of calls: those over its records.
        calls, trees = [call.seqs for call in server.calls], []
        for seqs_of_call, call in zip(calls, server.calls):
            inside = [tree for tree in trees if tree[0] <= seqs_of_call[0] and seqs_of_call[-1] <= tree[1]]
            if inside:
                inside[0][2] += 1
            elif call.status == 400:
                trees.append([seqs_of_call[0], seqs_of_call[-1], 1])
        most = 0
        for first, last, count in trees:
            allowed = bound(last - first + 1, len([seq for seq in seqs if first <= seq <= last]))
            self.assertLessEqual(count, allowed, f"{first} to {last}")
            most += allowed
        self.figures |= {
            "records": 10_000, "calls": len(calls), "in_trees": sum(tree[2] for tree in trees), "bound": most,
            "largest_batch": max(len(one) for one in calls), "letters": 3}

    def test_too_large(self):
        """413: the batch is halved until its parts pass, and no record is at fault."""
        source = Small(self.seed, [3000])
        server = self.serve(lambda call: Answer(413) if len(call.body) > 40_000 else OK)
        self.make_topics(1)
        self.run_to_end(source, self.pipeline(server.url))
        self.check_delivered(server, source)
        self.figures |= {"calls": len(server.calls), "refused": sum(call.status == 413 for call in server.calls)}

    def test_every_record_refused_for_a_while(self):
        """A server that refuses everything and then takes everything: at most three letters, none after the first success."""
        source = Small(self.seed, [4000] * 2)
        self.make_topics(2)
        away = scaled(15, 60)
        begin = []

        def decide(call):
            begin[:] = begin or [time.monotonic()]
            return Answer(400) if time.monotonic() < begin[0] + away else OK

        server = self.serve(decide)
        config = self.pipeline(server.url, records=500, breaker={"recovery_timeout": "1s"})
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.settle(source.counts, worker, within=away + 60)
        self.finish(worker)
        letters = list(self.broker.read(self.dlq))
        first_good = next(n for n, call in enumerate(server.calls) if call.status == 200)
        refused_after = [call for call in server.calls[first_good:] if call.status != 200]
        self.assertLessEqual(len(letters), 3)
        self.assertEqual(refused_after, [])
        dead = {(letter.headers_of("origin-partition"), letter.headers_of("origin-offset")) for letter in map(Letter, letters)}
        self.check_delivered(server, source, dead)
        self.assertTrue(worker.events("suspect-outage"))
        self.figures |= {"away": f"{away}s", "letters": len(letters), "calls_while_away": first_good}


    def test_a_record_that_expires(self):
        """Nothing may be sent before the record that fails each time, so no witness can come: `expire` ends the wait."""
        source = Small(self.seed, [300])
        self.make_topics(1)
        asked, others = [], []

        def decide(call):
            if 0 in call.seqs:
                asked.append(time.monotonic())
                return Answer(500)
            others.append(time.monotonic())
            return OK

        server = self.serve(decide)
        config = self.config(
            {"web": {"http": {"url": server.url, "body": "single"}, "breaker": {"recovery_timeout": "500ms"},
                     "retry": {"max_attempts": 2, "base_delay": "50ms"}}},
            transforms=[], dead_letter={"topic": self.dlq, "expire": "4s"})
        worker = self.run_to_end(source, config, {(0, 0)}, ("expired",))
        self.assertTrue(worker.events("suspect-outage"))
        self.assertGreaterEqual(others[0] - asked[0], 3.9)
        self.assertLess(asked[-1], others[0])
        self.figures |= {"asked": len(asked), "waited": f"{others[0] - asked[0]:.1f}s"}


class Letter:
    def __init__(self, seen):
        self.headers = {name.removeprefix("millrace."): value.decode() for name, value in seen.headers}

    def headers_of(self, name):
        return int(self.headers[name])


class NotPermitted(HTTPCase):
    def test_403_for_a_while(self):
        """403 speaks of the credentials, not of a record: nothing is dead-lettered, and all of it arrives afterwards."""
        source = Small(self.seed, [2000] * 4)
        self.make_topics(4)
        away = scaled(20, 60)
        begin = []

        def decide(call):
            self.assertEqual(call.headers.get("Authorization"), "Bearer secret-bearer")
            begin[:] = begin or [time.monotonic()]
            return Answer(403) if time.monotonic() < begin[0] + away else OK

        server = self.serve(decide)
        config = self.pipeline(
            server.url, records=500, keys={"headers": {"Authorization": "Bearer secret-bearer"}},
            breaker={"recovery_timeout": "1s"}, retry={"max_delay": "1s"})
        self.run_to_end(source, config, within=away + 60)
        self.check_delivered(server, source)
        refused = sum(call.status == 403 for call in server.calls)
        self.figures |= {"away": f"{away}s", "letters": 0, "refused_calls": refused}

    def test_redirects_are_not_followed(self):
        """A redirect is an answer of the wrong server: the shard waits, and nobody else gets a record."""
        source = Small(self.seed, [200])
        self.make_topics(1)
        other = self.serve(lambda call: OK)
        state = {"moved": True}
        server = self.serve(lambda call: Answer(307, headers={"Location": other.url}) if state["moved"] else OK)
        config = self.pipeline(server.url, retry={"max_delay": "500ms"})
        self.feed(source).all()
        worker = self.start(config).assigned()
        until("some redirects", lambda: server.count() >= 4, alive=worker.trouble)
        self.assertEqual(other.calls, [])
        state["moved"] = False
        self.settle(source.counts, worker)
        self.finish(worker)
        self.check_delivered(server, source)
        self.assertIn("redirect", worker.log_path.read_text())


class NameServerAway(HTTPCase):
    needs_broker = False

    @unittest.skipUnless(os.geteuid() == 0, "not root: it cannot have a resolv.conf of its own")
    def test_a_name_that_nobody_looks_up(self):
        """A name server that does not answer holds a call up for its timeout, and not until the system gives the name up."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.153", 53))
            resolver = self.folder / "resolv.conf"
            resolver.write_text("nameserver 127.0.0.153\noptions timeout:15 attempts:2\n")
            config = self.pipeline("http://nobody.test/records", keys={"timeout": "1s"})
            began = time.monotonic()
            done = subprocess.run(
                ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver,
                 settings.BINARY, "check", config, "--connect", "--timeout", "1s"],
                capture_output=True, text=True, timeout=60)
            took = time.monotonic() - began
        self.assertEqual(done.returncode, 69, done.stdout + done.stderr)
        self.assertIn("nobody.test:80: Timeout was reached", done.stdout)
        self.assertLess(took, 10)
        self.figures["took"] = f"{took:.1f}s"


class InPart(HTTPCase):
    def run_patterns(self, poison, status):
        """Every pattern of 5 records fails at the first attempt: exactly those come again, or are letters."""
        patterns = list(itertools.product([False, True], repeat=5))
        source = Small(self.seed, [5 * len(patterns)])
        failing = {5 * n + place for n, pattern in enumerate(patterns) for place in range(5) if pattern[place]}
        seen = collections.Counter()
        taken = []

        def decide(call):
            failures = []
            for item, seq in zip(call.items, call.seqs):
                seen[seq] += 1
                if seq in failing and seen[seq] == 1:
                    failures.append({"itemIdentifier": item["id"]} | ({"poison": True} if poison else {}))
                else:
                    taken.append(item)
            return Answer(status, {"batchItemFailures": failures})

        server = self.serve(decide)
        self.make_topics(1)
        bad = {(0, seq) for seq in failing} if poison else set()
        config = self.pipeline(server.url, records=5, retry={"base_delay": "1ms", "max_delay": "2ms"})
        self.run_to_end(source, config, bad, reasons=("poison",))
        self.assertEqual(
            dict(seen), {seq: 2 if seq in failing and not poison else 1 for seq in range(source.total)}, "attempts a record")
        found = sorted(int(item["id"].rsplit(":", 1)[1]) for item in taken)
        self.assertEqual(found, [seq for seq in range(source.total) if (0, seq) not in bad])
        self.figures |= {"patterns": len(patterns), "calls": len(server.calls), "letters": len(bad)}

    def test_every_pattern_of_five_fails_once(self):
        self.run_patterns(poison=False, status=200)

    def test_every_pattern_of_five_is_poison(self):
        self.run_patterns(poison=True, status=207)

    def test_lists_that_make_no_sense(self):
        """A list that names a stranger, or is torn, says nothing of what was taken: the request is made again."""
        source = Small(self.seed, [50])
        self.make_topics(1)
        odd = [
            {"batchItemFailures": [{"itemIdentifier": "elsewhere:0:1"}]}, {"batchItemFailures": [{}]},
            {"batchItemFailures": "all"}, b'{"batchItemFailures": [{"itemIdent', b'{"taken": [], "batch',
        ]
        stranger = gzip.compress(b'{"batchItemFailures": [{"itemIdentifier": "elsewhere:0:1"}]}')
        well = [{"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}, b"thanks", b"[1]"]
        answers = iter([Answer(200, one) for one in odd] + [Answer(200, stranger, {"Content-Encoding": "gzip"})])
        server = self.serve(lambda call: next(answers, Answer(200, well[len(server.calls) % len(well)])))
        self.run_to_end(source, self.pipeline(server.url, retry={"max_delay": "100ms"}))
        self.assertGreaterEqual(len(server.calls), 7)
        self.check_seen([item for call in server.calls[6:] for item in call.items], source)


class Misbehaving(HTTPCase):
    def test_slow_half_reset_mute_and_busy(self):
        """Every kind of trouble on the way, by turns: all of it arrives, nothing is dead-lettered."""
        source = Small(self.seed, [scaled(3000, 20_000)] * 3)
        self.make_topics(3)
        troubles = itertools.cycle([
            None, Answer(how="reset"), None, None, Answer(200, {"batchItemFailures": []}, how="half"), None, Answer(503),
            Answer(429, headers={"Retry-After": "1"}), None, Answer(500, b"x" * 5000), None, Answer(200, b"slow but well", how="slow"), None, None,
            Answer(how="mute"), None, None, None,
        ])
        server = self.serve(lambda call: next(troubles) or OK)
        config = self.pipeline(
            server.url, records=100, keys={"concurrency": 2, "timeout": "1s"}, breaker={"recovery_timeout": "1s"},
            retry={"base_delay": "10ms", "max_delay": "200ms"})
        self.run_to_end(source, config)
        self.check_delivered_again(server, source)
        statuses = collections.Counter(call.status for call in server.calls)
        self.figures |= {"calls": len(server.calls)} | {f"{name}": count for name, count in statuses.items()}

    def check_delivered_again(self, server, source):
        """An answer that was cut may have been a success: those records come twice."""
        items = [item for call in server.calls if call.status in (200, "half", "slow") for item in call.items]
        self.check_seen(items, source, again=True)

    def test_retry_after_holds_the_sink(self):
        """429 with `Retry-After: 3`: for three seconds nobody sends anything, whatever the shard."""
        source = Small(self.seed, [500] * 3)
        self.make_topics(3)
        times = []

        def decide(call):
            times.append(time.monotonic())
            return Answer(429, headers={"Retry-After": "3"}) if len(times) == 3 else OK

        server = self.serve(decide)
        config = self.pipeline(server.url, records=50, retry={"base_delay": "1ms", "max_delay": "2ms"})
        self.run_to_end(source, config)
        self.check_delivered(server, source)
        pause = times[3] - times[2]
        self.assertGreater(pause, 2.5)
        self.figures["pause"] = f"{pause:.1f}s"

    def test_connections_are_reused(self):
        source = Small(self.seed, [2000] * 2)
        self.make_topics(2)
        server = self.serve(lambda call: OK)
        self.run_to_end(source, self.pipeline(server.url, records=20, keys={"concurrency": 2}))
        self.check_delivered(server, source)
        # `check --connect` makes one that it sends nothing on.
        self.assertLessEqual(server.connections, 3)
        self.figures |= {"calls": len(server.calls), "connections": server.connections}

    def test_terminated_while_a_request_hangs(self):
        """A drain does not wait for a server that says nothing: the request is cut off, and the next worker makes it."""
        source = Small(self.seed, [300] * 2)
        self.make_topics(2)
        hang = {"all": True}
        server = self.serve(lambda call: Answer(how="mute") if hang["all"] else OK)
        config = self.pipeline(server.url, keys={"timeout": "60s", "concurrency": 2}, limits={"drain": "2s"})
        self.feed(source).all()
        worker = self.start(config).assigned()
        until("both requests", lambda: server.count() >= 2, alive=worker.trouble)
        self.finish(worker, code=75)
        self.assertLess(worker.drained, 10)
        self.assertLessEqual(max(self.broker.committed(self.group, self.topic)), 0)
        hang["all"] = False
        second = self.start(config).assigned()
        self.settle(source.counts, second)
        self.finish(second)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.check_delivered(server, source)
        self.figures["drained"] = f"{worker.drained:.1f}s"

    def test_away_and_back(self):
        source = Small(self.seed, [3000] * 2)
        self.make_topics(2)
        server = self.serve(lambda call: OK)
        config = self.pipeline(server.url, records=100, breaker={"recovery_timeout": "1s"}, retry={"max_delay": "500ms"})
        worker = self.start(config).assigned()
        feed = self.feed(source).begin(rate=source.total / 10)
        until("some calls", lambda: server.count() > 5, alive=worker.trouble)
        server.stop()
        until("a failed delivery", lambda: worker.events("delivery-failed"), alive=worker.trouble)
        server.start()
        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.check_seen([item for call in server.calls for item in call.items], source, again=True)
