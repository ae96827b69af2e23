"""A screen's picture over that screen, on which the user draws what is to be searched for."""

from __future__ import annotations

import math
import sys

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.query.capture.shots import Shot, cut_out, pixel_rect
from finder.gui.query.hero.crop_frame import (
    KEY_STEPS,
    WHOLE,
    Edge,
    dragged_frame,
    frame_between,
)
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import BODY_PX, RADIUS, RADIUS_SMALL, SPACE, SPACE_M, SPACE_XL

CLICK = 8
"""Px; a shorter drag is a click, and no frame is smaller."""
_LINE = 2  # px of the frame, around it


class CaptureOverlay(QWidget):
    """A drag of the mouse, or a click for the whole screen, takes at once; with the keyboard a
    frame is moved and resized, and Enter takes it.

    Signals: taken(QImage), in the pixels of the device; cancelled; begun, when a frame appears;
    left: Tab, to the next screen.
    """

    taken = Signal(QImage)
    cancelled = Signal()
    begun = Signal()
    left = Signal()

    def __init__(self, shot: Shot) -> None:
        super().__init__()
        self._image = shot.image
        self._pixmap = QPixmap.fromImage(shot.image)
        self._frame: QRectF | None = None
        self._start: QPointF | None = None
        self.setWindowFlags(
            Qt.WindowType.Window
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setWindowTitle(tr("Capture part of the screen"))
        self.setAccessibleName(tr("Picture of the screen"))
        self.setFont(scaled_font(BODY_PX))
        self.setScreen(shot.screen)
        self.setGeometry(shot.screen.geometry())
        self._describe()

    @property
    def frame(self) -> QRectF | None:
        """In fractions of the screen; None before one is drawn."""
        return self._frame

    def open(self) -> None:
        """Cover the screen. macOS would make a space of its own for a window in full screen."""
        if sys.platform == "darwin":
            self.show()
        else:
            self.showFullScreen()
        self.raise_()

    def clear(self) -> None:
        """Remove the frame: one is drawn on another screen."""
        self._start = None
        self._set_frame(None)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.begun.emit()
            self._start = event.position()
            self._set_frame(None)
        elif event.button() is Qt.MouseButton.RightButton:
            self.cancelled.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is not None:
            self._set_frame(self._drawn(self._start, event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._start is not None:
            self._set_frame(self._drawn(self._start, event.position()))
            self._start = None
            self._take()

    def _drawn(self, one: QPointF, other: QPointF) -> QRectF | None:
        """The frame between two points; None if they are as near as in a click."""
        moved = other - one
        if max(abs(moved.x()), abs(moved.y())) < CLICK:
            return None
        return frame_between(self._fraction(one), self._fraction(other), self._smallest())

    def _fraction(self, at: QPointF) -> QPointF:
        x, y = at.x() / max(1, self.width()), at.y() / max(1, self.height())
        return QPointF(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))

    def _smallest(self) -> QSizeF:
        return QSizeF(CLICK / max(CLICK, self.width()), CLICK / max(CLICK, self.height()))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = KEY_STEPS.get(event.key())
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif step is not None:
            self._move_by_key(step, event.modifiers())
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.left.emit()
        return True

    def _move_by_key(self, step: QPointF, held: Qt.KeyboardModifier) -> None:
        """The first key makes a frame of the middle half."""
        if self._frame is None:
            self.begun.emit()
            self._set_frame(QRectF(0.25, 0.25, 0.5, 0.5))
            return
        if held & Qt.KeyboardModifier.ControlModifier:
            size = self._image.size()
            step = QPointF(_sign(step.x()) / size.width(), _sign(step.y()) / size.height())
        resizes = bool(held & Qt.KeyboardModifier.ShiftModifier)
        edges = Edge.RIGHT | Edge.BOTTOM if resizes else Edge.ALL
        self._set_frame(dragged_frame(self._frame, edges, step, self._smallest()))

    # The frame

    def _take(self) -> None:
        self.taken.emit(cut_out(self._image, self._frame or WHOLE))

    def _set_frame(self, frame: QRectF | None) -> None:
        if frame == self._frame:
            return
        if frame is None or self._frame is None:  # the hint comes or goes
            self.update()
        else:
            self.update(QRegion(self._touched()))
        self._frame = frame
        self.update(self._touched())
        self._describe()

    def _frame_rect(self) -> QRect:
        """In px of the layout, on the edges of the device's pixels that are taken, as near as whole
        px allow."""
        pixels = QRectF(pixel_rect(self._image, self._frame or WHOLE))
        across = self.width() / self._image.width()
        down = self.height() / self._image.height()
        return QRectF(
            pixels.left() * across,
            pixels.top() * down,
            pixels.width() * across,
            pixels.height() * down,
        ).toRect()

    def _touched(self) -> QRect:
        """What is painted of the frame."""
        frame = self._frame_rect().adjusted(-_LINE, -_LINE, _LINE, _LINE)
        return frame.united(self.size_rect().toAlignedRect())

    def _size_text(self) -> str:
        pixels = pixel_rect(self._image, self._frame or WHOLE)
        return tr("{width} × {height} px").format(width=pixels.width(), height=pixels.height())

    def size_rect(self) -> QRectF:
        """Below the frame at its right end, or inside it where there is no room."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._size_text()) + 2 * SPACE
        height = metrics.height() + SPACE
        frame = self._frame_rect()
        left = min(self.width() - width, max(0, frame.right() + 1 - width))
        top = frame.bottom() + 1 + SPACE
        if top + height > self.height():
            top = max(0, frame.bottom() - height - SPACE)
        return QRectF(left, top, width, height)

    def _describe(self) -> None:
        text = self._hint() if self._frame is None else self._size_text()
        self.setAccessibleDescription(text)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._pixmap)
        shaded = QRegion(self.rect())
        if self._frame is not None:
            shaded -= self._frame_rect()
        painter.setClipRegion(shaded)
        painter.fillRect(event.rect(), colour("screen_shade"))
        painter.setClipping(False)
        if self._frame is None:
            self._paint_hint(painter)
        else:
            self._paint_frame(painter)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        half = _LINE / 2
        edge = QPen(colour("on_picture"), _LINE)
        edge.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self._frame_rect()).adjusted(-half, -half, half, half))
        area = self.size_rect()
        paint_box(painter, area, RADIUS_SMALL, colour("toast"))
        painter.setPen(colour("on_toast"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._size_text())

    def _hint(self) -> str:
        return "\n".join(
            (
                tr("Draw a rectangle around what to search for. A click takes the whole screen."),
                tr(
                    "Keys: arrows move a rectangle, with Shift they resize it; Enter takes it, "
                    "Esc cancels."
                ),
            )
        )

    def _paint_hint(self, painter: QPainter) -> None:
        lines = self._hint()
        words = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        room = QRect(QPoint(), self.size()).adjusted(2 * SPACE_XL, 0, -2 * SPACE_XL, 0)
        text = painter.boundingRect(room, int(words), lines)
        text.moveTop(2 * SPACE_XL + math.ceil(self.height() / 12))
        box = text.adjusted(-2 * SPACE_M, -SPACE_M, 2 * SPACE_M, SPACE_M)
        paint_box(painter, QRectF(box), RADIUS, colour("toast"))
        painter.setPen(colour("on_toast"))
        painter.drawText(text, int(words), lines)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
