"""The program's windows, out of the way while the screen is captured."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QWidget


class HiddenWindows:
    """Hides what is shown, and shows it again as it was: maximised, full screen, in its place."""

    def __init__(self) -> None:
        self._active = QApplication.activeWindow()
        self._windows: list[tuple[QWidget, QPoint]] = [
            (window, window.pos())
            for window in QApplication.topLevelWidgets()
            if window.isVisible() and not window.isMinimized()
        ]
        for window, _ in self._windows:
            window.hide()

    def show(self) -> None:
        """The window before its dialogs, so that these are above it."""
        for window, place in sorted(self._windows, key=lambda shown: shown[0].parent() is not None):
            if not window.isMaximized() and not window.isFullScreen():
                window.move(place)  # which also tells the desktop to leave it there
            window.show()
        if self._active is not None:
            self._active.raise_()
            self._active.activateWindow()
