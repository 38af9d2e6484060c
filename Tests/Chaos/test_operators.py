"""What an operator does: the commands by the control socket, and its doors."""

import json
import os
import shutil
import socket
import subprocess
import threading

from harness.case import by_key, by_source
from harness.served import Served
from harness.settings import scaled
from harness.wait import hold, until
from oracle.inputs import Input, Record

#: A user that is not the one of the tests.
NOBODY = 65534


class Pausing(Served):
    def begin(self):
        source = Input(self.seed, [600] * 2)
        self.make_topics(2, clean=2)
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean"), "partition": "source"}}}, admin=self.admin)
        worker = self.start(config).assigned()
        self.ready(worker)
        feed = self.feed(source).all(300)
        until("the first half", lambda: sum(self.broker.ends(self.out("clean"))) > 0 and self.committed() == [300, 300],
              alive=worker.trouble)
        return source, config, worker, feed

    def committed(self):
        return self.broker.committed(self.group, self.topic)

    def end(self, source, worker):
        self.settle(source.counts, worker)
        expected = self.expected(source, "clean")
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_source(2)), self.letters(expected))
        self.check_books(worker, expected)

    def test_a_sink(self):
        """A paused sink gets nothing, the checkpoint waits, and status says how to go on; resumed, all of it comes."""
        source, config, worker, feed = self.begin()
        before = self.broker.ends(self.out("clean"))
        said = self.tell("pause", config, "--sink", "clean")
        self.assertIn(f"undo: millrace resume {config} --sink clean", said)
        feed.all()
        until("both shards to wait", lambda: [self.waits_for(0), self.waits_for(1)] == ["paused"] * 2)
        hold(1)
        self.assertEqual(self.broker.ends(self.out("clean")), before, "a paused sink was given something")
        # What a filter drops may move the checkpoint, up to the first record that is meant for the sink.
        for found, marks in zip(self.committed(), self.expected(source, "clean").marks["clean"]):
            self.assertIn(found, range(300, next(seq for seq in range(300, 600) if marks[seq] not in (0, 1)) + 1))
        self.assertIn(f"millrace resume {config} --sink clean", self.tell("status", config).replace("\n         ", " "))
        self.assertEqual(self.get("/readyz")[0], 200, "what a person holds is no trouble")
        self.tell("resume", config, "--sink", "clean")
        self.tell("resume", config, "--sink", "clean", code=65)
        self.end(source, worker)
        user = str(os.getuid())
        self.assertEqual(
            self.operator_lines(worker),
            [("pause", "done", user), ("resume", "done", user), ("resume", "refused", user)])

    def test_a_shard(self):
        """A paused shard stands, the other goes on; what is not there is refused."""
        source, config, worker, feed = self.begin()
        self.tell("pause", config, "--shard", f"{self.topic}:1")
        feed.all()
        until("the other shard to end", lambda: self.committed() == [600, 300], alive=worker.trouble)
        self.assertEqual(self.waits_for(1), "paused")
        self.assertIn("does not have the shard", self.tell("pause", config, "--shard", f"{self.topic}:7", code=65))
        self.assertIn("no sink", self.tell("pause", config, "--sink", "clear", code=65))
        self.tell("pause", config, code=64)
        self.tell("resume", config, "--shard", f"{self.topic}:1")
        self.end(source, worker)


class Suspect(Served):
    """The last record of a shard is refused by its output topic for want of a key. No other record can be a witness, and
    none may be given up on suspicion: the worker waits for a decision."""

    BAD = 20

    def begin(self):
        source = LastWithoutKey(self.seed, [self.BAD + 1])
        self.make_topics(1, clean=(1, {"cleanup_policy": "compact"}))
        config = self.config(
            {"clean": {"kafka": {"topic": self.out("clean")}, "breaker": {"recovery_timeout": "1h"}}}, transforms=[],
            dead_letter={"topic": self.dlq, "unwitnessed": 0}, admin=self.admin)
        worker = self.start(config).assigned()
        self.ready(worker)
        # In one batch the others would be delivered after its first failure, and so vouch for the sink.
        feed = self.feed(source).all(self.BAD)
        until("the good ones", lambda: self.broker.committed(self.group, self.topic) == [self.BAD], alive=worker.trouble)
        feed.all()
        until("the suspicion", lambda: self.waits_for(0) == "suspect_outage:clean", alive=worker.trouble)
        self.assertEqual(self.get("/readyz")[0], 503)
        self.assertEqual(self.get("/livez")[0], 200, "a restart would not help")
        self.assertEqual(self.broker.committed(self.group, self.topic), [self.BAD])
        return source, config, worker

    def end(self, source, worker, reason):
        self.settle(source.counts, worker)
        self.ready(worker)
        self.finish(worker)
        expected = self.expected(source, "clean", transforms=[])
        expected.kill("clean", 0, self.BAD, {reason})
        self.judge(self.kafka(expected, "clean", place=by_key(1)), self.letters(expected))
        self.check_books(worker, expected)
        return dict(next(iter(self.broker.read(self.dlq))).headers)

    def test_skip(self):
        source, config, worker = self.begin()
        shard = f"{self.topic}:0"
        status = self.tell("status", config)
        self.assertIn("suspect_outage:clean", status)
        self.assertLessEqual(max(map(len, status.splitlines())), 80, status)
        self.assertIn("not skipped", self.tell("skip", config, "--shard", shard, "--offset", 3, "--reason", "x", code=65))
        said = self.tell("skip", config, "--shard", shard, "--offset", self.BAD, "--reason", "the customer knows")
        self.assertIn(f"{shard}:{self.BAD}", said)
        self.assertIn("undo:", said)
        headers = self.end(source, worker, "skipped")
        self.assertEqual(headers["millrace.error"], b"the customer knows")
        lines = worker.events("operator")
        self.assertEqual([one["outcome"] for one in lines], ["refused", "done"])
        self.assertEqual(lines[1]["offset"], str(self.BAD))

    def test_resolve(self):
        source, config, worker = self.begin()
        self.tell("resolve", config, "--sink", "clean", code=64)
        self.assertIn("asked again", self.tell("resolve", config, "--sink", "clean", "--retry"))
        until("the suspicion again", lambda: self.waits_for(0) == "suspect_outage:clean", alive=worker.trouble)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.assertIn("dead letters now", self.tell("resolve", config, "--sink", "clean", "--poison"))
        self.end(source, worker, "rejected")
        self.assertEqual([one[:2] for one in self.operator_lines(worker)], [("resolve", "done")] * 2)


