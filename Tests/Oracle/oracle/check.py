"""Compares what arrived with what was expected, and words every difference."""

import re
from collections import Counter
from typing import NamedTuple, Optional

_name_in_payload = re.compile(rb'"id"\s*:\s*"([^":]*):(\d+):(\d+)"').search
_name_in_key = re.compile(rb"([^:]+):(\d+):(\d+)").fullmatch
_rfc3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)").fullmatch


class Seen(NamedTuple):
    """One record as it was found: `place` is the output partition or the file."""

    place: object
    key: Optional[bytes]
    value: Optional[bytes]
    headers: list
    offset: int = -1
    timestamp: int = -1


class Report:
    """Faults by kind, with the first few of each in words."""

    def __init__(self, name):
        self.name = name
        self.faults = Counter()
        self.words = []
        self.delivered = 0
        self.duplicates = 0
        self.jumps = Counter()
        #: The farthest that any shard went back, in records from the furthest that had been reached.
        self.window = 0

    def fault(self, kind, text):
        self.faults[kind] += 1
        if self.faults[kind] <= 5:
            self.words.append(f"{self.name}: {kind}: {text}")

    def __bool__(self):
        return not self.faults

    def __str__(self):
        if self:
            return f"{self.name}: {self.delivered} right, {self.duplicates} again"
        total = ", ".join(f"{count} {kind}" for kind, count in sorted(self.faults.items()))
        return "\n".join([f"{self.name}: {total}"] + self.words)


def identify(source, value, key):
    """(shard, seq) of the input record that a delivery was made of, or None."""
    found = _name_in_payload(value) if value else None
    if found is None and key:
        found = _name_in_key(key)
    if found is None or found[1].decode() != source.run:
        return None
    shard, seq = int(found[2]), int(found[3])
    return (shard, seq) if shard < len(source.counts) and seq < source.counts[shard] else None


def check_sink(
    expected, sink, seen, *, place=None, restarts=0, duplicates=None, keys=True, headers=True, complete=True, ordered=True
):
    """Every expected record is there, no other, unaltered, and in shard order at every place.

    `seen` yields Seen in the order of each place. `place(shard, envelope)` says where a record belongs; None checks only
    that the records of one key stay together. `restarts` is how often, at most, a shard may have been taken up again
    from an earlier record (what a crash causes); `duplicates` bounds the records that came again (default: none without
    restarts, any number with them). `complete` may be False for a look before the end, and
    `ordered` where selections were sent one after the other.
    """
    report = Report(f"sink {sink}")
    source = expected.source
    had = [bytearray(count) for count in source.counts]
    first = {}
    last = {}
    homes = {}
    for one in seen:
        name = identify(source, one.value, one.key)
        if name is None:
            report.fault("foreign", f"{one.place}:{one.offset} is of no input record: {shown_short(one)}")
            continue
        shard, seq = name
        label = f"{shard}:{seq}"
        wrong = expected.accepts(sink, shard, seq, one.value)
        if wrong:
            report.fault("altered" if wrong.startswith("payload") else "unexpected", f"{label} at {one.place}:{one.offset} {wrong}")
        elif had[shard][seq]:
            report.duplicates += 1
        else:
            report.delivered += 1
            if ordered and seq < first.get((one.place, shard), -1):
                report.fault("disorder", f"{label} at {one.place}:{one.offset} first came after {shard}:{first[one.place, shard]}")
        had[shard][seq] = 1
        first[one.place, shard] = max(first.get((one.place, shard), -1), seq)
        if seq <= last.get((one.place, shard), -1):
            report.jumps[one.place, shard] += 1
            report.window = max(report.window, first[one.place, shard] - seq + 1)
        last[one.place, shard] = seq
        if keys or headers or place:
            record = source.envelope(shard, seq)
            if keys and one.key != record.key:
                report.fault("key", f"{label} has key {one.key}, not {record.key}")
            if headers and list(one.headers or []) != record.headers:
                report.fault("headers", f"{label} has headers {one.headers}, not {record.headers}")
            if place is not None:
                belongs = place(shard, record)
                if belongs is not None and belongs != one.place:
                    report.fault("misplaced", f"{label} is at {one.place}, not {belongs}")
            elif record.key is not None and homes.setdefault(record.key, one.place) != one.place:
                report.fault("misplaced", f"key {record.key} is at {one.place} and at {homes[record.key]}")
    if complete:
        _check_lost(expected, sink, had, report)
    for (where, shard), count in report.jumps.items():
        if count > restarts:
            report.fault("again", f"shard {shard} at {where} went back {count} times with {restarts} restarts")
    bound = (0 if restarts == 0 else None) if duplicates is None else duplicates
    if bound is not None and report.duplicates > bound:
        report.fault("duplicate", f"{report.duplicates} records came again, at most {bound} may")
    return report


def _check_lost(expected, sink, had, report):
    for shard, seqs in enumerate(had):
        marks = expected.marks[sink][shard]
        start = None
        for seq in range(len(seqs) + 1):
            missing = seq < len(seqs) and not seqs[seq] and marks[seq] not in (0, 1)
            if missing:
                start = seq if start is None else start
                report.faults["lost"] += 1
            elif start is not None:
                report.words.append(f"{report.name}: lost: {shard}:{start} to {shard}:{seq - 1}") if len(report.words) < 20 else None
                start = None


