"""Which model has embedded which picture, and which vectors are still to be deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from finder.core.library.catalogue.schema import renew_epoch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class EmbeddingTable:
    """The embeddings of the library, and the tombstones of removed ones. A method that changes
    something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def counts(self) -> dict[str, int]:
        """How many pictures each model has embedded."""
        return dict(self._db.execute("SELECT model, COUNT(*) FROM embedding GROUP BY model"))

    def pictures(self, model: str) -> NDArray[np.int64]:
        """The content ids of the model's embeddings, int64 [N]."""
        import numpy as np

        rows = self._db.execute("SELECT picture FROM embedding WHERE model = ?", (model,))
        return np.fromiter((picture for (picture,) in rows), np.int64)

    def rows(self, model: str, from_row: int = 0) -> NDArray[np.int64]:
        """int64 [N, 3]: picture, row, CRC-32 of the model's embeddings, by row."""
        import numpy as np

        rows = self._db.execute(
            "SELECT picture, row, crc FROM embedding WHERE model = ? AND row >= ? ORDER BY row",
            (model, from_row),
        )
        return np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 3)

    def of_pictures(self, model: str, pictures: Iterable[int]) -> NDArray[np.int64]:
        """int64 [N, 3]: as `rows`, of those of the pictures that the model has embedded."""
        import numpy as np

        query = "SELECT picture, row, crc FROM embedding WHERE model = ? AND picture = ?"
        found = [
            row
            for picture in dict.fromkeys(pictures)
            for row in self._db.execute(query, (model, picture))
        ]
        return np.array(sorted(found, key=lambda row: row[1]), np.int64).reshape(-1, 3)

    def lacking(self, model: str) -> list[int]:
        """The pictures with a file that the model has not embedded, in order."""
        rows = self._db.execute(
            "SELECT id FROM picture WHERE id NOT IN"
            " (SELECT picture FROM embedding WHERE model = ?)"
            " AND id IN (SELECT picture FROM file) ORDER BY id",
            (model,),
        )
        return [picture for (picture,) in rows]

    def add(self, model: str, rows: Iterable[tuple[int, int, int]]) -> None:
        """Add (picture, row, CRC-32); the matrix now ends after the last row."""
        added = [(model, *row) for row in rows]
        self._db.executemany("INSERT INTO embedding VALUES (?, ?, ?, ?)", added)
        self._db.executemany(
            "DELETE FROM failure WHERE model = ? AND picture = ?", (row[:2] for row in added)
        )
        end = 1 + max(row for _, _, row, _ in added)
        self._db.execute("UPDATE model SET rows = MAX(rows, ?) WHERE name = ?", (end, model))

    def remove(self, model: str, pictures: Iterable[int]) -> None:
        """Remove a model's embeddings of pictures, and add tombstones, so that their vectors are
        deleted from the vector store."""
        pairs = [(model, picture) for picture in pictures]
        self._db.executemany("DELETE FROM embedding WHERE model = ? AND picture = ?", pairs)
        self._db.executemany("INSERT OR IGNORE INTO tombstone VALUES (?, ?)", pairs)
        self._db.execute("UPDATE model SET removals = removals + 1 WHERE name = ?", (model,))

    def add_tombstones(self, pictures: Iterable[int]) -> None:
        """Those of any model, under the empty name: on a server there may be vectors of models that
        are not known here."""
        pairs = (("", picture) for picture in pictures)
        self._db.executemany("INSERT OR IGNORE INTO tombstone VALUES (?, ?)", pairs)

    def tombstones(self) -> dict[str, list[int]]:
        """For each model the pictures whose vectors are still to be deleted from the store; for all
        models together under the empty name."""
        listed: dict[str, list[int]] = {}
        for model, picture in self._db.execute("SELECT model, picture FROM tombstone"):
            listed.setdefault(model, []).append(picture)
        return listed

    def clear_tombstones(self, model: str) -> None:
        """Call when the model's removed vectors were deleted from the vector store."""
        self._db.execute("DELETE FROM tombstone WHERE model = ?", (model,))

    def put_checksums(self, model: str, checksums: Iterable[tuple[int, int]]) -> None:
        """(CRC-32, picture) of vectors that are other ones from now on."""
        self._db.executemany(
            "UPDATE embedding SET crc = ? WHERE model = ? AND picture = ?",
            ((crc, model, picture) for crc, picture in checksums),
        )

    def renumber(self, model: str, pictures: NDArray[np.int64]) -> None:
        """Call when the matrix was rewritten with these pictures as rows 0, 1, 2 …: a new
        generation."""
        self._db.execute("UPDATE embedding SET row = -1 - row WHERE model = ?", (model,))
        self._db.executemany(
            "UPDATE embedding SET row = ? WHERE model = ? AND picture = ?",
            ((row, model, picture) for row, picture in enumerate(pictures.tolist())),
        )
        self._db.execute(
            "UPDATE model SET rows = ?, generation = generation + 1, removals = removals + 1"
            " WHERE name = ?",
            (len(pictures), model),
        )
        renew_epoch(self._db)
