"""The storage dialog: where the vectors are, and a server for them; of a library on a server also
who shares it, and how it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.setting_rows import Section
from finder.gui.common.widgets import dialog_layout
from finder.gui.storage.activity import Activity
from finder.gui.storage.machines_section import MachinesSection
from finder.gui.storage.place_section import PlaceSection
from finder.gui.storage.searching_section import SearchingSection
from finder.gui.storage.server_section import ServerSection
from finder.gui.theme.icons import icon
from finder.gui.theme.tokens import ICON, SPACE_XL

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.use_cases.library.vector_store import StoreStatus

_SIZE = QSize(880, 680)
_LIST_WIDTH = 152
_AROUND = 64
"""Px that are shown above and below a result: the buttons, too."""


class StorageDialog(QDialog):
    """Its sections have the signals. folder: the library's."""

    def __init__(self, folder: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Storage"))
        self.place = PlaceSection(folder)
        self.server = ServerSection()
        self.machines = MachinesSection()
        self.searching = SearchingSection()
        self.activity = Activity()
        self.list = QListWidget()
        self.pages = QStackedWidget()
        self._first = Section(tr("Where the vectors are"), "database")
        self._first.add(self.place)
        self._first.add(self.server)
        self._lay_out()
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))
        self._show_pages(False)
        self.server.form.address.setFocus()

    def _lay_out(self) -> None:
        self.list.setAccessibleName(tr("Pages"))
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.ensurePolished()  # or its rows keep the height they have without the theme
        for text, section in (
            (tr("Vectors"), self._first),
            (tr("Machines"), self.machines),
            (tr("Searching"), self.searching),
        ):
            self.list.addItem(QListWidgetItem(icon(section.icon_name), text))
            self.pages.addWidget(section)
        self.list.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.list.setCurrentRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        both = QHBoxLayout()
        both.setSpacing(SPACE_XL)
        both.addWidget(self.list)
        both.addWidget(self.pages, 1)
        layout = dialog_layout(self)
        layout.addLayout(both, 1)
        layout.addWidget(self.activity)
        layout.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field tests the connection

    def show_status(self, status: StoreStatus, models: Mapping[str, ModelSpec]) -> None:
        """models: by their names."""
        self._show_pages(status.settings.is_server)
        self.place.show_status(status, {name: spec.title for name, spec in models.items()})
        self.server.show_settings(status.settings)
        self.machines.show_status(status)
        self.searching.show_status(status, models)

    def _show_pages(self, is_server: bool) -> None:
        """A library in its folder has the first page only, and needs no list."""
        self.list.setVisible(is_server)
        if is_server and self.focusWidget() is self.server.form.address:  # it is not edited then
            self.list.setFocus()
        if not is_server:
            self.list.setCurrentRow(0)

    def reveal_server(self) -> None:
        """Scroll to what is said about the server, once it has its place."""
        verdict = self.server.verdict
        QTimer.singleShot(0, verdict, lambda: self._first.ensureWidgetVisible(verdict, 0, _AROUND))

    def set_can_act(self, can_act: bool) -> None:
        """Whether nothing is under way."""
        self.place.synchronise.setEnabled(can_act)
        self.place.bring_back.setEnabled(can_act)
        self.server.set_can_act(can_act)
        self.machines.set_can_act(can_act)
        self.searching.set_can_act(can_act)
