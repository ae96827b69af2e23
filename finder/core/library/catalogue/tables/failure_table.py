"""Which model could not embed which picture, and why.

A failure is that model's alone: the picture is in the library, with the vectors of the others.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from finder.core.errors import Failure
from finder.core.library.catalogue.records import (
    reason_of,
)
from finder.core.library.catalogue.schema import row_crc

ENOUGH_TRIED = 20
"""The number of pictures after which a model can be judged."""


@dataclass(frozen=True)
class FailedFile:
    """A file whose picture a model could not embed. model: its name."""

    path: str
    model: str
    failure: Failure


def fails_mostly(tried: int, failed: int) -> bool:
    """Whether a model fails on so many pictures that trying more of them is a waste of time."""
    return tried >= ENOUGH_TRIED and 2 * failed > tried


class FailureTable:
    """The models' failures. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, model: str, picture: int, failure: Failure) -> None:
        """Store it, unless the model has embedded the picture by now (an exact copy of it)."""
        row = model, picture, str(failure.reason), failure.detail or None
        self._db.execute(
            "INSERT OR REPLACE INTO failure SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS"
            " (SELECT 1 FROM embedding WHERE model = ? AND picture = ?)",
            (*row, row_crc(*row), model, picture),
        )

    def remove_of(self, model: str) -> None:
        """The model may try its pictures again."""
        self._db.execute("DELETE FROM failure WHERE model = ?", (model,))

    def clear(self) -> None:
        """All models may try their pictures again."""
        self._db.execute("DELETE FROM failure")

    def remove(self, keys: Iterable[tuple[str, int]]) -> None:
        """The models may try these pictures again. keys: (model, picture)."""
        self._db.executemany("DELETE FROM failure WHERE model = ? AND picture = ?", keys)

    def counts(self) -> dict[str, int]:
        """How many pictures each model has failed on, for those that have."""
        return dict(self._db.execute("SELECT model, COUNT(*) FROM failure GROUP BY model"))

    def files(self) -> list[FailedFile]:
        """Every place of every picture that a model has failed on, by path."""
        rows = self._db.execute(
            "SELECT file.path, failure.model, failure.reason, failure.detail"
            " FROM failure JOIN file ON file.picture = failure.picture"
            " ORDER BY file.path, failure.model"
        )
        return [
            FailedFile(os.fsdecode(path), model, Failure(reason_of(reason), detail or ""))
            for path, model, reason, detail in rows
        ]
