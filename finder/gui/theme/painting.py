"""For widgets that paint themselves: boxes, icons, round pictures, in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

if TYPE_CHECKING:
    from finder.gui.theme.tokens import Colours


def paint_box(
    painter: QPainter,
    area: QRectF,
    radius: float,
    fill: QColor | None = None,
    edge: QColor | None = None,
    width: float = 1.0,
) -> None:
    """A rounded box whose edge lies inside the area."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    inset = width / 2 if edge is not None else 0.0
    painter.drawRoundedRect(
        area.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset
    )


def paint_round(painter: QPainter, area: QRectF, picture: QPixmap) -> None:
    """The middle of a picture as a disc."""
    side = min(picture.width(), picture.height())
    source = QRectF((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
    disc = QPainterPath()
    disc.addEllipse(area)
    painter.save()
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setClipPath(disc)
    painter.drawPixmap(area, picture, source)
    painter.restore()


def paint_pixmap(painter: QPainter, area: QRectF, pixmap: QPixmap) -> None:
    """A pixmap in its own size in the middle of the area."""
    size = pixmap.deviceIndependentSize()
    at = area.center() - QPointF(size.width() / 2, size.height() / 2)
    painter.drawPixmap(QPointF(round(at.x()), round(at.y())), pixmap)


def paint_outline(
    painter: QPainter,
    picture: QRectF,
    corners: Sequence[tuple[float, float]],
    width: float,
    colours: Colours,
) -> None:
    """A closed line over a picture, light on dark, so that it is seen on every picture. picture:
    where all of it is; corners: as shares of its width and height. The caller clips."""
    shape = QPolygonF(
        [
            QPointF(picture.x() + across * picture.width(), picture.y() + down * picture.height())
            for across, down in corners
        ]
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, wide in ((colours.picture_shade, 2 * width + 1), (colours.on_picture, width)):
        pen = QPen(QColor(colour), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolygon(shape)
    painter.restore()
