"""What the documents tell a newcomer to type works: every command of a page runs, and every example of `--help`."""

import re
import subprocess
from pathlib import Path

from confluent_kafka import Producer

from harness import settings
from harness.broker import QUIET, Broker
from harness.case import Case
from harness.pages import Block, Session, blocks_of, first_missing, why_wrong
from harness.wait import until

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

#: Written for the design as a whole: it names what later versions bring.
AHEAD = {"design.md"}

#: The topics of the config that `init` prints.
TOPICS = {"orders": 4, "orders-clean": 4, "orders.dlq": 1}

#: Commands that speak to a worker that runs.
OF_A_WORKER = {"status", "top", "pause", "resume"}

#: Commands that decide about a record that waits at a sink.
OF_A_WAITING_RECORD = {"skip", "resolve"}

#: Records of the kinds that `init`'s config tells apart: delivered, filtered, and not base64.
RECORDS = [
    b"eyJpZCI6MSwidHlwZSI6Im9yZGVyLmNyZWF0ZWQiLCJhbW91bnQiOjIwMCwiYWRkcmVzcyI6eyJjb3VudHJ5IjoiREUifX0=",
    b"eyJpZCI6MiwidHlwZSI6Im9yZGVyLmNyZWF0ZWQiLCJhbW91bnQiOjEyfQ==",
    b"this is !! not base64",
]


