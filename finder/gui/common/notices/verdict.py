"""How something ended: an icon, a sentence, and below it what else is known, or the way out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_XS


class Verdict(QWidget):
    """Hidden while there is nothing to say. What it shows is read out."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("info")
        self._title = plain("", wrap=True)
        self._more = plain("", wrap=True)
        secondary(self._more)
        words = QVBoxLayout()
        words.setSpacing(SPACE_XS)
        words.addWidget(self._title)
        words.addWidget(self._more)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """All of it; empty while it is hidden."""
        return "" if self.isHidden() else f"{self._title.text()} {self._more.text()}".strip()

    def show_success(self, title: str, more: str = "") -> None:
        self._show("circle-check", "success", title, more)

    def show_failure(self, title: str, hint: str = "") -> None:
        self._show("circle-alert", "danger", title, hint)

    def show_note(self, title: str, more: str = "") -> None:
        self._show("info", "accent_text", title, more)

    def clear(self) -> None:
        self.hide()

    def _show(self, icon_name: str, role: str, title: str, more: str) -> None:
        self._icon.show_icon(icon_name, role)
        self._title.setText(breakable(printable(title)))
        self._more.setText(breakable(printable(more)))
        self._more.setVisible(bool(more))
        self.show()
        event = QAccessibleAnnouncementEvent(self, f"{title} {more}".strip())
        QAccessible.updateAccessibility(event)
