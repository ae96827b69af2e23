"""The lock that allows one writer per library, and a note on who holds it.

Readers (search, status, models, skipped) need no lock: the catalogue and the matrices can be read
while another process writes.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from finder.core.errors import FinderError, LibraryBusyError
from finder.core.i18n import mark, tr

if TYPE_CHECKING:
    from finder.core.paths import Home

_UNKNOWN_HOLDER: Final = mark("another Image Finder")
_NOTE: Final = re.compile(r"(.*) \(process (\d+)\)", re.DOTALL)
"""The format of the note. It is stored in English, and translated when it is shown."""


class WriterLock:
    """Held while a process writes to the library. The system releases it if the process dies.

    holder: its name in the messages of other processes, like `mark("the window")`, not
    translated; the process id is added.
    """

    def __init__(self, home: Home, holder: str = "") -> None:
        self._holder_name = holder or _UNKNOWN_HOLDER
        self._note = Path(f"{home.lock}.holder")
        self._lock = FileLock(home.lock, thread_local=False)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Raises LibraryBusyError, which names the holder, if another process holds it; FinderError
        if the lock file cannot be written."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise LibraryBusyError(
                tr("This library is being written to by {who}.").format(who=self._holder()),
                tr("Close that one, or wait until it has finished, and try again."),
            ) from None
        except OSError as error:
            raise FinderError(
                tr("The library cannot be written to: {why}.").format(why=error.strerror or error),
                tr("Check the permissions and the free space of its folder: {home}").format(
                    home=self._note.parent
                ),
            ) from error
        with suppress(OSError):  # a full disk: the note is optional
            self._note.write_text(f"{self._holder_name} (process {os.getpid()})", encoding="utf-8")

    def release(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):  # the disk may be disconnected or read-only now
                self._note.unlink(missing_ok=True)
            self._lock.release()

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            if note := _NOTE.fullmatch(self._note.read_text(encoding="utf-8")):
                return tr("{who} (process {pid})").format(who=tr(note[1]), pid=note[2])
        return tr(_UNKNOWN_HOLDER)
