"""Stacks in columns whose best matches differ, in answers that no search has made."""

from __future__ import annotations

import pytest
from answers import result_of
from making import tiny_spec
from playing import matches, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from finder.core.search.matches import Match, Result
from finder.core.search.stacks import NearDuplicates
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.folding import Folding, Stack
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.results_panel import ResultsPanel

A, B = tiny_spec("a"), tiny_spec("b")
REST = list(range(10, 200))
FAR = 150
"""First for b, at rank 144 for a."""
NEAR = NearDuplicates([(1, 2), (2, 3), (11, FAR)])
"""1 and 3 are no near-duplicates of each other."""


def result() -> Result:
    b = [FAR, 3, 2, 1, *(picture for picture in REST if picture != FAR)]
    return result_of({"a": [1, 2, 3, *REST], "b": b}, [1, 2, 3, *REST[:40]])


@pytest.fixture
def folding(panel: ResultsPanel) -> FoldingController:
    """The answer is shown, and folded."""
    folding, shown = FoldingController(panel, panel), result()
    panel.show_result(shown, [A, B], folding.begin(shown, [A, B]))
    folding.show_near_duplicates(NEAR)
    return folding


def _ids(column: ResultColumn) -> list[int]:
    return [match.picture.id for match in matches(column)]


def _card(column: ResultColumn, row: int) -> Card:
    card = column.model.index(row).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def test_each_column_has_its_own_best_match_in_front(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best, a, b = panel.columns
    assert _ids(best)[:4] == _ids(a)[:4] == [1, 3, 10, 11]
    assert _ids(b)[:4] == [FAR, 3, 1, 10]
    assert [_card(b, row).stack for row in range(4)] == ["+1", "+1", "", ""]


def test_a_stack_is_opened_and_closed_in_all_columns(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    best, a, b = panel.columns
    b.view.stack_pressed.emit(1)
    assert _ids(best)[:3] == _ids(a)[:3] == [1, 2, 3]
    assert _ids(b)[:4] == [FAR, 3, 2, 1]
    assert [_card(b, row).stack for row in range(4)] == ["+1", "−1", "", ""]
    a.view.stack_pressed.emit(0)
    assert _ids(a)[:2] == [1, 3]
    assert _ids(b)[:3] == [FAR, 3, 1]


def test_what_is_folded_elsewhere_is_marked_and_linked_there(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    _, a, b = panel.columns
    selected: list[Match] = []
    panel.match_selected.connect(selected.append)
    b.view.go_to_row(0)
    assert selected[-1].picture.id == FAR
    assert a.view.currentIndex().row() == -1, "11, not the picture, is at this place"
    assert _card(a, 3).is_marked
    assert not _card(a, 2).is_marked
    assert "Selected: rank 144" in visible_text(a.header)
    links = panel.column_set.compare.links.paths()
    assert len(links) == 1, "from b to the card in a; in the combined column it is not listed"
    a.view.go_to_row(3)
    assert selected[-1].picture.id == 11, "a click on that card selects its picture"


def test_an_arrow_leads_to_the_stack_in_the_column_beside(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    _, a, b = panel.columns
    selected: list[Match] = []
    panel.match_selected.connect(selected.append)
    b.view.setFocus()
    b.view.go_to_row(0)
    QTest.keyClick(b.view, Qt.Key.Key_Left)
    assert a.view.hasFocus()
    assert selected[-1].picture.id == 11


def test_where_models_disagree_a_picture_is_not_folded_behind_one_that_is_left_out(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    panel.header.disputed.click()
    b = panel.columns[2]
    assert _ids(b) == [FAR]
    assert _card(b, 0).stack == ""
    assert "hidden" in visible_text(panel.header)
    assert "folded" not in visible_text(panel.header)


def test_the_stack_of_what_is_selected_is_told(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    told: list[Stack | None] = []
    panel.stack_selected.connect(told.append)
    a = panel.columns[1]
    a.view.go_to_row(2)
    assert told[-1] is None
    a.view.go_to_row(0)
    stack = told[-1]
    assert stack is not None
    assert (stack.leader.picture.id, [one.picture.id for one in stack.others]) == (1, [2])
    assert stack.words == "1 near-duplicate folded"


def test_a_view_that_is_scrolled_stays_where_it_is(
    panel: ResultsPanel, folding: FoldingController
) -> None:
    b = panel.columns[2]
    bar = b.view.verticalScrollBar()
    bar.setValue(900)
    top = b.view.visible_rows().start
    picture, place = _ids(b)[top], b.view.visualRect(b.model.index(top)).top()
    folding.unfold_all()
    row = b.model.row_of(picture)
    assert row > top
    assert b.view.visualRect(b.model.index(row)).top() == place
    folding.set_on(True)
    assert b.view.visualRect(b.model.index(b.model.row_of(picture))).top() == place


def test_without_folding_nothing_is_compared_or_folded(panel: ResultsPanel) -> None:
    panel.show_result(result(), [A, B], Folding(is_on=False, near=NEAR))
    assert _ids(panel.columns[2])[:4] == [FAR, 3, 2, 1]