def check_dead(expected, seen, *, group, pipeline, partitions, once=True, complete=True, offsets=None, timestamps=None):
    """The dead letters are exactly those expected: original bytes, key and headers, and headers that tell the truth.

    `offsets(shard, seq)` is the source offset of a record (default: seq). `once` is False where a crash may have
    written a letter twice.
    """
    report = Report("dead letters")
    source = expected.source
    had = Counter()
    fingerprints = {}
    to_seq = {}
    for one in seen:
        own = {k.removeprefix("millrace."): v for k, v in one.headers or [] if k.startswith("millrace.")}
        rest = [(k, v) for k, v in one.headers or [] if not k.startswith("millrace.")]
        try:
            text = {k: v.decode() for k, v in own.items()}
            shard, offset = int(text["origin-partition"]), int(text["origin-offset"])
        except (KeyError, ValueError, AttributeError) as problem:
            report.fault("headers", f"letter {one.place}:{one.offset} names no origin ({problem!r}): {sorted(own)}")
            continue
        seq = offset
        if offsets is not None:
            if shard not in to_seq:
                to_seq[shard] = {offsets(shard, n): n for n in range(source.counts[shard])}
            seq = to_seq[shard].get(offset, -1)
        label = f"{shard}:{offset} ({text.get('stage')}, {text.get('reason')}: {text.get('error')})"
        stages = expected.dead.get((shard, seq))
        if stages is None or text.get("stage") not in stages:
            report.fault("unexpected", f"{label}; expected {stages or 'no letter'}")
            continue
        had[shard, seq, text["stage"]] += 1
        report.delivered += 1
        record = source.record(shard, seq)
        if (one.key, one.value) != (record.key, record.value):
            report.fault("altered", f"{label}: key or payload is not the original's")
        if rest != record.headers:
            report.fault("headers", f"{label}: original headers {rest}, not {record.headers}")
        if one.place != shard % partitions:
            report.fault("misplaced", f"{label} is in partition {one.place}, not {shard % partitions}")
        wanted = {"origin-topic": expected.topic, "group": group, "pipeline": pipeline, "redrives": "0"}
        if timestamps is not None:
            wanted["origin-timestamp"] = str(timestamps[shard, seq])
        _check_letter(report, label, text, stages[text["stage"]], wanted)
        key = (text.get("stage"), text.get("error"))
        if fingerprints.setdefault(key, text.get("fingerprint")) != text.get("fingerprint"):
            report.fault("headers", f"{label}: like errors have different fingerprints")
    for (shard, seq), stages in expected.dead.items():
        for stage in stages:
            count = had[shard, seq, stage]
            if count == 0 and complete:
                report.fault("lost", f"no letter of {shard}:{seq} at {stage}")
            elif count > 1:
                report.duplicates += count - 1
                if once:
                    report.fault("duplicate", f"{count} letters of {shard}:{seq} at {stage}")
    return report


def _check_letter(report, label, text, reasons, wanted):
    for name, value in wanted.items():
        if text.get(name) != value:
            report.fault("headers", f"{label}: {name} is {text.get(name)!r}, not {value!r}")
    if text.get("reason") not in reasons:
        report.fault("headers", f"{label}: reason is {text.get('reason')!r}, not one of {sorted(reasons)}")
    error = text.get("error", "")
    if not error or len(error.encode()) > 512 or any(ord(c) < 32 or ord(c) == 127 for c in error):
        report.fault("headers", f"{label}: error is empty, too long, or holds control characters: {error!r}")
    attempts = text.get("attempts", "")
    at_sink = text["stage"].startswith("sink:") and "/" not in text["stage"]
    if not attempts.isdecimal() or (attempts != "0") != at_sink and text.get("reason") != "too-large":
        report.fault("headers", f"{label}: attempts is {attempts!r}")
    if set(text.get("bisection", "")) - set("LR"):
        report.fault("headers", f"{label}: bisection is {text['bisection']!r}")
    if not text.get("fingerprint"):
        report.fault("headers", f"{label}: no fingerprint")
    if not _rfc3339(text.get("failed-at", "")):
        report.fault("headers", f"{label}: failed-at is {text.get('failed-at')!r}")
    if not text.get("origin-timestamp", "").isdecimal():
        report.fault("headers", f"{label}: origin-timestamp is {text.get('origin-timestamp')!r}")
    known = {
        "origin-topic", "origin-partition", "origin-offset", "origin-timestamp", "group", "pipeline", "stage", "reason",
        "error", "attempts", "bisection", "fingerprint", "failed-at", "redrives", "payload",
    }
    if set(text) - known:
        report.fault("headers", f"{label}: unknown {sorted(set(text) - known)}")


def shown_short(one):
    """Enough of a record to recognise it."""
    return f"key {one.key}, {len(one.value) if one.value is not None else 'no'} bytes {(one.value or b'')[:40]!r}"
