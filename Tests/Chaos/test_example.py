"""The program of Examples/: Millrace's commands with a transform and a PostgreSQL sink of its own, and a real server."""

import base64
import json
import re
import subprocess
import unittest
from decimal import Decimal
from pathlib import Path

from harness import settings
from harness.case import Case
from harness.postgres import PostgreSQL
from harness.settings import scaled
from harness.wait import hold, until
from oracle.inputs import Input, Record
from oracle.mix import mix

ROOT = Path(__file__).parents[2]
#: What the server says of a record that is bad in one of these ways, and what is bad about it.
BAD = {
    "negative": ("23514", "violates check constraint"),
    "no-key": ("23502", "null value in column"),
    "word": ("22P02", "invalid input syntax for type numeric"),
    "nul": ("22P05", "unsupported Unicode escape sequence"),
    "cut": ("22P02", "invalid input syntax for type json"),
    "list": ("transform", "the payload is no JSON object"),
}
TABLE = """
create table orders (id text primary key, region text not null, total numeric check (total >= 0), version int not null, note text);
create role millrace login;
grant select, insert, update on orders to millrace;
"""


class Orders(Input):
    """Each shard has `distinct` orders, which come again and again with a higher version; a few records are bad."""

    def __init__(self, seed, counts, distinct=400, planted=None):
        super().__init__(seed, counts, planted=planted)
        self.distinct = distinct

    def fields(self, shard, seq):
        drawn = mix(self.seed, shard, seq)
        return {
            "id": f"{shard}-{seq % self.distinct}", "total": drawn % 100_000 / 100, "version": seq,
            "note": ("", "plain", "gr\u00fc\u00dfe", "'; drop table orders; --", "a\tb")[drawn >> 20 & 3],
        }

    def record(self, shard, seq):
        fields, kind = self.fields(shard, seq), self.kind(shard, seq)
        fields |= {"negative": {"total": -1}, "word": {"total": "secret-word"}, "nul": {"note": "a\0b"}}.get(kind, {})
        if kind == "no-key":
            del fields["id"]
        text = json.dumps(fields)
        text = {"cut": text[:-1], "list": f"[{text}]"}.get(kind, text)
        return Record(fields.get("id", "none").encode(), base64.b64encode(text.encode()), [])

    def rows(self):
        """The last good version of each order."""
        found = {}
        for shard, count in enumerate(self.counts):
            for seq in range(count):
                if self.kind(shard, seq) is None:
                    fields = self.fields(shard, seq)
                    found[fields["id"]] = (Decimal(str(fields["total"])), seq, fields["note"])
        return found


