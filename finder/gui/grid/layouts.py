"""Where the cards of a grid are. Positions are in px from the top left of the whole content.

Every layout is computed for one width; what is then asked for costs the same with 100,000 pictures
as with 100.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from PySide6.QtCore import QRect

_NARROWEST, _WIDEST = 0.5, 3.0
"""Limits of the ratio of width to height that a card may have; beyond them a picture is cropped."""
_TALLEST = 1.3
"""How much taller than requested the row of a few pictures may become to fill the width."""


@dataclass(frozen=True)
class Section:
    """Some successive pictures under a common title."""

    title: str
    start: int
    count: int


class GridLayout(Protocol):
    """count: of cards; height: of the whole content."""

    @property
    def count(self) -> int: ...

    @property
    def height(self) -> int: ...

    def rect(self, index: int) -> QRect:
        """Of the card with this index."""

    def visible(self, top: int, bottom: int) -> range:
        """The cards of the rows between two heights."""

    def index_at(self, x: int, y: int) -> int:
        """The card at a position, −1 if there is none."""

    def beside_row(self, index: int, rows: int) -> int:
        """The card that is so many rows further down (up if negative), nearest to the middle of
        this one; in the first or last row if there are fewer."""

    def headers(self, top: int, bottom: int) -> Iterator[tuple[QRect, Section]]:
        """The titles between two heights."""


class CellLayout:
    """Equal cells; the pictures fill them. columns: at least this many, 0: as many as fit."""

    def __init__(
        self, count: int, width: int, cell_width: int, ratio: float, gap: int, columns: int = 0
    ) -> None:
        """cell_width: the smallest; cells grow to fill the width. ratio: width to height."""
        self.count = count
        self._gap = gap
        self._columns = columns or max(1, (width + gap) // (cell_width + gap))
        self._cell = max(1, (width - gap * (self._columns - 1)) // self._columns)
        self._row = max(1, round(self._cell / ratio))

    @property
    def height(self) -> int:
        rows = -(-self.count // self._columns)
        return max(0, rows * (self._row + self._gap) - self._gap)

    def rect(self, index: int) -> QRect:
        row, column = divmod(index, self._columns)
        left, top = column * (self._cell + self._gap), row * (self._row + self._gap)
        return QRect(left, top, self._cell, self._row)

    def visible(self, top: int, bottom: int) -> range:
        line = self._row + self._gap
        first = max(0, top // line) * self._columns
        return range(first, min(self.count, (max(0, bottom) // line + 1) * self._columns))

    def index_at(self, x: int, y: int) -> int:
        column, row = x // (self._cell + self._gap), y // (self._row + self._gap)
        index = row * self._columns + column
        inside = 0 <= column < self._columns and 0 <= index < self.count
        return index if inside and self.rect(index).contains(x, y) else -1

    def beside_row(self, index: int, rows: int) -> int:
        row, column = divmod(index, self._columns)
        last = (self.count - 1) // self._columns
        wanted = max(0, min(last, row + rows)) * self._columns + column
        return min(self.count - 1, wanted)

    def headers(self, top: int, bottom: int) -> Iterator[tuple[QRect, Section]]:
        return iter(())


class JustifiedLayout:
    """Rows of pictures in their own proportions, each row as wide as the view. Sections begin in a
    new row, under a title if they have one."""

    def __init__(
        self,
        ratios: Sequence[float],
        sections: Sequence[Section],
        width: int,
        row_height: int,
        gap: int,
        header: int,
    ) -> None:
        """ratios: width ÷ height of each picture; row_height: about that of each row; header: the
        height of a title."""
        self._width = max(1, width)
        self._gap = gap
        self._header = header
        clamped = [min(_WIDEST, max(_NARROWEST, ratio)) for ratio in ratios]
        self.count = len(clamped)
        self._sums = [0.0, *accumulate(clamped)]
        self._starts: list[int] = []  # the first card of each row
        self._tops: list[int] = []
        self._heights: list[int] = []
        self._titles: list[tuple[int, Section]] = []
        self._title_tops: list[int] = []
        self._height = self._fill(sections, max(1, row_height))

    def _fill(self, sections: Sequence[Section], row_height: int) -> int:
        # how far the cards would reach in one endless row; the end of a row is found by bisection
        reach = [total * row_height + at * self._gap for at, total in enumerate(self._sums)]
        top = 0
        for section in filter(lambda section: section.count, sections):
            if section.title:
                self._titles.append((top, section))
                self._title_tops.append(top)
                top += self._header
            start, end = section.start, section.start + section.count
            while start < end:
                after = self._row_end(start, end, reach)
                height = self._row_height(start, after, row_height, is_last=after == end)
                self._starts.append(start)
                self._tops.append(top)
                self._heights.append(height)
                top += height + self._gap
                start = after
        return max(0, top - self._gap)

    def _row_end(self, start: int, end: int, reach: Sequence[float]) -> int:
        """After the last card of the row: with it or without it, whichever changes the row's height
        less."""
        wanted = reach[start] + self._width + self._gap
        after = min(end, bisect_left(reach, wanted, start + 1))
        if after - start > 1:
            too_wide, too_narrow = reach[after] - wanted, wanted - reach[after - 1]
            if too_wide > too_narrow:
                return after - 1
        return after

    def _row_height(self, start: int, after: int, row_height: int, is_last: bool) -> int:
        """The height at which the row fills the width. A section's last row is not stretched."""
        room = self._width - self._gap * (after - start - 1)
        filling = max(1, int(room / (self._sums[after] - self._sums[start])))
        tallest = row_height if is_last else int(row_height * _TALLEST)
        return min(filling, tallest)

    @property
    def height(self) -> int:
        return self._height

    def rect(self, index: int) -> QRect:
        row = bisect_right(self._starts, index) - 1
        start, height = self._starts[row], self._heights[row]
        left = self._left(index, start, height)
        right = self._left(index + 1, start, height) - self._gap
        if self._fills(row) and index + 1 == self._row_after(row):
            right = self._width  # the fractions of a px that the row's height has lost
        return QRect(left, self._tops[row], max(1, right - left), height)

    def _left(self, index: int, start: int, height: int) -> int:
        within = (self._sums[index] - self._sums[start]) * height
        return round(within) + self._gap * (index - start)

    def _fills(self, row: int) -> bool:
        start, after = self._starts[row], self._row_after(row)
        width = self._left(after, start, self._heights[row]) - self._gap
        return self._width - width <= self._heights[row] // 8

    def _row_after(self, row: int) -> int:
        return self._starts[row + 1] if row + 1 < len(self._starts) else len(self._sums) - 1

    def visible(self, top: int, bottom: int) -> range:
        if not self._starts:
            return range(0)
        first = max(0, bisect_right(self._tops, top) - 1)
        last = max(first, bisect_right(self._tops, bottom) - 1)
        return range(self._starts[first], self._row_after(last))

    def index_at(self, x: int, y: int) -> int:
        row = bisect_right(self._tops, y) - 1
        if row < 0 or y >= self._tops[row] + self._heights[row]:
            return -1
        for index in range(self._starts[row], self._row_after(row)):
            if self.rect(index).contains(x, y):
                return index
        return -1

    def beside_row(self, index: int, rows: int) -> int:
        row = bisect_right(self._starts, index) - 1
        other = max(0, min(len(self._starts) - 1, row + rows))
        if other == row:
            return index
        middle = self.rect(index).center().x()
        candidates = range(self._starts[other], self._row_after(other))
        return min(candidates, key=lambda card: abs(self.rect(card).center().x() - middle))

    def headers(self, top: int, bottom: int) -> Iterator[tuple[QRect, Section]]:
        first = max(0, bisect_right(self._title_tops, top - self._header))
        for at, section in self._titles[first:]:
            if at > bottom:
                return
            yield QRect(0, at, self._width, self._header), section
