"""Removing a folder from the library, and changing one's mind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH
from playing import Begin, Player, matches, picture_count
from PySide6.QtWidgets import QAbstractButton, QMessageBox

from finder.core.errors import LibraryBusyError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library import index_folders


@pytest.fixture
def shown(
    begin: Begin,
    home: Home,
    samples: Path,
    tmp_path: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Player:
    """The window on four birds and three cats, with an answer."""
    copied(sorted((samples / "birds").glob("*.jpg"))[:4], tmp_path / "birds")
    copied(sorted((samples / "cats").glob("*.jpg"))[:3], tmp_path / "cats")
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    player.ask(samples / "cats" / "kitten.jpg")
    player.settle()
    return player


def remove(player: Player, folder: Path) -> None:
    player.window.library.remove_requested.emit(str(folder))


def folders(player: Player) -> list[str]:
    rows = player.window.library.folders
    return [rows.item(row).text() for row in range(rows.count())]


def folders_in_catalogue(home: Home) -> int:
    catalogue = Catalogue(home)
    try:
        return len(catalogue.folders.paths())
    finally:
        catalogue.close()


def undo_button(player: Player) -> QAbstractButton:
    buttons = [toast.action_button for toast in player.window.toasts.shown]
    return next(button for button in buttons if button.text() == "Undo")


def test_a_folder_disappears_at_once_and_undo_loses_nothing(shown: Player, tmp_path: Path) -> None:
    page = shown.window.library_page
    shown.answer(lambda: remove(shown, tmp_path / "birds"))
    assert folders(shown) == ["cats"]
    assert len(matches(shown.column(HASH))) == 3
    shown.wait(lambda: shown.window.library.everything.row.count == 3)
    shown.answer(undo_button(shown).click)
    assert folders(shown) == ["birds", "cats"]
    assert len(matches(shown.column(HASH))) == 7
    shown.window.actions_by_name["new_query"].trigger()
    shown.wait(lambda: page.model.rowCount() == 7)
    remove(shown, tmp_path / "birds")
    shown.wait(lambda: page.model.rowCount() == 3)
    undo_button(shown).click()
    shown.wait(lambda: page.model.rowCount() == 7)
    shown.settle()
    assert not shown.controllers.library.indexing.busy
    assert picture_count(shown.home, HASH) == (7, 7)


def test_copies_elsewhere_still_count_while_a_folder_is_hidden(
    begin: Begin,
    home: Home,
    samples: Path,
    tmp_path: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    birds = sorted((samples / "birds").glob("*.jpg"))[:4]
    copied(birds, tmp_path / "birds")
    copied(birds[:3], tmp_path / "copies")
    run_index(home, [tmp_path / "birds", tmp_path / "copies"], [hash_spec], extractors)
    player = begin(home, BY_HASH)
    everything = player.window.library.everything
    assert everything.row.count == 4
    assert "3 more files are exact copies" in everything.toolTip(), "why the folders have 4 and 3"
    remove(player, tmp_path / "birds")
    player.wait(lambda: player.window.library_page.model.rowCount() == 3)
    player.wait(lambda: everything.row.count == 3)
    (toast,) = [t for t in player.window.toasts.shown if t.action_button.text() == "Undo"]
    toast.action_button.click()
    assert everything.row.count == 4


def test_a_filter_stays_and_what_was_searched_alone_may_go(shown: Player, tmp_path: Path) -> None:
    filters = shown.window.filters
    shown.answer(lambda: filters.set_folder(str(tmp_path / "birds")))
    assert len(matches(shown.column(HASH))) == 4
    shown.answer(lambda: remove(shown, tmp_path / "birds"))
    assert filters.filter.is_everything
    assert len(matches(shown.column(HASH))) == 3
    filters.exclude_folder(str(tmp_path / "cats"))
    shown.wait(lambda: "No picture passes the filter" in shown.page())
    shown.answer(lambda: filters.set_folder(str(tmp_path / "cats")))
    assert len(matches(shown.column(HASH))) == 3


def test_it_is_removed_when_the_toast_has_gone(shown: Player, tmp_path: Path) -> None:
    remove(shown, tmp_path / "birds")
    remove(shown, tmp_path / "birds")
    shown.settle()
    assert folders_in_catalogue(shown.home) == 2
    shown.window.toasts.shown[-1].end()
    shown.wait(lambda: picture_count(shown.home, HASH) == (3, 3))
    shown.wait(lambda: len(shown.controllers.library.overview.folders) == 1)
    shown.settle()
    assert folders(shown) == ["cats"]
    assert (tmp_path / "birds").is_dir()


def test_what_is_left_for_the_next_run_is_said(
    shown: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = index_folders.forget_folder

    def without_server(home: Home, folder: str, holder: str, say: Callable[[str], None]) -> int:
        say("The server is away.")
        return forget(home, folder, holder) or 0

    monkeypatch.setattr(index_folders, "forget_folder", without_server)
    remove(shown, tmp_path / "birds")
    shown.window.toasts.shown[-1].end()
    shown.wait(lambda: picture_count(shown.home, HASH) == (3, 3))
    shown.settle()
    assert shown.notice() == "The server is away."


def test_it_is_removed_when_the_window_closes(shown: Player, tmp_path: Path) -> None:
    remove(shown, tmp_path / "birds")
    shown.close()
    assert folders_in_catalogue(shown.home) == 1


def test_a_folder_that_is_added_again_meanwhile_stays(shown: Player, tmp_path: Path) -> None:
    remove(shown, tmp_path / "birds")
    shown.controllers.library.add_folders([str(tmp_path / "birds")])
    assert folders(shown) == ["birds", "cats"]
    shown.indexed()
    for toast in list(shown.window.toasts.shown):
        toast.end()
    shown.settle()
    assert folders_in_catalogue(shown.home) == 2
    assert picture_count(shown.home, HASH) == (7, 7)


def test_a_folder_that_could_not_be_removed_is_shown_again(
    shown: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> int:
        raise LibraryBusyError("another program")

    monkeypatch.setattr(shown.workspace, "forget", busy)
    remove(shown, tmp_path / "birds")
    shown.window.toasts.shown[-1].end()
    shown.wait(lambda: folders(shown) == ["birds", "cats"])
    assert shown.notice()
    shown.settle()


def test_a_folder_with_another_one_in_it_is_removed_after_a_question(
    shown: Player, samples: Path, tmp_path: Path
) -> None:
    copied(sorted((samples / "fish").glob("*.jpg"))[:1], tmp_path / "cats" / "fish")
    shown.controllers.library.add_folders([str(tmp_path / "cats" / "fish")])
    shown.indexed()
    remove(shown, tmp_path / "cats")
    shown.press("Remove", shown.dialog(QMessageBox))
    shown.wait(lambda: sorted(folders(shown)) == ["birds", "fish"])
    shown.settle()
    assert picture_count(shown.home, HASH) == (5, 5)
