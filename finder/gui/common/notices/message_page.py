"""A page in place of the results: loading, nothing indexed, no results, error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.labels import IconLabel, ThinProgress
from finder.gui.common.widgets import bold, centred, plain, secondary
from finder.gui.theme.tokens import ICON_LARGE, SPACE, SPACE_M, SPACE_XL, TITLE_PX

PageButton = tuple[str, Callable[[], object]]
"""Its text, and what it does."""


class MessagePage(QWidget):
    """An icon, a title, a sentence, and buttons; a moving bar while something is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.title = bold(plain("", wrap=True), TITLE_PX)
        self.hint = plain("", wrap=True)
        secondary(self.hint)
        for label in (self.title, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._icon = IconLabel("images", ICON_LARGE, "secondary")
        self._bar = ThinProgress(tr("Working"))
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(200)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_XL)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        layout.addWidget(self._icon, 0, middle)
        layout.addLayout(centred(self.title, 520))
        layout.addLayout(centred(self.hint, 520))
        layout.addWidget(self._bar, 0, middle)
        layout.addLayout(self._buttons)
        layout.addStretch(3)

    def show_message(
        self,
        title: str,
        hint: str,
        buttons: Sequence[PageButton] = (),
        busy: bool = False,
        icon_name: str = "",
    ) -> None:
        """The first button is the primary one. icon_name: none while it is busy."""
        self.title.setText(title)
        self.hint.setText(hint)
        self._bar.setVisible(busy)
        self._icon.setVisible(bool(icon_name) and not busy)
        if icon_name:
            self._icon.show_icon(icon_name, "secondary")
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it is deleted later, and would be seen until then
                widget.deleteLater()
        self._buttons.addStretch(1)
        for at, (text, action) in enumerate(buttons):
            button = Button(text, kind=Kind.SECONDARY if at else Kind.PRIMARY)
            button.clicked.connect(lambda _=False, action=action: action())
            self._buttons.addWidget(button)
            button.show()  # now, not with the next layout of a page that is visible already
        self._buttons.addStretch(1)
