"""TLS, SASL and permissions on a real broker: right settings move records; wrong ones end the start with the exit code of
the design, one look says whose side is wrong and which key, and no password is in any output."""

import glob
import os
import subprocess
import sys

from harness import settings
from harness.case import Case
from harness.secure import PASSWORDS, WRONG, SecureBroker
from harness.wait import until

GROUP = "orders-worker"


def newer_library():
    """The librdkafka that comes with the test's own client, which can do SCRAM with this broker; None without one."""
    found = glob.glob(f"{sys.prefix}/lib/python3*/site-packages/confluent_kafka.libs/librdkafka*.so*")
    return found[0] if found else None


class Security(Case):
    @property
    def broker(self):
        return SecureBroker.secure()

    def setUp(self):
        super().setUp()
        self.broker.create_shared()

    # The config: a key a line, so that places can be told.

    def file(self, brokers, *, ca="ca.pem", certificate=None, tls=True, user="worker", mechanism="PLAIN", password=None,
             group=GROUP, topic="orders", sink="orders-clean", dlq="orders.dlq"):
        path = self.broker.certificates.path
        lines = [
            "name: orders", "source:", "  kafka:", f"    brokers: {brokers}", f"    topics: [{topic}]", f"    group: {group}"]
        if tls:
            lines.append("    tls:" if ca or certificate else "    tls: {}")
            lines += [f"      ca: {path(ca)}"] if ca else []
            if certificate:
                lines += [f"      cert: {path(certificate + '.pem')}", f"      key: {path(certificate + '.key')}"]
        if user:
            (self.folder / "kafka-password").write_text(password or PASSWORDS[user])
            lines += ["    sasl:", f"      mechanism: {mechanism}", f"      username: {user}",
                      "      password: ${credential:kafka-password}"]
        lines += ["decode: none", "sinks:", "  clean:", "    kafka:", f"      topic: {sink}", "dead_letter:",
                  f"  topic: {dlq}", ""]
        config = self.folder / "orders.yaml"
        config.write_text("\n".join(lines))
        return config, lines

    def millrace(self, *arguments, preload=None):
        environment = dict(os.environ, NO_COLOR="1", CREDENTIALS_DIRECTORY=str(self.folder))
        if preload:
            environment["LD_PRELOAD"] = preload
        done = subprocess.run(
            [settings.BINARY, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
            cwd=self.folder, env=environment)
        said = done.stdout + done.stderr
        for secret in (*PASSWORDS.values(), WRONG):
            self.assertNotIn(secret, said, "a password is shown")
        return done.returncode, said

    def refused(self, code, key, *words, **wrong):
        """`check --connect` and `run` both end with `code`, name the line of `key` (of a block: its first), and say `words`."""
        config, lines = self.file(wrong.pop("brokers", self.broker.sasl), **wrong)
        line = next(n for n, text in enumerate(lines, 1) if text.strip().startswith(key + ":"))
        for command in (("check", config, "--connect"), ("run", config)):
            found, said = self.millrace(*command)
            self.assertEqual(found, code, said)
            self.assertIn(f"orders.yaml:{line}:", said)
            for word in words:
                self.assertIn(word, said)
            self.assertIn("fix", said)

    def moves(self, brokers, preload=None, **right):
        """`run` moves what is in the source to the sink, and ends well."""
        config, _ = self.file(brokers, **right)
        code, said = self.millrace("check", config, "--connect", preload=preload)
        self.assertEqual(code, 0, said)
        before, count = sum(self.broker.ends("orders-clean")), 20
        feed = subprocess.run(
            [settings.BINARY, "produce", "--brokers", self.broker.address, "--topic", "orders"],
            input="\n".join(f'{{"id":{n}}}' for n in range(count)) + "\n", text=True, capture_output=True, timeout=60)
        self.assertEqual(feed.returncode, 0, feed.stderr)
        environment = {"CREDENTIALS_DIRECTORY": str(self.folder)} | ({"LD_PRELOAD": preload} if preload else {})
        saved = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            worker = self.start(config)
        finally:
            for name, value in saved.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        until("the records in the sink", lambda: sum(self.broker.ends("orders-clean")) >= before + count or None,
              within=40, alive=worker.trouble)
        self.finish(worker)
        log = worker.log_path.read_text()
        for secret in (*PASSWORDS.values(), WRONG):
            self.assertNotIn(secret, log, "a password is in the log")

    # Right

    def test_plain_by_tls_moves_records(self):
        self.moves(self.broker.sasl)

    def test_a_client_certificate_moves_records(self):
        self.moves(self.broker.mutual, certificate="client", user=None)

    def test_scram_moves_records_with_a_librdkafka_that_can(self):
        """Versions before 2.6.1 cannot log in by SCRAM at Kafka 4.0 or newer; a newer one is put in their place."""
        library = newer_library()
        self.assertTrue(library, "the Python client brings a librdkafka")
        self.moves(self.broker.sasl, preload=library, mechanism="SCRAM-SHA-512")

    # Wrong

    def test_scram_with_a_librdkafka_that_cannot(self):
        self.refused(77, "mechanism", "Kafka 4.0 or newer", "librdkafka 2.6.1", mechanism="SCRAM-SHA-512")

    def test_a_wrong_scram_password(self):
        """Told from the case before by the library that can."""
        config, _ = self.file(self.broker.sasl, mechanism="SCRAM-SHA-512", password=WRONG)
        code, said = self.millrace("check", config, "--connect", preload=newer_library())
        self.assertEqual(code, 77, said)
        self.assertIn("does not take this user with this password (SCRAM-SHA-512)", said)

    def test_a_wrong_password(self):
        self.refused(77, "password", "does not take this user with this password", password=WRONG)

    def test_another_mechanism(self):
        self.refused(77, "mechanism", "does not take SASL SCRAM-SHA-256", mechanism="SCRAM-SHA-256")

    def test_a_wrong_ca(self):
        self.refused(77, "ca", "is signed by nobody in tls.ca", ca="other.pem")

    def test_no_ca(self):
        self.refused(77, "tls", "is signed by nobody in the system's certificates", ca=None)

    def test_a_ca_file_that_is_not_there(self):
        self.refused(78, "ca", "cannot read", "No such file", ca="nowhere.pem")

    def test_a_wrong_host_name(self):
        self.refused(77, "brokers", "is for another host name", brokers=self.broker.misnamed)

    def test_a_plain_client_at_a_port_for_tls(self):
        self.refused(77, "brokers", "this port wants TLS", tls=False, user=None)

    def test_a_tls_client_at_a_plain_port(self):
        self.refused(77, "ca", "speaks no TLS on this port", brokers=self.broker.address, user=None)

    def test_a_user_at_a_port_without_sasl(self):
        self.refused(77, "mechanism", "takes no SASL on this port", brokers=self.broker.address, tls=False)

    def test_nobody_at_a_port_for_sasl(self):
        self.refused(77, "brokers", "this port wants SASL", user=None)

    def test_no_client_certificate(self):
        self.refused(77, "ca", "wants a client certificate", brokers=self.broker.mutual, user=None)

    # Not permitted

    def test_no_permission_to_see_the_source(self):
        self.refused(77, "topics", 'may not read topic', user="nobody")

    def test_no_permission_to_read_the_source(self):
        self.refused(77, "topics", 'may not read topic', user="reader")

    def test_no_permission_for_the_group(self):
        self.refused(77, "group", "may not use group", group="somebody-elses")

    def test_no_permission_for_the_sink(self):
        config, lines = self.file(self.broker.sasl, sink="orders-shut")
        code, said = self.millrace("check", config, "--connect")
        self.assertEqual(code, 77, said)
        line = lines.index("      topic: orders-shut") + 1
        self.assertIn(f"orders.yaml:{line}:", said)
        self.assertIn("may not write to topic", said)
        self.assertEqual(self.millrace("run", config)[0], 77)

    def test_no_permission_for_the_dead_letters(self):
        config, lines = self.file(self.broker.sasl, dlq="orders-shut")
        code, said = self.millrace("check", config, "--connect")
        self.assertEqual(code, 77, said)
        self.assertIn(f"orders.yaml:{lines.index('  topic: orders-shut') + 1}:", said)
        self.assertIn("may not write to topic", said)
        self.assertEqual(self.millrace("run", config)[0], 77)

    def test_a_misspelt_topic(self):
        self.refused(78, "topics", "nearest: ", 'does not exist on', brokers=self.broker.address, tls=False, user=None, topic="ordres")
