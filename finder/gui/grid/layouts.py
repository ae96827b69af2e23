"""Where the cards of a grid are. Positions are in px from the top left of the whole content.

Every layout is computed for one width; what is then asked for costs the same with 100,000 pictures
as with 100.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.gui.grid.section import Section

    Aspects = NDArray[np.float32]


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
        ratios: Sequence[float] | Aspects,
        sections: Sequence[Section],
        width: int,
        row_height: int,
        gap: int,
        header: int,
    ) -> None:
        """ratios: width ÷ height of each picture; sections: together they are all of them, in
        order; row_height: about that of each row; header: the height of a title."""
        self.count = len(ratios)
        self._width = max(1, width)
        self._gap = gap
        self._header = header
        filled = [section for section in sections if section.count]
        self._titled = [section for section in filled if section.title]
        self._sums: Sequence[float] = (0.0,)
        self._starts: Sequence[int] = ()  # the first card of each row
        self._tops: Sequence[int] = ()
        self._heights: Sequence[int] = ()
        self._title_tops: Sequence[int] = ()
        if self.count:
            self._break_rows(ratios, filled, max(1, row_height))

    def _break_rows(
        self, ratios: Sequence[float] | Aspects, sections: Sequence[Section], row_height: int
    ) -> None:
        from finder.gui.grid.row_breaking import Shape, break_rows

        rows = break_rows(ratios, sections, Shape(self._width, row_height, self._gap, self._header))
        self._sums, self._starts, self._tops = rows.sums, rows.starts, rows.tops
        self._heights, self._title_tops = rows.heights, rows.title_tops

    @property
    def height(self) -> int:
        return self._tops[-1] + self._heights[-1] if self._tops else 0

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
        after = bisect_right(self._title_tops, bottom)
        for number in range(first, after):
            place = QRect(0, self._title_tops[number], self._width, self._header)
            yield place, self._titled[number]
