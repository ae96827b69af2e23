"""Temporary folders that are removed even if the process is killed: by the next Image Finder.

A process keeps a lock file in each of its folders locked while it uses the folder. The system frees
the lock of a process that dies, so a folder whose lock is free belongs to nobody any more.
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
    """A new folder for this process only (mode 0700), with nothing in it but its lock file; removed
    when closed, or on leaving the context.

    within: the folder to make it in; in the system's temporary folder by default. Only the latter
    are found by `clear_temporary_folders`. Raises OSError.
    """

    def __init__(self, within: Path | None = None) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
            self._lock = _take(self.path)
            if self._lock is None:  # another process took it for one that was left behind
                continue
            if _is_own(self.path):
                return
            self._lock.release()  # removed by then, and made again in taking the lock

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._lock is not None:
            _remove(self.path, self._lock)
            self._lock = None


def clear_temporary_folders() -> None:
    """Remove the folders that processes of this user have left behind when they were killed."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if _is_own(folder) and (lock := _take(folder)) is not None:
                _remove(folder, lock)


def _take(folder: Path) -> FileLock | None:
    """The folder's lock, held; None if another process holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return None
    return lock


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # before it is free for others
    lock.release()
    if folder.exists():  # Windows keeps a file that is open
        shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder, no link, of this user's, that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name == "nt" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
