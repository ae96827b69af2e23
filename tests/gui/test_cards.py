"""How a row becomes a card: its texts, and thumbnails scaled once for each size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from finder.gui.results.match_delegate import MatchDelegate
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.records import PictureRecord
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.search.matches import Match
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results import match_delegate
from finder.gui.results.match_model import Card, MatchListModel, MatchRole
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace

FACTS = PictureFacts(4, 3, "JPEG", None, 1)
RED = QColor(200, 0, 0)
ROOM = QRect(0, 0, 160, 190)
NO_THUMBNAIL = 99


class _Feed(ThumbnailFeed):
    """Thumbnails that are loaded already: red, 300 × 200."""

    def __init__(self, runner: TaskRunner, home: Home) -> None:
        super().__init__(runner, Workspace(home), runner)
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
def delegate(qtbot: QtBot) -> MatchDelegate:
    return MatchDelegate()


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


def _show(model: MatchListModel, *pictures: int) -> None:
    model.show_matches(
        [
            Match(rank, PictureRecord(picture, FACTS, (f"/p/{picture}.jpg",)), rank / 8)
            for rank, picture in enumerate(pictures, 1)
        ]
    )


def _card(model: MatchListModel, row: int) -> Card:
    card = model.index(row).data(MatchRole.CARD)
    assert isinstance(card, Card)
    return card


def _paint(
    delegate: MatchDelegate, model: MatchListModel, room: QRect = ROOM, ratio: float = 1.0
) -> list[QImage]:
    """Each row as it is painted on white."""
    painted = []
    for row in range(model.rowCount()):
        image = QImage(room.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor("white"))
        option = QStyleOptionViewItem()
        option.rect = room
        painter = QPainter(image)
        delegate.paint(painter, option, model.index(row))
        painter.end()
        painted.append(image)
    return painted


def _key(pixmap: QPixmap | None) -> int | None:
    return None if pixmap is None else pixmap.cacheKey()


def _reddish(image: QImage) -> tuple[int, int]:
    """Width and height in pixels of what is red."""
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
    _show(model, 10, 20)
    model.set_marked(20)
    assert _card(model, 0) == Card("1  ·  0.125", "10.jpg", False, None)
    card = _card(model, 1)
    assert (card.numbers, card.name, card.marked) == ("2  ·  0.250", "20.jpg", True)
    assert _key(card.pixmap) == _key(feed.pixmaps[20])


def test_a_card_agrees_with_the_single_roles(model: MatchListModel, feed: _Feed) -> None:
    feed.give(1, 3)
    id_of = [3, 1, 2]
    _show(model, *id_of)
    model.set_marked(1)
    for row in range(3):
        index, card = model.index(row), _card(model, row)
        assert card.numbers.split() == [str(row + 1), "·", index.data(MatchRole.NUMBER)]
        assert card.name == index.data()
        assert card.marked == index.data(MatchRole.MARKED)
        assert _key(card.pixmap) == _key(feed.pixmap(id_of[row]))
        assert _key(card.pixmap) == _key(index.data(MatchRole.PIXMAP))


def test_a_marked_card_looks_marked(model: MatchListModel, delegate: MatchDelegate) -> None:
    _show(model, 1)
    plain = _paint(delegate, model)
    model.set_marked(1)
    assert _paint(delegate, model) != plain
    model.set_marked(None)
    assert _paint(delegate, model) == plain


# Thumbnails


def test_painting_again_scales_nothing(
    model: MatchListModel, feed: _Feed, delegate: MatchDelegate, scalings: list[QSize]
) -> None:
    feed.give(*range(8))
    _show(model, *range(8))
    first = _paint(delegate, model)
    assert len(scalings) == 8
    for _ in range(2):
        assert _paint(delegate, model) == first
    assert len(scalings) == 8


def test_another_thumbnail_size_scales_each_once(
    model: MatchListModel, feed: _Feed, delegate: MatchDelegate, scalings: list[QSize]
) -> None:
    feed.give(1, 2)
    _show(model, 1, 2)
    sizes = []
    for side in (96, 96, 48, 48, 96):
        delegate.thumb_size = side
        sizes.append([_reddish(image) for image in _paint(delegate, model)])
    assert len(scalings) == 4, "two thumbnails at two sizes"
    assert [room.height() for room in scalings] == [96, 96, 48, 48]
    assert sizes[0] == sizes[1] == sizes[4]
    assert sizes[2] == sizes[3] == [(72, 48)] * 2


def test_another_thumbnail_of_a_picture_is_shown(
    model: MatchListModel, feed: _Feed, delegate: MatchDelegate
) -> None:
    feed.give(1)
    _show(model, 1)
    (before,) = _paint(delegate, model)
    feed.pixmaps[1] = QPixmap(300, 200)
    feed.pixmaps[1].fill(QColor("blue"))
    (after,) = _paint(delegate, model)
    assert _reddish(before) != (0, 0) == _reddish(after)


def test_a_thumbnail_keeps_its_shape_and_is_centred(
    model: MatchListModel, feed: _Feed, delegate: MatchDelegate
) -> None:
    feed.give(1)
    _show(model, 1)
    (image,) = _paint(delegate, model)
    width, height = _reddish(image)
    assert width == pytest.approx(1.5 * height, abs=2)
    assert width <= ROOM.width()
    assert height <= delegate.thumb_size
    middle = image.height() // 3
    row = [image.pixelColor(x, middle) == RED for x in range(image.width())]
    left, right = row.index(True), row[::-1].index(True)
    assert abs(left - right) <= 1


def test_the_cache_is_limited(
    model: MatchListModel,
    feed: _Feed,
    delegate: MatchDelegate,
    scalings: list[QSize],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(match_delegate, "_CACHE_SIZE", 5)
    feed.give(*range(12))
    _show(model, *range(12))
    _paint(delegate, model)
    assert len(delegate._cache) == 5
    _show(model, *range(7, 12))
    _paint(delegate, model)
    assert len(scalings) == 12, "the newest are those kept"
    _show(model, 0)
    _paint(delegate, model)
    assert len(scalings) == 13


@pytest.mark.parametrize("there", [None, QPixmap], ids=["not loaded", "none at all"])
def test_a_row_without_a_thumbnail_paints_an_empty_square(
    model: MatchListModel,
    feed: _Feed,
    delegate: MatchDelegate,
    scalings: list[QSize],
    there: type[QPixmap] | None,
) -> None:
    if there is not None:
        feed.pixmaps[NO_THUMBNAIL] = there()
    _show(model, NO_THUMBNAIL)
    (image,) = _paint(delegate, model)
    white = QColor("white")
    middle = image.pixelColor(ROOM.width() // 2, delegate.thumb_size // 2)
    assert middle != white
    assert middle.lightnessF() > 0.8, "a light shade"
    assert scalings == []
    (across,) = {
        sum(image.pixelColor(x, y) == middle for x in range(image.width())) for y in (40, 60, 80)
    }
    down = sum(image.pixelColor(ROOM.width() // 2, y) == middle for y in range(delegate.thumb_size))
    assert across == pytest.approx(delegate.thumb_size, abs=2)
    assert down == pytest.approx(delegate.thumb_size, abs=8)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_thumbnail_is_as_sharp_as_the_screen(
    model: MatchListModel,
    feed: _Feed,
    delegate: MatchDelegate,
    scalings: list[QSize],
    ratio: float,
) -> None:
    feed.give(1)
    _show(model, 1)
    (image,) = _paint(delegate, model, ratio=ratio)
    (room,) = scalings
    assert room.height() == round(delegate.thumb_size * ratio)
    (kept,) = delegate._cache.values()
    assert kept.devicePixelRatio() == ratio
    assert kept.width() == room.width()
    assert _reddish(image) == pytest.approx((kept.width(), kept.height()), abs=2)


def test_two_screens_do_not_share_a_scaled_thumbnail(
    model: MatchListModel, feed: _Feed, delegate: MatchDelegate, scalings: list[QSize]
) -> None:
    feed.give(1)
    _show(model, 1)
    sizes = [_reddish(_paint(delegate, model, ratio=r)[0]) for r in (1.0, 2.0, 1.0, 2.0)]
    assert len(scalings) == 2
    assert sizes[:2] == sizes[2:]
    assert sizes[1] == pytest.approx((2 * sizes[0][0], 2 * sizes[0][1]), abs=2)
