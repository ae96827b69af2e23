"""The pictures that the user removed from the library, by content id.

Their files are in the file table with the reason REMOVED and the content id as its detail: so a run
does not open them again, and what is removed can be listed. The picture stays removed without them,
too: a copy that turns up elsewhere does not bring it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from finder.core.library.catalogue.schema import row_crc


class RemovedTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

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
