"""Finding things inside pictures, in the window: the folder's menu, the question, the outline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from crop_scene import SCENE, THING, make_scenes, switch_on, with_crops
from making import run_index
from playing import LITE0, Begin, Player, names, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from finder.core.errors import LibraryBusyError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings
from finder.core.library.crop_folders import crop_folders
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.matches import Result
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.jobs.workspace import Workspace
from finder.use_cases.library import index_folders

ONE = Settings(models_on=(LITE0,), models_shown=(LITE0,), fold_near_duplicates=False)
CORNERS = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))


@pytest.fixture(autouse=True)
def _nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof has an outline of its own."""

    def nothing(*_: object) -> Iterator[Result]:
        yield from ()

    monkeypatch.setattr(Workspace, "verify", nothing)


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    return make_scenes(samples, tmp_path / "scenes")


@pytest.fixture
def shown(
    begin: Begin, home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Player:
    """The window on scenes without crops."""
    run_index(home, [folder], [fast_spec], extractors)
    return begin(settings=ONE)


def entry(player: Player, folder: Path) -> QAction:
    """Of the folder's menu."""
    actions = player.window.library.folder_menu(str(folder)).actions()
    return next(one for one in actions if one.text() == "Find things inside pictures")


def asked(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return list(crop_folders(catalogue))


def preview(player: Player) -> PreviewDialog:
    """Of the first match."""
    view = player.column(LITE0).view
    view.go_to_row(0)
    QTest.keyClick(view, Qt.Key.Key_Space)
    dialog = player.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    player.settle()
    return dialog


def card_of(player: Player, row: int = 0) -> tuple[Card, str]:
    """With its tool tip."""
    index = player.column(LITE0).model.index(row)
    card = index.data(CardRole.CARD)
    assert isinstance(card, Card)
    return card, str(index.data(Qt.ItemDataRole.ToolTipRole))


def test_things_are_found_once_the_user_has_agreed(
    shown: Player, home: Home, folder: Path, samples: Path, fast_spec: ModelSpec
) -> None:
    shown.ask(samples / THING)
    assert names(shown.column(LITE0))[0] != SCENE
    assert card_of(shown)[0].outline == ()
    assert not entry(shown, folder).isChecked()

    entry(shown, folder).trigger()
    shown.press("Cancel", shown.dialog(QMessageBox))
    shown.settle()
    assert asked(home) == []

    entry(shown, folder).trigger()
    box = shown.dialog(QMessageBox)
    assert "3 to 6 times as long" in visible_text(box)
    shown.press("Index the parts", box)
    shown.wait(lambda: asked(home) == [str(folder)])
    shown.wait(lambda: len(with_crops(home, fast_spec)) == 18)
    shown.settle()
    shown.wait(lambda: entry(shown, folder).isChecked())

    shown.answer(lambda: shown.press("Search again"))
    assert names(shown.column(LITE0))[0] == SCENE
    card, tip = card_of(shown)
    assert card.outline == CORNERS
    assert "Found in a part of this picture." in tip
    shown.settle()


def test_the_preview_outlines_the_part(
    begin: Begin,
    home: Home,
    folder: Path,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    switch_on(home, folder)
    run_index(home, [folder], [fast_spec], extractors)
    player = begin(settings=ONE)
    player.ask(samples / THING)
    dialog = preview(player)
    assert dialog.stage.has_outline
    assert dialog.outline.isVisible()
    description = dialog.stage.match.accessibleDescription()
    assert description == "Found in a part of this picture."
    dialog.close()
    player.ask(folder / "chambord.jpg")
    dialog = preview(player)
    assert not dialog.stage.has_outline
    assert dialog.stage.match.accessibleDescription() == ""
    dialog.close()
    player.settle()


def test_switching_off_can_be_undone(
    begin: Begin,
    home: Home,
    folder: Path,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    switch_on(home, folder)
    run_index(home, [folder], [fast_spec], extractors)
    player = begin(settings=ONE)
    player.ask(samples / THING)
    assert names(player.column(LITE0))[0] == SCENE
    player.answer(entry(player, folder).trigger)
    assert names(player.column(LITE0))[0] != SCENE
    assert with_crops(home, fast_spec) == set()
    assert not entry(player, folder).isChecked()
    player.wait(lambda: "not searched for any more" in player.status())
    player.press("Undo")
    player.wait(lambda: len(with_crops(home, fast_spec)) == 18)
    player.settle()
    player.wait(lambda: entry(player, folder).isChecked())


def test_a_folder_inside_another_follows_it(
    begin: Begin, home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / SCENE).rename(inner / SCENE)
    switch_on(home, folder)
    run_index(home, [folder, inner], [fast_spec], extractors)
    player = begin(settings=ONE)
    player.wait(lambda: player.window.library.folders.count() == 2)
    assert entry(player, inner).isChecked()
    assert not entry(player, inner).isEnabled()
    assert entry(player, folder).isEnabled()


def test_a_library_that_another_program_writes_says_so(
    shown: Player, home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise LibraryBusyError("another program")

    monkeypatch.setattr(index_folders, "switch_crops_on", busy)
    entry(shown, folder).trigger()
    shown.press("Index the parts", shown.dialog(QMessageBox))
    shown.wait(lambda: bool(shown.notice()))
    assert not entry(shown, folder).isChecked()
