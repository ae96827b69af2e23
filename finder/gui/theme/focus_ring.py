"""The ring around what has the focus, while the user moves it with the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QFocusFrame, QWidget

from finder.gui.theme.painting import paint_box
from finder.gui.theme.tokens import FOCUS_WIDTH, RADIUS

OWN_FOCUS = "own_focus"
"""Property of a widget that shows its focus itself."""
FOCUS_RADIUS = "focus_radius"
"""Property: the radius of the widget's corners, if it is not the usual one."""


class FocusRing(QFocusFrame):
    """Follows its widget, and is clipped by the area that scrolls it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        around = self.widget()
        radius = around.property(FOCUS_RADIUS) if around is not None else None
        painter = QPainter(self)
        paint_box(
            painter,
            QRectF(self.rect()),
            (RADIUS if radius is None else float(radius)) + FOCUS_WIDTH - 1,
            edge=self.palette().color(QPalette.ColorRole.Highlight),
            width=FOCUS_WIDTH,
        )
        painter.end()


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
        ring = self.ring()
        if ring is not None:
            ring.destroyed.disconnect(self._forget)
            ring.hide()
            ring.deleteLater()
            self._ring = None
        if new is None or new.property(OWN_FOCUS):
            return
        by_keyboard = Qt.WidgetAttribute.WA_KeyboardFocusChange  # Qt sets it, and never resets it
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            new.window().setAttribute(by_keyboard, False)
        if new.window().testAttribute(by_keyboard):
            self._ring = FocusRing(new)
            self._ring.destroyed.connect(self._forget)
            self._ring.setWidget(new)
