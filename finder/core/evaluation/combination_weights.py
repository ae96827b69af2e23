"""The weights of models in the combined ranking that find best, by cross-validation over labels.

Each of a small grid of weights ranks a sample of the queries. For each fifth of the labels, the
weights that are best for the other four fifths are chosen, and judged by this fifth only: so what
is said of the gain never comes from pictures that chose the weights. What is recommended in the
end is chosen by all.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.bootstrap import Interval, LabelBootstrap
from finder.core.evaluation.evaluation import MeasuredModel, combined_scores, label_queries
from finder.core.evaluation.retrieval_metrics import average_precision, descending_order

if TYPE_CHECKING:
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.labels import LabelledPictures

QUERIES: Final = 1_000
"""The largest number of queries that weights are tried on."""
_FOLDS = 5
_MOST_WEIGHTS = 40
_SEED = 11
_BLOCK = 2_000_000


@dataclass(frozen=True)
class WeightChoice:
    """weights: what is recommended, by model, 1 in the mean; all 1 where no others surely help.
    mean_precision, equal_precision: the mean average precision on labels that did not choose, with
    weights and without; gain: the interval of their difference."""

    weights: Mapping[str, float]
    mean_precision: float
    equal_precision: float
    gain: Interval

    @property
    def helps(self) -> bool:
        return self.gain.low > 0


def choose_weights(
    labelled: LabelledPictures, models: Sequence[ModelVectors]
) -> Generator[float, None, WeightChoice]:
    """Of at least two models with vectors of exactly these pictures. Yields the share that is done,
    0 … 1."""
    queries, relevant = label_queries(labelled)
    if len(queries) > QUERIES:
        chosen = np.random.default_rng(_SEED).choice(len(queries), QUERIES, replace=False)
        queries = queries[np.sort(chosen)]
    names = [model.name for model in models]
    grid = weight_grid(len(models))
    precisions = np.empty((len(grid), len(queries)))
    measured = [MeasuredModel(model, is_combined=True) for model in models]
    size = max(1, _BLOCK // len(labelled))
    for start in range(0, len(queries), size):
        block = queries[start : start + size]
        standardised = {
            model.name: model.standardised(block, model.products(block)) for model in measured
        }
        for number, weights in enumerate(grid):
            yield (start + size * number / len(grid)) / max(len(queries), size)
            scores = combined_scores(standardised, dict(zip(names, weights, strict=True)))
            scores[np.arange(len(block)), block] = -np.inf
            order = descending_order(scores)[:, :-1]
            hits = labelled.labels[order] == labelled.labels[block][:, np.newaxis]
            precisions[number, start : start + len(block)] = average_precision(
                hits, relevant[block]
            )
    yield 1.0
    return _cross_validated(names, grid, precisions, labelled.labels[queries])


def weight_grid(models: int) -> list[tuple[float, ...]]:
    """Weights ≥ 0 of so many models, 1 in the mean: equal ones first, then multiples of a step
    that makes about forty of them."""
    steps = max(
        n for n in range(1, 11) if n == 1 or comb(n + models - 1, models - 1) < _MOST_WEIGHTS
    )
    equal = (1.0,) * models
    parts = (some for some in product(range(steps + 1), repeat=models) if sum(some) == steps)
    scaled = (tuple(part * models / steps for part in some) for some in parts)
    return [equal, *(weights for weights in scaled if weights != equal)]


def _cross_validated(
    names: Sequence[str],
    grid: Sequence[tuple[float, ...]],
    precisions: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> WeightChoice:
    """precisions: [weights, Q], the average precision of each query; labels: [Q]."""
    present = np.unique(labels)
    shuffled = np.random.default_rng(_SEED).permutation(present)
    judged = np.empty(len(labels))
    for fold in range(min(_FOLDS, len(present))):
        held_out = np.isin(labels, shuffled[fold::_FOLDS])
        best = int(precisions[:, ~held_out].mean(axis=1).argmax())
        judged[held_out] = precisions[best, held_out]
    equal = precisions[0]
    gain = LabelBootstrap(labels).intervals({"gain": judged - equal})["gain"]
    best = int(precisions.mean(axis=1).argmax()) if gain.low > 0 else 0
    weights = dict(zip(names, grid[best], strict=True))
    return WeightChoice(weights, float(judged.mean()), float(equal.mean()), gain)
