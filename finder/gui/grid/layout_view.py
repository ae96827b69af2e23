"""A scrolling view whose items are placed by a `GridLayout`.

QListView gives the selection, the scroll area, and what screen readers need; its own layout, which
takes seconds for 100,000 items, is never asked.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from finder.gui.grid.layouts import CellLayout, GridLayout
from finder.gui.theme.focus_rings import OWN_FOCUS
from finder.gui.theme.tokens import SPACE

EDGE = 6
"""Px around the cards, for the ring of those at the edge."""
_STEP = 16  # px; a notch of the wheel scrolls by three of these


class LayoutView(QListView):
    """Where the items are on the screen, and which one is at a point."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card_layout: GridLayout = CellLayout(0, 1, 160, 1.5, SPACE)
        self.setProperty("kind", "cards")
        self.setProperty(OWN_FOCUS, True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def content_width(self) -> int:
        """Px for the cards. The scroll bar keeps its place while it is hidden: cards that fit only
        without it would show and hide it for ever."""
        margins = self.viewportMargins()
        sides = margins.left() + margins.right() + 2 * EDGE
        if self.verticalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            sides += self.verticalScrollBar().sizeHint().width()
        return max(1, self.contentsRect().width() - sides)

    def updateGeometries(self) -> None:
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self.card_layout.height + 2 * EDGE - height))
        bar.setPageStep(height)
        bar.setSingleStep(_STEP)
        self.horizontalScrollBar().setRange(0, 0)

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

    def count(self) -> int:
        model = self.model()
        return model.rowCount() if model is not None else 0

    def with_ring(self, place: QRect) -> QRect:
        return place.adjusted(-EDGE, -EDGE, EDGE, EDGE)

    def visible_rows(self) -> range:
        """The rows whose cards are in view."""
        top = self.verticalOffset() - EDGE
        rows = self.card_layout.visible(max(0, top), top + self.viewport().height())
        return range(rows.start, min(rows.stop, self.count()))

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def row_rect(self, row: int) -> QRect:
        return self.card_layout.rect(row) if row < self.card_layout.count else QRect(0, 0, 0, 0)
