"""One line above the results: something to know, perhaps with one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from finder.core.text import tr
from finder.gui.widgets import plain


class NoticeBar(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.text = plain("", wrap=True)
        self.text.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.act = QPushButton()
        self._do: Callable[[], object] | None = None
        self.act.clicked.connect(self._act)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName(tr("Close this notice"))
        close.setForegroundRole(QPalette.ColorRole.ToolTipText)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.act)
        layout.addWidget(close)
        self.hide()

    def show_notice(
        self, text: str, button: str = "", act: Callable[[], object] | None = None
    ) -> None:
        self.text.setText(text)
        self.act.setText(button)
        self.act.setVisible(act is not None)
        self._do = act
        self.show()

    def _act(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()
