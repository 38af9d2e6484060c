"""JSON objects as slices of their text: what `project` copies byte for byte, and what a filter compares."""

import functools
import json
import re

#: Payloads that are nested deeper are dead letters; the outermost object is the first level.
DEEPEST = 1024


class NoObject(ValueError):
    """The payload is not exactly one JSON object."""


def _no_constant(name):
    raise NoObject(f"{name} is no JSON")


_space = re.compile(r"[ \t\n\r]*").match
#: A name without escapes, up to its value; and what stands between a value and the next member. Most members are written
#: so, and one step over each is three times as fast as going piece by piece.
_plain_name = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*').match
_between = re.compile(r"[ \t\n\r]*,[ \t\n\r]*").match
_scan_value = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_constant).scan_once
_scan_string = json.decoder.scanstring
_structure = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def members(payload):
    """The members of the object that `payload` holds, by name: (text of the value as it stands). Of duplicate names the
    first counts. Raises NoObject when the bytes are anything but one object and white space."""
    try:
        text = payload.decode("utf-8")
        return _object(text)
    except (UnicodeDecodeError, StopIteration, IndexError, json.JSONDecodeError) as problem:
        raise NoObject(str(problem)) from problem


def _object(text):
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise NoObject(f"deeper than {DEEPEST}")
    at = _space(text).end()
    found, at = _members_at(text, at)
    if _space(text, at).end() != len(text):
        raise NoObject("something follows the object")
    return found


def _members_at(text, at):
    if text[at] != "{":
        raise NoObject("no object")
    at = _space(text, at + 1).end()
    found = {}
    if text[at] == "}":
        return found, at + 1
    while True:
        plain = _plain_name(text, at)
        name, at = (plain[1], plain.end()) if plain else _name_at(text, at)
        end = _end_of_value(text, at)
        found.setdefault(name, text[at:end])
        between = _between(text, end)
        if between:
            at = between.end()
            continue
        at = _space(text, end).end()
        if text[at] != "}":
            raise NoObject("a comma was expected")
        return found, at + 1


def _name_at(text, at):
    """A name with escapes, or none, and where its value begins."""
    if text[at] != '"':
        raise NoObject("a name was expected")
    name, at = _scan_string(text, at + 1, True)
    at = _space(text, at).end()
    if text[at] != ":":
        raise NoObject("a colon was expected")
    return name, _space(text, at + 1).end()


def _depth(text):
    """How deep the brackets go."""
    depth = deepest = 0
    for found in _structure.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def _end_of_value(text, at):
    try:
        return _scan_value(text, at)[1]
    except RecursionError:
        # Deeper than Python's scanner goes: by its brackets alone.
        depth = 0
        for found in _structure.finditer(text, at):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
            if depth == 0:
                return found.end()
        raise NoObject("a bracket stays open") from None


def at_path(found, path):
    """The text at a dotted path below the members, or None where it does not lead anywhere."""
    steps = path.split(".")
    for step in steps[:-1]:
        inner = found.get(step)
        if inner is None or not inner.startswith("{"):
            return None
        found, _ = _members_at(inner, 0)
    return found.get(steps[-1])


def project(found, fields):
    """A new object of the raw slices at `fields` (name to path), absent ones left out."""
    parts = []
    for name, path in fields.items():
        text = at_path(found, path)
        if text is not None:
            parts.append(_quoted(name) + ":" + text)
    return ("{" + ",".join(parts) + "}").encode()


@functools.cache
def _quoted(name):
    return json.dumps(name, ensure_ascii=False)
