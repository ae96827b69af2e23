"""Start-up in two halves, before and after QApplication; exit in the reverse order."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from finder import __version__
from finder.core.errors import FinderError
from finder.core.library.catalogue import Catalogue, catalogue_failed
from finder.core.log import start_log, stop_log
from finder.core.paths import Home, find_home, resources_dir
from finder.core.settings import Settings, load_settings
from finder.core.text import tr
from finder.gui.conductor import Conductor
from finder.gui.main_window import MainWindow
from finder.gui.messages import BugReporter
from finder.gui.thumbnails import ThumbnailFeed
from finder.jobs.door import Door
from finder.jobs.workspace import Workspace

_SIGNAL_LOOK_MS = 200
_SWITCH_SECONDS = 0.001
"""How long another thread may keep Python's lock while the window waits for it; Python's own 5 ms
add up when several do so in turn (longest gap measured: 66 ms)."""


def run_window(home_option: str | None, picture: str | None) -> int:
    """Open the window on a library; returns the exit code when it is closed."""
    try:
        require_display()
        home, settings = prepare(home_option)
    except FinderError as error:
        sys.stderr.write(tr("image-finder: {error}").format(error=error) + "\n")
        return 1
    application = make_application()
    program = Program(home, settings)
    program.conductor.start(picture)
    program.conductor.watching.start()
    program.window.show()
    _end_on_signals(program.window)
    try:
        return application.exec()
    finally:
        ended = program.close()
        stop_log()
        if not ended:
            # Once Python begins to end, no thread may start another one, and who waits for that
            # would wait for ever. A library takes no harm from a process that is gone.
            os._exit(0)


def require_display() -> None:
    """Raise FinderError where a window cannot be: Qt would end the whole process instead."""
    told = os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    if sys.platform == "linux" and not told:
        raise FinderError(
            tr("There is no display for a window here."),
            tr("Start it on a desktop, or use the commands: image-finder --help"),
        )


def prepare(home_option: str | None) -> tuple[Home, Settings]:
    """The half before QApplication: where the library is, and what the user chose last time."""
    home = find_home(home_option)
    try:
        with closing(Catalogue(home)) as catalogue:
            settings = load_settings(catalogue)
    except sqlite3.Error as error:
        raise catalogue_failed(home, error) from error
    start_log(home)
    return home, settings


def make_application() -> QApplication:
    """The one QApplication; Fusion, which follows the system's light or dark scheme."""
    QApplication.setApplicationName("image-finder")
    QApplication.setApplicationDisplayName(tr("Image Finder"))
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("image-finder")
    sys.setswitchinterval(_SWITCH_SECONDS)
    # not by setStyle, which gives the style back: making QStyle known to Python takes 5 ms
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setWindowIcon(QIcon(str(resources_dir() / "icons" / "image-finder.svg")))
    application.setQuitOnLastWindowClosed(False)
    return application


@dataclass(init=False)
class Program:
    """The half after QApplication: everything that lives as long as the window."""

    door: Door
    workspace: Workspace
    window: MainWindow
    conductor: Conductor

    def __init__(self, home: Home, settings: Settings) -> None:
        self.door = Door()
        self.workspace = Workspace(home)
        self._feed = ThumbnailFeed(self.door, self.workspace, self.door)
        self.window = MainWindow(self._feed)
        self._bugs = BugReporter(home.log, self.window)
        self._bugs.install()
        self.conductor = Conductor(
            self.window, self.door, self.workspace, self._feed, settings, self._bugs
        )
        self.door.report_bugs_to(self.conductor.tell)

    def close(self) -> bool:
        """The exit half: threads first, then what they used. Whether all threads have ended."""
        unwatched = self.conductor.watching.close()
        ended = self.door.close() and unwatched
        if ended:
            self.workspace.close()
        self._bugs.uninstall()
        return ended


def _end_on_signals(window: MainWindow) -> None:
    """SIGINT and SIGTERM close the window as its own button does. Python runs signal handlers
    between bytecodes only, so a timer gives it some."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(_SIGNAL_LOOK_MS)
