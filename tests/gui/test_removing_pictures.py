"""“Remove from library” for single pictures, in the library and in results, and its undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH
from playing import Begin, Player, RunSteps, names, picture_count
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library import removed_pictures
from finder.use_cases.library.removed_pictures import BroughtBack, bring_back


@pytest.fixture
def album(tmp_path: Path, samples: Path) -> Path:
    copied(sorted((samples / "cats").glob("*.jpg"))[:4], tmp_path / "album")
    return tmp_path / "album"


@pytest.fixture
def shown(
    begin: Begin, home: Home, album: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> Player:
    """The window on four cats by name; the second is selected."""
    run_index(home, [album], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    page = player.window.library_page
    page.order.setCurrentIndex(page.order.findData("name"))
    player.wait(lambda: page.model.record_at(3) is not None)
    player.settle()
    page.view.setFocus()
    page.view.go_to_row(1)
    return player


def in_library(player: Player) -> list[str]:
    """The names in the grid, once they are loaded."""
    model = player.window.library_page.model
    rows = range(model.rowCount())
    player.wait(lambda: all(model.record_at(row) for row in rows))
    records = [model.record_at(row) for row in rows]
    return [Path(record.paths[0]).name for record in records if record is not None]


def undo(player: Player) -> None:
    (toast,) = [t for t in player.window.toasts.shown if t.action_button.text() == "Undo"]
    toast.action_button.click()


def test_delete_removes_a_picture_from_the_library_and_undo_brings_it_back(
    shown: Player, album: Path
) -> None:
    page, before = shown.window.library_page, in_library(shown)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    shown.wait(lambda: page.model.rowCount() == 3)
    assert in_library(shown) == [before[0], *before[2:]]
    said = f"“{before[1]}” was removed from the library. Its file is not touched."
    assert shown.status() == said
    assert (album / before[1]).is_file()
    assert page.view.currentIndex().row() == 1
    assert shown.window.library.everything.row.count == 3
    shown.settle()
    assert picture_count(shown.home, HASH) == (3, 3)
    undo(shown)
    shown.wait(lambda: page.model.rowCount() == 4)
    assert in_library(shown) == before
    shown.wait(lambda: shown.status() == f"“{before[1]}” is in the library again.")
    assert picture_count(shown.home, HASH) == (4, 4)


def test_a_picture_of_another_machine_comes_back_at_once(
    shown: Player,
    album: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No folder here is to be indexed for it."""

    def fetched(home: Home, pictures: list[int], *_: object) -> BroughtBack:
        files = bring_back(home, pictures, "a test").files
        run_index(home, [album], [hash_spec], extractors)  # stands for the other machine
        return BroughtBack(files, ())

    page, before = shown.window.library_page, in_library(shown)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    shown.wait(lambda: page.model.rowCount() == 3)
    shown.settle()
    monkeypatch.setattr(removed_pictures, "bring_back", fetched)
    undo(shown)
    shown.wait(lambda: page.model.rowCount() == 4)
    assert in_library(shown) == before


def test_pressed_twice_it_removes_one_picture(shown: Player) -> None:
    page = shown.window.library_page
    action = shown.window.actions_by_name["remove_picture"]
    action.trigger()
    action.trigger()
    shown.wait(lambda: page.model.rowCount() == 3)
    shown.settle()
    assert picture_count(shown.home, HASH) == (3, 3)
    assert len([t for t in shown.window.toasts.shown if "was removed" in t.text]) == 1


def test_a_match_is_removed_from_the_answer_and_comes_back(shown: Player, samples: Path) -> None:
    shown.ask(samples / "birds" / "kingfisher.jpg")
    before = names(shown.column(HASH))
    assert len(before) == 4
    shown.column(HASH).view.go_to_row(2)
    shown.answer(lambda: QTest.keyClick(shown.column(HASH).view, Qt.Key.Key_Delete))
    assert names(shown.column(HASH)) == [*before[:2], before[3]]
    shown.answer(lambda: undo(shown))
    assert names(shown.column(HASH)) == before


def test_copies_are_removed_with_it(shown: Player, album: Path) -> None:
    page = shown.window.library_page
    first = in_library(shown)[1]
    copied([album / first], album / "again")
    shown.controllers.library.rescan()
    shown.indexed()
    shown.wait(lambda: in_library(shown) == in_library(shown))
    page.view.go_to_row(1)
    shown.wait(lambda: shown.window.actions_by_name["remove_picture"].isEnabled())
    shown.window.actions_by_name["remove_picture"].trigger()
    shown.wait(lambda: page.model.rowCount() == 3)
    said = f"“{first}” and its copies were removed from the library, not from the disk."
    assert shown.status() == said
    shown.settle()


def test_the_menu_of_a_card_in_the_library_has_it(shown: Player) -> None:
    view = shown.window.library_page.view
    at = view.visualRect(view.currentIndex()).center()
    view.menu_requested.emit(1, view.viewport().mapToGlobal(at))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert "&Remove from library" in [action.text() for action in menu.actions()]
    menu.close()


def test_while_indexing_is_shown_nothing_is_removed(
    shown: Player, samples: Path, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = RunSteps(shown, monkeypatch, hold_at=1)
    copied(sorted((samples / "birds").glob("*.jpg")), album / "birds")
    shown.controllers.library.rescan()
    shown.wait(steps.is_held)
    shown.window.actions_by_name["remove_picture"].trigger()
    assert shown.status() == "Pictures can be removed when indexing has ended."
    steps.release()
    shown.settle()
    assert picture_count(shown.home, HASH) == (11, 11)


def test_delete_elsewhere_removes_no_picture(shown: Player, samples: Path) -> None:
    shown.ask(samples / "birds" / "kingfisher.jpg")
    shown.column(HASH).view.go_to_row(1)
    asked: list[object] = []
    shown.controllers.pictures.removal_requested.connect(asked.append)
    shown.bar.field.edit.setText("x")
    shown.bar.field.edit.setCursorPosition(0)
    shown.bar.field.edit.setFocus()
    QTest.keyClick(shown.bar.field.edit, Qt.Key.Key_Delete)
    assert shown.bar.field.edit.text() == ""
    shown.window.filters.set_folder(shown.controllers.library.overview.folders[0].path)
    shown.settle()
    (chip,) = shown.window.filter_bar.chips
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert shown.window.filters.filter.is_everything
    shown.settle()
    assert asked == []
