"""Columns side by side: their widths, the pinned one, scrolling, the lines between cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QScrollBar
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.records import PictureRecord
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.search.matches import Match
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.answer_facts import ColumnFacts
from finder.gui.results.compare.compare_view import NARROWEST, CompareView
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.folding import Folding
from finder.gui.results.match_model import CardContext
from finder.gui.results.result_filter import ResultFilter
from finder.gui.results.result_order import ResultOrder
from finder.gui.theme.theme import colours
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace

FACTS = PictureFacts(4, 3, "JPEG", None, 1)
TEN = tuple(f"model{number}" for number in range(9))
SMALL = (660, 380)
"""What is left for the columns in a window of 900 × 600."""


@pytest.fixture
def feed(qtbot: QtBot, home: Home) -> Iterator[ThumbnailFeed]:
    runner = TaskRunner()
    yield ThumbnailFeed(runner, Workspace(home).pictures.thumbs, runner)
    runner.close()


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(*SMALL)
    view.show()
    qtbot.waitExposed(view)
    return view


def fill(view: CompareView, feed: ThumbnailFeed, lists: dict[str, Sequence[int]]) -> None:
    """A column for each list of pictures; the key of the first one is empty."""
    columns = []
    for key, pictures in lists.items():
        column = ResultColumn(key, key or "Best matches", "#2f9e8f", feed)
        found = [
            Match(rank, PictureRecord(picture, FACTS, (f"/p/{picture}.jpg",)), rank / 8, 50.0)
            for rank, picture in enumerate(pictures, 1)
        ]
        column.set_matches(
            ColumnFacts(found, None, "agrees 7 of 10 · Euclidean", "agrees 7 of 10", "")
        )
        column.show_accepted(ResultFilter(), CardContext(), ResultOrder.LIKENESS, Folding())
        columns.append(column)
    view.set_columns(columns)
    for column in columns:
        column.view.doItemsLayout()


def fill_ten(view: CompareView, feed: ThumbnailFeed) -> None:
    fill(view, feed, dict.fromkeys(("", *TEN), range(40)))


def left(column: ResultColumn, view: CompareView) -> int:
    return column.mapTo(view, QPoint()).x()


def sideways(view: CompareView) -> QScrollBar:
    return view.findChildren(QScrollArea)[0].horizontalScrollBar()


def places(view: CompareView) -> list[int]:
    return [column.view.verticalScrollBar().value() for column in view.columns]


def test_few_columns_share_the_width(view: CompareView, feed: ThumbnailFeed) -> None:
    fill(view, feed, {"": range(9), "one": range(9), "two": range(9)})
    widths = [column.width() for column in view.columns]
    assert max(widths) - min(widths) <= 2
    assert sum(widths) == pytest.approx(view.width(), abs=20), "all but the scroll bar"
    assert sideways(view).maximum() == 0


def test_ten_columns_stay_readable_and_scroll_past_the_pinned_one(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    fill_ten(view, feed)
    for column in view.columns:
        assert column.width() >= NARROWEST
        card = column.view.visualRect(column.model.index(0))
        assert card.width() >= NARROWEST - 12
        words = QFontMetrics(column.header.title.font()).horizontalAdvance("Best match")
        assert column.header.title.width() >= words
        column.header.menu_button.hide()  # shown where the pointer happens to be
        QApplication.processEvents()
        assert column.header.facts.text() == "agrees 7 of 10", "not elided"
    pinned, second, last = view.columns[0], view.columns[1], view.columns[-1]
    assert left(pinned, view) == 0
    assert last.visibleRegion().isEmpty()
    bar = sideways(view)
    bar.setValue(bar.maximum())
    assert left(pinned, view) == 0
    assert left(last, view) + last.width() == pytest.approx(view.width(), abs=20)
    assert second.visibleRegion().isEmpty(), "it lies behind the pinned one"
    assert pinned.visibleRegion().boundingRect().width() == pinned.width()


def test_a_column_with_the_focus_comes_into_view(view: CompareView, feed: ThumbnailFeed) -> None:
    fill_ten(view, feed)
    view.activateWindow()
    last = view.columns[-1]
    last.view.setFocus()
    assert last.visibleRegion().boundingRect().width() == last.width()


def test_larger_pictures_need_wider_columns(view: CompareView, feed: ThumbnailFeed) -> None:
    fill_ten(view, feed)
    view.set_thumb_size(256)
    assert {column.width() for column in view.columns} == {2 * NARROWEST}
    view.set_thumb_size(64)
    assert {column.width() for column in view.columns} == {NARROWEST}


def test_a_single_column_takes_all(view: CompareView, feed: ThumbnailFeed) -> None:
    fill(view, feed, {"one": range(9)})
    (only,) = view.columns
    assert only.width() == view.width()
    assert not sideways(view).isVisible()


def test_from_right_to_left_the_pinned_column_is_at_the_right(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    fill_ten(view, feed)
    pinned, second, last = view.columns[0], view.columns[1], view.columns[-1]
    assert left(pinned, view) + pinned.width() == view.width()
    assert left(second, view) + second.width() == left(pinned, view)
    assert last.visibleRegion().isEmpty()
    bar = sideways(view)
    bar.setValue(bar.maximum())
    assert left(last, view) == pytest.approx(0, abs=20)
    assert left(pinned, view) + pinned.width() == view.width()


# Scrolling


def test_all_columns_scroll_together(view: CompareView, feed: ThumbnailFeed) -> None:
    fill_ten(view, feed)
    view.columns[2].view.verticalScrollBar().setValue(120)
    assert places(view) == [120] * 10
    view.columns[0].view.verticalScrollBar().setValue(300)
    assert places(view) == [300] * 10


def test_the_common_scroll_bar_moves_all(view: CompareView, feed: ThumbnailFeed) -> None:
    fill_ten(view, feed)
    assert view.common_bar.isVisible()
    assert view.common_bar.maximum() == view.columns[0].view.verticalScrollBar().maximum() > 0
    view.common_bar.setValue(200)
    assert places(view) == [200] * 10


def test_each_column_scrolls_alone_with_a_bar_of_its_own(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    fill_ten(view, feed)
    view.set_scrolls_together(False)
    assert not view.common_bar.isVisible()
    view.columns[2].view.verticalScrollBar().setValue(120)
    assert places(view) == [0, 0, 120, *[0] * 7]
    assert view.columns[2].view.verticalScrollBar().isVisible()
    view.set_scrolls_together(True)
    assert not view.columns[2].view.verticalScrollBar().isVisible()
    view.columns[0].view.verticalScrollBar().setValue(60)
    assert places(view) == [60] * 10


def test_columns_of_different_length_scroll_to_the_end_of_the_longest(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    fill(view, feed, {"": range(40), "short": range(3), "long": range(40)})
    view.common_bar.setValue(view.common_bar.maximum())
    first, short, long = places(view)
    assert first == long == view.common_bar.maximum()
    assert short <= first


# Lines


def is_line(view: CompareView, at: QPoint) -> bool:
    image = view.grab().toImage()
    ratio = image.devicePixelRatio()
    accent = QColor(colours().accent)
    nearby = [
        image.pixelColor(round((at.x() + dx) * ratio), round((at.y() + dy) * ratio))
        for dx in (-1, 0, 1)
        for dy in (-2, -1, 0, 1, 2)
    ]
    return any(abs(c.red() - accent.red()) + abs(c.blue() - accent.blue()) < 24 for c in nearby)


def between(view: CompareView, one: int, other: int, picture: int) -> QPoint:
    """The middle between a picture's cards in two columns."""
    middle = QPoint()
    for column in (view.columns[one], view.columns[other]):
        card = column.view.visualRect(column.model.index(column.model.row_of(picture)))
        middle += column.view.viewport().mapTo(view, card.center())
    return middle / 2


