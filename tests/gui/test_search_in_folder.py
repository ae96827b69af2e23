"""Searching in one folder only, from the side panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import copied, run_index
from playing import FAST, LITE0, Begin, Player, matches
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.query.filter_bar import FilterBar


@pytest.fixture
def two_folders(
    home: Home,
    samples: Path,
    tmp_path: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    begin: Begin,
) -> Player:
    """The window on a folder of birds and one of cats."""
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:4], tmp_path / name)
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [fast_spec], extractors)
    return begin(settings=FAST)


def folder_menu(player: Player, name: str) -> QMenu:
    """The menu that a right click on the folder opens."""
    panel = player.window.library
    rows = range(panel.folders.count())
    item = next(i for i in map(panel.folders.item, rows) if i.text().startswith(name))
    panel.folders.customContextMenuRequested.emit(panel.folders.visualItemRect(item).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def search_only_in(player: Player, name: str) -> None:
    menu = folder_menu(player, name)
    (action,) = [action for action in menu.actions() if action.text() == "Search only here"]
    action.trigger()
    menu.close()


def found_folders(player: Player) -> set[str]:
    """The names of the folders in which the matches are."""
    return {Path(match.picture.paths[0]).parent.name for match in matches(player.column(LITE0))}


def _press_remove(bar: FilterBar) -> None:
    assert bar.folder.remove_button is not None
    assert bar.folder.remove_button.toolTip() == "Remove “Only in cats”"
    bar.folder.remove_button.click()


def test_a_folder_alone_is_searched_and_everything_again(
    two_folders: Player, samples: Path, tmp_path: Path
) -> None:
    player = two_folders
    bar = player.window.filter_bar
    player.ask(samples / "cats" / "kitten.jpg")
    assert found_folders(player) == {"birds", "cats"}
    assert not bar.isVisible()
    player.answer(lambda: search_only_in(player, "birds"))
    assert found_folders(player) == {"birds"}
    assert bar.folder.text() == "Only in birds"
    assert str(tmp_path / "birds") in bar.folder.toolTip()
    assert bar.isVisible()
    player.answer(lambda: search_only_in(player, "cats"))
    assert found_folders(player) == {"cats"}
    player.answer(lambda: _press_remove(bar))
    assert found_folders(player) == {"birds", "cats"}
    assert not bar.isVisible()


def test_a_chosen_folder_applies_to_the_next_queries(two_folders: Player, samples: Path) -> None:
    player = two_folders
    search_only_in(player, "birds")
    assert player.status() == "The next search looks only in birds."
    for picture in ("cats/kitten.jpg", "birds/kingfisher.jpg"):
        player.ask(samples / picture)
        assert found_folders(player) == {"birds"}
        assert player.window.filter_bar.isVisible()


def test_without_a_folder_there_is_no_menu(two_folders: Player) -> None:
    folders = two_folders.window.library.folders
    folders.customContextMenuRequested.emit(QPoint(5, folders.height() + 5))
    assert QApplication.activePopupWidget() is None
