"""Filters compiled to SQL. Only this module does so.

A new criterion is a field of `Filter`, a condition here and a key in `filter_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from finder.core.library.catalogue.filter.picture_filter import (
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.library.catalogue.folded_text import END_OF_NAME, folded
from finder.core.library.catalogue.records import LOCAL_PATH, begins_with
from finder.core.library.server.folder_scope import NOT_SHARED, Here, Scope, scopes, scopes_here

_LAST_NS = (1 << 63) - 1
_STORED_FORMATS = {"JPEG": ("JPEG", "MPO"), "BMP": ("BMP", "DIB")}
"""Pillow has two names for what is one format to the user."""


@dataclass(frozen=True)
class Condition:
    """A WHERE condition, with the values of its placeholders."""

    sql: str = "TRUE"
    parameters: tuple[str | bytes | int, ...] = ()

    @property
    def is_always(self) -> bool:
        return self.sql == "TRUE"


@dataclass(frozen=True)
class CompiledFilter:
    """A filter as four conditions, each over the columns of one table.

    A picture passes if it fulfils `picture`, and has a file that fulfils `file`; and if either it
    fulfils `taken`, or it has no date taken and that file fulfils `instead`.
    """

    picture: Condition = Condition()
    file: Condition = Condition()
    taken: Condition = Condition()
    instead: Condition = Condition()

    @property
    def of_one_file(self) -> Condition:
        """Over `file`: whether it fulfils the filter, for a file whose picture passes."""
        if self.instead.is_always:
            return self.file
        undated = Condition("(SELECT taken FROM picture WHERE id = file.picture) NOT NULL")
        return _all([self.file, _any([undated, self.instead])])


def compile_filter(filter: Filter, here: Here = NOT_SHARED) -> CompiledFilter:
    """here: its folders that are offline are only asked for `filter.available`."""
    return CompiledFilter(
        picture=_all(_of_picture(filter)),
        file=_all(_of_file(filter, here)),
        taken=_all(_taken(filter)),
        instead=_all(_changed(filter.taken_from, filter.taken_until)),
    )


def _of_picture(filter: Filter) -> Iterator[Condition]:
    if filter.formats:
        names = stored_formats(filter.formats)
        yield Condition(f"format IN ({', '.join('?' * len(names))})", tuple(names))
    yield from _within("width", filter.width)
    yield from _within("height", filter.height)
    yield from _within("width * height", filter.pixels)
    if filter.orientations:
        yield _any(Condition(_ORIENTATIONS[orientation]) for orientation in filter.orientations)


_ORIENTATIONS = {
    Orientation.LANDSCAPE: "width > height",
    Orientation.PORTRAIT: "width < height",
    Orientation.SQUARE: "width = height",
}


def _of_file(filter: Filter, here: Here) -> Iterator[Condition]:
    if filter.folders:
        yield _in_any(filter.folders, here)
    if filter.not_folders:
        yield _not(_in_any(filter.not_folders, here))
    yield from _changed(filter.changed_from, filter.changed_until)
    yield from _within("size", filter.bytes)
    for text in filter.name:
        yield Condition(
            f"instr(folded, ?) BETWEEN 1 AND instr(folded, X'{END_OF_NAME.hex()}')",
            (folded(text),),
        )
    for text in filter.path:
        yield _any(Condition("instr(folded, ?) > 0", (one,)) for one in path_texts(text))
    if filter.available is Availability.HERE:
        yield _is_here(here, "path")
    if filter.available is Availability.ELSEWHERE:
        yield _elsewhere(here)


def _is_here(here: Here, path: str) -> Condition:
    """path: the column. A library that is not shared has only files of this machine."""
    parts = []
    if here.is_shared:
        parts.append(_any(_in_scope(one, here, path) for one in scopes_here(here)))
    if here.offline:
        parts.append(_not(_in_any(sorted(here.offline), here, path)))
    return _all(parts)


def _elsewhere(here: Here) -> Condition:
    """None of the picture's files is here."""
    is_here, is_place_here = (_is_here(here, path) for path in ("path", "place.path"))
    if is_here.is_always:
        return Condition("FALSE")
    return Condition(
        f"NOT ({is_here.sql}) AND NOT EXISTS (SELECT 1 FROM file place"
        f" WHERE place.picture = file.picture AND {is_place_here.sql})",
        is_here.parameters * 2,
    )


def _taken(filter: Filter) -> Iterator[Condition]:
    """Dates taken are text, “YYYY-MM-DD HH:MM:SS”, whose order is that of time."""
    if filter.taken_from:
        yield Condition("taken >= ?", (filter.taken_from,))
    if filter.taken_until:
        yield Condition("taken < ?", (f"{filter.taken_until} ~",))  # “~” is behind any digit


def _changed(first: str | None, last: str | None) -> Iterator[Condition]:
    if first:
        yield Condition("mtime_ns >= ?", (begin_of_day(first),))
    if last:
        yield Condition("mtime_ns < ?", (begin_of_day(last, 1),))


def _within(column: str, span: Span) -> Iterator[Condition]:
    if span.least is not None:
        yield Condition(f"{column} >= ?", (span.least,))
    if span.most is not None:
        yield Condition(f"{column} <= ?", (span.most,))


def _in_any(folders: Iterable[str], here: Here, path: str = "path") -> Condition:
    return _any(_in_scope(scope, here, path) for scope in scopes(folders, here))


def _in_scope(scope: Scope, here: Here, path: str) -> Condition:
    """The catalogue has other machines' files as "MACHINE:PATH"."""
    machine = "" if scope.machine == here.machine else f"{scope.machine}:"
    if not machine and not scope.prefix:
        return Condition(LOCAL_PATH.format(path=path))
    inside = Condition(*begins_with(machine + scope.prefix, path))
    if not scope.but:
        return inside
    return _all([inside, _not(_any(Condition(*begins_with(machine + b, path)) for b in scope.but))])


def _all(conditions: Iterable[Condition]) -> Condition:
    parts = [condition for condition in conditions if not condition.is_always]
    sql = " AND ".join(part.sql for part in parts)
    return Condition(sql or "TRUE", _parameters(parts))


def _any(conditions: Iterable[Condition]) -> Condition:
    """One of these, at least one; in brackets."""
    parts = list(conditions)
    return Condition(f"({' OR '.join(f'({part.sql})' for part in parts)})", _parameters(parts))


def _not(condition: Condition) -> Condition:
    return Condition(f"NOT {condition.sql}", condition.parameters)


def _parameters(conditions: Iterable[Condition]) -> tuple[str | bytes | int, ...]:
    return tuple(value for condition in conditions for value in condition.parameters)


def path_texts(text: str) -> list[bytes]:
    """What a part of a path is in a folded path: with slashes, or with backslashes."""
    return [folded(one) for one in dict.fromkeys((text, text.replace("/", "\\")))]


def stored_formats(formats: Iterable[str]) -> list[str]:
    """The names under which a catalogue may have pictures of these formats."""
    return [name for one in formats for name in _STORED_FORMATS.get(one, (one,))]


def begin_of_day(day: str, later: int = 0) -> int:
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
