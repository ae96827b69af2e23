"""A query with words in the window."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_up_towers import TEXT, MadeUpTowers
from one_model import ONE_MODEL
from playing import BIRD, CAT, LITE0, Begin, Player, matches
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.models.registry import BrokenModel, list_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.core.search.query.query_spec import FileSource, QueryExample, QuerySpec, TextSource
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.gui.shell.saved.search_names import suggested_name
from finder.jobs.recent_queries import Recent, RecentQueries
from finder.use_cases.search.library_search import open_view

WORDS = QueryExample(TextSource("a bird / blue"))


@pytest.fixture
def worded(begin: Begin, library: Home, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Player:
    """The window with one model, to which some words are what the picture of a bird is."""
    (spec,) = (spec for spec in list_models(library.model_dirs())[0] if spec.name == LITE0)
    bird = content_id((samples / BIRD).read_bytes())
    with closing(open_view(library)) as view:
        vector = view.read(lambda: view.indexes([spec])[LITE0].vector_of(bird))
    assert vector is not None
    towers = MadeUpTowers({LITE0: {"a bird / blue": vector}})
    text = replace(TEXT, scale=20.0, bias=-10.0)

    def with_words(folders: list[Path]) -> tuple[list[ModelSpec], list[BrokenModel]]:
        specs, broken = list_models(folders)
        return [replace(one, text=text) if one.name == LITE0 else one for one in specs], broken

    monkeypatch.setattr("finder.core.models.registry.list_models", with_words)
    monkeypatch.setattr(
        "finder.workers.extractor_pools.open_extractors", lambda home: towers.pool()
    )
    return begin(library, ONE_MODEL)


def ask(player: Player, *items: QueryExample) -> None:
    player.answer(lambda: player.controllers.query.ask(QuerySpec(items)))


def shown_recents(player: Player) -> list[str]:
    buttons = [one for one in player.window.hero.recent.buttons if one.isVisible()]
    return [one.accessibleName().removeprefix("Search again: ") for one in buttons]


def chips(player: Player) -> list[str]:
    """Of the examples beside the picture."""
    return [chip.text() for chip in player.window.hero.examples.chips]


def test_words_alone_are_found_and_shown(worded: Player, samples: Path) -> None:
    ask(worded, WORDS)
    assert worded.query_name() == "“a bird / blue”"
    assert worded.window.windowTitle() == "“a bird / blue” – Image Finder"
    column = worded.column(LITE0)
    first, *_ = matches(column)
    assert Path(first.picture.paths[0]).name == Path(BIRD).name
    spoken = column.model.data(column.model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert str(spoken).startswith("Rank 1, 0.000, likely, ")
    assert not worded.window.hero.rotate.isVisible()
    worded.settle()
    worded.ask(samples / CAT)
    assert worded.window.hero.rotate.isVisible()
    assert shown_recents(worded) == ["a bird / blue"]
    worded.answer(lambda: worded.window.hero.recent.buttons[0].click())
    assert worded.query_name() == "“a bird / blue”"


def test_words_join_a_picture_and_leave_it(worded: Player, samples: Path) -> None:
    cat = QueryExample(FileSource(str(samples / CAT)))
    ask(worded, WORDS, cat)
    editor = worded.window.query_editor
    assert worded.query_name() == Path(CAT).name
    assert chips(worded) == ["a bird / blue"]
    worded.answer(lambda: editor.set_weight(0, -0.5))
    assert chips(worded) == ["without a bird / blue"]
    worded.answer(editor.rotate)
    assert editor.spec is not None
    assert [item.transform.quarter_turns for item in editor.spec.items] == [0, 1]
    worded.answer(lambda: editor.remove_example(0))
    assert chips(worded) == []
    assert editor.spec.items[0].source == cat.source


def test_the_preview_of_a_match_has_no_query_to_compare(worded: Player) -> None:
    ask(worded, WORDS)
    worded.columns[0].view.go_to_row(1)
    worded.window.actions_by_name["preview"].trigger()
    worded.dialog(PreviewDialog)
    worded.settle()


@pytest.mark.usefixtures("qapp")
def test_they_are_kept_without_a_picture(home: Home) -> None:
    spec = QuerySpec((WORDS,))
    RecentQueries(home).keep(Recent(spec, QImage()))
    (kept,) = RecentQueries(home).load()
    assert kept.spec == spec
    assert kept.image.isNull()


@pytest.mark.parametrize(
    ("items", "name"),
    [
        ((WORDS,), "a bird / blue"),
        ((WORDS, QueryExample(FileSource("/p/cat.jpg"))), "cat, a bird / blue"),
    ],
)
def test_a_name_is_suggested_for_it(items: tuple[QueryExample, ...], name: str) -> None:
    assert suggested_name(QuerySpec(items), NO_FILTER, []) == name
