"""Seeded input: every record can be made again from (seed, shard, seq), so nothing of it has to be kept."""

import base64
import json
import zlib
from typing import NamedTuple, Optional

from .mix import mix

COUNTRIES = ("DE", "FR", "IT", "US", "JP")
TYPES = ("order.created", "order.created", "order.created", "order.shipped", "audit")
NOTES = ("", "plain", "gr\u00fc\u00dfe \u2713 \U0001f40e", "quote \" and \\ and \n line", "{\"not\": [\"structure\"]}")
#: As JSON, with the letters as they are and escaped.
NOTE_TEXTS = [[json.dumps(note, ensure_ascii=escaped) for note in NOTES] for escaped in (False, True)]

#: What can be wrong with a record, or merely odd about it.
NOT_BASE64 = "not-base64"
NO_PADDING = "no-padding"
STRAY_BITS = "stray-bits"
CUT = "cut"
TRAILING = "trailing"
NO_OBJECT = "no-object"
EMPTY = "empty"
NOT_UTF8 = "not-utf8"
TOMBSTONE = "tombstone"
LONG = "long"
DEEP = "deep"
TWICE = "member-twice"
POISON = (NOT_BASE64, NO_PADDING, STRAY_BITS, CUT, TRAILING, NO_OBJECT, EMPTY, NOT_UTF8)
ODD = POISON + (TOMBSTONE, DEEP, TWICE)


class Record(NamedTuple):
    """A record as it goes onto the wire."""

    key: Optional[bytes]
    value: Optional[bytes]
    headers: list


class Envelope(NamedTuple):
    """What is around a record's value."""

    key: Optional[bytes]
    headers: list


class Input:
    """`counts[shard]` records a shard. `odd` of a million are of one of the `kinds`, drawn by the seed; `planted`
    says it outright for single records: {(shard, seq): kind}."""

    def __init__(self, seed, counts, *, size=1024, odd=0, kinds=POISON, planted=None, keys=61, long_bytes=1 << 20):
        self.seed = seed
        self.run = f"r{seed}"
        self.counts = list(counts)
        self.size = size
        self.odd = odd
        self.kinds = tuple(kinds)
        self.planted = dict(planted or {})
        self.keys = keys
        self.long_bytes = long_bytes
        # Padding is cut from here at a place of its own for each record: unlike enough, and cheap.
        self.pool = "".join(f"{mix(seed, n):016x}" for n in range(4096))

    @property
    def total(self):
        return sum(self.counts)

    def name(self, shard, seq):
        """What identifies a record in every payload made of it."""
        return f"{self.run}:{shard}:{seq}"

    def kind(self, shard, seq):
        """The kind of a record, or None for a good one."""
        if self.planted:
            found = self.planted.get((shard, seq))
            if found is not None:
                return found
        if self.odd:
            drawn = mix(self.seed, shard, seq)
            if drawn % 1_000_000 < self.odd:
                return self.kinds[(drawn >> 40) % len(self.kinds)]
        return None

    def record(self, shard, seq):
        """The record as it is produced to partition `shard`, the `seq`-th there."""
        kind = self.kind(shard, seq)
        drawn = mix(seq, shard, self.seed)
        around = self._around(kind, shard, seq, drawn)
        if kind is None:
            return Record(around.key, base64.b64encode(self.payload(shard, seq, drawn)), around.headers)
        return Record(around.key, self._odd_value(kind, shard, seq, drawn), around.headers)

    def envelope(self, shard, seq):
        """Key and headers of the record, without the work of its value; a kind of input with records of its own is asked
        for the record."""
        if type(self).record is not Input.record:
            whole = self.record(shard, seq)
            return Envelope(whole.key, whole.headers)
        return self._around(self.kind(shard, seq), shard, seq, mix(seq, shard, self.seed))

    def _around(self, kind, shard, seq, drawn):
        headers = [("trace", b"%x" % drawn), ("seq", b"%d" % seq)] if drawn % 16 == 0 else []
        key = b"%d-%d" % (shard, (drawn >> 8) % self.keys) if kind is None else self.name(shard, seq).encode()
        return Envelope(key, headers)

    def payload(self, shard, seq, drawn):
        """A good record's JSON, about `size` bytes once it is base64."""
        wanted = self.size * 3 // 4
        note = NOTE_TEXTS[drawn >> 20 & 1][(drawn >> 16) % len(NOTES)]
        head = (
            f'"id":"{self.name(shard, seq)}","shard":{shard},"seq":{seq},"type":"{TYPES[(drawn >> 24) % len(TYPES)]}",'
            f'"amount":{(drawn >> 28) % 20000 / 100},"address":{{"country":"{COUNTRIES[(drawn >> 44) % 5]}","zip":"{drawn >> 50}"}},'
            f'"note":{note},"tags":["a","b{drawn % 7}"],"none":null'
        )
        start = (drawn >> 5) % 60000
        missing = wanted - len(head) - 30
        while start + missing > len(self.pool):
            # Larger than the pool holds from there: repeat it.
            return self._sealed(head, (self.pool * (missing // len(self.pool) + 1))[:missing], drawn)
        return self._sealed(head, self.pool[start : start + max(missing, 0)], drawn)

    def _sealed(self, head, pad, drawn):
        """Closes the object with a checksum over what stands before it; every eighth with white space in between."""
        body = f'{{{head},"pad":"{pad}"'
        if drawn & 7 == 0:
            body = body.replace(',"address":{"', ' ,\t"address": { "').replace(',"tags":', ',\n  "tags" :  ')
        encoded = body.encode()
        return b'%s,"sum":"%08x"}' % (encoded, zlib.crc32(encoded))

    def _odd_value(self, kind, shard, seq, drawn):
        good = self.payload(shard, seq, drawn)
        if kind == TOMBSTONE:
            return None
        if kind == EMPTY:
            return b""
        if kind == NOT_BASE64:
            return (b"this is !! not base64", b"%%%", base64.b64encode(good)[:-8] + b"*" + b"AAA=", b"\xff\xfe\x00")[drawn % 4]
        if kind == NO_PADDING:
            return base64.b64encode(good + b" " * (4 - len(good) % 3)).rstrip(b"=") if drawn % 2 else b"QUJ"
        if kind == STRAY_BITS:
            return b"QUF="[:3] + b"=" if drawn % 2 else b"QR=="
        return base64.b64encode(self._odd_payload(kind, good, shard, seq, drawn))

    def _odd_payload(self, kind, good, shard, seq, drawn):
        if kind == CUT:
            return good[: 1 + drawn % (len(good) - 1)]
        if kind == TRAILING:
            return good + (b" x", b"}", good, b",")[drawn % 4]
        if kind == NO_OBJECT:
            return (b"[1,2]", b'"text"', b"42", b"null", b"[" + good + b"]")[drawn % 5]
        if kind == NOT_UTF8:
            return good[:-1] + b',"bytes":"\xff\xc0"}'
        if kind == LONG:
            return self._sealed(good[1:-1].decode().rpartition(',"pad"')[0], "x" * (self.long_bytes * 3 // 4 - 900), drawn)
        if kind == DEEP:
            levels = (900, 1023, 1024, 100_000)[drawn % 4]
            return b'{"deep":' + b"[" * levels + b"]" * levels + b"," + good[1:]
        if kind == TWICE:
            return good[:-1] + b',"id":"the second","amount":-1}'
        raise ValueError(f"no such kind: {kind}")
