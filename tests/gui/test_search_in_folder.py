"""Searching in one folder only, from the side panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH
from playing import Begin, Player, matches
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture
def two_folders(
    home: Home,
    samples: Path,
    tmp_path: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    begin: Begin,
) -> Player:
    """The window on a folder of birds and one of cats."""
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:4], tmp_path / name)
    run_index(home, [tmp_path / "birds", tmp_path / "cats"], [hash_spec], extractors)
    return begin(settings=BY_HASH)


def folder_menu(player: Player, name: str) -> QMenu:
    """The menu that a right click on the folder opens."""
    panel = player.window.library
    rows = range(panel.folders.count())
    item = next(i for i in map(panel.folders.item, rows) if i.text().startswith(name))
    panel.folders.customContextMenuRequested.emit(panel.folders.visualItemRect(item).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(player: Player, name: str, action: str) -> None:
    """Of a folder's menu."""
    menu = folder_menu(player, name)
    (found,) = [one for one in menu.actions() if one.text() == action]
    found.trigger()
    menu.close()


def search_only_in(player: Player, name: str) -> None:
    choose(player, name, "Search only here")


def chips(player: Player) -> list[str]:
    return [chip.text() for chip in player.window.filter_bar.chips]


def found_folders(player: Player) -> set[str]:
    """The names of the folders in which the matches are."""
    return {Path(match.picture.paths[0]).parent.name for match in matches(player.column(HASH))}


def test_a_folder_alone_is_searched_and_everything_again(
    two_folders: Player, samples: Path, tmp_path: Path
) -> None:
    player = two_folders
    player.ask(samples / "cats" / "kitten.jpg")
    assert found_folders(player) == {"birds", "cats"}
    assert chips(player) == []
    player.answer(lambda: search_only_in(player, "birds"))
    assert found_folders(player) == {"birds"}
    assert chips(player) == ["Only in birds"]
    assert player.window.filter_bar.chips[0].toolTip() == str(tmp_path / "birds")
    player.answer(lambda: search_only_in(player, "cats"))
    assert found_folders(player) == {"cats"}
    button = player.window.filter_bar.chips[0].remove_button
    assert button is not None
    assert button.toolTip() == "Remove “Only in cats”"
    player.answer(button.click)
    assert found_folders(player) == {"birds", "cats"}
    assert chips(player) == []


def test_a_folder_is_left_out(two_folders: Player, samples: Path) -> None:
    player = two_folders
    player.ask(samples / "cats" / "kitten.jpg")
    player.answer(lambda: choose(player, "birds", "Not in this folder"))
    assert found_folders(player) == {"cats"}
    assert chips(player) == ["Not in birds"]
    player.answer(lambda: search_only_in(player, "birds"))
    assert found_folders(player) == {"birds"}
    assert chips(player) == ["Only in birds"]


def test_a_chosen_folder_applies_to_the_next_queries(two_folders: Player, samples: Path) -> None:
    player = two_folders
    _assert_without_a_folder_there_is_no_menu(player)
    search_only_in(player, "birds")
    for picture in ("cats/kitten.jpg", "birds/kingfisher.jpg"):
        player.ask(samples / picture)
        assert found_folders(player) == {"birds"}
        assert chips(player) == ["Only in birds"]


def _assert_without_a_folder_there_is_no_menu(player: Player) -> None:
    folders = player.window.library.folders
    folders.customContextMenuRequested.emit(QPoint(5, folders.height() + 5))
    assert QApplication.activePopupWidget() is None
