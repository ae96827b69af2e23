"""The overlays of all screens while the user chooses a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QImage

from finder.gui.query.capture.capture_overlay import CaptureOverlay

if TYPE_CHECKING:
    from finder.gui.query.capture.shots import Shot


class ScreenPicker(QObject):
    """Open until it emits one of its signals, or `close` is called. Signals: taken(QImage);
    cancelled, also when a screen is added or removed."""

    taken = Signal(QImage)
    cancelled = Signal()

    def __init__(self, shots: Sequence[Shot], parent: QObject) -> None:
        super().__init__(parent)
        self.overlays = [self._overlay(shot) for shot in shots]
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._cancel)
            application.screenRemoved.connect(self._cancel)

    def open(self) -> None:
        """The overlay under the pointer has the focus."""
        for overlay in self.overlays:
            overlay.open()
        at = QCursor.pos()
        under = (overlay for overlay in self.overlays if overlay.geometry().contains(at))
        self._focus(next(under, self.overlays[0]))

    def close(self) -> None:
        overlays, self.overlays = self.overlays, []
        for overlay in overlays:
            overlay.close()
        self.deleteLater()

    def _overlay(self, shot: Shot) -> CaptureOverlay:
        overlay = CaptureOverlay(shot)
        overlay.taken.connect(self._take)
        overlay.cancelled.connect(self._cancel)
        overlay.begun.connect(lambda: self._clear_others(overlay))
        overlay.left.connect(lambda: self._focus_after(overlay))
        return overlay

    def _clear_others(self, overlay: CaptureOverlay) -> None:
        for other in self.overlays:
            if other is not overlay:
                other.clear()

    def _focus_after(self, overlay: CaptureOverlay) -> None:
        if overlay in self.overlays:
            at = self.overlays.index(overlay) + 1
            self._focus(self.overlays[at % len(self.overlays)])

    def _focus(self, overlay: CaptureOverlay) -> None:
        overlay.activateWindow()
        overlay.setFocus()

    def _take(self, image: QImage) -> None:
        if self.overlays:
            self.close()
            self.taken.emit(image)

    def _cancel(self) -> None:
        if self.overlays:
            self.close()
            self.cancelled.emit()
