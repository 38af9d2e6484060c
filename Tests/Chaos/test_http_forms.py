"""HTTP sinks: the forms of a body, and nginx in between with its limits and certificates."""

import base64
import json
import subprocess

from harness.settings import scaled
from harness.wait import until
from harness.web import Answer, Nginx
from harness.web_case import OK, HTTPCase, Small
from oracle.inputs import Input, Record


class Forms(HTTPCase):
    def test_lines(self):
        """`ndjson` is a payload a line."""
        source = Small(self.seed, [1000])
        self.make_topics(1)
        server = self.serve(lambda call: OK)
        self.run_to_end(source, self.pipeline(server.url, records=100, body="ndjson"))
        lines = b"".join(call.body for call in server.calls).split(b"\n")
        self.assertEqual(lines, [source.value(0, seq) for seq in range(1000)] + [b""])
        self.assertEqual({call.headers["Content-Type"] for call in server.calls}, {"application/x-ndjson"})

    def test_single(self):
        """One record a request, in order, with its id; the one that is refused is the letter."""
        source = Small(self.seed, [300])
        self.make_topics(1)
        server = self.serve(lambda call: Answer(422) if call.seqs == [123] else OK)
        self.run_to_end(source, self.pipeline(server.url, records=50, body="single"), {(0, 123)})
        good = [call for call in server.calls if call.status == 200]
        self.assertEqual([call.seqs[0] for call in good], [seq for seq in range(300) if seq != 123])
        self.assertEqual([call.body for call in good], [source.value(0, seq) for seq in range(300) if seq != 123])
        self.figures |= {"calls": len(server.calls)}

    def test_payloads_and_keys_of_every_kind(self):
        """What is JSON stays as it is, what is none comes as base64; a line feed is poison in `ndjson` alone."""
        payloads = [
            b'{"a": 1}', b"[1,2]", b'"text"', b" 42 ", b"null", b"", b"not json", b"\xff\xfe", b'{"a":1} x', b'{"cut":',
            b'{"b":01}', b'"\x01"', '"gr\u00fc\u00dfe"'.encode(), b'{"n":\n1}', b"1e5", b'"\\ud800"', b"[" * 2000 + b"]" * 2000,
        ]
        keys = [None, b"", b"plain", b'quo"te\\', b"\xff\x00", "gr\u00fc\u00dfe".encode()]

        class Odd(Input):
            def record(self, shard, seq):
                return Record(keys[seq % len(keys)], base64.b64encode(payloads[seq % len(payloads)]), [])

        source = Odd(self.seed, [len(payloads) * len(keys)])
        self.make_topics(1)
        server = self.serve(lambda call: OK)
        self.run_to_end(source, self.pipeline(server.url, records=1000))
        items = [item for call in server.calls for item in call.items]
        for seq, item in enumerate(items):
            payload, key = payloads[seq % len(payloads)], keys[seq % len(keys)]
            self.assertEqual(item["id"], f"{self.topic}:0:{seq}")
            if is_json(payload):
                self.assertNotIn("base64", item, payload)
                self.assertEqual(item["data"], json.loads(payload))
            else:
                self.assertTrue(item["base64"], payload)
                self.assertEqual(base64.b64decode(item["data"]), payload)
            if item.get("key_base64"):
                self.assertEqual(base64.b64decode(item["key"]), key)
            else:
                self.assertEqual(item["key"], None if key is None else key.decode())
        self.assertEqual(len(items), source.total)

        lines = self.serve(lambda call: OK)
        bad = {(0, seq) for seq in range(source.total) if b"\n" in payloads[seq % len(payloads)]}
        self.group += "-lines"
        expected = self.expected(source, "web", transforms=[])
        for shard, seq in bad:
            expected.kill("web", shard, seq, {"poison"})
        worker = self.start(self.pipeline(lines.url, body="ndjson")).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.judge(self.letters(expected))
        self.assertEqual(
            b"".join(call.body for call in lines.calls),
            b"".join(payloads[seq % len(payloads)] + b"\n" for seq in range(source.total) if (0, seq) not in bad))


def is_json(payload):
    """As RFC 8259 has it, nested no deeper than 1024."""
    def no_constant(name):
        raise ValueError(name)

    try:
        json.loads(payload.decode(), parse_constant=no_constant)
        return payload[:1100].count(b"[") < 1024
    except (ValueError, RecursionError):
        return False


class BehindNginx(HTTPCase):
    def test_body_limit_and_restart(self):
        """nginx refuses large bodies with 413, answers 502 while the server behind it is away, and is restarted."""
        source = Small(self.seed, [scaled(5000, 20_000)] * 2)
        self.make_topics(2)
        server = self.serve(lambda call: OK)
        proxy = Nginx(server.port, largest="32k")
        self.addCleanup(proxy.close)
        config = self.pipeline(
            f"http://127.0.0.1:{proxy.port}/records", records=2000, breaker={"recovery_timeout": "1s"},
            retry={"base_delay": "20ms", "max_delay": "500ms"})
        worker = self.start(config).assigned()
        feed = self.feed(source).begin(rate=source.total / 8)
        until("some calls", lambda: server.count() > 10, alive=worker.trouble)
        server.stop()
        until("502", lambda: "answered 502" in worker.log_path.read_text(), alive=worker.trouble)
        server.start()
        before = server.count()
        until("more calls", lambda: server.count() > before + 10, alive=worker.trouble)
        proxy.stop()
        proxy.start()
        feed.wait()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.assertEqual(sum(self.broker.ends(self.dlq)), 0)
        self.check_seen([item for call in server.calls for item in call.items], source, again=True)
        self.figures |= {"records": source.total, "calls": len(server.calls)}

    def test_https(self):
        """A certificate that is trusted, one that is not, and a name that is not the server's."""
        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)

        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", "key.pem",
            "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        source = Small(self.seed, [500])
        self.make_topics(1)
        server = self.serve(lambda call: OK)
        proxy = Nginx(server.port, largest="32m", tls=(self.folder / "cert.pem", self.folder / "key.pem"))
        self.addCleanup(proxy.close)
        trusted = {"tls": {"ca": str(self.folder / "cert.pem")}}
        self.run_to_end(source, self.pipeline(f"https://localhost:{proxy.port}/", keys=trusted))
        self.check_delivered(server, source)
        # The server wants to know who comes.
        both = Nginx(
            server.port, largest="32m", tls=(self.folder / "cert.pem", self.folder / "key.pem"),
            more=f"ssl_client_certificate {self.folder}/cert.pem; ssl_verify_client on;")
        self.addCleanup(both.close)
        server.calls.clear()
        self.group += "-both"
        own = {"tls": {"ca": str(self.folder / "cert.pem"), "cert": str(self.folder / "cert.pem"), "key": str(self.folder / "key.pem")}}
        worker = self.start(self.pipeline(f"https://localhost:{both.port}/", keys=own)).assigned()
        self.settle(source.counts, worker)
        self.finish(worker)
        self.check_delivered(server, source)
        for url, keys in ((f"https://localhost:{proxy.port}/", {}), (f"https://127.0.0.1:{proxy.port}/", trusted)):
            worker = self.start(self.pipeline(url, keys=keys))
            self.assertEqual(worker.wait(), 77, worker.tail())
            self.assertIn("certificate", worker.tail())