class LastWithoutKey(Input):
    def record(self, shard, seq):
        plain = super().record(shard, seq)
        return Record(None, plain.value, plain.headers) if seq == self.counts[shard] - 1 else plain


class Doors(Served):
    """Who gets in, and who does not matter."""

    def begin(self, **more):
        self.make_topics(1, clean=1)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, **({"admin": self.admin} | more))
        return config, self.start(config)

    def test_the_control_socket_is_for_its_user(self):
        if os.getuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("only root can become another user here")
        config, worker = self.begin()
        self.ready(worker)
        # The folder is open to all: what keeps others out must be the socket's own mode.
        self.folder.chmod(0o755)
        self.assertEqual(self.socket.stat().st_mode & 0o777, 0o600)
        other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        probe = (
            "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ntry: s.connect(sys.argv[1])\n"
            "except PermissionError: print('denied'); sys.exit()\n"
            "s.sendall(b'POST /pause?sink=clean HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n')\n"
            "print(s.recv(100).decode().split()[1])")

        def ask():
            return subprocess.run(
                [*other, "/usr/bin/python3", "-c", probe, str(self.socket)], capture_output=True, text=True, timeout=30,
                cwd="/").stdout.strip()

        self.assertEqual(ask(), "denied")
        # Even where somebody opens the socket to all, the peer's user is looked at.
        self.socket.chmod(0o666)
        self.assertEqual(ask(), "403")
        self.assertEqual(worker.events("operator"), [])
        self.finish(worker)

    def test_without_a_worker(self):
        config, worker = self.begin()
        self.ready(worker)
        worker.kill()
        self.assertTrue(self.socket.exists(), "a killed worker leaves its socket")
        for command, *arguments in (["status"], ["top", "--once"], ["pause", "--sink", "clean"]):
            self.assertIn("no worker", self.tell(command, config, *arguments, code=69))
        again = self.start(config)
        self.ready(again)
        self.assertIn("running", self.tell("status", config))
        self.assertEqual(json.loads(self.tell("status", config, "--json"))["pipeline"], self.stem)
        self.finish(again)
        self.assertFalse(self.socket.exists())

    def test_a_busy_port(self):
        """A port that the config names must be free, else the start ends with 69; so the control socket."""
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", self.port))
            holder.listen()
            _, worker = self.begin()
            self.assertEqual(worker.wait(), 69)
        self.assertIn(f"admin.listen 127.0.0.1:{self.port}", worker.tail())
        config, first = self.begin_again()
        self.ready(first)
        self.admin["listen"] = "none"
        second = self.start(self.config(
            {"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin, file="second.yaml"))
        self.assertEqual(second.wait(), 69)
        self.assertIn("control.sock", second.tail())
        self.assertIn("running", self.tell("status", config), "the first one's socket was taken from it")
        self.finish(first)

    def begin_again(self):
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin)
        return config, self.start(config)

    def test_garbage(self):
        """Garbage at the admin port, a million pieces at full scale: still ready, memory flat."""
        count = scaled(20_000, 1_000_000)
        config, worker = self.begin()
        self.ready(worker)
        pieces = [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), b"GET\r\n\r\n", b"\r\n" * 50,
            b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"POST /pause HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"x: y\r\n" * 4000 + b"\r\n", b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PUT /config HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", b"\x00" * 4096,
            b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
        # What it costs at most to serve, before the memory counts.
        self.send_garbage(pieces, 2_000)
        before = worker.memory()[0]
        self.send_garbage(pieces, count)
        after = worker.memory()[0]
        self.assertEqual(self.get("/readyz")[0], 200)
        self.assertIn("running", self.tell("status", config))
        self.figures |= {"pieces": count, "mib_before": before >> 20, "mib_after": after >> 20}
        self.assertLess(after, before + (8 << 20))
        self.assertLess(len(worker.lines()), 200, "strangers fill the log")
        self.finish(worker)

    def send_garbage(self, pieces, count):
        answered = {piece for piece in pieces if piece.startswith(b"GET /") and piece.endswith(b"\r\n\r\n")}

        def send(first):
            for number in range(first, count, 4):
                try:
                    with socket.create_connection(("127.0.0.1", self.port), timeout=10) as one:
                        piece = pieces[number % len(pieces)]
                        one.sendall(piece)
                        if piece in answered:
                            one.recv(4096)
                except OSError:
                    pass  # It was cut: that is what it is for.

        threads = [threading.Thread(target=send, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
