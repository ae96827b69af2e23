"""The query's picture, on which a frame can be drawn around the part that counts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.gui.query.hero.crop_frame import (
    KEY_STEPS,
    WHOLE,
    Edge,
    cursor_of,
    dragged_frame,
    edges_at,
    frame_between,
)
from finder.gui.theme.theme import colours
from finder.gui.theme.tokens import FOCUS_WIDTH, RADIUS_CARD

_CLICK = 6  # px; a shorter drag is a click
_REPORT_MS = 150  # while a frame is dragged


class CropPicture(QWidget):
    """Shows a picture; the user draws, moves and resizes a frame on it with the mouse, or with the
    arrow keys (with Shift: its right and lower edges). A click or Delete removes it.

    frame_changed: the part in fractions of the picture (QRectF), the whole one without a frame;
    while it is dragged, at a calm rate.
    """

    frame_changed = Signal(QRectF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._shown = QPixmap()
        self._frame = QRectF(WHOLE)
        self._dragged = Edge.NONE
        self._is_new = False
        self._start = QPointF()
        self._start_frame = QRectF()
        self._reported = QRectF(WHOLE)
        self._timer = QTimer(self, singleShot=True, interval=_REPORT_MS)
        self._timer.timeout.connect(self._report)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Query picture"))
        self._describe()

    @property
    def frame(self) -> QRectF:
        """The part, in fractions of the picture; the whole picture without a frame."""
        return QRectF(self._frame)

    def show_picture(self, image: QImage, frame: QRectF = WHOLE) -> None:
        """Show another picture with its frame, without a signal."""
        self._pixmap = QPixmap.fromImage(image)
        self._frame, self._reported = QRectF(frame), QRectF(frame)
        self._timer.stop()
        self._scale()
        self._describe()

    def set_frame(self, frame: QRectF) -> None:
        """Put a frame on the picture, without a signal."""
        self._frame, self._reported = QRectF(frame), QRectF(frame)
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(224, 160)

    # Geometry

    def picture_rect(self) -> QRect:
        """Where the picture is, fitted into the widget at its top left."""
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect(QPoint(), size)

    def frame_rect(self) -> QRectF:
        """The frame in the widget's px."""
        area = QRectF(self.picture_rect())
        return QRectF(
            area.left() + self._frame.left() * area.width(),
            area.top() + self._frame.top() * area.height(),
            self._frame.width() * area.width(),
            self._frame.height() * area.height(),
        )

    def _fraction(self, at: QPointF) -> QPointF:
        area = self.picture_rect()
        x, y = at.x() / max(1, area.width()), at.y() / max(1, area.height())
        return QPointF(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pixmap.isNull():
            event.ignore()
            return
        self._start = event.position()
        self._start_frame = QRectF(self._frame)
        self._dragged = self._edges(event)
        self._is_new = self._dragged is Edge.NONE

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.setCursor(cursor_of(self._edges(event)))
            return
        moved = event.position() - self._start
        if self._is_new:
            if moved.manhattanLength() >= _CLICK:
                self._change(
                    frame_between(self._fraction(self._start), self._fraction(event.position()))
                )
        elif self._dragged is not Edge.NONE:
            area = self.picture_rect()
            by = QPointF(moved.x() / max(1, area.width()), moved.y() / max(1, area.height()))
            self._change(dragged_frame(self._start_frame, self._dragged, by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        is_click = (event.position() - self._start).manhattanLength() < _CLICK
        if is_click and self._dragged in (Edge.NONE, Edge.ALL):
            self._change(QRectF(WHOLE))
        self._dragged, self._is_new = Edge.NONE, False
        self._report()

    def _edges(self, event: QMouseEvent) -> Edge:
        """What a drag from here would move; nothing where it would draw a new frame."""
        is_whole = self._frame == WHOLE
        return Edge.NONE if is_whole else edges_at(self.frame_rect(), event.position())

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = KEY_STEPS.get(event.key())
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._frame != WHOLE:
            self._change(QRectF(WHOLE))
        elif step is not None and not self._pixmap.isNull():
            self._move_by_key(step, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _move_by_key(self, step: QPointF, resizes: bool) -> None:
        """The first key makes a frame of the middle half."""
        if self._frame == WHOLE:
            self._change(QRectF(0.25, 0.25, 0.5, 0.5))
            return
        edges = Edge.RIGHT | Edge.BOTTOM if resizes else Edge.ALL
        self._change(dragged_frame(self._frame, edges, step))

    # Reporting

    def _change(self, frame: QRectF) -> None:
        if frame == self._frame:
            return
        self._frame = frame
        self._describe()
        self.update()
        if not self._timer.isActive():
            self._timer.start()

    def _report(self) -> None:
        self._timer.stop()
        if self._frame != self._reported:
            self._reported = QRectF(self._frame)
            self.frame_changed.emit(QRectF(self._frame))

    def _describe(self) -> None:
        if self._frame == WHOLE:
            text = tr(
                "The whole picture counts. Draw a frame around a part, or use the arrow keys."
            )
        else:
            text = tr("The part from {left} % to {right} % across and {top} % to {bottom} % down.")
            text = text.format(
                left=round(100 * self._frame.left()),
                right=round(100 * self._frame.right()),
                top=round(100 * self._frame.top()),
                bottom=round(100 * self._frame.bottom()),
            )
        self.setAccessibleDescription(text)

    # Painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._scale()

    def _scale(self) -> None:
        if self._pixmap.isNull():
            self._shown = QPixmap()
        else:
            ratio = self.devicePixelRatioF()
            self._shown = self._pixmap.scaled(
                self.picture_rect().size() * ratio,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._shown.setDevicePixelRatio(ratio)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.picture_rect())
        path = QPainterPath()
        path.addRoundedRect(area, RADIUS_CARD, RADIUS_CARD)
        painter.setClipPath(path)
        painter.drawPixmap(0, 0, self._shown)
        if self._frame != WHOLE:
            self._paint_frame(painter, path)
        painter.setClipping(False)
        if self.hasFocus():
            half = FOCUS_WIDTH / 2
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours().accent), FOCUS_WIDTH))
            inner = area.adjusted(half, half, -half, -half)
            painter.drawRoundedRect(inner, RADIUS_CARD - half, RADIUS_CARD - half)

    def _paint_frame(self, painter: QPainter, picture: QPainterPath) -> None:
        frame = self.frame_rect()
        part = QPainterPath()
        part.addRoundedRect(frame, 4, 4)
        shade = QColor(colours().picture_shade)
        painter.fillPath(picture.subtracted(part), shade)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours().on_picture), 2))
        painter.drawPath(part)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().on_picture))
        for corner in (frame.topLeft(), frame.topRight(), frame.bottomLeft(), frame.bottomRight()):
            painter.drawEllipse(corner, 4, 4)
