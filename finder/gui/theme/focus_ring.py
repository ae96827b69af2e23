"""The ring around what has the focus, while the user moves it with the keyboard."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from finder.gui.theme.painting import paint_box
from finder.gui.theme.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS

OWN_FOCUS = "own_focus"
"""Property of a widget that shows its focus itself."""
FOCUS_RADIUS = "focus_radius"
"""Property: the radius of the widget's corners, if it is not the usual one."""
PARENTS_FOCUS = "parents_focus"
"""Property of a part of a control: the ring lies around the whole."""

_OUTSIDE = FOCUS_WIDTH + FOCUS_GAP - 1  # the edge of a control is the first pixel of the gap


class _RingStyle(QProxyStyle):
    """Qt gives a focus frame 2 px, and masks it to a rectangle."""

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        margins = (
            QStyle.PixelMetric.PM_FocusFrameHMargin,
            QStyle.PixelMetric.PM_FocusFrameVMargin,
        )
        return _OUTSIDE if metric in margins else super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803
    ) -> int:
        if hint is QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0
        return super().styleHint(hint, option, widget, returnData)


@cache
def _ring_style() -> QStyle:
    """Made with the first ring: the program starts sooner without it."""
    style = _RingStyle("fusion")
    style.setParent(QApplication.instance())
    return style


class FocusRing(QFocusFrame):
    """Follows its widget, and is clipped by the area that scrolls it."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setStyle(_ring_style())
        self.setWidget(around)

    def paintEvent(self, event: QPaintEvent) -> None:
        around = self.widget()
        radius = around.property(FOCUS_RADIUS) if around is not None else None
        painter = QPainter(self)
        paint_box(
            painter,
            QRectF(self.rect()),
            (RADIUS if radius is None else float(radius)) + _OUTSIDE,
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
            self._ring = FocusRing(whole or new)
            self._ring.destroyed.connect(self._forget)
