"""Observing folders for changes, with watchdog.

watchdog rather than watchfiles, which holds Python's lock while it walks the folders (2.6 s for
20,000 of them) and fails on names that are not valid text.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

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

from finder.core.pictures.formats import EXTENSIONS
from finder.core.pictures.scan import is_within
from finder.core.system.mounts import on_network

if TYPE_CHECKING:
    from finder.core.library.availability import Place

log = logging.getLogger(__name__)
logging.getLogger("watchdog").addHandler(logging.NullHandler())  # otherwise it writes to stderr


class Unwatchable(StrEnum):
    """Why a folder cannot be observed: it must be scanned from time to time instead."""

    NETWORK = "network"
    LIMIT = "limit"
    REFUSED = "refused"


class FolderObserver:
    """Observes folders with all that is below them. unwatchable: those that cannot be observed.

    Used by one thread; changed(folder) is called in watchdog's threads.
    """

    def __init__(self, ignored: str, changed: Callable[[str], None]) -> None:
        """ignored: a folder whose changes do not count."""
        self.unwatchable: dict[str, Unwatchable] = {}
        self._ignored = os.path.realpath(ignored)
        self._changed = changed
        self._observer: BaseObserver | None = None
        self._watches: dict[str, tuple[Place, ObservedWatch, _EventHandler]] = {}

    def watch(self, wanted: Mapping[str, Place]) -> list[str]:
        """Observe these folders only; those that could not be observed are tried again. Returns the
        folders that are new, and those whose observation starts only now."""
        for folder in [f for f, (place, *_) in self._watches.items() if wanted.get(f) != place]:
            self._unwatch(folder)
        for folder in self.unwatchable.keys() - wanted.keys():
            del self.unwatchable[folder]
        new = []
        for folder, place in wanted.items():
            if folder in self._watches and self.unwatchable.get(folder) is not Unwatchable.LIMIT:
                continue
            was_unwatchable = folder in self.unwatchable
            self._start(folder, place)
            if folder not in self.unwatchable or not was_unwatchable:
                new.append(folder)
        return new

    def check_limit(self) -> bool:
        """Whether some folders are observed incompletely, because the system's limit of watches is
        reached: watchdog does not report that for subfolders."""
        grown = [(f, handler) for f, (*_, handler) in self._watches.items() if handler.has_grown]
        is_full = bool(grown) and self._is_full()
        for folder, handler in grown:
            handler.has_grown = False
            if is_full:
                self.unwatchable[folder] = Unwatchable.LIMIT
        return is_full

    def close(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def _start(self, folder: str, place: Place) -> None:
        if folder in self._watches:
            self._unwatch(folder)
        self.unwatchable.pop(folder, None)
        if on_network(folder):
            self.unwatchable[folder] = Unwatchable.NETWORK
            return
        root = os.path.realpath(folder)
        handler = _EventHandler(root, self._ignored, lambda: self._changed(folder))
        try:
            self._watches[folder] = place, self._schedule(handler), handler
        except OSError as error:
            log.info("%s cannot be watched", ascii(folder), exc_info=True)
            self.unwatchable[folder] = (
                Unwatchable.LIMIT if error.errno in _FULL else Unwatchable.REFUSED
            )
        self.check_limit()

    def _schedule(self, handler: _EventHandler) -> ObservedWatch:
        if self._observer is None:
            observer = Observer()
            observer.start()
            self._observer = observer
        return self._observer.schedule(handler, handler.root, recursive=True, event_filter=_EVENTS)

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


class _EventHandler(FileSystemEventHandler):
    """Events of one folder. has_grown: subfolders were added, each of which needs a watch."""

    def __init__(self, root: str, ignored: str, changed: Callable[[], None]) -> None:
        self.root = root
        self.has_grown = True
        self._ignored = ignored
        self._changed = changed

    def dispatch(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            self.has_grown = True
        places = (os.fsdecode(place) for place in (event.src_path, event.dest_path) if place)
        if any(self._is_relevant(place, event.is_directory) for place in places):
            self._changed()

    def _is_relevant(self, path: str, is_folder: bool) -> bool:
        """Whether a scan would see it."""
        if is_within(path, self._ignored) or os.sep + "." in path[len(self.root) :]:
            return False
        return is_folder or path.lower().endswith(_ENDINGS)


_ENDINGS = tuple(EXTENSIONS)
_FULL = (errno.ENOSPC, errno.EMFILE, errno.ENFILE)
"""Errors of inotify(7) at its limits of watches and of instances."""
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
"""Without files being opened or closed: the library does that itself."""
