"""Filters as Milvus' expressions (see `expression`), and what expressions cannot say.

`filter_condition` says what a filter means. A server cannot join two collections, nor find a text
within another. So a filter is asked in two halves, each as strict as it can be without losing
anything that passes, and `passing_places` decides about what they leave:

- `picture_expression`, over a model's collection: format, size, date taken;
- `place_expression`, over the places: folders, times, machine. Parts of names and paths are not in
  it, nor is whether a picture without a date taken passes by the time of its file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.filter.filter_condition import (
    begin_of_day,
    path_texts,
    stored_formats,
)
from finder.core.library.catalogue.filter.picture_filter import (
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.library.catalogue.folded_text import END_OF_NAME, folded, folded_path
from finder.core.library.server.expression import (
    EVERYTHING,
    all_of,
    any_of,
    begins_with,
    compare,
    negated,
    one_of,
)
from finder.core.library.server.folder_scope import Here, Scope, scopes, scopes_here
from finder.core.library.server.path_text import path_text

if TYPE_CHECKING:
    from finder.core.pictures.facts import PictureFacts


@dataclass(frozen=True)
class Place:
    """A file that shows a picture, on one of the machines."""

    machine: str
    path: str
    size: int
    mtime_ns: int


def picture_expression(filter: Filter) -> str:
    """Over a model's collection: fulfilled by each picture that passes, and, if not `needs_places`,
    by no other one."""
    return all_of(_of_picture(filter))


def place_expression(filter: Filter, here: Here, machine: str | None = None) -> str:
    """Over the places: fulfilled by each place that fulfils the filter. machine: only the places
    of this one."""
    return all_of(
        [
            compare("picture", ">=", 0),  # −1: a place that was removed
            EVERYTHING if machine is None else compare("machine", "==", machine),
            *_of_place(filter, here),
        ]
    )


def needs_places(filter: Filter) -> bool:
    """Whether a picture that fulfils `picture_expression` may not pass."""
    return bool(restricts_places(filter) or filter.taken_from or filter.taken_until)


def restricts_places(filter: Filter) -> bool:
    """Whether the filter says something about files that it does not say of their pictures."""
    return bool(
        filter.folders
        or filter.not_folders
        or filter.name
        or filter.path
        or filter.available
        or filter.changed_from
        or filter.changed_until
    )


def passes(filter: Filter, facts: PictureFacts, places: Iterable[Place], here: Here) -> bool:
    """Whether a picture with all these places passes."""
    return bool(passing_places(filter, facts, places, here))


def passing_places(
    filter: Filter, facts: PictureFacts, places: Iterable[Place], here: Here
) -> list[Place]:
    """Those of all places of a picture that let it pass."""
    if not _picture_passes(filter, facts):
        return []
    places = list(places)
    if filter.available is Availability.ELSEWHERE and any(_is_here(p, here) for p in places):
        return []
    return [place for place in places if _place_passes(filter, facts.taken, place, here)]


# As expressions


def _of_picture(filter: Filter) -> Iterator[str]:
    if filter.formats:
        yield one_of("format", stored_formats(filter.formats))
    for name, span in _spans(filter):
        yield from _within(name, span)
    if filter.orientations:
        yield any_of(f"width {_ORIENTATIONS[one]} height" for one in filter.orientations)
    taken = all_of(_taken(filter))
    if taken:
        yield any_of([compare("taken", "==", ""), taken])


_ORIENTATIONS = {
    Orientation.LANDSCAPE: ">",
    Orientation.PORTRAIT: "<",
    Orientation.SQUARE: "==",
}


def _spans(filter: Filter) -> Iterator[tuple[str, Span]]:
    yield "width", filter.width
    yield "height", filter.height
    yield "pixels", filter.pixels
    yield "bytes", filter.bytes


def _within(field: str, span: Span) -> Iterator[str]:
    if span.least is not None:
        yield compare(field, ">=", span.least)
    if span.most is not None:
        yield compare(field, "<=", span.most)


def _taken(filter: Filter) -> Iterator[str]:
    if filter.taken_from:
        yield compare("taken", ">=", filter.taken_from)
    if filter.taken_until:
        yield compare("taken", "<", _behind(filter.taken_until))


def _of_place(filter: Filter, here: Here) -> Iterator[str]:
    if filter.folders:
        yield _in_any(filter.folders, here)
    if filter.not_folders:
        yield negated(_in_any(filter.not_folders, here))
    if filter.changed_from:
        yield compare("mtime_ns", ">=", begin_of_day(filter.changed_from))
    if filter.changed_until:
        yield compare("mtime_ns", "<", begin_of_day(filter.changed_until, 1))
    yield from _within("size", filter.bytes)
    if filter.available:
        is_here = any_of(map(_in_scope, scopes_here(here)))
        if here.offline:
            is_here = all_of([is_here, negated(_in_any(sorted(here.offline), here))])
        yield is_here if filter.available is Availability.HERE else negated(is_here)


def _in_any(folders: Iterable[str], here: Here) -> str:
    return any_of(map(_in_scope, scopes(folders, here)))


def _in_scope(scope: Scope) -> str:
    machine = compare("machine", "==", scope.machine)
    inside = begins_with("path", path_text(scope.prefix))
    but = [begins_with("path", path_text(prefix)) for prefix in scope.but]
    return all_of([machine, inside, negated(any_of(but)) if but else EVERYTHING])


# Exactly


def _picture_passes(filter: Filter, facts: PictureFacts) -> bool:
    width, height = facts.width, facts.height
    shape = Orientation.SQUARE
    if width != height:
        shape = Orientation.LANDSCAPE if width > height else Orientation.PORTRAIT
    return (
        (not filter.formats or facts.format in stored_formats(filter.formats))
        and _is_within(width, filter.width)
        and _is_within(height, filter.height)
        and _is_within(width * height, filter.pixels)
        and (not filter.orientations or shape in filter.orientations)
    )


def _place_passes(filter: Filter, taken: str | None, place: Place, here: Here) -> bool:
    return (
        (not filter.folders or _lies_in_any(place, filter.folders, here))
        and not _lies_in_any(place, filter.not_folders, here)
        and _is_changed(place.mtime_ns, filter.changed_from, filter.changed_until)
        and _is_within(place.size, filter.bytes)
        and _has_texts(filter, place, here)
        and (filter.available is not Availability.HERE or _is_here(place, here))
        and _is_taken(filter, taken, place.mtime_ns)
    )


def _is_here(place: Place, here: Here) -> bool:
    is_reached = any(scope.has(place.machine, place.path) for scope in scopes_here(here))
    return is_reached and not _lies_in_any(place, here.offline, here)


def _has_texts(filter: Filter, place: Place, here: Here) -> bool:
    """Of a file of another machine, its path begins with that machine's name."""
    if not filter.name and not filter.path:
        return True
    path = place.path if place.machine == here.machine else f"{place.machine}:{place.path}"
    whole = folded_path(os.fsencode(path))
    name = whole.partition(END_OF_NAME)[0]
    return all(folded(text) in name for text in filter.name) and all(
        any(one in whole for one in path_texts(text)) for text in filter.path
    )


def _is_taken(filter: Filter, taken: str | None, mtime_ns: int) -> bool:
    first, last = filter.taken_from, filter.taken_until
    if not taken:
        return _is_changed(mtime_ns, first, last)
    return (not first or taken >= first) and (not last or taken < _behind(last))


def _is_changed(mtime_ns: int, first: str | None, last: str | None) -> bool:
    return (not first or mtime_ns >= begin_of_day(first)) and (
        not last or mtime_ns < begin_of_day(last, 1)
    )


def _is_within(number: int, span: Span) -> bool:
    return (span.least is None or number >= span.least) and (
        span.most is None or number <= span.most
    )


def _lies_in_any(place: Place, folders: Iterable[str], here: Here) -> bool:
    return any(scope.has(place.machine, place.path) for scope in scopes(folders, here))


def _behind(day: str) -> str:
    """Behind each time of this day, and before those of the next."""
    return f"{day} ~"
