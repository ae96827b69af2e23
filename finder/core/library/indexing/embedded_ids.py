"""Which pictures a model has embedded or failed on, queried from the catalogue one at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.paths import Home


class EmbeddingLookup:
    """A connection of its own, which many threads may use: a run over a few new pictures must not
    read the entries of a hundred thousand others."""

    def __init__(self, home: Home) -> None:
        self._db = sqlite3.connect(
            home.catalogue, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def embedded(self, model: str, pictures: Sequence[int]) -> set[int]:
        """Those of the pictures (a batch of them) that the model has embedded."""
        marks = ", ".join("?" * len(pictures))
        query = f"SELECT picture FROM embedding WHERE model = ? AND picture IN ({marks})"
        with self._lock:
            return {picture for (picture,) in self._db.execute(query, (model, *pictures))}

    def was_tried(self, model: str, picture: int) -> bool:
        """Whether the model has embedded the picture, or failed on it."""
        with self._lock:
            row = self._db.execute(_TRIED, {"model": model, "picture": picture}).fetchone()
        return row is not None


_TRIED = (
    "SELECT 1 FROM embedding WHERE model = :model AND picture = :picture UNION ALL"
    " SELECT 1 FROM failure WHERE model = :model AND picture = :picture"
)


class EmbeddedIds:
    """One model's pictures, as far as they are committed."""

    def __init__(self, lookup: EmbeddingLookup, model: str) -> None:
        self._lookup = lookup
        self._model = model

    def among(self, pictures: Iterable[int]) -> set[int]:
        """Those of the pictures (a batch of them) that the model has embedded."""
        return self._lookup.embedded(self._model, tuple(pictures))

    def was_tried(self, picture: int) -> bool:
        """Whether the model has embedded the picture, or failed on it."""
        return self._lookup.was_tried(self._model, picture)
