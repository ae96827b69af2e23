"""Describing what one looks for: alone, with a picture, without something."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playing import BIRD, CAT, Begin, Player, matches, names, text_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sample_words import NAME
from words_scene import (
    WORDS_MODEL,
    edit_of,
    groups,
    list_of,
    named,
    search_for,
    titles,
    type_in,
)

from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.core.search.query.query_spec import LESS, QueryExample, TextSource
from finder.gui.query.input.drop_data import Use
from finder.gui.results.names.found_words import NAMES
from finder.gui.shell.saved.search_name_dialog import SearchNameDialog

Key = Qt.Key
MINUS_WATER = QueryExample(TextSource("water"), LESS)


@pytest.fixture
def worded(begin: Begin, words_library: Home) -> Player:
    """The window on the samples, with one model that understands words for them."""
    return begin(words_library, WORDS_MODEL)


def hero(player: Player) -> str:
    return player.window.hero.name.whole_text()


def chips(player: Player) -> list[str]:
    return [chip.text() for chip in player.window.hero.examples.chips if chip.isVisible()]


def words(player: Player) -> list[QueryExample]:
    spec = player.window.query_editor.spec
    return list(spec.words) if spec is not None else []


def press(player: Player, key: Qt.Key) -> None:
    QTest.keyClick(edit_of(player), key)


def backspace(player: Player, times: int) -> None:
    for _ in range(times):
        press(player, Key.Key_Backspace)


# Words alone


def test_what_is_typed_is_searched_for_by_itself(worded: Player) -> None:
    search_for(worded, "castle")
    assert groups(worded)[:3] == ["castles", "altered", "castles"]
    assert hero(worded) == "“castle”"
    assert worded.window.windowTitle() == "“castle” – Image Finder"
    assert not worded.window.hero.picture.isVisible()
    assert worded.window.hero.facts.whole_text() == "Found by Words Lite"
    assert edit_of(worded).hasFocus()  # one may type on


def test_typing_on_asks_again_and_is_one_place_of_the_history(worded: Player) -> None:
    search_for(worded, "cat")
    search_for(worded, " night")
    assert hero(worded) == "“cat night”"
    assert worded.shows_results()
    worded.bar.back.click()
    assert worded.window.is_at_start
    assert edit_of(worded).text() == ""
    worded.answer(worded.bar.forward.click)
    assert edit_of(worded).text() == "cat night"


def test_what_was_found_stays_until_the_next_answer(worded: Player) -> None:
    search_for(worded, "castle")
    shown: list[object] = []
    worded.window.pages.currentChanged.connect(shown.append)
    search_for(worded, " night")
    assert shown == []


def test_only_the_latest_text_is_answered(worded: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    set_query = worded.workspace.set_query

    def noting(spec, stop=None):  # type: ignore[no-untyped-def]
        asked.append(spec.words[0].source.text)
        return set_query(spec, stop)

    monkeypatch.setattr(worded.workspace, "set_query", noting)
    search_for(worded, "windmills")
    assert asked == ["windmills"]


def test_minus_words_are_left_out_of_what_is_found(worded: Player) -> None:
    search_for(worded, "castle -water")
    assert words(worded) == [QueryExample(TextSource("castle")), MINUS_WATER]
    assert hero(worded) == "“castle”"
    assert chips(worded) == ["without water"]
    chip = worded.window.hero.examples.chips[0]
    worded.answer(chip.removed.emit)
    assert edit_of(worded).text() == "castle"
    assert chips(worded) == []


def test_minus_words_alone_search_for_nothing(worded: Player) -> None:
    type_in(worded, "-people")
    worded.wait(list_of(worded).isVisible)
    press(worded, Key.Key_Return)
    assert worded.window.is_at_start
    assert edit_of(worded).text() == "-people"


def test_enter_goes_to_the_matches_and_closes_the_list(worded: Player) -> None:
    search_for(worded, "castle")
    worded.wait(list_of(worded).isVisible)
    press(worded, Key.Key_Return)
    assert not list_of(worded).isVisible()
    assert QApplication.focusWidget() is worded.columns[0].view
    assert edit_of(worded).text() == "castle"


def test_enter_at_once_does_not_wait_for_the_pause(worded: Player) -> None:
    type_in(worded, "castle")
    worded.answer(lambda: press(worded, Key.Key_Return))
    assert groups(worded)[0] == "castles"
    assert QApplication.focusWidget() is worded.columns[0].view


def test_what_follows_enter_is_another_place(worded: Player) -> None:
    search_for(worded, "cat")
    press(worded, Key.Key_Return)
    search_for(worded, "s night")
    worded.answer(worded.bar.back.click)
    assert (hero(worded), edit_of(worded).text()) == ("“cat”", "cat")


@pytest.mark.parametrize("clear", ["escape", "button", "keys"])
def test_clearing_the_field_takes_the_words_out(worded: Player, clear: str) -> None:
    ways: dict[str, Callable[[], None]] = {
        "escape": lambda: press(worded, Key.Key_Escape),
        "button": worded.bar.field.clear_button.click,
        "keys": lambda: backspace(worded, 3),
    }
    search_for(worded, "cat")
    worded.wait(list_of(worded).isVisible)
    press(worded, Key.Key_Escape)  # the list
    ways[clear]()
    assert worded.window.is_at_start
    assert edit_of(worded).hasFocus()
    assert not worded.bar.back.isEnabled()  # what is taken back is no place


def test_text_that_is_being_composed_is_not_searched_for(worded: Player) -> None:
    type_in(worded, "")
    told: list[str] = []
    worded.controllers.words.field.typed.connect(told.append)
    QApplication.sendEvent(edit_of(worded), QInputMethodEvent("성", []))
    assert told == [] and not worded.controllers.words.field.is_typing
    done = QInputMethodEvent("", [])
    done.setCommitString("castle")
    worded.answer(lambda: QApplication.sendEvent(edit_of(worded), done))
    assert told == ["castle"]


def test_five_hundred_characters_are_cut_where_they_are_shown(worded: Player) -> None:
    long = "castle " + "x" * 493
    worded.answer(lambda: worded.drop(text_of(long)))
    window = worded.window
    assert hero(worded) == f"“{long}”"
    assert window.hero.name.text().count("…") == 1
    window.resize(900, 600)
    assert (window.width(), window.height()) == (900, 600)


def test_a_dropped_text_is_a_new_query(worded: Player, samples: Path) -> None:
    worded.ask(samples / BIRD)
    worded.answer(lambda: worded.drop(text_of("a castle\nwith towers")))
    assert edit_of(worded).text() == "a castle with towers"
    assert hero(worded) == "“a castle with towers”"


def test_pasted_text_is_a_new_query(worded: Player) -> None:
    worded.answer(lambda: worded.paste(text_of("windmills")))
    assert edit_of(worded).text() == "windmills"


# Words and pictures


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


# The list


def test_past_searches_complete_what_is_typed(worded: Player) -> None:
    search_for(worded, "castle at night")
    press(worded, Key.Key_Return)
    worded.bar.back.click()
    type_in(worded, "cas")
    worded.wait(list_of(worded).isVisible)
    assert titles(worded)[0] == "castle at night"
    press(worded, Key.Key_Down)
    worded.answer(lambda: press(worded, Key.Key_Return))
    assert edit_of(worded).text() == "castle at night"


def test_what_is_chosen_from_the_list_replaces_what_was_typed(worded: Player) -> None:
    search_for(worded, "kingfisher.jp")
    press(worded, Key.Key_Down)
    worded.answer(lambda: press(worded, Key.Key_Return))
    assert hero(worded) == "kingfisher.jpg"
    assert edit_of(worded).text() == ""
    worded.bar.back.click()
    assert worded.window.is_at_start


def test_a_half_typed_search_is_not_remembered(worded: Player) -> None:
    search_for(worded, "cas")
    search_for(worded, "tle")
    press(worded, Key.Key_Return)
    worded.answer(lambda: worded.paste(text_of("fish")))
    recent = [button for button in worded.window.hero.recent.buttons if button.isVisible()]
    assert [button.accessibleName() for button in recent] == ["Search again: castle"]
    worded.answer(recent[0].click)
    assert (hero(worded), edit_of(worded).text()) == ("“castle”", "castle")


# Names


def test_names_have_a_column_of_their_own(worded: Player) -> None:
    search_for(worded, "tabby")
    assert named(worded) == ["tabby-cat.jpg"]
    column = worded.column(NAMES)
    assert column.title == "Names and text"
    number = column.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert number == "1, tabby-cat.jpg, Found in its name: tabby-cat.jpg"
    column.view.go_to_row(0)
    found = worded.window.details.found
    assert found.whole_text() == "Found in its name: tabby-cat.jpg"
    worded.column(NAME).view.go_to_row(5)
    assert not found.isVisible()


def test_a_column_without_names_says_so(worded: Player) -> None:
    search_for(worded, "feathers")
    assert named(worded) == []
    assert "No name, folder, label or text has these words." in worded.page()


def test_in_the_best_view_a_strip_opens_to_the_names(worded: Player) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "cat")
    strip = worded.window.results.names
    number = worded.column(NAMES).model.rowCount()
    assert strip.isVisible()
    assert strip.accessibleName() == f"In names and text: {number} pictures"
    assert [c.key for c in worded.results.column_set.shown()] == [NAME]
    strip.click()
    assert [c.key for c in worded.results.column_set.shown()] == [NAMES]
    assert worded.results.header.title.text() == "Names and text"
    assert strip.text() == "Back to the best matches"
    strip.click()
    assert [c.key for c in worded.results.column_set.shown()] == [NAME]


def test_a_picture_alone_has_no_column_of_names(worded: Player, samples: Path) -> None:
    search_for(worded, "cat")
    worded.ask(samples / BIRD)
    assert [column.key for column in worded.columns] == [NAME]
    assert not worded.window.results.names.isVisible()


def test_a_cut_off_does_not_hide_names(worded: Player) -> None:
    search_for(worded, "cat")
    number = len(named(worded))
    worded.bar.cut_off.setValue(100)
    assert len(matches(worded.column(NAME))) == 0
    assert len(named(worded)) == number > 0


def test_likely_is_said_only_where_the_model_knows(worded: Player, samples: Path) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "cat")
    assert "perhaps" in _spoken(worded) and "nearly" not in _spoken(worded)
    worded.ask(samples / CAT)
    search_for(worded, "night")
    assert "perhaps" not in _spoken(worded) and "nearly" not in _spoken(worded)


def _spoken(player: Player) -> str:
    """What screen readers say of the second match."""
    index = player.column(NAME).model.index(1)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


# What can go wrong


def test_a_tower_that_fails_is_said_and_names_are_shown(
    worded: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: object, spec: object) -> None:
        raise FinderError("The words of Words Lite are damaged.", "Install it again.")

    monkeypatch.setattr("finder.core.models.runtime.pool.ExtractorPool.text", fails)
    search_for(worded, "cat")
    assert "damaged" in worded.window.results.offer.text.text()
    assert "tabby-cat.jpg" in named(worded)
    assert not worded.window.results.offer.button.isVisible()


def test_loading_the_tower_is_said(worded: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    text = worded.workspace.extractors().text

    def slowly(spec):  # type: ignore[no-untyped-def]
        released.wait(30)
        return text(spec)

    monkeypatch.setattr(worded.workspace.extractors(), "text", slowly)
    type_in(worded, "cat")
    worded.wait(lambda: "Loading the words of Words Lite …" in worded.page())
    worded.answer(released.set)
    assert worded.window.hero.facts.whole_text() == "Found by Words Lite"


def test_a_filter_applies_to_names_too(worded: Player) -> None:
    search_for(worded, "cat")
    worded.answer(lambda: worded.window.filters.set_name("tabby"))
    assert named(worded) == ["tabby-cat.jpg"]


def test_a_saved_search_has_its_words(worded: Player, samples: Path) -> None:
    search_for(worded, "castle -water")
    press(worded, Key.Key_Return)
    worded.window.hero.save.click()
    worded.press("Save", worded.dialog(SearchNameDialog))
    worded.wait(lambda: "castle -water" in worded.workspace.saved.names())
    worded.ask(samples / BIRD)
    worded.answer(lambda: worded.window.library.saved.chosen.emit("castle -water"))
    assert edit_of(worded).text() == "castle -water"
    assert words(worded)[1] == MINUS_WATER
