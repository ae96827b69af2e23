"""Typed values out of a parsed TOML table, and values as TOML text.

Each reader raises KeyError for a missing key, and ValueError with a sentence fragment in the user's
language that names the key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from finder.core.i18n import tr

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def get_table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = table[key]
    if not isinstance(value, dict):
        raise ValueError(tr("{key} must be a table, [{key}]").format(key=key))
    return value


def get_text(table: Mapping[str, Any], key: str) -> str:
    """Without white space around it; not empty."""
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(tr("{key} must be text").format(key=key))
    return value.strip()


def get_integer(table: Mapping[str, Any], key: str, most: int) -> int:
    """From 1 to `most`."""
    value = table[key]
    if type(value) is not int or not 1 <= value <= most:  # bool is an int, too
        raise ValueError(tr("{key} must be a whole number from 1 to {n}").format(key=key, n=most))
    return value


def get_share(table: Mapping[str, Any], key: str) -> float:
    """From 0.1 to 1."""
    value = table[key]
    if type(value) not in (int, float) or not 0.1 <= value <= 1:
        raise ValueError(tr("{key} must be a number from 0.1 to 1").format(key=key))
    return float(value)


def get_choice(table: Mapping[str, Any], key: str, choices: Sequence[str]) -> str:
    value = get_text(table, key)
    if value not in choices:
        raise ValueError(
            tr("{key} must be one of {choices}").format(key=key, choices=", ".join(choices))
        )
    return value


def get_triple(table: Mapping[str, Any], key: str) -> tuple[float, float, float]:
    """Three finite numbers."""
    value = table[key]
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 3 or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        raise ValueError(tr("{key} must be three numbers").format(key=key))
    red, green, blue = (float(n) for n in numbers)
    return red, green, blue


def to_toml(table: Mapping[str, Any]) -> str:
    """A document: the table's own values first, then one section for each table in it; tables
    within these are written inline. `tomllib.loads` returns the same table."""
    sections = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    own = {key: value for key, value in table.items() if key not in sections}
    blocks = [_lines(own)] if own else []
    blocks += [f"[{_key(key)}]\n{_lines(values)}" for key, values in sections.items()]
    return "\n".join(blocks)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, (int, float)):
        return repr(value)  # also “inf” and “nan”
    raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    """A JSON string is a TOML string, except for DEL, which TOML requires to be escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
