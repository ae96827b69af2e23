"""A segmented control: one of a few choices, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from finder.gui.common.buttons import ToolButton
from finder.gui.theme.focus_rings import PARENTS_FOCUS

Segment = tuple[str, str, str]
"""Key, text, name of the icon; text or icon may be empty. A segment without a text needs `tips`."""


class SegmentedControl(QWidget):
    """Signal: chosen(key), when the user chooses. The arrow keys move; Tab enters at the choice."""

    chosen = Signal(str)

    def __init__(self, name: str, segments: Sequence[Segment], tips: Sequence[str] = ()) -> None:
        """name: what is chosen, for screen readers. tips: one for each segment."""
        super().__init__()
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "segments")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._keys = [key for key, _, _ in segments]
        self.buttons: list[ToolButton] = []
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        for at, (key, text, icon_name) in enumerate(segments):
            tip = tips[at] if tips else ""
            button = ToolButton(icon_name, text, tip, checkable=True, parent=self)
            button.setProperty("kind", "segment")
            button.setProperty(PARENTS_FOCUS, True)
            button.clicked.connect(partial(self._clicked, key))
            group.addButton(button)
            layout.addWidget(button)
            self.buttons.append(button)
        self.choose(self._keys[0])

    def choice(self) -> str:
        return next(
            k for k, button in zip(self._keys, self.buttons, strict=True) if button.isChecked()
        )

    def choose(self, key: str) -> None:
        """Show this choice, without the signal."""
        at = self._keys.index(key)
        self.buttons[at].setChecked(True)
        for place, button in enumerate(self.buttons):
            policy = Qt.FocusPolicy.StrongFocus if place == at else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)
        self.setFocusProxy(self.buttons[at])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A button leaves the arrow keys to this."""
        at = self._keys.index(self.choice())
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            step = -step
        last = len(self._keys) - 1
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        to = ends.get(Qt.Key(event.key()), min(max(at + step, 0), last))
        if to == at:
            super().keyPressEvent(event)
            return
        self._clicked(self._keys[to])
        self.buttons[to].setFocus(Qt.FocusReason.TabFocusReason)

    def _clicked(self, key: str, _checked: bool = True) -> None:
        self.choose(key)
        self.chosen.emit(key)


_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
}
