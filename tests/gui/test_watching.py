"""Folders that change while the window is open, or go offline and come back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from making import copied, run_index
from one_model import BY_HASH, HASH
from PIL import Image
from playing import (
    BIRD,
    Begin,
    Player,
    RunSteps,
    matches,
    names,
    picture_count,
    visible_text,
)
from PySide6.QtCore import QTimer

from finder.core.library.availability import place_of
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.gui.library import watch_controller
from finder.jobs.folder_watch import FolderWatch
from finder.workers import folder_observer as eyes


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    copied(sorted((samples / "birds").glob("*.jpg")), tmp_path / "drive" / "birds")
    return tmp_path / "drive" / "birds"


@pytest.fixture
def drive(birds: Path) -> Path:
    """A drive that is unplugged by renaming it, which the watch does not notice."""
    return birds.parent


@pytest.fixture
def watching(
    begin: Begin, home: Home, birds: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> Iterator[Player]:
    """The window on the birds, which are watched."""
    run_index(home, [birds], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    start(player)
    yield player
    assert _skipped_ever(player) == []


def start(player: Player) -> None:
    """Watch, and wait until all folders were scanned once."""
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=30_000):
        player.controllers.watching.start()
    player.settle()


def places(player: Player) -> dict[str, int | None]:
    """Every file in the catalogue, by its name, with its picture."""
    with closing(Catalogue(player.home)) as catalogue:
        return {Path(f.path).name: f.picture for f in catalogue.files.below("/")}


def folders_of_files(player: Player) -> set[Path]:
    with closing(Catalogue(player.home)) as catalogue:
        return {Path(file.path).parent for file in catalogue.files.below("/")}


def unplug(drive: Path) -> Path:
    return drive.rename(drive.with_name("unplugged"))


def folder_words(player: Player) -> str:
    return player.window.library.folders.item(0).text()


def act_unnoticed(player: Player, folder: Path, act: Callable[[], object]) -> None:
    """Do something in the folder that the window must not react to. A second watch shows when the
    window's own would have reported it."""
    reported: list[str] = []
    watch = FolderWatch(str(player.home.root))
    watch.changed.connect(reported.extend)
    place = place_of(str(folder), known=False)
    assert place is not None
    watch.watch({str(folder): place})
    player.wait(lambda: str(folder) in reported)  # each folder once, when it is watched
    reported.clear()
    act()
    player.wait(lambda: str(folder) in reported)
    assert watch.close(10)
    player.settle()
    timers = player.controllers.watching.findChildren(QTimer)
    assert not any(timer.isActive() for timer in timers if timer.isSingleShot()), "a run is due"


def until(player: Player, ready: Callable[[dict[str, int | None]], bool]) -> None:
    """Looks at the whole catalogue, so not all the time."""
    end = time.monotonic() + 40
    while not ready(places(player)):
        assert time.monotonic() < end
        player.qtbot.wait(100)
    player.settle()


def _skipped_ever(player: Player) -> list[str]:
    with closing(Catalogue(player.home)) as catalogue:
        return [file.path for file in catalogue.files.skipped()]


def test_new_changed_renamed_and_deleted_pictures_are_noticed(
    watching: Player, birds: Path, samples: Path
) -> None:
    shutil.copy(samples / "cats" / "kitten.jpg", birds)
    until(watching, lambda known: len(known) == 8)
    kitten = places(watching)["kitten.jpg"]
    assert watching.status() == "1 picture indexed."
    assert watching.window.library.everything.row.count == 8
    assert not watching.window.library.progress.isVisible()
    assert not watching.notice()
    (birds / "kitten.jpg").rename(birds / "cat.jpg")
    until(watching, lambda known: "cat.jpg" in known and "kitten.jpg" not in known)
    assert places(watching)["cat.jpg"] == kitten
    assert watching.status() == "1 picture was renamed."
    shutil.copy(samples / "cats" / "cheetah.jpg", birds / "cat.jpg")
    until(watching, lambda known: known["cat.jpg"] != kitten)
    (birds / "cat.jpg").unlink()
    until(watching, lambda known: len(known) == 7)
    assert picture_count(watching.home, HASH) == (7, 7)


def test_a_start_at_which_nothing_has_changed_says_nothing(watching: Player, samples: Path) -> None:
    assert not watching.window.toasts.shown
    assert not watching.notice()
    watching.ask(samples / BIRD)
    library = watching.controllers.library
    with watching.qtbot.waitSignal(library.indexing.run_ended, timeout=30_000):
        library.index_in_background([folder.path for folder in library.overview.folders])
    watching.settle()
    assert not watching.window.toasts.shown
    assert not watching.notice()
    assert not watching.window.library.progress.isVisible()


