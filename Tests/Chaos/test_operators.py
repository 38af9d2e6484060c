"""What an operator sees and does: health, status, metrics, and the commands by the control socket."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

from confluent_kafka import Consumer
from harness import settings
from harness.broker import QUIET, Broker, free_port
from harness.case import BOOKS, SHORT_SESSION, Case, by_key, by_source
from harness.settings import scaled
from harness.wait import hold, until
from oracle.inputs import Input, Record

#: A user that is not the one of the tests.
NOBODY = 65534


class Served(Case):
    """A case whose workers have an admin port and a control socket of the case's own."""

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.socket = self.folder / "control.sock"
        self.admin = {"listen": f"127.0.0.1:{self.port}", "socket": str(self.socket)}

    def get(self, path):
        """The status and the text of an answer; (None, the problem) where there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()
        except OSError as problem:
            return None, str(problem)

    def status(self):
        return json.loads(self.get("/status")[1])

    def shard(self, number):
        return next(one for one in self.status()["shards"] if one["partition"] == number)

    def waits_for(self, number):
        waiting = self.shard(number)["waiting"]
        return waiting["for"] if waiting else None

    def tell(self, command, config, *arguments, code=0, prefix=()):
        """Runs an operator's command; what it printed."""
        done = subprocess.run(
            [*prefix, settings.BINARY, command, str(config), *map(str, arguments)], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=60, cwd="/")
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def ready(self, worker, wanted=200):
        """The reasons, once /readyz answers `wanted`."""
        def answer():
            code, text = self.get("/readyz")
            return (text,) if code == wanted else None

        return json.loads(until(f"/readyz to say {wanted}", answer, within=60, alive=worker.trouble)[0])["because"]

    def operator_lines(self, worker):
        return [(one["command"], one["outcome"], one["uid"]) for one in worker.events("operator")]


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


