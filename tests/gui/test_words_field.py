"""The field in the bar completes names of files and folders, and takes paths and links."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH, ONE_MODEL
from playing import BIRD, LITE0, Begin, Player, matches
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from words_scene import edit_of, list_of, titles

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.query.input.suggestions import Kind

Key = Qt.Key


def type_words(player: Player, text: str) -> list[str]:
    """Type into the field; the titles of the list that comes, without its last row."""
    player.window.actions_by_name["search_names"].trigger()
    QTest.keyClicks(edit_of(player), text)
    filter_row = f"Only pictures with “{text}” in their name"
    player.wait(lambda: titles(player)[-1:] == [filter_row])
    return titles(player)[:-1]


def press(player: Player, key: Qt.Key) -> None:
    QTest.keyClick(edit_of(player), key)


@pytest.fixture
def filled(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


@pytest.fixture
def birds_and_cats(
    home: Home,
    samples: Path,
    tmp_path: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    begin: Begin,
) -> Player:
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:4], tmp_path / name)
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    player.wait(lambda: shown(player) == 8)
    return player


def shown(player: Player) -> int:
    """How many pictures the library page shows."""
    return player.window.library_page.model.rowCount()


def test_control_f_goes_to_the_field(filled: Player) -> None:
    QTest.keyClick(filled.window, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is edit_of(filled)
    assert edit_of(filled).placeholderText() == "Describe what you look for, or drop a picture"


def test_names_are_listed_folders_and_beginnings_first(filled: Player) -> None:
    found = type_words(filled, "ca")
    assert found == ["castles", "cats", "cave-at-lascaux.jpg", "cheetah.jpg"][:2] + found[2:]
    assert len(found) == 4  # it hides little of what is below
    field, names = filled.bar.field, list_of(filled)
    assert names.width() == field.width()
    assert names.y() >= field.mapTo(filled.window, QPoint(0, field.height())).y()
    assert list_of(filled).current() is None  # Enter is for the words


def test_the_list_stays_as_wide_as_the_field(filled: Player) -> None:
    """An answer brings more buttons, which take room from the field."""
    type_words(filled, "ca")
    field, names = filled.bar.field, list_of(filled)
    before = field.width()
    filled.bar.views.setVisible(filled.bar.views.isHidden())
    filled.wait(lambda: field.width() != before)
    filled.wait(lambda: names.width() == field.width())


def test_a_file_is_searched_for_with_what_is_stored(filled: Player) -> None:
    (name,) = type_words(filled, "kingfisher.jp")
    press(filled, Key.Key_Down)
    filled.answer(lambda: press(filled, Key.Key_Return))
    assert name == "kingfisher.jpg"
    assert filled.window.hero.name.whole_text() == name
    assert matches(filled.column(LITE0))[0].picture.paths[0].endswith(BIRD)
    assert edit_of(filled).text() == ""
    assert not list_of(filled).isVisible()
    assert filled.window.focusWidget() is filled.columns[0].view


def test_a_file_that_is_gone_is_searched_for_all_the_same(
    birds_and_cats: Player, tmp_path: Path
) -> None:
    player = birds_and_cats
    shutil.move(tmp_path / "cats", tmp_path / "away")
    found = type_words(player, "cheetah")
    assert found == ["cheetah.jpg"]
    press(player, Key.Key_Down)
    player.answer(lambda: press(player, Key.Key_Return))
    assert Path(matches(player.column(HASH))[0].picture.paths[0]).name == "cheetah.jpg"


def test_a_folder_is_shown_alone_by_a_click(birds_and_cats: Player, tmp_path: Path) -> None:
    player = birds_and_cats
    assert type_words(player, "bird")[0] == "birds"
    rows = list_of(player).list
    at = rows.visualItemRect(rows.item(0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    player.wait(lambda: shown(player) == 4)
    assert player.window.filters.filter == Filter((str(tmp_path / "birds"),))
    assert player.window.library_page.title.text() == "birds"
    assert player.window.focusWidget() is player.window.library_page.view


def test_the_last_row_filters_the_library_by_name_and_the_searches(
    birds_and_cats: Player, samples: Path
) -> None:
    player = birds_and_cats
    wanted = [path for path in _names(player) if "ca" in path]
    type_words(player, "CA")
    press(player, Key.Key_Up)
    press(player, Key.Key_Return)
    player.wait(lambda: shown(player) == len(wanted))
    (chip,) = player.window.library_filter_bar.chips
    assert chip.text() == "Name has “CA”"
    player.ask(samples / BIRD)
    found = {Path(match.picture.paths[0]).name for match in matches(player.column(HASH))}
    assert sorted(found) == sorted(wanted)
    assert [chip.text() for chip in player.window.filter_bar.chips] == ["Name has “CA”"]


def _names(player: Player) -> list[str]:
    model = player.window.library_page.model
    player.wait(lambda: all(model.record_at(row) is not None for row in range(8)))
    return [str(model.index(row).data()) for row in range(8)]


def test_the_whole_library_is_looked_at_not_the_listed_matches(
    filled: Player, samples: Path
) -> None:
    filled.ask(samples / BIRD)
    filled.answer(lambda: filled.bar.top.setValue(3))
    type_words(filled, "tabby")
    press(filled, Key.Key_Up)
    filled.answer(lambda: press(filled, Key.Key_Return))
    (match,) = matches(filled.column(LITE0))
    assert Path(match.picture.paths[0]).name == "tabby-cat.jpg"
    assert match.rank == 1


def test_escape_closes_the_list_then_clears_the_field(filled: Player) -> None:
    type_words(filled, "ca")
    press(filled, Key.Key_Escape)
    assert not list_of(filled).isVisible()
    assert edit_of(filled).text() == "ca"
    press(filled, Key.Key_Down)
    filled.wait(list_of(filled).isVisible)
    press(filled, Key.Key_Escape)
    press(filled, Key.Key_Escape)
    assert edit_of(filled).text() == ""


def test_the_arrows_go_round_and_pass_by_no_row(filled: Player) -> None:
    type_words(filled, "tabby")
    names, kinds = list_of(filled), []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up, Key.Key_Up):
        press(filled, key)
        current = names.current()
        kinds.append(current.kind if current is not None else None)
    assert kinds == [Kind.FILE, Kind.NAME, None, Kind.NAME, Kind.FILE]


def test_leaving_the_field_closes_the_list(filled: Player) -> None:
    type_words(filled, "ca")
    filled.window.library_page.view.setFocus()
    assert not list_of(filled).isVisible()


def test_a_path_is_a_query_as_if_it_were_dropped(filled: Player, samples: Path) -> None:
    filled.window.actions_by_name["search_names"].trigger()
    QTest.keyClicks(edit_of(filled), str(samples / BIRD))
    filled.answer(lambda: press(filled, Key.Key_Return))
    assert filled.window.hero.name.whole_text() == "kingfisher.jpg"
    assert filled.window.filters.filter.is_everything


def test_a_path_that_does_not_exist_is_said(filled: Player) -> None:
    filled.window.actions_by_name["search_names"].trigger()
    QTest.keyClicks(edit_of(filled), "/no/such.jpg")
    press(filled, Key.Key_Return)
    filled.wait(lambda: "There is no file /no/such.jpg." in filled.notice())


def test_enter_in_an_empty_field_does_nothing(filled: Player) -> None:
    filled.window.actions_by_name["search_names"].trigger()
    QTest.keyClicks(edit_of(filled), "  ")
    press(filled, Key.Key_Return)
    assert filled.window.filters.filter.is_everything
