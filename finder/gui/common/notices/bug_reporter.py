"""Logs bugs and shows them to the user."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from finder.gui.common.notices.bug_dialog import BugDialog

log = logging.getLogger("finder.gui")


class QtCriticalError(Exception):
    """A critical message from Qt: this program has used it wrongly."""


class BugReporter(QObject):
    """Logs each bug with its traceback and shows it in a dialog: once, and one dialog at a time,
    because bugs often follow from each other. Created in the GUI thread; called from any thread."""

    _found = Signal(object)

    def __init__(self, log_file: Path, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._log_file = log_file
        self._window = window
        self._shown: set[str] = set()
        self._dialog: BugDialog | None = None
        # queued: within its own message handler Qt writes to the terminal instead
        self._found.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Receive the uncaught exceptions of all threads, and Qt's messages."""
        sys.excepthook = self._from_main_thread
        threading.excepthook = self._from_thread
        qInstallMessageHandler(self._from_qt)

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)

    def report(self, error: BaseException) -> None:
        log.error("unexpected error", exc_info=error)
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
            self.report(QtCriticalError(text))
        else:
            log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)

    def _show(self, error: BaseException) -> None:
        from finder.gui.common.notices.bug_dialog import BugDialog

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
