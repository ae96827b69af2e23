"""Trained models beside each other, as bars: how good each is, and what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from finder.core.i18n import mark, tr
from finder.core.printable import printable
from finder.gui.common.widgets import on_ground
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, colours, scaled_font
from finder.gui.theme.tokens import (
    RADIUS_SMALL,
    SECONDARY_PX,
    SPACE,
    SPACE_L,
    SPACE_M,
    SPACE_S,
    mixed,
)

_FIGURES: Final = (
    ("test_accuracy", mark("right"), ".0%"),
    ("test_map", mark("mAP"), ".3f"),
    ("best_epoch", mark("best epoch"), ",d"),
    ("seconds_per_epoch", mark("seconds per epoch"), ",.1f"),
    ("trained_weights", mark("weights trained"), ",d"),
)
"""Keys of a card, titles, and how the numbers are written."""
_SHARES: Final = ("test_accuracy", "test_map")
"""The whole length of a bar is 1; of the others, the largest number."""
_ROW: Final = 28  # px
_BAR: Final = 10  # px
_WIDEST_NAME: Final = 0.24  # of the width
_OTHERS: Final = 0.45
"""How much of the accent is in the bars of the other models."""


@dataclass(frozen=True)
class _Bar:
    """share: of the length that there is."""

    share: float
    text: str


class ComparisonBars(QWidget):
    """A row for each model, the newest first, and a column for each figure that any of them has."""

    def __init__(self, cards: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        on_ground(self, "card")
        self.setAccessibleName(tr("Trained models, as bars"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._names = [printable(str(card["name"])) for card in cards]
        self._columns = {
            tr(title): _bars(cards, key, form)
            for key, title, form in _FIGURES
            if any(_number(card, key) is not None for card in cards)
        }
        self.setAccessibleDescription("; ".join(self._spoken()))
        self.setFixedHeight(_ROW * (len(self._names) + 1) + 2 * SPACE_M)

    def _spoken(self) -> list[str]:
        return [
            f"{name}: "
            + ", ".join(f"{title} {bars[row].text}" for title, bars in self._columns.items())
            for row, name in enumerate(self._names)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        area = self.rect().adjusted(SPACE_L, SPACE_M, -SPACE_L, -SPACE_M)
        names = max(map(self.fontMetrics().horizontalAdvance, self._names), default=0)
        names = min(names, round(_WIDEST_NAME * area.width())) + SPACE_L
        painter.setPen(colour("text"))
        for row, name in enumerate(self._names):
            place = QRect(area.left(), area.top() + _ROW * (row + 1), names - SPACE, _ROW)
            self._write(painter, place, name)
        each = (area.width() - names) // max(1, len(self._columns))
        painter.setFont(scaled_font(SECONDARY_PX))
        for column, (title, bars) in enumerate(self._columns.items()):
            left = area.left() + names + column * each
            painter.setPen(colour("secondary"))
            self._write(painter, QRect(left, area.top(), each - SPACE, _ROW), title)
            self._paint_bars(painter, QRect(left, area.top() + _ROW, each - SPACE_L, _ROW), bars)
        painter.end()

    def _paint_bars(self, painter: QPainter, place: QRect, bars: Sequence[_Bar]) -> None:
        """place: of the first one, with its number."""
        metrics = QFontMetrics(painter.font())
        numbers = max(metrics.horizontalAdvance(bar.text) for bar in bars) + SPACE_S
        room = max(SPACE, place.width() - numbers)
        other = QColor(mixed(colours().card, colours().accent, _OTHERS))
        for row, bar in enumerate(bars):
            line = place.translated(0, row * _ROW)
            length = round(room * bar.share)
            box = QRect(line.left(), line.center().y() - _BAR // 2 + 1, length, _BAR)
            ink = other if row else colour("accent")
            if length > 0:
                shown = QRectF(self._mirrored(box))
                paint_box(painter, shown, min(RADIUS_SMALL, length / 2, _BAR / 2), ink)
            painter.setPen(colour("text"))
            text = QRect(line.left() + length + SPACE_S, line.top(), numbers, _ROW)
            self._write(painter, text, bar.text)

    def _write(self, painter: QPainter, place: QRect, text: str) -> None:
        """From where text begins, elided."""
        is_mirrored = self.isRightToLeft()
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        align = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        shown = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, place.width() + 1
        )
        painter.drawText(self._mirrored(place), align, shown)

    def _mirrored(self, place: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), place)


def _bars(cards: Sequence[Mapping[str, Any]], key: str, form: str) -> list[_Bar]:
    numbers = [_number(card, key) for card in cards]
    whole = 1.0 if key in _SHARES else max((n for n in numbers if n is not None), default=1.0)
    return [
        _Bar(0.0, "–") if n is None else _Bar(min(1.0, n / max(whole, 1e-9)), _text(n, form))
        for n in numbers
    ]


def _text(number: float, form: str) -> str:
    return format(round(number) if form.endswith("d") else number, form)


def _number(card: Mapping[str, Any], key: str) -> float | None:
    """From 0; None if the card has none."""
    value = card.get(key)
    return max(0.0, float(value)) if isinstance(value, (int, float)) else None
