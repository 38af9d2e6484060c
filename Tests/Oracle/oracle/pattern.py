"""The part of EventBridge's patterns that the cases use, after AWS's documentation of them."""

from decimal import Decimal
import json

from . import rawjson

_exactly = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode

_COMPARE = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def matches(pattern, found):
    """Whether the members (of rawjson.members) match: every key of the pattern by at least one of its alternatives."""
    for name, wanted in pattern.items():
        text = found.get(name)
        if isinstance(wanted, dict):
            if text is None or not text.startswith("{"):
                inner = {}
            else:
                inner = rawjson.members(text.encode())
            if not matches(wanted, inner):
                return False
        elif not any(_alternative(one, text) for one in wanted):
            return False
    return True


def _alternative(wanted, text):
    if isinstance(wanted, dict):
        (rule, argument), = wanted.items()
        if rule == "exists":
            return (text is not None) == argument
    if text is None:
        return False
    value = _exactly(text)
    values = value if isinstance(value, list) else [value]
    return any(_value(wanted, one) for one in values)


def _value(wanted, value):
    if not isinstance(wanted, dict):
        if isinstance(wanted, bool) or wanted is None or isinstance(value, bool) or value is None:
            return wanted is value
        if isinstance(wanted, (int, float)):
            return isinstance(value, Decimal) and Decimal(str(wanted)) == value
        return wanted == value
    (rule, argument), = wanted.items()
    if rule == "prefix":
        return isinstance(value, str) and value.startswith(argument)
    if rule == "suffix":
        return isinstance(value, str) and value.endswith(argument)
    if rule == "anything-but":
        refused = argument if isinstance(argument, list) else [argument]
        return not any(_value(one, value) for one in refused)
    if rule == "numeric":
        return isinstance(value, Decimal) and all(
            _COMPARE[sign](value, Decimal(str(bound))) for sign, bound in zip(argument[::2], argument[1::2])
        )
    raise ValueError(f"the oracle does not know {rule}")
