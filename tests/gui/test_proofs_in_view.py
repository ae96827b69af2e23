"""Proofs that reach the columns after their answer: what is in view, selected, pointed at."""

from __future__ import annotations

import pytest
from proof_scene import LATE, answer, card_of, ids, proven, scrolled
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from finder.core.search.matches import Match
from finder.core.search.stacks import NearDuplicates
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.results_panel import ResultsPanel


def test_a_list_that_is_not_scrolled_stays_at_its_top(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    selected: list[Match] = []
    panel.match_selected.connect(selected.append)
    folding.show_proofs(proven(answer(), LATE))
    assert scrolled(panel) == [0, 0, 0]
    assert [match.picture.id for match in selected] == [LATE], "the best match, once"
    folding.show_proofs(proven(answer(), LATE))
    assert len(selected) == 1


def test_a_list_that_is_scrolled_shows_the_same_cards(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best = panel.columns[0]
    best.view.verticalScrollBar().setValue(900)
    row = best.view.visible_rows().start
    picture, top = ids(best)[row], best.view.visualRect(best.model.index(row)).top()
    folding.show_proofs(proven(answer(), 50))
    moved = best.model.row_of(picture)
    assert moved == row + 1
    assert best.view.visualRect(best.model.index(moved)).top() == top


def test_a_list_does_not_follow_a_card_that_moves_to_its_front(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best = panel.columns[0]
    best.view.verticalScrollBar().setValue(900)
    first, second = ids(best)[best.view.visible_rows().start :][:2]
    top = best.view.visualRect(best.model.index(best.model.row_of(second))).top()
    folding.show_proofs(proven(answer(), first))
    row = best.model.row_of(second)
    assert best.view.visualRect(best.model.index(row)).top() == top


@pytest.mark.parametrize("value", [900, 893])
def test_columns_that_scroll_together_stay_together(
    panel: ResultsPanel, folding: FoldingController, value: int
) -> None:
    best = panel.columns[0]
    panel.column_set.compare.common_bar.setValue(value)
    row = best.view.visible_rows().start
    picture, top = ids(best)[row], best.view.visualRect(best.model.index(row)).top()
    folding.show_proofs(proven(answer(), 50))
    QApplication.processEvents()
    moved = best.model.row_of(picture)
    assert best.view.visualRect(best.model.index(moved)).top() == top
    assert len(set(scrolled(panel))) == 1
    assert panel.column_set.compare.common_bar.value() == scrolled(panel)[0]


def test_columns_that_scroll_alone_stay_where_each_is(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.set_scrolls_together(False)
    for column, value in zip(panel.columns, (900, 300, 0), strict=True):
        column.view.verticalScrollBar().setValue(value)
    before = scrolled(panel)
    folding.show_proofs(proven(answer(), 50))
    assert scrolled(panel)[1:] == before[1:]
    assert scrolled(panel)[0] > before[0]


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


def test_a_match_that_is_pressed_stays_selected_though_it_was_before(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best = panel.columns[0]
    assert best.view.currentIndex().row() == 0
    place = best.view.visualRect(best.view.currentIndex()).center()
    QTest.mouseClick(best.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    folding.show_proofs(proven(answer(), LATE))
    assert best.view.currentIndex().row() == 1
    match = panel.selection.match
    assert match is not None
    assert match.picture.id == 1


def test_a_match_that_is_opened_stays_selected(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    QTest.keyClick(panel.columns[0].view, Qt.Key.Key_Return)
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
    assert ids(best)[:3] == [LATE, 3, 1]
    assert best.view.currentIndex().row() == 1


def test_the_card_under_the_pointer_is_still_hovered_when_others_are_listed(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best, hovered = panel.columns[0], list[int]()
    best.view.hovered.connect(hovered.append)
    place = best.view.visualRect(best.model.index(1)).center()
    QTest.mouseMove(best.view.viewport(), place)
    assert hovered == [1]
    folding.show_proofs(proven(answer(), LATE))
    QApplication.processEvents()
    assert hovered == [1, 1]
    marked = [row for row in range(5) if card_of(best, row).is_marked]
    assert marked == [1], "another picture than before"
