"""Some of a model's vectors, fetched from the server, to be compared with a query."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

_LENGTH_ERROR = 0.01
"""Of a squared length. float16 makes it 0.001 at most."""


class FetchedVectors:
    """A `VectorIndex` of the rows that were fetched. Belongs to one thread.

    ids int64 [N], each once; vectors float32 [N, D], of length 1: others cannot be what was stored,
    and are left out; mean [D]: of all vectors of the model, as far as it is known
    (`SampleStatistics`).
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        vectors: NDArray[np.float32],
        mean: NDArray[np.float32],
    ) -> None:
        if vectors.shape != (len(ids), len(mean)):
            raise ValueError(f"{vectors.shape} is not {len(ids)} × {len(mean)}")
        sound = are_unit(vectors)
        if not sound.all():
            _warn()
            ids, vectors = ids[sound], vectors[sound]
        order = np.argsort(ids)
        self.pictures: NDArray[np.int64] = ids[order]
        self._vectors: NDArray[np.float32] = vectors[order]
        self._means = mean, (self._vectors @ mean).astype(np.float64)

    def __len__(self) -> int:
        return len(self.pictures)

    def inner_products(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(self._vectors @ query)

    def map_blocks(
        self, compare: Callable[[NDArray[np.float32]], NDArray[np.float32]], block: int = 2_048
    ) -> NDArray[np.float32]:
        starts = range(0, max(1, len(self)), block)
        parts = [compare(self._vectors[start : start + block]) for start in starts]
        return np.concatenate(parts, axis=-1)

    def vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(self._vectors[positions])

    def verified_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.vectors(positions)

    def positions(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        if len(self) == 0:
            return np.full(len(pictures), -1, np.int64)
        at = np.minimum(np.searchsorted(self.pictures, pictures), len(self) - 1)
        return np.where(self.pictures[at] == pictures, at, -1)

    def vector_of(self, picture: int | None) -> NDArray[np.float32] | None:
        if picture is None:
            return None
        position = self.positions(np.array([picture], dtype=np.int64))
        return None if position[0] < 0 else self.vectors(position)[0]

    def has_same_pictures(self, pictures: NDArray[np.int64]) -> bool:
        return self.pictures is pictures or np.array_equal(self.pictures, pictures)

    def mean(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        return self._means


def are_unit(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of the vectors [N, D] have the length 1, as all that were stored."""
    with np.errstate(invalid="ignore", over="ignore"):
        squares = np.vecdot(vectors, vectors)
        sound: NDArray[np.bool_] = np.abs(squares - 1.0) <= _LENGTH_ERROR  # false for NaN, too
    return sound


@cache
def _warn() -> None:
    """Once: they are in every search."""
    log.warning("the server has vectors that were not stored; checking the library replaces them")
