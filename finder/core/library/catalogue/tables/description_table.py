"""What the pictures' metadata says: captions and labels."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable

from finder.core.library.catalogue.records import below
from finder.core.library.catalogue.schema import row_crc
from finder.core.pictures.metadata.description import NOTHING, Description
from finder.core.pictures.scan import FoundFile


class DescriptionTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, picture: int, description: Description) -> None:
        """Store what was read of a picture of the library."""
        self._db.execute("DELETE FROM undescribed WHERE picture = ?", (picture,))
        if description == NOTHING:
            self._db.execute("DELETE FROM description WHERE picture = ?", (picture,))
            return
        labels = json.dumps(description.labels, ensure_ascii=False)
        row = picture, description.caption, labels
        self._db.execute(
            "INSERT INTO description VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " caption = excluded.caption, labels = excluded.labels, crc = excluded.crc"
            " WHERE crc != excluded.crc",
            (*row, row_crc(*row)),
        )

    def read_again(self, pictures: Iterable[int]) -> None:
        """Forget what is stored of these pictures: the next run reads it again."""
        for picture in pictures:
            self._db.execute("DELETE FROM description WHERE picture = ?", (picture,))
            self._db.execute(
                "INSERT OR IGNORE INTO undescribed SELECT id FROM picture WHERE id = ?", (picture,)
            )

    def leave_unread(self, pictures: Iterable[int]) -> None:
        """These are not to be read any more; what is stored of them is kept."""
        self._db.executemany("DELETE FROM undescribed WHERE picture = ?", ((p,) for p in pictures))

    def unread(self, folder: str, after: int, number: int) -> list[tuple[int, list[FoundFile]]]:
        """The next pictures after this content id whose metadata is to be read, each with its files
        in the folder, of which it has at least one."""
        where, bounds = below(folder)
        rows = self._db.execute(
            "SELECT picture, path, size, mtime_ns FROM file WHERE picture IN"
            " (SELECT DISTINCT undescribed.picture FROM undescribed"
            " JOIN file ON file.picture = undescribed.picture"
            f" WHERE undescribed.picture > ? AND {where} ORDER BY undescribed.picture LIMIT ?)"
            f" AND {where} ORDER BY picture, path",
            (after, *bounds, number, *bounds),
        )
        found: dict[int, list[FoundFile]] = {}
        for picture, path, *facts in rows:
            found.setdefault(picture, []).append(FoundFile(os.fsdecode(path), *facts))
        return list(found.items())
