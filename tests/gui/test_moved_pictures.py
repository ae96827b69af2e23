"""Pictures and folders that were moved while the window is open."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH
from playing import BIRD, Begin, Player, matches, visible_text
from PySide6.QtGui import QGuiApplication

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.indexing import worker
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.common import desktop
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.jobs.library_pictures import LibraryPictures, PictureDetails


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "pictures" / "birds"
    copied(sorted((samples / "birds").glob("*.jpg")), folder)
    return folder


@pytest.fixture
def backup(birds: Path, tmp_path: Path) -> Path:
    """One of the birds, once more; by its path it comes later."""
    return copied([birds / Path(BIRD).name], tmp_path / "that" / "is" / "a copy")[0].parent


@pytest.fixture
def open_window(
    begin: Begin, home: Home, hash_spec: ModelSpec, extractors: ExtractorPool, samples: Path
) -> Callable[..., Player]:
    def open_window(*folders: Path) -> Player:
        run_index(home, folders, [hash_spec], extractors)
        player = begin(settings=BY_HASH)
        player.ask(samples / BIRD)
        return player

    return open_window


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    paths: list[str] = []

    def note(path: str) -> bool:
        paths.append(path)
        return True

    monkeypatch.setattr(desktop, "open_file", note)
    return paths


def place(player: Player) -> str:
    return matches(player.columns[0])[0].picture.paths[0]


def test_a_picture_whose_file_is_gone_is_opened_at_its_other_place(
    open_window: Callable[..., Player],
    birds: Path,
    backup: Path,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    player = open_window(birds, backup)
    name = Path(BIRD).name
    assert place(player) == str(birds / name)
    (birds / name).unlink()
    player.press("Open", player.window.details)
    player.wait(lambda: opened == [str(backup / name)])
    assert place(player) == str(backup / name)
    assert "a copy" in visible_text(player.window.details)
    shown: list[str] = []
    monkeypatch.setattr(desktop, "show_in_folder", shown.append)
    player.press("Show in folder", player.window.details)
    player.wait(lambda: shown == opened)
    player.press("Copy path", player.window.details)
    assert QGuiApplication.clipboard().text() == str(backup / name)
    assert not player.notice()


def test_what_is_gone_is_searched_for_by_what_is_stored(
    open_window: Callable[..., Player], birds: Path
) -> None:
    player = open_window(birds)
    gone = matches(player.columns[0])[1].picture
    Path(gone.paths[0]).unlink()
    player.columns[0].view.go_to_row(1)
    player.answer(player.window.actions_by_name["find_similar"].trigger)
    assert player.query_name() == Path(gone.paths[0]).name
    assert matches(player.columns[0])[0].picture.id == gone.id
    assert len(matches(player.columns[0])) > 1


def test_a_missing_picture_is_reported_with_a_hint(
    open_window: Callable[..., Player], birds: Path, opened: list[str]
) -> None:
    player = open_window(birds)
    path = birds / Path(BIRD).name
    path.rename(birds / "renamed.jpg")
    player.press("Open", player.window.details)
    player.wait(lambda: f"“{path}” cannot be found" in player.notice())
    card: Card = player.columns[0].model.index(0).data(CardRole.CARD)
    assert card.is_offline
    assert f"{birds} (offline)" in visible_text(player.window.details)
    player.press("Rescan", player.window.notice)
    player.wait(lambda: place(player) == str(birds / "renamed.jpg"))
    player.settle()
    player.press("Open", player.window.details)
    player.wait(lambda: opened == [str(birds / "renamed.jpg")])


def test_details_found_before_the_file_went_away_are_not_shown(
    open_window: Callable[..., Player], birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = open_window(birds)
    details, found, may_return = LibraryPictures.details, Event(), Event()

    def slow_once(self: LibraryPictures, picture: PictureRecord) -> PictureDetails:
        result = details(self, picture)
        if not found.is_set():
            found.set()
            may_return.wait(30)
        return result

    monkeypatch.setattr(LibraryPictures, "details", slow_once)
    column = player.columns[0]
    column.view.go_to_row(1)
    player.wait(found.is_set)
    path = Path(matches(column)[1].picture.paths[0])
    path.rename(birds / "renamed.jpg")
    player.press("Open", player.window.details)
    player.wait(lambda: f"“{path}” cannot be found" in player.notice())
    may_return.set()
    player.settle()
    assert f"{birds} (offline)" in visible_text(player.window.details)
    assert "the file is not there now" in visible_text(player.window.details)


def test_the_details_of_a_picture_follow_its_file(
    open_window: Callable[..., Player], birds: Path, backup: Path
) -> None:
    player = open_window(birds, backup)
    column = player.columns[0]
    column.view.go_to_row(1)
    (birds / Path(BIRD).name).unlink()
    column.view.go_to_row(0)
    player.wait(lambda: str(backup) in visible_text(player.window.details))
    assert "kB" in visible_text(player.window.details)
    (backup / Path(BIRD).name).unlink()
    column.view.go_to_row(1)
    column.view.go_to_row(0)
    player.wait(lambda: "the file is not there now" in visible_text(player.window.details))


@pytest.mark.parametrize("target", ["renamed", "other/deep"])
def test_a_folder_moved_while_it_is_watched_is_followed_at_once(
    open_window: Callable[..., Player],
    birds: Path,
    samples: Path,
    tmp_path: Path,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied([samples / "cats" / "kitten.jpg"], tmp_path / "pictures" / "other")
    library = [birds.parent, birds] if target == "renamed" else [birds, birds.parent / "other"]
    player = open_window(*library)
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=30_000):
        player.controllers.watching.start()
    player.settle()
    monkeypatch.setattr(worker, "decode", None)  # nothing is decoded any more
    new = birds.parent / target
    shutil.move(birds, new)
    sentence = f"The folder {birds} was moved: its pictures are in {new} now."
    player.wait(lambda: sentence in player.notice())
    player.wait(lambda: place(player) == str(new / Path(BIRD).name))
    player.settle()
    assert player.window.library.folders.count() == 1
    with closing(Catalogue(player.home)) as catalogue:
        assert catalogue.folders.paths() == [str(folder) for folder in library if folder != birds]
        assert catalogue.pictures.count() == 8
        assert catalogue.embeddings.counts() == {HASH: 8}
        assert not catalogue.files.skipped()
