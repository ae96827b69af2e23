"""A backup of the catalogue is restored in the window, which continues with it."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from making import copied, run_index
from playing import BIRD, CAT, FAST, LITE0, LITE2, Begin, Player, picture_count, visible_text

from finder.core.library.catalogue.backups import Backup, list_backups, make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.catalogue.settings import load_settings, save_settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.shell.maintenance.restore_dialog import RestoreDialog
from finder.use_cases.library import restore_backup as upkeep


@pytest.fixture
def changed(
    bird_library: Home,
    samples: Path,
    tmp_path: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    """The birds, with a backup; after it cats were added, and a model was switched."""
    (without_settings,) = list_backups(bird_library)
    without_settings.path.unlink()
    with closing(Catalogue(bird_library)) as catalogue:
        save_settings(catalogue, FAST)
        make_backup(bird_library, catalogue.connection)
    copied([samples / CAT], tmp_path / "cats")
    run_index(bird_library, [tmp_path / "cats"], [fast_spec], extractors)
    with closing(Catalogue(bird_library)) as catalogue:
        save_settings(catalogue, replace(load_settings(catalogue), models_on=(LITE2,), watch=False))
    assert len(list_backups(bird_library)) == 1
    return bird_library


def choose(player: Player) -> RestoreDialog:
    player.window.actions_by_name["restore"].trigger()
    dialog = player.dialog(RestoreDialog)
    assert isinstance(dialog, RestoreDialog)
    return dialog


def folders(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return [Path(folder).name for folder in catalogue.folders.paths()]


def test_a_restore_brings_the_library_back_and_the_window_works(
    begin: Begin, changed: Home, samples: Path
) -> None:
    with closing(Catalogue(changed)) as catalogue:
        player = begin(changed, load_settings(catalogue))
    player.ask(samples / BIRD)
    dialog = choose(player)
    assert "Your pictures are not touched" in visible_text(dialog)
    assert dialog.list.count() == 1
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=60_000):
        player.press("Restore", dialog)
    player.wait(lambda: not player.has_dialog(RestoreDialog))
    player.settle()
    assert folders(changed) == ["birds"]
    assert [f.path for f in player.controllers.library.overview.folders] == [
        str(Path(changed.root).parent / "birds")
    ]
    assert player.controllers.library.indexing_models.names == (LITE0,)
    assert player.window.actions_by_name["watch"].isChecked()
    assert "The library was restored to " in player.notice()
    assert (changed.root / "catalogue.before-restore.sqlite").is_file()
    player.ask(samples / CAT)
    assert "kitten" not in player.page()
    assert player.shows_results()


def test_without_a_backup_it_says_when_one_is_made(begin: Begin, home: Home) -> None:
    player = begin(home, FAST)
    dialog = choose(player)
    assert "There are no backups of the catalogue yet." in visible_text(dialog)
    assert not dialog.restore.isVisible()
    player.press("Close", dialog)


def test_a_waiting_restore_can_be_cancelled(begin: Begin, changed: Home, many: Path) -> None:
    player = begin(changed, FAST)
    indexing = player.controllers.library.indexing
    player.controllers.library.add_folders([str(many)])
    indexing.pause(True)
    dialog = choose(player)
    player.press("Restore", dialog)
    assert "Waiting for other work on the library to finish …" in visible_text(dialog)
    player.press("Cancel", dialog)
    indexing.cancel()
    player.settle()
    assert "cats" in folders(changed)
    assert not (changed.root / "catalogue.before-restore.sqlite").exists()


def test_a_damaged_backup_is_reported_and_nothing_is_changed(begin: Begin, changed: Home) -> None:
    (copy,) = list_backups(changed)
    data = bytearray(copy.path.read_bytes())
    data[4096:8192] = b"\xaa" * 4096
    copy.path.write_bytes(data)
    player = begin(changed, FAST)
    dialog = choose(player)
    player.press("Restore", dialog)
    player.wait(lambda: "could not be restored" in visible_text(dialog))
    assert dialog.restore.isVisible()
    player.press("Cancel", dialog)
    assert "cats" in folders(changed)
    assert picture_count(changed, LITE0)[0] > 1


def test_a_restore_finishes_though_the_window_closes(
    begin: Begin, changed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, closing = threading.Event(), threading.Event()

    def slow(home: Home, copy: Backup) -> None:
        begun.set()
        assert closing.wait(40)
        restore(home, copy)

    monkeypatch.setattr(upkeep, "restore", slow)
    player = begin(changed, FAST)
    close = player.task_runner.close

    def note_and_close() -> bool:
        closing.set()
        return close()

    monkeypatch.setattr(player.task_runner, "close", note_and_close)
    player.press("Restore", choose(player))
    player.wait(begun.is_set)
    player.close()
    assert folders(changed) == ["birds"]
