"""Dragging a card out of a grid, until it is dropped or cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QDrag, QPainter, QPainterPath, QPixmap

from finder.gui.common.card_mime import card_mime
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole, PictureView
from finder.gui.theme.tokens import RADIUS

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord

_SIDE = 112  # px, the longer one of what hangs on the pointer
_OFFSET = QPoint(-12, -12)  # below the pointer, which stays visible


class _Origin:
    """The card that is being dragged, on the screen."""

    place = QRect()


def drag_card(view: PictureView, row: int, record: PictureRecord) -> None:
    """Until it is dropped or cancelled. It can be copied only: no program may move the file."""
    drag = QDrag(view)
    drag.setMimeData(card_mime(record))
    index = view.model().index(row, 0)
    card = index.data(CardRole.CARD)
    if isinstance(card, Card) and card.pixmap is not None and not card.pixmap.isNull():
        drag.setPixmap(_small(card.pixmap, view.devicePixelRatioF()))
        drag.setHotSpot(_OFFSET)
    place = view.visualRect(index)
    _Origin.place = QRect(view.viewport().mapToGlobal(place.topLeft()), place.size())
    drag.exec(Qt.DropAction.CopyAction)
    _Origin.place = QRect()


def is_at_origin(at: QPoint) -> bool:
    """Whether a place on the screen is the dragged card itself."""
    return _Origin.place.contains(at)


def _small(thumbnail: QPixmap, ratio: float) -> QPixmap:
    """With round corners."""
    side = round(_SIDE * ratio)
    scaled = thumbnail.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    small = QPixmap(scaled.size())
    small.fill(Qt.GlobalColor.transparent)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(small.rect()), RADIUS * ratio, RADIUS * ratio)
    painter = QPainter(small)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(shape)
    painter.drawPixmap(0, 0, scaled)
    painter.end()
    small.setDevicePixelRatio(ratio)
    return small
