"""Where a search looks: a folder, a span of days."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from finder.core.errors import FinderError
from finder.core.i18n import tr


@dataclass(frozen=True)
class Filter:
    """Only pictures with a place in this folder (absolute path), taken on these days (ISO dates,
    both included). A picture that does not say when it was taken counts by its file's time."""

    folder: str | None = None
    taken_from: str | None = None
    taken_until: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == NO_FILTER


NO_FILTER = Filter()


def parse_filter(folder: str | None, taken_from: str | None, taken_until: str | None) -> Filter:
    """A scope from what somebody typed. Raises FinderError."""
    first, last = _day(taken_from), _day(taken_until)
    if first and last and first > last:
        raise FinderError(
            tr("No day is both after {first} and before {last}.").format(first=first, last=last),
            tr("Swap the two days."),
        )
    full = os.path.abspath(os.path.expanduser(folder)) if folder else None
    return Filter(full, first, last)


def _day(day: str | None) -> str | None:
    """The day as YYYY-MM-DD, however ISO 8601 lets it be written."""
    try:
        return date.fromisoformat(day).isoformat() if day else None
    except ValueError as error:
        raise FinderError(
            tr("“{day}” is not a day.").format(day=day), tr("Write it like 2024-06-30.")
        ) from error
