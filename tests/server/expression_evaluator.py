"""Milvus' expressions over plain rows, as far as `expression` writes them. As strict as a server:
whatever else an expression has is refused."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping

Value = str | int
Row = Mapping[str, Value]
_Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r' *(?:(?P<text>"(?:[^"\\\x00-\x1f\x7f]|\\["\\]|\\[0-7]{3})*")|(?P<number>-?[0-9]+)'
    r"|(?P<word>[a-z_]+)|(?P<sign>==|>=|<=|>|<|[()\[\],]))"
)
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_LARGEST = (1 << 63) - 1
_COMPARISONS: Mapping[str, Callable[[bytes | int, bytes | int], bool]] = {
    "==": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def fulfils(expression: str, row: Row) -> bool:
    """Whether the row fulfils the expression. An empty one is fulfilled by all."""
    return bool(fulfilled_by([row], expression))


def fulfilled_by(rows: Iterable[Row], expression: str) -> list[Row]:
    """The rows that fulfil the expression."""
    test = _Parser(expression).test() if expression else lambda row: True
    return [row for row in rows if test(row)]


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(expression):
            match = _TOKEN.match(expression, at)
            assert match and match.lastgroup, f"no token: {expression[at:]!r}"
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()

    def test(self) -> _Test:
        test = self._any()
        assert not self._tokens, f"something follows: {self._tokens}"
        return test

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._skip("or"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> _Test:
        tests = [self._one()]
        while self._skip("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> _Test:
        if self._skip("not"):
            assert self._tokens[0] == ("sign", "("), "not op can only be applied on boolean"
            negated = self._one()
            return lambda row: not negated(row)
        if self._skip("("):
            test = self._any()
            assert self._skip(")")
            return test
        return self._comparison()

    def _comparison(self) -> _Test:
        kind, field = self._tokens.pop(0)
        assert kind == "word", field
        if self._skip("in"):
            values = self._values()
            return lambda row: _comparable(row[field]) in values
        compare = _COMPARISONS[self._tokens.pop(0)[1]]
        if self._tokens[0][0] == "word":
            other = self._tokens.pop(0)[1]
            return lambda row: compare(_comparable(row[field]), _comparable(row[other]))
        value = self._value()
        return lambda row: compare(_comparable(row[field]), value)

    def _values(self) -> list[bytes | int]:
        assert self._skip("[")
        values = [self._value()]
        while self._skip(","):
            values.append(self._value())
        assert self._skip("]")
        return values

    def _value(self) -> bytes | int:
        kind, text = self._tokens.pop(0)
        if kind == "number":
            assert -_LARGEST <= int(text) <= _LARGEST, "value out of range"
            return int(text)
        assert kind == "text", text
        return _comparable(_ESCAPE.sub(_character, text[1:-1]))

    def _skip(self, wanted: str) -> bool:
        is_next = bool(self._tokens) and self._tokens[0][0] != "text"
        is_next = is_next and self._tokens[0][1] == wanted
        if is_next:
            self._tokens.pop(0)
        return is_next


def _character(match: re.Match[str]) -> str:
    return match[1] if len(match[1]) == 1 else chr(int(match[1], 8))


def _comparable(value: Value) -> bytes | int:
    """Texts compare by their bytes, and never with numbers (a TypeError)."""
    return value.encode() if isinstance(value, str) else value
