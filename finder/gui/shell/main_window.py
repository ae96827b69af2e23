"""The window: its parts and their layout. `conductor` connects them."""

from __future__ import annotations

import base64
import sys
from functools import partial
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
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.common.labels import Line
from finder.gui.common.widgets import on_ground, stacked
from finder.gui.library.side_bar.library_panel import LibraryPanel
from finder.gui.query.query_bar import QueryBar
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
        self.query_bar = QueryBar()
        self.library = LibraryPanel()
        self._feed = feed
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()

    def _lay_out(self) -> None:
        """The frame: what is empty is filled by `complete`."""
        self._panels = [self.library, QWidget(), on_ground(QWidget(), "panel")]
        for panel in self._panels:
            self._splitter.addWidget(panel)
        for place, width in ((0, 216), (2, 264)):
            self._panels[place].setMinimumWidth(width)
            self._panels[place].setMaximumWidth(460)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self._splitter.setSizes([216, 800, 264])
        self.setCentralWidget(stacked(self.query_bar, Line(), self._splitter))
        for name, place in (("library_panel", 0), ("details_panel", 2)):
            action = self.actions_by_name[name]
            action.setChecked(True)
            action.toggled.connect(partial(self._show_panel, place))
        self._panels[1].setFocus()  # not the search field, which would take what is pasted

    def _show_panel(self, place: int, shown: bool) -> None:
        self._panels[place].setVisible(shown)

    def complete(self) -> None:
        """Add what the first frame does not show, and need not wait for."""
        from finder.gui.common.notices.toast import Toasts
        from finder.gui.results.details.details_panel import DetailsPanel
        from finder.gui.shell.main_area import MainArea

        may_take_focus = self.focusWidget() in (None, self._panels[1])
        area = MainArea(self._feed)
        self.hero, self.query_editor = area.hero, area.query_editor
        self.filters, self.filter_bar = area.filters, area.filter_bar
        self.library_filter_bar, self.library_page = area.library_filter_bar, area.library_page
        self.drop_zone, self.notice, self.message = area.drop_zone, area.notice, area.message
        self.results, self.results_page, self.pages = area.results, area.results_page, area.pages
        self.details = DetailsPanel()
        self._area = area
        self._fill(1, area)
        self._fill(2, self.details)
        self.toasts = Toasts(self, self.query_bar)
        self.pages.currentChanged.connect(lambda _: self.query_bar.show_views(not self.is_at_start))
        self._connect_actions()
        if may_take_focus:  # the user has not gone elsewhere meanwhile
            self.pages.setFocus()

    def _fill(self, place: int, panel: QWidget) -> None:
        """Put a panel into the place that the frame has for it."""
        empty = self._panels[place]
        self._panels[place] = panel
        panel.setMinimumWidth(empty.minimumWidth())
        panel.setMaximumWidth(empty.maximumWidth())
        shown = not empty.isHidden()
        self._splitter.replaceWidget(place, panel)
        empty.deleteLater()
        panel.setVisible(shown)

    def _connect_actions(self) -> None:
        recent = QMenu(tr("R&ecent searches"), self)
        recent.aboutToShow.connect(lambda: self.hero.recent.fill(recent))
        self.menus[FILE].insertMenu(self.menus[FILE].actions()[-2], recent)
        menu = QMenu(self)
        for one in self.menus.values():
            menu.addMenu(one)
        self.query_bar.menu.setMenu(menu)
        self.query_bar.menu.setPopupMode(ToolButton.ToolButtonPopupMode.InstantPopup)
        self.query_bar.menu.setVisible(sys.platform != "darwin")
        remove = self.actions_by_name["remove_picture"]
        remove.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.removeAction(remove)  # Delete means something else beside the grids
        for grid in (self.library_page.view, self.results):
            grid.addAction(remove)

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
        return self._area.is_at_start

    def show_query(self, facts: QueryFacts | None) -> None:
        """The query in the results page and in the window's title."""
        self.hero.show_query(facts)
        program = tr("Image Finder")
        if facts is None:
            self.setWindowTitle(program)
        else:
            name = facts.title.replace("[*]", "[*][*]")
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
