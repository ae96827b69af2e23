"""How the vectors of a kind of model are compared, for the ranking and for the displayed numbers.

A kind of model that is not compared as unit vectors has an entry in `_BY_KIND`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from finder.core.search.distance import Metric, euclidean
from finder.core.search.ranking.centred import SMALLEST_SCALE, BestCosines, centred_cosines

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.models.spec import ModelSpec

_SMALLEST_LENGTH = 1e-3
"""A sum of unit vectors that is shorter is mostly rounding error."""
_PRODUCT_ROWS = 65_536
"""Rows that are multiplied with several queries at a time: the threads of a product wait for each
other at its end, and what it gives takes a few megabytes."""


class Similarity(Protocol):
    """metric: of the numbers that `displayed` returns. products_kind: two similarities of one model
    for which it is equal give equal products."""

    @property
    def metric(self) -> Metric: ...

    @property
    def products_kind(self) -> str: ...

    def query_vector(
        self, vectors: NDArray[np.float32], weights: NDArray[np.float64]
    ) -> NDArray[np.float32] | None:
        """One vector [D] for a query of several pictures: vectors [n, D], weights [n], at least
        one above 0. None if they cancel each other out."""

    def products(self, index: VectorIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every live row [N] a number in −1 … 1, the largest for the nearest."""

    def best_products(
        self, index: VectorIndex, queries: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """[2, N]: for every live row the largest of its products with these queries [O, D], and the
        largest of what `centred` gives for them. Keeps no O × N numbers."""

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """For each row of vectors [N, D], exactly: the smallest for the nearest, 0 for the same."""

    def displayed(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distances as the metric's numbers."""

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distances as similarities up to 1, for a cut-off that fits every model."""

    def among(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """[n, n]: the similarity of each of these vectors [n, D] to each other one, but for
        rounding to float32."""

    def centred(
        self, index: VectorIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """The products [N] as the combined ranking uses them, before standardising: a new array."""

    def product_matrix(
        self, queries: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """[Q, n]: the products of queries [Q, D] with vectors [n, D]."""

    def centred_vectors(
        self, vectors: NDArray[np.float32], mean: NDArray[np.float32]
    ) -> NDArray[np.float32] | None:
        """Vectors [n, D], of which `product_matrix` gives what `centred` does, with the mean [D] of
        the library; None if these products are centred as they are."""


def similarity_of(spec: ModelSpec, asked: Metric) -> Similarity:
    """With the requested metric if the model has it, else with the model's default."""
    metric = asked if asked in spec.metrics else Metric(spec.metrics[0])
    return _BY_KIND.get(spec.kind, _unit_vectors)(spec, metric)


@dataclass(frozen=True)
class UnitVectorSimilarity:
    """Features, and hashes of ±1/√n. Everything follows from the product s = q·v: d² = 2 − 2s,
    and two hashes of n bits differ in n·d²/4 of them."""

    metric: Metric
    dimension: int

    @property
    def products_kind(self) -> str:
        return "inner product"

    def query_vector(
        self, vectors: NDArray[np.float32], weights: NDArray[np.float64]
    ) -> NDArray[np.float32] | None:
        """The weighted sum, scaled to length 1: it ranks by the weighted sum of the similarities to
        each picture, for hashes by that of the Hamming distances. A single vector stays exactly as
        it is."""
        if len(vectors) == 1:
            return np.asarray(vectors[0])
        total = weights @ vectors.astype(np.float64)
        length = float(np.linalg.norm(total))
        if length < _SMALLEST_LENGTH * float(np.abs(weights).sum()):
            return None
        return (total / length).astype(np.float32)

    def products(self, index: VectorIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return index.inner_products(query)

    def best_products(
        self, index: VectorIndex, queries: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return index.map_blocks(BestCosines(index.mean()[0], queries), _PRODUCT_ROWS)

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return euclidean(query, vectors)

    def displayed(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.metric is Metric.EUCLIDEAN:
            return distances
        if self.metric is Metric.HAMMING:
            return np.round(self.dimension * distances**2 / 4.0)
        return self.similarities(distances)

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances**2 / 2.0

    def among(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return (vectors @ vectors.T).astype(np.float64)

    def centred(
        self, index: VectorIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return centred_cosines(index, query, products)

    def product_matrix(
        self, queries: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        products: NDArray[np.float32] = queries @ vectors.T
        if self.metric is Metric.HAMMING:  # equal numbers of bits are equal products
            bits = np.rint((1.0 - products) * (self.dimension / 2))
            products = 1.0 - bits / np.float32(self.dimension / 2)
        return products

    def centred_vectors(
        self, vectors: NDArray[np.float32], mean: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        centred = vectors - mean
        lengths = np.linalg.norm(centred, axis=1, keepdims=True)
        centred /= np.maximum(lengths, SMALLEST_SCALE)
        centred[lengths[:, 0] <= SMALLEST_SCALE] = 0.0
        return np.asarray(centred)


@dataclass(frozen=True)
class PixelSimilarity:
    """Pixels x as `baselines.pixels` stores them: x/√d, and one number that makes the length 1."""

    metric: Metric
    pixel_values: int

    @property
    def products_kind(self) -> str:
        return str(self.metric)

    def query_vector(
        self, vectors: NDArray[np.float32], weights: NDArray[np.float64]
    ) -> NDArray[np.float32] | None:
        """The mean picture: scaling a sum to length 1 would make it brighter than its parts. With
        weights below 0, as far beyond it as it is away from the mean of those pictures, times
        their share: the colours in which they differ are exaggerated, up to black and white."""
        if len(vectors) == 1:
            return np.asarray(vectors[0])
        pixels, more = vectors[:, :-1].astype(np.float64), weights > 0
        mean = weights[more] / weights[more].sum() @ pixels[more]
        if not more.all():
            share = -weights[~more] / weights[more].sum()
            mean += share.sum() * mean - share @ pixels[~more]
            np.clip(mean, 0.0, 1.0 / sqrt(self.pixel_values), out=mean)
        rest = sqrt(max(0.0, 1.0 - float(mean @ mean)))
        return np.append(mean, rest).astype(np.float32)

    def products(self, index: VectorIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return index.map_blocks(
            lambda rows: (1.0 - self._differences(query, rows)).astype(np.float32)
        )

    def best_products(
        self, index: VectorIndex, queries: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        def compare(rows: NDArray[np.float32]) -> NDArray[np.float32]:
            nearest = np.min([self._differences(query, rows) for query in queries], axis=0)
            return np.stack([1.0 - nearest] * 2).astype(np.float32)

        return index.map_blocks(compare)

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return self._differences(query, vectors).astype(np.float64)

    def displayed(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances if self.metric is Metric.COSINE else distances * self.pixel_values

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances

    def among(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        similarities = np.empty((len(vectors), len(vectors)))
        for number, vector in enumerate(vectors):
            found = 1.0 - self._differences(vector, vectors[number:])
            similarities[number, number:] = similarities[number:, number] = found
        return similarities

    def centred(
        self, index: VectorIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Unchanged: these products are not cosines of the stored vectors."""
        return products.astype(np.float64)

    def product_matrix(
        self, queries: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return np.stack([1.0 - self._differences(query, vectors) for query in queries])

    def centred_vectors(self, vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> None:
        return None

    def _differences(
        self, query: NDArray[np.float32], rows: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """l1: the mean absolute difference of pixel values, 0 … 1; cosine: 1 − cosine."""
        query_pixels, pixels = query[:-1], rows[:, :-1]
        if self.metric is Metric.COSINE:
            difference = _normalised(pixels) - _normalised(query_pixels[np.newaxis])
            halves: NDArray[np.float32] = np.vecdot(difference, difference) / 2.0
            return halves
        total = np.abs(pixels - query_pixels).sum(axis=1)
        means: NDArray[np.float32] = total / sqrt(self.pixel_values)
        return means


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; all-black ones stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-6))
    return directions


def _unit_vectors(spec: ModelSpec, metric: Metric) -> Similarity:
    return UnitVectorSimilarity(metric, spec.dimension)


def _pixels(spec: ModelSpec, metric: Metric) -> Similarity:
    return PixelSimilarity(metric, spec.dimension - 1)


_BY_KIND: Mapping[str, Callable[[ModelSpec, Metric], Similarity]] = {"pixels": _pixels}
