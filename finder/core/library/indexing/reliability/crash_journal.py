"""The crash journal: which pictures the workers are decoding, in a file that outlives the process.

A decoder that crashes the whole process leaves its picture here. The next run isolates such
suspects, so that the same picture cannot do it twice: `suspect_files` describes the whole way.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from finder.core.small_files import read_bytes, read_json, write_json

if TYPE_CHECKING:
    from finder.core.paths import Home

_SLOT = 8_192
"""Bytes for each worker: two for the path's length, then the path (4,096 at most on Linux)."""
_MAX_WORKERS = 4_096


class CrashJournal:
    """One run's notes. Used by the run's workers, each from its own thread.

    Written without a sync: what the system has accepted outlives the process. Write errors are
    ignored.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.crash_journal
        self._lock = threading.Lock()
        self._slots: dict[int, int] = {}
        self._since: dict[str, float] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> CrashJournal:
        with suppress(OSError):
            self._file = open(self._path, "wb", buffering=0)
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the notes, unless a worker is still busy: it may yet crash the process."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
            if not self._since:
                with suppress(OSError):
                    self._path.unlink()

    @contextmanager
    def holding(self, path: str) -> Iterator[None]:
        """Inside the block, the file is in the journal."""
        self._note(os.fsencode(path))
        self._since[path] = time.monotonic()
        try:
            yield
        finally:
            self._since.pop(path, None)
            self._note(b"")

    def overdue(self, seconds: float) -> set[str]:
        """Files that a worker has been decoding for longer."""
        limit = time.monotonic() - seconds
        return {path for path, since in list(self._since.items()) if since < limit}

    def _note(self, path: bytes) -> None:
        with self._lock:
            slot = self._slots.setdefault(threading.get_ident(), len(self._slots))
            if self._file is None:
                return
            with suppress(OSError):
                self._file.seek(slot * _SLOT)
                self._file.write(len(path).to_bytes(2, "little") + path[: _SLOT - 2])


class CrashSuspects:
    """Files that workers were decoding when a process crashed. The writer's lock must be held."""

    def __init__(self, home: Home) -> None:
        """Takes over the notes that an earlier run has left."""
        self._path = home.suspects
        self.paths = _read_list(home) | _read_notes(home)
        if not self.paths or self._save():
            with suppress(OSError):
                home.crash_journal.unlink()

    def clear(self, paths: Iterable[str]) -> None:
        """The results of these are stored."""
        cleared = self.paths.intersection(paths)
        if cleared:
            self.paths -= cleared
            self._save()

    def _save(self) -> bool:
        """False where the list cannot be written."""
        try:
            if self.paths:
                write_json(self._path, sorted(self.paths))
            else:
                self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _read_list(home: Home) -> set[str]:
    try:
        listed = read_json(home.suspects)
    except (OSError, ValueError):
        return set()
    return {path for path in listed if isinstance(path, str)} if isinstance(listed, list) else set()


def _read_notes(home: Home) -> set[str]:
    try:
        notes = read_bytes(home.crash_journal, _MAX_WORKERS * _SLOT)
    except (OSError, ValueError):
        return set()
    found = set()
    for at in range(0, len(notes), _SLOT):
        length = int.from_bytes(notes[at : at + 2], "little")
        if 0 < length <= _SLOT - 2:
            found.add(os.fsdecode(notes[at + 2 : at + 2 + length]))
    return found
