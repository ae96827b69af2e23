"""Filters of a search: a folder, a span of days. Only this module compiles them to SQL.

A new criterion is a field of `Filter` and a function among those that `compile_filter` calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.records import below

_LAST_NS = (1 << 63) - 1


@dataclass(frozen=True)
class Filter:
    """Only pictures with a file in this folder (absolute path), taken on these days (ISO dates,
    both included). A picture without a date taken counts by its file's modification time."""

    folder: str | None = None
    taken_from: str | None = None
    taken_until: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == NO_FILTER


NO_FILTER = Filter()


@dataclass(frozen=True)
class Condition:
    """A WHERE condition over `file JOIN picture`, with the values of its placeholders."""

    sql: str
    parameters: tuple[str | bytes | int, ...] = ()


def compile_filter(filter: Filter) -> Condition:
    """One condition that a row fulfils when it fulfils every criterion of the filter."""
    conditions = [*_folder_condition(filter), *_taken_conditions(filter)]
    return Condition(
        " AND ".join(condition.sql for condition in conditions) or "TRUE",
        tuple(value for condition in conditions for value in condition.parameters),
    )


def parse_filter(folder: str | None, taken_from: str | None, taken_until: str | None) -> Filter:
    """A filter from what the user typed. Raises FinderError."""
    first, last = _parse_day(taken_from), _parse_day(taken_until)
    if first and last and first > last:
        raise FinderError(
            tr("No day is both after {first} and before {last}.").format(first=first, last=last),
            tr("Swap the two days."),
        )
    full = os.path.abspath(os.path.expanduser(folder)) if folder else None
    return Filter(full, first, last)


def _folder_condition(filter: Filter) -> Iterator[Condition]:
    if filter.folder:
        yield Condition(*below(filter.folder))


def _taken_conditions(filter: Filter) -> Iterator[Condition]:
    if filter.taken_from:
        day = filter.taken_from
        yield Condition(
            "iif(taken IS NULL, mtime_ns >= ?, date(taken) >= ?)", (_begin_of_day(day), day)
        )
    if filter.taken_until:
        day = filter.taken_until
        yield Condition(
            "iif(taken IS NULL, mtime_ns < ?, date(taken) <= ?)", (_begin_of_day(day, 1), day)
        )


def _begin_of_day(day: str, later: int = 0) -> int:
    """The local time at which an ISO date begins, or the day `later` days after it, in ns since
    1970. Limited to SQLite's integers. Before 1970 SQLite has neither historical time zones nor
    fractions of a second."""
    try:
        begin = datetime.combine(date.fromisoformat(day), time())
        begin += timedelta(days=later)
    except OverflowError:  # after 9999
        return _LAST_NS
    try:
        seconds = begin.timestamp()
    except (OSError, OverflowError, ValueError):  # Windows knows no time zone before 1970
        seconds = begin.replace(tzinfo=UTC).timestamp()
    return max(-_LAST_NS, min(_LAST_NS, round(seconds) * 1_000_000_000))


def _parse_day(day: str | None) -> str | None:
    """The day as YYYY-MM-DD, from any ISO 8601 notation."""
    try:
        return date.fromisoformat(day).isoformat() if day else None
    except ValueError as error:
        raise FinderError(
            tr("“{day}” is not a day.").format(day=day), tr("Write it like 2024-06-30.")
        ) from error
