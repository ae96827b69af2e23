"""Errors from outside, and bugs of our own: each is reported, and the window keeps working."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import copied
from one_model import ONE_MODEL
from PIL import Image
from playing import (
    BIRD,
    CAT,
    FAST,
    LITE0,
    LITE2,
    VGG16,
    Begin,
    Player,
    files,
    names,
    picture_count,
    visible_text,
)
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox, QToolButton, QWidget

from finder.core.errors import FinderError
from finder.core.paths import Home
from finder.gui.common.notices.bug_dialog import BugDialog
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.library.folder_dialogs import confirm_removal

_HOLD = """
import sys
from pathlib import Path
from finder.core.writer_lock import WriterLock
from finder.core.paths import Home
home = Home(Path(sys.argv[1]))
home.root.mkdir(parents=True, exist_ok=True)
lock = WriterLock(home)
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def filled(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


def bug_dialog(player: Player) -> BugDialog:
    box = player.dialog(BugDialog)
    assert isinstance(box, BugDialog)
    return box


@pytest.fixture
def held(home: Home) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes to the library until its input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_library_in_use_is_reported_and_can_be_tried_again(
    held: subprocess.Popen[str], player: Player, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    copied([samples / BIRD], folder)
    player.drop(files(folder))
    player.wait(lambda: "is being written to by another Image Finder" in player.notice())
    assert f"process {held.pid}" in player.notice()
    player.wait(lambda: not player.window.library.progress.isVisible())
    assert held.stdin is not None
    held.stdin.close()
    held.wait(10)
    player.press("Try again")
    player.indexed()
    assert picture_count(player.home, LITE0) == (1, 1)


def test_a_broken_model_is_reported_and_the_others_work(
    begin: Begin, library: Home, samples: Path
) -> None:
    (library.models / "mine").mkdir(parents=True)
    (library.models / "mine" / "model.toml").write_text("format = 1\n")
    player = begin(library, FAST)
    assert str(library.models / "mine") in player.notice()
    assert "cannot be used" in player.notice()
    assert {row.spec.name for row in player.bar.models.rows} >= {LITE0, LITE2, VGG16}
    player.ask(samples / BIRD)
    assert player.shows_results()


def test_a_fallback_to_the_processor_is_reported_once(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, FAST)
    player.conductor.workspace.extractors()._notes.append("cuda could not compute it.")
    player.ask(samples / BIRD)
    assert "cuda could not compute it." in player.notice()
    close = player.window.notice.findChild(QToolButton)
    assert close is not None
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    player.ask(samples / CAT)
    assert player.notice() == ""


def test_a_library_that_cannot_be_read_is_reported(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library)
    library.catalogue.write_bytes(b"no database" * 1_000)
    player.controllers.library.refresh()
    player.wait(lambda: "cannot be opened" in player.page())
    assert "Check library…" in player.page()
    assert "Restore a backup…" in player.page()


def test_a_bug_while_a_frame_is_prepared_is_shown(
    filled: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ask(samples / BIRD)
    filled.settle()

    def faulty(*_: object) -> None:
        raise ValueError("a slip of ours")

    monkeypatch.setattr(filled.workspace, "prepare_parts", faulty)
    filled.window.hero.draw_expected.emit()
    box = bug_dialog(filled)
    assert "ValueError: a slip of ours" in filled.noise.pop()
    filled.press("Close", box)
    assert filled.shows_results()


def test_a_bug_is_shown_and_logged_and_the_window_works(
    filled: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> None:
        raise ValueError("a slip of ours")

    with monkeypatch.context() as patched:
        patched.setattr(filled.workspace, "search", faulty)
        filled.drop(files(samples / BIRD))
        box = bug_dialog(filled)
    assert "Something went wrong in Image Finder itself." in visible_text(box)
    assert str(filled.home.log) in visible_text(box)
    assert len(filled.noise) == 1
    assert "ValueError: a slip of ours" in filled.noise.pop()
    filled.press("Close", box)
    assert not box.isVisible()
    filled.wait(lambda: "All pictures" in filled.page())
    filled.ask(samples / CAT)
    assert names(filled.column(LITE0))[0] == Path(CAT).name


def test_expected_errors_are_worded_and_bugs_are_not() -> None:
    assert message_for(FinderError("It is so.", "Do that.")) == Message("It is so.", "Do that.")
    full = message_for(OSError(28, "No space left on device"))
    assert full is not None
    assert "No space left on device" in full.title
    assert message_for(MemoryError()) is not None
    assert message_for(ValueError("x")) is None


def _read_as_html(widget: QWidget) -> list[str]:
    """The tips and labels in which Qt would take a name's “<b>” for HTML (Qt's own rule:
    a tag on the first line)."""
    texts = []
    for child in [widget, *widget.findChildren(QWidget)]:
        texts.append(child.toolTip())
        if isinstance(child, QLabel) and child.textFormat() is not Qt.TextFormat.PlainText:
            texts.append(child.text())
    return [text for text in texts if "<b>" in text.partition("\n")[0]]


def test_names_that_look_like_html_are_shown_literally(
    player: Player, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "my <b>pictures"
    folder.mkdir()
    with Image.open(samples / BIRD) as picture:
        picture.save(folder / f"<b>bold {'very long ' * 12}.jpg", quality=90)
        picture.rotate(90).save(folder / "<b>turned.jpg")
    player.controllers.library.add_folders([str(folder)])
    player.indexed()
    player.ask(folder / "<b>turned.jpg")
    player.columns[0].view.go_to_row(1)
    confirm_removal(player.window, str(folder), lambda: None)
    box = player.dialog(QMessageBox)
    player.settle()
    assert "<b>turned.jpg" in player.query_name()
    assert "my <b>pictures" in visible_text(box)
    assert _read_as_html(player.window) == []
    box.close()


def test_an_expected_error_outside_the_search_is_a_notice_and_no_bug(
    filled: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise FinderError("The disk is full.", "Free some space.")

    monkeypatch.setattr(filled.workspace, "skipped", full)
    filled.window.actions_by_name["skipped"].trigger()
    filled.wait(lambda: "The disk is full. Free some space." in filled.notice())
    assert not filled.window.findChildren(QMessageBox)


def test_trying_again_is_not_paused_by_what_was_paused_before(
    player: Player, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise FinderError("The drive is slow.", "")

    copied([samples / BIRD], tmp_path / "pictures")
    with monkeypatch.context() as patched:
        patched.setattr(player.workspace, "survey", fails)
        player.controllers.library.add_folders([str(tmp_path / "pictures")])
        player.controllers.library.indexing.pause(True)
        player.wait(lambda: "The drive is slow." in player.notice())
    player.press("Try again")
    player.indexed()
    assert picture_count(player.home, LITE0) == (1, 1)


def test_a_folder_added_before_the_first_scan_is_indexed(
    begin: Begin, home: Home, samples: Path, tmp_path: Path
) -> None:
    copied([samples / BIRD], tmp_path / "pictures")
    player = begin(home, FAST)
    library = player.controllers.library
    library._is_loaded = False
    library.add_folders([str(tmp_path / "pictures")])
    assert not library.indexing.busy
    library.refresh()
    player.indexed()
    assert picture_count(home, LITE0) == (1, 1)
