"""The unit of config/systemd under a real systemd, in short: one life of one instance. scripts/test-systemd has the rest."""

import os
import signal
import sys
import time
import unittest
from pathlib import Path

from harness.case import SHORT_SESSION
from harness.wait import until

from machine import Machine, why_no_machine
from unit import Service


def load_tests(_loader, tests, _pattern):
    """Where no systemd can be run there is nothing to look at: not root, no systemd, or a kernel without the means."""
    why = why_no_machine()
    if why is None:
        return tests
    print(f"test_systemd is left out: {why}", file=sys.stderr, flush=True)
    return unittest.TestSuite()


class Life(Service):
    """The machine is a layer over this one, so it needs nothing that is not here; what it writes is gone with it."""

    session = SHORT_SESSION

    def make_machine(self):
        machine = Machine.bare()
        self.addCleanup(machine.close)
        return machine

    def test_of_an_instance(self):
        """Ready with its shards; stopped by a file that is wrong as little as by a kill; a restart takes up the changed
        config; nothing is missing, and nothing comes twice but what the kill left uncommitted."""
        self.make_topics(2, blue=self.STAMPED, green=self.STAMPED)
        self.put({"clean": self.to("blue")})
        self.unit.systemctl("start")
        assigned, started = self.order("assigned shards", "Started millrace@")
        self.assertLess(assigned, started, "it said READY before it had shards")
        self.unit.says("2 shards, lag ")
        feed = self.flow(500)
        self.delivered("blue", 200)
        first = self.unit.pid
        user = Path(f"/proc/{self.machine.process(first)}").stat().st_uid
        self.assertTrue(61184 <= user <= 65519, f"user {user} is not one of systemd's dynamic ones")

        self.put({"clean": self.to("green")}, limits={"drian": "5s"})
        self.unit.systemctl("reload", code=1)
        self.assertIn('unknown key "drian"', self.unit.tail())
        self.put({"clean": self.to("green")})
        self.unit.systemctl("reload")
        self.assertEqual(self.unit.pid, first, "reload touched the worker")
        began = time.monotonic()
        self.unit.systemctl("restart")
        self.figures["restart"] = f"{time.monotonic() - began:.1f}s"
        self.assertTrue(any("exit=0" in line for line in self.unit.messages()), self.unit.tail())
        self.assertEqual(self.unit.show("NRestarts"), "0")
        self.delivered("green", 200)

        second = self.unit.pid
        os.kill(self.machine.process(second), signal.SIGKILL)
        until("another process", lambda: self.unit.pid not in (0, second), within=60, alive=self.unit.trouble)
        self.assertEqual(self.unit.restarts, 1)
        source = self.ended(feed)
        self.settled(source.counts)
        self.unit.systemctl("stop")
        self.assertIn("Deactivated successfully", self.unit.tail(8))
        expected = self.expected(source, "clean")
        report = self.turns(expected, "clean", "blue", "green", restarts=1)
        self.judge(report, self.letters(expected))
        self.figures |= {"records": source.total, "again": report.duplicates}
