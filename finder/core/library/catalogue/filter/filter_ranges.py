"""Ranges of days and numbers in a filter's text: `2024`, `2024-06`, `2MB`, `20MP`, `1..5`."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Span

_BETWEEN = ".."
_MOST = (1 << 63) - 1  # SQLite's largest integer
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(b|p|px)?", re.IGNORECASE | re.ASCII)
_MILLIONS = {"bytes": "MB", "pixels": "MP"}
_ENDINGS = {
    "width": ("", "PX"),
    "height": ("", "PX"),
    "pixels": ("", "P", "PX"),
    "bytes": ("", "B"),
}

Value = TypeVar("Value", str, int)


@dataclass(frozen=True)
class Bounds(Generic[Value]):
    """From least to most, both included; None: without that bound."""

    least: Value | None = None
    most: Value | None = None

    def narrowed(self, other: Bounds[Value]) -> Bounds[Value]:
        """What is in both."""
        least = [bound for bound in (self.least, other.least) if bound is not None]
        most = [bound for bound in (self.most, other.most) if bound is not None]
        return Bounds(max(least, default=None), min(most, default=None))

    @property
    def is_empty(self) -> bool:
        return self.least is not None and self.most is not None and self.least > self.most


# Days


def read_days(operator: str, text: str) -> Bounds[str]:
    """The days that a condition like “>=2024-06” allows, as ISO dates. Raises FinderError."""
    if operator in (":", "=") and _BETWEEN in text:
        first, last = text.split(_BETWEEN, 1)
        return Bounds(_period(first)[0].isoformat(), _period(last)[1].isoformat())
    first_day, last_day = _period(text)
    try:
        if operator == ">":
            return Bounds((last_day + timedelta(days=1)).isoformat())
        if operator == "<":
            return Bounds(None, (first_day - timedelta(days=1)).isoformat())
    except OverflowError as error:  # before the year 1, or after 9999
        raise _no_day(text) from error
    first, last = first_day.isoformat(), last_day.isoformat()
    return Bounds(None if operator == "<=" else first, None if operator == ">=" else last)


def _period(text: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day (in any ISO notation)."""
    try:
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            year, month = int(text[:4]), int(text[5:])
            first = date(year, month, 1)
            return first, first.replace(day=monthrange(year, month)[1])
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _no_day(text) from error
    return day, day


def _no_day(text: str) -> FinderError:
    return FinderError(
        tr("“{day}” is not a day.").format(day=text),
        tr("Write it like 2024-06-30, 2024-06 or 2024."),
    )


def days_text(key: str, first: str | None, last: str | None) -> Iterator[str]:
    """The condition for these days, as short as it can be; nothing if both are None."""
    if first and last:
        whole = next((p for p in _periods_from(first) if _period(p)[1].isoformat() == last), None)
        yield f"{key}:{whole}" if whole else f"{key}:{first}{_BETWEEN}{last}"
    elif first:
        yield f"{key}>={first}"
    elif last:
        yield f"{key}<={last}"


def _periods_from(first: str) -> list[str]:
    """The year, the month and the day that begin with this day."""
    return [p for p in (first[:4], first[:7], first) if _period(p)[0].isoformat() == first]


# Numbers


def read_span(key: str, operator: str, text: str) -> Bounds[int]:
    """The numbers that a condition like “>2MB” allows. Raises FinderError."""
    if operator in (":", "=") and _BETWEEN in text:
        least, most = (_number(key, part) for part in text.split(_BETWEEN, 1))
        return Bounds(least, most)
    number = _number(key, text)
    if operator == ">=":
        return Bounds(number)
    if operator == "<=":
        return Bounds(None, number)
    if operator == ">":
        return Bounds(number + 1)
    if operator == "<":
        return Bounds(None, number - 1)
    return Bounds(number, number)


def _number(key: str, text: str) -> int:
    match = _NUMBER.fullmatch(text.strip())
    if match is None or (match[3] or "").upper() not in _ENDINGS[key]:
        raise FinderError(
            tr("“{text}” is not a number for {key}.").format(text=text, key=key),
            tr("Write it like {example}.").format(example=_EXAMPLES[key]),
        )
    whole, _, fraction = match[1].partition(".")
    unit = _UNITS[match[2].lower()]
    number = int(whole) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)
    return min(number, _MOST - 1)


_EXAMPLES = {"width": "2000", "height": "2000", "pixels": "20MP", "bytes": "2MB"}


def span_text(key: str, span: Span) -> Iterator[str]:
    """The condition for this range; nothing if it has no bounds."""
    least, most = (
        None if bound is None else _number_text(key, bound) for bound in (span.least, span.most)
    )
    if least is not None and most is not None:
        yield f"{key}:{least}" if least == most else f"{key}:{least}{_BETWEEN}{most}"
    elif least is not None:
        yield f"{key}>={least}"
    elif most is not None:
        yield f"{key}<={most}"


def _number_text(key: str, number: int) -> str:
    if key in _MILLIONS and 10**5 <= number < 10**11 and number % 10**5 == 0:
        return f"{number / 10**6:g}{_MILLIONS[key]}"  # exact: at most six digits
    return str(number)
