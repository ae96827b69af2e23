"""The window: its parts and their layout. `conductor` connects them."""

from __future__ import annotations

import base64
import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import ToolButton
from finder.gui.common.labels import Line
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.notices.notice_bar import NoticeBar
from finder.gui.common.notices.toast import Toasts
from finder.gui.common.widgets import stacked
from finder.gui.library.browse.library_model import LibraryModel
from finder.gui.library.browse.library_page import LibraryPage
from finder.gui.library.side_bar.library_panel import LibraryPanel
from finder.gui.query.filtering.filter_bar import FilterBar
from finder.gui.query.filtering.filters import FilterModel
from finder.gui.query.hero.query_editor import QueryEditor
from finder.gui.query.hero.query_hero import QueryHero
from finder.gui.query.input.drop_zone import DropZone
from finder.gui.query.query_bar import QueryBar
from finder.gui.results.details.details_panel import DetailsPanel
from finder.gui.results.results_panel import ResultsPanel
from finder.gui.shell.actions import FILE, make_actions

if TYPE_CHECKING:
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.query_facts import QueryFacts

_WIDTH_WITH_DETAILS = 1_150  # px; the details panel is hidden in a narrower window
_PAINTED_MS = 500
_SMALLEST = QSize(900, 600)
_DEFAULT = QSize(1_280, 800)


class MainWindow(QMainWindow):
    """Signals: closing, once; painted, once, when all of it has been shown, or a moment later if it
    is covered."""

    closing = Signal()
    painted = Signal()

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.setWindowTitle(tr("Image Finder"))
        self.setMinimumSize(_SMALLEST.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        self.setAcceptDrops(True)
        self._is_closing = False
        self._is_narrow: bool | None = None
        self._is_unpainted = True
        self.actions_by_name, self.menus = make_actions(self)
        self.library = LibraryPanel()
        self.query_bar = QueryBar()
        self.query_editor = QueryEditor(self)
        self.hero = QueryHero(self.query_editor, feed.pixmap)
        self.filters = FilterModel(self)
        self.filter_bar = FilterBar(self.filters, most_rows=2)
        self.notice = NoticeBar()
        self.drop_zone = DropZone()
        self.library_filter_bar = FilterBar(self.filters)
        self.library_page = LibraryPage(LibraryModel(feed, self), self.library_filter_bar)
        self.message = MessagePage()
        self.results = ResultsPanel(feed)
        self.results_page = QWidget()
        self.details = DetailsPanel()
        self.pages = QStackedWidget()
        self._blank = QWidget()  # until the library's overview is there
        self.pages.currentChanged.connect(lambda _: self.query_bar.show_views(not self.is_at_start))
        starts = (self._blank, self.drop_zone, self.library_page)
        for page in (*starts, self.message, self.results_page):
            self.pages.addWidget(page)
        self.toasts = Toasts(self)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect_panels()
        self.pages.setFocus()  # not the search field, which would take what is pasted

    def _lay_out(self) -> None:
        self.hero.add_filter(self.filter_bar.edit, self.filter_bar)
        page = QVBoxLayout(self.results_page)  # first, as Tab follows this order
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.hero)
        page.addWidget(self.results, 1)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.pages, 1)
        for panel, width in ((self.library, 216), (self.details, 264)):
            panel.setMinimumWidth(width)
            panel.setMaximumWidth(460)
        for widget in (self.library, middle, self.details):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.setSizes([216, 800, 264])
        self.setCentralWidget(stacked(self.query_bar, Line(), self._splitter))
        recent = QMenu(tr("R&ecent searches"), self)
        recent.aboutToShow.connect(lambda: self.hero.recent.fill(recent))
        self.menus[FILE].insertMenu(self.menus[FILE].actions()[-2], recent)
        menu = QMenu(self)
        for one in self.menus.values():
            menu.addMenu(one)
        self.query_bar.menu.setMenu(menu)
        self.query_bar.menu.setPopupMode(ToolButton.ToolButtonPopupMode.InstantPopup)
        self.query_bar.menu.setVisible(sys.platform != "darwin")

    def _connect_panels(self) -> None:
        remove = self.actions_by_name["remove_picture"]
        remove.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.removeAction(remove)  # Delete means something else beside the grids
        for grid in (self.library_page.view, self.results):
            grid.addAction(remove)
        for name, panel in (("library_panel", self.library), ("details_panel", self.details)):
            action = self.actions_by_name[name]
            action.setChecked(True)
            action.toggled.connect(panel.setVisible)

    # State

    def restore(self, geometry: str, splitter: str) -> None:
        """Restore the saved position and size, or use the default size."""
        restored = bool(geometry) and self.restoreGeometry(_decoded(geometry))
        if not restored:
            self.resize(_DEFAULT.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        if splitter:
            self._splitter.restoreState(_decoded(splitter))

    def encoded_geometry(self) -> str:
        return _encoded(self.saveGeometry())

    def encoded_splitter(self) -> str:
        return _encoded(self._splitter.saveState())

    def show_start(self, has_pictures: bool) -> None:
        """The library; the drop zone while it is empty."""
        self.pages.setCurrentWidget(self.library_page if has_pictures else self.drop_zone)

    @property
    def is_at_start(self) -> bool:
        return self.pages.currentWidget() in (self._blank, self.library_page, self.drop_zone)

    def show_query(self, facts: QueryFacts | None) -> None:
        """The query in the results page and in the window's title."""
        self.hero.show_query(facts)
        program = tr("Image Finder")
        if facts is None:
            self.setWindowTitle(program)
        else:
            name = printable(os.path.basename(facts.label)).replace("[*]", "[*][*]")
            self.setWindowTitle(tr("{name} – {program}").format(name=name, program=program))

    def reset_filters(self) -> bool:
        """Show all matches again. Returns whether some were left out."""
        was_listed = self.query_bar.reset_cut_off()
        return self.results.header.reset() or was_listed

    def bring_to_front(self) -> None:
        """Raise the window, as far as the desktop allows a window to raise itself."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def set_full_screen(self, full: bool) -> None:
        """A maximised window is so again afterwards."""
        state, flag = self.windowState(), Qt.WindowState.WindowFullScreen
        self.setWindowState(state | flag if full else state & ~flag)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The buttons of a mouse that go back and forward, wherever the pointer is."""
        names = {Qt.MouseButton.BackButton: "back", Qt.MouseButton.ForwardButton: "forward"}
        if event.button() in names:
            self.actions_by_name[names[event.button()]].trigger()
        else:
            super().mousePressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window closes immediately; the program ends once the current batch is stored. Never
        refused, as that would cancel the end of the desktop session."""
        event.accept()
        if not self._is_closing:
            self._is_closing = True
            self.closing.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Called before those of the window's parts; the timer fires after them."""
        super().paintEvent(event)
        self._emit_painted()

    def showEvent(self, event: QShowEvent) -> None:
        """A window that is covered or minimised from the start may not be painted for long."""
        super().showEvent(event)
        QTimer.singleShot(_PAINTED_MS, self, self._emit_painted)

    @property
    def is_painted(self) -> bool:
        """Whether `painted` has been emitted, or is about to be."""
        return not self._is_unpainted

    def _emit_painted(self) -> None:
        if self._is_unpainted:
            self._is_unpainted = False
            QTimer.singleShot(0, self, self.painted.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the details panel in a narrow window, and show it again in a wide one."""
        super().resizeEvent(event)
        narrow = event.size().width() < _WIDTH_WITH_DETAILS
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self.actions_by_name["details_panel"].setChecked(not narrow)


def _encoded(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text))
    except ValueError:
        return QByteArray()
