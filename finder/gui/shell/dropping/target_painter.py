"""Paints a place on which something can be dropped: a round frame, an icon, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_box, paint_pixmap
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import (
    BODY_PX,
    ICON_LARGE,
    RADIUS,
    SECONDARY_PX,
    SPACE,
    SPACE_M,
    SPACE_S,
    SPACE_XL,
    TITLE_PX,
)

if TYPE_CHECKING:
    from finder.gui.query.input.drop_words import DropWords
    from finder.gui.shell.dropping.drop_targets import DropTarget

_VEIL = 0.6
"""How much a veil covers of what lies below a large target; there are two."""
_LARGE = 240  # px; from this height the words stand on a card of their own
_WIDEST = 440
_CENTRED = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True)
class _Line:
    text: str
    font: QFont
    role: str
    height: int


def paint_target(painter: QPainter, target: DropTarget, ratio: float) -> None:
    """ratio: of the screen's pixels."""
    area = QRectF(target.area).adjusted(SPACE, SPACE, -SPACE, -SPACE)
    is_large = area.height() >= _LARGE
    is_ready = target.is_active and target.words.is_usable
    veil, ground = colour("window"), colour("accent_soft" if is_ready else "panel")
    if is_large:
        veil.setAlphaF(_VEIL)
        ground.setAlphaF(_VEIL)
    painter.fillRect(target.area, veil)
    paint_box(painter, area, 2 * RADIUS, ground)
    _paint_edge(painter, area, target.is_active, target.words.is_usable)
    icon_side = ICON_LARGE if is_large else SPACE_XL
    width = round(min(_WIDEST, area.width() - 2 * SPACE_M))
    lines = _lines(target.words, width, TITLE_PX if is_large else BODY_PX + 1)
    height = icon_side + SPACE + sum(line.height + SPACE_S for line in lines) - SPACE_S
    words = QRect(0, 0, width, height)
    words.moveCenter(area.center().toPoint())
    if is_large:
        margins = (-SPACE_XL, -SPACE_XL, SPACE_XL, SPACE_XL)
        card = QRectF(words).adjusted(*margins)
        paint_box(painter, card, 2 * RADIUS, colour("card"), colour("line"))
    _paint_words(painter, words, target, icon_side, lines, ratio)


def _paint_edge(painter: QPainter, area: QRectF, is_active: bool, is_usable: bool) -> None:
    pen = QPen(colour("accent" if is_active and is_usable else "scroll"), 2)
    if not is_active or not is_usable:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 2 * RADIUS - 1, 2 * RADIUS - 1)


def _lines(words: DropWords, width: int, title_px: float) -> list[_Line]:
    title = scaled_font(title_px, QFont.Weight.DemiBold)
    small = scaled_font(SECONDARY_PX)
    texts = [(words.title, title, "text"), *((text, small, "secondary") for text in words.lines)]
    return [_Line(text, font, role, _height(text, font, width)) for text, font, role in texts]


def _height(text: str, font: QFont, width: int) -> int:
    return QFontMetrics(font).boundingRect(QRect(0, 0, width, 1_000), _CENTRED, text).height()


def _paint_words(
    painter: QPainter,
    area: QRect,
    target: DropTarget,
    icon_side: int,
    lines: Sequence[_Line],
    ratio: float,
) -> None:
    words = target.words
    role = "accent_text" if target.is_active else "secondary"
    pixmap = icon_pixmap(words.icon, icon_side, ratio, role if words.is_usable else "danger")
    paint_pixmap(painter, QRectF(area.left(), area.top(), area.width(), icon_side), pixmap)
    top = area.top() + icon_side + SPACE
    for line in lines:
        painter.setFont(line.font)
        painter.setPen(colour(line.role))
        painter.drawText(QRect(area.left(), top, area.width(), line.height), _CENTRED, line.text)
        top += line.height + SPACE_S
