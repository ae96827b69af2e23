"""One window per library: a second start passes its files to the first window, and ends.

The lock is the operating system's, so a killed window does not hold it. (`filelock`, which the
writer uses, takes 15 ms to import: too long before the window is shown.)
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.system.permissions import make_private

if TYPE_CHECKING:
    from finder.core.paths import Home

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RESPONSE_SECONDS = 3.0  # for the first window to respond, or to close
_POLL_SECONDS = 0.05
_TAKEN = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)  # the last two: Windows
_LOCKED_BYTE = 1 << 20  # Windows: a locked byte cannot be read, and the holder's number is at 0


class InstanceLock:
    """Held as long as the window is open. `is_held` is also false on a disk that does not support
    locks: then every start opens a window of its own."""

    def __init__(self, home: Home) -> None:
        self._path = home.run / "window.lock"
        self._file: int | None = None

    @property
    def is_held(self) -> bool:
        return self._file is not None

    def acquire(self) -> bool:
        """Whether this process may open the window: no other one has."""
        try:
            make_private(self._path.parent)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            _lock(file)
        except OSError as error:
            os.close(file)
            return error.errno not in _TAKEN
        self._file = file
        with suppress(OSError):  # a full disk: the number is only informative
            os.ftruncate(file, 0)
            os.write(file, b"%d" % os.getpid())
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def holder(self) -> str:
        """The id of the process that holds it, as text."""
        try:
            return self._path.read_text(encoding="ascii") or "?"
        except (OSError, ValueError):
            return "?"


def claim(home: Home, paths: Sequence[str] = (), captures: bool = False) -> InstanceLock | None:
    """The lock for a window on this library; None if there is already a window, which has come
    to the front and received the paths, or captures a part of the screen. Raises
    FinderError if that one does not respond."""
    lock = InstanceLock(home)
    deadline = time.monotonic() + _RESPONSE_SECONDS
    while not lock.acquire():
        from finder.jobs.instance_socket import activate_window

        absolute = [os.path.abspath(path) for path in paths]
        if activate_window(home, absolute, deadline - time.monotonic(), captures):
            return None
        if time.monotonic() >= deadline:
            raise FinderError(
                tr(
                    "The window that has this library open does not respond (process {pid})."
                ).format(pid=lock.holder()),
                tr("Switch to that window yourself, or end that process and try again."),
            )
        time.sleep(_POLL_SECONDS)
    return lock


def _lock(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
