"""Breaks a long line of cards into rows of one width, with arrays: 100,000 cards take some
milliseconds, during most of which Python's lock is free. Imports numpy.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from finder.gui.grid.section import Section

_NARROWEST, _WIDEST = 0.5, 3.0
"""Limits of the ratio of width to height that a card may have; beyond them a picture is cropped."""
_TALLEST = 1.3
"""How much taller than requested the row of a few pictures may become to fill the width."""

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """Px. row_height: about that of each row; header: the height of a title."""

    width: int
    row_height: int
    gap: int
    header: int


@dataclass(frozen=True)
class Rows:
    """starts: the first card of each row. sums: [cards + 1], the ratios of all cards before each.
    title_tops: of the sections that have a title. These are views of arrays, whose items are plain
    numbers."""

    sums: Sequence[float]
    starts: Sequence[int]
    tops: Sequence[int]
    heights: Sequence[int]
    title_tops: Sequence[int]


def break_rows(ratios: ArrayLike, sections: Sequence[Section], shape: Shape) -> Rows:
    """ratios: width ÷ height of each card, at least one. sections: none is empty, and together they
    are all cards, in order."""
    clamped = np.clip(np.asarray(ratios, np.float64), _NARROWEST, _WIDEST)
    sums = np.concatenate(([0.0], np.cumsum(clamped)))
    counts = np.array([section.count for section in sections], np.int64)
    ends = np.repeat(np.cumsum(counts), counts)
    starts = _starts(_row_ends(sums, ends, shape))
    afters = np.append(starts[1:], len(clamped))
    heights = _heights(sums, starts, afters, ends[starts] == afters, shape)
    titled = np.array([bool(section.title) for section in sections])
    first_rows = np.searchsorted(starts, np.cumsum(counts) - counts)[titled]
    above = np.zeros(len(starts), np.int64)
    above[first_rows] = shape.header
    lines = above + heights + shape.gap
    tops = np.cumsum(lines) - lines + above
    views = (starts, tops, heights, tops[first_rows] - shape.header)
    return Rows(sums.data, *(view.data for view in views))


def _row_ends(sums: _Reals, ends: _Integers, shape: Shape) -> _Integers:
    """For each card the end of a row that begins with it: after the last card that fits, or after
    the next one, whichever changes the row's height less. ends: of each card's section."""
    cards = np.arange(len(sums))
    reach = sums * shape.row_height + cards * shape.gap  # in one endless row
    wanted = reach[:-1] + shape.width + shape.gap
    after = np.minimum(ends, np.searchsorted(reach, wanted))
    is_too_wide = reach[after] - wanted > wanted - reach[after - 1]
    return np.asarray(after - (is_too_wide & (after - cards[:-1] > 1)))


def _starts(row_ends: _Integers) -> _Integers:
    """The rows follow each other from the first card on."""
    ends, starts, card = row_ends.data, array("q"), 0
    while card < len(ends):
        starts.append(card)
        card = ends[card]
    return np.frombuffer(starts, np.int64)


def _heights(
    sums: _Reals, starts: _Integers, afters: _Integers, is_last: NDArray[np.bool_], shape: Shape
) -> _Integers:
    """The height at which each row fills the width. A section's last row is not stretched."""
    room = shape.width - shape.gap * (afters - starts - 1)
    filling = (room / (sums[afters] - sums[starts])).astype(np.int64)
    tallest = np.where(is_last, shape.row_height, int(shape.row_height * _TALLEST))
    return np.minimum(np.maximum(1, filling), tallest)
