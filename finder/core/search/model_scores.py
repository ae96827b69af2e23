"""One model's exact ranking for a query vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.core.library.view.model_index import MatrixOutOfSync, ModelIndex
from finder.core.search.matches import Standing
from finder.core.search.ranking import largest, passing_values, rank, ranks
from finder.core.search.similarity import Similarity

_SPARE_CANDIDATES = 12
"""Candidates beyond the requested number: float32 products order near ties differently than
distances."""
_LARGEST_PRODUCT = 1.01
"""A product of two vectors of length 1 is at most 1, but for rounding."""


@dataclass
class ModelScores:
    """A query vector [D], its products with all live rows [N], the mask of the rows that pass the
    filter (None: all), the products with −∞ for the others, and the nearest pictures found,
    nearest first."""

    index: ModelIndex
    query_vector: NDArray[np.float32]
    similarity: Similarity
    products: NDArray[np.float32]
    mask: NDArray[np.bool_] | None
    passing: NDArray[np.float32]
    top: list[int]

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and distance of those of these pictures that the model has embedded."""
        positions = self.index.positions(pictures)
        embedded = positions >= 0
        pictures, positions = pictures[embedded], positions[embedded]
        distances = self.similarity.distances(self.query_vector, self.index.vectors(positions))
        rows = zip(
            pictures.tolist(),
            ranks(pictures, self.products[positions], self.passing, self.top),
            self.similarity.displayed(distances).tolist(),
            self.similarity.similarities(distances).tolist(),
            strict=True,
        )
        return {picture: Standing(*numbers) for picture, *numbers in rows}


def checked_products(
    index: ModelIndex, query_vector: NDArray[np.float32], similarity: Similarity
) -> NDArray[np.float32]:
    """The products [N] of a query vector with all live rows. Raises MatrixOutOfSync if one cannot
    be that of an intact row."""
    products = similarity.products(index, query_vector)
    lowest, highest = products.min(initial=0.0), products.max(initial=0.0)
    if not (lowest >= -_LARGEST_PRODUCT and highest <= _LARGEST_PRODUCT):  # false for NaN, too
        raise MatrixOutOfSync("a row is not of length 1")
    return products


def score_model(
    index: ModelIndex,
    query_vector: NDArray[np.float32],
    similarity: Similarity,
    products: NDArray[np.float32],
    top: int,
    own: frozenset[int] = frozenset(),
    mask: NDArray[np.bool_] | None = None,
) -> ModelScores:
    """The exact `top` nearest of the rows that pass the mask: candidates by their products,
    ordered by their distances. Raises MatrixOutOfSync if a candidate's row is damaged.

    products: of `checked_products`. own: content ids of the query's pictures, which are always
    candidates: among many identical pictures they might be left out.
    """
    passing = passing_values(products, mask)
    positions = _candidates(passing, top, mask)
    if own:
        positions = np.union1d(positions, _own_positions(index, own, mask))
    distances = similarity.distances(query_vector, index.verified_vectors(positions))
    ranked = rank(index.pictures[positions], distances, own)[:top]
    nearest = [picture for picture, _ in ranked]
    return ModelScores(index, query_vector, similarity, products, mask, passing, nearest)


def _candidates(
    passing: NDArray[np.float32], top: int, mask: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Positions that surely include the `top` nearest that pass the mask, in no order."""
    wanted = top + _SPARE_CANDIDATES
    number = len(passing) if mask is None else int(np.count_nonzero(mask))
    if wanted >= number:
        return np.arange(number) if mask is None else np.flatnonzero(mask)
    return largest(passing, wanted)


def _own_positions(
    index: ModelIndex, own: frozenset[int], mask: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    positions = index.positions(np.array(sorted(own), dtype=np.int64))
    positions = positions[positions >= 0]
    return positions if mask is None else positions[mask[positions]]
