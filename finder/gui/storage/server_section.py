"""The storage dialog's lower part: a server, trying it, and moving there."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.labels import SectionLabel, ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.setting_rows import SettingCard
from finder.gui.common.widgets import plain, secondary
from finder.gui.storage.server_form import ServerForm
from finder.gui.storage.storage_words import progress_words
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M


class _Work(Enum):
    TESTING = auto()
    MOVING = auto()


if TYPE_CHECKING:
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.store_settings import StoreSettings


class ServerSection(QWidget):
    """Signals: test_requested: also to end a running test; move_requested; cancel_requested."""

    test_requested = Signal()
    move_requested = Signal()
    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = SectionLabel("")
        self.sentence = plain("", wrap=True)
        secondary(self.sentence)
        self.form = ServerForm()
        self.verdict = Verdict()
        self.status = plain("", wrap=True)
        secondary(self.status)
        self.bar = ThinProgress(tr("Progress"))
        self.test = Button(tr("Test connection"))
        self.move_there = Button(tr("Copy there and use it"), "upload", Kind.PRIMARY)
        self.cancel = Button(tr("Cancel"))
        self.cancel.setAccessibleName(tr("Cancel copying"))
        for button in (self.test, self.move_there, self.cancel):
            button.setAutoDefault(False)
        self._is_server = False
        self._can_act = True
        self._work: _Work | None = None
        self._lay_out()
        self._connect()
        self.show_idle()

    def _lay_out(self) -> None:
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        inner.setSpacing(SPACE_M)
        for widget in (self.sentence, self.form, self.verdict, self.status, self.bar):
            inner.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.test)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.move_there)
        inner.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.title)
        layout.addWidget(SettingCard(inside))

    def _connect(self) -> None:
        self.form.edited.connect(self._edited)
        self.form.entered.connect(self._entered)
        self.test.clicked.connect(self.test_requested)
        self.move_there.clicked.connect(self.move_requested)
        self.cancel.clicked.connect(self.cancel_requested)

    # Showing

    def show_settings(self, settings: StoreSettings) -> None:
        self._is_server = settings.is_server
        self.title.setText(tr("Sign in") if self._is_server else tr("Use a Milvus server"))
        self.sentence.setText(
            tr("To use another server, bring the vectors back first.")
            if self._is_server
            else tr(
                "A Milvus server, or Zilliz Cloud, can hold the vectors of more pictures than one "
                "machine has room for, and several machines can share a library there."
            )
        )
        self.form.show_settings(settings)
        self._update()

    def show_testing(self) -> None:
        """Its button ends the test."""
        self._show_work(_Work.TESTING, tr("Trying to create, store, search and delete there …"))
        self.test.setText(tr("Stop the test"))

    def show_moving(self, text: str = "") -> None:
        self._show_work(_Work.MOVING, text or tr("Connecting …"))
        self.cancel.setEnabled(True)
        self.cancel.show()
        self.cancel.setFocus()

    def show_progress(self, progress: SendProgress) -> None:
        if self._work is _Work.MOVING and self.cancel.isEnabled():
            self.status.setText(progress_words(progress))
            self.bar.setRange(0, progress.total)
            self.bar.setValue(progress.done)

    def show_stopping(self) -> None:
        self.status.setText(tr("Stopping …"))
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(False)

    def _show_work(self, work: _Work, text: str) -> None:
        self._work = work
        self.verdict.clear()
        self.form.setEnabled(False)
        self.status.setText(text)
        self.bar.setRange(0, 0)
        for widget in (self.status, self.bar):
            widget.show()
        self._update()

    def show_idle(self) -> None:
        """Nothing is under way here."""
        self._work = None
        had_focus = self.cancel.hasFocus()
        for widget in (self.status, self.bar, self.cancel):
            widget.hide()
        self.form.setEnabled(True)
        self.test.setText(tr("Test connection"))
        self._update()
        if had_focus:
            self.test.setFocus()

    def set_can_act(self, can_act: bool) -> None:
        """Whether nothing else is under way."""
        self._can_act = can_act
        self._update()

    def _update(self) -> None:
        is_idle = self._work is None
        can_begin = self._can_act and is_idle and bool(self.form.address.text().strip())
        self.test.setEnabled(can_begin or self._work is _Work.TESTING)
        self.move_there.setEnabled(can_begin)
        self.move_there.setVisible(self._work is not _Work.MOVING and not self._is_server)

    def _edited(self) -> None:
        """What was found out is about another address."""
        self.verdict.clear()
        self._update()

    def _entered(self) -> None:
        if self.test.isEnabled() and self._work is None:
            self.test_requested.emit()
