"""Keeps the library up with its folders while the window is open, and knows which are away."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from finder.core.errors import LibraryBusyError
from finder.core.i18n import tr
from finder.core.library.availability import Place
from finder.core.printable import printable
from finder.gui.common.formatting import folder_name
from finder.gui.library.index_controller import RunEnd
from finder.gui.library.library_controller import LibraryController
from finder.jobs.folder_watch import FolderWatch
from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.jobs.workspace import Workspace

_LOOK_MS = 2_000
"""How often it is looked whether the folders are there."""
_RESCAN_MS = 5 * 60_000
"""How often folders are scanned of whose changes nothing is heard."""
_AGAIN_MS = 2_100
"""When to look again at what was being written, or while another program indexes: after the time
in which a fault of a new file is not believed."""
_SHARE = 4
"""Scans that find nothing, one after the other (another program writes there all the time), may
take a fifth of the time."""
_CLOSE_SECONDS = 0.5


class WatchController(QObject):
    """Signals: away_changed(frozenset of the library's folders that are away), blind_changed(a
    sentence about folders that cannot be watched, or none), said(text for the status line)."""

    away_changed = Signal(object)
    blind_changed = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        library: LibraryController,
        door: TaskRunner,
        workspace: Workspace,
        on: bool,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.on = on
        self._library = library
        self._door = door
        self._workspace = workspace
        self._watch = FolderWatch(str(workspace.home.root), self)
        self._places: dict[str, Place | None] = {}
        self._blind: dict[str, str] = {}
        self._held: set[str] = set()
        self._due: set[str] = set()
        self._not_before = self._asked_at = 0.0
        self._in_vain = False
        self._looking: Task | None = None
        self._started = False
        self._look_timer = QTimer(self, interval=_LOOK_MS)
        self._rescan = QTimer(self, interval=_RESCAN_MS)
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._connect()

    def _connect(self) -> None:
        self._look_timer.timeout.connect(self._look)
        self._rescan.timeout.connect(self._look_at_blind)
        self._again.timeout.connect(self._keep_up)
        self._watch.changed.connect(self._changed)
        self._watch.blinded.connect(self._blinded)
        self._library.changed.connect(self._library_changed)
        self._library.indexing.over.connect(self._run_ended)

    def start(self) -> None:
        """Catch up with all folders, then watch them."""
        self._started = True
        self._look_timer.start()
        self._rescan.start()
        self._look()

    def stop(self) -> None:
        """Begin nothing more."""
        self._started = False
        for timer in (self._look_timer, self._rescan, self._again):
            timer.stop()
        self._watch.stop()

    def close(self) -> bool:
        """The exit half. Whether the watch's threads have ended."""
        self.stop()
        return self._watch.close(_CLOSE_SECONDS)

    def switch(self, on: bool) -> None:
        """Watch the folders, or only tell which are away."""
        self.on = on
        self._door.call(Lane.LOOK, partial(self._workspace.save, {"watch": on}))
        if not on:
            self._due.clear()
            self._blinded({})
        self._watch_present()

    # Which folders are there

    def _library_changed(self, _: bool) -> None:
        if {folder.path for folder in self._library.overview.folders} != self._places.keys():
            self._look()

    def _look(self) -> None:
        """One look at a time: a drive in the network may keep it waiting for long."""
        folders = self._library.overview.folders
        if self._started and self._looking is None and (folders or self._places):
            self._looking = self._door.call(
                Lane.DRIVES, partial(self._workspace.places, folders), self._looked
            )

    def _looked(self, places: Mapping[str, Place | None]) -> None:
        self._looking = None
        if not self._started or places == self._places:
            return
        before, self._places = self._places, dict(places)
        self._tell_changes(before)
        self._held &= places.keys()
        self._watch_present()

    def _tell_changes(self, before: Mapping[str, Place | None]) -> None:
        was_away, away = _away(before), _away(self._places)
        if away != was_away:
            self.away_changed.emit(away)
        for folder in sorted(away - was_away):
            self.said.emit(
                tr("{folder} is offline; its pictures stay in the library.").format(
                    folder=printable(folder)
                )
            )
        for folder in sorted((was_away - away) & self._places.keys()):
            self.said.emit(tr("{folder} is back.").format(folder=printable(folder)))

    def _watch_present(self) -> None:
        there = {folder: place for folder, place in self._places.items() if place is not None}
        self._watch.watch(there if self._started and self.on else {})

    # Which folders cannot be watched

    def _blinded(self, blind: Mapping[str, str]) -> None:
        self._blind = dict(blind) if self.on else {}
        self.blind_changed.emit(_blind_sentence(self._blind))

    def _look_at_blind(self) -> None:
        """Perhaps there is room for a watch now; if not, a scan does it."""
        if self._blind:
            self._watch_present()
            self._changed(self._blind)

    # Keeping up

    def _changed(self, folders: Iterable[str]) -> None:
        self._due.update(folder for folder in folders if folder not in self._held)
        self._keep_up()

    def _keep_up(self) -> None:
        if not (self._started and self.on and self._due):
            return
        wait = self._not_before - time.monotonic()
        if wait > 0:
            self._again.start(round(wait * 1_000))
            return
        folders, self._due = sorted(self._due), set()
        self._asked_at = time.monotonic()
        self._library.keep_up(folders)

    def _run_ended(self, end: RunEnd) -> None:
        if end.cancelled:
            self._held.update(end.folders)
            self._due.difference_update(end.folders)
        elif not end.quiet and end.error is None:
            self._held.difference_update(end.folders)
        counts = end.progress.counts if end.progress is not None else None
        if counts is not None and end.quiet:
            nothing = not (counts.opened or counts.removed)
            if nothing and self._in_vain:
                now = time.monotonic()
                self._not_before = now + _SHARE * (now - self._asked_at)
            self._in_vain = nothing
        busy = end.quiet and isinstance(end.error, LibraryBusyError)
        if busy or (counts is not None and counts.unsettled and not end.cancelled):
            self._due.update(end.folders)
            self._again.start(_AGAIN_MS)
        if end.progress is not None and end.progress.offline:
            self._look()


def _away(places: Mapping[str, Place | None]) -> frozenset[str]:
    return frozenset(folder for folder, place in places.items() if place is None)


def _blind_sentence(blind: Mapping[str, str]) -> str:
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
        sentence.format(folders=", ".join(folder_name(f) for f in blind if blind[f] == why))
        for why, sentence in sentences.items()
        if why in blind.values()
    )
