"""Starting the window in two steps, before and after QApplication; closing it in the reverse
order."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from finder import __version__
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.opening import DamagedCatalogueError, catalogue_failed
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.log import start_log, stop_log
from finder.core.paths import Home, resources_dir
from finder.core.printable import printable
from finder.core.system.find_home import find_home
from finder.gui.common.notices.bug_reporter import BugReporter
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.shell.main_window import MainWindow
from finder.gui.theme.theme import apply_theme
from finder.jobs.garbage_collection import GarbageCollection
from finder.jobs.single_instance import InstanceLock, claim
from finder.jobs.task_runner import TaskRunner
from finder.workers.shutdown import end_process, ending_signals

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from finder.gui.shell.conductor import Conductor
    from finder.gui.shell.controllers import Controllers
    from finder.jobs.instance_socket import InstanceSocket
    from finder.jobs.workspace import Workspace

_SIGNAL_CHECK_MS = 200
_SWITCH_SECONDS = 0.001
"""How long another thread may keep Python's lock while the window waits for it; Python's default of
5 ms adds up when several do so in turn (longest gap measured: 66 ms)."""


def run_window(home_option: str | None, paths: Sequence[str] = (), captures: bool = False) -> int:
    """Open the window on a library; returns the exit code when it is closed. paths: pictures,
    folders and models that it opens; captures: the user chooses a part of the screen to search for.
    If there is already a window, that one does it."""
    try:
        require_display()
    except FinderError as error:
        _print_error(error)
        return 1
    opened = open_library(home_option, paths, captures)
    if opened is None:
        return 1
    home, settings, lock = opened
    if lock is None:
        told = tr("Image Finder is already open; its window was brought to the front.")
        if captures:
            told = tr("Image Finder is already open; choose a part of the screen.")
        sys.stderr.write(told + "\n")
        return 0
    application = get_application()
    program = Program(home, settings)

    def begin() -> None:
        conductor = program.conductor
        conductor.closed.connect(leave)  # `quit` would ask open dialogs first
        if lock.is_held:
            program.listen()
        conductor.start(paths)
        if captures:
            program.controllers.capture.start()
        program.controllers.watching.start()
        program.garbage_collection.start()

    def leave() -> None:
        application.exit(0)

    program.window.painted.connect(begin)
    program.window.closing.connect(lambda: None if program.is_complete else leave())
    program.window.show()
    end_on_signals(program)
    application.commitDataRequest.connect(lambda _: end_with_session(program))
    try:
        code = application.exec()
    finally:
        program.close()
        lock.release()
        stop_log()
    return end_process(code)


def require_display() -> None:
    """Raise FinderError if there is no display, where Qt would end the process."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(map(os.environ.get, variables)):
        raise FinderError(
            tr("The window cannot open: there is no display."),
            tr("Start it on a desktop, or use the command line: image-finder --help"),
        )


def open_library(
    home_option: str | None, paths: Sequence[str], captures: bool = False
) -> tuple[Home, Settings, InstanceLock | None] | None:
    """The library, its settings, and the lock for a window on it (None: another window has it). An
    error is also shown on the screen, for users without a terminal; None if the user gives up."""
    while True:
        try:
            home, settings = prepare(home_option)
            return home, settings, claim(home, paths, captures)
        except FinderError as error:
            _print_error(error)
            if not has_screen() or not _ask_to_retry(error, home_option):
                return None


def has_screen() -> bool:
    """Whether a user can see a window and answer its questions."""
    return os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal")


def _ask_to_retry(error: FinderError, home_option: str | None) -> bool:
    from finder.core.library.catalogue.backups import list_backups
    from finder.gui.shell.startup_error import offer_repair, show_startup_error

    apply_theme(get_application())
    if not isinstance(error, DamagedCatalogueError):
        return show_startup_error(error)
    home = find_home(home_option)
    return offer_repair(error, home, bool(list_backups(home)))


def _print_error(error: FinderError) -> None:
    sys.stderr.write(printable(tr("image-finder: {error}").format(error=error)) + "\n")


def prepare(home_option: str | None) -> tuple[Home, Settings]:
    """The step before QApplication: find the library and load its settings."""
    home = find_home(home_option)
    try:
        with closing(Catalogue(home)) as catalogue:
            settings = load_settings(catalogue)
    except sqlite3.Error as error:
        raise catalogue_failed(home, error) from error
    start_log(home)
    return home, settings


