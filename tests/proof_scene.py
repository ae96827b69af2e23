"""An answer in columns, and its matches as if they were proven to be the query's picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import result_of
from making import tiny_spec
from playing import matches
from PySide6.QtWidgets import QWidget

from finder.core.search.matches import Result
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.results_panel import ResultsPanel

A, B = tiny_spec("a"), tiny_spec("b")
ALL = list(range(1, 60))
INSIDE = ((0.2, 0.2), (0.7, 0.2), (0.7, 0.8), (0.2, 0.8))
CONTAINS = Sameness(SameKind.PART, 0.874, INSIDE, shows_more=True)
CROPPED = Sameness(SameKind.PART, 0.874, ((-0.4, -0.4), (1.6, -0.4), (1.6, 1.2), (-0.4, 1.2)))
WHOLE = Sameness(SameKind.WHOLE, 0.9, ((0, 0), (1, 0), (1, 1), (0, 1)))
LATE = 7
"""The picture that is proven last, at rank 7."""


def answer() -> Result:
    return result_of({"a": ALL, "b": ALL}, ALL)


def proven(result: Result, *pictures: int, same: Sameness = CONTAINS) -> Result:
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


def ids(column: ResultColumn) -> list[int]:
    return [match.picture.id for match in matches(column)]


def card_of(column: ResultColumn, row: int) -> Card:
    card = column.model.index(row).data(CardRole.CARD)
    assert isinstance(card, Card)
    return card


def scrolled(panel: ResultsPanel) -> list[int]:
    return [column.view.verticalScrollBar().value() for column in panel.columns]
