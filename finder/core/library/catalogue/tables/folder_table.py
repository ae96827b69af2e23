"""The folders that the user added."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from finder.core.errors import Reason
from finder.core.library.catalogue.records import FolderCount, FolderState, below
from finder.core.library.catalogue.schema import row_crc

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.word_table import WordTable


class FolderTable:
    """The folders of the library. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection, words: WordTable) -> None:
        self._db = db
        self._words = words

    def add(self, path: str) -> None:
        row = os.fsencode(path), datetime.now(UTC).isoformat(timespec="seconds")
        added = self._db.execute(
            "INSERT OR IGNORE INTO folder VALUES (?, ?, ?)", (*row, row_crc(*row))
        )
        if added.rowcount:
            self._words.note_folder(path)

    def remove(self, path: str) -> None:
        self._words.note_folder(path)
        self._db.execute("DELETE FROM folder WHERE path = ?", (os.fsencode(path),))

    def paths(self) -> list[str]:
        rows = self._db.execute("SELECT path FROM folder ORDER BY path")
        return [os.fsdecode(path) for (path,) in rows]

    def states(self) -> list[FolderState]:
        states = []
        for folder in self.paths():
            where, bounds = below(folder)
            (files, skipped) = self._db.execute(
                f"SELECT COUNT(picture), COUNT(NULLIF(reason, ?)) FROM file WHERE {where}",
                (Reason.REMOVED, *bounds),
            ).fetchone()
            states.append(FolderState(folder, files, skipped))
        return states

    def counts(self) -> list[FolderCount]:
        counts = []
        for folder in self.paths():
            where, bounds = below(folder)
            numbers = self._db.execute(
                "SELECT COUNT(picture), COUNT(DISTINCT picture), COUNT(NULLIF(reason, ?)),"
                f" COUNT(reason) FROM file WHERE {where}",
                (Reason.REMOVED, *bounds),
            ).fetchone()
            files, pictures, skipped, reasons = numbers
            counts.append(FolderCount(folder, files, pictures, skipped, reasons - skipped))
        return counts

    def totals(self) -> tuple[int, int]:
        """Files that show a picture, and different pictures, in the whole library."""
        query = "SELECT COUNT(picture), COUNT(DISTINCT picture) FROM file"
        files, pictures = self._db.execute(query).fetchone()
        return files, pictures
