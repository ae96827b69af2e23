"""Indexing as the user sees and controls it."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from making import assert_in_step, copied, run_index
from playing import (
    BIRD,
    CAT,
    FAST,
    LITE0,
    LITE2,
    SAMPLES,
    Begin,
    Player,
    RunSteps,
    button_with,
    files,
    matches,
    names,
    picture_count,
    visible_text,
)
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView

from finder.core.library.catalogue.settings import Settings
from finder.core.library.indexing import batch_writer as storing
from finder.core.library.indexing.progress import Progress
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.gui.common import desktop
from finder.gui.library import index_controller
from finder.gui.library.side_bar.plan_dialog import PlanDialog
from finder.gui.library.side_bar.skipped_dialog import SkippedDialog
from finder.jobs.task_runner import Lane

HASH = "phash-64"
"""It takes no time: for what is not about a network."""
QUICK = Settings(models_on=(HASH,))
BOTH = Settings(models_on=(LITE0, HASH), models_shown=(LITE0, HASH))


@pytest.fixture
def player(begin: Begin) -> Player:
    """The window on an empty library, with the hash switched on."""
    return begin(settings=QUICK)


@pytest.fixture(scope="module")
def hash_spec() -> ModelSpec:
    specs, _ = list_models([shipped_models_dir()])
    return next(spec for spec in specs if spec.name == HASH)


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    copied(sorted((samples / "birds").glob("*.jpg")), tmp_path / "birds")
    return tmp_path / "birds"


@pytest.fixture
def cats(samples: Path, tmp_path: Path) -> Path:
    copied(sorted((samples / "cats").glob("*.jpg")), tmp_path / "cats")
    return tmp_path / "cats"


def _done(steps: RunSteps) -> int | None:
    return steps.latest.done if isinstance(steps.latest, Progress) else None


def test_a_run_can_be_paused_cancelled_and_continued_later(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(settings=FAST)
    progress, steps = player.window.library.progress, RunSteps(player, monkeypatch, hold_at=5)
    player.controllers.library.add_samples()
    player.wait(steps.is_held)
    player.press("Pause")
    steps.paused.set()
    steps.release()
    player.wait(lambda: progress.bar.value() == _done(steps))
    stood = progress.bar.value()
    assert 5 <= stood < SAMPLES
    steps.paused.clear()
    player.press("Resume")
    player.wait(lambda: progress.bar.value() > stood)
    assert steps.while_paused == 0
    progress.cancel.click()
    assert "Stopping …" in visible_text(progress)
    player.settle()
    assert player.status().startswith("Stopped. ")
    assert "were indexed and are kept." in player.status()
    assert not progress.isVisible()
    kept, embedded = picture_count(player.home, LITE0)
    assert 0 < kept == embedded < SAMPLES
    assert player.window.library.everything.row.count == kept
    player.rescan()
    player.indexed()
    assert player.status() == f"{SAMPLES - kept} pictures indexed."
    assert picture_count(player.home, LITE0) == (SAMPLES, SAMPLES)
    player.close()
    assert len(assert_in_step(player.home, LITE0)) == SAMPLES


def test_closing_while_indexing_keeps_the_library_consistent(
    begin: Begin, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = begin(settings=FAST)
    steps = RunSteps(player, monkeypatch, hold_at=5)
    player.controllers.library.add_samples()
    player.wait(steps.is_held)
    player.window.close()
    assert not player.window.isVisible()
    steps.release()
    player.close()
    kept, embedded = picture_count(home, LITE0)
    assert 0 < kept == embedded < SAMPLES
    again = begin(settings=FAST)
    again.rescan()
    again.indexed()
    again.close()
    assert len(assert_in_step(home, LITE0)) == SAMPLES


def test_searching_works_while_indexing_runs(
    begin: Begin, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_BATCH", 8)
    monkeypatch.setattr(index_controller, "_REFRESH_SECONDS", 0.0)
    player = begin(settings=Settings(models_on=(LITE0, LITE2), models_shown=(LITE0,)))
    steps = RunSteps(player, monkeypatch, hold_at=24)
    player.drop(files(samples / BIRD))
    player.wait(lambda: "The library is empty" in player.page())
    player.controllers.library.add_samples()
    player.wait(player.shows_results)
    assert player.controllers.library.indexing.busy
    assert 0 < len(matches(player.columns[0])) < SAMPLES
    steps.release()
    player.settle()
    player.answer(lambda: player.press("Search again"))
    assert names(player.columns[0])[0] == Path(BIRD).name
    assert len(matches(player.columns[0])) == 50


def test_after_an_early_cancel_no_page_waits(player: Player, samples: Path) -> None:
    player.drop(files(samples / BIRD))
    player.wait(lambda: "The library is empty" in player.page())
    pages = []

    def note_and_cancel(_: str) -> None:
        pages.append(player.page())
        player.controllers.library.indexing.cancel()

    player.controllers.library.indexing.started.connect(note_and_cancel)
    player.press("Try the sample pictures", player.window.message)
    player.wait(lambda: player.status() == "Nothing was indexed.")
    assert len(pages) == 1
    assert "Indexing has just begun" in pages[0]
    player.wait(lambda: "Indexing has just begun" not in player.page())
    player.wait(lambda: "Try the sample pictures" in player.page())
    assert picture_count(player.home, HASH) == (0, 0)


def test_a_pause_before_the_run_has_begun_holds_it(
    player: Player, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, may_begin = RunSteps(player, monkeypatch), threading.Event()
    player.task_runner.call(Lane.LIBRARY, lambda: may_begin.wait(40))
    player.controllers.library.add_folders([str(birds)])
    player.press("Pause")
    steps.paused.set()
    may_begin.set()
    player.wait(steps.stepped.is_set)
    assert player.controllers.library.indexing.busy
    assert picture_count(player.home, HASH) == (0, 0)
    steps.paused.clear()
    player.press("Resume")
    player.settle()
    assert steps.while_paused == 0
    assert picture_count(player.home, HASH) == (7, 7)


def test_folders_added_while_indexing_wait_their_turn(
    player: Player, birds: Path, cats: Path
) -> None:
    player.controllers.library.add_folders([str(birds)])
    player.controllers.library.add_folders([str(cats)])
    player.indexed()
    assert picture_count(player.home, HASH) == (12, 12)
    assert {Path(f.path).name for f in player.controllers.library.overview.folders} == {
        "birds",
        "cats",
    }


def test_that_nothing_is_new_is_said_in_words(player: Player, birds: Path) -> None:
    player.controllers.library.add_folders([str(birds)])
    player.indexed()
    player.rescan()
    player.indexed()
    assert player.status() == "Everything is up to date: 7 files."
    (birds / "kingfisher.jpg").unlink()
    player.rescan()
    player.indexed()
    assert "1 file is no longer there" in player.status()
    assert picture_count(player.home, HASH) == (6, 6)


def test_a_removed_folder_is_forgotten(filled: Player, samples: Path) -> None:
    folders = filled.window.library.folders
    folders.setCurrentRow(0)
    QTest.keyClick(folders, Qt.Key.Key_Delete)
    assert folders.count() == 0
    assert filled.status() == (
        "“samples” was removed from the library. Its pictures are not touched."
    )
    filled.wait(lambda: "0 pictures" in filled.page())
    filled.settle()
    assert picture_count(filled.home, LITE0) == (SAMPLES, SAMPLES)
    filled.window.toasts.shown[-1].end()
    filled.wait(lambda: "Try the sample pictures" in filled.page())
    assert (samples / BIRD).is_file()
    filled.settle()
    assert picture_count(filled.home, LITE0) == (0, 0)


def test_skipped_files_are_listed_with_their_reasons(
    player: Player, cats: Path, tmp_path: Path
) -> None:
    (cats / "empty.jpg").write_bytes(b"")
    (cats / "text.png").write_text("no picture")
    player.controllers.library.add_folders([str(cats)])
    player.indexed()
    assert player.status() == "5 pictures indexed, 2 skipped."
    player.press("2 files skipped…")
    dialog = player.dialog(SkippedDialog)
    (table,) = dialog.findChildren(QTableView)
    rows = range(table.model().rowCount())
    texts = {
        (table.model().index(row, 0).data(), table.model().index(row, 1).data()) for row in rows
    }
    assert texts == {
        ("empty.jpg", "The file is empty."),
        ("text.png", "The file is not a picture, whatever its name says."),
    }
    player.press("Copy list", dialog)
    assert "empty.jpg\tThe file is empty." in QGuiApplication.clipboard().text()
    player.press("Close", dialog)


def test_skipped_files_are_shown_where_they_are_and_read_again(
    player: Player, cats: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged, content = cats / "damaged.jpg", (samples / BIRD).read_bytes()
    damaged.write_bytes(bytes(len(content)))
    before = damaged.stat()
    player.controllers.library.indexing_models.choose([HASH])
    player.settle()
    player.controllers.library.add_folders([str(cats)])
    player.indexed()
    shown: list[str] = []
    monkeypatch.setattr(desktop, "show_in_folder", shown.append)
    player.press("1 file skipped…")
    dialog = player.dialog(SkippedDialog)
    player.press("Show in file manager", dialog)
    assert shown == [str(damaged)]
    damaged.write_bytes(content)
    os.utime(damaged, ns=(before.st_atime_ns, before.st_mtime_ns))  # a rescan would not read it
    player.press("Read again", dialog)
    player.indexed()
    assert player.status() == "1 picture indexed."
    assert not player.has_dialog(SkippedDialog)
    assert not player.window.library.skipped.isVisible()


def test_without_skipped_files_their_window_says_so(player: Player, cats: Path) -> None:
    player.controllers.library.add_folders([str(cats)])
    player.indexed()
    player.window.actions_by_name["skipped"].trigger()
    dialog = player.dialog(SkippedDialog)
    assert "All files in your folders could be read" in visible_text(dialog)
    assert not dialog.findChildren(QTableView)[0].isVisible()
    assert not button_with(dialog, "Read again").isEnabled()
    player.press("Close", dialog)


@pytest.fixture
def planned(
    begin: Begin, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Player, PlanDialog]:
    """A folder that counts as large was added; the plan is shown."""
    monkeypatch.setattr(index_controller, "LARGE", 3)
    player = begin(settings=BOTH)
    player.controllers.library.add_folders([str(birds)])
    dialog = player.dialog(PlanDialog)
    assert isinstance(dialog, PlanDialog)
    return player, dialog


def test_a_large_folder_starts_with_the_fastest_model(
    planned: tuple[Player, PlanDialog], monkeypatch: pytest.MonkeyPatch
) -> None:
    player, dialog = planned
    assert "7 pictures to index" in visible_text(dialog)
    assert visible_text(dialog).count("about 1 second") == 2
    began: list[list[str]] = []
    index = player.workspace.index

    def noted(folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        began.append([spec.name for spec in specs])
        return index(folders, specs)

    monkeypatch.setattr(player.workspace, "index", noted)
    assert dialog.quick.text() == "Start with pHash, 64 bits"
    dialog.quick.click()
    player.settle()
    assert began == [[HASH], [LITE0]]
    assert picture_count(player.home, HASH) == picture_count(player.home, LITE0) == (7, 7)


def test_a_large_folder_can_be_declined(planned: tuple[Player, PlanDialog]) -> None:
    player, dialog = planned
    player.press("Cancel", dialog)
    player.settle()
    assert player.status() == "Nothing was indexed."
    assert picture_count(player.home, HASH) == (0, 0)
    assert player.controllers.library.overview.folders == ()
    assert not player.window.library.progress.isVisible()


def test_a_large_folder_can_start_with_all_models(planned: tuple[Player, PlanDialog]) -> None:
    player, dialog = planned
    button_with(dialog, "All models at once").click()
    player.settle()
    assert picture_count(player.home, HASH) == picture_count(player.home, LITE0) == (7, 7)


def test_a_model_that_is_behind_can_be_completed(
    begin: Begin,
    home: Home,
    birds: Path,
    cats: Path,
    fast_spec: ModelSpec,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    run_index(home, [birds], [fast_spec, hash_spec], extractors)
    run_index(home, [cats], [fast_spec], extractors)
    player = begin(settings=BOTH)
    player.ask(birds / "kingfisher.jpg")
    assert "Not all your pictures are indexed yet with: pHash, 64 bits" in player.notice()
    assert [len(matches(column)) for column in player.columns] == [7, 12, 7]
    player.press("Index now", player.window.notice)
    player.indexed()
    assert picture_count(home, HASH) == (12, 12)
    player.answer(lambda: player.press("Search again"))
    assert [len(matches(column)) for column in player.columns] == [12, 12, 12]
    assert not player.notice()


def test_a_model_that_has_indexed_nothing_can_start(
    begin: Begin, home: Home, cats: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [cats], [hash_spec], extractors)
    player = begin(settings=Settings(models_shown=(LITE0,)))
    player.drop(files(cats / Path(CAT).name))
    player.wait(lambda: "Not indexed yet: EfficientNet-Lite0" in player.page())
    player.press("Index now", player.window.message)
    player.wait(player.shows_results)
    player.settle()
    assert picture_count(home, LITE0) == (5, 5)
    assert names(player.columns[0])[0] == Path(CAT).name
