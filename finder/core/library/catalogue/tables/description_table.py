"""What the pictures' metadata says: captions and labels."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress

from finder.core.library.catalogue.records import below
from finder.core.library.catalogue.schema import row_crc
from finder.core.pictures.metadata.description import NOTHING, Description


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

    def get(self, pictures: Iterable[int]) -> dict[int, Description]:
        """Of those of the pictures whose metadata says something."""
        found = {}
        query = "SELECT caption, labels FROM description WHERE picture = ?"
        for picture in dict.fromkeys(pictures):
            for caption, labels in self._db.execute(query, (picture,)):
                found[picture] = Description(caption, _labels(labels))
        return found

    def read_again(self, pictures: Iterable[int]) -> None:
        """Forget what is stored of these pictures: the next run reads it again."""
        for picture in pictures:
            self._db.execute("DELETE FROM description WHERE picture = ?", (picture,))
            self._db.execute(
                "INSERT OR IGNORE INTO undescribed SELECT id FROM picture WHERE id = ?", (picture,)
            )

    def unread(self, folder: str, after: int, number: int) -> list[tuple[int, str, int, int]]:
        """The next pictures after this content id whose metadata is to be read, and that have a
        file in the folder: (picture, path, size, modification time in ns)."""
        where, bounds = below(folder)
        rows = self._db.execute(
            "SELECT undescribed.picture, MIN(path), size, mtime_ns FROM undescribed"
            " JOIN file ON file.picture = undescribed.picture"
            f" WHERE undescribed.picture > ? AND {where}"
            " GROUP BY undescribed.picture ORDER BY undescribed.picture LIMIT ?",
            (after, *bounds, number),
        )
        return [(picture, os.fsdecode(path), *facts) for picture, path, *facts in rows]


def _labels(text: str) -> tuple[str, ...]:
    """None of a row that is damaged: a check finds it."""
    with suppress(ValueError, TypeError):
        return tuple(map(str, json.loads(text)))
    return ()
