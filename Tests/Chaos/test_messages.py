"""What Millrace says when something is wrong, as docs/messages.md shows it: each fault is made, and the words are those of the
page. `MILLRACE_WRITE_MESSAGES=1 scripts/e2e messages` writes the page anew."""

import os
import re
import subprocess
import time
from pathlib import Path

from harness import settings
from harness.case import Case
from harness.secure import PASSWORDS, WRONG, SecureBroker
from harness.wait import until

PAGE = Path(__file__).resolve().parents[2] / "docs" / "messages.md"

HEAD = """\
# What Millrace says when something is wrong

Each fault below is made by a test, which compares what is printed with this page; hosts, times and record numbers are
examples. A mistake in the config ends with 78, a permission, a password or TLS with 77, a broker that does not answer with 69
(`run` waits for it), data with 65. The time is until it was known on one machine with the broker beside it.
"""


def config(**changes):
    """A config of nine lines, with some of them replaced."""
    lines = {
        "name": "name: orders",
        "source": "source:\n  kafka:",
        "brokers": "    brokers: {plain}",
        "topics": "    topics: [orders]",
        "group": "    group: orders-worker",
        "security": "",
        "decode": "decode: base64",
        "transforms": "transforms:\n  - project: { id: id, total: amount }",
        "sinks": "sinks:\n  clean:\n    kafka: { topic: orders-clean }",
        "dead": "dead_letter: { topic: orders.dlq }",
    } | changes
    return "\n".join(line for line in lines.values() if line) + "\n"


def secure(password="worker", ca="ca.pem"):
    return (f"    tls: {{ ca: {ca} }}\n"
            f"    sasl: {{ mechanism: PLAIN, username: orders, password: \"${{credential:{password}}}\" }}")


TWELVE = """\
nmae: orders
source:
  kafka:
    brokers: localhost
    topcis: [orders]
    group: [orders-worker]
    start: yesterday
batch: { records: lots, bytes: 1MiB, window: 10 millis }
decode: base46
transforms:
  - project: { country: address. }
sinks:
  clean:
    kafka: { topic: orders clean }
    retry: { max_delay: 30 secs }
dead_letter: { topic: orders.dlq, unwitnessed: -1 }
limits: { memory: 512MiB }
"""

#: title, config, arguments behind `millrace`, exit code
FAULTS = [
    ("An unknown key", config(topics="    topcis: [orders]"), "check orders.yaml", 78),
    ("A wrong type", config(group="    group: orders-worker\nbatch: { records: lots }"), "check orders.yaml", 78),
    ("A duration that is none", config(group="    group: orders-worker\n    commit_interval: 1 sec"), "check orders.yaml", 78),
    ("A variable that is not set", config(brokers="    brokers: ${env:KAFKA_BROKERS}"), "check orders.yaml", 78),
    ("A projection that is none", config(transforms="transforms:\n  - project: { country: address. }"), "check orders.yaml", 78),
    ("A broker that does not answer", config(brokers="    brokers: 127.0.0.1:1"),
     "check orders.yaml --connect --timeout 2s", 69),
    ("A topic that is not there", config(topics="    topics: [ordres]"), "check orders.yaml --connect", 78),
    ("No permission", config(brokers="    brokers: {sasl}", security=secure("nobody").replace("username: orders", "username: nobody")),
     "check orders.yaml --connect", 77),
    ("A wrong password", config(brokers="    brokers: {sasl}", security=secure("wrong").replace("username: orders", "username: worker")),
     "check orders.yaml --connect", 77),
    ("A CA that did not sign", config(brokers="    brokers: {sasl}", security=secure(ca="other.pem")),
     "check orders.yaml --connect", 77),
    ("Another host name in the certificate", config(brokers="    brokers: {misnamed}", security=secure()),
     "check orders.yaml --connect", 77),
    ("A port for TLS without `tls`", config(brokers="    brokers: {sasl}"), "check orders.yaml --connect", 77),
    ("`tls` at a port without", config(security="    tls: { ca: ca.pem }"), "check orders.yaml --connect", 77),
    ("Twelve mistakes at once", TWELVE, "check orders.yaml", 78),
]


