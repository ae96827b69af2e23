"""What is shown of an answer beside its matches: dots, agreement, where the models disagree."""

from __future__ import annotations

import pytest
from answers import result_of
from making import tiny_spec
from playing import button_with, matches, visible_text
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.search.distance import Metric
from finder.core.search.matches import Standing
from finder.gui.grid.card import Card, Dot
from finder.gui.grid.picture_view import CardRole
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.answer_facts import AnswerFacts
from finder.gui.results.details.standings_list import ClosenessBar, StandingRow, StandingsList
from finder.gui.results.results_panel import ResultsPanel
from finder.gui.theme.tokens import model_colour

A, B = tiny_spec("a"), tiny_spec("b")
COLOURS = {"a": "#111111", "b": "#222222"}
ORDER = list(range(200))
DISPUTED = 150
"""First for b, at rank 151 for a."""
OTHER = [DISPUTED, *(picture for picture in ORDER if picture != DISPUTED)]
RESULT = result_of({"a": ORDER, "b": OTHER}, ORDER[:50], listed=50, own=0)


@pytest.fixture
def panel(host: QWidget, empty_feed: ThumbnailFeed) -> ResultsPanel:
    panel = ResultsPanel(empty_feed)
    panel.setParent(host)
    panel.set_model_colours(["a", "b"])
    panel.resize(900, 500)
    panel.show()
    panel.show_result(RESULT, [A, B])
    return panel


@pytest.fixture
def rows(host: QWidget) -> StandingsList:
    rows = StandingsList()
    rows.setParent(host)
    rows.resize(260, 300)
    rows.show()
    return rows


def card(panel: ResultsPanel, column: int, row: int) -> Card:
    found = panel.columns[column].model.index(row).data(CardRole.CARD)
    assert isinstance(found, Card)
    return found


# Facts


def test_a_picture_has_a_dot_for_each_model_filled_if_it_is_in_its_top() -> None:
    dots = AnswerFacts(RESULT, [A, B], COLOURS).card_context(words=False).dots
    assert dots[0] == (Dot("#111111", True), Dot("#222222", True))
    assert dots[9] == (Dot("#111111", True), Dot("#222222", False)), "ranks 10 and 11"
    assert dots[DISPUTED] == (Dot("#111111", False), Dot("#222222", True))
    assert dots[40] == (Dot("#111111", False), Dot("#222222", False))


def test_one_model_needs_no_dots() -> None:
    facts = AnswerFacts(result_of({"a": ORDER}), [A], COLOURS)
    assert facts.card_context(words=False).dots == {}
    assert facts.of_column("a").line == "Euclidean distance"


def test_a_column_tells_how_far_it_agrees_with_the_best_matches() -> None:
    facts = AnswerFacts(RESULT, [A, B], COLOURS)
    b, best = facts.of_column("b"), facts.of_column("")
    assert b.matches == RESULT.models["b"]
    assert b.metric is Metric.EUCLIDEAN
    assert (b.line, b.short_line) == ("agrees 9 of 10 · Euclidean", "agrees 9 of 10")
    assert "9 of its first 10 are among the first 10 of the best matches" in b.tip
    assert "2.0 ms" in b.tip
    assert (best.matches, best.metric, best.line) == (RESULT.combined, None, "combined")
    assert "200 pictures" in best.tip


# In the panel


def test_cards_carry_the_models_own_colours(panel: ResultsPanel) -> None:
    first = (Dot(model_colour(0), True), Dot(model_colour(1), True))
    assert [card(panel, column, 0).dots for column in (0, 1)] == [first, first]
    assert card(panel, 2, 0).dots == (Dot(model_colour(0), False), Dot(model_colour(1), True))


def test_a_model_keeps_its_colour_whatever_is_chosen(panel: ResultsPanel) -> None:
    panel.show_result(result_of({"b": OTHER}), [B])
    assert panel.columns[0].header._colour == model_colour(1)


def test_the_querys_own_picture_is_named(panel: ResultsPanel) -> None:
    assert card(panel, 0, 0).corner == "Your query"
    assert card(panel, 0, 1).corner == ""


def test_where_models_disagree_only_such_pictures_are_left(panel: ResultsPanel) -> None:
    panel.header.disputed.click()
    best, a, b = panel.columns
    assert matches(best) == matches(a) == []
    assert "The models agree on all of these matches." in visible_text(a)
    assert [match.picture.id for match in matches(b)] == [DISPUTED]
    assert "· 50 hidden" in visible_text(panel.header)
    panel.header.disputed.click()
    assert [len(matches(column)) for column in panel.columns] == [50, 50, 50]


