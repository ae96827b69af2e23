"""Looking twice: a switch among the view options, kept, and told where an answer is explained."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from answers import result_of
from making import tiny_spec
from one_model import ONE_MODEL
from playing import BIRD, Begin, matches, visible_text
from PySide6.QtWidgets import QWidget

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.matches import Result
from finder.core.search.model_alone import in_best_order
from finder.core.search.verify.sameness import SameKind, Sameness
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.query.view_options import ViewOptions
from finder.gui.results.answer_facts import AnswerFacts
from finder.gui.results.results_panel import ResultsPanel

A, B = tiny_spec("a"), tiny_spec("b")
ORDER = list(range(1, 20))
ANSWER = result_of({"a": ORDER, "b": ORDER}, ORDER)
WORDS = "Looked at twice: pictures whose own neighbours are also near the query come first."


def test_it_is_on_until_it_is_switched_off_and_then_searched_for_again(
    begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(library, ONE_MODEL)
    asked: list[bool] = []
    search = player.workspace.search

    def noting(*given: object) -> object:
        asked.append(bool(given[-1]))
        return search(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(player.workspace, "search", noting)
    player.ask(samples / BIRD)
    player.answer(player.bar.look_twice.click)
    assert asked == [True, False]
    result = player.controllers.searching.result
    assert result is not None
    assert not result.looked_twice
    assert matches(player.results.columns[0])
    player.close()
    with closing(Catalogue(library)) as catalogue:
        kept = load_settings(catalogue)
    assert not kept.look_twice
    assert not begin(library, kept).bar.look_twice.isChecked()


def test_the_option_says_what_it_does(host: QWidget) -> None:
    options = ViewOptions(host)
    options.show()
    assert "Ranks the best again by their neighbours" in visible_text(options)


@pytest.mark.parametrize("specs", [(A,), (A, B)])
def test_it_is_told_where_it_has_changed_the_order(specs: Sequence[ModelSpec]) -> None:
    """Of several models, only their combination is looked at twice."""
    once = AnswerFacts(ANSWER, specs, {})
    twice = AnswerFacts(replace(ANSWER, looked_twice=True), specs, {})
    key = "" if len(specs) > 1 else "a"
    assert WORDS in twice.of_column(key).tip
    assert WORDS not in once.of_column(key).tip
    assert (WORDS in twice.of_column("a").tip) == (len(specs) == 1)


def test_a_single_list_explains_itself_above_the_matches(
    host: QWidget, empty_feed: ThumbnailFeed
) -> None:
    panel = ResultsPanel(empty_feed)
    panel.setParent(host)
    panel.resize(900, 500)
    panel.show()
    panel.show_result(replace(ANSWER, looked_twice=True), [A, B])
    title = panel.header.title
    assert title.toolTip() == "", "each column has a header that does"
    panel.set_view("best")
    assert WORDS in title.toolTip()
    assert WORDS in title.accessibleDescription()


def test_a_model_alone_is_in_the_better_order_with_its_own_numbers() -> None:
    once = _with_distances(result_of({"a": [1, 2, 3, 4]}, [1, 3, 2, 4]))
    assert in_best_order(once) is once
    twice = in_best_order(replace(once, looked_twice=True))
    assert [match.picture.id for match in twice.models["a"]] == [1, 3, 2, 4]
    assert [match.rank for match in twice.models["a"]] == [1, 2, 3, 4]
    assert [match.score for match in twice.models["a"]] == [0.1, 0.3, 0.2, 0.4]
    assert twice.standings[3]["a"].rank == 2
    same = Sameness(SameKind.WHOLE, 0.9, ((0, 0), (1, 0), (1, 1), (0, 1)))
    proven = in_best_order(replace(once, same={3: same}))
    assert [match.picture.id for match in proven.models["a"]] == [1, 3, 2, 4]


def _with_distances(result: Result) -> Result:
    """A tenth of the rank."""
    standings = {
        picture: {name: replace(one, distance=one.rank / 10) for name, one in by_model.items()}
        for picture, by_model in result.standings.items()
    }
    return replace(result, standings=standings)


def test_of_several_models_each_keeps_its_own_order() -> None:
    twice = replace(result_of({"a": [1, 2], "b": [2, 1]}, [2, 1]), looked_twice=True)
    assert in_best_order(twice) is twice
