"""A notice above the results, with a button if something can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, ToolButton
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import on_ground, plain, set_margins
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S


class NoticeBar(QFrame):
    """Pinned lines stay above other notices until the user closes the bar."""

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "notice")
        self.text = plain("", wrap=True)
        self.button = Button("")
        self._pinned: list[str] = []
        self._current = ""
        self._action: Callable[[], object] | None = None
        self.button.clicked.connect(self._button_clicked)
        close = ToolButton("x", tip=tr("Close this notice"))
        close.clicked.connect(self._close)
        layout = QHBoxLayout(self)
        set_margins(layout, SPACE_M, SPACE_S, SPACE, SPACE_S)
        layout.setSpacing(SPACE)
        layout.addWidget(IconLabel("info", role="accent_text"))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        layout.addWidget(close)
        self.hide()

    def show_notice(
        self, text: str, button: str = "", action: Callable[[], object] | None = None
    ) -> None:
        self._current, self._action = text, action
        self.button.setText(button)
        self._show()

    def pin_notice(self, text: str) -> None:
        """Show a line that later notices do not replace."""
        if text not in self._pinned:
            self._pinned.append(text)
        self._show()

    def unpin_notice(self, text: str) -> None:
        """Remove a pinned line, if it is still there."""
        if text in self._pinned:
            self._pinned.remove(text)
            self._show()

    def clear_unpinned(self) -> None:
        """Remove the notice, which no longer applies; pinned lines stay."""
        self._current, self._action = "", None
        self._show()

    def clear_text(self, text: str) -> None:
        """Remove the notice if it is this one."""
        if self._current == text:
            self.clear_unpinned()

    def _show(self) -> None:
        lines = [*self._pinned, self._current] if self._current else self._pinned
        self.text.setText("\n".join(lines))
        self.button.setVisible(self._action is not None)
        self.setVisible(bool(lines))

    def _button_clicked(self) -> None:
        action = self._action
        self.clear_unpinned()
        if action is not None:
            action()

    def _close(self) -> None:
        self._pinned.clear()
        self.clear_unpinned()
