"""Start-up in two halves, before and after QApplication; exit in the reverse order."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from finder import __version__
from finder.core.errors import FinderError
from finder.core.find_home import find_home
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.opening import DamagedCatalogueError, catalogue_failed
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.log import start_log, stop_log
from finder.core.paths import Home, resources_dir
from finder.core.printable import printable
from finder.gui.common.messages import BugReporter
from finder.gui.results.thumbnail_feed import ThumbnailFeed
from finder.gui.shell.conductor import Conductor
from finder.gui.shell.main_window import MainWindow
from finder.jobs.single_instance import InstanceLock, claim
from finder.jobs.task_runner import TaskRunner
from finder.jobs.workspace import Workspace
from finder.workers.shutdown import ending_signals, leave

if TYPE_CHECKING:
    from finder.jobs.instance_socket import InstanceSocket

_SIGNAL_LOOK_MS = 200
_SWITCH_SECONDS = 0.001
"""How long another thread may keep Python's lock while the window waits for it; Python's own 5 ms
add up when several do so in turn (longest gap measured: 66 ms)."""


def run_window(home_option: str | None, picture: str | None) -> int:
    """Open the window on a library; returns the exit code when it is closed."""
    try:
        require_display()
    except FinderError as error:
        _complain(error)
        return 1
    opened = open_library(home_option, picture)
    if opened is None:
        return 1
    home, settings, lock = opened
    if lock is None:
        sys.stderr.write(
            tr("Image Finder is already open; its window was brought to the front.") + "\n"
        )
        return 0
    application = the_application()
    program = Program(home, settings)
    if lock.is_held:
        program.window.painted.connect(program.listen)
    program.conductor.left.connect(lambda: application.exit(0))  # `quit` asks open dialogs first
    program.conductor.start(picture)
    program.conductor.watching.start()
    program.window.show()
    end_on_signals(program)
    application.commitDataRequest.connect(lambda _: end_with_session(program))
    try:
        code = application.exec()
    finally:
        program.close()
        lock.free()
        stop_log()
    return leave(code)


def require_display() -> None:
    """Raise FinderError where a window cannot be: Qt would end the whole process instead."""
    told = os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    if sys.platform == "linux" and not told:
        raise FinderError(
            tr("The window cannot open: there is no display."),
            tr("Start it on a desktop, or use the command line: image-finder --help"),
        )


def open_library(
    home_option: str | None, picture: str | None
) -> tuple[Home, Settings, InstanceLock | None] | None:
    """The library, and the lock for a window on it (None: a window has it). What is in the way is
    shown on the screen, for who has started by an icon; None if the user leaves it at that."""
    while True:
        try:
            home, settings = prepare(home_option)
            return home, settings, claim(home, picture)
        except FinderError as error:
            _complain(error)
            if not has_screen() or not _ask_at_start(error, home_option):
                return None


def has_screen() -> bool:
    """Whether somebody can see a window, and answer what it asks."""
    return os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal")


def _ask_at_start(error: FinderError, home_option: str | None) -> bool:
    from finder.gui.shell.startup_error import ask_at_start, ask_to_mend

    the_application()
    if not isinstance(error, DamagedCatalogueError):
        return ask_at_start(error)
    home = find_home(home_option)
    return ask_to_mend(error, home, bool(list_backups(home)))


def _complain(error: FinderError) -> None:
    sys.stderr.write(printable(tr("image-finder: {error}").format(error=error)) + "\n")


def prepare(home_option: str | None) -> tuple[Home, Settings]:
    """The half before QApplication (the first time): where the library is, and what the user chose
    last time."""
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


def the_application() -> QApplication:
    """The one that is there already, if a question was asked before the window."""
    there = QApplication.instance()
    return there if isinstance(there, QApplication) else make_application()


@dataclass(init=False)
class Program:
    """The half after QApplication: everything that lives as long as the window."""

    door: TaskRunner
    workspace: Workspace
    window: MainWindow
    conductor: Conductor

    def __init__(self, home: Home, settings: Settings) -> None:
        self.door = TaskRunner()
        self.workspace = Workspace(home)
        self._feed = ThumbnailFeed(self.door, self.workspace, self.door)
        self.window = MainWindow(self._feed)
        self._bugs = BugReporter(home.log, self.window)
        self._bugs.install()
        self.conductor = Conductor(
            self.window, self.door, self.workspace, self._feed, settings, self._bugs
        )
        self.door.report_bugs_to(self.conductor.tell)
        self._bell: InstanceSocket | None = None

    def listen(self) -> None:
        """Let others who open this library ring. Not before the window is up: it can wait."""
        from finder.jobs.instance_socket import InstanceSocket

        self._bell = InstanceSocket(self.workspace.home, self.window)
        self._bell.rung.connect(self.conductor.answer_ring)

    def close(self) -> None:
        """The exit half: threads first, then what they used. A thread that cannot end is left
        behind, with what it uses. May be called twice."""
        if self._bell is not None:
            self._bell.close()
        unwatched = self.conductor.watching.close()
        if self.door.close() and unwatched:
            self.workspace.end()
        self._bugs.uninstall()


def end_on_signals(program: Program) -> None:
    """A signal to end closes the window as its own button does; a second Ctrl+C ends the process.

    Python runs signal handlers between any two bytecodes, also where a lock is held that closing
    needs: the handler only takes a note, which a timer looks at. (That Python comes to run them
    while nothing happens in the window is the timer's doing, too.)
    """
    asked_for = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal asked_for
        asked_for = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def look() -> None:
        if asked_for:
            timer.stop()
            program.window.close()

    for number in ending_signals():
        signal.signal(number, end)
    timer = QTimer(program.window)
    timer.timeout.connect(look)
    timer.start(_SIGNAL_LOOK_MS)


def end_with_session(program: Program) -> None:
    """The desktop is about to end: whoever it asks is killed soon after having answered, so
    everything is stored before."""
    program.window.close()
    program.close()
