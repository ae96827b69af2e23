"""Proofs that reach the columns after their answer: badges, matches in front, what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import result_of
from making import tiny_spec
from playing import matches
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from finder.core.search.matches import Match, Result
from finder.core.search.stacks import NearDuplicates
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results import proof_words
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.results_panel import ResultsPanel

A, B = tiny_spec("a"), tiny_spec("b")
ALL = list(range(1, 60))
INSIDE = ((0.2, 0.2), (0.7, 0.2), (0.7, 0.8), (0.2, 0.8))
PART = Sameness(SameKind.PART, 0.874, INSIDE)
WHOLE = Sameness(SameKind.WHOLE, 0.9, ((0, 0), (1, 0), (1, 1), (0, 1)))
LATE = 7
"""The picture that is proven last, at rank 7."""


def answer() -> Result:
    return result_of({"a": ALL, "b": ALL}, ALL)


def proven(result: Result, *pictures: int, same: Sameness = PART) -> Result:
    """The answer with these in front of the combined list."""
    first = [match for match in result.combined if match.picture.id in pictures]
    rest = [match for match in result.combined if match.picture.id not in pictures]
    combined = [replace(match, rank=rank) for rank, match in enumerate([*first, *rest], 1)]
    return replace(result, combined=combined, same=dict.fromkeys(pictures, same))


@pytest.fixture
def panel(host: QWidget, empty_feed: ThumbnailFeed) -> ResultsPanel:
    panel = ResultsPanel(empty_feed)
    panel.setParent(host)
    panel.set_model_colours(["a", "b"])
    panel.resize(900, 560)
    panel.show()
    return panel


@pytest.fixture
def folding(panel: ResultsPanel) -> FoldingController:
    """The answer is shown, without proofs."""
    folding, shown = FoldingController(panel, panel), answer()
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    return folding


def _ids(column: ResultColumn) -> list[int]:
    return [match.picture.id for match in matches(column)]


def _card(column: ResultColumn, row: int) -> Card:
    card = column.model.index(row).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def _scrolled(panel: ResultsPanel) -> list[int]:
    return [column.view.verticalScrollBar().value() for column in panel.columns]


def test_the_proven_match_is_first_and_has_its_badge_in_every_column(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    folding.show_proofs(proven(answer(), LATE))
    best, a, _ = panel.columns
    assert _ids(best)[:3] == [LATE, 1, 2]
    assert _ids(a)[:3] == [1, 2, 3]
    for card in (_card(best, 0), _card(a, LATE - 1)):
        assert (card.corner, card.short_corner) == ("Same picture, cropped", "Cropped")
        assert (card.corner_icon, card.outline) == ("crop", INSIDE)
    assert _card(best, 1).corner == ""


def test_the_badge_stands_for_the_word_of_closeness(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.set_view("best")
    folding.show_proofs(proven(answer(), LATE))
    model = panel.columns[0].model
    assert [_card(panel.columns[0], row).label for row in (0, 1)] == ["0", "distant · 0"]
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    for words in (spoken, tip):
        assert "same picture, cropped" in words
        assert "87 % of the matched points agree" in words
        assert "distant" not in words


def test_a_list_that_is_not_scrolled_stays_at_its_top(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    selected: list[Match] = []
    panel.match_selected.connect(selected.append)
    folding.show_proofs(proven(answer(), LATE))
    assert _scrolled(panel) == [0, 0, 0]
    assert [match.picture.id for match in selected] == [LATE], "the best match, once"
    folding.show_proofs(proven(answer(), LATE))
    assert len(selected) == 1


def test_a_list_that_is_scrolled_shows_the_same_cards(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best = panel.columns[0]
    best.view.verticalScrollBar().setValue(900)
    row = best.view.visible_rows().start
    picture, top = _ids(best)[row], best.view.visualRect(best.model.index(row)).top()
    folding.show_proofs(proven(answer(), 50))
    moved = best.model.row_of(picture)
    assert moved == row + 1
    assert best.view.visualRect(best.model.index(moved)).top() == top


def test_what_the_user_has_selected_stays_selected_in_its_place(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best = panel.columns[0]
    best.view.go_to_row(2)
    top = best.view.visualRect(best.view.currentIndex()).top()
    told: list[Match] = []
    panel.match_selected.connect(told.append)
    folding.show_proofs(proven(answer(), LATE))
    assert best.view.currentIndex().row() == 3
    assert best.view.visualRect(best.view.currentIndex()).top() == top
    match = panel.selection.match
    assert match is not None
    assert (match.picture.id, match.rank) == (3, 4)
    assert not told


def test_what_the_user_looks_at_stays_selected(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.selection.keep()
    folding.show_proofs(proven(answer(), LATE))
    match = panel.selection.match
    assert match is not None
    assert match.picture.id == 1


def test_what_the_user_has_selected_is_not_folded_behind_a_proven_match(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.set_view("best")
    best = panel.columns[0]
    folding.show_near_duplicates(NearDuplicates([(3, LATE)]))
    best.view.go_to_row(2)
    folding.show_proofs(proven(answer(), LATE))
    assert _ids(best)[:3] == [LATE, 3, 1]
    assert best.view.currentIndex().row() == 1


def test_stacks_stay_open(panel: ResultsPanel, folding: FoldingController) -> None:
    best = panel.columns[0]
    folding.show_near_duplicates(NearDuplicates([(2, 20)]))
    best.view.stack_pressed.emit(1)
    folding.show_proofs(proven(answer(), LATE))
    assert _ids(best)[:4] == [LATE, 1, 2, 20]


def test_what_the_filters_hide_stays_hidden(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL, own=LATE)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    panel.set_hides_query(True)
    folding.show_proofs(proven(shown, LATE, 9))
    assert _ids(panel.columns[0])[:3] == [9, 1, 2]


def test_the_querys_own_picture_keeps_its_badge(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    shown = result_of({"a": ALL, "b": ALL}, ALL, own=1)
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    folding.show_proofs(proven(shown, 1, same=WHOLE))
    assert _card(panel.columns[0], 0).corner == "Your query"


@pytest.mark.parametrize("kind", SameKind)
def test_each_kind_of_proof_has_words_and_an_icon(kind: SameKind) -> None:
    same = Sameness(kind, 1.0, INSIDE)
    assert proof_words.title(same).lower() == kind.label
    assert proof_words.sentence(same).endswith(": 100 % of the matched points agree")
    assert proof_words.short_title(same)
    assert proof_words.ICONS[kind]


@pytest.mark.parametrize(
    "outline",
    [
        WHOLE.outline,
        ((1, 0), (0, 0), (0, 1), (1, 1)),
        ((0.01, 0.02), (0.99, 0.01), (0.98, 0.99), (0.02, 0.97)),
        ((-0.5, -1), (3, -1), (3, 2), (-0.5, 2)),
    ],
)
def test_where_the_query_is_all_of_the_match_no_outline_is_drawn(
    outline: tuple[tuple[float, float], ...],
) -> None:
    assert proof_words.outline_of(replace(WHOLE, outline=outline)) == ()
    assert proof_words.outline_of(PART) == INSIDE
    assert proof_words.outline_of(None) == ()
