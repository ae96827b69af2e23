"""A picture that can be enlarged and moved; optionally another one over it, up to a divider."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.gui.common.zoom.image_pyramid import ImagePyramid
from finder.gui.common.zoom.viewpoint import FIT, Viewpoint, fit_scale
from finder.gui.theme.painting import paint_outline
from finder.gui.theme.theme import colours

ZOOM_STEP = 1.25
"""For a notch of the wheel, or a key."""
_KEY_PAN = 0.08  # of the view
_HANDLE = 16  # px on both sides of the divider
_OUTLINE = 2  # px
_MARK = 2.0  # px, of what is marked in a picture
_SHARP = 3  # from so many px of the screen for one of the picture, pixels are shown as squares


class ZoomView(QWidget):
    """The wheel, + and − enlarge the picture around the pointer or the middle; dragging and the
    arrow keys move it; a double click shows its pixels, and all of it again. Shift with an arrow
    key moves the divider.

    Signals: moved, when the user has changed the viewpoint, so that other views can follow;
    rescaled, when `pixel_scale` may be another; enlarged, when one pixel of what is loaded of the
    picture takes more than one of the screen.
    """

    moved = Signal()
    rescaled = Signal()
    enlarged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._below = ImagePyramid()
        self._above: ImagePyramid | None = None
        self._corners: Sequence[tuple[float, float]] = ()
        self._outline: Sequence[tuple[float, float]] = ()
        self._marks: Sequence[Sequence[tuple[float, float]]] = ()
        self.viewpoint = Viewpoint()
        self.divider = 0.5
        self._drag: QPointF | None = None
        self._drags_divider = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Picture"))

    def show_picture(self, picture: ImagePyramid) -> None:
        """Show another picture, or the same with more pixels; the viewpoint stays."""
        self._below = picture
        self.set_viewpoint(self.viewpoint)

    def show_overlay(
        self, picture: ImagePyramid | None, corners: Sequence[tuple[float, float]] = ()
    ) -> None:
        """Put a picture over the left part, up to the divider; None: none. corners: where its own
        ones are on the picture below, as in `show_outline`; else it is shown in its place."""
        self._above, self._corners = picture, corners
        self.set_viewpoint(self.viewpoint)

    def show_outline(self, corners: Sequence[tuple[float, float]]) -> None:
        """Draw a shape on the picture, under what is over it in a place of its own. corners: in
        shares of its width and height, which may be outside; none: no shape."""
        self._outline = corners
        self.update()

    def show_marks(self, marks: Sequence[Sequence[tuple[float, float]]]) -> None:
        """Draw smaller shapes, too; each as in `show_outline`."""
        self._marks = marks
        self.update()

    # The viewpoint

    def set_viewpoint(self, viewpoint: Viewpoint) -> None:
        """Without the signal `moved`."""
        self.viewpoint = viewpoint.bounded(self._below.size, self.size())
        self.update()
        self.rescaled.emit()
        shown = [(self._below, self._place(self._below).width())]
        if self._above is not None:
            shown.append((self._above, self._width_above(self._above)))
        if any(0 < one.loaded_width < width * self.devicePixelRatioF() for one, width in shown):
            self.enlarged.emit()

    def _place(self, picture: ImagePyramid) -> QRectF:
        return self.viewpoint.rect(picture.size, self.size())

    def _width_above(self, picture: ImagePyramid) -> float:
        """Of the picture over the other one, in px."""
        if not self._corners:
            return self._place(picture).width()
        top_left, top_right, *_ = self._shape_above()
        return QLineF(top_left, top_right).length()

    def _shape_above(self) -> list[QPointF]:
        """The corners of the picture over the other one, in px."""
        place = self._place(self._below)
        return [
            place.topLeft() + QPointF(across * place.width(), down * place.height())
            for across, down in self._corners
        ]

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """around: in px of the widget, stays where it is; else the middle does."""
        point = around if around is not None else QRectF(self.rect()).center()
        self._change(self.viewpoint.zoomed(factor, point, self._below.size, self.size()))

    def zoom_to_pixels(self) -> None:
        """One pixel of the picture for each pixel of the screen."""
        if self.pixel_scale() > 0:
            zoom = self.viewpoint.zoom / self.pixel_scale()
            self._change(Viewpoint(zoom, self.viewpoint.x, self.viewpoint.y))

    def fit(self) -> None:
        """Show all of the picture."""
        self._change(Viewpoint())

    def pixel_scale(self) -> float:
        """Pixels of the screen for one of the picture; 0 without a picture."""
        fit = fit_scale(self._below.size, self.size())
        return fit * self.viewpoint.zoom * self.devicePixelRatioF()

    def _change(self, viewpoint: Viewpoint) -> None:
        self.set_viewpoint(viewpoint)
        self.moved.emit()

    def _pan(self, by: QPointF) -> None:
        self._change(self.viewpoint.moved(by, self._below.size, self.size()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_viewpoint(self.viewpoint)

    # Mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.position()
            self._drags_divider = self._is_at_divider(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag is None:
            splits = self._is_at_divider(at)
            self.setCursor(Qt.CursorShape.SplitHCursor if splits else Qt.CursorShape.OpenHandCursor)
        elif self._drags_divider:
            self.set_divider(at.x() / max(1, self.width()))
        else:
            self._pan(self._drag - at)
            self._drag = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.viewpoint.zoom > FIT:
            self.fit()
        else:
            self.zoom_to_pixels()

    def set_divider(self, fraction: float) -> None:
        self.divider = max(0.0, min(1.0, fraction))
        self.update()

    def _is_at_divider(self, at: QPointF) -> bool:
        return self._above is not None and abs(at.x() - self.divider * self.width()) <= _HANDLE

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys are left to others while the whole picture is in view."""
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(ZOOM_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_by(1 / ZOOM_STEP)
        elif event.key() in _DIVIDER_STEPS and self._above is not None and _with_shift(event):
            self.set_divider(self.divider + _DIVIDER_STEPS[event.key()])
        elif event.key() in _DIRECTIONS and self.viewpoint.zoom > FIT:
            x, y = _DIRECTIONS[event.key()]
            self._pan(QPointF(x * self.width(), y * self.height()))
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        smooth = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(smooth, self.pixel_scale() < _SHARP)
        self._paint(painter, self._below)
        if self._above is None or not self._corners:
            self._paint_outline(painter)
        if self._above is None:
            return
        at = round(self.divider * self.width())
        painter.setClipRect(0, 0, at, self.height())
        if self._corners:
            self._paint_at_corners(painter, self._above)
        else:
            painter.fillRect(0, 0, at, self.height(), QColor(colours().window))
            self._paint(painter, self._above)
        painter.setClipping(False)
        if self._corners:
            self._paint_outline(painter)
        self._paint_divider(painter, at)

    def _paint_at_corners(self, painter: QPainter, picture: ImagePyramid) -> None:
        pixmap = picture.level(self._width_above(picture) * self.devicePixelRatioF())
        area = QRectF(pixmap.rect())
        corners = [area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()]
        there = QTransform.quadToQuad(QPolygonF(corners), QPolygonF(self._shape_above()))
        if isinstance(there, QTransform):  # else there is no picture
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setTransform(there, combine=True)
            painter.drawPixmap(area, pixmap, area)
            painter.restore()

    def _paint(self, painter: QPainter, picture: ImagePyramid) -> None:
        place = self._place(picture)
        pixmap = picture.level(place.width() * self.devicePixelRatioF())
        if not pixmap.isNull():
            painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))

    def _paint_outline(self, painter: QPainter) -> None:
        place = self._place(self._below)
        shapes = [(mark, _MARK) for mark in self._marks]
        if self._outline:
            shapes.append((self._outline, _OUTLINE))
        if not shapes or place.isEmpty():
            return
        painter.save()
        painter.setClipRect(place.adjusted(-_OUTLINE, -_OUTLINE, _OUTLINE, _OUTLINE))
        for shape, width in shapes:
            paint_outline(painter, place, shape, width, colours())
        painter.restore()

    def _paint_divider(self, painter: QPainter, at: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().picture_shade), 4))
        painter.drawLine(at, 0, at, self.height())
        painter.setPen(QPen(QColor(colours().on_picture), 2))
        painter.drawLine(at, 0, at, self.height())
        painter.setBrush(QColor(colours().accent))
        painter.drawEllipse(QPointF(at, self.height() / 2), _HANDLE / 2, _HANDLE / 2)


def _with_shift(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


_DIVIDER_STEPS: dict[int, float] = {Qt.Key.Key_Left: -0.05, Qt.Key.Key_Right: 0.05}
_DIRECTIONS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_Left: (-_KEY_PAN, 0),
    Qt.Key.Key_Right: (_KEY_PAN, 0),
    Qt.Key.Key_Up: (0, -_KEY_PAN),
    Qt.Key.Key_Down: (0, _KEY_PAN),
}
