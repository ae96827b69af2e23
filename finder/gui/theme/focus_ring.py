"""The ring itself, and its style. Imported with the first ring: QProxyStyle takes 5 ms."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF
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
from finder.gui.theme.tokens import FOCUS_GAP, FOCUS_WIDTH

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
    style = _RingStyle("fusion")
    style.setParent(QApplication.instance())
    return style


class FocusRing(QFocusFrame):
    """Follows its widget, and is clipped by the area that scrolls it. radius: of the widget."""

    def __init__(self, around: QWidget, radius: float) -> None:
        super().__init__(around)
        self._radius = radius
        self.setStyle(_ring_style())
        self.setWidget(around)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_box(
            painter,
            QRectF(self.rect()),
            self._radius + _OUTSIDE,
            edge=self.palette().color(QPalette.ColorRole.Highlight),
            width=FOCUS_WIDTH,
        )
        painter.end()
