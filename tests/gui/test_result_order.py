"""The order of the listed matches, and the cut-off with its histogram."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playing import BIRD, LITE0, Player, matches, names, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.records import PictureRecord
from finder.core.pictures.facts import PictureFacts
from finder.core.search.closeness.closeness import suggested_cut_off
from finder.core.search.matches import Match
from finder.gui.query.closeness_histogram import ClosenessHistogram
from finder.gui.query.view_options import ViewOptions
from finder.gui.results.result_order import ResultOrder, in_order, order_words
from finder.gui.theme.theme import colour

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def _match(rank: int, name: str, side: int, taken: str | None, changed: int = 2_000) -> Match:
    """changed: the year of the file's time."""
    facts = PictureFacts(side, side, "JPEG", taken, 1)
    time_ns = int(datetime(changed, 7, 1, 12).timestamp()) * 1_000_000_000
    return Match(rank, PictureRecord(rank, facts, (f"/p/{name}",), time_ns=time_ns), 0.5)


LISTED = [
    _match(1, "b10.jpg", 30, None, 2022),
    _match(2, "A.jpg", 10, "2020-01-01 00:00:00", 2030),
    _match(3, "B2.jpg", 30, "2024-01-01 00:00:00"),
    _match(4, "a.png", 20, None, 2019),
]


@pytest.mark.parametrize(
    ("order", "ranks"),
    [
        (ResultOrder.LIKENESS, [1, 2, 3, 4]),
        (ResultOrder.TAKEN, [3, 1, 2, 4]),
        (ResultOrder.NAME, [2, 4, 3, 1]),
        (ResultOrder.SIZE, [1, 3, 4, 2]),
    ],
)
def test_matches_are_put_in_order(order: ResultOrder, ranks: list[int]) -> None:
    assert [match.rank for match in in_order(LISTED, order)] == ranks


def test_the_menu_orders_every_column_and_the_ranks_stay(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    button = filled.results.header.order
    before = {column.key: matches(column) for column in filled.columns}
    by_name = next(one for one in button.menu().actions() if one.text() == "By name")
    by_name.trigger()
    for column in filled.columns:
        shown = [name.casefold() for name in names(column)]
        assert shown == sorted(shown)  # none of them has a number
        assert sorted(matches(column), key=lambda match: match.rank) == before[column.key]
    assert button.text() == "By name"
    filled.answer(lambda: filled.bar.top.setValue(7))
    shown = [name.casefold() for name in names(filled.column(LITE0))]
    assert len(shown) == 7 and shown == sorted(shown)


def test_show_all_also_ends_where_models_disagree(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    header = filled.results.header
    QTest.mouseClick(header.disputed, Qt.MouseButton.LeftButton)
    filled.bar.cut_off.setValue(30)
    assert "hidden" in visible_text(header)
    filled.press("Show all", header)
    assert not header.disputed.isChecked()
    assert "hidden" not in visible_text(header)


def test_a_cut_off_above_everything_says_so_with_a_way_out(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    header = filled.results.header
    filled.answer(lambda: filled.window.filters.exclude_folder(str(samples / "birds")))
    filled.bar.cut_off.setValue(100)
    filled.wait(filled.results.empty.isVisible)
    page = visible_text(filled.results.empty)
    assert "No match is this close" in page
    assert "50 matches are hidden." in page
    filled.press("Show all", filled.results.empty)
    assert matches(filled.column(LITE0))
    assert "hidden" not in visible_text(header)


# The cut-off


@pytest.fixture
def options(qtbot: QtBot) -> ViewOptions:
    options = ViewOptions()
    qtbot.addWidget(options)
    options.show()
    return options


CLOSENESS = [100.0, 85.0, 81.0, 60.0, 20.0, 10.0, 8.0]


def test_the_suggestion_is_one_click(options: ViewOptions) -> None:
    assert not options.suggested.isVisible()
    assert not options.histogram.isVisible()
    options.show_closeness(CLOSENESS)
    suggested = suggested_cut_off(CLOSENESS)
    assert suggested is not None
    assert options.suggested.text() == f"Suggested: {round(suggested)}"
    assert options.histogram.accessibleDescription() == "7 matches shown, 0 hidden"
    QTest.mouseClick(options.suggested, Qt.MouseButton.LeftButton)
    assert options.cut_off.value() == round(suggested)
    assert options.histogram.accessibleDescription() == "4 matches shown, 3 hidden"
    assert not options.suggested.isVisible()


def test_nothing_is_suggested_that_hides_nothing(options: ViewOptions) -> None:
    options.show_closeness([99.0, 98.0])
    assert options.histogram.isVisible()
    assert not options.suggested.isVisible()


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_hidden_bars_are_grey(qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    histogram = ClosenessHistogram()
    qtbot.addWidget(histogram)
    histogram.setLayoutDirection(direction)
    histogram.show_closeness([10.0, 90.0], None)
    histogram.show_cut_off(50)
    histogram.resize(200, 32)
    image = histogram.grab().toImage()
    low, high = 9 + 182 * 10 // 100, 9 + 182 * 90 // 100
    if direction is Qt.LayoutDirection.RightToLeft:
        low, high = 200 - low, 200 - high
    assert image.pixelColor(low, 28) == colour("scroll")
    assert image.pixelColor(high, 28) == colour("accent")


def test_the_window_gives_the_listed_matches(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    filled.bar.open_options()
    histogram = filled.bar.options.histogram
    assert histogram.isVisible()
    assert histogram.accessibleDescription() == "50 matches shown, 0 hidden"
    filled.press(filled.bar.options.suggested.text(), filled.bar.options)
    combined = filled.columns[0]
    shown = len(matches(combined))
    assert 0 < shown < 50
    hidden = f"{shown} matches shown, {50 - shown} hidden"
    assert histogram.accessibleDescription() == hidden
    filled.window.actions_by_name["new_query"].trigger()
    assert not histogram.isVisibleTo(filled.bar.options), "that search is closed"


def test_after_choosing_an_order_the_keys_are_the_grids(filled: Player) -> None:
    page = filled.window.library_page
    page.order.setFocus()
    QTest.keyClick(page.order, Qt.Key.Key_Down)
    assert page.view.hasFocus()


def test_the_library_and_the_matches_count_by_the_same_date_and_say_so(filled: Player) -> None:
    order = filled.window.library_page.order
    _, hint = order_words(ResultOrder.TAKEN)
    assert order.toolTip() == hint
    assert hint == "The newest first: by the date taken, or else by the file's time"
    assert order.accessibleDescription() == f"Order of the pictures\n{hint}"
    order.setCurrentIndex(order.findText("By name"))
    assert order.toolTip() == order_words(ResultOrder.NAME)[1]
    filled.window.library.recent.click()
    assert order.toolTip() == "What the library got last first"
