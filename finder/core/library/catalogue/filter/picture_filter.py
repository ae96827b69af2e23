"""Filters of a search, or of the library's pictures: plain values. `filter_condition` compiles
them to SQL, `filter_text` reads and writes them as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Orientation(StrEnum):
    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


class Availability(StrEnum):
    """HERE: a file can be opened here: it is in a folder of this machine, or in one of another that
    is mapped to it, and that folder exists now. ELSEWHERE: none can."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Span:
    """Whole numbers from least to most, both included; None: without that bound."""

    least: int | None = None
    most: int | None = None


ANY = Span()


@dataclass(frozen=True)
class Filter:
    """Only pictures with a file that fulfils every criterion.

    folders, not_folders: in one of these, in none of those; absolute paths, of another machine with
    its name before ("nas-2:/mnt/photos"; see `folder_scope`). Days are ISO dates,
    both included; taken_…: a picture without a date taken counts by its file's modification time;
    changed_…: that time itself. width, height and pixels are those of the upright picture, bytes
    those of the file. formats: of one of these (names as in `formats.EXTENSIONS`). name: each of
    these texts is in the file's name, path: in its whole path; both without regard to case.
    """

    folders: tuple[str, ...] = ()
    taken_from: str | None = None
    taken_until: str | None = None
    not_folders: tuple[str, ...] = ()
    changed_from: str | None = None
    changed_until: str | None = None
    formats: tuple[str, ...] = ()
    width: Span = ANY
    height: Span = ANY
    pixels: Span = ANY
    bytes: Span = ANY
    orientations: tuple[Orientation, ...] = ()
    name: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    available: Availability | None = None

    @property
    def is_everything(self) -> bool:
        return self == NO_FILTER

    def excluding(self, folders: Iterable[str]) -> Filter:
        """The same, and nothing in these folders (absolute paths)."""
        return replace(self, not_folders=tuple(dict.fromkeys((*self.not_folders, *folders))))


NO_FILTER = Filter()
