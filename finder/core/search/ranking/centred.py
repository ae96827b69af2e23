"""Cosines of vectors that are centred on the library's mean, from products of the stored ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.search.ranking.blocks import blocks

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex

SMALLEST_SCALE = 1e-6
"""Vectors whose distances to the mean have a smaller product are the mean, but for rounding."""


def centred_cosines(
    index: VectorIndex, query: NDArray[np.float32], products: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Cosine similarities [N] of q − μ and v − μ, from q·v, q·μ, μ·v and |μ|² alone."""
    mean, mean_products = index.mean()
    mean_squared = float(mean @ mean)
    query_mean = float(query @ mean)
    query_length = np.sqrt(max(0.0, 1.0 - 2.0 * query_mean + mean_squared))
    cosines = np.empty(len(products))
    for block in blocks(len(products)):
        inner = np.subtract(products[block], mean_products[block], out=cosines[block])
        inner -= query_mean
        inner += mean_squared
        scale = 1.0 - 2.0 * mean_products[block]
        scale += mean_squared
        np.sqrt(np.maximum(scale, 0.0, out=scale), out=scale)
        scale *= query_length
        alike = scale <= SMALLEST_SCALE
        inner /= np.maximum(scale, SMALLEST_SCALE, out=scale)
        inner[alike] = 0.0
    return cosines


class BestCosines:
    """For a block of rows, the largest of their products with several queries, and of their
    centred cosines (`centred_cosines`)."""

    def __init__(
        self, mean: NDArray[np.float32], queries: NDArray[np.float32], scale: float = 1.0
    ) -> None:
        """scale: by which the rows are multiplied to have length 1."""
        # one product gives μ·v, too
        self._sides = np.vstack([queries, mean]).T.copy() * np.float32(scale)
        with np.errstate(all="ignore"):  # of a damaged row, which the products will show
            self._mean_squared = np.float32(mean @ mean)
            self._query_means = queries @ mean
            lengths = 1.0 - 2.0 * self._query_means + self._mean_squared
            self._lengths = np.sqrt(np.maximum(lengths, 0.0))

    @np.errstate(all="ignore")
    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        products = rows @ self._sides
        products, mean_products = products[:, :-1], products[:, -1:]
        best = products.max(axis=1)
        inner = products - mean_products - self._query_means + self._mean_squared
        scale = np.sqrt(np.maximum(1.0 - 2.0 * mean_products + self._mean_squared, 0.0))
        scales = scale * self._lengths
        inner /= np.maximum(scales, SMALLEST_SCALE)
        inner[scales <= SMALLEST_SCALE] = 0.0
        return np.stack([best, inner.max(axis=1)])
