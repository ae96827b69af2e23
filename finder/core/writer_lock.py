"""One writer for a library: a lock file, and a note on who holds it.

Reading (search, status, models, skipped) takes no lock: the catalogue and the fast-search files
are made for readers beside a writer.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from finder.core.errors import FinderError, LibraryBusyError
from finder.core.i18n import mark, tr
from finder.core.paths import Home

_ANOTHER: Final = mark("another Image Finder")
_NOTE: Final = re.compile(r"(.*) \(process (\d+)\)", re.DOTALL)
"""The note, in English whatever language its writer speaks: whoever reads it translates it."""


class WriterLock:
    """Held while a process may write to the library. Freed by the system if the process dies.

    who: what others are told holds it, like `mark("the window")`, not translated; the process's
    number is added.
    """

    def __init__(self, home: Home, who: str = "") -> None:
        self._who = who or _ANOTHER
        self._note = Path(f"{home.lock}.holder")
        self._lock = FileLock(home.lock, thread_local=False)

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.free()

    def take(self) -> None:
        """Raise FinderError, naming the holder, if another process writes to this library."""
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
        with suppress(OSError):  # a full disk: the note is only a help
            self._note.write_text(f"{self._who} (process {os.getpid()})", encoding="utf-8")

    def free(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):  # the disk may be gone or read-only by now
                self._note.unlink(missing_ok=True)
            self._lock.release()

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            if note := _NOTE.fullmatch(self._note.read_text(encoding="utf-8")):
                return tr("{who} (process {pid})").format(who=tr(note[1]), pid=note[2])
        return tr(_ANOTHER)
