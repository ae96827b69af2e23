"""One result column's list: a virtualised grid of cards that asks for visible thumbnails."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QMimeData,
    QModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QWidget

from finder.gui.results.match_delegate import MatchDelegate
from finder.gui.results.match_model import MatchListModel, MatchRole

_SETTLE_MS = 30


class MatchView(QListView):
    """Signals carry a Match (or None); `edge`: an arrow key went over the edge of the list."""

    pointed = Signal(object)
    chosen = Signal(object)
    opened = Signal(object)
    previewed = Signal(object)
    wanted = Signal(object)  # content ids of the visible rows
    edge = Signal(int)  # −1 left, +1 right

    def __init__(self, model: MatchListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = MatchDelegate(self)
        self._matches = model
        self.setModel(model)
        self.setItemDelegate(self._cards)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(24)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._ask_for_visible)
        self.verticalScrollBar().valueChanged.connect(self._settle_soon)
        model.modelReset.connect(self._settle_soon)
        self.doubleClicked.connect(self._open)
        self._drag_from: QPoint | None = None

    def set_thumb_size(self, size: int) -> None:
        self._cards.thumb_size = size
        self._fit_grid()

    def current_match(self) -> object:
        return self.currentIndex().data(MatchRole.MATCH)

    def go_to_row(self, row: int) -> None:
        """Make a row current, the nearest one if there are fewer."""
        row = min(row, self._matches.rowCount() - 1)
        if row >= 0:
            self.setCurrentIndex(self._matches.index(row))

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_grid()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if selected.indexes():
            self.chosen.emit(selected.indexes()[0].data(MatchRole.MATCH))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        self._drag_from = event.position().toPoint() if left else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton and self._drag_from is not None:
            if (at - self._drag_from).manhattanLength() >= QApplication.startDragDistance():
                self._drag_out(self._drag_from)
                self._drag_from = None
            return
        self.pointed.emit(self.indexAt(at).data(MatchRole.MATCH))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        act = None if plain else self._key_acts().get(event.key())
        if act is not None and act():
            event.accept()
        else:
            super().keyPressEvent(event)

    def _key_acts(self) -> dict[int, Callable[[], bool]]:
        return {
            Qt.Key.Key_Return: lambda: self._open(self.currentIndex()),
            Qt.Key.Key_Enter: lambda: self._open(self.currentIndex()),
            Qt.Key.Key_Space: self._preview,
            Qt.Key.Key_Left: lambda: self._over_edge(-1),
            Qt.Key.Key_Right: lambda: self._over_edge(1),
        }

    def _open(self, index: QModelIndex) -> bool:
        if index.isValid():
            self.opened.emit(index.data(MatchRole.MATCH))
        return index.isValid()

    def _preview(self) -> bool:
        self.previewed.emit(self.current_match())
        return True

    def _over_edge(self, step: int) -> bool:
        """An arrow at the first or last card of a row goes to the neighbouring column."""
        across = self._across()
        at = self.currentIndex().row() % across
        if at + step in range(across) and self.currentIndex().row() + step in range(
            self._matches.rowCount()
        ):
            return False
        self.edge.emit(step)
        return True

    def _drag_out(self, start: QPoint) -> None:
        """Results can be dragged to other programs, as files."""
        match = self.indexAt(start).data(MatchRole.MATCH)
        if match is None:
            return
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(match.picture.paths[0])])
        drag = QDrag(self)
        drag.setMimeData(mime)
        pixmap = self.indexAt(start).data(MatchRole.PIXMAP)
        if pixmap is not None and not pixmap.isNull():
            drag.setPixmap(pixmap.scaledToWidth(96, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)

    # Layout

    def _across(self) -> int:
        """How many cards stand side by side."""
        smallest = self._cards.card_size(self.fontMetrics().height())
        return max(1, self.viewport().width() // smallest.width())

    def _fit_grid(self) -> None:
        smallest = self._cards.card_size(self.fontMetrics().height())
        # One pixel less than the width, or the list wraps before the last card.
        width = max(1, (self.viewport().width() - 1) // self._across())
        self.setGridSize(QSize(width, smallest.height()))
        self._cards.fill = QSize(width, smallest.height())
        self._settle.start()

    def _settle_soon(self) -> None:
        """Connected to instead of QTimer.start, which would take a signal's number for its time."""
        self._settle.start()

    def _ask_for_visible(self) -> None:
        """The visible rows first, then a screen below them."""
        if not self._matches.rowCount():
            return
        line_height = max(1, self.gridSize().height())
        first = self.verticalOffset() // line_height * self._across()
        lines = self.viewport().height() // line_height + 2
        rows = range(first, first + 2 * lines * self._across())
        matches = (self._matches.match_at(row) for row in rows)
        self.wanted.emit([match.picture.id for match in matches if match is not None])
