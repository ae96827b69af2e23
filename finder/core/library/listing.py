"""The library's pictures in an order, as compact arrays for a grid of any length: plain values,
cheap to import. `list_pictures` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Order(StrEnum):
    """NEWEST: by date taken, else the file's modification time, the latest first; SIZE: the largest
    files first; ADDED: what the library got last first."""

    NEWEST = "newest"
    FOLDER = "folder"
    NAME = "name"
    SIZE = "size"
    ADDED = "added"


@dataclass(frozen=True)
class Month:
    year: int
    month: int


@dataclass(frozen=True)
class Section:
    """A part of a listing with a title: the month that its pictures are from, or their folder; None
    where the order has no titles, or the month is not known."""

    title: Month | str | None
    start: int
    length: int


@dataclass(frozen=True, eq=False)
class Listing:
    """pictures: int64 [N], content ids; aspects: float32 [N], width / height of each; sections:
    together they are all of it, in order."""

    pictures: NDArray[np.int64]
    aspects: NDArray[np.float32]
    sections: tuple[Section, ...]

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Typed:
    """What is being typed to go to a picture by its name. after: the row that was current before,
    −1 if none was: the rows behind it come first, then those from the beginning. number: 1 is the
    first one that fits, and after the last one comes the first again. keep: a content id that
    stays if it fits."""

    text: str
    after: int
    number: int = 1
    keep: int | None = None
