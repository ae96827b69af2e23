"""What the system tells of changes below folders, by way of watchdog.

watchdog rather than watchfiles: it gives Python's lock back while it goes through the folders
(watchfiles held it for 2.6 s with 20,000 of them), and takes names that are no text.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Mapping
from enum import StrEnum

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from finder.core.library.availability import Place
from finder.core.mounts import on_network
from finder.core.pictures.formats import EXTENSIONS
from finder.core.pictures.scan import is_within

log = logging.getLogger(__name__)
logging.getLogger("watchdog").addHandler(logging.NullHandler())  # else it writes to stderr


class Unwatchable(StrEnum):
    """Why changes in a folder are not heard of: it must be looked at now and then."""

    NETWORK = "network"
    LIMIT = "limit"
    REFUSED = "refused"


class FolderObserver:
    """The folders that are watched, and those that cannot be (`blind`). Used by one thread;
    changed(folder) is called in watchdog's own."""

    def __init__(self, ignored: str, changed: Callable[[str], None]) -> None:
        """ignored: a folder whose changes are of no interest."""
        self.blind: dict[str, Unwatchable] = {}
        self._ignored = os.path.realpath(ignored)
        self._changed = changed
        self._observer: BaseObserver | None = None
        self._watches: dict[str, tuple[Place, ObservedWatch, _Ear]] = {}

    def look_at(self, wanted: Mapping[str, Place]) -> list[str]:
        """Watch these folders only; those that could not be watched are tried again. Gives those
        that were not wanted before, and those whose watch has begun only now."""
        for folder in [f for f, (place, *_) in self._watches.items() if wanted.get(f) != place]:
            self._unwatch(folder)
        for folder in self.blind.keys() - wanted.keys():
            del self.blind[folder]
        new = []
        for folder, place in wanted.items():
            if folder in self._watches and self.blind.get(folder) is not Unwatchable.LIMIT:
                continue
            was_blind = folder in self.blind
            self._begin(folder, place)
            if folder not in self.blind or not was_blind:
                new.append(folder)
        return new

    def check_room(self) -> bool:
        """Whether a watch has turned out to have holes: where the system had no room for a folder
        further down, watchdog says nothing."""
        grown = [(f, ear) for f, (*_, ear) in self._watches.items() if ear.grown]
        full = bool(grown) and self._is_full()
        for folder, ear in grown:
            ear.grown = False
            if full:
                self.blind[folder] = Unwatchable.LIMIT
        return full

    def close(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def _begin(self, folder: str, place: Place) -> None:
        if folder in self._watches:
            self._unwatch(folder)
        self.blind.pop(folder, None)
        if on_network(folder):
            self.blind[folder] = Unwatchable.NETWORK
            return
        ear = _Ear(os.path.realpath(folder), self._ignored, lambda: self._changed(folder))
        try:
            self._watches[folder] = place, self._schedule(ear), ear
        except OSError as error:
            log.info("%s cannot be watched", ascii(folder), exc_info=True)
            self.blind[folder] = Unwatchable.LIMIT if error.errno in _FULL else Unwatchable.REFUSED
        self.check_room()

    def _schedule(self, ear: _Ear) -> ObservedWatch:
        if self._observer is None:
            observer = Observer()
            observer.start()
            self._observer = observer
        return self._observer.schedule(ear, ear.root, recursive=True, event_filter=_HEARD)

    def _unwatch(self, folder: str) -> None:
        _, watch, _ = self._watches.pop(folder)
        if self._observer is not None:
            self._observer.unschedule(watch)

    def _is_full(self) -> bool:
        """Whether the system refuses one more watch."""
        assert self._observer is not None
        try:
            probe = self._observer.schedule(FileSystemEventHandler(), os.path.abspath(os.sep))
        except OSError as error:
            return error.errno in _FULL
        self._observer.unschedule(probe)
        return False


class _Ear(FileSystemEventHandler):
    """Hears of one folder. grown: folders have come, which take watches of their own."""

    def __init__(self, root: str, ignored: str, changed: Callable[[], None]) -> None:
        self.root = root
        self.grown = True
        self._ignored = ignored
        self._changed = changed

    def dispatch(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            self.grown = True
        places = (os.fsdecode(place) for place in (event.src_path, event.dest_path) if place)
        if any(self._matters(place, event.is_directory) for place in places):
            self._changed()

    def _matters(self, path: str, is_folder: bool) -> bool:
        """What a scan would not see does not."""
        if is_within(path, self._ignored) or os.sep + "." in path[len(self.root) :]:
            return False
        return is_folder or path.lower().endswith(_ENDINGS)


_ENDINGS = tuple(EXTENSIONS)
_FULL = (errno.ENOSPC, errno.EMFILE, errno.ENFILE)
"""What inotify(7) says where there is no room for a watch or an instance."""
_HEARD: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
"""Not that a file was opened or read: the library does so itself."""
