"""Which pictures a model has embedded or failed on, queried from the catalogue one at a time."""

from __future__ import annotations

import sqlite3
import threading

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

    def has(self, model: str, picture: int) -> bool:
        return self._finds(_EMBEDDED, model, picture)

    def was_tried(self, model: str, picture: int) -> bool:
        """Whether the model has embedded the picture, or failed on it."""
        return self._finds(f"{_EMBEDDED} UNION ALL {_FAILED}", model, picture)

    def _finds(self, query: str, model: str, picture: int) -> bool:
        with self._lock:
            row = self._db.execute(query, {"model": model, "picture": picture}).fetchone()
        return row is not None


_EMBEDDED = "SELECT 1 FROM embedding WHERE model = :model AND picture = :picture"
_FAILED = "SELECT 1 FROM failure WHERE model = :model AND picture = :picture"


class EmbeddedIds:
    """One model's pictures, as far as they are committed: `picture in known`."""

    def __init__(self, lookup: EmbeddingLookup, model: str) -> None:
        self._lookup = lookup
        self._model = model

    def __contains__(self, picture: int | None) -> bool:
        return picture is not None and self._lookup.has(self._model, picture)

    def was_tried(self, picture: int) -> bool:
        """Whether the model has embedded the picture, or failed on it."""
        return self._lookup.was_tried(self._model, picture)
