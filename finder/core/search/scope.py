"""Where a search looks: a folder, a span of days."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from finder.core.errors import FinderError
from finder.core.text import tr


@dataclass(frozen=True)
class Scope:
    """Only pictures with a place in this folder (absolute path), taken on these days (ISO dates,
    both included). A picture that does not say when it was taken counts by its file's time."""

    folder: str | None = None
    taken_from: str | None = None
    taken_until: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == EVERYTHING


EVERYTHING = Scope()


def scope_of(folder: str | None, taken_from: str | None, taken_until: str | None) -> Scope:
    """A scope from what somebody typed. Raises FinderError."""
    for day in (taken_from, taken_until):
        _require_day(day)
    full = os.path.abspath(os.path.expanduser(folder)) if folder else None
    return Scope(full, taken_from or None, taken_until or None)


def _require_day(day: str | None) -> None:
    try:
        date.fromisoformat(day or "2000-01-01")
    except ValueError as error:
        raise FinderError(
            tr("“{day}” is not a day.").format(day=day), tr("Write it like 2024-06-30.")
        ) from error
