"""Describing what one looks for: the field, the query, and the list below the field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playing import BIRD, Player, text_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from words_scene import (
    chips,
    edit_of,
    groups,
    hero,
    list_of,
    press,
    search_for,
    titles,
    type_in,
    words,
)

from finder.core.search.query.query_spec import LESS, QueryExample, TextSource
from finder.gui.query.input.suggestions import Kind, Suggestion
from finder.gui.shell.saved.search_name_dialog import SearchNameDialog

Key = Qt.Key
MINUS_WATER = QueryExample(TextSource("water"), LESS)


def suggestions(player: Player) -> list[Suggestion]:
    """What the list below the field has."""
    rows = list_of(player).list
    return [rows.item(row).data(Qt.ItemDataRole.UserRole) for row in range(rows.count())]


def backspace(player: Player, times: int) -> None:
    for _ in range(times):
        press(player, Key.Key_Backspace)


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


@pytest.mark.parametrize("way", [Kind.NAME, Kind.FOLDER])
def test_settled_words_stay_in_the_field_beside_a_filter(worded: Player, way: Kind) -> None:
    search_for(worded, "cat")
    press(worded, Key.Key_Return)
    edit_of(worded).setFocus()
    press(worded, Key.Key_Down)
    worded.wait(list_of(worded).isVisible)
    (row, *_) = (one for one in suggestions(worded) if one.kind is way)
    worded.answer(lambda: list_of(worded).chosen.emit(row))
    assert hero(worded) == "“cat”"
    assert edit_of(worded).text() == "cat"
    assert not worded.window.filters.filter.is_everything


def test_a_change_after_going_back_is_not_taken_back_with_what_was_typed(worded: Player) -> None:
    search_for(worded, "cat")
    worded.bar.back.click()
    worded.answer(worded.bar.forward.click)
    worded.answer(lambda: worded.window.query_editor.set_weight(0, 2.0))
    edit_of(worded).setFocus()
    press(worded, Key.Key_Down)
    worded.wait(list_of(worded).isVisible)
    (row, *_) = (one for one in suggestions(worded) if one.kind is Kind.NAME)
    worded.answer(lambda: list_of(worded).chosen.emit(row))
    assert [item.weight for item in words(worded)] == [2.0]
    assert edit_of(worded).text() == "cat"


def test_a_half_typed_search_is_not_remembered(worded: Player) -> None:
    search_for(worded, "cas")
    search_for(worded, "tle")
    press(worded, Key.Key_Return)
    worded.answer(lambda: worded.paste(text_of("fish")))
    recent = [button for button in worded.window.hero.recent.buttons if button.isVisible()]
    assert [button.accessibleName() for button in recent] == ["Search again: castle"]
    worded.answer(recent[0].click)
    assert (hero(worded), edit_of(worded).text()) == ("“castle”", "castle")


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
