"""A bug anywhere: its traceback is in the log, nothing on the terminal, one dialog is shown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from making import copied
from playing import BIRD, Player, files, visible_text
from PySide6.QtCore import QUrl, qCritical, qWarning
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog

from finder.core.log import NAME, start_log, stop_log
from finder.gui.common.notices.bug_dialog import BugDialog
from finder.jobs.task_runner import Lane

SLIP = "a slip of ours"


@pytest.fixture
def logged(player: Player) -> Iterator[Player]:
    """The window with its log file, as the program itself starts it."""
    logger = logging.getLogger(NAME)
    before = logger.level, logger.propagate
    start_log(player.home)
    yield player
    stop_log()
    logger.setLevel(before[0])
    logger.propagate = before[1]


def slip(*_: object, **__: object) -> None:
    raise ValueError(SLIP)


def in_the_window(player: Player) -> None:
    player.window.filters.changed.connect(slip)
    player.window.filters.set_name("x")


def in_a_lane(player: Player) -> None:
    player.task_runner.call(Lane.QUICK, slip)


def in_a_thread(player: Player) -> None:
    thread = threading.Thread(target=slip)
    thread.start()
    thread.join()


def in_qt(player: Player) -> None:
    qCritical(SLIP)


def dialogs(player: Player) -> list[BugDialog]:
    return [box for box in player.window.findChildren(BugDialog) if box.isVisible()]


def the_dialog(player: Player) -> BugDialog:
    player.wait(lambda: bool(dialogs(player)))
    player.settle()
    (box,) = dialogs(player)
    return box


def end(player: Player, box: QDialog) -> None:
    player.press("Close", box)
    player.wait(lambda: not dialogs(player))
    player.noise.clear()


@pytest.mark.parametrize("where", [in_the_window, in_a_lane, in_a_thread, in_qt])
def test_a_bug_is_logged_and_shown_in_one_dialog(
    where: Callable[[Player], None], logged: Player, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    where(logged)
    box = the_dialog(logged)
    assert SLIP in box.details.toPlainText()
    assert len(logged.noise) == 1
    text = logged.home.log.read_text()
    assert text.count("unexpected error") == 1
    assert SLIP in text
    assert capfd.readouterr() == ("", "")
    end(logged, box)


def test_a_bug_in_a_worker_ends_the_run_and_nothing_else(
    logged: Player, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(sorted((samples / "birds").glob("*.jpg")), tmp_path / "pictures")
    with monkeypatch.context() as patched:
        patched.setattr("finder.core.library.indexing.worker.read_file", slip)
        logged.drop(files(tmp_path / "pictures"))
        box = the_dialog(logged)
    assert SLIP in box.details.toPlainText()
    assert SLIP in logged.home.log.read_text()
    end(logged, box)
    logged.drop(files(tmp_path / "pictures"))
    logged.indexed()
    logged.ask(samples / BIRD)


def test_qt_warnings_are_logged_and_not_shown(logged: Player) -> None:
    qWarning("a remark")
    logged.settle()
    assert "Qt: a remark" in logged.home.log.read_text()
    assert not dialogs(logged)
    assert [line for line in logged.noise if "a remark" in line]
    logged.noise.clear()


def test_many_bugs_at_once_are_all_logged_and_one_is_shown(logged: Player) -> None:
    for number in range(5):
        logged.controllers.feedback.report_error(ValueError(f"slip {number}"))
    box = the_dialog(logged)
    assert "slip 0" in box.details.toPlainText()
    text = logged.home.log.read_text()
    assert all(f"slip {number}" in text for number in range(5))
    end(logged, box)
    logged.controllers.feedback.report_error(ValueError("slip 0"))
    logged.settle()
    assert not dialogs(logged), "shown once before"
    logged.controllers.feedback.report_error(ValueError("another"))
    end(logged, the_dialog(logged))


def test_the_dialog_has_the_sentence_and_three_buttons(
    logged: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    logged.controllers.feedback.report_error(ValueError("slip <b>7</b>"))
    box = the_dialog(logged)
    words = visible_text(box).replace("&", "").splitlines()
    assert words[:2] == [
        "Something went wrong in Image Finder itself.",
        "Your pictures and your library are as they were. You can go on.",
    ]
    assert sorted(words[3:]) == ["Close", "Copy", "Details", "Open log folder"]

    assert not box.details.isVisible()
    height = box.height()
    logged.press("Details", box)
    assert box.details.isVisible()
    logged.wait(lambda: box.height() > height)
    logged.press("Details", box)
    assert not box.details.isVisible()

    logged.press("Copy", box)
    assert QGuiApplication.clipboard().text() == box.details.toPlainText()
    assert "ValueError: slip <b>7</b>" in QGuiApplication.clipboard().text()

    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    logged.press("Open log folder", box)
    assert [url.toLocalFile() for url in opened] == [str(logged.home.log.parent)]
    end(logged, box)
