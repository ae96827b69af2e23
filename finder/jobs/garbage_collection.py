"""Python's garbage collection in the GUI thread only.

Python collects in whichever thread happens to allocate, and destroys there what it finds. A Qt
object that is destroyed in a worker thread holds Qt's lock of signals while it waits for Python's;
a GUI thread that holds Python's and waits for Qt's would then never go on, and neither would the
worker.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS: Final = 1_000


class GarbageCollection(QObject):
    """Replaces Python's own, as often as that would collect, but at most once a second."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._collect)

    def start(self) -> None:
        """What exists now lives as long as the process and is never looked through."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def _collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
