"""Words that join the picture of a query, and leave it."""

from __future__ import annotations

from pathlib import Path

from playing import BIRD, CAT, Player, names
from sample_words import NAME
from words_scene import (
    chips,
    edit_of,
    groups,
    hero,
    search_for,
    words,
)

from finder.gui.query.input.drop_data import Use
from finder.gui.results.names.found_words import NAMES


def test_words_join_the_picture(worded: Player, samples: Path) -> None:
    worded.ask(samples / CAT)
    before = names(worded.column(NAME))
    search_for(worded, "night")
    assert hero(worded) == "cheetah.jpg"
    assert worded.window.hero.picture.isVisible()
    assert chips(worded) == ["night"]
    assert names(worded.column(NAME)) != before
    assert "px" in worded.window.hero.facts.whole_text()


def test_only_the_words_leaves_the_picture_out(worded: Player, samples: Path) -> None:
    worded.ask(samples / CAT)
    search_for(worded, "castle")
    worded.answer(lambda: worded.press("Only the words", worded.window.hero))
    assert hero(worded) == "“castle”"
    assert edit_of(worded).text() == "castle"
    assert groups(worded)[0] == "castles"


def test_clearing_the_field_leaves_the_picture(worded: Player, samples: Path) -> None:
    worded.ask(samples / CAT)
    alone = names(worded.column(NAME))
    search_for(worded, "castle")
    worded.answer(worded.window.hero.examples.chips[0].removed.emit)
    assert edit_of(worded).text() == ""
    assert names(worded.column(NAME)) == alone


def test_another_picture_is_a_new_query(worded: Player, samples: Path) -> None:
    search_for(worded, "castle")
    worded.ask(samples / BIRD)
    assert edit_of(worded).text() == ""
    assert words(worded) == []
    assert worded.window.hero.picture.isVisible()


def test_a_picture_that_joins_the_words_is_the_large_one(worded: Player, samples: Path) -> None:
    search_for(worded, "castle")
    given = worded.controllers.input
    worded.answer(lambda: given.use_files([str(samples / BIRD)], Use.MORE))
    assert hero(worded) == "kingfisher.jpg"
    assert edit_of(worded).text() == "castle"
    assert chips(worded) == ["castle"]


def test_a_picture_may_be_left_out_of_what_words_find(worded: Player, samples: Path) -> None:
    search_for(worded, "bird")
    given = worded.controllers.input
    worded.answer(lambda: given.use_files([str(samples / BIRD)], Use.LESS))
    assert hero(worded) == "“bird”"
    assert chips(worded) == ["less like kingfisher.jpg"]
    assert not worded.window.hero.picture.isVisible()
    assert worded.window.hero.facts.whole_text() == "Found by Words Lite"
    assert [column.key for column in worded.columns] == [NAME, NAMES]


def test_a_weight_stays_while_one_types_on(worded: Player, samples: Path) -> None:
    worded.ask(samples / CAT)
    search_for(worded, "castle")
    worded.answer(lambda: worded.window.query_editor.set_weight(1, 2.0))
    assert chips(worded) == ["castle (+2)"]
    search_for(worded, " night")
    assert chips(worded) == ["castle night (+2)"]
