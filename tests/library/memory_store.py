"""A vector store in memory. It shows that the library depends on the interface alone."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.store import (
    NO_FACTS,
    StoredFacts,
    require_vectors,
    store_failed,
)

Vector = NDArray[np.float32]


@dataclass
class MemoryBackend:
    """collections: for each model's key its vectors by content id. They outlive a store that is
    closed. fails: every opening fails, as that of a damaged store."""

    collections: dict[str, dict[int, Vector]] = field(default_factory=dict)
    fails: bool = False
    openings: int = 0
    is_shared: bool = False
    keeps_matrix: bool = True

    def preload(self) -> None:
        pass

    def exists(self) -> bool:
        return bool(self.collections)

    def open(self) -> MemoryStore:
        if self.fails:
            raise store_failed(RuntimeError("damaged"))
        self.openings += 1
        return MemoryStore(self.collections)

    def open_or_recreate(self, suspects: Iterable[ModelState] = ()) -> MemoryStore:
        recreated = self.fails
        if recreated:
            self.collections.clear()
            self.fails = False
        store = self.open()
        store.is_recreated = recreated
        return store

    def remove_damaged(self) -> None:
        pass

    def stamp(self, model: ModelState) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for picture, vector in sorted(self.collections.get(model.key, {}).items()):
            digest.update(picture.to_bytes(8, "little") + vector.tobytes())
        return digest.hexdigest()

    def close(self) -> None:
        pass

    def disk_bytes(self, model: ModelState) -> int:
        return sum(vector.nbytes for vector in self.collections.get(model.key, {}).values())


class MemoryStore:
    """A `VectorStore` of dictionaries."""

    is_shared = False

    def __init__(self, collections: dict[str, dict[int, Vector]]) -> None:
        self.is_recreated = False
        self._stored = collections
        self._is_open = True
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._is_open

    def has(self, model: ModelState) -> bool:
        return model.key in self._collections()

    def count(self, model: ModelState) -> int:
        return len(self._vectors(model))

    def ids(self, model: ModelState, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        ids = np.array(sorted(self._vectors(model)), dtype=np.int64)
        return ids if among is None else np.intersect1d(ids, among)

    def fetch(
        self, model: ModelState, pictures: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        vectors = self._vectors(model)
        found = [int(picture) for picture in pictures if int(picture) in vectors]
        stacked = np.array([vectors[picture] for picture in found], dtype=np.float32)
        return np.array(found, dtype=np.int64), stacked.reshape(-1, model.dimension)

    def upsert(
        self,
        model: ModelState,
        pictures: Sequence[int],
        vectors: NDArray[np.float32],
        facts: Mapping[int, StoredFacts] = NO_FACTS,
    ) -> None:
        if len(pictures) == 0:
            return
        try:
            require_vectors(vectors, (len(pictures), model.dimension))
        except ValueError as error:
            self.abandon()
            raise store_failed(error) from error
        with self._lock:
            collection = self._collections().setdefault(model.key, {})
            for picture, vector in zip(pictures, vectors, strict=True):
                collection[int(picture)] = np.array(vector)

    def as_stored(self, model: ModelState, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return vectors

    def delete(self, model: ModelState, pictures: Sequence[int]) -> None:
        vectors = self._vectors(model)
        for picture in pictures:
            vectors.pop(int(picture), None)

    def drop(self, model: ModelState) -> None:
        self._collections().pop(model.key, None)

    def drop_all_but(self, models: Iterable[ModelState]) -> None:
        kept = {model.key for model in models}
        for key in self._collections().keys() - kept:
            del self._collections()[key]

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._is_open = False

    def abandon(self) -> None:
        self._is_open = False

    def _vectors(self, model: ModelState) -> dict[int, Vector]:
        return self._collections().get(model.key, {})

    def _collections(self) -> dict[str, dict[int, Vector]]:
        if not self._is_open:
            raise store_failed(RuntimeError("it is closed"))
        return self._stored