def test_folders_are_watched_once_added_and_not_once_removed(
    watching: Player, birds: Path, samples: Path
) -> None:
    shutil.copytree(samples / "cats", birds / "new" / "cats")
    until(watching, lambda known: len(known) == 12)
    (birds / "new").rename(birds / "newer")
    watching.wait(lambda: (birds / "newer" / "cats") in folders_of_files(watching))
    watching.settle()
    shutil.copy(samples / "cats" / "kitten.jpg", birds / "newer" / "cats" / "copy.jpg")
    until(watching, lambda known: len(known) == 13)
    shutil.rmtree(birds / "newer")
    until(watching, lambda known: len(known) == 7)


def test_a_folder_inside_another_is_watched_too(
    watching: Player, birds: Path, samples: Path
) -> None:
    copied([samples / "cats" / "kitten.jpg"], birds / "cats")
    watching.controllers.library.add_folders([str(birds / "cats")])
    watching.wait(lambda: len(watching.controllers.library.overview.folders) == 2)
    watching.settle()
    shutil.copy(samples / "cats" / "cheetah.jpg", birds / "cats")
    until(watching, lambda known: len(known) == 9)


def test_a_copy_in_progress_is_no_fault(watching: Player, birds: Path, samples: Path) -> None:
    data = (samples / "cats" / "kitten.jpg").read_bytes()
    skipped: list[str] = []
    look = QTimer(interval=20)
    look.timeout.connect(lambda: skipped.extend(_skipped_ever(watching)))
    look.start()
    with (birds / "kitten.jpg").open("wb") as file:
        for at in range(20):
            file.write(data[at * len(data) // 20 : (at + 1) * len(data) // 20])
            file.flush()
            watching.qtbot.wait(100)
    until(watching, lambda known: len(known) == 8)
    look.stop()
    assert skipped == []


def test_a_copy_that_stopped_midway_is_a_fault_in_the_end(
    watching: Player, birds: Path, samples: Path
) -> None:
    data = (samples / "cats" / "kitten.jpg").read_bytes()
    (birds / "kitten.jpg").write_bytes(data[: len(data) // 2])
    until(watching, lambda known: "kitten.jpg" in known)
    assert _skipped_ever(watching) == [str(birds / "kitten.jpg")]
    (birds / "kitten.jpg").write_bytes(data)
    until(watching, lambda known: known["kitten.jpg"] is not None)


def test_a_burst_of_files_is_found_completely(watching: Player, birds: Path) -> None:
    number = 300
    for at in range(number):
        colour = at % 256, at // 256, 77
        Image.new("RGB", (32, 24), colour).save(birds / f"{at}.png")
    until(watching, lambda known: len(known) == number + 7)
    assert picture_count(watching.home, HASH) == (number + 7, number + 7)


def test_results_offer_to_search_again_only_if_something_changed(
    watching: Player, birds: Path, samples: Path
) -> None:
    watching.ask(samples / BIRD)
    with watching.qtbot.waitSignal(watching.controllers.library.indexing.run_ended, timeout=30_000):
        (birds / "empty").mkdir()
    assert not watching.notice()
    shutil.copy(samples / "cats" / "kitten.jpg", birds)
    watching.wait(lambda: "1 picture indexed" in watching.notice())
    watching.answer(lambda: watching.press("Search again"))
    assert "kitten.jpg" in names(watching.columns[0])


def test_changes_while_the_window_was_closed_are_indexed(
    begin: Begin,
    home: Home,
    birds: Path,
    samples: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    run_index(home, [birds], [hash_spec], extractors)
    shutil.copy(samples / "cats" / "kitten.jpg", birds)
    player = begin(settings=BY_HASH)
    start(player)
    assert len(places(player)) == 8


def test_watching_can_be_switched_off(watching: Player, birds: Path, samples: Path) -> None:
    action = watching.window.actions_by_name["watch"]
    assert action.isChecked()
    action.trigger()
    watching.settle()
    kitten = samples / "cats" / "kitten.jpg"
    act_unnoticed(watching, birds, lambda: shutil.copy(kitten, birds))
    assert len(places(watching)) == 7
    with closing(Catalogue(watching.home)) as catalogue:
        assert not load_settings(catalogue).watch
    action.trigger()
    until(watching, lambda known: len(known) == 8)


def test_a_cancelled_run_is_not_begun_again(watching: Player, birds: Path, samples: Path) -> None:
    library = watching.controllers.library
    library.rescan()
    library.indexing.cancel()
    watching.settle()
    kitten = samples / "cats" / "kitten.jpg"
    act_unnoticed(watching, birds, lambda: shutil.copy(kitten, birds))
    assert len(places(watching)) == 7
    watching.rescan()
    until(watching, lambda known: len(known) == 8)
    shutil.copy(samples / "cats" / "cheetah.jpg", birds)
    until(watching, lambda known: len(known) == 9)


def test_a_removed_folder_does_not_come_back_by_itself(
    watching: Player, birds: Path, samples: Path
) -> None:
    shutil.copy(samples / "cats" / "kitten.jpg", birds)
    watching.controllers.library.remove(str(birds))
    watching.wait(lambda: watching.window.library.folders.count() == 0)
    cheetah = samples / "cats" / "cheetah.jpg"
    act_unnoticed(watching, birds, lambda: shutil.copy(cheetah, birds))
    assert places(watching) == {}
    assert watching.controllers.library.overview.folders == ()


def test_a_drive_that_goes_away_is_offline_and_comes_back(
    watching: Player, birds: Path, drive: Path, samples: Path
) -> None:
    watching.ask(samples / BIRD)
    away = unplug(drive)
    watching.wait(lambda: "offline" in folder_words(watching))
    assert folder_words(watching) == "birds · offline"
    assert watching.status() == f"{birds} is offline; its pictures stay in the library."
    assert "Connect its drive" in watching.window.library.folders.item(0).toolTip()
    assert watching.window.library.everything.row.count == 7
    model = watching.columns[0].model

    def offline() -> list[bool]:
        cards: list[Card] = [model.index(row).data(CardRole.CARD) for row in range(7)]
        return [card.is_offline for card in cards]

    watching.wait(lambda: all(offline()))
    watching.wait(lambda: "(offline)" in visible_text(watching.window.details))
    watching.answer(watching.controllers.query.search)
    assert len(matches(watching.columns[0])) == 7
    shutil.copy(samples / "cats" / "kitten.jpg", away / "birds")
    away.rename(drive)
    until(watching, lambda known: len(known) == 8)
    watching.wait(lambda: "offline" not in folder_words(watching))
    watching.wait(lambda: not any(offline()))
    shutil.copy(samples / "cats" / "cheetah.jpg", birds)
    until(watching, lambda known: len(known) == 9)


def test_a_drive_lost_while_indexing_costs_nothing(
    watching: Player, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = tmp_path / "stick" / "more"
    shutil.copytree(samples, more)
    steps = RunSteps(watching, monkeypatch, hold_at=5)
    watching.controllers.library.add_folders([str(more)])
    watching.wait(steps.is_held)
    away = unplug(more.parent)
    steps.release()
    watching.settle()
    kept, _ = picture_count(watching.home, HASH)
    assert 7 <= kept < 80
    assert _skipped_ever(watching) == []
    rows = watching.window.library.folders
    watching.wait(lambda: any("offline" in rows.item(row).text() for row in range(rows.count())))
    away.rename(more.parent)
    folders = watching.controllers.library
    watching.wait(lambda: sum(folder.files for folder in folders.overview.folders) == 87)
    watching.settle()


def test_an_emptied_mount_point_is_offline(watching: Player, birds: Path) -> None:
    birds.rename(birds.with_name("away"))
    birds.mkdir()
    watching.wait(lambda: "offline" in folder_words(watching))
    birds.rmdir()
    birds.with_name("away").rename(birds)
    watching.wait(lambda: "offline" not in folder_words(watching))
    watching.settle()
    assert len(places(watching)) == 7


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount a drive"
)
def test_a_real_drive_is_unmounted_and_mounted(
    begin: Begin, home: Home, samples: Path, tmp_path: Path
) -> None:
    point = tmp_path / "mounted"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(point)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no drive can be mounted here")
    try:
        copied(sorted((samples / "birds").glob("*.jpg")), point)
        player = begin(settings=BY_HASH)
        player.controllers.watching.start()
        player.controllers.library.add_folders([str(point)])
        until(player, lambda known: len(known) == 7)
        umount = ["umount", str(point)]
        player.wait(lambda: not subprocess.run(umount, capture_output=True).returncode)
        player.wait(lambda: "offline" in folder_words(player))
        subprocess.run(mount, check=True)
        copied(sorted((samples / "birds").glob("*.jpg"))[:5], point)
        until(player, lambda known: len(known) == 5)
        player.wait(lambda: "offline" not in folder_words(player))
        player.close()
    finally:
        subprocess.run(["umount", "-l", str(point)], capture_output=True, check=False)


def test_a_network_folder_is_scanned_now_and_then(
    begin: Begin,
    home: Home,
    birds: Path,
    samples: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eyes, "on_network", lambda _: True)
    monkeypatch.setattr(watch_controller, "_RESCAN_MS", 3_000)
    run_index(home, [birds], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    start(player)
    said = "birds: scanned every 5 minutes, because the network does not report changes."
    player.wait(lambda: said in visible_text(player.window.library))
    shutil.copy(samples / "cats" / "kitten.jpg", birds)
    until(player, lambda known: len(known) == 8)


def test_without_a_start_nothing_is_watched(begin: Begin) -> None:
    player = begin()
    player.settle()
    assert player.controllers.watching.enabled
    timers = player.controllers.watching.findChildren(QTimer)
    assert timers
    assert not any(timer.isActive() for timer in timers)
