"""A pipeline as the oracle understands it: the same transforms, written a second time and without haste."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Optional

from . import pattern, rawjson

DELIVERED, FILTERED, DEAD = "delivered", "filtered", "dead"


@dataclass(frozen=True)
class Outcome:
    """What becomes of one record at one sink."""

    what: str
    payload: Optional[bytes] = None
    stage: str = ""
    reason: str = ""


@dataclass
class SinkSpec:
    """A sink of the pipeline. One that writes a line a record can take neither tombstones nor a line feed, one that writes
    lengths only no tombstones."""

    name: str
    lines: bool = False
    frames: bool = False
    when: Optional[dict] = None
    transforms: list = field(default_factory=list)


class Dead(Exception):
    """A record that a stage cannot take."""

    def __init__(self, stage, reason):
        super().__init__(stage)
        self.stage = stage
        self.reason = reason


class Pipeline:
    """`transforms` as in the config: a list of one-key mappings, `filter` or `project`."""

    def __init__(self, *, decode="base64", transforms=(), sinks=()):
        self.decode = decode
        self.transforms = list(transforms)
        self.sinks = list(sinks)
        self._parsed = (None, None)

    def outcomes(self, value):
        """The Outcome at each sink, by its name, of a record with this value on the wire."""
        if value is None:
            return {s.name: Outcome(FILTERED if s.lines or s.frames else DELIVERED) for s in self.sinks}
        try:
            payload = self._chain(self._decoded(value), self.transforms, "transform:")
        except Dead as dead:
            return {s.name: Outcome(DEAD, stage=dead.stage, reason=dead.reason) for s in self.sinks}
        if payload is None:
            return {s.name: Outcome(FILTERED) for s in self.sinks}
        return {s.name: self._at(s, payload) for s in self.sinks}

    def _at(self, sink, payload):
        try:
            if sink.when is not None and not self._matches(sink.when, payload, f"sink:{sink.name}/when"):
                return Outcome(FILTERED)
            payload = self._chain(payload, sink.transforms, f"sink:{sink.name}/transform:")
        except Dead as dead:
            return Outcome(DEAD, stage=dead.stage, reason=dead.reason)
        if payload is None:
            return Outcome(FILTERED)
        if sink.lines and b"\n" in payload:
            return Outcome(DEAD, stage=f"sink:{sink.name}", reason="poison")
        return Outcome(DELIVERED, payload)

    def _decoded(self, value):
        if self.decode == "none":
            return value
        alphabet = b"-_" if self.decode == "base64url" else b"+/"
        try:
            padded = value + b"=" * (-len(value) % 4) if self.decode == "base64url" and b"=" not in value else value
            decoded = base64.b64decode(padded, altchars=alphabet, validate=True)
        except binascii.Error as problem:
            raise Dead("decode", "decode") from problem
        # What encodes to something else was not strict: stray bits, padding where none belongs.
        if base64.b64encode(decoded, altchars=alphabet) != padded:
            raise Dead("decode", "decode")
        return decoded

    def _chain(self, payload, transforms, stage):
        for number, transform in enumerate(transforms, 1):
            (name, argument), = transform.items()
            where = f"{stage}{number}"
            if name == "filter":
                if not self._matches(argument, payload, where):
                    return None
            elif name == "project":
                try:
                    payload = rawjson.project(self._members(payload), argument)
                except rawjson.NoObject as problem:
                    raise Dead(where, "transform") from problem
            elif name == "encode":
                payload = base64.b64encode(payload)
            else:
                raise ValueError(f"the oracle does not know {name}")
        return payload

    def _matches(self, wanted, payload, stage):
        try:
            return pattern.matches(wanted, self._members(payload))
        except rawjson.NoObject as problem:
            raise Dead(stage, "transform") from problem

    def _members(self, payload):
        """Of the very same payload once: a filter and a projection often read one after the other."""
        if self._parsed[0] is not payload:
            self._parsed = (payload, rawjson.members(payload))
        return self._parsed[1]
