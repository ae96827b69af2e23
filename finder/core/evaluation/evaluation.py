"""Leave-one-out retrieval: each labelled picture is searched for among all the others, by each
model and by combinations of models.

The rankings are those of a library of just these pictures: a model's by its plain distances, a
combined one as `search.ranking.combine` has it, with a weight for each model. Only blocks of
queries × pictures are kept in memory.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.retrieval_metrics import FIRST, QueryMetrics, descending_order

if TYPE_CHECKING:
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.search.ranking.similarity import Similarity

_BLOCK = 2_000_000
"""Scores that are ranked at a time."""
_SMALLEST_DEVIATION = 1e-12

Weights = Mapping[str, float]
"""The weight of each model of a combination, by the model's name."""


@dataclass(frozen=True)
class ModelVectors:
    """A model's vectors of the pictures that are searched, float32 [n, D], and how they are
    compared. queries: [Q, D], None where these pictures are themselves searched for."""

    name: str
    similarity: Similarity
    vectors: NDArray[np.float32]
    queries: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class RankingFigures:
    """Of one ranking. metrics: of each query; first: int64 [Q, ≤ 10], the positions of the first
    answers among the labelled pictures."""

    metrics: QueryMetrics
    first: NDArray[np.int64]


@dataclass(frozen=True)
class Evaluation:
    """queries: int64 [Q], the positions of the labelled pictures that were searched for: those of
    labels with another picture. models, combinations: by name, in the order asked for."""

    labelled: LabelledPictures
    queries: NDArray[np.int64]
    models: Mapping[str, RankingFigures]
    combinations: Mapping[str, RankingFigures]

    @property
    def query_labels(self) -> NDArray[np.int64]:
        """[Q]: the label of each query."""
        return self.labelled.labels[self.queries]


