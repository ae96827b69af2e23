"""One model's exact ranking for a query: one vector, or one for each of its orientations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.library.view.model_index import MatrixOutOfSync
from finder.core.models.crops import CROPS
from finder.core.pictures.transform import ORIENTATIONS, Box
from finder.core.search.matches import Standing
from finder.core.search.ranking.crop_products import best_crop_products, crop_vectors
from finder.core.search.ranking.ranking import (
    NOTHING_OWN,
    Own,
    largest,
    passing_values,
    rank,
    ranks,
)
from finder.core.search.ranking.spread import Spread, standardised

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.search.ranking.model_query import Component
    from finder.core.search.ranking.similarity import Similarity

_SPARE_CANDIDATES = 12
"""Candidates beyond the requested number: float32 products order near ties differently than
distances."""
_LARGEST_PRODUCT = 1.01
"""A product of two vectors of length 1 is at most 1, but for rounding."""


@dataclass(frozen=True)
class Products:
    """The query's products with all live rows [N], for each row the largest of all orientations,
    and of the picture's crops, where it has some; best_centred: the largest as the combined ranking
    uses them, if there are several. Where some have crops: spread, of those with whole pictures;
    wholes, the products with these [N]."""

    values: NDArray[np.float32]
    best_centred: NDArray[np.float32] | NDArray[np.float64] | None = None
    spread: Spread | None = None
    wholes: NDArray[np.float32] | None = None

    def plain_spread(self) -> Spread:
        """Of the products with whole pictures, not centred."""
        values = self.values if self.wholes is None else self.wholes
        return Spread.of(values.astype(np.float64))


@dataclass(frozen=True)
class ComponentScores:
    """The products of the pictures, or of the words, of a query that has words. spread: as for
    `ModelScores`."""

    component: Component
    products: Products
    spread: Spread | None = None

    def weighted(
        self, index: VectorIndex, similarity: Similarity
    ) -> tuple[NDArray[np.float64], Spread]:
        """The standardised products [N] times their weight: a new array; and by what they were
        standardised."""
        products = self.products
        if self.component.is_centred:
            values = centred_products(index, self.component.vectors, similarity, products)
            spread = self.spread or products.spread or Spread.of(values)
        else:
            values = products.values.astype(np.float64)
            spread = self.spread or products.plain_spread()
        values = standardised(values, spread)
        if self.component.weight != 1.0:
            values *= self.component.weight
        return values, spread


@dataclass
class ModelScores:
    """A query's vectors [O, D], one for each orientation; its products, the mask of the rows that
    pass the filter (None: all), the products with −∞ for the others, and the nearest pictures
    found, nearest first. weight: of the model in a combined ranking; components: what this adds up
    for a query with words. crops: the index of the pictures' crops, if there are any.

    Where the index has only some of the library's pictures: spread: of the query's similarities to
    a sample of the library; certain_to: the distance up to which the index has all that pass.
    """

    index: VectorIndex
    vectors: NDArray[np.float32]
    similarity: Similarity
    products: Products
    mask: NDArray[np.bool_] | None
    passing: NDArray[np.float32]
    top: list[int]
    spread: Spread | None = None
    certain_to: float = np.inf
    weight: float = 1.0
    crops: VectorIndex | None = None
    components: tuple[ComponentScores, ...] = ()

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and distance of those of these pictures that the model has embedded."""
        positions = self.index.positions(pictures)
        embedded = positions >= 0
        pictures, positions = pictures[embedded], positions[embedded]
        found = self.index.vectors(positions)
        distances, orientations = nearest_distances(self.similarity, self.vectors, found)
        parts = _consider_crops(
            self.crops, pictures, self.vectors, self.similarity, distances, orientations
        )
        rows = zip(
            pictures.tolist(),
            ranks(pictures, self.products.values[positions], self.passing, self.top),
            self.similarity.displayed(distances).tolist(),
            self.similarity.similarities(distances).tolist(),
            orientations.tolist(),
            parts.tolist(),
            (distances > self.certain_to).tolist(),
            strict=True,
        )
        return {
            picture: Standing(
                rank,
                distance,
                similarity,
                orientation=ORIENTATIONS[number],
                is_least_rank=is_least,
                part=_box(part),
            )
            for picture, rank, distance, similarity, number, part, is_least in rows
        }

    def standardised(self) -> tuple[NDArray[np.float64], Spread]:
        """The products [N] as the combined ranking adds them up: a new array; and by what they are
        standardised (of several components, the first)."""
        if self.components:
            parts = [one.weighted(self.index, self.similarity) for one in self.components]
            values, spread = parts[0]
            for more, _ in parts[1:]:
                values += more
        else:
            values = centred_products(self.index, self.vectors, self.similarity, self.products)
            spread = self.spread or self.products.spread or Spread.of(values)
            values = standardised(values, spread)
        if self.weight != 1.0:
            values *= self.weight
        return values, spread


