"""The grid of cards in a result column; it requests the thumbnails of the visible rows only."""

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
from finder.gui.theme.focus_rings import OWN_FOCUS

_LOAD_DELAY_MS = 30


class MatchView(QListView):
    """Signals carry a Match or None; edge_passed: an arrow key moved past the first or last column
    of the grid."""

    hovered = Signal(object)
    match_selected = Signal(object)
    match_activated = Signal(object)
    preview_requested = Signal(object)
    thumbnails_requested = Signal(object)  # content ids of the visible rows
    edge_passed = Signal(int)  # −1 left, +1 right

    def __init__(self, model: MatchListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delegate = MatchDelegate(self)
        self._matches = model
        self.setModel(model)
        self.setItemDelegate(self._delegate)
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
        self.setProperty("kind", "cards")
        self.setProperty(OWN_FOCUS, True)
        self._load_timer = QTimer(self)
        self._load_timer.setSingleShot(True)
        self._load_timer.setInterval(_LOAD_DELAY_MS)
        self._load_timer.timeout.connect(self._request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(self._load_soon)
        model.modelReset.connect(self._load_soon)
        self.doubleClicked.connect(self._open)
        self._drag_start: QPoint | None = None

    def set_thumb_size(self, size: int) -> None:
        self._delegate.thumb_size = size
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
            self.match_selected.emit(selected.indexes()[0].data(MatchRole.MATCH))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        self._drag_start = event.position().toPoint() if left else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton and self._drag_start is not None:
            if (at - self._drag_start).manhattanLength() >= QApplication.startDragDistance():
                self._start_drag(self._drag_start)
                self._drag_start = None
            return
        self.hovered.emit(self.indexAt(at).data(MatchRole.MATCH))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self.hovered.emit(None)
        super().leaveEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        action = None if modifiers else self._key_actions().get(event.key())
        if action is not None and action():
            event.accept()
        else:
            super().keyPressEvent(event)

    def _key_actions(self) -> dict[int, Callable[[], bool]]:
        return {
            Qt.Key.Key_Return: lambda: self._open(self.currentIndex()),
            Qt.Key.Key_Enter: lambda: self._open(self.currentIndex()),
            Qt.Key.Key_Space: self._preview,
            Qt.Key.Key_Left: lambda: self._step_sideways(-1),
            Qt.Key.Key_Right: lambda: self._step_sideways(1),
        }

    def _open(self, index: QModelIndex) -> bool:
        if index.isValid():
            self.match_activated.emit(index.data(MatchRole.MATCH))
        return index.isValid()

    def _preview(self) -> bool:
        self.preview_requested.emit(self.current_match())
        return True

    def _step_sideways(self, step: int) -> bool:
        """An arrow key on the first or last card of a row moves to the next result column."""
        columns = self._columns()
        column = self.currentIndex().row() % columns
        if column + step in range(columns) and self.currentIndex().row() + step in range(
            self._matches.rowCount()
        ):
            return False
        self.edge_passed.emit(step)
        return True

    def _start_drag(self, start: QPoint) -> None:
        """Matches can be dragged to other programs, as files."""
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

    def _columns(self) -> int:
        """The number of cards in a row."""
        smallest = self._delegate.card_size(self.fontMetrics().height())
        return max(1, self.viewport().width() // smallest.width())

    def _fit_grid(self) -> None:
        smallest = self._delegate.card_size(self.fontMetrics().height())
        # One pixel less than the width, or the list wraps before the last card.
        width = max(1, (self.viewport().width() - 1) // self._columns())
        self.setGridSize(QSize(width, smallest.height()))
        self._delegate.cell_size = QSize(width, smallest.height())
        self._load_timer.start()

    def _load_soon(self) -> None:
        """For signals with a number, which QTimer.start would take for its interval."""
        self._load_timer.start()

    def _request_thumbnails(self) -> None:
        """Those of the visible rows first, then of one screen below."""
        if not self._matches.rowCount():
            return
        line_height = max(1, self.gridSize().height())
        first = self.verticalOffset() // line_height * self._columns()
        lines = self.viewport().height() // line_height + 2
        rows = range(first, first + 2 * lines * self._columns())
        matches = (self._matches.match_at(row) for row in rows)
        self.thumbnails_requested.emit([match.picture.id for match in matches if match is not None])
