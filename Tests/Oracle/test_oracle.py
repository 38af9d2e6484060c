"""The oracle's own parts, against published values and against Python's library where the two must agree."""

import base64
import json
import unittest

from oracle import inputs, pattern, rawjson
from oracle.inputs import Input
from oracle.mix import murmur2, partition_of
from oracle.pipeline import DEAD, DELIVERED, FILTERED, Pipeline, SinkSpec

SHAPES = [{"filter": {"type": ["order.created"]}}, {"project": {"id": "id", "country": "address.country"}}]


class Hashes(unittest.TestCase):
    def test_murmur2_as_kafka_publishes_it(self):
        # The values of Kafka's own UtilsTest, there as signed numbers.
        for key, signed in (
            (b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
            (b"a-little-bit-longer-string", -1486304829), (b"abc", 479470107),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ):
            self.assertEqual(murmur2(key), signed & 0xFFFFFFFF, key)

    def test_partition_keeps_to_the_count(self):
        self.assertEqual({partition_of(b"%d" % n, 4) for n in range(200)}, {0, 1, 2, 3})


class RawJSON(unittest.TestCase):
    def test_slices_are_the_text_as_it_stands(self):
        found = rawjson.members(b' { "a" : [1, 2 ] ,\n"b":{"c" :1.50e1}, "a":3,"\\u0064":"\xc3\xbc" } \n')
        self.assertEqual(found, {"a": "[1, 2 ]", "b": '{"c" :1.50e1}', "d": '"\u00fc"'})
        self.assertEqual(rawjson.at_path(found, "b.c"), "1.50e1")
        self.assertIsNone(rawjson.at_path(found, "a.c"))
        self.assertEqual(rawjson.project(found, {"x": "b.c", "y": "none", "z": "a"}), b'{"x":1.50e1,"z":[1, 2 ]}')

    def test_anything_but_one_object_is_refused(self):
        for payload in (b"", b" ", b"[1]", b"1", b"null", b"{", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}',
                        b'{"a":1} x', b'{"a":1}}', b'{"a":NaN}', b'{"a":[NaN]}', b"{'a':1}", b'{"a":"\xff"}', b"{,}"):
            with self.assertRaises(rawjson.NoObject, msg=payload):
                rawjson.members(payload)

    def test_as_deep_as_agreed_and_no_deeper(self):
        for levels in (1, 1000, 1023):
            deep = b"[" * levels + b"]" * levels
            found = rawjson.members(b'{"deep":' + deep + b',"a":1}')
            self.assertEqual((len(found["deep"]), found["a"]), (2 * levels, "1"))
            with self.assertRaises(rawjson.NoObject):
                rawjson.members(b'{"deep":' + deep[:-1] + b',"a":1}')
        for levels in (1024, 100_000):
            with self.assertRaises(rawjson.NoObject):
                rawjson.members(b'{"deep":' + b"[" * levels + b"]" * levels + b"}")
        # Brackets in strings are no depth.
        self.assertEqual(rawjson.members(b'{"a":"' + b"[{" * 2000 + b'"}')["a"], '"' + "[{" * 2000 + '"')

    def test_agrees_with_json_on_generated_records(self):
        source = Input(7, [200], size=700)
        for seq in range(200):
            payload = base64.b64decode(source.record(0, seq).value)
            whole = json.loads(payload)
            self.assertEqual({k: json.loads(v) for k, v in rawjson.members(payload).items()}, whole)
            self.assertEqual((whole["id"], whole["seq"]), (f"r7:0:{seq}", seq))


class Patterns(unittest.TestCase):
    def test_rules(self):
        found = rawjson.members(
            b'{"type":"order.created","amount":12.5,"tags":["a","b"],"none":null,"yes":true,"in":{"x":1.0}}')
        for wanted, matched in (
            ({"type": ["order.created"]}, True), ({"type": ["other"]}, False), ({"missing": ["x"]}, False),
            ({"type": [{"prefix": "order."}]}, True), ({"type": [{"suffix": ".created"}]}, True),
            ({"type": [{"anything-but": ["order.created"]}]}, False), ({"type": [{"anything-but": "x"}]}, True),
            ({"amount": [{"numeric": [">=", 12.5]}]}, True), ({"amount": [{"numeric": [">", 10, "<", 12.5]}]}, False),
            ({"tags": ["b"]}, True), ({"tags": ["c"]}, False), ({"none": [None]}, True), ({"yes": [True]}, True),
            ({"missing": [{"exists": False}]}, True), ({"type": [{"exists": True}]}, True),
            ({"in": {"x": [1]}}, True), ({"in": {"x": [{"exists": False}]}}, False), ({"type": {"x": [1]}}, False),
        ):
            self.assertEqual(pattern.matches(wanted, found), matched, wanted)


