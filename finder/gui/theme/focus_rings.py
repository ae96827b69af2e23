"""The ring around what has the focus, while the user moves it with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from finder.gui.theme.tokens import RADIUS

if TYPE_CHECKING:
    from finder.gui.theme.focus_ring import FocusRing

OWN_FOCUS = "own_focus"
"""Property of a widget that shows its focus itself."""
FOCUS_RADIUS = "focus_radius"
"""Property: the radius of the widget's corners, if it is not the usual one."""
PARENTS_FOCUS = "parents_focus"
"""Property of a part of a control: the ring lies around the whole."""


class FocusRings(QObject):
    """Shows one ring at a time. A click shows none: the pointer says where the focus is."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._ring: FocusRing | None = None
        application.focusChanged.connect(self._focus_changed)

    def ring(self) -> FocusRing | None:
        """The ring that is shown. Qt deletes it with the window it lies in."""
        return self._ring

    def _forget(self) -> None:
        self._ring = None

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        ring = self._ring
        if ring is not None:
            ring.destroyed.disconnect(self._forget)
            ring.hide()
            ring.deleteLater()
            self._ring = None
        if new is None or new.isWindow() or new.property(OWN_FOCUS):
            return
        by_keyboard = Qt.WidgetAttribute.WA_KeyboardFocusChange  # Qt sets it, and never resets it
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            new.window().setAttribute(by_keyboard, False)
        if new.window().testAttribute(by_keyboard):
            whole = new.parentWidget() if new.property(PARENTS_FOCUS) else None
            from finder.gui.theme.focus_ring import FocusRing

            around = whole or new
            radius = around.property(FOCUS_RADIUS)
            self._ring = FocusRing(around, RADIUS if radius is None else float(radius))
            self._ring.destroyed.connect(self._forget)
