"""How close a match is, in one unit for every model and the combined ranking: 0 to 100, and a word.

0: no closer than two pictures of this library that were picked at random. 100: the same picture,
and nothing else. Between them the words' borders are fixed, so that a cut-off means the same in
every list; `closeness_scale` lays each model's similarities on this scale. docs/closeness.md has
the figures. Plain values, cheap to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import pairwise
from typing import Final

from finder.core.i18n import mark, tr

SAME: Final = 100.0
CLOSEST_OTHER: Final = 99.9
"""The most for anything that is not surely the same picture."""
NEARLY_THE_SAME: Final = 80.0
CLOSEST_SIMILAR: Final = 79.9
"""The most for what was compared point by point and is not proven to be the same."""
SIMILAR: Final = 40.0

_BIN_WIDTH = 4  # the words' borders are borders of bins, too
BINS: Final = 100 // _BIN_WIDTH
_GAP_BETWEEN = 20.0, 50.0
"""Where a gap in a list may suggest a cut-off. Above, it would often be that below the copies of a
picture."""


class ClosenessWord(Enum):
    """What a closeness means, and one word of at most seven letters for it. NEARLY_THE_SAME: the
    same picture saved again, made smaller or brighter, mirrored, or cropped a little. SIMILAR:
    closer than 99 of 100 random pairs."""

    SAME_PICTURE = mark("same picture"), mark("same")
    NEARLY_THE_SAME = mark("nearly the same"), mark("nearly")
    SIMILAR = mark("similar"), mark("similar")
    DISTANT = mark("distant"), mark("distant")

    @property
    def label(self) -> str:
        return tr(self.value[0])

    @property
    def short_label(self) -> str:
        return tr(self.value[1])


def closeness_word(closeness: float) -> ClosenessWord:
    if closeness >= SAME:
        return ClosenessWord.SAME_PICTURE
    if closeness >= NEARLY_THE_SAME:
        return ClosenessWord.NEARLY_THE_SAME
    return ClosenessWord.SIMILAR if closeness >= SIMILAR else ClosenessWord.DISTANT


def whole_closeness(closeness: float) -> int:
    """The number that is shown: rounded down, so that 100 stays the same picture."""
    return int(closeness)


def closeness_histogram(closeness: Iterable[float]) -> list[int]:
    """How many of these are in each of `BINS` intervals of equal width."""
    counts = [0] * BINS
    for value in closeness:
        counts[min(BINS - 1, int(value / _BIN_WIDTH))] += 1
    return counts


def number_hidden(closeness: Iterable[float], cut_off: float) -> int:
    """How many of these are below the cut-off."""
    return sum(value < cut_off for value in closeness)


def suggested_cut_off(closeness: Sequence[float]) -> float | None:
    """Where to cut a list with these: in the largest gap around the border of "similar", or at that
    border. None if it would hide all or nothing."""
    falling = sorted(closeness, reverse=True)
    gaps = [(upper - lower, (upper + lower) / 2) for upper, lower in pairwise(falling)]
    lowest, highest = _GAP_BETWEEN
    _, cut_off = max((gap for gap in gaps if lowest <= gap[1] <= highest), default=(0.0, SIMILAR))
    return cut_off if 0 < number_hidden(closeness, cut_off) < len(falling) else None
