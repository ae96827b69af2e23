"""One model's vectors, ready to be compared with a query: exact, over the mapped matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState

_BLOCK_ROWS = 2_048
"""Rows compared at a time by `map_blocks`: what that needs stays in the processor's cache."""


class MatrixOutOfSync(Exception):
    """The matrix disagrees with the catalogue, or a row with its checksum: it must be rebuilt."""


class ModelIndex:
    """The live rows of one model's matrix. `refresh` before use; belongs to one thread.

    pictures: int64 [N], the content id of each live row; everything else is in the same order. A
    new array whenever the rows have changed.
    """

    def __init__(self, nearest: Path) -> None:
        self._nearest = nearest
        self._state: ModelState | None = None
        self._excluded: frozenset[int] = frozenset()
        self._embeddings: NDArray[np.int64] = np.zeros((0, 3), np.int64)
        self._clear_rows()

    def _clear_rows(self) -> None:
        self.pictures: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self._checksums: NDArray[np.int64] = np.zeros(0, np.int64)
        self._verified: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._matrix: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._mean: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def epoch(self) -> str:
        """The library's epoch at the last `refresh`."""
        return self._state.epoch if self._state is not None else ""

    def refresh(
        self, catalogue: Catalogue, state: ModelState, excluded: frozenset[int] = frozenset()
    ) -> None:
        """Follow what was stored or removed since the last call. Raises MatrixOutOfSync.

        excluded: pictures to leave out, because they have no file any more and no run has removed
        them yet.
        """
        if (state, excluded) == (self._state, self._excluded):
            return
        try:
            self._read(catalogue, state, excluded)
        except FileNotFoundError as error:  # a writer has just removed the model or replaced it
            raise MatrixOutOfSync(state.name) from error

    def _read(self, catalogue: Catalogue, state: ModelState, excluded: frozenset[int]) -> None:
        files = MatrixFiles(self._nearest, state)
        if self._state is not None and state.only_grew_from(self._state):
            added = catalogue.embeddings.rows(state.name, self._state.rows)
            embeddings = np.concatenate([self._embeddings, added])
        else:
            added = embeddings = catalogue.embeddings.rows(state.name)
        if not files.agrees(added) or files.length() <= embeddings[:, 1].max(initial=-1):
            raise MatrixOutOfSync(state.name)
        self._clear_rows()
        self._state, self._embeddings = None, embeddings
        if excluded:
            embeddings = embeddings[~np.isin(embeddings[:, 0], list(excluded))]
        self.pictures = np.ascontiguousarray(embeddings[:, 0])
        self._rows = np.ascontiguousarray(embeddings[:, 1])
        self._checksums = np.ascontiguousarray(embeddings[:, 2])
        self._verified = np.zeros(len(self.pictures), np.bool_)
        self._matrix = files.map_vectors(int(self._rows.max()) + 1 if len(self._rows) else 0)
        self._state, self._excluded = state, excluded

    def inner_products(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [N]: the inner products of a vector [D] with every live row."""
        # BLAS may read beyond the rows and flag what it finds; a damaged row may overflow
        with np.errstate(invalid="ignore", over="ignore"):
            return self._live(self._matrix @ query)

    def map_blocks(
        self,
        compare: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        block: int = _BLOCK_ROWS,
    ) -> NDArray[np.float32]:
        """float32 [N] or [K, N]: one number, or K, for every live row, from a function that gives
        n or K × n for n rows [n, D]. block: the largest n."""
        parts = [
            compare(self._matrix[start : start + block])
            for start in range(0, len(self._matrix), block)
        ]
        return self._live(np.concatenate(parts, axis=-1))

    def vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [len(positions), D]."""
        return np.asarray(self._matrix[self._rows[positions]])

    def verified_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same; each row is compared with its checksum the first time it is read. Raises
        MatrixOutOfSync."""
        vectors = self.vectors(positions)
        unverified = ~self._verified[positions]
        if unverified.any():
            expected = self._checksums[positions[unverified]].tolist()
            if checksums(vectors[unverified]) != expected:
                raise MatrixOutOfSync("a row is damaged")
            self._verified[positions] = True
        return vectors

    def positions(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions of these pictures; −1 for one that this model has not embedded."""
        if len(self) == 0:
            return np.full(len(pictures), -1, np.int64)
        if self._sorted is None:
            order = np.argsort(self.pictures)
            self._sorted = order, self.pictures[order]
        order, sorted_pictures = self._sorted
        asked = np.argsort(pictures)  # a search in order finds most of what it reads in the cache
        at = np.empty(len(pictures), np.int64)
        at[asked] = np.searchsorted(sorted_pictures, pictures[asked])
        np.minimum(at, len(self) - 1, out=at)
        return np.where(sorted_pictures[at] == pictures, order[at], -1)

    def has_same_pictures(self, pictures: NDArray[np.int64]) -> bool:
        """Whether its live rows are exactly these pictures, in this order."""
        return self.pictures is pictures or np.array_equal(self.pictures, pictures)

    def vector_of(self, picture: int | None) -> NDArray[np.float32] | None:
        """The stored vector [D] of a picture of the library, or None. Raises MatrixOutOfSync."""
        if picture is None:
            return None
        position = self.positions(np.array([picture], dtype=np.int64))
        return None if position[0] < 0 else self.verified_vectors(position)[0]

    def mean(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The mean μ [D] of the live rows, and μ·v for each of them [N]. Computed once."""
        if self._mean is None:
            mean = self._compute_mean()
            self._mean = mean, self.inner_products(mean).astype(np.float64)
        return self._mean

    def _compute_mean(self) -> NDArray[np.float32]:
        """As one product with the whole matrix: faster than gathering the live rows first."""
        weights = np.zeros(len(self._matrix), np.float32)
        weights[self._rows] = 1.0 / max(1, len(self))
        with np.errstate(invalid="ignore", over="ignore"):
            mean: NDArray[np.float32] = weights @ self._matrix
        if not np.isfinite(mean).all():  # a dead row is damaged: 0 × NaN is NaN
            mean = self._matrix[self._rows].mean(axis=0)
        return mean

    def _live(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return values if values.shape[-1] == len(self._rows) else values[..., self._rows]
