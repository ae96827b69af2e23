"""One model's vectors, ready to be compared with a query: exact, over the mapped matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums

_ROWS = 2_048
"""So many are compared at a time: what that takes stays in the processor's cache."""


class MatrixOutOfSync(Exception):
    """The fast-search matrix disagrees with the catalogue, or a row with its checksum: it must be
    rebuilt first."""


class ModelIndex:
    """The live rows of one model's matrix. `refresh` before use; belongs to one thread.

    pictures: int64 [N], the content id of each live row; everything else is in the same order.
    """

    def __init__(self, nearest: Path) -> None:
        self._nearest = nearest
        self._state: ModelState | None = None
        self._without: frozenset[int] = frozenset()
        self._embeddings: NDArray[np.int64] = np.zeros((0, 3), np.int64)
        self._forget_rows()

    def _forget_rows(self) -> None:
        self.pictures: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self._checksums: NDArray[np.int64] = np.zeros(0, np.int64)
        self._sound: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._matrix: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._sorted: NDArray[np.int64] | None = None
        self._centre: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def epoch(self) -> str:
        """The library's epoch at the last `refresh`."""
        return self._state.epoch if self._state is not None else ""

    def refresh(
        self, catalogue: Catalogue, state: ModelState, without: frozenset[int] = frozenset()
    ) -> None:
        """Take in what was stored or removed since; leave these pictures out (no file shows them
        any more, and the run that removes them is not there yet). Raises MatrixOutOfSync."""
        if (state, without) == (self._state, self._without):
            return
        files = MatrixFiles(self._nearest, state)
        if self._state is not None and state.only_grew_from(self._state):
            fresh = catalogue.embeddings.rows(state.name, self._state.rows)
            embeddings = np.concatenate([self._embeddings, fresh])
        else:
            fresh = embeddings = catalogue.embeddings.rows(state.name)
        if not files.agrees(fresh) or files.length() <= embeddings[:, 1].max(initial=-1):
            raise MatrixOutOfSync(state.name)
        self._forget_rows()
        self._state, self._embeddings = None, embeddings
        if without:
            embeddings = embeddings[~np.isin(embeddings[:, 0], list(without))]
        self.pictures = np.ascontiguousarray(embeddings[:, 0])
        self._rows = np.ascontiguousarray(embeddings[:, 1])
        self._checksums = np.ascontiguousarray(embeddings[:, 2])
        self._sound = np.zeros(len(self.pictures), np.bool_)
        self._matrix = files.map_vectors(int(self._rows.max()) + 1 if len(self._rows) else 0)
        self._state, self._without = state, without

    def similarities(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inner products float32 [N] of a unit vector [D] with every live row."""
        with np.errstate(invalid="ignore"):  # BLAS may flag what lies beside the numbers
            return self._live(self._matrix @ query)

    def by_rows(
        self, compare: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """What a function of some rows [n, D] gives for each, float32 [N] for every live row."""
        parts = [
            compare(self._matrix[at : at + _ROWS]) for at in range(0, len(self._matrix), _ROWS)
        ]
        return self._live(np.concatenate(parts))

    def vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [len(positions), D]."""
        return np.asarray(self._matrix[self._rows[positions]])

    def sound_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same, each row compared with its checksum when it is first looked at. Raises
        MatrixOutOfSync."""
        vectors = self.vectors(positions)
        fresh = ~self._sound[positions]
        if fresh.any():
            if checksums(vectors[fresh]) != self._checksums[positions[fresh]].tolist():
                raise MatrixOutOfSync("a row is damaged")
            self._sound[positions] = True
        return vectors

    def positions(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these pictures are; −1 for one that this model has not embedded."""
        if len(self) == 0:
            return np.full(len(pictures), -1, np.int64)
        if self._sorted is None:
            self._sorted = np.argsort(self.pictures)
        at = np.searchsorted(self.pictures, pictures, sorter=self._sorted)
        found = self._sorted[np.minimum(at, len(self) - 1)]
        return np.where(self.pictures[found] == pictures, found, -1)

    def lists(self, pictures: NDArray[np.int64]) -> bool:
        """Whether its live rows are just these pictures, in this order."""
        return self.pictures is pictures or np.array_equal(self.pictures, pictures)

    def vector_of(self, picture: int | None) -> NDArray[np.float32] | None:
        """The stored vector [D] of a picture of the library, or None."""
        if picture is None:
            return None
        at = self.positions(np.array([picture], dtype=np.int64))
        return None if at[0] < 0 else self.sound_vectors(at)[0]

    def centre(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The library's mean vector μ [D], and μ·v for every live row [N]."""
        if self._centre is None:
            mean = self._mean()
            self._centre = mean, self.similarities(mean).astype(np.float64)
        return self._centre

    def _mean(self) -> NDArray[np.float32]:
        live = np.zeros(len(self._matrix), np.float32)
        live[self._rows] = 1.0 / max(1, len(self))
        with np.errstate(invalid="ignore"):
            mean: NDArray[np.float32] = live @ self._matrix
        if not np.isfinite(mean).all():  # a row that is not in use is damaged
            mean = self._matrix[self._rows].mean(axis=0)
        return mean

    def _live(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return values if len(values) == len(self._rows) else values[self._rows]