def evaluate(
    labelled: LabelledPictures,
    models: Sequence[ModelVectors],
    combinations: Mapping[str, Weights],
) -> Generator[float, None, Evaluation]:
    """Yields the share that is done, 0 … 1.

    models: at least one, each with vectors of exactly the labelled pictures. combinations: by name,
    each of some of these models.
    """
    queries, relevant = label_queries(labelled)
    measured = _measured(models, combinations)
    parts: dict[str, list[RankingFigures]] = {}
    size = max(1, _BLOCK // max(1, len(labelled)))
    for start in range(0, len(queries), size):
        yield start / len(queries)
        block = queries[start : start + size]
        for name, scores in _scores(measured, combinations, block):
            figures = _figures(scores, labelled.labels, block, relevant[block])
            parts.setdefault(name, []).append(figures)
    yield 1.0
    rankings = {name: _joined(some) for name, some in parts.items()}
    return Evaluation(
        labelled,
        queries,
        {model.name: rankings[model.name] for model in models},
        {name: rankings[f"{_COMBINED}{name}"] for name in combinations},
    )


def evaluate_copies(
    originals: NDArray[np.int64],
    models: Sequence[ModelVectors],
    combinations: Mapping[str, Weights],
) -> Generator[float, None, tuple[dict[str, RankingFigures], dict[str, RankingFigures]]]:
    """Each query is an altered copy of one picture, which alone is relevant. Yields the share that
    is done; returns the figures of the models and of the combinations.

    originals: int64 [Q], the position of each query's original among the pictures that are
    searched. models: each with queries [Q, D].
    """
    measured = _measured(models, combinations)
    parts: dict[str, list[RankingFigures]] = {}
    size = max(1, _BLOCK // len(models[0].vectors))
    one = np.ones(len(originals), np.int64)
    for start in range(0, len(originals), size):
        yield start / len(originals)
        block = np.arange(start, min(start + size, len(originals)))
        for name, scores in _scores(measured, combinations, block):
            order = descending_order(scores)
            relevant = order == originals[block][:, np.newaxis]
            metrics = QueryMetrics.of(relevant, one[block])
            parts.setdefault(name, []).append(RankingFigures(metrics, order[:, :FIRST].copy()))
    yield 1.0
    joined = {name: _joined(some) for name, some in parts.items()}
    return (
        {model.name: joined[model.name] for model in models},
        {name: joined[f"{_COMBINED}{name}"] for name in combinations},
    )


def _measured(
    models: Sequence[ModelVectors], combinations: Mapping[str, Weights]
) -> list[MeasuredModel]:
    return [
        MeasuredModel(model, any(model.name in weights for weights in combinations.values()))
        for model in models
    ]


def label_queries(
    labelled: LabelledPictures,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions [Q] of the pictures that can be searched for: of labels with several; and for
    each of the labelled pictures [n] how many others are relevant to it."""
    relevant = labelled.sizes()[labelled.labels] - 1
    return np.flatnonzero(relevant > 0), relevant


_COMBINED = "+"
"""Before the name of a combination, so that it is not that of a model."""


class MeasuredModel:
    """A model, ready to be compared; its centred vectors if it is part of a combination."""

    def __init__(self, model: ModelVectors, is_combined: bool) -> None:
        self.name, self.is_combined = model.name, is_combined
        self._similarity, self._vectors = model.similarity, model.vectors
        self._queries = self._vectors if model.queries is None else model.queries
        self._centred: NDArray[np.float32] | None = None
        self._centred_queries: NDArray[np.float32] | None = None
        if is_combined:
            mean = self._vectors.mean(axis=0)
            self._centred = self._similarity.centred_vectors(self._vectors, mean)
            self._centred_queries = (
                self._centred
                if model.queries is None
                else self._similarity.centred_vectors(self._queries, mean)
            )

    def products(self, block: NDArray[np.int64]) -> NDArray[np.float32]:
        """[Q, n]. block: [Q], which of the queries."""
        return self._similarity.product_matrix(self._queries[block], self._vectors)

    def standardised(
        self, block: NDArray[np.int64], products: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """[Q, n], as the combined ranking adds them up."""
        if self._centred is not None and self._centred_queries is not None:
            products = self._centred_queries[block] @ self._centred.T
        mean = products.mean(axis=1, keepdims=True, dtype=np.float64)
        deviation = products.std(axis=1, keepdims=True, dtype=np.float64)
        scores = (products - mean.astype(np.float32)) / np.maximum(
            deviation, _SMALLEST_DEVIATION
        ).astype(np.float32)
        scores[deviation[:, 0] < _SMALLEST_DEVIATION] = 0.0
        return np.asarray(scores)


def _scores(
    models: Sequence[MeasuredModel], combinations: Mapping[str, Weights], block: NDArray[np.int64]
) -> Generator[tuple[str, NDArray[np.float32]]]:
    """Each ranking's scores [Q, n]."""
    standardised = {}
    for model in models:
        products = model.products(block)
        if model.is_combined:
            standardised[model.name] = model.standardised(block, products)
        yield model.name, products
    for name, weights in combinations.items():
        yield f"{_COMBINED}{name}", combined_scores(standardised, weights)


def combined_scores(
    standardised: Mapping[str, NDArray[np.float32]], weights: Weights
) -> NDArray[np.float32]:
    """The weighted sum [Q, n] of the models' standardised scores: a new array."""
    total = np.zeros_like(next(iter(standardised.values())))
    for model, weight in weights.items():
        if weight:
            total += np.float32(weight) * standardised[model]
    return total


def _figures(
    scores: NDArray[np.float32],
    labels: NDArray[np.int64],
    block: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> RankingFigures:
    """scores: [Q, n], changed; block: [Q], the queries; numbers: [Q], how many are relevant."""
    scores[np.arange(len(block)), block] = -np.inf  # the query itself is last
    order = descending_order(scores)[:, :-1]
    relevant = labels[order] == labels[block][:, np.newaxis]
    return RankingFigures(QueryMetrics.of(relevant, numbers), order[:, :FIRST].copy())


def _joined(parts: Sequence[RankingFigures]) -> RankingFigures:
    metrics = QueryMetrics.joined([part.metrics for part in parts])
    return RankingFigures(metrics, np.concatenate([part.first for part in parts]))
