"""Temporary folders that are removed even if the process is killed: by the next Image Finder.

A process holds a lock file in each of its folders while it uses the folder. The system releases the
locks of a process that dies, so a folder without a held lock is no longer in use.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

PREFIX = "image-finder."
_LOCK = ".lock"


class TemporaryFolder:
    """A new private folder (mode 0700) with a lock file in it; removed when closed or on leaving
    the context.

    within: the parent folder; by default the system's temporary folder, the only one that
    `clear_temporary_folders` cleans. Raises OSError.
    """

    def __init__(self, within: Path | None = None) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
            self._lock = _try_lock(self.path)
            if self._lock is None:  # another process took it for an abandoned one
                continue
            if _is_own(self.path):
                return
            self._lock.release()  # it was removed, and created again with the lock

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._lock is not None:
            _remove(self.path, self._lock)
            self._lock = None


def clear_temporary_folders() -> None:
    """Remove the folders left behind by killed processes of this user."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if _is_own(folder) and (lock := _try_lock(folder)) is not None:
                _remove(folder, lock)


def _try_lock(folder: Path) -> FileLock | None:
    """The folder's lock, acquired; None if another process holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # before the lock is released
    lock.release()
    if os.name == "nt":  # it cannot delete an open file; elsewhere it may be another process's now
        shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder (no link) of this user that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
