"""The models that have embedded something, and the state of their vectors."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from finder.core.library.catalogue.records import (
    ModelState,
)

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


class ModelTable:
    """The models of the library. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def states(self) -> dict[str, ModelState]:
        rows = self._db.execute(
            "SELECT name, version, sha256, dimension, rows, generation, removals,"
            " coalesce((SELECT epoch FROM library), '') FROM model"
        )
        return {row[0]: ModelState(*row) for row in rows}

    def put(self, spec: ModelSpec) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO model (name, version, sha256, dimension) VALUES (?, ?, ?, ?)",
            (spec.name, spec.version, spec.sha256, spec.dimension),
        )

    def remove(self, name: str) -> None:
        self._db.execute("DELETE FROM model WHERE name = ?", (name,))
