"""What a dialog has under way, and how it ended: below its pages, whichever is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button
from finder.gui.common.labels import ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_L

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message


class Activity(QWidget):
    """Hidden while there is nothing to say. Signal: cancel_requested."""

    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.status = plain("", wrap=True)
        secondary(self.status)
        self.bar = ThinProgress(tr("Progress"))
        self.cancel = Button(tr("Cancel"))
        self.verdict = Verdict()
        self._busy = QWidget()
        words = QVBoxLayout()
        words.setSpacing(SPACE)
        words.addStretch(1)
        words.addWidget(self.status)
        words.addWidget(self.bar)
        words.addStretch(1)
        busy = QHBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.setSpacing(SPACE_L)
        busy.addLayout(words, 1)
        busy.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._busy)
        layout.addWidget(self.verdict)
        self.cancel.clicked.connect(self.cancel_requested)
        self.clear()

    @property
    def is_busy(self) -> bool:
        return not self._busy.isHidden()

    def show_busy(self, text: str, can_cancel: bool = False) -> None:
        self.verdict.clear()
        self.status.setText(text)
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self.cancel.setVisible(can_cancel)
        self._busy.show()
        self.show()

    def show_progress(self, text: str, done: int, total: int) -> None:
        """Unless it is being cancelled."""
        if self.is_busy and self.cancel.isEnabled():
            self.status.setText(text)
            self.bar.setRange(0, total)
            self.bar.setValue(done)

    def show_stopping(self, text: str) -> None:
        self.status.setText(text)
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(False)

    def end_busy(self) -> None:
        """What was said about how something ended stays."""
        if self.is_busy:
            self.clear()

    def show_success(self, text: str) -> None:
        self.clear()
        self.verdict.show_success(text)
        self.show()

    def show_note(self, title: str, more: str = "") -> None:
        self.clear()
        self.verdict.show_note(title, more)
        self.show()

    def show_problem(self, message: Message) -> None:
        self.clear()
        self.verdict.show_failure(message.title, message.hint)
        self.show()

    def clear(self) -> None:
        self._busy.hide()
        self.verdict.clear()
        self.hide()