def millrace(*arguments):
    return subprocess.run(
        [settings.BINARY, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


class Documents(Case):
    needs_broker = False

    def blocks(self, language):
        for page in PAGES:
            if page.name in AHEAD:
                continue
            for block in blocks_of(page.read_text()):
                if block.kind == language:
                    yield page.name, block.text

    def test_configs_pass_check(self):
        count = 0
        for page, text in self.blocks("yaml"):
            if not re.search(r"^source:", text, re.MULTILINE):
                continue
            path = self.folder / "page.yaml"
            path.write_text(text)
            done = millrace("check", path, "--no-env")
            self.assertEqual(done.returncode, 0, f"{page}:\n{text}\n{done.stdout}{done.stderr}")
            count += 1
        self.assertGreater(count, 0)
        self.figures["configs"] = count

    def test_blocks_are_marked(self):
        """What looks like commands runs, or its page says why not."""
        for page in PAGES:
            self.assertIsNone(why_wrong(page.read_text()), page.name)

    def test_make_targets_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
        for language in ("sh", "console"):
            for page, text in self.blocks(language):
                for name in re.findall(r"^make ([a-z0-9-]+)", text, re.MULTILINE):
                    self.assertIn(name, targets, page)

    def test_scripts_that_pages_call_exist(self):
        for language in ("sh", "console"):
            for page, text in self.blocks(language):
                for name in re.findall(r"^(scripts/[a-z0-9-]+)", text, re.MULTILINE):
                    self.assertTrue((ROOT / name).exists(), f"{page}: {name}")

    def test_files_that_pages_link_to_exist(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.name} links to {target}")

    def test_headings_that_pages_link_to_exist(self):
        for page in PAGES:
            for target, heading in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
                text = (page.parent / target).read_text() if target else page.read_text()
                titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
                slugs = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles}
                self.assertIn(heading, slugs, f"{page.name} links to {target}#{heading}")

    def test_no_page_is_out_of_reach(self):
        """Each page is linked from the README or from a page that is."""
        reached, todo = set(), [ROOT / "README.md"]
        while todo:
            page = todo.pop()
            if page in reached or page.suffix != ".md":
                continue
            reached.add(page)
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                todo.append((page.parent / target).resolve())
        self.assertEqual([page.name for page in PAGES if page not in reached], [])

    def test_make_run(self):
        """The first command of the README: what it runs, and, with the binary that it would build, itself."""
        told = subprocess.run(["make", "-n", "run", "RECORDS=20000"], cwd=ROOT, capture_output=True, text=True, timeout=60)
        self.assertEqual(told.returncode, 0, told.stderr)
        lines = told.stdout.splitlines()
        self.assertEqual(lines[-1], ".build/release/millrace demo --records 20000")
        if Path(settings.BINARY).resolve() == (ROOT / ".build/release/millrace").resolve():
            done = subprocess.run(
                ["make", "run", "RECORDS=20000"], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                timeout=900)
        else:
            done = millrace("demo", "--records", "20000")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("20000 orders sent", done.stdout)


class Names(Case):
    """What pages say of the code is there."""

    needs_broker = False

    def test_the_tour_names_what_there_is(self):
        text = (ROOT / "docs/tour.md").read_text()
        stops = re.findall(r"\[(\w+)(?:\.(\w+))?\]\(\.\./(Sources/[^)]+\.swift)\)", text)
        self.assertGreater(len(stops), 25)
        self.assertEqual(len(stops), text.count("../Sources/"), "a stop that is written in another way")
        for kind, member, path in stops:
            code = (ROOT / path).read_text()
            self.assertTrue(re.search(rf"\b(class|struct|enum|protocol|extension) {kind}\b", code), f"{kind} in {path}")
            if member:
                found = re.search(rf"\b(func|static let|var|case) {member}\b", code)
                self.assertTrue(found, f"{kind}.{member} in {path}")
        self.assertLess(len(text.split()), 1200, "five minutes")
        self.figures["stops"] = len(stops)

    def test_every_guarantee_has_its_tests(self):
        text = (ROOT / "docs/guarantees.md").read_text()
        rows = re.findall(r"^\| ([^|]+[^ |]) \| (.+) \|$", text, re.MULTILINE)
        rows = [row for row in rows if row[1] != "tests"]
        self.assertGreater(len(rows), 20)
        files = {}
        for path in [*ROOT.glob("Tests/*/*.swift"), *ROOT.glob("Tests/*/*.py")]:
            files[path.name] = files.get(path.name, "") + path.read_text()
        count = 0
        for sentence, tests in rows:
            named = re.findall(r"`([\w.]+): ([^`]+)`", tests)
            self.assertTrue(named, f"without a test: {sentence}")
            for file, name in named:
                self.assertIn(file, files, sentence)
                code = files[file]
                found = any(f"{word}(" in code for word in (f"def {name}", f"func {name}", f"func `{name}`"))
                self.assertTrue(found, f"{file} has no {name}")
            count += len(named)
        self.figures |= {"sentences": len(rows), "tests": count}


class PageTests(Case):
    """The pages themselves, each as a session of its own."""

    _broker = None

    @classmethod
    def node(cls):
        """A broker of these pages alone: their topics have everyday names."""
        if PageTests._broker is None:
            PageTests._broker = Broker()
        return PageTests._broker

    def fresh(self, **settings_of):
        """The node with the topics of the quickstart, empty, with these settings, and no group."""
        node = self.node()
        old = [name for name in node.admin.list_topics(timeout=10).topics if not name.startswith("__")]
        if old:
            for future in node.admin.delete_topics(old, operation_timeout=20).values():
                future.result(30)
            until("the topics to go", lambda: not set(old) & set(node.admin.list_topics(timeout=10).topics))
        for name, count in TOPICS.items():
            node.create(name, count, **settings_of.get(name, {}))
        return node

    def session(self, name):
        folder = self.folder / name
        folder.mkdir()
        return Session(folder, self.node().address)

    def feed(self, count=40):
        producer = Producer({"bootstrap.servers": self.node().address, **QUIET})
        for number in range(count):
            producer.produce("orders", RECORDS[number % len(RECORDS)], key=f"c-{number % 7}")
        self.assertEqual(producer.flush(30), 0)

    def before(self, name):
        """Prepares the broker for the example of a command; the lines that come before it."""
        node = self.fresh(**{"orders-clean": {"cleanup_policy": "compact"}} if name in OF_A_WAITING_RECORD else {})
        lines = "millrace init > orders.yaml\n"
        if name in {"init", "demo", "broker"}:
            return ""
        if name in OF_A_WAITING_RECORD:
            # A compacted topic takes no record without a key: three are given up, orders:3:3 waits.
            producer = Producer({"bootstrap.servers": node.address, **QUIET})
            for _ in range(6):
                producer.produce("orders", RECORDS[0], partition=3)
            self.assertEqual(producer.flush(30), 0)
            waiting = "until millrace status orders.yaml | grep -q suspect; do sleep 0.1; done\n"
            return lines + "echo 'limits: { drain: 1s }' >> orders.yaml\nexport ENDS='0 75'\nmillrace run orders.yaml\n" + waiting
        if name == "dlq show":
            # The letter that the example asks for.
            producer = Producer({"bootstrap.servers": node.address, **QUIET})
            producer.produce("orders", b"!", partition=3)
            self.assertEqual(producer.flush(30), 0)
        self.feed()
        lines += "millrace run orders.yaml\n" + settled()
        return lines if name in OF_A_WORKER else lines + "stop-millrace\n"

    def test_every_command_of_every_page_runs(self):
        pages = commands = 0
        for page in PAGES:
            blocks = blocks_of(page.read_text())
            if page.name in AHEAD or not any(block.kind == "sh" for block in blocks):
                continue
            with self.subTest(page=page.name):
                self.fresh()
                trouble = self.session(page.stem).run(blocks)
                self.assertIsNone(trouble, f"{page.name}, {trouble}")
            pages += 1
            commands += sum(block.text.count("\n") for block in blocks if block.kind == "sh")
        self.assertGreater(pages, 0)
        self.figures |= {"pages": pages, "lines": commands}

    def test_the_example_of_every_help_works_as_printed(self):
        names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", millrace("help").stdout, re.MULTILINE)
        self.assertIn("run", names)
        for name in names:
            page = millrace(*name.split(), "--help")
            self.assertEqual(page.returncode, 0, page.stderr)
            example = re.search(r"^examples?:\n((?:  .*\n)+)", page.stdout, re.MULTILINE)
            self.assertTrue(example, page.stdout)
            with self.subTest(command=name):
                lines = re.sub(r"^  ", "", example[1], flags=re.MULTILINE)
                blocks = [Block("sh", self.before(name), 0, ""), Block("sh", lines, 0, "")]
                trouble = self.session(name.replace(" ", "-")).run(blocks)
                self.assertIsNone(trouble, f"millrace {name}: {trouble}")
        self.figures["examples"] = len(names)


def settled(count=40):
    """A line that waits until the quickstart's worker has delivered what `feed` fed."""
    good = sum(number % len(RECORDS) == 0 for number in range(count))
    return f"until [ \"$(cat out/*.jsonl 2>/dev/null | wc -l)\" = {good} ]; do sleep 0.1; done\n"


class Harness(Case):
    """The reading of pages can itself fail."""

    needs_broker = False

    def try_page(self, text):
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        return Session(folder, "127.0.0.1:1").run(blocks_of(text), within=20)

    def test_what_fails_is_told(self):
        self.assertIsNone(self.try_page("```sh\ntrue\n```\n"))
        self.assertIn("line 3", self.try_page("a\n\n```sh\nfalse\n```\n"))
        self.assertIn("false", self.try_page("```sh\nfalse\ntrue\n```\n"), "any command of a block counts")
        self.assertIn("boom", self.try_page("```sh\nboom\n```\n"))
        self.assertIsNone(self.try_page("```sh\nx=1\n```\n\n```sh\n[ $x = 1 ]\n```\n"), "one shell a page")

    def test_exit_codes(self):
        self.assertIsNone(self.try_page("<!-- exit 66 -->\n```sh\nmillrace check none.yaml\n```\n"))
        self.assertIn("66", self.try_page("<!-- exit 78 -->\n```sh\nmillrace check none.yaml\n```\n"))
        self.assertIn("66", self.try_page("```sh\nmillrace check none.yaml\n```\n"))

    def test_hidden_blocks_run(self):
        page = "<!-- sh\necho a > f\n-->\n\n```sh\ncat f\n```\n\n<!-- output -->\n```text\n{}\n```\n"
        self.assertIsNone(self.try_page(page.format("a")))
        self.assertIn("should print 'b'", self.try_page(page.format("b")))

    def test_output_comes_in_order(self):
        self.assertIsNone(first_missing(["a", "c…"], ["a", "b", "cd"]))
        self.assertEqual(first_missing(["c…", "a"], ["a", "b", "cd"]), "a")

    def test_marks_are_asked_for(self):
        self.assertIn("not run", why_wrong("```console\nreboot\n```\n"))
        self.assertIsNone(why_wrong("<!-- not run: ends the machine -->\n```console\nreboot\n```\n"))
        self.assertIn("line 1", why_wrong("```bash\nls\n```\n"))
