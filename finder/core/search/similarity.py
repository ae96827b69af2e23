"""How the vectors of one kind of model are compared: for the ranking, and for what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from finder.core.models.spec import ModelSpec
from finder.core.search.combine import centred_similarities
from finder.core.search.distance import Metric, euclidean
from finder.core.search.model_index import ModelIndex


class Similarity(Protocol):
    """metric: what `shown` gives."""

    @property
    def metric(self) -> Metric: ...

    def products(self, index: ModelIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every live row [N] a number in −1 … 1, the largest for the nearest."""

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """For each row of vectors [N, D], exactly: the smallest for the nearest, 0 for the same."""

    def shown(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distances as the metric's numbers."""

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distances as similarities up to 1, for a cut-off that fits every model."""

    def spread(
        self, index: ModelIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """The products [N] as they take part in the combined ranking, before standardising."""


def similarity_of(spec: ModelSpec, asked: Metric) -> Similarity:
    """With the metric that was asked for, if the model has it; else with the model's own."""
    metric = asked if asked in spec.metrics else Metric(spec.metrics[0])
    if spec.kind == "pixels":
        return _Pixels(metric, spec.dimension - 1)
    return _UnitVectors(metric, spec.dimension)


@dataclass(frozen=True)
class _UnitVectors:
    """Features, and hashes of ±1/√n: one product s tells everything. d² = 2 − 2s, and of n bits
    n·d²/4 differ."""

    metric: Metric
    dimension: int

    def products(self, index: ModelIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return index.similarities(query)

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return euclidean(query, vectors)

    def shown(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.metric is Metric.EUCLIDEAN:
            return distances
        if self.metric is Metric.HAMMING:
            return np.round(self.dimension * distances**2 / 4.0)
        return self.similarities(distances)

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances**2 / 2.0

    def spread(
        self, index: ModelIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return centred_similarities(index, query, products)


@dataclass(frozen=True)
class _Pixels:
    """Pixels x as `baselines.pixels` keeps them: (x/√d, what makes the length 1)."""

    metric: Metric
    numbers: int

    def products(self, index: ModelIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
        return index.by_rows(lambda rows: (1.0 - self._apart(query, rows)).astype(np.float32))

    def distances(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return self._apart(query, vectors).astype(np.float64)

    def shown(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances if self.metric is Metric.COSINE else distances * self.numbers

    def similarities(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - distances

    def spread(
        self, index: ModelIndex, query: NDArray[np.float32], products: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return products.astype(np.float64)

    def _apart(self, query: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """l1: the mean difference of a pixel's numbers, 0 … 1; cosine: 1 − cosine similarity."""
        one, others = query[:-1], rows[:, :-1]
        if self.metric is Metric.COSINE:
            difference = _directions(others) - _directions(one[np.newaxis])
            halves: NDArray[np.float32] = np.vecdot(difference, difference) / 2.0
            return halves
        means: NDArray[np.float32] = np.abs(others - one).sum(axis=1) / sqrt(self.numbers)
        return means


def _directions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; what is all black stays so."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-6))
    return directions
