"""A linear map of vectors, scaled to length 1 afterwards: what teaching finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SMALLEST_NORM = 1e-6
"""As `models.runtime.embedder.normalised` has it."""


@dataclass(frozen=True)
class Projection:
    """matrix: float32 [D, K]; offset: float32 [K]."""

    matrix: NDArray[np.float32]
    offset: NDArray[np.float32]

    @property
    def dimension(self) -> int:
        """K, the length of the new vectors."""
        return int(self.matrix.shape[1])

    def __call__(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of vectors [N, D] the new ones float32 [N, K], each of length 1; a row of zeros for one
        that has no direction."""
        features = (vectors @ self.matrix + self.offset).astype(np.float64)
        norms = np.sqrt(np.vecdot(features, features))[:, np.newaxis]
        sound = np.isfinite(norms) & (norms > _SMALLEST_NORM)
        unit: NDArray[np.float32] = np.where(sound, features / np.where(sound, norms, 1.0), 0.0)
        return unit.astype(np.float32)


class Basis:
    """The directions in which vectors vary most, the largest first: what heads are fitted in.

    mean: [D]; directions: [D, P], orthonormal.
    """

    MOST = 512

    def __init__(
        self, vectors: NDArray[np.float32], others: NDArray[np.float32] | None = None
    ) -> None:
        """vectors: [N, D], at least two different ones; others: [n, D], more of them."""
        if others is not None and len(others):
            vectors = np.concatenate([vectors, others])
        self.mean = vectors.mean(axis=0, dtype=np.float64)
        centred = vectors - self.mean.astype(np.float32)
        number, dimension = centred.shape
        is_wide = number < dimension
        products = centred @ centred.T if is_wide else centred.T @ centred
        values, columns = np.linalg.eigh(products.astype(np.float64))
        kept = np.flatnonzero(values > 1e-6 * max(values[-1], 1e-12))[::-1][: self.MOST]
        columns = columns[:, kept]
        if is_wide:
            columns = centred.T.astype(np.float64) @ columns / np.sqrt(values[kept])
        self.directions: NDArray[np.float64] = columns

    @property
    def dimension(self) -> int:
        return int(self.directions.shape[1])

    def coordinates(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """[N, P]"""
        coordinates: NDArray[np.float64] = (vectors - self.mean) @ self.directions
        return coordinates

    def projection(self, head: NDArray[np.float64]) -> Projection:
        """The map of vectors that is this one [P, K] of coordinates."""
        matrix = self.directions @ head
        offset = -self.mean @ matrix
        return Projection(matrix.astype(np.float32), offset.astype(np.float32))
