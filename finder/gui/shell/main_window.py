"""The window: its parts and where they are. What they do together is `conductor`'s."""

from __future__ import annotations

import base64

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.message_page import MessagePage
from finder.gui.common.notice_bar import NoticeBar
from finder.gui.library.library_panel import LibraryPanel
from finder.gui.query.drop_data import can_take, take
from finder.gui.query.drop_zone import DropZone
from finder.gui.query.filter_bar import FilterBar
from finder.gui.query.query_bar import QueryBar
from finder.gui.results.details_panel import DetailsPanel
from finder.gui.results.results_panel import ResultsPanel
from finder.gui.results.thumbnail_feed import ThumbnailFeed
from finder.gui.shell.actions import make_actions

_DETAILS_NEED = 1_150  # px of window width below which the details panel begins hidden
_PAINTED_MS = 500
_SMALLEST = QSize(900, 600)
_FIRST = QSize(1_280, 800)


class MainWindow(QMainWindow):
    """Signals: taken(Intake) for a drop; closing, once; painted, once, when all of it can be seen
    (or could be)."""

    taken = Signal(object)
    closing = Signal()
    painted = Signal()

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.setWindowTitle(tr("Image Finder"))
        self.setMinimumSize(_SMALLEST.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        self.setAcceptDrops(True)
        self._is_closing = False
        self._narrow: bool | None = None
        self._unpainted = True
        self.actions_by_name = make_actions(self)
        self.library = LibraryPanel()
        self.query_bar = QueryBar()
        self.filter_bar = FilterBar()
        self.notice = NoticeBar()
        self.drop_zone = DropZone()
        self.message = MessagePage()
        self.results = ResultsPanel(feed)
        self.details = DetailsPanel()
        self.pages = QStackedWidget()
        for page in (self.drop_zone, self.message, self.results):
            self.pages.addWidget(page)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect_panels()

    def _lay_out(self) -> None:
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.query_bar)
        layout.addWidget(_line())
        layout.addWidget(self.filter_bar)
        layout.addWidget(self.notice)
        layout.addWidget(self.pages, 1)
        for panel, width in ((self.library, 200), (self.details, 240)):
            panel.setMinimumWidth(width)
            panel.setMaximumWidth(460)
        for widget in (self.library, middle, self.details):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(6)
        self._splitter.setSizes([220, 800, 260])
        self.setCentralWidget(self._splitter)
        size = QLabel(tr("Si&ze"))
        size.setBuddy(self.query_bar.thumb_size)
        for widget in (size, self.query_bar.thumb_size):
            self.statusBar().addPermanentWidget(widget)

    def _connect_panels(self) -> None:
        self.library.search_here_asked.connect(self.filter_bar.set_folder)
        for name, panel in (("library_panel", self.library), ("details_panel", self.details)):
            action = self.actions_by_name[name]
            action.setChecked(True)
            action.toggled.connect(panel.setVisible)

    # Remembering

    def restore(self, geometry: str, splitter: str) -> None:
        """The place and size of the last time, or a good first one."""
        kept = bool(geometry) and self.restoreGeometry(_decoded(geometry))
        if not kept:
            self.resize(_FIRST.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        if splitter:
            self._splitter.restoreState(_decoded(splitter))

    def kept_geometry(self) -> str:
        return _encoded(self.saveGeometry())

    def kept_splitter(self) -> str:
        return _encoded(self._splitter.saveState())

    def come_forward(self) -> None:
        """In front of other windows, as far as the desktop lets a window do that by itself."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    # Events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if can_take(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.drop_zone.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_zone.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_zone.set_hot(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.taken.emit(take(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window goes at once; the program ends when the batch in hand is stored. Never
        refused: a session that ends would take that for a wish to stay."""
        event.accept()
        if not self._is_closing:
            self._is_closing = True
            self.closing.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Comes before its parts' own ones; the timer fires after those."""
        super().paintEvent(event)
        self._tell_painted()

    def showEvent(self, event: QShowEvent) -> None:
        """A window that is covered or minimised from the first is not painted for long."""
        super().showEvent(event)
        QTimer.singleShot(_PAINTED_MS, self, self._tell_painted)

    def _tell_painted(self) -> None:
        if self._unpainted:
            self._unpainted = False
            QTimer.singleShot(0, self, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The details panel gives way in a narrow window, and comes back in a wide one."""
        super().resizeEvent(event)
        narrow = event.size().width() < _DETAILS_NEED
        if narrow != self._narrow:
            self._narrow = narrow
            self.actions_by_name["details_panel"].setChecked(not narrow)


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line


def _encoded(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text))
    except ValueError:
        return QByteArray()
