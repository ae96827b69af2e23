"""The storage dialog's first page: where the vectors are now; above the form for a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable, left_to_right
from finder.gui.common.labels import SectionLabel
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import align_to_edge, plain
from finder.gui.storage.row_table import Row, RowTable
from finder.gui.storage.storage_words import place_sentence, sync_sentence, vector_rows
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.gui.storage.background_sync import SyncState
    from finder.use_cases.library.vector_store import StoreStatus


class PlaceSection(QWidget):
    """Signals: sync_requested; bring_back_requested."""

    sync_requested = Signal()
    bring_back_requested = Signal()

    def __init__(self, folder: str) -> None:
        """folder: the library's."""
        super().__init__()
        self._folder = folder
        self.synchronise = Button(tr("Synchronise now"), "refresh-cw")
        self.bring_back = Button(tr("Bring back…"), "hard-drive")
        self.bring_back.setAccessibleName(tr("Bring back to this computer…"))
        self._title = plain(tr("Being read …"), wrap=True)
        self._place = SettingRow(self._title, " ")
        for label in (self._title, self._place.sentence):
            align_to_edge(label)
        self._sync = SettingRow(tr("Other machines"), " ", self.synchronise)
        self._back = SettingRow(
            tr("Bring back to this computer"),
            tr("Into the library’s folder; what is on the server stays there."),
            self.bring_back,
        )
        self._vectors = SettingCard()
        self._vectors_title = SectionLabel(tr("Vectors"))
        self._place_card = SettingCard(self._place, self._sync)
        self._back_card = SettingCard(self._back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        for widget in (self._place_card, self._vectors_title, self._vectors, self._back_card):
            layout.addWidget(widget)
        self.synchronise.clicked.connect(self.sync_requested)
        self.bring_back.clicked.connect(self.bring_back_requested)
        self._show_server(False)

    def show_status(self, status: StoreStatus, titles: Mapping[str, str]) -> None:
        """titles: of the models, by their names."""
        address = status.settings.address
        title = (
            tr("In the library’s folder on this computer")
            if address is None
            else left_to_right(breakable(printable(address.uri)))
        )
        self._title.setText(title)
        self._place.show_sentence(place_sentence(status.settings, self._folder, status.version))
        self._show_server(address is not None)
        rows = vector_rows(status, titles)
        self._vectors.show_rows([RowTable([Row(row) for row in rows])] if rows else [])
        for widget in (self._vectors_title, self._vectors):
            widget.setVisible(bool(rows))

    def show_sync(self, state: SyncState) -> None:
        """How following the other machines goes."""
        self._sync.show_sentence(breakable(printable(sync_sentence(state))))

    def _show_server(self, is_server: bool) -> None:
        self._place_card.set_row_visible(self._sync, is_server)
        self._back_card.setVisible(is_server)
