"""How far a run is, and how it ended: a sentence and a bar, or a verdict."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.labels import ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import plain
from finder.gui.theme.tokens import SPACE_M


class RunStatus(QWidget):
    """Takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict()
        self.words = plain("", wrap=True)
        self.bar = ThinProgress(tr("Progress"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        for widget in (self.verdict, self.words, self.bar):
            layout.addWidget(widget)
        self.show_idle()

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known. A verdict that comes while it is busy stays."""
        if self.words.isHidden():
            self.verdict.clear()
        self.words.setText(text)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._show_progress(True)

    def show_idle(self) -> None:
        """The verdict stays."""
        self._show_progress(False)

    def _show_progress(self, is_busy: bool) -> None:
        for widget in (self.words, self.bar):
            widget.setVisible(is_busy)
