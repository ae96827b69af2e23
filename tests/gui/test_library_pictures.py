"""What can be done with a picture of the library page: seen, previewed, its menu."""

from __future__ import annotations

from pathlib import Path

import pytest
from playing import BIRD, Player, button_with, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from finder.gui.common import desktop
from finder.gui.results.details.picture_controller import PICTURE_ACTIONS
from finder.gui.results.preview.preview_dialog import PreviewDialog

EXAMPLES = ("more_like_this", "less_like_this")


@pytest.fixture
def page(filled: Player) -> Player:
    """The third picture of the library is current, and known."""
    view = filled.window.library_page.view
    filled.wait(lambda: view.isVisible() and view.count() == 80)
    view.setFocus()
    view.go_to_row(2)
    filled.wait(lambda: _name(filled, 2) in visible_text(filled.window.details))
    return filled


def _name(player: Player, row: int) -> str:
    record = player.window.library_page.model.record_at(row)
    return Path(record.paths[0]).name if record is not None else "?"


def _menu(player: Player, row: int) -> QMenu:
    view = player.window.library_page.view
    at = view.visualRect(view.model().index(row, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_space_previews_and_arrows_go_through_the_library(page: Player) -> None:
    view = page.window.library_page.view
    QTest.keyClick(view, Qt.Key.Key_Space)
    dialog = page.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    assert dialog.name.whole_text() == _name(page, 2)
    assert dialog.place.text() == "3 of 80"
    assert "×" in dialog.facts.whole_text()
    assert not dialog.modes.isVisible(), "there is no query to compare with"
    QTest.keyClick(dialog.stage.match, Qt.Key.Key_Right)
    page.wait(lambda: dialog.name.whole_text() == _name(page, 3))
    QTest.keyClick(dialog.stage.match, Qt.Key.Key_Space)
    assert not dialog.isVisible()
    assert view.currentIndex().row() == 3


def test_the_menu_acts_on_the_card_under_the_pointer(
    page: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(desktop, "open_file", opened.append)
    menu = _menu(page, 4)
    names = [action.objectName() for action in menu.actions()]
    assert names == [name for name in PICTURE_ACTIONS if name not in EXAMPLES]
    by_name = dict(zip(names, menu.actions(), strict=True))
    by_name["copy_path"].trigger()
    path = QGuiApplication.clipboard().text()
    assert Path(path).name == _name(page, 4)
    by_name["open_file"].trigger()
    page.wait(lambda: opened == [path])
    page.answer(by_name["find_similar"].trigger)
    assert page.window.hero.name.whole_text() == Path(path).name
    menu.close()


def test_nothing_is_like_an_example_without_a_search(page: Player, samples: Path) -> None:
    actions = page.window.actions_by_name
    assert not any(actions[name].isEnabled() for name in EXAMPLES)
    assert actions["preview"].isEnabled()
    page.ask(samples / BIRD)
    assert all(actions[name].isEnabled() for name in EXAMPLES)


def test_the_details_are_of_the_current_picture_after_a_search_too(
    page: Player, samples: Path
) -> None:
    name = _name(page, 2)
    page.ask(samples / BIRD)
    page.settle()
    assert name not in visible_text(page.window.details)
    page.window.actions_by_name["back"].trigger()
    page.settle()
    assert name in visible_text(page.window.details)


def test_the_button_on_a_card_leaves_its_name_free(filled: Player) -> None:
    view = filled.window.library_page.view
    filled.wait(lambda: view.model().rowCount() == 80)
    view.setCurrentIndex(view.model().index(1, 0))
    button = button_with(view.viewport(), "Find similar")
    filled.wait(button.isVisible)
    card = view.visualRect(view.currentIndex())
    assert card.contains(button.geometry())
    assert button.geometry().bottom() < card.bottom() - 2 * view.fontMetrics().height()
