"""The storage dialog's upper part: where the vectors are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import SectionLabel, ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import plain
from finder.gui.storage.fact_table import FactTable
from finder.gui.storage.storage_words import machine_rows, place_sentence, vector_rows
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message
    from finder.use_cases.library.vector_store import StoreStatus


class PlaceSection(QWidget):
    """Signals: sync_requested; bring_back_requested."""

    sync_requested = Signal()
    bring_back_requested = Signal()

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.synchronise = Button(tr("Synchronise now"), "refresh-cw")
        self.bring_back = Button(tr("Bring back…"), "hard-drive")
        self.bring_back.setAccessibleName(tr("Bring back to this computer…"))
        self._title = plain(tr("Being read …"), wrap=True)
        self._place = SettingRow(self._title, " ", self.synchronise)
        self._back = SettingRow(
            tr("Bring back to this computer"),
            tr("Into the library’s folder; what is on the server stays there."),
            self.bring_back,
        )
        self.bar = ThinProgress(tr("Progress"))
        self.bar.setRange(0, 0)
        self.verdict = Verdict()
        self._vectors, self._machines = SettingCard(), SettingCard()
        self._vectors_title = SectionLabel(tr("Vectors"))
        self._machines_title = SectionLabel(tr("Machines that share the library"))
        self._lay_out()
        self.synchronise.clicked.connect(self.sync_requested)
        self.bring_back.clicked.connect(self.bring_back_requested)
        self._show_server(False)
        self.show_busy("")

    def _lay_out(self) -> None:
        said = QWidget()
        inner = QVBoxLayout(said)
        inner.setContentsMargins(SPACE_L, 0, SPACE_L, SPACE_M)
        inner.setSpacing(SPACE)
        inner.addWidget(self.verdict)
        inner.addWidget(self.bar)
        self._said = said
        self._place_card = SettingCard(self._place)
        card = self._place_card.layout()
        assert card is not None
        card.addWidget(said)
        self._back_card = SettingCard(self._back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        for widget in (
            self._place_card,
            self._vectors_title,
            self._vectors,
            self._machines_title,
            self._machines,
            self._back_card,
        ):
            layout.addWidget(widget)

    def show_status(self, status: StoreStatus, titles: Mapping[str, str]) -> None:
        """titles: of the models, by their names."""
        address = status.settings.address
        title = tr("In the library’s folder on this computer") if address is None else address.uri
        self._title.setText(breakable(printable(title)))
        sentence = place_sentence(status.settings, self._folder, status.version)
        self._place.show_sentence(breakable(printable(sentence)))
        self._show_server(address is not None)
        self._show_rows(self._vectors_title, self._vectors, vector_rows(status, titles))
        self._show_rows(self._machines_title, self._machines, machine_rows(status))

    def _show_server(self, is_server: bool) -> None:
        self.synchronise.setVisible(is_server)
        self._back_card.setVisible(is_server)

    def _show_rows(self, title: QWidget, card: SettingCard, rows: list[list[str]]) -> None:
        card.show_rows([FactTable(rows)] if rows else [])
        for widget in (title, card):
            widget.setVisible(bool(rows))

    def show_busy(self, text: str) -> None:
        """What is under way; empty: nothing is."""
        self.bar.setVisible(bool(text))
        if text:
            self.verdict.show_note(text)
        else:
            self.verdict.clear()
        self._show_said()

    def end_busy(self) -> None:
        """What was said about how something ended stays."""
        if not self.bar.isHidden():
            self.show_busy("")

    def show_success(self, text: str) -> None:
        self.show_busy("")
        self.verdict.show_success(text)
        self._show_said()

    def show_problem(self, message: Message) -> None:
        self.show_busy("")
        self.verdict.show_failure(message.title, message.hint)
        self._show_said()

    def _show_said(self) -> None:
        self._said.setVisible(not (self.verdict.isHidden() and self.bar.isHidden()))
