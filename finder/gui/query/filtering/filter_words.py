"""A filter's conditions in words, as they are on its chips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finder.core.i18n import tr
from finder.core.library.catalogue.filter.picture_filter import (
    ANY,
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.printable import printable
from finder.gui.common.formatting import file_size, folder_name

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP")
"""The most frequent ones first."""


@dataclass(frozen=True)
class FilterPart:
    """One condition. without: the filter without it; tip: more than fits on a chip."""

    words: str
    icon: str
    without: Filter
    tip: str = ""


def filter_parts(filter: Filter) -> list[FilterPart]:
    return [*_of_folders(filter), *_of_days(filter), *_of_pictures(filter), *_of_names(filter)]


def _of_folders(filter: Filter) -> Iterator[FilterPart]:
    for number, folder in enumerate(filter.folders):
        words = tr("Only in {folder}") if number == 0 else tr("or in {folder}")
        rest = tuple(one for one in filter.folders if one != folder)
        yield FilterPart(
            words.format(folder=folder_name(folder)),
            "folder",
            replace(filter, folders=rest),
            printable(folder),
        )
    for folder in filter.not_folders:
        rest = tuple(one for one in filter.not_folders if one != folder)
        yield FilterPart(
            tr("Not in {folder}").format(folder=folder_name(folder)),
            "folder",
            replace(filter, not_folders=rest),
            printable(folder),
        )


def _of_days(filter: Filter) -> Iterator[FilterPart]:
    if filter.taken_from or filter.taken_until:
        yield FilterPart(
            tr("Taken {days}").format(days=days_words(filter.taken_from, filter.taken_until)),
            "calendar",
            replace(filter, taken_from=None, taken_until=None),
            tr("A picture without a date taken counts by its file's time."),
        )
    if filter.changed_from or filter.changed_until:
        yield FilterPart(
            tr("Changed {days}").format(days=days_words(filter.changed_from, filter.changed_until)),
            "calendar",
            replace(filter, changed_from=None, changed_until=None),
        )


def _of_pictures(filter: Filter) -> Iterator[FilterPart]:
    if filter.formats:
        words = ", ".join(map(format_title, filter.formats))
        yield FilterPart(words, "image", replace(filter, formats=()))
    if filter.width != ANY:
        words = tr("Width {range} px").format(range=_range(*_numbers(filter.width)))
        yield FilterPart(words, "image", replace(filter, width=ANY))
    if filter.height != ANY:
        words = tr("Height {range} px").format(range=_range(*_numbers(filter.height)))
        yield FilterPart(words, "image", replace(filter, height=ANY))
    if filter.pixels != ANY:
        yield FilterPart(_range(*_pixels(filter.pixels)), "image", replace(filter, pixels=ANY))
    if filter.bytes != ANY:
        bounds = (filter.bytes.least, filter.bytes.most)
        sizes = [None if bound is None else file_size(bound) for bound in bounds]
        yield FilterPart(_range(*sizes), "database", replace(filter, bytes=ANY))
    if filter.orientations:
        words = ", ".join(orientation_title(one) for one in filter.orientations)
        yield FilterPart(words, "crop", replace(filter, orientations=()))


def _of_names(filter: Filter) -> Iterator[FilterPart]:
    for text in filter.name:
        rest = tuple(one for one in filter.name if one != text)
        words = tr("Name has “{text}”").format(text=printable(text))
        yield FilterPart(words, "search", replace(filter, name=rest))
    for text in filter.path:
        rest = tuple(one for one in filter.path if one != text)
        words = tr("Path has “{text}”").format(text=printable(text))
        yield FilterPart(words, "search", replace(filter, path=rest))
    if filter.available:
        words = availability_title(filter.available)
        yield FilterPart(words, "hard-drive", replace(filter, available=None))


# Words


def availability_title(available: Availability) -> str:
    is_here = available is Availability.HERE
    return tr("Only what is here now") if is_here else tr("Only what is not here now")


def format_title(name: str) -> str:
    return {"WEBP": "WebP", "HEIF": "HEIC"}.get(name, name)


def orientation_title(orientation: Orientation) -> str:
    return {
        Orientation.LANDSCAPE: tr("Landscape"),
        Orientation.PORTRAIT: tr("Portrait"),
        Orientation.SQUARE: tr("Square"),
    }[orientation]


def days_words(first: str | None, last: str | None) -> str:
    """From the first to the last day (ISO dates); whole years as years."""
    begins_year = first is None or first.endswith("-01-01")
    ends_year = last is None or last.endswith("-12-31")
    if begins_year and ends_year:
        first, last = first and first[:4], last and last[:4]
    if first and last:
        return first if first == last else f"{first} – {last}"
    if first:
        return tr("since {day}").format(day=first)
    return tr("until {day}").format(day=last)


def _range(least: str | None, most: str | None) -> str:
    if least is not None and most is not None:
        return least if least == most else f"{least} – {most}"
    return f"≥ {least}" if least is not None else f"≤ {most}"


def _numbers(span: Span) -> tuple[str | None, str | None]:
    least, most = (None if one is None else f"{one:,}" for one in (span.least, span.most))
    return least, most


def _pixels(span: Span) -> tuple[str | None, str | None]:
    least, most = (
        None if one is None else tr("{n:g} MP").format(n=round(one / 1e6, 2))
        for one in (span.least, span.most)
    )
    return least, most
