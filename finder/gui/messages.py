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
    QUrl,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from finder.core.errors import FinderError
from finder.core.library.opening import DamagedCatalogueError
from finder.core.text import tr

log = logging.getLogger("finder.gui")


@dataclass(frozen=True)
class Message:
    """What the user reads: a short title and what to do next."""

    title: str
    hint: str


def worded(error: BaseException) -> Message | None:
    """An error of the world as a message; None for a bug."""
    if isinstance(error, DamagedCatalogueError):
        return Message(error.sentence, tr("Check the library, or restore a copy of its catalogue."))
    if isinstance(error, FinderError):
        return Message(error.sentence, error.hint)
    if isinstance(error, MemoryError):
        return Message(tr("There is not enough memory."), tr("Close other programs, try again."))
    if isinstance(error, sqlite3.Error):
        return Message(
            tr("The library's catalogue cannot be read: {why}.").format(why=error),
            tr("Check the free space, then the library: Check library… in the Library menu."),
        )
    if isinstance(error, OSError):
        return Message(
            tr("The disk refused: {why}.").format(why=error.strerror or error),
            tr("Check the drive and its permissions, then try again."),
        )
    return None


class BugReporter(QObject):
    """Shows bugs once each, logs them whole. Made in the GUI thread; called from anywhere."""

    _found = Signal(object)

    def __init__(self, log_file: Path, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._log_file = log_file
        self._window = window
        self._shown: set[str] = set()
        self._found.connect(self._show)

    def install(self) -> None:
        """Every way that an unforeseen error can take ends here."""
        sys.excepthook = self._from_main_thread
        threading.excepthook = self._from_thread
        qInstallMessageHandler(_log_qt)

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

    def _show(self, error: BaseException) -> None:
        details = "".join(traceback.format_exception(error))
        if details in self._shown:
            return
        self._shown.add(details)
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(tr("Image Finder"))
        box.setText(tr("Something went wrong in Image Finder itself."))
        box.setInformativeText(
            tr(
                "Your pictures and your library are as they were.\nYou can go on.\n\nThe log: {log}"
            ).format(log=self._log_file)
        )
        box.setDetailedText(details)
        copy = QPushButton(tr("Copy details"), box)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        folder = QPushButton(tr("Open log folder"), box)
        url = QUrl.fromLocalFile(str(self._log_file.parent))
        folder.clicked.connect(lambda: QDesktopServices.openUrl(url))
        box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
        box.addButton(folder, QMessageBox.ButtonRole.ActionRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)
