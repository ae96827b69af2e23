"""A library that cannot be opened: a dialog says so and offers what can be done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from forking import ForkedProcesses
from playing import visible_text
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog
from pytestqt.qtbot import QtBot

from finder.app import prepare
from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.core.log import stop_log
from finder.core.paths import Home
from finder.gui.shell.startup_error import offer_repair, show_startup_error

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
"""What Qt says of dialogs where there is no screen; no window is up yet to log it."""

_START = """
import sys
import finder.app
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication
finder.app.has_screen = lambda: True
class Closing(finder.app.Program):
    def listen(self):
        super().listen()
        print("open", flush=True)
        self.window.close()
finder.app.Program = Closing
presses = ["Repair", "Close"] if sys.argv[2] == "repair" else ["Quit"]
def press():
    for button in [w for w in QApplication.allWidgets() if isinstance(w, QAbstractButton)]:
        if presses and button.isVisible() and button.text().replace("&", "") == presses[0]:
            del presses[0]
            print(button.text().replace("&", ""), flush=True)
            button.click()
            return
make = finder.app.make_application
def made():
    application = make()
    application.timer = timer = QTimer()
    timer.timeout.connect(press)
    timer.start(50)
    return application
finder.app.make_application = made
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1]]))
"""


class Dispatcher:
    """Presses buttons one after another as they appear in dialogs without a window. `read`: what
    each dialog said when its button was pressed."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.read: list[str] = []
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(20)

    def _look(self) -> None:
        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible() and self.texts:
                self._press(dialog)

    def _press(self, dialog: QDialog) -> None:
        for button in dialog.findChildren(QAbstractButton):
            shown = button.isVisible() and button.isEnabled()
            if shown and button.text().replace("&", "") == self.texts[0]:
                del self.texts[0]
                self.read.append(visible_text(dialog))
                button.click()
                return

    def stop(self) -> None:
        self._timer.stop()


@pytest.fixture
def hands(qtbot: QtBot) -> Iterator[Callable[..., Dispatcher]]:
    made: list[Dispatcher] = []

    def begin(*texts: str) -> Dispatcher:
        made.append(Dispatcher(*texts))
        return made[-1]

    yield begin
    stop_log()
    for one in made:
        one.stop()
        assert one.texts == []


def damaged(home: Home) -> DamagedCatalogueError:
    with pytest.raises(DamagedCatalogueError) as caught:
        prepare(str(home.root))
    return caught.value


def folders(home: Home) -> list[str]:
    prepare(str(home.root))
    with closing(Catalogue(home)) as catalogue:
        return [Path(folder).name for folder in catalogue.folders.paths()]


def test_a_damaged_catalogue_is_repaired(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    shared_birds.catalogue.write_bytes(b"no database" * 1_000)
    pressed = hands("Repair", "Close")
    assert offer_repair(damaged(shared_birds), shared_birds, True)
    assert "cannot be opened" in pressed.read[0]
    assert "Restore a backup…" in pressed.read[0]
    assert "Everything was repaired." in pressed.read[1]
    assert folders(shared_birds) == ["birds"]


def test_a_missing_catalogue_is_restored(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    shared_birds.catalogue.unlink()
    pressed = hands("Restore a backup…", "Restore")
    assert offer_repair(damaged(shared_birds), shared_birds, True)
    assert "is missing" in pressed.read[0]
    assert folders(shared_birds) == ["birds"]


def test_after_cancelling_the_question_is_asked_again(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    shared_birds.catalogue.unlink()
    hands("Restore a backup…", "Cancel", "Quit")
    error = damaged(shared_birds)
    assert offer_repair(error, shared_birds, True)
    assert not offer_repair(damaged(shared_birds), shared_birds, True)


def test_without_a_copy_only_a_repair_is_offered(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    for copy in list_backups(shared_birds):
        copy.path.unlink()
    shared_birds.catalogue.write_bytes(b"no database" * 1_000)
    pressed = hands("Repair", "Close")
    assert offer_repair(damaged(shared_birds), shared_birds, False)
    assert "Restore" not in pressed.read[0]
    assert folders(shared_birds) == []


def test_a_damaged_setting_is_repaired(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    with closing(sqlite3.connect(shared_birds.catalogue)) as db, db:
        db.execute("INSERT OR REPLACE INTO setting VALUES ('settings', '{\"to', 1)")
    hands("Repair", "Close")
    assert offer_repair(damaged(shared_birds), shared_birds, True)
    assert folders(shared_birds) == ["birds"]


def test_a_newer_library_can_only_be_tried_again(
    shared_birds: Home, hands: Callable[..., Dispatcher]
) -> None:
    with closing(sqlite3.connect(shared_birds.catalogue)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(FinderError) as caught:
        prepare(str(shared_birds.root))
    pressed = hands("Try again", "Quit")
    assert show_startup_error(caught.value)
    assert not show_startup_error(caught.value)
    assert "newer Image Finder" in pressed.read[0]
    assert "Repair" not in pressed.read[0]


def test_the_window_opens_after_the_repair(
    shared_birds: Home, loaded_window: ForkedProcesses
) -> None:
    shared_birds.catalogue.write_bytes(b"no database" * 1_000)
    ended = loaded_window.run(_START, str(shared_birds.root), "repair")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["Repair", "Close", "open"]


def test_quitting_changes_nothing(shared_birds: Home, loaded_window: ForkedProcesses) -> None:
    shared_birds.catalogue.write_bytes(b"no database" * 1_000)
    ended = loaded_window.run(_START, str(shared_birds.root), "quit")
    assert ended.returncode == 1
    assert ended.stdout.split() == ["Quit"]
    assert "Traceback" not in ended.stderr
    assert shared_birds.catalogue.read_bytes().startswith(b"no database")
