"""The log: who reads it decides its form, a flood is a line and a number, and no payload, key or secret is ever in it."""

import json
import os
import pty
import re
import socket
import subprocess

from confluent_kafka import Producer

from harness import settings
from harness.broker import QUIET
from harness.case import Case
from harness.wait import until

#: What no line may hold: they stand in payloads, keys, headers and credentials.
MARKS = ["m4rk-payload", "m4rk-key", "m4rk-header", "m4rk-password"]


class Log(Case):
    def begin(self, **more):
        self.make_topics(1, clean=1)
        return self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin={"listen": "none"}, **more)

    def start_into(self, config, error, *words, **environment):
        """A worker whose log goes to `error`, a file object or descriptor."""
        process = subprocess.Popen(
            [settings.BINARY, "run", config, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=error,
            cwd=self.folder, env=dict(os.environ, NO_COLOR="1", **environment))
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def end(self, process):
        process.terminate()
        self.assertEqual(process.wait(60), 0)

    def read_until(self, read, word="assigned"):
        """What comes from `read`, up to the line of that event."""
        said = b""

        def more():
            nonlocal said
            said += read()
            return word.encode() in said and said.endswith(b"\n")

        until(f"{word} in the log", more, within=60)
        return said.decode().splitlines()

    def test_a_terminal_and_a_file_get_text(self):
        config = self.begin()
        outer, inner = pty.openpty()
        process = self.start_into(config, inner)
        os.close(inner)
        lines = self.read_until(lambda: os.read(outer, 65536).replace(b"\r\n", b"\n"))
        self.assertRegex(lines[0], r"^\d{4}-\d\d-\d\dT\S+Z info  start pipeline=")
        self.end(process)
        os.close(outer)
        path = self.folder / "log"
        with open(path, "wb") as file:
            process = self.start_into(config, file)
            until("the start", lambda: " assigned " in path.read_text())
            self.end(process)
        for line in path.read_text().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warn |error) [a-z-]+")

    def test_a_pipe_gets_json_and_the_journal_priorities(self):
        config = self.begin()
        process = self.start_into(config, subprocess.PIPE)
        lines = self.read_until(lambda: os.read(process.stderr.fileno(), 65536))
        for line in lines:
            one = json.loads(line)
            self.assertTrue({"time", "level", "event"} <= one.keys(), line)
        self.end(process)
        # systemd names the socket that leads to the journal.
        ours, theirs = socket.socketpair()
        facts = os.fstat(theirs.fileno())
        process = self.start_into(config, theirs.fileno(), JOURNAL_STREAM=f"{facts.st_dev}:{facts.st_ino}")
        theirs.close()
        lines = self.read_until(lambda: ours.recv(65536))
        self.assertRegex(lines[0], r"^<6>info  start pipeline=")
        for line in lines:
            self.assertRegex(line, r"^<[3467]>(debug|info|warn|error) +[a-z-]+")
        self.end(process)
        ours.close()

    def test_a_flood_is_a_line_and_a_number_and_tells_no_secret(self):
        config = self.begin(source={"kafka": {
            "brokers": self.broker.address, "topics": [self.topic], "group": self.group,
            # Ignored without SASL by the client; it must not be repeated in any case.
            "properties": {"sasl.password": MARKS[3]}}})
        producer = Producer({"bootstrap.servers": self.broker.address, **QUIET})
        bad = [
            b"m4rk-payload !! no base64", b"bTRyay1wYXlsb2Fk", b"eyJ0eXBlIjoib3JkZXIueCIsIm00cmstcGF5bG9hZCI6",
            b"eyJ0eXBlIjoib3JkZXIueCIsImlkIjptNHJrLXBheWxvYWR9",
        ]
        count = 2_000
        for number in range(count):
            producer.produce(
                self.topic, bad[number % len(bad)], key=f"m4rk-key-{number % 7}", headers={"m4rk-header": "m4rk-header"})
        self.assertEqual(producer.flush(60), 0)
        worker = self.start(config)
        self.settle([count], worker)
        self.finish(worker)
        letters = worker.events("dead-letter")
        self.assertEqual(sum(1 + int(one.get("repeated", 0)) for one in letters), count)
        self.assertLess(len(letters), 40, "a flood fills the log")
        text = worker.log_path.read_text()
        for mark in MARKS:
            self.assertNotIn(mark, text)
            self.assertIsNone(re.search(mark.replace("m4rk-", "m4rk.?"), text))
        self.figures |= {"letters": count, "lines": len(letters)}
