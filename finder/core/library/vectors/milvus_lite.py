"""The vectors in Milvus Lite: one collection per model.

The engine (`engine.py`) runs in our process. It tolerates neither concurrent writers nor further
use after a failed write. So every call that writes holds one lock, and after any error the store is
abandoned (never flushed) and opened again. Collections are loaded for reading vectors only: a
loaded one is all in memory.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder.core.library.vectors.engine import give_back_memory
from finder.core.library.vectors.milvus_connection import MilvusConnection
from finder.core.library.vectors.milvus_lite_backend import collection_name
from finder.core.library.vectors.store import NO_FACTS, StoredFacts, require_vectors

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.paths import Home

_FETCH_SIZE = 500
_FLUSH_ROWS = 500
_FLUSH_SECONDS = 30.0
"""Flush after this many rows or seconds, so that the log that the next opening reads is short."""


class MilvusLiteStore:
    """An open Milvus Lite database: a `VectorStore`."""

    is_shared = False

    def __init__(self, home: Home) -> None:
        self._unflushed: dict[str, int] = {}
        self._flushed_at = time.monotonic()
        self._obsolete_fields: dict[str, dict[str, str | int]] = {}
        self.is_recreated = False
        self._connection = MilvusConnection(home)
        self._lock = self._connection.lock
        self._collections = set(self._connection.call("list_collections"))
        self._connection.guarded(self._remove_incomplete, home)

    def _remove_incomplete(self, home: Home) -> None:
        """A collection whose creation a full disk stopped is not listed, but blocks its name."""
        for folder in home.vectors.glob("collections/m_*"):
            if folder.name not in self._collections:
                shutil.rmtree(folder)

    @property
    def is_open(self) -> bool:
        return self._connection.is_open

    # Reading

    def has(self, model: ModelState) -> bool:
        return collection_name(model) in self._collections

    def count(self, model: ModelState) -> int:
        if not self.has(model):
            return 0
        return int(self._call("get_collection_stats", collection_name(model))["row_count"])

    def ids(self, model: ModelState, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        if not self.has(model):
            return np.zeros(0, np.int64)
        with self._loaded(model) as name:
            rows = self._call("query", name, filter="id >= 0", output_fields=["id"])
        ids = np.sort(np.array([row["id"] for row in rows], dtype=np.int64))
        return ids if among is None else np.intersect1d(ids, among)

    def fetch(
        self, model: ModelState, pictures: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        ids: list[int] = []
        vectors: list[Any] = []
        if self.has(model):
            with self._loaded(model) as name:
                for start in range(0, len(pictures), _FETCH_SIZE):
                    chunk = [int(p) for p in pictures[start : start + _FETCH_SIZE]]
                    for row in self._call("get", name, ids=chunk, output_fields=["id", "vector"]):
                        ids.append(row["id"])
                        vectors.append(np.asarray(row["vector"], dtype=np.float32))
        stacked = np.array(vectors, dtype=np.float32).reshape(-1, model.dimension)
        return np.array(ids, dtype=np.int64), stacked

    @contextmanager
    def _loaded(self, model: ModelState) -> Iterator[str]:
        """The model's collection, its vectors in memory inside the block."""
        name = collection_name(model)
        self._call("load_collection", name)
        yield name
        self._call("release_collection", name)

    # Writing

    def upsert(
        self,
        model: ModelState,
        pictures: Sequence[int],
        vectors: NDArray[np.float32],
        facts: Mapping[int, StoredFacts] = NO_FACTS,
    ) -> None:
        if len(pictures) == 0:
            return
        # Milvus Lite itself accepts NaN and infinite numbers.
        self._connection.guarded(require_vectors, vectors, (len(pictures), model.dimension))
        name = collection_name(model)
        with self._lock:
            if name not in self._collections:
                self._connection.create_collection(name, model.dimension)
                self._collections.add(name)
            if name not in self._obsolete_fields:
                self._obsolete_fields[name] = self._connection.obsolete_fields(name)
            rows = [
                {"id": int(picture), "vector": vector, **self._obsolete_fields[name]}
                for picture, vector in zip(pictures, vectors, strict=True)
            ]
            # Not "upsert", which looks every id up in every file first: here the newest row of
            # an id counts, however it was written.
            self._call("insert", name, rows)
            self._unflushed[name] = self._unflushed.get(name, 0) + len(rows)
            if self._is_flush_due(name):
                self.flush()

    def _is_flush_due(self, name: str) -> bool:
        waited = time.monotonic() - self._flushed_at
        return self._unflushed[name] >= _FLUSH_ROWS or waited >= _FLUSH_SECONDS

    def as_stored(self, model: ModelState, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return vectors

    def delete(self, model: ModelState, pictures: Sequence[int]) -> None:
        if not self.has(model) or not pictures:
            return
        name = collection_name(model)
        with self._lock:
            for start in range(0, len(pictures), _FLUSH_ROWS):
                chunk = [int(p) for p in pictures[start : start + _FLUSH_ROWS]]
                self._call("delete", name, ids=chunk)
            self._unflushed[name] = self._unflushed.get(name, 0) + len(pictures)

    def drop(self, model: ModelState) -> None:
        """Milvus Lite releases the space of deleted rows in no other way."""
        with self._lock:
            if self.has(model):
                self._drop(collection_name(model))

    def drop_all_but(self, models: Iterable[ModelState]) -> None:
        keep = {collection_name(model) for model in models}
        with self._lock:
            for name in sorted(self._collections - keep):
                self._drop(name)

    def _drop(self, name: str) -> None:
        self._call("drop_collection", name)
        self._collections.discard(name)
        self._unflushed.pop(name, None)
        self._obsolete_fields.pop(name, None)

    # Flushing and closing

    def flush(self) -> None:
        with self._lock:
            if not self.is_open:  # after a failure nothing may be flushed
                self._unflushed.clear()
            for name in sorted(self._unflushed):
                self._call("flush", name)
            if self._unflushed:
                give_back_memory()
            self._unflushed.clear()
            self._flushed_at = time.monotonic()

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._release(keep_unflushed=True)

    def abandon(self) -> None:
        """What Milvus has acknowledged is in its write-ahead log; the next opening reads it."""
        self._release(keep_unflushed=False)

    def _release(self, keep_unflushed: bool) -> None:
        with self._lock:
            self._unflushed.clear()
            self._connection.release(keep_unflushed)

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        return self._connection.call(method, *args, **options)
