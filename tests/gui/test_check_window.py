"""The library is checked and repaired from the window, and repairs in the background are shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from command_line import locked_by_process
from forking import ForkedProcesses
from making import assert_in_step
from playing import BIRD, FAST, LITE0, Begin, Player, picture_count, visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QToolButton
from thumbnails import lose_thumbnail

from finder.core.library.check.full_check import CheckProgress
from finder.core.library.vectors.store_session import StoreSession
from finder.core.paths import Home
from finder.gui.results.match_model import MatchRole
from finder.gui.shell.maintenance import maintenance as upkeep
from finder.gui.shell.maintenance.check_dialog import CheckDialog


def check(player: Player) -> CheckDialog:
    player.window.actions_by_name["check"].trigger()
    dialog = player.dialog(CheckDialog)
    assert isinstance(dialog, CheckDialog)
    return dialog


def ended(player: Player) -> CheckDialog:
    dialog = check(player)
    player.wait(dialog.close_button.isVisible)
    return dialog


def damage_vector(home: Home) -> None:
    """In the fast-search matrix and in Milvus, so that only the picture can restore it."""
    for path in (*home.nearest.glob("*.f32"), *home.vectors.rglob("*.parquet")):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0x40
        path.write_bytes(data)


def test_an_undamaged_library_is_reported_as_such_and_there_is_one_dialog(
    begin: Begin, shared_birds: Home
) -> None:
    player = begin(shared_birds, FAST)
    dialog = check(player)
    assert check(player) is dialog, "a second check brings the first forward"
    player.wait(dialog.close_button.isVisible)
    assert "No problems were found." in visible_text(dialog)
    assert not dialog.repair.isVisible()
    assert not dialog.findings.isVisible()
    player.press("Close", dialog)
    player.wait(lambda: not player.has_dialog(CheckDialog))


def test_damage_is_listed_and_repaired_and_what_was_lost_is_indexed_again(
    begin: Begin, shared_birds: Home, samples: Path
) -> None:
    pictures, _ = picture_count(shared_birds, LITE0)
    damage_vector(shared_birds)
    lose_thumbnail(shared_birds)
    player = begin(shared_birds, FAST)
    dialog = ended(player)
    found = dialog.findings.toPlainText()
    assert "1 thumbnail is damaged or missing." in found
    assert LITE0.split("-")[0] in found.lower()
    assert "image-finder check" not in found
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
        player.press("Repair", dialog)
    player.wait(dialog.close_button.isVisible)
    assert "Everything was repaired." in visible_text(dialog)
    assert dialog.findings.toPlainText().count("Repaired.") == 2
    assert not dialog.repair.isVisible()
    player.settle()
    assert picture_count(shared_birds, LITE0) == (pictures, pictures)
    dialog.close()
    player.ask(samples / BIRD)
    assert player.shows_results()
    player.noise[:] = [said for said in player.noise if "efficientnet-lite0" not in said]
    player.end()
    assert len(assert_in_step(shared_birds, LITE0)) == pictures


def test_what_cannot_be_repaired_is_left_with_its_hint(begin: Begin, shared_birds: Home) -> None:
    (shared_birds.models / "mine").mkdir(parents=True)
    (shared_birds.models / "mine" / "model.toml").write_text("format = 1\n")
    player = begin(shared_birds, FAST)
    dialog = ended(player)
    player.press("Repair", dialog)
    player.wait(dialog.close_button.isVisible)
    assert "1 problem remains." in visible_text(dialog)
    assert "cannot be used" in dialog.findings.toPlainText()
    assert not dialog.repair.isVisible()


def test_another_process_that_writes_is_reported(begin: Begin, shared_birds: Home) -> None:
    player = begin(shared_birds, FAST)
    with locked_by_process(shared_birds) as process:
        dialog = ended(player)
        assert f"process {process}" in visible_text(dialog)
        assert "try again" in visible_text(dialog)
        assert not dialog.repair.isVisible()


def test_a_check_waits_for_indexing_and_can_be_cancelled(
    begin: Begin, shared_birds: Home, many: Path
) -> None:
    player = begin(shared_birds, FAST)
    indexing = player.controllers.library.indexing
    player.controllers.library.add_folders([str(many)])
    indexing.pause(True)
    dialog = check(player)
    assert "Waiting for other work on the library to finish …" in visible_text(dialog)
    player.press("Cancel", dialog)
    player.wait(lambda: not player.has_dialog(CheckDialog))
    indexing.cancel()
    player.settle()


def test_a_running_check_ends_with_the_window(
    begin: Begin, shared_birds: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that never ends; its thread is stopped at the end of the test."""
    ended = threading.Event()

    def endless(*_: object) -> Iterator[CheckProgress]:
        try:
            for done in count():
                yield CheckProgress("Thumbnails", done % 100, 100)
                time.sleep(0.01)
        finally:
            ended.set()

    monkeypatch.setattr(upkeep, "check_library", endless)
    player = begin(shared_birds, FAST)
    dialog = check(player)
    player.wait(lambda: "Thumbnails" in visible_text(dialog))
    player.close()
    assert ended.is_set()


