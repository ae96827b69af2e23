"""A page in place of the results: loading, nothing indexed, no results, error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from finder.gui.common.widgets import bold, centred, faint, plain

Button = tuple[str, Callable[[], object]]


class MessagePage(QWidget):
    """A title, a sentence, and buttons; a moving bar while something is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.title = bold(plain("", wrap=True), 1.4)
        self.hint = plain("", wrap=True)
        faint(self.hint)
        for label in (self.title, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(200)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        layout.addLayout(centred(self.title, 520))
        layout.addLayout(centred(self.hint, 520))
        layout.addWidget(self._bar, 0, middle)
        layout.addLayout(self._buttons)
        layout.addStretch(3)

    def show_message(
        self, title: str, hint: str, buttons: Sequence[Button] = (), busy: bool = False
    ) -> None:
        self.title.setText(title)
        self.hint.setText(hint)
        self._bar.setVisible(busy)
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._buttons.addStretch(1)
        for text, action in buttons:
            button = QPushButton(text)
            button.clicked.connect(lambda _=False, action=action: action())
            self._buttons.addWidget(button)
            button.show()  # now, not with the next layout of a page that is visible already
        self._buttons.addStretch(1)
