"""What is painted in the corners of a card, and the outline of a proof on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QMargins, QPoint, QRect
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.core.pictures.facts import PictureFacts
from finder.gui.grid import covers
from finder.gui.grid.card import Card, CardPainter, Ring
from finder.gui.theme.tokens import LIGHT, SPACE

FACTS = PictureFacts(4, 3, "JPEG", None, 1)
RED = QColor(200, 0, 0)
CELL = QRect(8, 8, 150, 100)
NO_THUMBNAIL = 99


@pytest.fixture
def painter(qtbot: QtBot) -> CardPainter:
    return CardPainter()


@pytest.fixture(autouse=True)
def _time_to_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """No card is a draft, however slow the machine is."""
    monkeypatch.setattr(covers, "_SCALING_SECONDS", 1_000.0)


def painter_font_height() -> int:
    return QFontMetrics(QApplication.font()).height()


@pytest.mark.parametrize("side", [60, 96, 150, 300])
def test_an_icon_stands_before_the_word_in_the_corner_or_alone(
    painter: CardPainter, side: int
) -> None:
    cell = QRect(8, 8, side, 100)
    word = Card("a.jpg", None, badge="1", corner="Same picture, cropped", short_corner="Cropped")
    plain, iconed = (
        _pill(painter, cell, *card)
        for card in ((word, LIGHT.accent), (replace(word, corner_icon="crop"), LIGHT.accent_soft))
    )
    height = painter_font_height() + 4
    assert iconed.height() == height
    is_beside = iconed.left() > cell.left() + SPACE + height
    assert is_beside == (side > 60)
    assert is_beside or iconed.top() == cell.top() + SPACE + height + SPACE // 2
    assert iconed.right() == cell.right() - SPACE
    if side == 300:
        assert iconed.width() == plain.width() + 14 + 4
    if side == 96:
        assert iconed.width() == 14 + 2 * SPACE, "no word"


def _pill(painter: CardPainter, cell: QRect, card: Card, colour: str) -> QRect:
    """Around what is painted in this colour."""
    image = _painted(painter, cell, card, Ring.NONE)
    at = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y) == QColor(colour)
    ]
    across, down = [x for x, _ in at], [y for _, y in at]
    return QRect(QPoint(min(across), min(down)), QPoint(max(across), max(down)))


def _painted(
    painter: CardPainter, cell: QRect, card: Card, ring: Ring, is_hovered: bool = False
) -> QImage:
    image = QImage(cell.size().grownBy(QMargins(8, 8, 8, 8)), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    on = QPainter(image)
    painter.paint(on, cell, card, ring, LIGHT, is_hovered)
    on.end()
    return image


def test_the_outline_is_on_a_card_that_is_pointed_at_or_selected(painter: CardPainter) -> None:
    """The picture is 300 × 200, the cell shows its middle."""
    pixmap = QPixmap(300, 200)
    pixmap.fill(RED)
    inside = ((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8))
    card, cell = Card("a.jpg", pixmap, outline=inside), QRect(8, 8, 200, 200)
    without = _painted(painter, cell, card, Ring.NONE)
    assert without.pixelColor(48, 108) == RED
    for ring, hovered in ((Ring.NONE, True), (Ring.MARKED, False), (Ring.FOCUSED, False)):
        image = _painted(painter, cell, card, ring, hovered)
        line = [x for x in range(9, 207) if image.pixelColor(x, 108) != RED]
        places = [8 + 100 - 60, 8 + 100 + 60]
        assert all(min(abs(x - place) for place in places) <= 3 for x in line)
        assert all(any(abs(x - place) <= 1 for x in line) for place in places)


def test_the_outline_is_not_on_small_cards_and_over_the_shade_of_large_ones(
    painter: CardPainter,
) -> None:
    pixmap = QPixmap(300, 200)
    pixmap.fill(RED)
    inside = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.98), (0.4, 0.98))
    card = Card("a.jpg", pixmap, label="1", outline=inside)
    small, large = QRect(8, 8, 192, 128), QRect(8, 8, 240, 160)
    without = replace(card, outline=())
    assert _painted(painter, small, card, Ring.MARKED) == _painted(
        painter, small, without, Ring.MARKED
    )
    image = _painted(painter, large, card, Ring.MARKED)
    bottom = [image.pixelColor(128, y) for y in range(160, 168)]
    assert max(colour.lightness() for colour in bottom) > 230, "white, not darkened"
