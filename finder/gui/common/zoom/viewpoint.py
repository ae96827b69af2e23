"""Which part of a picture a view shows, and how large."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF

FIT = 1.0
_MOST = 64.0


@dataclass(frozen=True)
class Viewpoint:
    """zoom: 1 fits the picture into the view; less is for pictures that are smaller than it. x, y:
    the point in the middle of the view, in fractions of the picture. So two pictures of different
    sizes can be seen from the same one."""

    zoom: float = FIT
    x: float = 0.5
    y: float = 0.5

    def size(self, picture: QSize, view: QSize) -> QSizeF:
        """Of the whole picture, in px of the view."""
        return QSizeF(picture) * (fit_scale(picture, view) * self.zoom)

    def rect(self, picture: QSize, view: QSize) -> QRectF:
        """Where the whole picture is, in px of the view; parts may be outside."""
        size = self.size(picture, view)
        left = view.width() / 2 - self.x * size.width()
        top = view.height() / 2 - self.y * size.height()
        return QRectF(QPointF(left, top), size)

    def bounded(self, picture: QSize, view: QSize) -> Viewpoint:
        """The nearest one that shows no more beside the picture than necessary."""
        limited = replace(self, zoom=_bounded_zoom(self.zoom, picture, view))
        size = limited.size(picture, view)
        x = _bounded(self.x, size.width(), view.width())
        return replace(limited, x=x, y=_bounded(self.y, size.height(), view.height()))

    def zoomed(self, factor: float, around: QPointF, picture: QSize, view: QSize) -> Viewpoint:
        """What is at `around` (px of the view) stays there."""
        zoom = _bounded_zoom(self.zoom * factor, picture, view)
        before, after = self.size(picture, view), replace(self, zoom=zoom).size(picture, view)
        if after.isEmpty():
            return self
        right, down = around.x() - view.width() / 2, around.y() - view.height() / 2
        return Viewpoint(
            zoom,
            self.x + right / before.width() - right / after.width(),
            self.y + down / before.height() - down / after.height(),
        ).bounded(picture, view)

    def moved(self, by: QPointF, picture: QSize, view: QSize) -> Viewpoint:
        """by: px of the view."""
        size = self.size(picture, view)
        if size.isEmpty():
            return self
        x, y = self.x + by.x() / size.width(), self.y + by.y() / size.height()
        return replace(self, x=x, y=y).bounded(picture, view)


def fit_scale(picture: QSize, view: QSize) -> float:
    """Px of the view for one of the picture if it fits the view; 0 without a picture."""
    if picture.isEmpty() or view.isEmpty():
        return 0.0
    return min(view.width() / picture.width(), view.height() / picture.height())


def _bounded_zoom(zoom: float, picture: QSize, view: QSize) -> float:
    """A picture can be made no smaller than the view, or than its pixels."""
    return max(min(FIT, 1 / (fit_scale(picture, view) or 1)), min(_MOST, zoom))


def _bounded(value: float, whole: float, room: float) -> float:
    margin = room / whole / 2 if whole > room else 0.5
    return min(1 - margin, max(margin, value))
