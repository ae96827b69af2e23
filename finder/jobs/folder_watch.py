"""Hearing of changes below the library's folders: one thread that gathers and tells them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.library.availability import Place

if TYPE_CHECKING:
    from finder.workers.folder_observer import FolderObserver

QUIET = 0.5
"""Seconds without a change after which a folder's changes are told."""
LONGEST = 2.0
"""Seconds after the first change at which they are told in any case."""
_STEP = 0.1
_TOGETHER = 2 * _STEP
"""What is moved from one folder to another changes both at the same moment; they are told together,
for one run to see that the pictures are still there."""


class ChangeBurst:
    """Folders with changes that were not told yet. Times are in seconds."""

    def __init__(self) -> None:
        self._times: dict[str, tuple[float, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._times)

    def note(self, folder: str, now: float) -> None:
        first, _ = self._times.get(folder, (now, now))
        self._times[folder] = first, now

    def take_due(self, now: float) -> list[str]:
        """The folders whose turn it is, which are then forgotten: those that have been quiet for
        long enough with those that are nearly so, or all once one has waited long enough."""
        times = self._times.values()
        if any(now - first >= LONGEST for first, _ in times):
            due = list(self._times)
        elif any(now - last >= QUIET for _, last in times):
            due = [f for f, (_, last) in self._times.items() if now - last >= QUIET - _TOGETHER]
        else:
            due = []
        for folder in due:
            del self._times[folder]
        return due


class FolderWatch(QObject):
    """One watch over all folders. Made in the GUI thread, where its signals are heard.

    Signals: changed(list of folders below which something may be new, each of them once when its
    watch begins, too); blinded(dict of folder and Blind: those that cannot be watched).
    """

    changed = Signal(object)
    blinded = Signal(object)

    def __init__(self, ignored: str, parent: QObject | None = None) -> None:
        """ignored: a folder whose changes are of no interest, the library's own."""
        super().__init__(parent)
        self._ignored = ignored
        self._lock = threading.Lock()
        self._flurry = ChangeBurst()
        self._wanted: dict[str, Place] = {}
        self._asked = False
        self._wake = threading.Event()
        self._end = False
        self._thread: threading.Thread | None = None

    def watch(self, folders: Mapping[str, Place]) -> None:
        """Watch these folders, and no others any more. Those that could not be watched are tried
        again each time. Returns at once."""
        if self._end or (self._thread is None and not folders):
            return
        self._wanted, self._asked = dict(folders), True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="finder-watch", daemon=True)
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Tell nothing more. Returns at once."""
        self._end = True
        self._wake.set()

    def close(self, seconds: float) -> bool:
        """Stop, and wait so long for the thread. Whether it has ended."""
        self.stop()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        from finder.workers.folder_observer import FolderObserver

        eyes = FolderObserver(self._ignored, self._note)
        try:
            while not self._end:
                self._wake.wait()
                self._wake.clear()
                self._work(eyes)
        finally:
            eyes.close()

    def _work(self, eyes: FolderObserver) -> None:
        """Until all is told and nothing else is asked for."""
        while not self._end:
            if self._asked:
                self._asked = False
                self._look(eyes)
            if not self._flurry:
                return
            time.sleep(_STEP)
            self._tell(eyes)

    def _look(self, eyes: FolderObserver) -> None:
        before = dict(eyes.blind)
        for folder in eyes.look_at(self._wanted):
            self._note(folder)
        if eyes.blind != before:
            self.blinded.emit(dict(eyes.blind))

    def _tell(self, eyes: FolderObserver) -> None:
        with self._lock:
            due = self._flurry.take_due(time.monotonic())
        if not due:
            return
        if eyes.check_room():
            self.blinded.emit(dict(eyes.blind))
        self.changed.emit(due)

    def _note(self, folder: str) -> None:
        """Comes from watchdog's threads, too."""
        with self._lock:
            self._flurry.note(folder, time.monotonic())
        self._wake.set()