class Generated(unittest.TestCase):
    def test_the_same_again_and_of_its_size(self):
        one, other = Input(3, [50, 50], odd=200_000, kinds=inputs.ODD), Input(3, [50, 50], odd=200_000, kinds=inputs.ODD)
        sizes = []
        for shard in range(2):
            for seq in range(50):
                self.assertEqual(one.record(shard, seq), other.record(shard, seq))
                if one.kind(shard, seq) is None:
                    sizes.append(len(one.record(shard, seq).value))
        self.assertNotEqual(one.record(0, 1), Input(4, [50]).record(0, 1))
        self.assertTrue(all(900 < size < 1100 for size in sizes), sizes)

    def test_every_kind_has_its_outcome(self):
        pipeline = Pipeline(transforms=SHAPES, sinks=[SinkSpec("out"), SinkSpec("file", lines=True)])
        fate = {
            inputs.NOT_BASE64: (DEAD, "decode"), inputs.NO_PADDING: (DEAD, "decode"), inputs.STRAY_BITS: (DEAD, "decode"),
            inputs.CUT: (DEAD, "transform:1"), inputs.TRAILING: (DEAD, "transform:1"),
            inputs.NO_OBJECT: (DEAD, "transform:1"), inputs.EMPTY: (DEAD, "transform:1"),
            inputs.NOT_UTF8: (DEAD, "transform:1"), inputs.TOMBSTONE: (DELIVERED, ""),
        }
        for kind, (what, stage) in fate.items():
            source = Input(5, [64], planted={(0, seq): kind for seq in range(64)})
            for seq in range(64):
                outcome = pipeline.outcomes(source.record(0, seq).value)["out"]
                self.assertEqual((outcome.what, outcome.stage), (what, stage), (kind, seq, source.record(0, seq)))
        self.assertEqual(pipeline.outcomes(None)["file"].what, FILTERED)

    def test_a_line_feed_is_poison_where_a_record_is_a_line(self):
        pipeline = Pipeline(decode="none", sinks=[SinkSpec("out"), SinkSpec("file", lines=True)])
        found = pipeline.outcomes(b"{\n}")
        self.assertEqual((found["out"].what, found["file"].what, found["file"].stage), (DELIVERED, DEAD, "sink:file"))

    def test_odd_but_good_records_are_delivered_or_filtered(self):
        pipeline = Pipeline(transforms=SHAPES, sinks=[SinkSpec("out")])
        for kind in (inputs.LONG, inputs.DEEP, inputs.TWICE, None):
            planted = {(0, seq): kind for seq in range(16)} if kind else {}
            source = Input(6, [16], planted=planted)
            seen = {pipeline.outcomes(source.record(0, seq).value)["out"].what for seq in range(16)}
            self.assertEqual(seen, {DELIVERED, FILTERED} | ({DEAD} if kind == inputs.DEEP else set()), kind)
        long = Input(6, [1], planted={(0, 0): inputs.LONG}).record(0, 0)
        self.assertAlmostEqual(len(long.value), 1 << 20, delta=2000)

    def test_the_second_of_two_members_does_not_count(self):
        source = Input(6, [16], planted={(0, seq): inputs.TWICE for seq in range(16)})
        pipeline = Pipeline(transforms=[{"project": {"id": "id"}}], sinks=[SinkSpec("out")])
        self.assertEqual(pipeline.outcomes(source.record(0, 3).value)["out"].payload, b'{"id":"r6:0:3"}')

    def test_base64url(self):
        pipeline = Pipeline(decode="base64url", sinks=[SinkSpec("out")])
        for value, payload in ((b"-_-_", b"\xfb\xff\xbf"), (b"QQ", b"A"), (b"QQ==", b"A"), (b"", b"")):
            self.assertEqual(pipeline.outcomes(value)["out"].payload, payload, value)
        for value in (b"+/+/", b"QQ=", b"QR", b"Q", b"QQ =="):
            self.assertEqual(pipeline.outcomes(value)["out"].what, DEAD, value)
