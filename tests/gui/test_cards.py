"""How a row becomes a card: what it says, and thumbnails scaled once for each size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMargins, QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.records import PictureRecord
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.search.matches import Match
from finder.gui.grid import covers
from finder.gui.grid.card import Card, CardPainter, Dot, Ring
from finder.gui.grid.picture_view import CardRole
from finder.gui.grid.pills import stack_button
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.match_model import CardContext, MatchListModel, MatchRole
from finder.gui.theme.tokens import LIGHT, SPACE
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace

FACTS = PictureFacts(4, 3, "JPEG", None, 1)
RED = QColor(200, 0, 0)
CELL = QRect(8, 8, 150, 100)
NO_THUMBNAIL = 99


class _Feed(ThumbnailFeed):
    """Thumbnails that are loaded already: red, 300 × 200."""

    def __init__(self, runner: TaskRunner, home: Home) -> None:
        super().__init__(runner, Workspace(home).pictures.thumbs, runner)
        self.pixmaps: dict[int, QPixmap] = {}

    def pixmap(self, picture: int) -> QPixmap | None:
        return self.pixmaps.get(picture)

    def give(self, *pictures: int) -> None:
        for picture in pictures:
            self.pixmaps[picture] = QPixmap(300, 200)
            self.pixmaps[picture].fill(RED)


@pytest.fixture
def feed(qtbot: QtBot, home: Home) -> Iterator[_Feed]:
    runner = TaskRunner()
    yield _Feed(runner, home)
    runner.close()


@pytest.fixture
def model(feed: _Feed) -> MatchListModel:
    return MatchListModel(feed)


@pytest.fixture
def painter(qtbot: QtBot) -> CardPainter:
    return CardPainter()


@pytest.fixture(autouse=True)
def _time_to_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    """No card is a draft, however slow the machine is."""
    monkeypatch.setattr(covers, "_SCALING_SECONDS", 1_000.0)


@pytest.fixture
def scalings(monkeypatch: pytest.MonkeyPatch) -> list[QSize]:
    """The size of each scaled thumbnail."""
    rooms: list[QSize] = []
    scaled = QPixmap.scaled

    def counted(pixmap: QPixmap, room: QSize, *how: Any) -> QPixmap:
        rooms.append(room)
        return scaled(pixmap, room, *how)

    monkeypatch.setattr(QPixmap, "scaled", counted)
    return rooms


def _show(model: MatchListModel, *pictures: int, context: CardContext | None = None) -> None:
    model.show_matches(
        [
            Match(rank, PictureRecord(picture, FACTS, (f"/p/{picture}.jpg",)), rank / 8, 90 - rank)
            for rank, picture in enumerate(pictures, 1)
        ],
        context,
    )


def _card(model: MatchListModel, row: int) -> Card:
    card = model.index(row).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def _paint(
    painter: CardPainter, model: MatchListModel, cell: QRect = CELL, ratio: float = 1.0
) -> list[QImage]:
    """Each row's card as it is painted on white."""
    painted = []
    room = cell.size().grownBy(QMargins(8, 8, 8, 8))
    for row in range(model.rowCount()):
        image = QImage(room * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor("white"))
        card = _card(model, row)
        on = QPainter(image)
        painter.paint(on, cell, card, Ring.MARKED if card.is_marked else Ring.NONE, LIGHT)
        on.end()
        painted.append(image)
    return painted


def _key(pixmap: QPixmap | None) -> int | None:
    return None if pixmap is None else pixmap.cacheKey()


def _reddish(image: QImage) -> tuple[int, int]:
    """Width and height in pixels of what is red; the shade under the words is not."""
    at = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y) == RED
    ]
    if not at:
        return 0, 0
    across, down = [x for x, _ in at], [y for _, y in at]
    return max(across) - min(across) + 1, max(down) - min(down) + 1


# What a card says


def test_a_card_has_all_that_is_painted(model: MatchListModel, feed: _Feed) -> None:
    feed.give(20)
    dot = Dot("#00ff00", True)
    _show(model, 10, 20, context=CardContext(frozenset({20}), {20: (dot,)}))
    model.set_marked(20)
    first = Card("10.jpg", None, badge="1", label="0.125", short_label="0.125")
    assert _card(model, 0) == first
    card = _card(model, 1)
    assert (card.badge, card.label, card.name, card.is_marked) == ("2", "0.250", "20.jpg", True)
    assert (card.dots, card.corner) == ((dot,), "Your query")
    assert _key(card.pixmap) == _key(feed.pixmaps[20])


