"""The side bar: what it shows, what a click, a key and the menu of a folder do."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH, keep
from playing import SAMPLES, Begin, Player, RunSteps, picture_count, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.library.listing import Order
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.common import desktop
from finder.gui.library.side_bar.library_panel import ALL, RECENT
from finder.gui.theme.tokens import HIT_AREA


@pytest.fixture
def drive(tmp_path: Path, samples: Path) -> Path:
    """A drive with a folder of birds, beside a folder of cats."""
    copied(sorted((samples / "birds").glob("*.jpg"))[:4], tmp_path / "drive" / "birds")
    copied(sorted((samples / "cats").glob("*.jpg"))[:3], tmp_path / "cats")
    return tmp_path / "drive"


@pytest.fixture
def shown(
    begin: Begin, home: Home, drive: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> Player:
    """The window on both folders."""
    run_index(home, [drive / "birds", drive.parent / "cats"], [hash_spec], extractors)
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        birds = "SELECT picture FROM file WHERE path LIKE '%/birds/%'"
        db.execute(f"UPDATE picture SET added = added - 60 WHERE id IN ({birds})")
    keep(home, BY_HASH)
    player = begin(settings=BY_HASH)
    player.wait(lambda: player.window.library_page.title.text() == "All pictures")
    player.settle()
    return player


def listed(player: Player) -> int:
    return player.window.library_page.model.rowCount()


def folder(player: Player, name: str) -> str:
    folders = player.window.library.folders
    keys = [folders.row_at(row).key for row in range(folders.count())]
    return next(key for key in keys if Path(key).name == name)


def action(menu: QMenu, text: str) -> QAction:
    (found,) = [action for action in menu.actions() if action.text() == text]
    return found


def marked(player: Player) -> str | None:
    """What the side bar says is shown."""
    panel = player.window.library
    marks = [panel.folders.chosen_key] if panel.folders.chosen_key not in (ALL, RECENT) else []
    marks += [ALL] if panel.everything.isChecked() else []
    marks += [RECENT] if panel.recent.isChecked() else []
    assert len(marks) <= 1
    return marks[0] if marks else None


def test_counts_and_names_are_shown_and_said(shown: Player) -> None:
    panel = shown.window.library
    assert panel.everything.row.count == 7
    assert panel.everything.accessibleName() == "All pictures, 7 pictures"
    rows = [panel.folders.row_at(row) for row in range(2)]
    assert [(row.text, row.count, row.icon) for row in rows] == [
        ("cats", 3, "folder"),
        ("birds", 4, "folder"),
    ]
    spoken = panel.folders.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "cats, 3 files"
    assert panel.folders.visualItemRect(panel.folders.item(0)).height() >= HIT_AREA
    for button in (panel.everything, panel.recent, panel.add):
        assert button.height() >= HIT_AREA


def test_a_folder_is_shown_by_click_and_by_key(shown: Player) -> None:
    panel, page = shown.window.library, shown.window.library_page
    assert marked(shown) == ALL
    at = panel.folders.visualItemRect(panel.folders.item(0)).center()
    QTest.mouseClick(panel.folders.viewport(), Qt.MouseButton.LeftButton, pos=at)
    shown.wait(lambda: page.title.text() == "cats")
    assert listed(shown) == 3
    assert marked(shown) == folder(shown, "cats")
    QTest.keyClick(panel.folders, Qt.Key.Key_Down)
    assert page.title.text() == "cats"
    QTest.keyClick(panel.folders, Qt.Key.Key_Return)
    shown.wait(lambda: page.title.text() == "birds")
    QTest.keyClick(panel.everything, Qt.Key.Key_Return)
    shown.wait(lambda: page.title.text() == "All pictures")
    assert marked(shown) == ALL


def test_recently_added_has_its_order_and_gives_the_former_back(shown: Player) -> None:
    page, panel = shown.window.library_page, shown.window.library
    page.order.setCurrentIndex(page.order.findData("name"))
    shown.settle()
    panel.recent.click()
    shown.wait(lambda: page.title.text() == "Recently added")
    assert marked(shown) == RECENT
    assert page.order.currentData() == "added"
    newest = shown.workspace.pictures.listing(NO_FILTER, Order.ADDED, ()).pictures.tolist()
    assert [page.model.picture_at(row) for row in range(7)] == newest
    panel.everything.click()
    shown.wait(lambda: page.title.text() == "All pictures")
    assert page.order.currentData() == "name"
    panel.recent.click()
    shown.wait(lambda: page.title.text() == "Recently added")
    page.order.setCurrentIndex(page.order.findData("size"))
    shown.wait(lambda: page.title.text() == "All pictures")
    assert marked(shown) == ALL


def test_while_there_are_results_a_folder_narrows_and_all_pictures_leaves(
    shown: Player, samples: Path
) -> None:
    shown.ask(samples / "birds" / "kingfisher.jpg")
    assert marked(shown) is None
    cats = folder(shown, "cats")
    shown.answer(lambda: shown.window.library.folders.chosen.emit(cats))
    assert shown.shows_results()
    assert marked(shown) == cats
    birds = folder(shown, "birds")
    action(shown.window.library.folder_menu(birds), "Show only here").trigger()
    shown.wait(lambda: shown.window.library_page.title.text() == "birds")
    assert not shown.shows_results()
    assert marked(shown) == birds
    shown.window.library.everything.click()
    shown.wait(lambda: listed(shown) == 7)


def test_the_mark_follows_the_filter_on_both_pages(shown: Player, samples: Path) -> None:
    window, birds = shown.window, folder(shown, "birds")
    window.library.folders.chosen.emit(birds)
    shown.wait(lambda: listed(shown) == 4)
    assert marked(shown) == birds
    window.library_filter_bar.chips[0].removed.emit()
    assert marked(shown) == ALL
    shown.wait(lambda: listed(shown) == 7)
    window.filters.set_name("zz")
    assert marked(shown) is None
    window.filters.clear()
    shown.ask(samples / "castles" / "neuschwanstein.jpg")
    shown.answer(lambda: window.library.folders.chosen.emit(birds))
    assert marked(shown) == birds
    shown.answer(window.filter_bar.chips[0].removed.emit)
    assert marked(shown) is None
    assert marked(shown) is None


def test_a_condition_keeps_recently_added_and_a_folder_ends_it(shown: Player) -> None:
    page, panel = shown.window.library_page, shown.window.library
    panel.recent.click()
    shown.wait(lambda: page.title.text() == "Recently added")
    shown.window.filters.set_name(".jpg")
    shown.settle()
    assert page.title.text() == "Recently added"
    assert marked(shown) == RECENT
    action(panel.folder_menu(folder(shown, "birds")), "Search only here").trigger()
    shown.wait(lambda: page.title.text() == "birds")
    assert page.order.currentData() == "newest"
    shown.window.filters.clear()
    shown.wait(lambda: page.title.text() == "All pictures")
    assert marked(shown) == ALL


def test_the_menu_rescans_shows_and_removes(
    shown: Player, samples: Path, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, birds = shown.window.library, folder(shown, "birds")
    copied(sorted((samples / "birds").glob("*.jpg"))[4:6], drive / "birds")
    action(panel.folder_menu(birds), "Rescan").trigger()
    shown.indexed()
    assert picture_count(shown.home, HASH) == (9, 9)
    opened: list[str] = []
    monkeypatch.setattr(desktop, "show_in_folder", opened.append)
    action(panel.folder_menu(birds), "Show in file manager").trigger()
    assert opened == [birds]
    panel.folders.chosen.emit(birds)
    shown.wait(lambda: shown.window.library_page.title.text() == "birds")
    action(panel.folder_menu(birds), "Remove").trigger()
    shown.wait(lambda: panel.folders.count() == 1)
    shown.wait(lambda: shown.window.library_page.title.text() == "All pictures")
    assert marked(shown) == ALL


def test_while_a_run_writes_no_folder_is_removed(
    shown: Player, samples: Path, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = RunSteps(shown, monkeypatch, hold_at=1)
    panel, birds = shown.window.library, folder(shown, "birds")
    copied(sorted((samples / "birds").glob("*.jpg"))[4:7], drive / "birds")
    shown.controllers.library.rescan(birds)
    shown.wait(steps.is_held)
    shown.wait(panel.progress.isVisible)
    menu = panel.folder_menu(birds)
    assert not action(menu, "Remove").isEnabled()
    assert not action(menu, "Rescan").isEnabled()
    shown.wait(lambda: panel.progress.headline.whole_text() == "Indexing birds")
    assert "of 3 ·" in visible_text(panel.progress)
    steps.paused.set()
    panel.progress.pause.click()
    assert panel.progress.headline.whole_text() == "birds: paused"
    assert panel.progress.bar.property("kind") == "paused"
    panel.progress.pause.click()
    assert panel.progress.bar.property("kind") == ""
    steps.release()
    shown.settle()
    assert not panel.progress.isVisible()


def test_what_a_stopped_run_has_left_is_said_and_continued(
    shown: Player, samples: Path, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown.window.library
    steps = RunSteps(shown, monkeypatch, hold_at=1)
    shutil.copytree(samples, drive / "birds" / "all")  # more than the workers' queue holds
    shown.controllers.library.rescan(folder(shown, "birds"))
    shown.wait(steps.is_held)
    shown.wait(panel.progress.isVisible)
    panel.progress.cancel.click()
    steps.release()
    shown.settle()
    shown.wait(panel.waiting.isVisible)
    left = sum(shown.controllers.library.overview.waiting.values())
    assert 0 < left < SAMPLES
    assert panel.waiting.text.text().startswith(f"{left} file")
    panel.waiting.go_on.click()
    shown.indexed()
    assert not panel.waiting.isVisible()
    assert picture_count(shown.home, HASH) == (SAMPLES, SAMPLES)


@pytest.fixture
def away(shown: Player, drive: Path) -> Path:
    """The drive is at another place now, and the window knows that it is offline."""
    moved = drive.rename(drive.with_name("away"))
    shown.controllers.watching.set_enabled(False)
    shown.controllers.watching.start()
    shown.wait(lambda: shown.window.library.folders.row_at(1).icon == "hard-drive")
    shown.settle()
    return moved


def choose_place(player: Player, place: Path) -> None:
    dialog = player.dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.windowTitle() == "Where is “birds” now?"
    dialog.fileSelected.emit(str(place))
    dialog.reject()


def test_an_offline_folder_is_located(shown: Player, away: Path) -> None:
    panel, birds = shown.window.library, folder(shown, "birds")
    assert panel.folders.row_at(1).whole == "birds · offline"
    assert panel.folders.row_at(1).spoken == "birds, 4 files, offline"
    menu = panel.folder_menu(birds)
    assert not action(menu, "Rescan").isEnabled()
    action(menu, "Locate…").trigger()
    choose_place(shown, away.parent / "cats")
    box = shown.dialog(QMessageBox)
    assert "0 of 4 files were recognised." in visible_text(box)
    shown.press("Choose again…", box)
    choose_place(shown, away / "birds")
    shown.wait(lambda: "4 of 4 files were recognised." in visible_text(shown.dialog(QMessageBox)))
    shown.press("Follow", shown.dialog(QMessageBox))
    shown.wait(lambda: panel.folders.count() == 2 and folder(shown, "birds") != birds)
    shown.settle()
    assert folder(shown, "birds") == str(away / "birds")
    assert picture_count(shown.home, HASH) == (7, 7)


def test_online_folders_cannot_be_located(shown: Player) -> None:
    menu = shown.window.library.folder_menu(folder(shown, "cats"))
    assert "Locate…" not in [action.text() for action in menu.actions()]


def test_skipped_files_of_an_offline_folder_are_not_counted(
    shown: Player, drive: Path, request: pytest.FixtureRequest
) -> None:
    panel = shown.window.library
    (drive / "birds" / "empty.jpg").write_bytes(b"")
    shown.controllers.library.rescan()
    shown.indexed()
    assert panel.skipped.text() == "1 file skipped…"
    assert panel.skipped.isVisible()
    request.getfixturevalue("away")
    assert not panel.skipped.isVisible()
