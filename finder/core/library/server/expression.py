"""Milvus' boolean expressions, written with every value escaped. Only this module writes them.

What was tried on a Milvus 2.3.5 server, and is the least that any server can:

- **Texts** stand in double quotes. In them `\\` and `"` need a backslash; a line break, or another
  control character, is accepted as an octal number (`\\012`) only. All else is itself: `'`, `%`,
  `_`, `?`, `$`, any script, emoji. `\\uXXXX` is understood, but not the surrogate pairs of JSON:
  `json.dumps` of an emoji is refused. Bytes that are no UTF-8 are refused, too.
- **Numbers** are from −(2⁶³ − 1) to 2⁶³ − 1; −2⁶³ is refused.
- **Comparing** texts is by their bytes in UTF-8, as SQLite does. Two fields compare
  (`width > height`), but no calculation does (`width * height > 9`, `width + 1 > 9`).
- **LIKE** knows only `prefix%`, and has no way to write a prefix with a backslash. So a prefix is
  written as two comparisons.
- **Operators**: `and`, `or`, `not` in lower case; `not` needs brackets around what it negates.
  No constant is an expression (`true`, `1 == 1`); what nothing fulfils is written as a comparison.
- **Length**: 400,000 numbers in one `in [...]` (7.6 MB) took 2.6 s, so the time of a list is that
  of its length. A chain of `or` takes the square of its length: 300 comparisons 0.2 s, 2,000 9 s.
  A text of a million characters and 1,000 nested brackets are accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

EVERYTHING: Final = ""
"""No condition."""
NOTHING: Final = "id == -1"
"""What no row of any collection fulfils: ids are 63-bit numbers."""
_LARGEST = (1 << 63) - 1


def text_literal(text: str) -> str:
    """A text as an expression has it. It has to be encodable in UTF-8 (see `path_text`)."""
    return '"' + "".join(map(_escaped, text)) + '"'


def number_literal(number: int) -> str:
    """A number; one that no field can have becomes the nearest that one can."""
    return str(max(-_LARGEST, min(_LARGEST, number)))


def compare(field: str, operator: str, value: str | int) -> str:
    literal = text_literal(value) if isinstance(value, str) else number_literal(value)
    return f"{field} {operator} {literal}"


def one_of(field: str, values: Iterable[str] | Iterable[int]) -> str:
    """The field has one of these values."""
    literals = [text_literal(v) if isinstance(v, str) else number_literal(v) for v in values]
    return f"{field} in [{', '.join(literals)}]" if literals else NOTHING


def begins_with(field: str, prefix: str) -> str:
    """The text field begins with this prefix, which does not end with U+10FFFF."""
    if not prefix:
        return EVERYTHING
    last = ord(prefix[-1]) + 1
    behind = prefix[:-1] + chr(0xE000 if 0xD800 <= last < 0xE000 else last)
    return all_of([compare(field, ">=", prefix), compare(field, "<", behind)])


def all_of(conditions: Iterable[str]) -> str:
    """All of these; EVERYTHING if there are none."""
    return _joined(" and ", [part for part in conditions if part])


def any_of(conditions: Iterable[str]) -> str:
    """At least one of these; NOTHING if there are none."""
    parts = list(conditions)
    if not parts:
        return NOTHING
    return EVERYTHING if EVERYTHING in parts else _joined(" or ", parts)


def negated(condition: str) -> str:
    return f"not ({condition})" if condition else NOTHING


def _joined(operator: str, parts: list[str]) -> str:
    return operator.join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)


def _escaped(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    return f"\\{ord(character):03o}" if ord(character) < 32 or character == "\x7f" else character
