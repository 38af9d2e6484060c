"""The unit under a real systemd: what it is told, when it restarts the worker and when not, and what it lets it do."""

import os
import re
import signal
import time

from harness.case import SHORT_SESSION, by_source
from harness.secure import PASSWORDS, SecureBroker
from harness.wait import hold, until
from oracle.inputs import Input

from unit import Service

#: Between a failure and the next start, seconds: RestartSec of the unit.
RESTART = 5


class Starting(Service):
    def test_ready_when_shards_are_assigned(self):
        """`systemctl start` comes back when shards are assigned, and the status line says how many."""
        source = Input(self.seed, [300] * 4)
        self.make_topics(4, clean=4)
        self.put({"clean": self.to("clean")})
        began = time.monotonic()
        self.unit.systemctl("start")
        self.figures["start"] = f"{time.monotonic() - began:.1f}s"
        self.assertEqual(self.unit.show("ActiveState", "SubState"), {"ActiveState": "active", "SubState": "running"})
        assigned, started = self.order("assigned shards", "Started millrace@")
        self.assertLess(assigned, started, "it said READY before it had shards")
        self.unit.says("4 shards, lag 0")
        self.feed(source).all()
        self.settled(source.counts)
        self.unit.systemctl("stop")
        expected = self.expected(source, "clean")
        self.judge(self.kafka(expected, "clean", place=by_source(4)), self.letters(expected))

    def test_a_broker_that_is_away(self):
        """The broker is waited for: started, with a status line that says for whom; the watchdog is fed meanwhile."""
        source = Input(self.seed, [200])
        self.other.create(self.topic, 1)
        self.other.create(self.dlq, 1)
        self.other.create(self.out("clean"), 1)
        self.other.stop()
        self.put({"clean": self.to("clean")}, source={"kafka": {
            "brokers": self.other.address, "topics": [self.topic], "group": self.group, "start": "earliest"}})
        self.unit.drop_in("WatchdogSec=8")
        self.unit.systemctl("start")
        self.figures["status"] = repr(self.unit.status)
        self.unit.says("waits for", self.other.address)
        hold(12)
        self.assertEqual((self.unit.show("ActiveState"), self.unit.restarts), ("active", 0))
        self.other.start()
        self.unit.says("1 shard, lag 0")
        self.assertEqual(self.unit.restarts, 0)
        self.unit.systemctl("stop")

    def test_a_config_that_is_wrong(self):
        """78 is final: the start fails at once and is not tried again. A missing topic is the same."""
        self.make_topics(1, clean=1)
        for what, change in (("a key", {"limit": {"drain": "5s"}}), ("a topic", {"dead_letter": {"topic": "nowhere"}})):
            with self.subTest(what):
                self.put({"clean": self.to("clean")}, **change)
                self.unit.systemctl("start", code=1)
                hold(RESTART + 3)
                found = self.unit.show("ActiveState", "Result", "ExecMainStatus", "NRestarts")
                self.assertEqual(found, {
                    "ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "78", "NRestarts": "0"})

    def test_what_ends_it_for_good(self):
        """systemd has understood which exit codes are final and which are not."""
        found = self.unit.show("RestartPreventExitStatus", "RestartForceExitStatus", "SuccessExitStatus", "Restart")
        self.assertEqual(found, {
            "RestartPreventExitStatus": "64 66 77 78 79", "RestartForceExitStatus": "75", "SuccessExitStatus": "75",
            "Restart": "on-failure"})


class Watching(Service):
    session = SHORT_SESSION

    def test_a_stuck_lane(self):
        """With the unit as it is: a lane that does not answer while the process lives on ends by the watchdog, the
        log says why before, and the next one takes up where the checkpoint was."""
        source = Input(self.seed, [3000] * 2)
        self.make_topics(2, clean=2)
        self.put({"clean": self.to("clean")})
        self.unit.systemctl("start")
        feed = self.feed(source).all(1500)
        self.settled([1500] * 2)
        stuck, began = self.unit.pid, time.monotonic()
        holder = self.unit.hold_lane()
        self.addCleanup(holder.kill)
        feed.all()
        until("another process", lambda: self.unit.pid not in (0, stuck), within=180, every=0.5, alive=self.unit.trouble)
        self.figures["restarted"] = f"{time.monotonic() - began:.0f}s"
        holder.wait(20)
        messages = self.unit.messages()
        for word in ("a lane has not answered for", "Watchdog timeout (limit 1min)!", "Failed with result 'watchdog'"):
            self.assertTrue(any(word in line for line in messages), f"{word}\n{self.unit.tail(40)}")
        self.assertEqual(self.unit.restarts, 1)
        self.settled(source.counts)
        self.unit.systemctl("stop")
        expected = self.expected(source, "clean")
        report = self.kafka(expected, "clean", place=by_source(2), restarts=1)
        self.judge(report, self.letters(expected))
        self.figures["again"] = report.duplicates

    def test_a_process_that_is_stopped(self):
        """SIGSTOP: nothing answers at all. The limit is shorter here, for the test's sake."""
        source = Input(self.seed, [500])
        self.make_topics(1, clean=1)
        self.put({"clean": self.to("clean")})
        self.unit.drop_in("WatchdogSec=6")
        self.unit.systemctl("start")
        stopped = self.unit.pid
        os.kill(self.machine.process(stopped), signal.SIGSTOP)
        until("another process", lambda: self.unit.pid not in (0, stopped), within=60, alive=self.unit.trouble)
        self.assertTrue(any("Failed with result 'watchdog'" in line for line in self.unit.messages()))
        self.feed(source).all()
        self.settled(source.counts)
        self.unit.systemctl("stop")

    def test_an_outage_is_no_reason(self):
        """A sink that is away for longer than the watchdog waits: the status says so, nothing is restarted, nothing is
        lost, nothing comes twice."""
        source = Input(self.seed, [400] * 2)
        self.make_topics(2)
        self.other.create(self.out("far"), 2)
        sink = self.to("far", brokers=self.other.address)
        self.put({"far": sink | {"breaker": {"recovery_timeout": "2s"}}})
        self.unit.drop_in("WatchdogSec=8")
        self.unit.systemctl("start")
        feed = self.feed(source).all(200)
        self.settled([200] * 2)
        self.other.freeze()
        feed.all()
        self.figures["status"] = repr(self.unit.says("wait", "far"))
        hold(15)
        self.assertEqual((self.unit.show("ActiveState"), self.unit.restarts), ("active", 0))
        self.other.thaw()
        self.settled(source.counts)
        self.unit.says("2 shards, lag 0")
        self.assertEqual(self.unit.restarts, 0)
        self.unit.systemctl("stop")
        expected = self.expected(source, "far")
        self.judge(self.kafka(expected, "far", broker=self.other, place=by_source(2)), self.letters(expected))

    def test_a_kill(self):
        """kill -9 in the middle of the work: started again after RestartSec; nothing is missing."""
        self.make_topics(2, clean=2)
        self.put({"clean": self.to("clean")})
        self.unit.systemctl("start")
        feed = self.flow(2000)
        self.delivered("clean", 2000)
        killed = self.unit.pid
        began = time.monotonic()
        os.kill(self.machine.process(killed), signal.SIGKILL)
        until("another process", lambda: self.unit.pid not in (0, killed), within=60, alive=self.unit.trouble)
        self.figures["restarted"] = f"{time.monotonic() - began:.1f}s"
        self.assertEqual(self.unit.restarts, 1)
        source = self.ended(feed)
        self.settled(source.counts)
        self.unit.systemctl("stop")
        expected = self.expected(source, "clean")
        report = self.kafka(expected, "clean", place=by_source(2), restarts=1)
        self.judge(report, self.letters(expected))
        self.figures["again"] = report.duplicates


class Stopping(Service):
    def test_a_drain_longer_than_the_limit_of_systemd(self):
        """A sink that does not answer, `limits.drain` beyond TimeoutStopSec: the worker asks for the time that it needs,
        is not killed, says what it waits for, and what was undone comes at the next start."""
        source = Input(self.seed, [300])
        self.make_topics(1)
        self.other.create(self.out("far"), 1)
        self.put({"far": self.to("far", brokers=self.other.address)}, limits={"drain": "8s"})
        self.unit.drop_in("TimeoutStopSec=2")
        self.machine.run("systemd-analyze", "log-level", "debug", code=0)
        self.addCleanup(self.machine.run, "systemd-analyze", "log-level", "info")
        self.unit.systemctl("start")
        feed = self.feed(source).all(100)
        self.settled([100])
        self.other.freeze()
        try:
            feed.all()
            until("records in flight", lambda: "lag 0" not in self.unit.status, alive=self.unit.trouble)
            began = time.monotonic()
            self.machine.run("systemctl", "stop", "--no-block", self.unit.unit, code=0)
            self.figures["status"] = repr(self.unit.says("draining ", "records", "at most"))
            until("the end", lambda: self.unit.show("ActiveState") == "inactive", within=60)
            took = time.monotonic() - began
        finally:
            self.other.thaw()
        self.figures["took"] = f"{took:.1f}s"
        messages = self.unit.messages()
        self.assertTrue(any("code=exited, status=75" in line for line in messages), self.unit.tail())
        self.assertTrue(any("Deactivated successfully" in line for line in messages), self.unit.tail())
        told = "\n".join(line for line in self.unit.messages() if "notification message" in line)
        for word in ("READY=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC="):
            self.assertIn(word, told)
        self.assertFalse(any("timed out" in line for line in self.unit.messages()), self.unit.tail())
        self.unit.systemctl("start")
        self.settled(source.counts)
        self.unit.systemctl("stop")
        expected = self.expected(source, "far")
        self.judge(self.kafka(expected, "far", broker=self.other, place=by_source(1), restarts=1), self.letters(expected))

    def test_restart_is_reload(self):
        """Under load, the config is changed four times between two outputs and each time made good by
        `systemctl reload && systemctl restart`: every record is in one of them, once, in order."""
        self.make_topics(2, blue=self.STAMPED, green=self.STAMPED)
        self.put({"clean": self.to("blue")})
        self.unit.systemctl("start")
        feed = self.flow(2500)
        self.delivered("blue", 500)
        took = []
        for turn, colour in enumerate(("green", "blue", "green", "blue"), 1):
            before, pid = sum(self.broker.ends(self.out(colour))), self.unit.pid
            self.put({"clean": self.to(colour)})
            self.unit.systemctl("reload")
            self.assertEqual(self.unit.pid, pid, "reload touched the worker")
            began = time.monotonic()
            self.unit.systemctl("restart")
            took.append(time.monotonic() - began)
            self.delivered(colour, before + 500)
        source = self.ended(feed)
        self.settled(source.counts)
        self.unit.systemctl("stop")
        self.assertEqual(self.unit.restarts, 0)
        expected = self.expected(source, "clean")
        self.judge(self.turns(expected, "clean", "blue", "green"), self.letters(expected))
        self.figures |= {"restarts": len(took), "longest": f"{max(took):.1f}s", "records": source.total, "twice": 0}

    def test_a_bad_file_stops_nobody(self):
        """`reload` of a config that is wrong fails with its errors in the journal, and so `&& restart` does not come."""
        source = Input(self.seed, [400])
        self.make_topics(1, clean=1)
        self.put({"clean": self.to("clean")})
        self.unit.systemctl("start")
        good = self.unit.pid
        feed = self.feed(source).all(200)
        for what, change, word in (
            ("wrong", {"limits": {"drian": "5s"}}, "drian"),
            ("missing", {"dead_letter": {"topic": "nowhere"}}, "nowhere"),
        ):
            with self.subTest(what):
                self.put({"clean": self.to("clean")}, **change)
                done = self.machine.run(
                    "sh", "-c", f"systemctl reload {self.unit.unit} && systemctl restart {self.unit.unit}")
                self.assertNotEqual(done.returncode, 0)
                said = [line for line in self.unit.messages() if word in line]
                self.assertTrue(said, self.unit.tail())
                self.figures[what] = repr(said[0])
                self.assertEqual((self.unit.pid, self.unit.show("ActiveState")), (good, "active"))
        feed.all()
        self.settled(source.counts)
        self.assertEqual(self.unit.pid, good)
        self.put({"clean": self.to("clean")})
        self.unit.systemctl("stop")


class Rights(Service):
    def test_what_it_may(self):
        """A user of its own, no capability, a system call filter, its own two folders; root and nobody else asks it."""
        self.make_topics(1, clean=1)
        self.put({
            "clean": self.to("clean"),
            "file": {"file": {"path": "out/{topic}-{partition}.ndjson"}, "required": False},
        })
        self.unit.systemctl("start")
        source = Input(self.seed, [50])
        self.feed(source).all()
        self.settled(source.counts)
        process = self.machine.process(self.unit.pid)
        text = open(f"/proc/{process}/status").read()
        facts = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        user = int(facts["Uid"].split()[0])
        self.assertTrue(61184 <= user <= 65519, f"user {user} is not one of systemd's dynamic ones")
        self.assertEqual(
            [facts[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")], ["0" * 16, "0" * 16, "1", "2"])
        self.figures["user"] = user
        state = self.machine.path(f"/var/lib/private/millrace/{self.stem}")
        self.assertEqual(os.stat(state).st_uid, user)
        until("the file", lambda: list((state / "out").glob("*.ndjson")), alive=self.unit.trouble)
        status = self.machine.run("millrace", "status", self.unit.path, code=0).stdout
        self.assertIn(f"{self.topic}:0", status)
        self.assertEqual(self.machine.run("millrace", "status", self.unit.path, user=4242).returncode, 77)
        self.unit.systemctl("stop")
        self.assertFalse(self.machine.path(f"/run/millrace/{self.stem}").exists())
        self.assertTrue(list((state / "out").glob("*.ndjson")), "the state outlives the process")

    def test_credentials(self):
        """A password that root alone may read, given by LoadCredential=, takes it through TLS and SASL; it is in no
        output, not in the environment, and in no file that others may read."""
        broker = SecureBroker.secure()
        for name in ("in", "clean", "dlq"):
            broker.create(f"{self.stem}-{name}", 1)
        broker.allow("worker", "topic", self.topic, "READ", "DESCRIBE")
        for name in ("clean", "dlq"):
            broker.allow("worker", "topic", f"{self.stem}-{name}", "WRITE", "DESCRIBE")
        broker.allow("worker", "group", self.group, "READ", "DESCRIBE")
        self.machine.write("/etc/millrace/ca.pem", open(broker.certificates.path("ca.pem")).read())
        self.machine.write(f"/etc/millrace/{self.stem}.password", PASSWORDS["worker"], mode=0o600)
        self.put({"clean": self.to("clean")}, source={"kafka": {
            "brokers": broker.sasl, "topics": [self.topic], "group": self.group, "start": "earliest",
            "tls": {"ca": "/etc/millrace/ca.pem"},
            "sasl": {"mechanism": "PLAIN", "username": "worker", "password": "${credential:kafka}"}}})
        self.unit.drop_in(f"LoadCredential=kafka:/etc/millrace/{self.stem}.password")
        self.unit.systemctl("start")
        self.unit.says("1 shard")
        self.unit.systemctl("reload")
        process = self.machine.process(self.unit.pid)
        secret = PASSWORDS["worker"]
        self.assertNotIn(secret.encode(), open(f"/proc/{process}/environ", "rb").read())
        self.assertNotIn(secret, "\n".join(self.unit.messages()))
        self.assertNotIn(secret, self.machine.run("millrace", "status", "--json", self.unit.path, code=0).stdout)
        self.unit.systemctl("stop")
        # Without the credential the start fails for good, and says what is missing.
        self.unit.drop_in("")
        self.unit.systemctl("start", code=1)
        self.assertEqual(self.unit.show("NRestarts"), "0")
        self.assertIn("kafka", self.unit.tail(8))

    def test_figures_of_systemd_analyze(self):
        """`verify` has nothing to say, and the exposure is at most 1.5."""
        self.put({"clean": self.to("clean")}, source={"kafka": {"brokers": "h:1", "topics": ["t"], "group": "g"}})
        done = self.machine.run("systemd-analyze", "verify", self.unit.unit, code=0)
        self.assertEqual(done.stdout + done.stderr, "")
        said = self.machine.run("systemd-analyze", "security", "--no-pager", self.unit.unit).stdout
        exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", said)[1])
        self.assertLessEqual(exposure, 1.5)
        self.figures["exposure"] = exposure