def test_lines_join_a_pictures_cards_in_neighbouring_columns(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    fill(view, feed, {"": [1, 2, 3], "one": [2, 1, 3], "two": [8, 9, 1]})
    first, second = between(view, 0, 1, 1), between(view, 1, 2, 1)
    assert not is_line(view, first)
    view.show_links(1)
    assert is_line(view, first)
    assert is_line(view, second)
    view.show_links(2)
    assert is_line(view, between(view, 0, 1, 2))
    assert not is_line(view, second), "the third column has no such card"
    view.show_links(None)
    assert not is_line(view, first)


def test_a_line_does_not_lead_to_a_card_that_is_out_of_view(
    view: CompareView, feed: ThumbnailFeed
) -> None:
    view.set_scrolls_together(False)
    fill(view, feed, {"": range(40), "one": range(40)})
    view.show_links(0)
    assert view.links.paths()
    view.columns[1].view.verticalScrollBar().setValue(2_000)
    assert not view.links.paths()


def test_the_lines_leave_the_mouse_to_the_cards(view: CompareView, feed: ThumbnailFeed) -> None:
    fill(view, feed, {"": range(9), "one": range(9)})
    view.show_links(0)
    card = view.columns[0].view.visualRect(view.columns[0].model.index(0)).center()
    at = view.columns[0].view.viewport().mapTo(view, card)
    under = view.childAt(at)
    assert under is view.columns[0].view.viewport()
    QTest.mouseClick(under, Qt.MouseButton.LeftButton, pos=card)
    assert view.columns[0].view.currentIndex().row() == 0