def test_show_all_ends_where_models_disagree_too(panel: ResultsPanel) -> None:
    panel.header.disputed.click()
    panel.show_all_requested.connect(panel.header.reset)
    button_with(panel.header, "Show all").click()
    assert not panel.header.disputed.isChecked()
    assert [len(matches(column)) for column in panel.columns] == [50, 50, 50]
    assert "hidden" not in visible_text(panel.header)


def test_with_one_model_there_is_nothing_to_disagree_about(panel: ResultsPanel) -> None:
    panel.header.disputed.click()
    panel.show_result(result_of({"b": OTHER}), [B])
    assert not panel.header.disputed.isVisible()
    assert len(matches(panel.columns[0])) == 200
    assert "hidden" not in visible_text(panel.header)


def test_the_grid_of_the_best_matches_speaks_in_words(panel: ResultsPanel) -> None:
    panel.set_view("best")
    assert [column.isVisible() for column in panel.columns] == [True, False, False]
    assert visible_text(panel.header).startswith("Best matches\nof 2 models")
    assert card(panel, 0, 1).label == "distant · 0"
    assert not panel.columns[0].header.isVisible()
    panel.set_view("compare")
    assert [column.isVisible() for column in panel.columns] == [True, True, True]
    assert visible_text(panel.header).startswith("Compare models\n3 columns")
    assert card(panel, 0, 1).label == "0"


# Standings


def show(rows: StandingsList, *standings: StandingRow) -> None:
    rows.show_rows(standings)
    QApplication.processEvents()  # which show what is new in a layout


def bars(rows: StandingsList) -> list[ClosenessBar]:
    return [bar for bar in rows.findChildren(ClosenessBar) if bar.isVisible()]


def row(title: str, closeness: float) -> StandingRow:
    return StandingRow(title, "#2f9e8f", Standing(12, 0.482, 0.9, closeness), Metric.EUCLIDEAN)


def test_a_standing_has_a_bar_a_word_and_a_number(rows: StandingsList) -> None:
    best = StandingRow("Best matches", "", Standing(3, 13.17, 0.9, 61.8), None)
    show(rows, best, row("Lite0", 85.0), StandingRow("VGG16", "", None, Metric.IP))
    text = visible_text(rows)
    assert "Best matches\nrank 3\nsimilar · 61" in text
    assert "Lite0\nrank 12\nnearly the same · 0.482" in text
    assert "VGG16\nnot indexed" in text
    assert [bar.closeness for bar in bars(rows)] == [61.8, 85.0, 0.0]
    assert bars(rows)[1].accessibleName() == "Lite0: nearly the same · 0.482"


def test_many_models_have_a_line_each(rows: StandingsList) -> None:
    show(rows, *(row(f"Model {number}", 50.0) for number in range(3)))
    high = rows.sizeHint().height()
    show(rows, *(row(f"Model {number}", 50.0) for number in range(9)))
    assert rows.sizeHint().height() < 3 * high
    assert visible_text(rows).startswith("Model 0\n12\nModel 1\n12")
    assert len(bars(rows)) == 9


@pytest.mark.parametrize("closeness", [0.0, 50.0, 100.0])
def test_a_bar_is_as_long_as_the_closeness(rows: StandingsList, closeness: float) -> None:
    show(rows, row("Lite0", closeness))
    (bar,) = bars(rows)
    bar.setFixedSize(100, 6)
    image = bar.grab().toImage()
    ratio = image.devicePixelRatio()
    line = [image.pixelColor(x, round(3 * ratio)).name() for x in range(image.width())]
    assert line.count("#2f9e8f") / ratio == pytest.approx(closeness, abs=2)


def test_the_bars_of_several_models_are_equally_long(rows: StandingsList) -> None:
    rows.resize(240, 300)
    show(rows, row("Lite0", 100.0), row("Lite2", 85.0), row("VGG16", 2.0))
    words = {bar.accessibleName().split(": ")[1].split(" · ")[0] for bar in bars(rows)}
    assert words == {"same picture", "nearly the same", "distant"}
    assert len({bar.width() for bar in bars(rows)}) == 1
    assert bars(rows)[0].width() > 40
