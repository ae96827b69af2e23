"""Lies over the window while something is dragged: says what dropping it does, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QVariantAnimation
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.shell.dropping.target_painter import paint_target
from finder.gui.theme.theme import motion_enabled
from finder.gui.theme.tokens import FADE_MS

if TYPE_CHECKING:
    from finder.gui.shell.dropping.drop_targets import DropTarget


class DropOverlay(QWidget):
    """The pointer and drags go through it. targets: empty while nothing is dragged."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("What dropping does"))
        self.targets: list[DropTarget] = []
        self._painted: list[DropTarget] = []
        self._opacity = 0.0
        self._fade = QVariantAnimation(self, duration=FADE_MS)
        self._fade.valueChanged.connect(self._set_opacity)
        self.hide()

    @property
    def active(self) -> DropTarget | None:
        """What would happen now."""
        return next((target for target in self.targets if target.is_active), None)

    def show_targets(self, targets: Sequence[DropTarget]) -> None:
        if list(targets) == self.targets:
            return
        before = self.active
        if not self.targets:
            self.setGeometry(QRect(self.window().rect()))
            self.raise_()
            self.show()
            self._fade_to(1.0)
        self.targets = self._painted = list(targets)
        self.update()
        active = self.active
        if active is not None and (before is None or before.words != active.words):
            self._speak(active.words.spoken)

    def end(self) -> None:
        """What was shown fades."""
        if self.targets:
            self.targets = []
            self._fade_to(0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(self._opacity)
        for target in self._painted:
            paint_target(painter, target, self.devicePixelRatioF())
        painter.end()

    def _fade_to(self, opacity: float) -> None:
        self._fade.stop()
        if motion_enabled():
            self._fade.setStartValue(self._opacity)
            self._fade.setEndValue(opacity)
            self._fade.start()
        else:
            self._set_opacity(opacity)

    def _set_opacity(self, opacity: float) -> None:
        self._opacity = opacity
        self.setVisible(opacity > 0 or bool(self.targets))
        self.update()

    def _speak(self, text: str) -> None:
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
