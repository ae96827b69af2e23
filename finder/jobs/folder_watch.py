"""Watching the library's folders: one thread that collects changes and reports them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from finder.core.library.availability import Place
    from finder.workers.folder_observer import FolderObserver

QUIET = 0.5
"""Seconds without a change after which a folder's changes are reported."""
LONGEST = 2.0
"""Seconds after the first change at which they are reported in any case."""
_POLL_SECONDS = 0.1
_TOGETHER = 2 * _POLL_SECONDS
"""Moving files from one folder to another changes both at the same time. They are reported
together, so that one run sees that the pictures still exist."""


class PendingChanges:
    """Folders with changes that were not reported yet. Times are in seconds."""

    def __init__(self) -> None:
        self._times: dict[str, tuple[float, float]] = {}

    def __bool__(self) -> bool:
        return bool(self._times)

    def note(self, folder: str, now: float) -> None:
        first, _ = self._times.get(folder, (now, now))
        self._times[folder] = first, now

    def take_due(self, now: float) -> list[str]:
        """Remove and return the folders that are due. If one has been quiet for QUIET, these are
        all that have been quiet for nearly as long; if one has waited for LONGEST, all."""
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
    """Watches all folders. Made in the GUI thread, where its signals arrive.

    Signals: changed(list of folders below which something may be new; each folder is reported when
    its watch starts, too); unwatchable_changed(dict of folder and Unwatchable: those that cannot be
    watched).
    """

    changed = Signal(object)
    unwatchable_changed = Signal(object)

    def __init__(self, ignored: str, parent: QObject | None = None) -> None:
        """ignored: a folder whose changes do not count, the library's own."""
        super().__init__(parent)
        self._ignored = ignored
        self._lock = threading.Lock()
        self._pending = PendingChanges()
        self._wanted: dict[str, Place] = {}
        self._has_request = False
        self._wake = threading.Event()
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def watch(self, folders: Mapping[str, Place]) -> None:
        """Watch these folders only. Those that could not be watched are tried again each time. Does
        not block."""
        if self._is_stopped or (self._thread is None and not folders):
            return
        self._wanted, self._has_request = dict(folders), True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="finder-watch", daemon=True)
            self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Report nothing more. Does not block."""
        self._is_stopped = True
        self._wake.set()

    def close(self, seconds: float) -> bool:
        """Stop, and wait at most this long for the thread. Returns whether it has ended."""
        self.stop()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        from finder.workers.folder_observer import FolderObserver

        observer = FolderObserver(self._ignored, self._note)
        try:
            while not self._is_stopped:
                self._wake.wait()
                self._wake.clear()
                self._work(observer)
        finally:
            observer.close()

    def _work(self, observer: FolderObserver) -> None:
        """Work until all is reported and nothing else is requested."""
        while not self._is_stopped:
            if self._has_request:
                self._has_request = False
                self._update(observer)
            if not self._pending:
                return
            time.sleep(_POLL_SECONDS)
            self._report(observer)

    def _update(self, observer: FolderObserver) -> None:
        before = dict(observer.unwatchable)
        for folder in observer.watch(self._wanted):
            self._note(folder)
        if observer.unwatchable != before:
            self.unwatchable_changed.emit(dict(observer.unwatchable))

    def _report(self, observer: FolderObserver) -> None:
        with self._lock:
            due = self._pending.take_due(time.monotonic())
        if not due:
            return
        if observer.check_limit():
            self.unwatchable_changed.emit(dict(observer.unwatchable))
        self.changed.emit(due)

    def _note(self, folder: str) -> None:
        """Called in watchdog's threads, too."""
        with self._lock:
            self._pending.note(folder, time.monotonic())
        self._wake.set()
