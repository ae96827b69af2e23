"""A picture as a card: cropped to its cell, with a rank, words, and dots for the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)

from finder.gui.grid.covers import Covers, covered_place
from finder.gui.grid.pills import paint_badge, paint_corner, paint_pill, stack_button
from finder.gui.theme.painting import paint_outline
from finder.gui.theme.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS_CARD, SPACE, SPACE_S, Colours

_DOTS, _SMALL_DOTS = (9, 4), (6, 2)  # px, diameter and gap; smaller ones where words need the room
_SHADE_LINES = 2.6  # the height of the shade under words, in lines of text
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
_STACK_GROUND = 0.25
_MIDDLE_SHADE = 0.52
"""Dark enough for white words on a white picture: 4.5:1."""
_OUTLINE = 1.5  # px
_OUTLINE_HEIGHT = 160  # px: on a smaller card, the outline is in the way


@dataclass(frozen=True, slots=True)
class Dot:
    """A model: filled if the picture is in its own top list."""

    colour: str
    is_filled: bool


@dataclass(frozen=True, slots=True)
class Card:
    """All that is painted of one picture, in one value. pixmap: None while it is not loaded; badge:
    the rank; label: at the bottom left; corner: a short word at the top right, after corner_icon;
    short_label, short_corner: where these do not fit; outline: the corners of a shape on the
    picture, in shares of its width and height, shown on a large card while it is pointed at or
    marked; stack: how
    many are folded behind it, as a button (`stack_button`); is_in_open_stack: it is listed with
    those that could be folded with it; is_marked: it is the picture that is selected or pointed at,
    in this column or another one."""

    name: str
    pixmap: QPixmap | None
    badge: str = ""
    label: str = ""
    short_label: str = ""
    corner: str = ""
    short_corner: str = ""
    corner_icon: str = ""
    outline: Sequence[tuple[float, float]] = ()
    stack: str = ""
    is_in_open_stack: bool = False
    dots: tuple[Dot, ...] = ()
    is_marked: bool = False
    is_offline: bool = False


class Ring(Enum):
    """The frame around a card."""

    NONE = auto()
    MARKED = auto()
    CURRENT = auto()
    FOCUSED = auto()


class CardPainter:
    """Paints cards in one view."""

    def __init__(self) -> None:
        self.covers = Covers()

    def paint(
        self,
        painter: QPainter,
        area: QRect,
        card: Card,
        ring: Ring,
        colours: Colours,
        is_hovered: bool = False,
        shows_name: bool = False,
    ) -> None:
        """shows_name: the name in place of nothing, above the label."""
        self._paint_picture(painter, area, card, colours)
        is_pointed_at = is_hovered or ring is not Ring.NONE
        outline = card.outline if is_pointed_at and area.height() >= _OUTLINE_HEIGHT else ()
        if card.label or card.dots or (shows_name and card.name):
            self._paint_words(painter, area, replace(card, outline=outline), shows_name, colours)
        elif outline:
            _paint_outline(painter, area, card, colours)
        if card.badge:
            paint_badge(painter, area, card.badge, colours)
        if card.stack:
            button = stack_button(area, card, painter.fontMetrics())
            paint_pill(painter, button, colours.picture_shade, card.stack, colours.on_picture)
        if card.corner:
            paint_corner(painter, area, card, colours)
        if ring is not Ring.NONE:
            _paint_ring(painter, area, ring, colours)
        elif is_hovered:
            _paint_hover(painter, area, colours)

    # The picture

    def _paint_picture(self, painter: QPainter, area: QRect, card: Card, colours: Colours) -> None:
        if card.pixmap is None or card.pixmap.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.chip))
            painter.drawRoundedRect(area, RADIUS_CARD, RADIUS_CARD)
            return
        if card.is_offline:
            painter.setOpacity(0.55)
        self.covers.draw(painter, area, card.pixmap)
        painter.setOpacity(1.0)

    # Words on it

    def _paint_words(
        self, painter: QPainter, area: QRect, card: Card, shows_name: bool, colours: Colours
    ) -> None:
        metrics = painter.fontMetrics()
        inner = area.adjusted(SPACE, 0, -SPACE, -SPACE + SPACE_S // 2)
        shape = _DOTS
        label, room = card.label, inner.width() - _dots_width(card.dots, shape)
        if card.short_label and metrics.horizontalAdvance(label) > room:
            label = card.short_label
        if metrics.horizontalAdvance(label) > room:
            shape = _SMALL_DOTS
            room = inner.width() - _dots_width(card.dots, shape)
        is_above = metrics.horizontalAdvance(label) > room and bool(card.dots)
        lines = [line for line in ((card.name if shows_name else ""), label) if line]
        high = _SHADE_LINES + len(lines) - 1 + is_above
        height = min(area.height(), round(metrics.height() * high))
        _paint_shade(painter, area, height, colours)
        if card.outline:
            _paint_outline(painter, area, card, colours)  # over the shade, under the words
        line_of_dots = inner.translated(0, -metrics.height() * len(lines) if is_above else 0)
        _paint_dots(painter, line_of_dots, card.dots, shape, colours, metrics)
        painter.setPen(QColor(colours.on_picture))
        bottom = inner.bottom() + 1
        for number, line in enumerate(reversed(lines)):
            width = room if number == 0 and not is_above else inner.width()
            text = metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, width)
            place = QRect(inner.left(), bottom - metrics.height(), width, metrics.height())
            painter.drawText(
                place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute, text
            )
            bottom -= metrics.height()


def _paint_outline(painter: QPainter, area: QRect, card: Card, colours: Colours) -> None:
    """On what can be seen of the picture."""
    if card.pixmap is None or card.pixmap.isNull():
        return
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(area), RADIUS_CARD, RADIUS_CARD)
    painter.save()
    painter.setClipPath(shape)
    place = covered_place(area, card.pixmap.size())
    paint_outline(painter, place, card.outline, _OUTLINE, colours)
    painter.restore()


def _paint_shade(painter: QPainter, area: QRect, height: int, colours: Colours) -> None:
    """Darkens the lower edge, so that words can be read on every picture."""
    shade = QLinearGradient(0, area.bottom() + 1 - height, 0, area.bottom() + 1)
    dark = QColor(colours.picture_shade)
    clear = QColor(dark)
    clear.setAlpha(0)
    middle = QColor(dark)
    middle.setAlphaF(_MIDDLE_SHADE)
    shade.setColorAt(0.0, clear)
    shade.setColorAt(0.5, middle)
    shade.setColorAt(1.0, dark)
    path = QPainterPath()
    path.addRoundedRect(QRectF(area), RADIUS_CARD, RADIUS_CARD)
    painter.save()
    painter.setClipRect(area.adjusted(0, area.height() - height, 0, 0))
    painter.fillPath(path, shade)
    painter.restore()


def _dots_width(dots: tuple[Dot, ...], shape: tuple[int, int]) -> int:
    """With the distance to the words."""
    return sum(shape) * len(dots) + SPACE if dots else 0


def _paint_dots(
    painter: QPainter,
    inner: QRect,
    dots: tuple[Dot, ...],
    shape: tuple[int, int],
    colours: Colours,
    metrics: QFontMetrics,
) -> None:
    """At the right of the lowest line. shape: diameter and gap."""
    side, gap = shape
    left = inner.right() + 1 - (side + gap) * len(dots) + gap
    top = inner.bottom() + 1 - (metrics.height() + side) / 2
    for number, dot in enumerate(dots):
        circle = QRectF(left + number * (side + gap), top, side, side)
        if dot.is_filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(dot.colour))
        else:
            painter.setPen(QPen(QColor(colours.on_picture), 1.25))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            circle.adjust(0.6, 0.6, -0.6, -0.6)
        painter.drawEllipse(circle)


def paint_stack_ground(painter: QPainter, area: QRect, gap: int, colours: Colours) -> None:
    """Joins the cards of an open stack, which are this far from each other. Under all cards."""
    half, ground = gap // 2, QColor(colours.accent)
    ground.setAlphaF(_STACK_GROUND)
    painter.fillRect(area.adjusted(-half, -half, half, half), ground)


def _paint_ring(painter: QPainter, area: QRect, ring: Ring, colours: Colours) -> None:
    """Outside the card, so that it hides nothing of the picture."""
    width = FOCUS_WIDTH if ring is not Ring.MARKED else FOCUS_WIDTH - 1
    outside = FOCUS_GAP + width / 2
    colour = colours.text if ring is Ring.FOCUSED else colours.accent
    frame = QRectF(area).adjusted(-outside, -outside, outside, outside)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.accent), width))
    painter.drawRoundedRect(frame, RADIUS_CARD + outside, RADIUS_CARD + outside)
    if ring is Ring.FOCUSED:
        painter.setPen(QPen(QColor(colour), 1))
        frame.adjust(-width, -width, width, width)
        painter.drawRoundedRect(frame, RADIUS_CARD + outside + width, RADIUS_CARD + outside + width)


def _paint_hover(painter: QPainter, area: QRect, colours: Colours) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.control_line), 1))
    painter.drawRoundedRect(QRectF(area).adjusted(-0.5, -0.5, 0.5, 0.5), RADIUS_CARD, RADIUS_CARD)
