"""A scrolling view whose items are placed by a `GridLayout`.

QListView gives the selection, the scroll area, and what screen readers need; its own layout, which
takes seconds for 100,000 items, is never asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from finder.gui.grid.layouts import CellLayout, GridLayout
from finder.gui.theme.focus_rings import OWN_FOCUS
from finder.gui.theme.tokens import SPACE

EDGE = 6
"""Px around the cards, for the ring of those at the edge."""
_STEP = 16  # px; a notch of the wheel scrolls by three of these

LayoutMaker = Callable[[int], GridLayout]
"""Makes the layout for a width in px; or returns the newest one that is ready, and calls
`doItemsLayout` when there is a better one."""


@dataclass(frozen=True)
class Place:
    """How far a view is scrolled: a card, and the px of it that are hidden above the view (negative
    if it begins further down)."""

    row: int
    hidden: int


class GridView(QListView):
    """Signals: view_changed, other items may be visible now; scrolled."""

    view_changed = Signal()
    scrolled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make: LayoutMaker = lambda width: CellLayout(0, width, 160, 1.5, SPACE)
        self.card_layout: GridLayout = self._make(1)
        self._side_margin = 0
        self.setProperty("kind", "cards")
        self.setProperty(OWN_FOCUS, True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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

    def content_width(self) -> int:
        """Px for the cards. The scroll bar keeps its place while it is hidden: cards that fit only
        without it would show and hide it for ever."""
        margins = self.viewportMargins()
        sides = margins.left() + margins.right() + 2 * EDGE
        if self.verticalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            sides += self.verticalScrollBar().sizeHint().width()
        return max(1, self.contentsRect().width() - sides)

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
        return Place(first, self.verticalOffset() - self._rect(first).top())

    def scroll_to_place(self, place: Place | None) -> None:
        card = self._rect(place.row) if place is not None else QRect()
        hidden = min(place.hidden, card.height()) if place is not None else 0
        self.verticalScrollBar().setValue(card.top() + hidden)

    def _shows_current(self) -> bool:
        return self.currentIndex().row() in self.visible_rows()

    def _rect(self, row: int) -> QRect:
        return self.card_layout.rect(row) if row < self.card_layout.count else QRect(0, 0, 0, 0)

    def updateGeometries(self) -> None:
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self.card_layout.height + 2 * EDGE - height))
        bar.setPageStep(height)
        bar.setSingleStep(_STEP)
        self.horizontalScrollBar().setRange(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        if self.content_width() != self._width:
            self.doItemsLayout()
        else:
            self.updateGeometries()
            self.view_changed.emit()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        return False

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        if not index.isValid() or index.row() >= self.card_layout.count:
            return QRect()
        return self.on_screen(self.card_layout.rect(index.row()))

    def on_screen(self, place: QRect) -> QRect:
        """A place of the layout in the viewport, where rows begin at the side where text begins."""
        return self._mirrored(place).translated(EDGE, EDGE - self.verticalOffset())

    def _mirrored(self, place: QRect) -> QRect:
        if not self.isRightToLeft():
            return place
        width = self.viewport().width() - 2 * EDGE
        return place.translated(width - place.width() - 2 * place.left(), 0)

    def indexAt(self, point: QPoint) -> QModelIndex:
        at = self._mirrored(QRect(point.x() - EDGE, 0, 1, 1)).x()
        row = self.card_layout.index_at(at, point.y() - EDGE + self.verticalOffset())
        model = self.model()
        return model.index(row, 0) if 0 <= row < self.count() else QModelIndex()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid() or index.row() >= self.card_layout.count:
            return
        place = self.card_layout.rect(index.row())
        bar, room = self.verticalScrollBar(), self.viewport().height()
        top, bottom = place.top(), place.bottom() + 1 + 2 * EDGE
        if hint is QAbstractItemView.ScrollHint.PositionAtTop:
            bar.setValue(top)
        elif hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue((top + bottom - room) // 2)
        elif top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + room:
            bar.setValue(min(top, bottom - room))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.with_ring(self.visualRect(index))
        return region

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.topLeft())
        self.selectionModel().select(QItemSelection(index, index), command)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._place = None
        self.viewport().scroll(dx, dy)
        self.view_changed.emit()
        self.scrolled.emit()

    def count(self) -> int:
        model = self.model()
        return model.rowCount() if model is not None else 0

    def with_ring(self, place: QRect) -> QRect:
        return place.adjusted(-EDGE, -EDGE, EDGE, EDGE)

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

    def visible_rows(self) -> range:
        """The rows whose cards are in view."""
        top = self.verticalOffset() - EDGE
        rows = self.card_layout.visible(max(0, top), top + self.viewport().height())
        return range(rows.start, min(rows.stop, self.count()))

    def sizeHint(self) -> QSize:
        return QSize(640, 480)
