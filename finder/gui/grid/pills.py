"""What lies on a picture's upper corners: its rank, how many are folded behind it, a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_pixmap
from finder.gui.theme.tokens import SPACE, SPACE_S, Colours

if TYPE_CHECKING:
    from finder.gui.grid.card import Card

_ICON = 14  # px, before the word


def paint_badge(painter: QPainter, area: QRect, text: str, colours: Colours) -> None:
    """A circle at the top left; as wide as its number needs."""
    painter.save()
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    side = metrics.height() + SPACE_S
    width = max(side, metrics.horizontalAdvance(text) + 2 * SPACE)
    badge = QRect(area.left() + SPACE, area.top() + SPACE, width, side)
    paint_pill(painter, badge, colours.picture_shade, text, colours.on_picture)
    painter.restore()


def stack_button(area: QRect, card: Card, metrics: QFontMetrics) -> QRect:
    """Where the number of folded pictures is: in the top right corner."""
    if not card.stack:
        return QRect()
    width = metrics.horizontalAdvance(card.stack) + 2 * SPACE
    button = QRect(0, area.top() + SPACE, width, metrics.height() + SPACE_S)
    button.moveRight(area.right() - SPACE)
    return button


def paint_corner(painter: QPainter, area: QRect, card: Card, colours: Colours) -> None:
    """A pill at the top right, beside the badge; under a stack's button; in the accent colour. With
    an icon before the word if the card has one, on the soft accent: it is left alone where no word
    fits, and goes under the badge where it does not fit either."""
    metrics = painter.fontMetrics()
    badge = max(metrics.height() + SPACE_S, metrics.horizontalAdvance(card.badge) + 2 * SPACE)
    least = 5 * SPACE + _ICON if card.corner_icon else 0
    if card.stack or area.width() < least + badge:
        area, badge = area.adjusted(0, metrics.height() + SPACE_S + SPACE // 2, 0, 0), -SPACE
    icon = _ICON + SPACE_S if card.corner_icon else 0
    room = max(0, area.width() - 3 * SPACE - badge - 2 * SPACE - icon)
    text = _fitting(card, room, metrics)
    width = metrics.horizontalAdvance(text) + 2 * SPACE + (icon if text else _ICON if icon else 0)
    pill = QRect(0, area.top() + SPACE, width, metrics.height() + SPACE_S)
    pill.moveRight(area.right() - SPACE)
    ground, ink = (colours.accent, "on_accent")
    if icon:
        ground, ink = (colours.accent_soft, "accent_text")
    paint_pill(painter, pill, ground, text, getattr(colours, ink), icon if text else 0)
    if icon:
        box = QRectF(pill.left() + SPACE, pill.top(), _ICON, pill.height())
        ratio = painter.device().devicePixelRatioF()
        paint_pixmap(painter, box, icon_pixmap(card.corner_icon, _ICON, ratio, ink))


def _fitting(card: Card, room: int, metrics: QFontMetrics) -> str:
    for text in (card.corner, card.short_corner):
        if text and metrics.horizontalAdvance(text) <= room:
            return text
    if card.corner_icon:
        return ""
    shortest = card.short_corner or card.corner
    return metrics.elidedText(shortest, Qt.TextElideMode.ElideRight, room)


def paint_pill(
    painter: QPainter, pill: QRect, ground: str, text: str, ink: str, before: int = 0
) -> None:
    """before: px at the left that the text leaves free."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setPen(QColor(ink))
    painter.drawText(pill.adjusted(before, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, text)
