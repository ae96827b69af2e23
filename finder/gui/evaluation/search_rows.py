"""Searches as rows of cards: the picture that was searched for, then some of its answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.widgets import plain, secondary
from finder.gui.grid.card import Card
from finder.gui.grid.layouts import CellLayout, GridLayout
from finder.gui.grid.picture_view import CardRole, PictureView
from finder.gui.theme.tokens import CARD_GAP, SPACE

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import HardQuery
    from finder.gui.grid.section import Section
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed

_NO_PARENT = QModelIndex()
_CARD = 112  # px, about, the width of a card
_WIDEST_CARD = 192  # px, where there are few in a row
_MOST_ANSWERS = 7
_RATIO = 4 / 3  # width to height


class SearchRowsLayout:
    """Equal cells; each search begins in a new row, and the picture searched for is set apart."""

    def __init__(self, lengths: Sequence[int], width: int, columns: int) -> None:
        """lengths: of the rows, at most `columns` cards each."""
        self._starts: list[int] = []
        self.count = 0
        for length in lengths:
            self._starts.append(self.count)
            self.count += length
        apart = CARD_GAP if columns > 1 else 0
        self._apart = apart
        room = (width - apart - CARD_GAP * (columns - 1)) // columns
        self._cell = max(1, min(_WIDEST_CARD, room))
        self._row = max(1, round(self._cell / _RATIO))

    @property
    def height(self) -> int:
        return max(0, len(self._starts) * (self._row + CARD_GAP) - CARD_GAP)

    def rect(self, index: int) -> QRect:
        row = bisect_right(self._starts, index) - 1
        column = index - self._starts[row]
        left = column * (self._cell + CARD_GAP) + (self._apart if column else 0)
        return QRect(left, row * (self._row + CARD_GAP), self._cell, self._row)

    def visible(self, top: int, bottom: int) -> range:
        line, rows = self._row + CARD_GAP, len(self._starts)
        first = min(rows, max(0, top // line))
        after = min(rows, max(0, bottom) // line + 1)
        return range(self._start(first), self._start(max(first, after)))

    def index_at(self, x: int, y: int) -> int:
        row = y // (self._row + CARD_GAP)
        if not 0 <= row < len(self._starts):
            return -1
        cards = range(self._starts[row], self._start(row + 1))
        return next((index for index in cards if self.rect(index).contains(x, y)), -1)

    def beside_row(self, index: int, rows: int) -> int:
        row = bisect_right(self._starts, index) - 1
        wanted = max(0, min(len(self._starts) - 1, row + rows))
        column = index - self._starts[row]
        return min(self._starts[wanted] + column, self._start(wanted + 1) - 1)

    def headers(self, top: int, bottom: int) -> Iterator[tuple[QRect, Section]]:
        return iter(())

    def _start(self, row: int) -> int:
        return self._starts[row] if row < len(self._starts) else self.count


class SearchRowsModel(QAbstractListModel):
    """The cards of all rows, one after the other."""

    def __init__(self, feed: ThumbnailFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self._cards: list[tuple[int, str, HardQuery | None]] = []
        self._rows: dict[int, list[int]] = {}
        feed.loaded.connect(self._changed)

    def show_searches(self, searches: Sequence[HardQuery], answers: int) -> None:
        """answers: so many of each at most."""
        self.beginResetModel()
        self._cards = []
        for search in searches:
            self._cards.append((search.picture, search.label, search))
            self._cards += [(picture, label, None) for picture, label in search.wrong[:answers]]
        self._rows = {}
        for row, (picture, _, _) in enumerate(self._cards):
            self._rows.setdefault(picture, []).append(row)
        self.endResetModel()

    def picture_at(self, row: int) -> int:
        """A content id."""
        return self._cards[row][0]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._cards)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if not index.isValid():
            return None
        picture, label, search = self._cards[index.row()]
        if role == CardRole.PICTURE:
            return picture
        if role == CardRole.CARD:
            return Card(
                "",
                self._feed.pixmap(picture),
                label=printable(label),
                corner=f"{search.average_precision:.2f}" if search is not None else "",
                is_marked=search is not None,
            )
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _spoken(printable(label), search)
        return None

    def _changed(self, picture: int) -> None:
        for row in self._rows.get(picture, ()):
            self.dataChanged.emit(self.index(row), self.index(row))


def _spoken(label: str, search: HardQuery | None) -> str:
    if search is None:
        return tr("answer: {label}").format(label=label)
    return tr("searched for: {label}, average precision {number:.2f}").format(
        label=label, number=search.average_precision
    )


class SearchRows(QWidget):
    """A sentence, and the rows below it. Signal: similar_requested(content id)."""

    similar_requested = Signal(object)  # 63 bits, more than a C++ int

    def __init__(self, feed: ThumbnailFeed, name: str) -> None:
        super().__init__()
        self.title = plain("", wrap=True)
        secondary(self.title)
        self._searches: Sequence[HardQuery] = ()
        self._columns = 0
        self.cards = SearchRowsModel(feed, self)
        self.view = PictureView()
        self.view.setAccessibleName(name)
        self.view.setModel(self.cards)
        self.view.thumbnails_requested.connect(feed.request)
        self.view.chosen.connect(self._chosen)
        self.view.set_layout(self._make_layout)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.view, 1)

    def show_searches(self, title: str, searches: Sequence[HardQuery]) -> None:
        self.title.setText(breakable(title))
        self._searches = searches
        self._columns = 0
        self._fill(self.view.content_width())
        self.view.scrollToTop()

    def _fill(self, width: int) -> bool:
        """Whether there is room for another number of answers than before."""
        answers = max((len(search.wrong) for search in self._searches), default=0)
        room = max(2, (width + CARD_GAP) // (_CARD + CARD_GAP))
        columns = 1 + min(answers, room - 1, _MOST_ANSWERS)
        if columns == self._columns:
            return False
        self._columns = columns
        self.cards.show_searches(self._searches, columns - 1)
        return True

    def _make_layout(self, width: int) -> GridLayout:
        self._fill(width)
        if self._columns <= 1:
            return CellLayout(len(self._searches), width, _CARD, _RATIO, CARD_GAP)
        most = self._columns - 1
        lengths = [1 + min(most, len(search.wrong)) for search in self._searches]
        return SearchRowsLayout(lengths, width, self._columns)

    def _chosen(self, row: int) -> None:
        self.similar_requested.emit(self.cards.picture_at(row))
