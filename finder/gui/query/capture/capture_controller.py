"""From the wish to capture a part of the screen to a picture to search for."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.query.capture.hidden_windows import HiddenWindows
from finder.gui.query.capture.portal import ScreenshotPortal
from finder.gui.query.capture.shots import hides_screen, is_blank, may_capture, take_shots
from finder.jobs.query_facts import QuerySource, read_source
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.gui.query.capture.screen_picker import ScreenPicker

_HIDING_MS = 300
"""For the desktop to paint what was under the window, also with an animation."""


class CaptureController(QObject):
    """The windows are hidden meanwhile; a capture that is cancelled leaves everything as it was.

    Signals: captured(QuerySource); status_changed(text); failed(error).
    """

    captured = Signal(object)
    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(self, task_runner: TaskRunner, window: QWidget) -> None:
        super().__init__(window)
        self._task_runner = task_runner
        self._hidden: HiddenWindows | None = None
        self.picker: ScreenPicker | None = None
        self.portal = ScreenshotPortal(self)
        self.portal.taken.connect(self._read_file)
        self.portal.cancelled.connect(self.cancel)
        self.portal.ended.connect(lambda: self._fail(_nothing_taken()))
        self.portal.missing.connect(lambda: self._fail(_not_allowed()))
        self._timer = QTimer(self, singleShot=True, interval=_HIDING_MS)
        self._timer.timeout.connect(self._begin)

    def start(self) -> bool:
        """Hide the windows and let the user choose. Returns False while a dialog waits for an
        answer."""
        if QApplication.activeModalWidget() is not None:
            return False
        if not may_capture():
            self.failed.emit(_not_allowed())
        elif self._hidden is None:
            self._hidden = HiddenWindows()
            self._timer.start()
        return True

    def cancel(self) -> None:
        """Show the windows again, without a picture."""
        hidden = self._hidden
        self.abandon()
        if hidden is not None:
            hidden.show()

    def abandon(self) -> None:
        """Stop; the windows stay hidden, as the program ends."""
        self._hidden = None
        self._timer.stop()
        self.portal.stop()
        if self.picker is not None:
            self.picker.close()
            self.picker = None

    def _begin(self) -> None:
        try:
            self._look()
        except Exception:  # a bug, which is reported; without windows nobody could go on
            self.cancel()
            raise

    def _look(self) -> None:
        if hides_screen():
            self.portal.ask()
            return
        shots = take_shots(QGuiApplication.screens())
        if any(shot.image.isNull() for shot in shots):
            self.portal.ask()
        elif sys.platform == "darwin" and all(is_blank(shot.image) for shot in shots):
            self._fail(_not_allowed())
        else:
            from finder.gui.query.capture.screen_picker import ScreenPicker

            self.picker = ScreenPicker(shots, self)
            self.picker.taken.connect(self._take)
            self.picker.cancelled.connect(self.cancel)
            self.picker.open()

    def _take(self, image: QImage) -> None:
        self.cancel()
        self.captured.emit(QuerySource(tr("Captured picture"), image=image))

    def _read_file(self, path: str) -> None:
        """The desktop's file is the user's: it is read, and stays."""
        self.cancel()
        read = partial(read_source, tr("Captured picture"), path)
        self._task_runner.call(
            Lane.QUICK, read, partial(self._give_file, path), failed=self.failed.emit
        )

    def _give_file(self, path: str, source: QuerySource) -> None:
        self.captured.emit(source)
        text = tr("The desktop has also saved the picture: {path}")
        self.status_changed.emit(text.format(path=printable(path)))

    def _fail(self, error: FinderError) -> None:
        self.cancel()
        self.failed.emit(error)


def _not_allowed() -> FinderError:
    if sys.platform == "darwin":
        return FinderError(
            tr("macOS does not let Image Finder see the screen."),
            tr(
                "Allow it in System Settings, Privacy & Security, Screen Recording, for Image "
                "Finder or the terminal that started it, and start it again."
            ),
        )
    return FinderError(
        tr("This desktop does not let Image Finder see the screen."),
        tr("Take a screenshot with the desktop's own tool, then paste it here (Ctrl+V)."),
    )


def _nothing_taken() -> FinderError:
    """Some desktops also end so when the user cancels."""
    return FinderError(
        tr("The desktop's screenshot tool ended without a picture."),
        tr("Try again, or take a screenshot yourself and paste it here (Ctrl+V)."),
    )