class Messages(Case):
    @property
    def broker(self):
        return SecureBroker.secure()

    def setUp(self):
        super().setUp()
        for name, password in (PASSWORDS | {"wrong": WRONG}).items():
            (self.folder / name).write_text(password)
        for name in ("ca.pem", "other.pem"):
            (self.folder / name).write_text(Path(self.broker.certificates.path(name)).read_text())
        self.broker.create_shared()
        self.environment = {k: v for k, v in os.environ.items() if k != "KAFKA_BROKERS"} | {
            "NO_COLOR": "1", "CREDENTIALS_DIRECTORY": str(self.folder)}

    def write(self, text):
        for name in ("plain", "sasl", "misnamed"):
            address = self.broker.address if name == "plain" else getattr(self.broker, name)
            text = text.replace("{" + name + "}", address)
        (self.folder / "orders.yaml").write_text(text)

    def shown(self, text):
        """The text with the names of the page."""
        names = {
            self.broker.address: "localhost:9092", self.broker.sasl: "localhost:9093",
            self.broker.misnamed: "kafka:9093", str(self.folder) + "/": "",
        }
        # A mark under an address is as long as the address.
        for found, name in names.items():
            text = text.replace(found, name)
        for secret in (*PASSWORDS.values(), WRONG):
            self.assertNotIn(secret, text, "a password is shown")
        return text

    def block(self, title, text, arguments, code):
        self.write(text)
        began = time.monotonic()
        done = subprocess.run(
            [settings.BINARY, *arguments.split()], capture_output=True, text=True, cwd=self.folder, timeout=60,
            stdin=subprocess.DEVNULL, env=self.environment)
        took = time.monotonic() - began
        self.assertEqual(done.returncode, code, f"{title}:\n{done.stdout}{done.stderr}")
        return self.section(title, f"millrace {arguments}", self.shown(done.stdout + done.stderr), f"Exit {code}", took)

    def section(self, title, command, said, end, took):
        return f"## {title}\n\n```\n$ {command}\n{said}```\n\n{end}, known after {took:.1f} s.\n"

    def poison(self):
        """A record that is no base64 among the others: one line of the log, with the next command."""
        self.write(config())
        fed = subprocess.run(
            [settings.BINARY, "produce", "--brokers", self.broker.address, "--topic", "orders"],
            input="not base64!\n", text=True, capture_output=True, timeout=60)
        self.assertEqual(fed.returncode, 0, fed.stderr)
        log = self.folder / "log"
        with open(log, "w") as out:
            worker = subprocess.Popen(
                [settings.BINARY, "run", "orders.yaml"], cwd=self.folder, stdin=subprocess.DEVNULL, stderr=out,
                env=self.environment)
        self.addCleanup(worker.kill)
        began = time.monotonic()

        def line():
            return next((row for row in log.read_text().splitlines() if " dead-letter " in row), None)

        found = until("the line of the dead letter", line, within=40)
        took = time.monotonic() - began
        worker.terminate()
        self.assertEqual(worker.wait(40), 0, log.read_text())
        return self.section(
            "A record that cannot be decoded", "millrace run orders.yaml", self.shown(found) + "\n", "`run` goes on", took)

    def test_the_page_has_what_is_printed(self):
        sections = [self.block(*fault) for fault in FAULTS] + [self.poison()]
        page = HEAD + "\n" + "\n".join(sections)
        if os.environ.get("MILLRACE_WRITE_MESSAGES"):
            PAGE.write_text(page)
        self.assertEqual(level(PAGE.read_text()), level(page))
        self.figures["faults"] = len(sections)


def level(text):
    """Without what differs from run to run: times, partitions, offsets, the length of a mark under an address."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"known after [\d.]+ s", "known after a while", text)
    text = re.sub(r"\b(orders(?:\.dlq)?):\d+:\d+", r"\1:0:0", text)
    text = re.sub(r"fingerprint=\w+", "fingerprint=F", text)
    return re.sub(r"\^+", "^", text)
