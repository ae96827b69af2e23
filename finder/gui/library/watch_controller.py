"""Keeps the library up to date with its folders while the window is open."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from finder.core.errors import LibraryBusyError
from finder.core.i18n import tr
from finder.core.library.availability import Place, places_of
from finder.core.printable import printable
from finder.gui.common.formatting import folder_name
from finder.jobs.folder_watch import FolderWatch
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.gui.library.index_controller import RunEnd
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace

_CHECK_MS = 2_000
"""How often it is checked whether the folders exist."""
_RESCAN_MS = 5 * 60_000
"""How often folders that cannot be watched are scanned."""
_RETRY_MS = 2_100
"""When to index again files that were being written, or if another program is indexing: after the
time in which a failure of a new file is not final."""
_PAUSE_FACTOR = 4
"""Runs that find nothing, one after the other (another program writes there all the time), are
followed by a pause of this many times their duration."""
_CLOSE_SECONDS = 0.5


class WatchController(QObject):
    """Also finds which folders are offline, whether or not they are watched.

    Signals: offline_changed(frozenset of folders); unwatched_changed(a sentence about folders that
    cannot be watched; empty if all can); status_changed(text).
    """

    offline_changed = Signal(object)
    unwatched_changed = Signal(str)
    status_changed = Signal(str)

    def __init__(
        self,
        library: LibraryController,
        task_runner: TaskRunner,
        workspace: Workspace,
        enabled: bool,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.enabled = enabled
        self._library = library
        self._task_runner = task_runner
        self._workspace = workspace
        self._watch = FolderWatch(str(workspace.home.root), self)
        self._places: dict[str, Place | None] = {}
        self._unwatched: dict[str, str] = {}
        self._cancelled: set[str] = set()
        self._due: set[str] = set()
        self._not_before = self._indexed_at = 0.0
        self._found_nothing = False
        self._checking: Task | None = None
        self._running = False
        self._check_timer = QTimer(self, interval=_CHECK_MS)
        self._rescan_timer = QTimer(self, interval=_RESCAN_MS)
        self._retry_timer = QTimer(self, singleShot=True, interval=_RETRY_MS)
        self._connect()

    def _connect(self) -> None:
        self._check_timer.timeout.connect(self._check_places)
        self._rescan_timer.timeout.connect(self._retry_unwatched)
        self._retry_timer.timeout.connect(self._index_due)
        self._watch.changed.connect(self._add_due)
        self._watch.unwatchable_changed.connect(self._set_unwatched)
        self._library.changed.connect(self._library_changed)
        self._library.indexing.run_ended.connect(self._run_ended)

    def start(self) -> None:
        """Index what has changed in the folders, then watch them."""
        self._running = True
        self._check_timer.start()
        self._rescan_timer.start()
        self._check_places()

    def stop(self) -> None:
        """Start no further runs."""
        self._running = False
        for timer in (self._check_timer, self._rescan_timer, self._retry_timer):
            timer.stop()
        self._watch.stop()

    def close(self) -> bool:
        """Stop watching. Returns whether the watching threads have ended."""
        self.stop()
        return self._watch.close(_CLOSE_SECONDS)

    def set_enabled(self, enabled: bool) -> None:
        """Watch the folders, or only check which are offline."""
        self.enabled = enabled
        self._task_runner.call(Lane.QUICK, partial(self._workspace.save, {"watch": enabled}))
        if not enabled:
            self._due.clear()
            self._set_unwatched({})
        self._watch_present()

    # Which folders are online

    def _library_changed(self, _: bool) -> None:
        overview = self._library.overview
        if {*(folder.path for folder in overview.folders), *overview.mapped} != self._places.keys():
            self._check_places()

    def _check_places(self) -> None:
        """One check at a time: a network drive may take long to respond."""
        folders, mapped = self._library.overview.folders, self._library.overview.mapped
        if self._running and self._checking is None and (folders or mapped or self._places):
            self._checking = self._task_runner.call(
                Lane.DRIVES, partial(places_of, folders, mapped), self._set_places
            )

    def _set_places(self, places: Mapping[str, Place | None]) -> None:
        self._checking = None
        if not self._running or places == self._places:
            return
        before, self._places = self._places, dict(places)
        self._report_changes(before)
        self._cancelled &= places.keys()
        self._watch_present()

    def _report_changes(self, before: Mapping[str, Place | None]) -> None:
        was_offline, offline = _offline(before), _offline(self._places)
        if offline != was_offline:
            self.offline_changed.emit(offline)
        for folder in sorted(offline - was_offline):
            self.status_changed.emit(
                tr("{folder} is offline; its pictures stay in the library.").format(
                    folder=printable(folder)
                )
            )
        for folder in sorted((was_offline - offline) & self._places.keys()):
            self.status_changed.emit(tr("{folder} is back.").format(folder=printable(folder)))

    def _watch_present(self) -> None:
        """A mapped folder is indexed by its own machine."""
        folders = {folder.path for folder in self._library.overview.folders}
        present = {f: place for f, place in self._places.items() if place and f in folders}
        self._watch.watch(present if self._running and self.enabled else {})

    # Which folders cannot be watched

    def _set_unwatched(self, reasons: Mapping[str, str]) -> None:
        self._unwatched = dict(reasons) if self.enabled else {}
        self.unwatched_changed.emit(_unwatched_sentence(self._unwatched))

    def _retry_unwatched(self) -> None:
        """Try to watch them now, and scan them in any case."""
        if self._unwatched:
            self._watch_present()
            self._add_due(self._unwatched)

    # Indexing what changed

    def _add_due(self, folders: Iterable[str]) -> None:
        self._due.update(folder for folder in folders if folder not in self._cancelled)
        self._index_due()

    def _index_due(self) -> None:
        if not (self._running and self.enabled and self._due):
            return
        wait = self._not_before - time.monotonic()
        if wait > 0:
            self._retry_timer.start(round(wait * 1_000))
            return
        folders, self._due = sorted(self._due), set()
        self._indexed_at = time.monotonic()
        self._library.index_in_background(folders)

    def _run_ended(self, end: RunEnd) -> None:
        if end.cancelled:
            self._cancelled.update(end.folders)
            self._due.difference_update(end.folders)
        elif not end.in_background and end.error is None:
            self._cancelled.difference_update(end.folders)
        counts = end.progress.counts if end.progress is not None else None
        if counts is not None and end.in_background:
            nothing = not (counts.opened or counts.removed)
            if nothing and self._found_nothing:
                now = time.monotonic()
                self._not_before = now + _PAUSE_FACTOR * (now - self._indexed_at)
            self._found_nothing = nothing
        busy = end.in_background and isinstance(end.error, LibraryBusyError)
        if busy or (counts is not None and counts.unsettled and not end.cancelled):
            self._due.update(end.folders)
            self._retry_timer.start(_RETRY_MS)
        if end.progress is not None and end.progress.offline:
            self._check_places()


def _offline(places: Mapping[str, Place | None]) -> frozenset[str]:
    return frozenset(folder for folder, place in places.items() if place is None)


def _unwatched_sentence(reasons: Mapping[str, str]) -> str:
    sentences = {
        "network": tr(
            "{folders}: scanned every 5 minutes, because the network does not report changes."
        ),
        "limit": tr(
            "{folders}: scanned every 5 minutes, because the system's limit for watched "
            "folders is reached."
        ),
        "refused": tr(
            "{folders}: scanned every 5 minutes, because the system does not allow watching."
        ),
    }
    return "\n".join(
        sentence.format(folders=", ".join(folder_name(f) for f in reasons if reasons[f] == why))
        for why, sentence in sentences.items()
        if why in reasons.values()
    )