class Example(Case):
    def setUp(self):
        super().setUp()
        if not Path(settings.EXAMPLE).exists():
            self.fail(f"no {settings.EXAMPLE}; `swift build --package-path Examples` makes it")
        if self.needs_broker:
            self.server = PostgreSQL()
            self.addCleanup(self.server.close)
            self.server.query(TABLE)

    def rows_config(self, **more):
        sink = {
            "postgresql": {
                "connection": self.server.address(), "table": "orders", "key": "id",
                "columns": ["id", "region", "total", "version", "note"], "timeout": "3s",
            },
            # Shorter than the outages of these cases.
            "breaker": {"failure_threshold": 5, "recovery_timeout": "1s"},
        }
        return self.config({"rows": sink}, transforms=[{"stamp": {"region": "eu"}}], **more)

    def begin(self, config):
        return self.start(config, binary=settings.EXAMPLE).assigned()

    def expect(self, source):
        expected = self.expected(source, "rows", transforms=[])
        for (shard, seq), kind in source.planted.items():
            expected.kill("rows", shard, seq, {"poison"})
            if BAD[kind][0] == "transform":
                expected.dead[shard, seq] = {"transform:1": {"transform"}}
        return expected

    def check_rows(self, source):
        wanted = source.rows()
        found = {
            row[0]: (Decimal(row[1]), int(row[2]), json.loads(row[3]))
            for row in self.server.query("select id, total, version, to_json(note) from orders where region = 'eu'")
        }
        self.assertEqual(self.server.query("select count(*) from orders"), [[str(len(wanted))]])
        self.assertEqual(found, wanted)
        self.figures["rows"] = len(found)

    def run_program(self, *arguments, code=0, given=""):
        done = subprocess.run(
            [settings.EXAMPLE, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=60, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr


class Rows(Example):
    def test_rows_and_bad_rows(self):
        """The last version of every order is a row; a bad record is a letter with the server's own words."""
        count = scaled(5000, 50_000)
        kinds = [kind for kind in BAD for _ in range(3)]
        planted = {(n % 4, 300 + n * (count - 400) // len(kinds)): kind for n, kind in enumerate(kinds)}
        source = Orders(self.seed, [count] * 4, planted=planted)
        self.make_topics(4)
        self.feed(source).all()
        expected = self.expect(source)
        config = self.rows_config()
        self.assertIn("table orders", self.run_program("check", config, "--connect"))
        worker = self.begin(config)
        self.settle(source.counts, worker)
        self.finish(worker)
        self.check_rows(source)
        self.judge(self.letters(expected))
        self.check_books(worker, expected)
        for letter in self.broker.read(self.dlq):
            own = {name: value.decode() for name, value in letter.headers if name.startswith("millrace.")}
            place = int(own["millrace.origin-partition"]), int(own["millrace.origin-offset"])
            for word in BAD[planted[place]]:
                self.assertIn(word, own["millrace.error"] + own["millrace.stage"])
            self.assertNotIn("secret-word", own["millrace.error"])
        self.assertNotIn("secret-word", worker.log_path.read_text())
        self.figures |= {"records": source.total, "letters": expected.letters}

    def test_server_stopped_crashed_and_worker_killed(self):
        """The server is stopped, then killed, then the worker is: nothing is lost, and only the bad record is a letter."""
        source = Orders(self.seed, [scaled(6000, 30_000)] * 4, planted={(1, scaled(5000, 25_000)): "negative"})
        self.make_topics(4)
        expected = self.expect(source)
        config = self.rows_config()
        worker = self.begin(config)
        feed = self.feed(source).begin(rate=source.total / 20)

        def at(least):
            """Every shard has come so far."""
            newest = "select min(v) from (select max(version) v from orders group by split_part(id, '-', 1)) s"
            until(f"version {least}", lambda: int(self.server.query(newest)[0][0] or 0) > least, alive=worker.trouble)

        for share, mode in ((0.1, "fast"), (0.3, "immediate")):
            at(share * source.counts[0])
            self.server.stop(mode)
            hold(3)
            self.assertEqual(sum(self.broker.ends(self.dlq)), 0, "dead letters during an outage")
            self.server.start()
        at(0.6 * source.counts[0])
        worker.kill()
        worker = self.begin(config)
        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.check_rows(source)
        # Shards are not level when the worker is killed: one may have written its letter and not committed it.
        self.judge(self.letters(expected, once=False))
        self.figures |= {"records": source.total, "letters": 1}

    def test_permission_taken_away(self):
        """A server that says no to the user, not to the row, parks the shard; at the start it ends the program."""
        source = Orders(self.seed, [500])
        self.make_topics(1)
        config = self.rows_config(limits={"drain": "2s"})
        worker = self.begin(config)
        self.server.query("revoke insert on orders from millrace")
        self.feed(source).all()
        until("the worker to say so", lambda: "42501" in worker.log_path.read_text(), alive=worker.trouble)
        hold(2)
        self.assertLessEqual(self.broker.committed(self.group, self.topic)[0], 0)
        self.finish(worker, code=75)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.server.query("alter role millrace nologin")
        self.assertIn("28000", self.run_program("run", config, code=77))


class Commands(Example):
    """What the program says of the kinds that Millrace does not have."""

    needs_broker = False

    def sink(self, **more):
        return {"postgresql": {"connection": "dbname=none", "table": "orders", "key": "id", "columns": ["id", "total"]} | more}

    def test_check_knows_the_keys(self):
        config = self.config({"rows": self.sink(colums=["id"], timeout="1ms")}, transforms=[{"stamp": ["eu"]}, {"stampp": {"a": "b"}}])
        said = self.run_program("check", config, code=78)
        for words in ("colums", "columns", "timeout", "stamp must name members", "stampp"):
            self.assertIn(words, said)
        self.assertIn("lacks the key", self.run_program("check", self.config({"rows": self.sink(columns=["total"])}), code=78))

    def test_millrace_itself_does_not_know_them(self):
        config = self.config({"rows": self.sink()})
        done = subprocess.run([settings.BINARY, "check", config], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 78)
        self.assertIn("postgresql", done.stdout + done.stderr)

    def test_try_runs_the_transform(self):
        config = self.config({"rows": self.sink()}, decode="none", transforms=[{"stamp": {"region": 'e"u'}}])
        said = self.run_program("try", config, "--json", given='{"id":1}\n{}\n[1]\n', code=65).splitlines()
        found = [json.loads(line) for line in said if line.startswith("{")]
        self.assertEqual(found[0]["deliveries"], [{"sink": "rows", "payload": '{"region":"e\\"u","id":1}'}])
        self.assertEqual(found[1]["deliveries"], [{"sink": "rows", "payload": '{"region":"e\\"u"}'}])
        self.assertEqual((found[2]["outcome"], found[2]["stage"]), ("dead", "transform:1"))

    def test_documents_have_the_keys(self):
        self.run_program("documents", self.folder / "share")
        for name in ("reference.yaml", "configuration.md"):
            text = (self.folder / "share/doc/millrace" / name).read_text()
            for word in ("postgresql", "stamp", "columns"):
                self.assertIn(word, text, name)

    def test_the_config_of_the_example_is_right(self):
        self.run_program("check", ROOT / "Examples/orders.yaml")


class Page(unittest.TestCase):
    def test_the_code_of_the_page_is_the_code_that_is_built(self):
        """Every Swift block of docs/extend.md stands in Examples, line by line; `…` leaves lines out."""
        page = (ROOT / "docs/extend.md").read_text()
        built = [path.read_text() for path in (ROOT / "Examples").glob("**/*.swift") if ".build" not in path.parts]
        blocks = re.findall(r"^```swift\n(.*?)^```", page, re.S | re.M)
        self.assertGreater(len(blocks), 3)
        for block in blocks:
            parts = [re.escape(part) for part in re.split(r"^ *…\n", block, flags=re.M)]
            self.assertTrue(any(re.search("(?s:.*?)".join(parts), text) for text in built), f"not in Examples:\n{block}")
