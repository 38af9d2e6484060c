"""The file sink on a disk that fills up."""

import os
import subprocess
import unittest

from harness.case import Case
from harness.wait import hold, until
from oracle.inputs import Input
from oracle.pipeline import SinkSpec

#: Most of a record, without the white space that some have between their members.
WIDE = [{"project": {"id": "id", "pad": "pad"}}]


class Disk(Case):
    @unittest.skipUnless(os.geteuid() == 0, "not root: a small file system cannot be mounted")
    def test_full_and_free_again(self):
        """A full disk stops the file sink, not the truth of the checkpoint; with room again every line is there once."""
        out = self.folder / "out"
        out.mkdir()
        self.mount(out, "-o", "size=2m", "-t", "tmpfs", "tmpfs")
        source = Input(self.seed, [6000])
        self.make_topics(1)
        config = self.config({"lines": {
            "file": {"path": "out/{shard}.jsonl", "sync": "100ms"}, "retry": {"max_delay": "500ms"},
            "breaker": {"recovery_timeout": "1s"},
        }}, transforms=WIDE)
        expected = self.expected(source, transforms=WIDE, specs=[SinkSpec("lines", lines=True)])
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.until_full(worker, out)
        hold(3)
        self.assertIsNone(worker.trouble())
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0, "dead letters because of a full disk")
        safe = max(self.broker.committed(self.group, self.topic)[0], 0)
        held = self.files(expected, "lines", "out/{shard}.jsonl", complete=False)
        self.assertFalse(set(held.faults) - {"foreign"}, str(held))
        self.assertLessEqual(safe, held.delivered, "the checkpoint passed what the file holds")
        self.assertLess(safe, 6000)
        self.mount(out, "-o", "remount,size=64m")
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.files(expected, "lines", "out/{shard}.jsonl"), self.letters(expected))
        self.check_books(worker, expected, again=True)
        self.figures |= {"records": source.total, "safe_when_full": safe, "lines_when_full": held.delivered}

    @unittest.skipUnless(os.geteuid() == 0, "not root: a small file system cannot be mounted")
    def test_killed_on_a_full_disk(self):
        """SIGKILL while the disk is full: the torn end of the file is cut at the next start, and nothing is missing."""
        out = self.folder / "out"
        out.mkdir()
        self.mount(out, "-o", "size=1m", "-t", "tmpfs", "tmpfs")
        source = Input(self.seed, [3000])
        self.make_topics(1)
        config = self.config({"lines": {"file": {"path": "out/{shard}.jsonl", "sync": "100ms"}}}, transforms=WIDE)
        expected = self.expected(source, transforms=WIDE, specs=[SinkSpec("lines", lines=True)])
        self.feed(source).all()
        worker = self.start(config).assigned()
        self.until_full(worker, out)
        hold(1)
        worker.kill()
        self.mount(out, "-o", "remount,size=64m")
        worker = self.start(config).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        report = self.files(expected, "lines", "out/{shard}.jsonl", restarts=1)
        self.judge(report, self.letters(expected, once=False))
        self.figures |= {"records": source.total, "again": report.duplicates}

    def test_a_second_pipeline_is_refused(self):
        """The files of a path belong to one group: another pipeline ends with 73 at its start, before there is a record."""
        self.make_topics(2)
        sinks = {"lines": {"file": {"path": "out/{shard}.jsonl"}}}
        first = self.start(self.config(sinks, admin={"listen": "none"})).assigned()
        second = self.start(self.config(sinks, group="another", file="second.yaml", admin={"listen": "none"}))
        self.assertEqual(second.wait(), 73, second.tail())
        self.assertIn(f"are written by pipeline {self.stem}, group {self.group}", second.events("failed")[0]["error"])
        self.assertIsNone(first.trouble())
        self.finish(first)

    def until_full(self, worker, folder):
        """Until the worker says that there is no space. What it could not finish it may have cut off again."""
        until("the disk to be full", lambda: "space left" in worker.log_path.read_text(errors="replace"), alive=worker.trouble)
        status = os.statvfs(folder)
        self.assertLess(status.f_bavail, status.f_blocks / 2, "the disk is not full")

    def mount(self, folder, *arguments):
        subprocess.run(["mount", *arguments, str(folder)], check=True)
        if "remount" not in arguments[1]:
            self.addCleanup(subprocess.run, ["umount", "--lazy", str(folder)], check=False)