def test_a_thumbnail_that_another_process_repaired_is_shown(
    begin: Begin, shared_birds: Home, samples: Path, loaded_window: ForkedProcesses
) -> None:
    shared_birds.thumbnails.unlink()
    player = begin(shared_birds, FAST)
    player.ask(samples / BIRD)
    first = player.columns[0].model.index(0)
    player.wait(lambda: first.data(MatchRole.PIXMAP) is not None)
    assert first.data(MatchRole.PIXMAP).isNull()
    start = "import sys; from finder.__main__ import main; sys.exit(main())"
    ended = loaded_window.run(start, "check", "--repair", "--home", str(shared_birds.root))
    assert ended.returncode == 0, ended.stderr
    assert "Repaired" in ended.stdout
    player.answer(player.controllers.query.search)
    first = player.columns[0].model.index(0)
    player.wait(lambda: first.data(MatchRole.PIXMAP) is not None)
    assert not first.data(MatchRole.PIXMAP).isNull()


def test_what_could_not_be_repaired_is_not_called_repaired(
    begin: Begin, shared_birds: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage_vector(shared_birds)
    monkeypatch.setattr(StoreSession, "repair", lambda *_, **__: None)
    player = begin(shared_birds, FAST)
    dialog = ended(player)
    assert "It can be repaired." in dialog.findings.toPlainText()
    player.press("Repair", dialog)
    player.wait(dialog.close_button.isVisible)
    assert "1 problem remains." in visible_text(dialog)
    assert "It could not be repaired." in dialog.findings.toPlainText()
    monkeypatch.undo()
    player.end()


@pytest.fixture
def mended(begin: Begin, shared_birds: Home) -> Player:
    """A window whose background run has found that the fast-search matrix is missing."""
    for path in shared_birds.nearest.glob("*.f32"):
        path.unlink()
    player = begin(shared_birds, FAST)
    with player.qtbot.waitSignal(player.controllers.library.indexing.run_ended, timeout=40_000):
        player.controllers.watching.start()
    assert "damaged records were repaired; nothing is lost." in player.notice()
    player.noise[:] = [said for said in player.noise if "rebuilding the matrix" not in said]
    return player


def test_what_a_background_run_repaired_is_shown_until_it_is_closed(
    mended: Player, samples: Path
) -> None:
    mended.ask(samples / BIRD)
    mended.window.notice.show_notice("Something else.", "Do it", lambda: None)
    assert "were repaired" in mended.notice()
    assert "Something else." in mended.notice()
    mended.press("Do it")
    assert "Something else." not in mended.notice()
    close = mended.window.notice.findChild(QToolButton)
    assert close is not None
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert mended.notice() == ""
    folders = [folder.path for folder in mended.controllers.library.overview.folders]
    with mended.qtbot.waitSignal(mended.controllers.library.indexing.run_ended, timeout=40_000):
        mended.controllers.library.index_in_background(folders)
    assert mended.notice() == ""


def test_a_full_disk_is_reported_once_and_searching_works(
    begin: Begin, shared_birds: Home, samples: Path
) -> None:
    """SQLite's log cannot be opened, as on a disk that is read-only."""
    Path(f"{shared_birds.catalogue}-wal").mkdir()
    player = begin(shared_birds, FAST)
    player.wait(lambda: "The library's disk is full or read-only" in player.notice())
    player.ask(samples / BIRD)
    assert player.shows_results()
    player.bar.top.setValue(7)
    player.controllers.state.save()
    player.controllers.watching.start()
    player.settle()
    assert player.notice().count("is full or read-only") == 1
    assert not player.window.findChildren(QMessageBox)