class Health(Served):
    def test_a_sink_that_is_away(self):
        """/readyz says no and why while a required sink is away, /livez says yes, and both are well again after it."""
        away = Broker()
        self.addCleanup(away.close)
        source = Input(self.seed, [4000] * 2)
        self.make_topics(2)
        away.create(self.out("clean"), 2)
        config = self.config({"clean": {
            "kafka": {"brokers": away.address, "topic": self.out("clean"), "partition": "source"},
            "breaker": {"failure_threshold": 1, "recovery_timeout": "1s"},
            "retry": {"max_delay": "1s"}}}, admin=self.admin)
        expected = self.expected(source, "clean")
        worker = self.start(config)
        self.ready(worker, 503)
        worker.assigned()
        self.ready(worker)
        feed = self.feed(source).begin(rate=400)
        until("records to flow", lambda: sum(away.ends(self.out("clean"))) > 200, alive=worker.trouble)
        away.kill()
        because = self.ready(worker, 503)
        self.assertIn("clean", because[0])
        self.assertEqual(self.get("/livez")[0], 200)
        until("a shard to say so", lambda: str(self.waits_for(0)).endswith(":clean"), within=10)
        self.assertIn("clean", self.tell("status", config))
        ages = []
        for _ in range(2):
            hold(1.5)
            ages.append(max(self.values(self.get("/metrics")[1], "millrace_shard_checkpoint_age_seconds")))
        self.assertGreater(ages[1], ages[0] + 1, "the age of a checkpoint that stands still must rise")
        away.start()
        self.ready(worker)
        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", broker=away, place=by_source(2), restarts=10), self.letters(expected, once=False))

    def test_a_source_that_is_away(self):
        own = Broker()
        self.addCleanup(own.close)
        for topic, count in ((self.topic, 1), (self.dlq, 1)):
            own.create(topic, count)
        config = self.config(
            {"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin,
            source={"kafka": {"brokers": own.address, "topics": [self.topic], "group": self.group}})
        worker = self.start(config)
        self.ready(worker)
        own.kill()
        because = self.ready(worker, 503)
        self.assertIn(own.address, because[0])
        self.assertEqual(until("the shard to say so", lambda: self.waits_for(0)), "broker")
        self.assertEqual(self.get("/livez")[0], 200)
        own.start()
        self.ready(worker)
        self.finish(worker)

    def test_out_of_the_group(self):
        """A worker whose shards were given away, and that nobody lets in again, is not ready with nothing to do."""
        own = Broker(props=["group.max.size=1"])
        self.addCleanup(own.close)
        for topic in (self.topic, self.dlq):
            own.create(topic, 1)
        config = self.config(
            {"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin,
            source={"kafka": {
                "brokers": own.address, "topics": [self.topic], "group": self.group, "properties": SHORT_SESSION}})
        worker = self.start(config)
        self.ready(worker)
        worker.signal(signal.SIGSTOP)
        other = Consumer({"bootstrap.servers": own.address, "group.id": self.group, "session.timeout.ms": 6000, **QUIET})
        self.addCleanup(other.close)
        other.subscribe([self.topic])
        until("another member to have the shard", lambda: (other.poll(0.1), other.assignment())[1])
        worker.signal(signal.SIGCONT)

        def told():
            other.poll(0)
            status, text = self.get("/readyz")
            return status == 503 and [one for one in json.loads(text)["because"] if "given this worker's" in one]

        until("the worker to say that it is out", told, alive=worker.trouble)
        other.close()
        self.ready(worker)
        self.finish(worker)

    def test_a_group_of_another_strategy(self):
        """A group whose members share out in another way takes no worker: that is said as long as it is so."""
        self.make_topics(1)
        other = Consumer({
            "bootstrap.servers": self.broker.address, "group.id": self.group, "session.timeout.ms": 6000,
            "partition.assignment.strategy": "cooperative-sticky", **QUIET})
        self.addCleanup(other.close)
        other.subscribe([self.topic])
        until("the other member to have the shard", lambda: (other.poll(0.1), other.assignment())[1])
        worker = self.start(self.config({"lines": {"file": {"path": "out/{shard}.jsonl"}}}, admin=self.admin))

        def told():
            other.poll(0)
            status, text = self.get("/readyz")
            return status == 503 and [one for one in json.loads(text)["because"] if "strategy" in one]

        because = until("the worker to say why it is not in the group", told, alive=worker.trouble)
        self.assertIn(f"group {self.group} has members that share out by another strategy than range", because[0])
        other.close()
        self.ready(worker)
        self.finish(worker)

    @staticmethod
    def values(text, name):
        return [float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]


class Metrics(Served):
    def sum(self, text, name, **labels):
        total = 0.0
        for line in text.splitlines():
            match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
            if match and all(f'{k}="{v}"' in (match[1] or "") for k, v in labels.items()):
                total += float(match[2])
        return int(total)

    def test_books_and_metrics_are_what_arrived(self):
        """At the end metrics, /status and the log say what the checker counts in the topics."""
        total = scaled(20_000, 400_000)
        source = Input(self.seed, [total // 4] * 4, odd=2000)
        self.make_topics(4, clean=4)
        config = self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin)
        expected = self.expected(source, "clean")
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        text = self.get("/metrics")[1]
        status = self.status()
        arrived, letters = sum(self.broker.ends(self.out("clean"))), sum(self.broker.ends(self.dlq))
        counts = expected.counts["clean"]
        self.assertEqual((counts["delivered"], expected.letters), (arrived, letters))
        found = {name: self.sum(text, f"millrace_records_{name}_total") for name in ("read", "delivered", "filtered", "dead_lettered")}
        self.assertEqual(
            found, {"read": total, "delivered": arrived, "filtered": counts["filtered"], "dead_lettered": letters})
        self.assertEqual(self.sum(text, "millrace_dead_letters_written_total"), letters)
        self.assertEqual(self.sum(text, "millrace_shard_lag_records"), 0)
        self.assertEqual(self.sum(text, "millrace_batch_records_sum"), total)
        for shard in range(4):
            self.assertEqual(
                self.sum(text, "millrace_records_read_total", partition=shard), source.counts[shard], f"shard {shard}")
        books = status["books"]["sinks"]["clean"]
        self.assertEqual(sum(books[name] for name in BOOKS), status["books"]["read"])
        self.assertEqual(status["books"]["read"], total)
        self.assertEqual(books["delivered"], arrived)
        self.assertEqual([one["checkpoint"] for one in status["shards"]], source.counts)
        self.assertEqual(len(status["dead_letters"]), min(20, letters))
        self.finish(worker)
        self.judge(self.kafka(expected, "clean", place=by_key(4)), self.letters(expected))
        self.check_books(worker, expected)
        self.figures |= {"records": total, "letters": letters}

    def test_prometheus_takes_them(self):
        """Debian's promtool finds nothing in the metrics and in the alert rules."""
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("no promtool (Debian's package prometheus)")
        self.make_topics(2, clean=2)
        worker = self.start(
            self.config({"clean": {"kafka": {"topic": self.out("clean")}}}, admin=self.admin)).assigned()
        self.feed(Input(self.seed, [500] * 2, odd=100_000)).all()
        until("letters", lambda: self.sum(self.get("/metrics")[1], "millrace_dead_letters_written_total") > 0)
        text = self.get("/metrics")[1]
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        rules = Path(__file__).resolve().parents[2] / "config/prometheus/millrace.rules.yml"
        done = subprocess.run([promtool, "check", "rules", str(rules)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.figures["series"] = len([line for line in text.splitlines() if not line.startswith("#")])
        self.finish(worker)


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
