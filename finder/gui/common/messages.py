"""Errors to sentences, and the one dialog for bugs."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.gui.common.bug_dialog import BugDialog

log = logging.getLogger("finder.gui")


@dataclass(frozen=True)
class Message:
    """What the user reads: a short title and what to do next."""

    title: str
    hint: str


def worded(error: BaseException) -> Message | None:
    """An error of the world as a message; None for a bug."""
    if isinstance(error, DamagedCatalogueError):
        return Message(
            error.sentence, tr("Check the library, or restore a backup of its catalogue.")
        )
    if isinstance(error, FinderError):
        return Message(error.sentence, error.hint)
    if isinstance(error, MemoryError):
        return Message(
            tr("There is not enough memory."), tr("Close other programs, then try again.")
        )
    if isinstance(error, sqlite3.Error):
        return Message(
            tr("The library's catalogue cannot be read: {why}.").format(why=error),
            tr("Check the free space, then the library: Check library… in the Library menu."),
        )
    if isinstance(error, OSError):
        return Message(
            tr("The disk reported an error: {why}.").format(why=error.strerror or error),
            tr("Check the drive and its permissions, then try again."),
        )
    return None


class QtFaultError(Exception):
    """What Qt itself calls critical: we have used it in a way that it cannot follow."""


class BugReporter(QObject):
    """Logs bugs whole and shows them: each once, and one at a time, because what follows from a bug
    is often another one. Made in the GUI thread; called from anywhere."""

    _found = Signal(object)

    def __init__(self, log_file: Path, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._log_file = log_file
        self._window = window
        self._shown: set[str] = set()
        self._dialog: BugDialog | None = None
        # never at once: inside its own message handler Qt writes to the terminal instead
        self._found.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Every way that an unforeseen error can take ends here."""
        sys.excepthook = self._from_main_thread
        threading.excepthook = self._from_thread
        qInstallMessageHandler(self._from_qt)

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)

    def report(self, error: BaseException) -> None:
        log.error("unforeseen error", exc_info=error)
        self._found.emit(error)

    def _from_main_thread(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
        else:
            self.report(error.with_traceback(trace))

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)

    def _from_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is QtMsgType.QtCriticalMsg:
            self.report(QtFaultError(text))
        else:
            log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)

    def _show(self, error: BaseException) -> None:
        details = "".join(traceback.format_exception(error))
        if self._dialog is not None or details in self._shown:
            return
        self._shown.add(details)
        self._dialog = BugDialog(details, self._log_file, self._window)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.open()

    def _forget_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = None


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
