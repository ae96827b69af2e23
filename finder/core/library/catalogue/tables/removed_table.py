"""The pictures that the user removed from the library, by content id.

Their files are in the file table with the reason REMOVED and the content id as its detail: so a run
does not open them again, and what is removed can be listed. The picture stays removed without them,
too: a copy that turns up elsewhere does not bring it back.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from finder.core.errors import Reason
from finder.core.library.catalogue.records import as_removed
from finder.core.library.catalogue.schema import row_crc

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.file_table import FileTable


class RemovedTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection, files: FileTable) -> None:
        self._db = db
        self._files = files

    def add(self, pictures: Iterable[int]) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [(picture, now) for picture in pictures]
        self._db.executemany(
            "INSERT OR IGNORE INTO removed VALUES (?, ?, ?)",
            ((*row, row_crc(*row)) for row in rows),
        )

    def remove(self, pictures: Iterable[int]) -> None:
        """The pictures may come back."""
        self._db.executemany("DELETE FROM removed WHERE picture = ?", ((p,) for p in pictures))

    def files(self) -> dict[str, int]:
        """The known files of removed pictures, by path, with the content ids."""
        rows = self._db.execute(
            "SELECT path, CAST(detail AS INTEGER) FROM file WHERE reason = ? ORDER BY path",
            (Reason.REMOVED,),
        )
        return {os.fsdecode(path): picture for path, picture in rows}

    def mark_files(self, picture: int) -> int:
        """The picture's files do not show it any more. Returns their number."""
        shown = self._files.showing(picture)
        for file in shown:
            self._files.put(as_removed(file))
        return len(shown)

    def ids(self) -> frozenset[int]:
        return frozenset(picture for (picture,) in self._db.execute("SELECT picture FROM removed"))

    def count(self) -> int:
        (count,) = self._db.execute("SELECT COUNT(*) FROM removed").fetchone()
        return int(count)

    def still_shown(self) -> list[int]:
        """Those that a file shows nevertheless: in a catalogue that was restored."""
        rows = self._db.execute(
            "SELECT picture FROM removed WHERE EXISTS"
            " (SELECT 1 FROM file WHERE file.picture = removed.picture)"
        )
        return [picture for (picture,) in rows]