def make_application() -> QApplication:
    """Create the QApplication, with Fusion, on which the theme is put (`gui.theme`)."""
    QApplication.setApplicationName("image-finder")
    QApplication.setApplicationDisplayName(tr("Image Finder"))
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("image-finder")
    sys.setswitchinterval(_SWITCH_SECONDS)
    # not with setStyle, which returns the style: wrapping QStyle for Python takes 5 ms
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setWindowIcon(QIcon(str(resources_dir() / "icons" / "image-finder.svg")))
    application.setQuitOnLastWindowClosed(False)
    return application


def get_application() -> QApplication:
    """The existing one, if a question was shown before the window, or else a new one."""
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else make_application()


class Program:
    """The step after QApplication: everything that exists as long as the window.

    The window's frame exists at once. Its pages and what works behind it are created when
    `conductor` or `workspace` is first asked for, which takes twice as long: `run_window` asks
    once the frame is painted.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        apply_theme(get_application(), settings.theme)
        self._home = home
        self._settings = settings
        self.task_runner = TaskRunner()
        self.garbage_collection = GarbageCollection(self.task_runner)
        self.feed = ThumbnailFeed(self.task_runner, self._thumbnails, self.task_runner)
        self.window = MainWindow(self.feed)
        self.window.restore(settings.geometry, settings.splitter)
        self._bugs = BugReporter(home.log, self.window)
        self._bugs.install()
        self._conductor: Conductor | None = None
        self._instance_socket: InstanceSocket | None = None

    @property
    def conductor(self) -> Conductor:
        if self._conductor is None:
            from finder.gui.shell.conductor import Conductor
            from finder.gui.shell.controllers import Controllers
            from finder.jobs.workspace import Workspace

            self.window.complete()
            window, runner = self.window, self.task_runner
            self._workspace = Workspace(self._home)
            controllers = Controllers(
                window, runner, self._workspace, self.feed, self._settings, self._bugs
            )
            self._conductor = Conductor(window, runner, self._workspace, controllers)
            controllers.state.apply(self._settings)
            self.task_runner.report_bugs_to(self.controllers.feedback.report_error)
        return self._conductor

    @property
    def workspace(self) -> Workspace:
        return self.conductor.workspace

    @property
    def controllers(self) -> Controllers:
        return self.conductor.controllers

    @property
    def is_complete(self) -> bool:
        """Whether there is more than the window."""
        return self._conductor is not None

    def listen(self) -> None:
        """Let further launches on this library reach this window; called once it is shown."""
        from finder.jobs.instance_socket import InstanceSocket

        self._instance_socket = InstanceSocket(self._home, self.window)
        self._instance_socket.activated.connect(self.conductor.handle_second_launch)

    def close(self) -> None:
        """End the threads, then what they use. A thread that does not end in time is abandoned,
        with what it uses. May be called twice."""
        if self._instance_socket is not None:
            self._instance_socket.close()
        watch_ended = not self.is_complete or self.controllers.watching.close()
        if self.task_runner.close() and watch_ended and self.is_complete:
            self.workspace.close()
        self._bugs.uninstall()

    def _thumbnails(self, pictures: Sequence[int]) -> list[QImage]:
        """Asked for only where there is a listing or a result, so there is a workspace."""
        return self._workspace.pictures.thumbs(pictures)


def end_on_signals(program: Program) -> None:
    """Close the window on a termination signal; a second Ctrl+C ends the process.

    Python runs signal handlers between any two bytecodes, also while a lock is held that closing
    needs: so the handler only sets a flag, which a timer checks. (The timer also makes Python run
    the handlers while the window is idle.)
    """
    received = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal received
        received = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def check() -> None:
        if received:
            timer.stop()
            program.window.close()

    for number in ending_signals():
        signal.signal(number, end)
    timer = QTimer(program.window)
    timer.timeout.connect(check)
    timer.start(_SIGNAL_CHECK_MS)


def end_with_session(program: Program) -> None:
    """Called when the desktop session ends, which kills the process soon after this returns: so
    everything is stored before."""
    program.window.close()
    program.close()
