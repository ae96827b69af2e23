"""Thumbnails in the size and shape of their cards."""

from __future__ import annotations

import time
from collections import OrderedDict

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPixmap, QTransform

from finder.gui.theme.tokens import RADIUS_CARD

_CACHE_BYTES = 120_000_000
_FRAME_SECONDS = 0.014
_SCALING_SECONDS = 0.004


class _ScalingTime:
    """How long pictures are scaled within one frame of the screen."""

    def __init__(self) -> None:
        self._frame = self._began = 0.0
        self._spent = 0.0

    def begin(self) -> None:
        if time.perf_counter() - self._frame > _FRAME_SECONDS:
            self._frame, self._spent = time.perf_counter(), 0.0

    def is_used_up(self) -> bool:
        return self._spent > _SCALING_SECONDS

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._spent += time.perf_counter() - self._began


_scaling = _ScalingTime()


class Covers:
    """Draws thumbnails for one view, and keeps those that were scaled last. has_drafts: some of
    those drawn since `begin` are to be drawn again."""

    def __init__(self) -> None:
        self._cache: OrderedDict[tuple[int, int, int, float], QPixmap] = OrderedDict()
        self._bytes = 0
        self.has_drafts = False

    def begin(self) -> None:
        """A paint of several cards begins. Scaling pictures smoothly takes a limited time of it, in
        all views together; the others are drawn as drafts."""
        self.has_drafts = False
        _scaling.begin()

    def draw(self, painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
        """The middle of the picture, filling the area, its corners rounded."""
        cover = self._cover(pixmap, area.size(), painter.device().devicePixelRatioF())
        if cover is not None:
            painter.drawPixmap(area.topLeft(), cover)
        else:
            _draw_draft(painter, area, pixmap)
            self.has_drafts = True

    def _cover(self, pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap | None:
        """Cached, as this takes more time than all the rest of a card. None if there is no time for
        it in this paint."""
        key = pixmap.cacheKey(), size.width(), size.height(), ratio
        found = self._cache.get(key)
        if found is not None:
            self._cache.move_to_end(key)
            return found
        if _scaling.is_used_up():
            return None
        with _scaling:
            made = _scaled_cover(pixmap, size * ratio, RADIUS_CARD * ratio)
        made.setDevicePixelRatio(ratio)
        self._cache[key] = made
        self._bytes += _size(made)
        while self._bytes > _CACHE_BYTES and len(self._cache) > 1:
            self._bytes -= _size(self._cache.popitem(last=False)[1])
        return made


def covered_place(area: QRect, picture: QSize) -> QRectF:
    """Where all of a picture of this size would be whose middle fills the area."""
    scale = max(area.width() / picture.width(), area.height() / picture.height())
    whole = QRectF(0, 0, scale * picture.width(), scale * picture.height())
    whole.moveCenter(QRectF(area).center())
    return whole


def _scaled_cover(pixmap: QPixmap, size: QSize, radius: float) -> QPixmap:
    """The middle of the picture, scaled to fill the size, with rounded corners."""
    scaled = pixmap.scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (scaled.width() - size.width()) // 2, (scaled.height() - size.height()) // 2
    made = QPixmap(size)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    brush = QBrush(scaled)
    painter.setBrush(brush)
    painter.setBrushOrigin(QPointF(-left, -top))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height()), radius, radius)
    painter.end()
    return made


def _draw_draft(painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
    """As `_scaled_cover` would show it, from the nearest pixels: a tenth of its time."""
    whole, place = covered_place(area, pixmap.size()), QTransform()
    place.translate(whole.x(), whole.y())
    place.scale(whole.width() / pixmap.width(), whole.height() / pixmap.height())
    brush = QBrush(pixmap)
    brush.setTransform(place)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRoundedRect(area, RADIUS_CARD, RADIUS_CARD)
    painter.restore()


def _size(pixmap: QPixmap) -> int:
    return 4 * pixmap.width() * pixmap.height()
