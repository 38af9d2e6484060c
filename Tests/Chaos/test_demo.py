"""`millrace demo` as a newcomer meets it: on a terminal, by its keys, and without a terminal."""

import re
import subprocess

from harness import settings
from harness.case import Case
from harness.terminal import Terminal
from harness.wait import hold

BOOKS = re.compile(
    r"books balanced: (\w+): (\d+) read = (\d+) filtered \+ (\d+) delivered \+ (\d+) dead"
    r"(?: \+ (\d+) returned)? \+ (\d+) in flight")


def number(text, expression):
    """The number that an expression finds, thousands marked by commas."""
    found = re.search(expression, text, re.MULTILINE)
    return int(found[1].replace(",", "")) if found else None


def letters(text):
    return number(text, r"orders\.dlq ([\d,]+)")


def lag(text):
    """The lag over all shards: the fifth column."""
    rows = [line.split() for line in text.splitlines() if line.startswith("orders:")]
    return sum(int(row[4].replace(",", "")) for row in rows)


class Demo(Case):
    needs_broker = False

    def demo(self, *arguments, **more):
        terminal = Terminal([settings.BINARY, "demo", *arguments], **more)
        self.addCleanup(terminal.kill)
        return terminal

    def given_back(self, terminal):
        self.assertTrue(terminal.is_restored, "the terminal reads keys as before")
        self.assertTrue(terminal.screen.is_given_back, terminal.screen.modes)
        self.assertEqual(terminal.screen.faults, [])

    def books(self, text):
        """The books of each sink: {sink: (read, dead)}; fails when they are not there or do not add up."""
        found = {}
        for line in BOOKS.finditer(text):
            read, *parts = (int(value or 0) for value in line.groups()[1:])
            self.assertEqual(read, sum(parts), line[0])
            found[line[1]] = (read, parts[2])
        self.assertEqual(set(found), {"clean", "archive"}, text)
        return found

    def test_poison_and_an_outage_by_keys(self):
        terminal = self.demo()
        terminal.see("Joining the consumer group")
        screen = terminal.see(lambda text: "All is well" in text and (number(text, r"^read ([\d,]+)") or 0) > 1000)
        self.assertEqual(letters(screen), 0)
        self.assertIn("books balanced", screen)

        # Three bad orders, three dead letters, found among their neighbours.
        terminal.type("p")
        screen = terminal.see(lambda text: letters(text) == 3 and "neighbours were delivered" in text)
        for stage in ("decode 1", "transform:1 1", "sink:clean 1"):
            self.assertIn(stage, screen)
        self.figures["refused"] = number(screen, r"refuse (\d+) orders")
        terminal.type("pp")
        terminal.see(lambda text: letters(text) == 9)

        # An outage: the breaker opens, the shards wait, and nothing becomes a dead letter.
        terminal.type("o")
        terminal.see(lambda text: text.count("breaker:clean") == 4 and re.search(r"^clean +open", text, re.MULTILINE))
        screen = terminal.see(lambda text: lag(text) > 6000)
        self.assertIn("No order is at fault", screen)
        self.assertEqual(letters(screen), 9)
        self.figures["lag"] = lag(screen)
        terminal.type("o")
        terminal.see(re.compile(r"^clean +closed", re.MULTILINE))
        screen = terminal.see(lambda text: "nothing was lost" in text and "breaker:clean" not in text and lag(text) < 2000)
        self.assertEqual(letters(screen), 9)

        terminal.type("q")
        self.assertEqual(terminal.wait(), 0, terminal.screen.plain)
        self.given_back(terminal)
        books = self.books(terminal.screen.plain)
        self.assertEqual([books[sink][1] for sink in ("clean", "archive")], [9, 6])
        sent = number(terminal.screen.plain, r"^(\d+) orders sent \(9 bad ones by key\)")
        self.assertEqual([books[sink][0] for sink in ("clean", "archive")], [sent, sent])
        self.assertIn("orders.dlq holds 9", terminal.screen.plain)
        self.figures["read"] = sent

    def test_quit_in_an_outage_loses_nothing(self):
        terminal = self.demo()
        terminal.see("All is well")
        terminal.type("o")
        terminal.see("breaker:clean")
        terminal.type("q")
        terminal.see("Ending")
        self.assertEqual(terminal.wait(), 0, terminal.screen.plain)
        self.given_back(terminal)
        self.assertIn("orders.dlq holds 0", terminal.screen.plain)
        self.books(terminal.screen.plain)

    def test_control_c_drains_and_a_second_one_stops_at_once(self):
        terminal = self.demo()
        terminal.see("All is well")
        terminal.type("\x03")
        self.assertEqual(terminal.wait(), 0, terminal.screen.plain)
        self.given_back(terminal)
        self.books(terminal.screen.plain)

        terminal = self.demo()
        terminal.see("All is well")
        terminal.type("o")
        # A moment ago the sink was tried: the next try, before which a drain cannot end, is seconds away.
        terminal.see("breaker:clean")
        terminal.see(re.compile(r"^clean +open 0s", re.MULTILINE))
        terminal.type("\x03")
        terminal.see("Ending")
        # What comes right behind the first counts as the same one.
        hold(0.7)
        terminal.type("\x03")
        self.assertEqual(terminal.wait(10), 75, terminal.screen.plain)
        self.given_back(terminal)

    def test_any_size_and_a_new_one(self):
        terminal = self.demo(columns=60, rows=24, NO_COLOR="1")
        screen = terminal.see("All is well")
        for word in ("SHARD", "LAG", "WAITING ON", "BREAKER", "DELIVERED", "DEAD", "q  quit"):
            self.assertIn(word, screen)
        for columns, rows in ((40, 10), (132, 50), (9, 3), (80, 24)):
            terminal.resize(columns, rows)
            terminal.see(lambda text: " p" in terminal.screen.lines[-1])
        terminal.type("q")
        self.assertEqual(terminal.wait(), 0, terminal.screen.plain)
        self.given_back(terminal)

    def test_a_terminal_that_goes_ends_it(self):
        terminal = self.demo()
        terminal.see("All is well")
        terminal.hang_up()
        # Nobody is left to read the summary: that is all that is missing.
        self.assertIn(terminal.process.wait(30), (0, 73))

    def test_a_number_of_records_without_a_terminal(self):
        count = settings.scaled(100_000, 1_000_000)
        done = subprocess.run(
            [settings.BINARY, "demo", "--records", str(count)], capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        books = self.books(done.stdout)
        # One in 500 is not base64, one in 700 is cut, one in 3,500 would be both.
        dead = count // 500 + count // 700 - count // 3500
        self.assertEqual(books, {"clean": (count, dead), "archive": (count, dead)})
        self.assertIn(f"orders.dlq holds {dead}", done.stdout)
        self.figures["records"] = count

    def test_a_time_without_a_terminal(self):
        done = subprocess.run(
            [settings.BINARY, "demo", "--for", "12s"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=120, env={"PATH": "/usr/bin:/bin", "TERM": "dumb"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^5s +read \d+")
        self.books(done.stdout)
