"""A grid of cards: laid out anew without moving what is in view, and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from finder.gui.grid.layout_view import LayoutView
from finder.gui.grid.layouts import CellLayout, GridLayout
from finder.gui.theme.tokens import SPACE

LayoutMaker = Callable[[int], GridLayout]
"""Makes the layout for a width in px; or returns the newest one that is ready, and calls
`doItemsLayout` when there is a better one."""


@dataclass(frozen=True)
class Place:
    """How far a view is scrolled: a card, and the px of it that are hidden above the view (negative
    if it begins further down)."""

    row: int
    hidden: int


class GridView(LayoutView):
    """Signals: view_changed, other items may be visible now; scrolled."""

    view_changed = Signal()
    scrolled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make: LayoutMaker = lambda width: CellLayout(0, width, 160, 1.5, SPACE)
        self._side_margin = 0
        self._width = 1
        self._place: Place | None = None

    def set_layout(self, make: LayoutMaker) -> None:
        """Lay the items out in another way; the current one stays in view."""
        self._make = make
        self.doItemsLayout()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def clear_current(self) -> None:
        """No item is current or selected."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def set_side_margins(self, px: int) -> None:
        """Between the cards and the sides; the scroll bar is in one of them."""
        self._side_margin = px
        far = max(0, px - self.verticalScrollBar().sizeHint().width())
        left, right = (far, px) if self.isRightToLeft() else (px, far)
        self.setViewportMargins(left, 0, right, 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange and self._side_margin:
            self.set_side_margins(self._side_margin)

    def go_to_row(self, row: int) -> None:
        """Make a row current, the nearest one if there are fewer."""
        row = min(row, self.count() - 1)
        if row >= 0:
            self.setCurrentIndex(self.model().index(row, 0))

    def doItemsLayout(self) -> None:
        """The first card in view stays there, the same one in any number of layouts until the user
        scrolls; and a current card that was in view stays in view."""
        place, shows_current = self._place or self.place(), self._shows_current()
        self._width = self.content_width()
        self.card_layout = self._make(self._width)
        QAbstractItemView.doItemsLayout(self)
        self.scroll_to_place(place)
        if shows_current and not self._shows_current():
            self.scrollTo(self.currentIndex())
        self._place = place
        self.view_changed.emit()

    def place(self) -> Place | None:
        """None: it is not scrolled."""
        if not self.verticalOffset():
            return None
        first = self.visible_rows().start
        return Place(first, self.verticalOffset() - self.row_rect(first).top())

    def scroll_to_place(self, place: Place | None) -> None:
        card = self.row_rect(place.row) if place is not None else QRect()
        hidden = min(place.hidden, card.height()) if place is not None else 0
        self.verticalScrollBar().setValue(card.top() + hidden)

    def _shows_current(self) -> bool:
        return self.currentIndex().row() in self.visible_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        if self.content_width() != self._width:
            self.doItemsLayout()
        else:
            self.updateGeometries()
            self.view_changed.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._place = None
        self.viewport().scroll(dx, dy)
        self.view_changed.emit()
        self.scrolled.emit()

    def reset(self) -> None:
        super().reset()
        self._place = None
        self.verticalScrollBar().setValue(0)
        self.doItemsLayout()

    def moveCursor(
        self,
        action: QAbstractItemView.CursorAction,
        modifiers: Qt.KeyboardModifier,
    ) -> QModelIndex:
        count = self.count()
        if not count:
            return QModelIndex()
        row = self.currentIndex().row()
        return self.model().index(0 if row < 0 else self._moved(action, row, count), 0)

    def _moved(self, action: QAbstractItemView.CursorAction, row: int, count: int) -> int:
        move = QAbstractItemView.CursorAction
        right = -1 if self.isRightToLeft() else 1
        page = max(1, self._lines_in_view())
        rows = {move.MoveUp: -1, move.MoveDown: 1, move.MovePageUp: -page, move.MovePageDown: page}
        if action in rows:
            return self.card_layout.beside_row(row, rows[action])
        steps = {
            move.MoveLeft: -right,
            move.MoveRight: right,
            move.MovePrevious: -1,
            move.MoveNext: 1,
            move.MoveHome: -count,
            move.MoveEnd: count,
        }
        return max(0, min(count - 1, row + steps.get(action, 0)))

    def _lines_in_view(self) -> int:
        row = max(0, self.currentIndex().row())
        return self.viewport().height() // max(1, self.card_layout.rect(row).height() + SPACE)
