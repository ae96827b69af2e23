"""The saved searches in the side bar: a click runs one, a menu renames or deletes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.labels import SectionLabel
from finder.gui.common.widgets import on_ground
from finder.gui.library.side_bar.side_rows import SideList, SideRow
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import SPACE, SPACE_S


class SavedSection(QWidget):
    """Hidden while there is none. Signals, each with the name: chosen, by a click or Enter;
    rename_requested, also by F2; delete_requested, also by Delete."""

    chosen = Signal(str)
    rename_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "panel")
        self.title = SectionLabel(tr("Saved searches"))
        self.title.setContentsMargins(SPACE, SPACE + SPACE_S, SPACE, SPACE_S)
        self.list = SideList(tr("Saved searches"))
        self.list.chosen.connect(self.chosen)
        self.list.removed.connect(self.delete_requested)
        self.list.menu_requested.connect(self._show_menu)
        rename = QShortcut(QKeySequence(Qt.Key.Key_F2), self.list)
        rename.setContext(Qt.ShortcutContext.WidgetShortcut)
        rename.activated.connect(self._rename_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.list)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_names(self, names: Sequence[str]) -> None:
        self.list.show_rows([_row(name) for name in names])
        self.setVisible(bool(names))
        self.updateGeometry()

    def show_current(self, name: str | None) -> None:
        """Mark the search whose results are shown."""
        self.list.choose(name)

    def search_menu(self, name: str) -> QMenu:
        """The context menu of a search."""
        menu = QMenu(self)
        run = menu.addAction(icon("search"), tr("Open"))
        run.triggered.connect(partial(self.chosen.emit, name))
        menu.addSeparator()
        rename = menu.addAction(tr("Rename…"))
        rename.triggered.connect(partial(self.rename_requested.emit, name))
        delete = menu.addAction(icon("trash-2", "danger"), tr("Delete"))
        delete.triggered.connect(partial(self.delete_requested.emit, name))
        return menu

    def _show_menu(self, name: str, at: QPoint) -> None:
        menu = self.search_menu(name)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _rename_current(self) -> None:
        name = self.list.current_key()
        if name is not None:
            self.rename_requested.emit(name)


def _row(name: str) -> SideRow:
    shown = printable(name)
    return SideRow(name, shown, "bookmark", tip=shown, spoken=shown)
