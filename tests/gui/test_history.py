"""Back, forward and Esc: whatever the user does, a search can be had again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from playing import BIRD, CAT, CROP, LITE0, Player, matches, names
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from finder.gui.models.models_dialog import ModelsDialog
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.gui.shell.searches.history import History
from finder.jobs.query_facts import QuerySource

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    """Two searches after each other."""
    filled.ask(samples / BIRD)
    filled.ask(samples / CAT)
    return filled


def press(player: Player, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
    widget = player.window.focusWidget() or player.window
    QTest.keyClick(widget, key, modifiers or Qt.KeyboardModifier.NoModifier)


def is_start(player: Player) -> bool:
    return player.window.is_at_start


def _step_by_the_buttons(asked: Player) -> None:
    """They are off at the ends."""
    back, forward = asked.bar.back, asked.bar.forward
    assert (back.isEnabled(), forward.isEnabled()) == (True, False)
    asked.answer(back.click)
    assert (back.isEnabled(), forward.isEnabled()) == (True, True)
    back.click()
    assert is_start(asked)
    assert (back.isEnabled(), forward.isEnabled()) == (False, True)
    asked.answer(forward.click)
    assert asked.query_name() == Path(BIRD).name


def test_alt_left_and_right_go_back_and_forward_and_so_do_the_buttons(asked: Player) -> None:
    asked.answer(lambda: press(asked, Key.Key_Left, ALT))
    assert asked.query_name() == Path(BIRD).name
    assert names(asked.column(LITE0))[0] == Path(BIRD).name
    asked.answer(lambda: press(asked, Key.Key_Right, ALT))
    assert asked.query_name() == Path(CAT).name
    assert names(asked.column(LITE0))[0] == Path(CAT).name
    _step_by_the_buttons(asked)


def test_the_buttons_of_a_mouse_go_back_and_forward_wherever_it_is(asked: Player) -> None:
    def click(widget: QWidget, button: Qt.MouseButton) -> None:
        QTest.mouseClick(widget, button, pos=widget.rect().center())

    back, forward = Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton
    chosen = asked.column("").view.currentIndex()
    places = (asked.column("").view.viewport(), asked.window.library.folders.viewport())
    for place in (*places, asked.window.hero.picture, asked.window.details):
        asked.answer(partial(click, place, back))
        assert asked.query_name() == Path(BIRD).name
        asked.answer(lambda: click(asked.window.hero, forward))
        assert asked.query_name() == Path(CAT).name
    assert asked.column("").view.currentIndex().row() == chosen.row()
    assert asked.window.filters.filter.is_everything, "the folder was not clicked"


def test_esc_goes_back_one_step_and_loses_nothing(asked: Player) -> None:
    asked.answer(lambda: press(asked, Key.Key_Escape))
    assert asked.query_name() == Path(BIRD).name
    press(asked, Key.Key_Escape)
    assert is_start(asked)
    assert asked.query_name() == ""
    press(asked, Key.Key_Escape)
    assert is_start(asked)
    asked.answer(lambda: press(asked, Key.Key_Right, ALT))
    asked.answer(lambda: press(asked, Key.Key_Right, ALT))
    assert asked.query_name() == Path(CAT).name


def test_esc_after_find_similar_returns_to_the_query_before(filled: Player, samples: Path) -> None:
    filled.choose(LITE0)
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / CROP)))
    filled.answer(lambda: filled.paste(mime))
    filled.column(LITE0).view.go_to_row(1)
    filled.answer(lambda: filled.press("Find similar", filled.window.details))
    filled.answer(lambda: press(filled, Key.Key_Escape))
    assert filled.query_name() == "Pasted picture"
    assert names(filled.column(LITE0))[0] == Path(CROP).name


def test_esc_first_ends_what_is_in_front_of_the_answer(asked: Player) -> None:
    """What filters hide is shown, the options and a dialog are closed; the query stays."""
    before = [len(matches(column)) for column in asked.columns]
    asked.bar.cut_off.setValue(90)
    asked.results.header.disputed.click()
    press(asked, Key.Key_Escape)
    assert [len(matches(column)) for column in asked.columns] == before
    assert not asked.results.header.disputed.isChecked()
    assert asked.query_name() == Path(CAT).name and asked.shows_results()

    asked.bar.open_options()
    assert asked.bar.top.hasFocus()
    press(asked, Key.Key_Escape)
    assert not asked.bar.top.isVisible()
    assert asked.query_name() == Path(CAT).name and asked.shows_results()

    asked.controllers.models.open()
    dialog = asked.dialog(ModelsDialog)
    dialog.activateWindow()
    asked.wait(dialog.isActiveWindow)
    QTest.keyClick(dialog, Key.Key_Escape)
    asked.wait(lambda: not asked.has_dialog(ModelsDialog))
    assert asked.query_name() == Path(CAT).name and asked.shows_results()


def test_a_second_esc_after_a_dialog_can_be_undone(asked: Player) -> None:
    press(asked, Key.Key_Space)
    dialog = asked.dialog(PreviewDialog)
    QTest.keyClick(dialog, Key.Key_Escape)
    assert asked.query_name() == Path(CAT).name
    asked.answer(lambda: press(asked, Key.Key_Escape))
    assert asked.query_name() == Path(BIRD).name
    asked.answer(asked.bar.forward.click)
    assert asked.query_name() == Path(CAT).name


def test_a_new_search_leads_to_the_start_and_a_new_query_ends_what_was_ahead(
    asked: Player, samples: Path
) -> None:
    asked.window.actions_by_name["new_query"].trigger()
    assert is_start(asked)
    asked.answer(lambda: press(asked, Key.Key_Left, ALT))
    assert asked.query_name() == Path(CAT).name
    asked.answer(asked.bar.back.click)
    asked.ask(samples / CROP)
    assert not asked.bar.forward.isEnabled()
    asked.answer(asked.bar.back.click)
    assert asked.query_name() == Path(BIRD).name


def test_back_and_forward_bring_the_filter_of_each_place(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    filters = filled.window.filters
    filled.answer(lambda: filters.set_name("king"))
    filtered = filters.filter
    filled.ask(samples / CAT)
    filled.answer(filters.clear)
    filled.answer(filled.bar.back.click)
    assert filters.filter == filtered
    assert all("king" in name for name in names(filled.column(LITE0)))
    filled.answer(filled.bar.forward.click)
    assert filters.filter.is_everything
    assert filled.query_name() == Path(CAT).name


def test_a_picture_that_cannot_be_used_leaves_the_one_before(asked: Player, tmp_path: Path) -> None:
    note = tmp_path / "note.jpg"
    note.write_text("not a picture")
    asked.controllers.input.use_file(str(note))
    asked.wait(lambda: "cannot be used" in asked.page())
    assert asked.window.windowTitle() == "Image Finder"
    asked.answer(asked.bar.back.click)
    assert asked.query_name() == Path(CAT).name


def test_the_last_fifty_are_kept() -> None:
    history = History()
    sources = [QuerySource(str(number)) for number in range(60)]
    for source in sources:
        history.add(source)
    steps = 0
    while history.can_move(-1):
        history.move(-1)
        steps += 1
    assert steps == 49
    assert history.current.asked is sources[10]


def test_the_same_place_twice_is_one() -> None:
    history = History()
    history.add(None)
    assert not history.can_move(-1)
    source = QuerySource("a")
    history.add(source)
    history.add(source)
    assert history.move(-1).asked is None
    assert not history.can_move(-1)
