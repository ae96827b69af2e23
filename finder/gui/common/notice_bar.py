"""One line above the results: something to know, perhaps with one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from finder.core.i18n import tr
from finder.gui.common.widgets import plain


class NoticeBar(QFrame):
    """Some lines stay, above whatever else is shown, until the user closes the notice."""

    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.text = plain("", wrap=True)
        self.text.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.act = QPushButton()
        self._kept: list[str] = []
        self._passing = ""
        self._do: Callable[[], object] | None = None
        self.act.clicked.connect(self._act)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName(tr("Close this notice"))
        close.setForegroundRole(QPalette.ColorRole.ToolTipText)
        close.clicked.connect(self._close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.act)
        layout.addWidget(close)
        self.hide()

    def show_notice(
        self, text: str, button: str = "", act: Callable[[], object] | None = None
    ) -> None:
        self._passing, self._do = text, act
        self.act.setText(button)
        self._show()

    def keep_notice(self, text: str) -> None:
        """Show a line that no later notice takes the place of."""
        if text not in self._kept:
            self._kept.append(text)
        self._show()

    def pass_on(self) -> None:
        """Drop the notice that belongs to what is over now; lines that stay, stay."""
        self._passing, self._do = "", None
        self._show()

    def _show(self) -> None:
        lines = [*self._kept, self._passing] if self._passing else self._kept
        self.text.setText("\n".join(lines))
        self.act.setVisible(self._do is not None)
        self.setVisible(bool(lines))

    def _act(self) -> None:
        do = self._do
        self.pass_on()
        if do is not None:
            do()

    def _close(self) -> None:
        self._kept.clear()
        self.pass_on()
