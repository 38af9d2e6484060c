"""The Debian package on a machine with a real systemd, from the first install to the purge."""

import os
import subprocess
import tempfile
from pathlib import Path

from harness.case import by_source
from harness.wait import until

from machine import PACKAGE, Machine
from unit import Service

ROOT = Path(__file__).resolve().parents[2]


class Package(Service):
    def make_machine(self):
        machine = Machine()
        self.addCleanup(machine.close)
        return machine

    def newer(self):
        """The same program as a package of a later revision."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        subprocess.run(
            [str(ROOT / "scripts/deb"), "--revision", "2", "--output", folder.name], check=True, capture_output=True)
        return next(Path(folder.name).glob("*.deb"))

    def test_a_life(self):
        newer = self.newer()
        self.make_topics(2, clean=2, idle=2)
        self.assertFalse(self.machine.path("/usr/bin/millrace").exists())
        self.machine.install(PACKAGE)
        self.assertEqual(self.machine.run("sh", "-c", "systemctl --failed --no-legend").stdout.strip(), "")
        units = "systemctl list-units --plain --no-legend 'millrace@*'"
        self.assertEqual(self.machine.run("sh", "-c", units).stdout, "", "nothing is started by the install")

        # Two pipelines as a person sets them up; the file of one goes bad while it runs.
        self.put({"clean": self.to("clean")})
        self.machine.run("systemctl", "enable", "--now", self.unit.unit, code=0)
        idle = self.instance(f"{self.stem}-idle")
        self.put({"clean": self.to("idle")}, unit=idle, name=idle.name, group=f"{self.group}-idle", source={"kafka": {
            "brokers": self.broker.address, "topics": [self.topic], "group": f"{self.group}-idle", "start": "latest"}})
        idle.systemctl("start")
        feed = self.flow(1500)
        self.delivered("clean", 1000)
        idle.put("name: [\n")
        first, kept = self.unit.pid, idle.pid
        said = self.machine.install(newer, "newer")
        self.assertIn(f"{idle.unit} runs on with the version before", said)
        self.assertNotIn(self.unit.pid, (0, first), "the upgrade restarted it")
        self.assertEqual(idle.pid, kept, "a worker whose file is refused is left alone")
        self.assertEqual(self.unit.show("ActiveState", "NRestarts"), {"ActiveState": "active", "NRestarts": "0"})
        version = self.machine.run("dpkg-query", "-W", "-f", "${Version}", "millrace", code=0).stdout
        self.assertTrue(version.endswith("-2"), version)
        self.delivered("clean", sum(self.broker.ends(self.out("clean"))) + 500)
        source = self.ended(feed)
        self.settled(source.counts)
        expected = self.expected(source, "clean")
        self.judge(self.kafka(expected, "clean", place=by_source(2)), self.letters(expected))
        self.figures |= {"upgraded": version, "records": source.total, "twice": 0}

        self.machine.run("apt-get", "remove", "-y", "-q", "millrace", code=0)
        until("the end of both", lambda: (self.unit.pid, idle.pid) == (0, 0))
        self.assertTrue(any("exit=0" in line for line in self.unit.messages()), self.unit.tail())
        self.assertTrue(self.machine.path(self.unit.path).exists(), "a config of one's own is kept")
        self.assertFalse(self.machine.path("/usr/bin/millrace").exists())
        self.machine.run("apt-get", "purge", "-y", "-q", "millrace", code=0)
        left = self.machine.run(
            "sh", "-c", "find / -xdev -iname '*millrace*' -not -path '/var/tmp/*' -not -path '/tmp/*' | sort", code=0).stdout
        # The configs are a person's, and a folder is not removed while something is in it.
        self.assertEqual(left.split(), ["/etc/millrace"])
        self.assertEqual(
            sorted(os.listdir(self.machine.path("/etc/millrace"))), sorted([f"{self.stem}.yaml", f"{idle.name}.yaml"]))