def centred_products(
    index: VectorIndex, vectors: NDArray[np.float32], similarity: Similarity, products: Products
) -> NDArray[np.float64]:
    """The products [N] of these vectors before they are standardised: a new array."""
    if products.best_centred is not None:
        return products.best_centred.astype(np.float64)
    return similarity.centred(index, vectors[0], products.values)


def checked_products(
    index: VectorIndex,
    vectors: NDArray[np.float32],
    similarity: Similarity,
    crops: VectorIndex | None = None,
) -> Products:
    """The products of a query's vectors [O, D] with all live rows. crops: the index of the
    pictures' crops. Raises MatrixOutOfSync if one cannot be that of an intact row."""
    if len(vectors) == 1:
        products = Products(similarity.products(index, vectors[0]))
    else:
        products = Products(*similarity.best_products(index, vectors))
    _require_products(products.values)
    if crops is None or len(crops) == 0:
        return products
    return _with_crops(products, index, vectors, similarity, crops)


def _with_crops(
    wholes: Products,
    index: VectorIndex,
    vectors: NDArray[np.float32],
    similarity: Similarity,
    crops: VectorIndex,
) -> Products:
    """The products with whole pictures, and where a crop has a larger one, that."""
    values = wholes.values.copy()
    centred = centred_products(index, vectors, similarity, wholes)
    spread = Spread.of(centred)
    best, best_centred = best_crop_products(crops, index.mean()[0], vectors)
    _require_products(best)
    positions = index.positions(crops.pictures)
    known = positions >= 0
    at = positions[known]
    values[at] = np.maximum(values[at], best[known])
    centred[at] = np.maximum(centred[at], best_centred[known])
    return Products(values, centred, spread, wholes.values)


def _require_products(values: NDArray[np.float32]) -> None:
    lowest, highest = values.min(initial=0.0), values.max(initial=0.0)
    if not (lowest >= -_LARGEST_PRODUCT and highest <= _LARGEST_PRODUCT):  # false for NaN, too
        raise MatrixOutOfSync("a row is not of length 1")


def score_model(
    index: VectorIndex,
    vectors: NDArray[np.float32],
    similarity: Similarity,
    products: Products,
    top: int,
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
    crops: VectorIndex | None = None,
) -> ModelScores:
    """The exact `top` nearest of the rows that pass the mask: candidates by their products,
    ordered by their distances. Raises MatrixOutOfSync if a candidate's row is damaged.

    products: of `checked_products`. own: the query's pictures, which are always candidates: among
    many identical pictures they might be left out. crops: as for the products.
    """
    passing = passing_values(products.values, mask)
    positions = _candidates(passing, top, mask)
    if own.pictures:
        positions = np.union1d(positions, _own_positions(index, own.pictures, mask))
    candidates = index.verified_vectors(positions)
    distances, orientations = nearest_distances(similarity, vectors, candidates)
    pictures = index.pictures[positions]
    _consider_crops(crops, pictures, vectors, similarity, distances, orientations, verified=True)
    ranked = rank(pictures, distances, own)[:top]
    nearest = [picture for picture, _ in ranked]
    return ModelScores(index, vectors, similarity, products, mask, passing, nearest, crops=crops)


def nearest_distances(
    similarity: Similarity, queries: NDArray[np.float32], vectors: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each of the vectors [n, D] its smallest distance to one of the queries [O, D], and the
    number of that query, of equal ones the first."""
    distances = np.stack([similarity.distances(query, vectors) for query in queries])
    nearest = distances.argmin(axis=0)
    return distances.min(axis=0), nearest.astype(np.int64)


def _consider_crops(
    crops: VectorIndex | None,
    pictures: NDArray[np.int64],
    queries: NDArray[np.float32],
    similarity: Similarity,
    distances: NDArray[np.float64],
    orientations: NDArray[np.int64],
    verified: bool = False,
) -> NDArray[np.int64]:
    """[n]: the number of the crop of each picture that is nearer to a query than the picture is,
    whose distance and orientation replace the picture's; −1 where none is."""
    parts = np.full(len(pictures), -1, np.int64)
    having, vectors = crop_vectors(crops, pictures, verified)
    if len(having):
        found, turned = nearest_distances(similarity, queries, vectors)
        best = found.reshape(-1, len(CROPS)).argmin(axis=1)
        at = np.arange(len(having)) * len(CROPS) + best
        nearer = found[at] < distances[having]
        chosen, at = having[nearer], at[nearer]
        distances[chosen], orientations[chosen], parts[chosen] = found[at], turned[at], best[nearer]
    return parts


@cache
def _box(crop: int) -> Box | None:
    return Box(*CROPS[crop]) if crop >= 0 else None


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
    index: VectorIndex, own: frozenset[int], mask: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    positions = index.positions(np.array(sorted(own), dtype=np.int64))
    positions = positions[positions >= 0]
    return positions if mask is None else positions[mask[positions]]
