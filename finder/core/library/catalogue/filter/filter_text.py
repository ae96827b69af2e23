"""Filters as text, for the command line, saved searches and the window's chips:

    taken>=2024 width>2000 format:png -folder:'~/Old' name:beach orientation:portrait

Conditions are separated by spaces; quotes keep spaces inside a value. What `filter_text` writes,
`parse_filter` reads as the same filter.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.filter.filter_ranges import (
    Bounds,
    days_text,
    read_days,
    read_span,
    span_text,
)
from finder.core.library.catalogue.filter.picture_filter import (
    NO_FILTER,
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.library.catalogue.records import is_elsewhere
from finder.core.pictures.formats import EXTENSIONS
from finder.core.suggestions import did_you_mean

EXAMPLE = "taken>=2024 width>2000 format:png -folder:'~/Old' name:beach orientation:portrait"
_Choice = TypeVar("_Choice", Orientation, Availability)
_CONDITION = re.compile(r"(-?)([A-Za-z]+)(>=|<=|>|<|=|:)(.*)", re.DOTALL)
_SIMPLE = re.compile(r"[^\s'\"]+")


def parse_filter(
    text: str = "",
    folder: str | None = None,
    taken_from: str | None = None,
    taken_until: str | None = None,
) -> Filter:
    """A filter from what the user typed; the last three are short forms of the commonest
    conditions. Raises FinderError."""
    filter = NO_FILTER
    if folder:
        filter = _add_folder(filter, folder)
    if taken_from:
        filter = _add_days("taken", filter, ">=", taken_from)
    if taken_until:
        filter = _add_days("taken", filter, "<=", taken_until)
    for word in _words(text):
        filter = _parse_condition(filter, word)
    return filter


def filter_text(filter: Filter) -> str:
    """The filter as `parse_filter` reads it."""
    return " ".join(filter_conditions(filter))


def filter_conditions(filter: Filter) -> list[str]:
    """The filter as texts, one for each condition. Each can be read by itself, and `parse_filter`
    of all but one, joined by spaces, is the filter without that one."""
    return list(_conditions(filter))


def _conditions(filter: Filter) -> Iterator[str]:
    for folder in filter.folders:
        yield f"folder:{_quoted(folder)}"
    for folder in filter.not_folders:
        yield f"-folder:{_quoted(folder)}"
    yield from days_text("taken", filter.taken_from, filter.taken_until)
    yield from days_text("changed", filter.changed_from, filter.changed_until)
    if filter.formats:
        yield f"format:{','.join(filter.formats).lower()}"
    for key in _SPANS:
        yield from span_text(key, getattr(filter, key))
    if filter.orientations:
        yield f"orientation:{','.join(filter.orientations)}"
    for text in filter.name:
        yield f"name:{_quoted(text)}"
    for text in filter.path:
        yield f"path:{_quoted(text)}"
    if filter.available:
        yield f"available:{filter.available}"


def _quoted(value: str) -> str:
    """Each part in the quotes that it does not contain."""
    if _SIMPLE.fullmatch(value):
        return value
    parts = re.findall(r"[^']+|'+", value)
    return "".join(f'"{part}"' if part.startswith("'") else f"'{part}'" for part in parts)


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = lexer.escape = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise FinderError(
            tr("A quotation mark in the filter is not closed: {text}").format(text=text),
            tr("Write values with spaces like name:'two words'."),
        ) from error


def _parse_condition(filter: Filter, word: str) -> Filter:
    match = _CONDITION.fullmatch(word)
    key = _KEYS.get(match[2].lower()) if match else None
    if match is None or key is None:
        possible = tr("Possible are: {keys}.").format(keys=", ".join(_KEYS))
        meant = did_you_mean(match[2], _KEYS) if match else ""
        raise _not_understood(word, f"{meant} {possible}" if meant else possible)
    minus, _, operator, value = match.groups()
    if minus and key.add is not _add_folder_condition:
        raise _not_understood(word, tr("Only “folder” can be excluded: -folder:'~/Old'."))
    if operator not in (":", "=") and not key.is_range:
        example = f"{minus}{key.example}"
        raise _not_understood(word, tr("Write it like {example}.").format(example=example))
    if not value:
        raise _not_understood(word, tr("Its value is missing."))
    if minus:
        return replace(filter, not_folders=_with(filter.not_folders, _full(value)))
    return key.add(filter, operator, value)


def _not_understood(word: str, hint: str) -> FinderError:
    example = tr("An example: {example}").format(example=EXAMPLE)
    return FinderError(
        tr("The filter's condition “{word}” is not understood.").format(word=word),
        f"{hint} {example}",
    )


def _with(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return values if value in values else (*values, value)


def _changed(filter: Filter, changes: dict[str, Any]) -> Filter:
    return replace(filter, **changes)


def _full(folder: str) -> str:
    """Absolute; a folder of another machine ("nas-2:/mnt/photos", or "nas-2:" for all that it has)
    stays as it is."""
    if is_elsewhere(folder):
        return folder.rstrip("/\\") or folder
    return os.path.abspath(os.path.expanduser(folder))


def _add_folder(filter: Filter, folder: str) -> Filter:
    return replace(filter, folders=_with(filter.folders, _full(folder)))


def _add_folder_condition(filter: Filter, operator: str, value: str) -> Filter:
    return _add_folder(filter, value)


def _add_days(key: str, filter: Filter, operator: str, value: str) -> Filter:
    """key: “taken” or “changed”."""
    first, last = f"{key}_from", f"{key}_until"
    old = Bounds(getattr(filter, first), getattr(filter, last))
    new = old.narrowed(read_days(operator, value))
    if new.is_empty:
        raise FinderError(
            tr("No day is both after {first} and before {last}.").format(
                first=new.least, last=new.most
            ),
            tr("Swap the two days."),
        )
    return _changed(filter, {first: new.least, last: new.most})


def _add_span(key: str, filter: Filter, operator: str, value: str) -> Filter:
    old: Span = getattr(filter, key)
    new = Bounds(old.least, old.most).narrowed(read_span(key, operator, value))
    if new.is_empty:
        raise FinderError(
            tr("Nothing is both at least {least:,} and at most {most:,}: {key}.").format(
                least=new.least, most=new.most, key=key
            ),
            tr("Swap the two numbers."),
        )
    return _changed(filter, {key: Span(new.least, new.most)})


def _add_formats(filter: Filter, operator: str, value: str) -> Filter:
    formats = filter.formats
    for name in value.split(","):
        known = EXTENSIONS.get(f".{name.strip().lower().removeprefix('.')}")
        if known is None:
            raise FinderError(
                tr("“{name}” is not a format that can be searched for.").format(name=name),
                tr("Possible are: {names}.").format(
                    names=", ".join(extension[1:] for extension in EXTENSIONS)
                ),
            )
        formats = _with(formats, known)
    return replace(filter, formats=formats)


def _add_orientations(filter: Filter, operator: str, value: str) -> Filter:
    orientations = filter.orientations
    for name in value.split(","):
        orientation = _choice(Orientation, "orientation", name)
        if orientation not in orientations:
            orientations = (*orientations, orientation)
    return replace(filter, orientations=orientations)


def _add_availability(filter: Filter, operator: str, value: str) -> Filter:
    return replace(filter, available=_choice(Availability, "available", value))


def _choice(kind: type[_Choice], key: str, name: str) -> _Choice:
    try:
        return kind(name.strip().lower())
    except ValueError as error:
        raise FinderError(
            tr("“{name}” is not a value of {key}.").format(name=name, key=key),
            tr("Possible are: {names}.").format(names=", ".join(kind)),
        ) from error


def _add_text(key: str, filter: Filter, operator: str, value: str) -> Filter:
    return _changed(filter, {key: _with(getattr(filter, key), value)})


def _add_size(filter: Filter, operator: str, value: str) -> Filter:
    """Of the file or of the picture, as the unit says."""
    key = "pixels" if value.strip().lower().endswith("mp") else "bytes"
    return _add_span(key, filter, operator, value)


@dataclass(frozen=True)
class _Key:
    """add: adds a condition, with its operator and value, to a filter; is_range: whether it may be
    compared with < and >."""

    add: Callable[[Filter, str, str], Filter]
    example: str
    is_range: bool = False


_SPANS = ("width", "height", "pixels", "bytes")
_KEYS = {
    "folder": _Key(_add_folder_condition, "folder:'~/My pictures'"),
    "taken": _Key(partial(_add_days, "taken"), "taken>=2024-06", is_range=True),
    "changed": _Key(partial(_add_days, "changed"), "changed>=2024-06", is_range=True),
    "format": _Key(_add_formats, "format:png,jpg"),
    **{key: _Key(partial(_add_span, key), f"{key}>=2000", is_range=True) for key in _SPANS},
    "size": _Key(_add_size, "size>=2MB", is_range=True),
    "orientation": _Key(_add_orientations, "orientation:portrait"),
    "name": _Key(partial(_add_text, "name"), "name:beach"),
    "path": _Key(partial(_add_text, "path"), "path:holiday"),
    "available": _Key(_add_availability, "available:here"),
}