@pytest.mark.parametrize("side", [96, 150, 300])
def test_a_stacks_number_is_in_the_corner_and_words_below_it(
    painter: CardPainter, side: int
) -> None:
    cell = QRect(8, 8, side, side * 2 // 3)
    card = Card("a.jpg", None, badge="10", stack="+12", corner="Your query", short_corner="Query")
    image = QImage(cell.size().grownBy(QMargins(8, 8, 8, 8)), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    on = QPainter(image)
    metrics = on.fontMetrics()
    painter.paint(on, cell, card, Ring.NONE, LIGHT)
    on.end()
    button = stack_button(cell, card, metrics)
    assert cell.contains(button)
    assert button.right() > cell.right() - 2 * SPACE
    in_accent = [
        y
        for y in range(cell.top(), cell.bottom())
        if any(
            image.pixelColor(x, y) == QColor(LIGHT.accent) for x in range(cell.left(), cell.right())
        )
    ]
    empty = image.pixelColor(cell.left() + SPACE // 2, cell.bottom() - 2 * SPACE)
    assert image.pixelColor(button.left() + 2, button.center().y()) != empty
    assert in_accent[0] == button.bottom() + SPACE // 2 + 1
    assert in_accent[-1] == button.bottom() + SPACE // 2 + button.height()
    assert stack_button(cell, Card("a.jpg", None), metrics).isNull()


def test_a_card_of_the_best_matches_has_a_word_and_falls_back_to_the_number(
    model: MatchListModel,
) -> None:
    model.metric = None
    _show(model, 10, context=CardContext(words=True))
    assert _card(model, 0).label == "nearly the same · 89"
    assert _card(model, 0).short_label == "89"


def test_a_card_agrees_with_the_single_roles(model: MatchListModel, feed: _Feed) -> None:
    feed.give(1, 3)
    id_of = [3, 1, 2]
    _show(model, *id_of)
    model.set_marked(1)
    for row in range(3):
        index, card = model.index(row), _card(model, row)
        assert card.badge == str(row + 1)
        assert card.label == index.data(MatchRole.NUMBER)
        assert card.name == index.data()
        assert card.is_marked == index.data(MatchRole.MARKED)
        assert _key(card.pixmap) == _key(feed.pixmap(id_of[row]))
        assert _key(card.pixmap) == _key(index.data(MatchRole.PIXMAP))


def test_a_marked_card_looks_marked(model: MatchListModel, painter: CardPainter) -> None:
    _show(model, 1)
    plain = _paint(painter, model)
    model.set_marked(1)
    assert _paint(painter, model) != plain
    model.set_marked(None)
    assert _paint(painter, model) == plain


NARROW = QRect(8, 8, 138, 92)  # a column of 150 px


def _whites(image: QImage, area: QRect) -> int:
    """How many pixels of an area are white, as the words are."""
    return sum(
        image.pixelColor(x, y).lightnessF() > 0.85
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    )


@pytest.mark.parametrize("models", [1, 3, 8, 10])
def test_a_narrow_card_shows_its_number_whatever_the_number_of_models(
    model: MatchListModel, feed: _Feed, painter: CardPainter, models: int
) -> None:
    feed.give(1)
    dots = (Dot("#2f9e8f", True),) * models
    _show(model, 1, context=CardContext(dots={1: dots}))
    (image,) = _paint(painter, model, NARROW)
    _show(model, 1)
    (without,) = _paint(painter, model, NARROW)
    words = QRect(NARROW.left() + 8, NARROW.bottom() - 24, 24, 22)
    assert _whites(image, words) == _whites(without, words) > 20
    green = [
        x
        for x in range(image.width())
        for y in range(NARROW.top(), NARROW.bottom())
        if image.pixelColor(x, y) == QColor("#2f9e8f")
    ]
    assert min(green) > NARROW.left() + 8
    assert max(green) <= NARROW.right() - 8
    between = [x for x in range(min(green), max(green)) if x not in green]
    gaps = sum(x + 1 not in between for x in between)
    assert gaps == models - 1, "the dots stand apart"


def test_the_word_in_the_corner_does_not_cover_the_rank(
    model: MatchListModel, feed: _Feed, painter: CardPainter
) -> None:
    feed.give(1)
    _show(model, 1, context=CardContext(frozenset({1})))
    (image,) = _paint(painter, model, NARROW)
    side = QFontMetrics(QApplication.font()).height() + 4
    badge = QRect(NARROW.left() + 8, NARROW.top() + 8, side, side)
    accent = QColor(LIGHT.accent)
    assert not any(
        image.pixelColor(x, y) == accent
        for x in range(badge.left(), badge.right() + 6)
        for y in range(badge.top(), badge.bottom())
    )
    assert any(image.pixelColor(x, badge.center().y()) == accent for x in range(image.width()))


# Thumbnails


def test_without_time_to_scale_a_draft_is_painted_and_finished_later(
    model: MatchListModel,
    feed: _Feed,
    painter: CardPainter,
    scalings: list[QSize],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed.give(1)
    _show(model, 1)
    with monkeypatch.context() as patch:
        patch.setattr(covers, "_SCALING_SECONDS", -1.0)
        painter.covers.begin()
        (draft,) = _paint(painter, model)
    assert painter.covers.has_drafts
    assert not scalings
    painter.covers.begin()
    (finished,) = _paint(painter, model)
    assert not painter.covers.has_drafts
    assert len(scalings) == 1
    assert _reddish(draft) == _reddish(finished)


def test_painting_again_scales_nothing(
    model: MatchListModel, feed: _Feed, painter: CardPainter, scalings: list[QSize]
) -> None:
    feed.give(*range(8))
    _show(model, *range(8))
    first = _paint(painter, model)
    assert len(scalings) == 8
    for _ in range(2):
        assert _paint(painter, model) == first
    assert len(scalings) == 8


def test_another_size_scales_each_once(
    model: MatchListModel, feed: _Feed, painter: CardPainter, scalings: list[QSize]
) -> None:
    feed.give(1, 2)
    _show(model, 1, 2)
    large, small = QRect(8, 8, 144, 96), QRect(8, 8, 72, 48)
    for cell in (large, large, small, small, large):
        _paint(painter, model, cell)
    assert scalings == [large.size()] * 2 + [small.size()] * 2


def test_another_thumbnail_of_a_picture_is_shown(
    model: MatchListModel, feed: _Feed, painter: CardPainter
) -> None:
    feed.give(1)
    _show(model, 1)
    (before,) = _paint(painter, model)
    feed.pixmaps[1] = QPixmap(300, 200)
    feed.pixmaps[1].fill(QColor("blue"))
    (after,) = _paint(painter, model)
    assert _reddish(before) != (0, 0) == _reddish(after)


@pytest.mark.parametrize("shape", [(150, 100), (100, 100), (60, 120)])
def test_a_thumbnail_fills_its_card_whatever_its_shape(
    model: MatchListModel, feed: _Feed, painter: CardPainter, shape: tuple[int, int]
) -> None:
    """Cropped in the middle, never stretched: a stripe in the middle stays there."""
    feed.give(1)
    stripe = QPainter(feed.pixmaps[1])
    stripe.fillRect(145, 0, 10, 200, QColor("blue"))
    stripe.end()
    _show(model, 1)
    (image,) = _paint(painter, model, QRect(8, 8, *shape))
    middle = 8 + shape[1] // 3
    row = [image.pixelColor(x, middle) for x in range(image.width())]
    inside = [x for x, colour in enumerate(row) if colour != QColor("white")]
    assert (inside[0], inside[-1]) == (8, 8 + shape[0] - 1)
    blue = [x for x, colour in enumerate(row) if colour.blue() > 200 > 100 > colour.red()]
    assert sum(blue) / len(blue) == pytest.approx(8 + shape[0] / 2, abs=1)


def test_the_cache_is_limited(
    model: MatchListModel,
    feed: _Feed,
    painter: CardPainter,
    scalings: list[QSize],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(covers, "_CACHE_BYTES", 5 * 4 * CELL.width() * CELL.height())
    feed.give(*range(12))
    _show(model, *range(12))
    _paint(painter, model)
    assert len(painter.covers._cache) == 5
    _show(model, *range(7, 12))
    _paint(painter, model)
    assert len(scalings) == 12, "the newest are those kept"
    _show(model, 0)
    _paint(painter, model)
    assert len(scalings) == 13


@pytest.mark.parametrize("there", [None, QPixmap], ids=["not loaded", "none at all"])
def test_a_row_without_a_thumbnail_paints_an_empty_card(
    model: MatchListModel,
    feed: _Feed,
    painter: CardPainter,
    scalings: list[QSize],
    there: type[QPixmap] | None,
) -> None:
    if there is not None:
        feed.pixmaps[NO_THUMBNAIL] = there()
    _show(model, NO_THUMBNAIL)
    (image,) = _paint(painter, model)
    middle = image.pixelColor(CELL.center().x(), CELL.top() + 20)
    assert middle == QColor(LIGHT.chip) != QColor("white")
    assert scalings == []
    across = sum(image.pixelColor(x, CELL.top() + 40) == middle for x in range(image.width()))
    assert across == CELL.width()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_thumbnail_is_as_sharp_as_the_screen(
    model: MatchListModel,
    feed: _Feed,
    painter: CardPainter,
    scalings: list[QSize],
    ratio: float,
) -> None:
    feed.give(1)
    _show(model, 1)
    _paint(painter, model, ratio=ratio)
    assert scalings == [CELL.size() * ratio]
    (kept,) = painter.covers._cache.values()
    assert kept.devicePixelRatio() == ratio
    assert kept.size() == CELL.size() * ratio


def test_two_screens_do_not_share_a_scaled_thumbnail(
    model: MatchListModel, feed: _Feed, painter: CardPainter, scalings: list[QSize]
) -> None:
    feed.give(1)
    _show(model, 1)
    sizes = [_reddish(_paint(painter, model, ratio=r)[0]) for r in (1.0, 2.0, 1.0, 2.0)]
    assert len(scalings) == 2
    assert sizes[:2] == sizes[2:]
    assert sizes[1][0] == pytest.approx(2 * sizes[0][0], abs=2)
