"""The storage dialog: where the vectors are, and a server for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QPushButton, QWidget

from finder.core.i18n import tr
from finder.gui.common.labels import show_icon
from finder.gui.common.setting_rows import Section
from finder.gui.common.widgets import dialog_layout
from finder.gui.storage.place_section import PlaceSection
from finder.gui.storage.server_section import ServerSection

if TYPE_CHECKING:
    from collections.abc import Callable

    from finder.use_cases.library.vector_store import StoreStatus

_SIZE = QSize(760, 720)
_AROUND = 64
"""Px that are shown above and below a result: the buttons, too."""


class StorageDialog(QDialog):
    """Its two sections have the signals. folder: the library's."""

    def __init__(self, folder: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Storage"))
        self.place = PlaceSection(folder)
        self.server = ServerSection()
        page = Section(tr("Where the vectors are"), "database")
        page.add(self.place)
        page.add(self.server)
        self._page = page
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = dialog_layout(self)
        layout.addWidget(page, 1)
        layout.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field tests the connection
        self.resize(_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))
        self.server.form.address.setFocus()

    def show_status(self, status: StoreStatus, titles: Mapping[str, str]) -> None:
        self.place.show_status(status, titles)
        self.server.show_settings(status.settings)

    def reveal(self, section: PlaceSection | ServerSection) -> None:
        """Scroll to what is said about how something ended, once it has its place."""
        if section is self.place:
            self._page.verticalScrollBar().setValue(0)
            return
        verdict = section.verdict
        QTimer.singleShot(0, verdict, lambda: self._page.ensureWidgetVisible(verdict, 0, _AROUND))

    def set_can_act(self, can_act: bool) -> None:
        """Whether nothing is under way."""
        self.place.synchronise.setEnabled(can_act)
        self.place.bring_back.setEnabled(can_act)
        self.server.set_can_act(can_act)


def ask_to_bring_back(parent: QWidget, server: str, confirmed: Callable[[], object]) -> None:
    """Call `confirmed` if the user agrees."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Bring back"))
    box.setText(tr("Keep the vectors on this computer again?"))
    box.setInformativeText(
        tr(
            "The vectors of this machine’s pictures are put into the library’s folder. The "
            "pictures of other machines leave this library. What is on {server} stays there, for "
            "the others and for coming back."
        ).format(server=server)
    )
    yes = box.addButton(tr("Bring back"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    yes.clicked.connect(lambda: confirmed())
    box.finished.connect(box.deleteLater)
    show_icon(box, "circle-help", "accent_text")
    box.open()
