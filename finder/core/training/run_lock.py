"""The folder of a training that is not finished: who holds it, and how it is deleted.

The lock is the operating system's, so a process that was killed does not hold it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home

_LOCK: Final = "lock"
_PATIENCE: Final = 0.5
"""Seconds: another process may be looking whether it is held."""


class RunLock:
    """Held while a process trains."""

    def __init__(self, folder: Path, seconds: float = _PATIENCE) -> None:
        """folder: exists, with the training's name. seconds: how long to wait. Raises FinderError
        if another process holds it, OSError if its file cannot be made."""
        self._folder = folder
        self._lock = FileLock(folder / _LOCK, timeout=seconds, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout as error:  # which is an OSError
            raise FinderError(
                tr("A training called “{name}” is running.").format(name=folder.name),
                tr("Wait for its end, or choose another --name."),
            ) from error

    def release(self) -> None:
        self._lock.release()

    def remove_folder(self) -> None:
        """Nothing of the training is left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.release()
        shutil.rmtree(self._folder, ignore_errors=True)  # where an open lock cannot be deleted


def is_running(folder: Path) -> bool:
    """Whether a process trains in this folder now."""
    if not (folder / _LOCK).is_file():
        return False
    try:
        RunLock(folder, 0.0).release()
    except FinderError:
        return True
    except OSError:  # a library that cannot be written to
        return False
    return False


def forget_training(home: Home, name: str) -> None:
    """Delete the state of an unfinished training; nothing if there is none. Raises FinderError if
    it is running, or its folder cannot be written to."""
    folder = home.trainings / name
    if not folder.is_dir():
        return
    try:
        RunLock(folder).remove_folder()
    except OSError as error:
        raise FinderError(
            tr("The training could not be deleted: {why}.").format(why=error),
            tr("Check the permissions of the library's folder."),
        ) from error
