"""A second look at the best candidates of a query: pictures whose own neighbours are also near the
query come first.

k-reciprocal re-ranking (Z. Zhong, L. Zheng, D. Cao, S. Li, "Re-ranking Person Re-identification
with k-reciprocal Encoding", CVPR 2017), among the best candidates only, so that it takes the same
time in a library of any size. Three sizes of neighbourhood are looked at and their distances
averaged, because one query has two true neighbours and another has thirty. The nearest picture
stays the first: where there is only one true neighbour, it has no neighbourhood to be recognised
by. docs/finding.md has what is gained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.search.ranking.combine import best_of
from finder.core.search.ranking.crop_products import best_of_crops, crop_vectors
from finder.core.search.ranking.ranking import largest
from finder.core.search.ranking.spread import SMALLEST_DEVIATION

if TYPE_CHECKING:
    from finder.core.search.ranking.combine import CombinedScores
    from finder.core.search.ranking.model_scores import ModelScores
    from finder.core.search.ranking.ranking import Own

CANDIDATES: Final = 300
_FEWEST = 3
"""With fewer candidates there are no neighbourhoods to compare."""
_NEIGHBOURHOODS = ((5, 2), (10, 3), (20, 6))
"""Pairs of k1 and k2 in the paper: how many neighbours a picture has, and over how many of them its
neighbourhood is averaged."""
_LEAST_SHARE = 4
"""A neighbourhood is at most one part in so many of the candidates, or it would be all there is."""
_SHARE_OF_DISTANCE = 0.3
"""λ in the paper: what the query's own distances count in the end."""
_OVERLAP = 2 / 3
"""How much of a neighbour's neighbourhood must be shared for all of it to be taken over."""
_DECIMALS = 6
"""Similarities are rounded to so many: which of two equal ones is larger must not depend on how a
processor adds numbers up."""


def look_twice(
    combined: CombinedScores, models: Sequence[ModelScores], top: int, own: Own
) -> CombinedScores:
    """The combined ranking with its best candidates in another order. models: those that it was
    made of. top: how many are listed.

    The candidates get new scores between those of the best and the last of them, so all others
    stay behind them, and scores fall from rank to rank. The query itself, where the library has it,
    stays where it is. Raises MatrixOutOfSync if a candidate's row is damaged.
    """
    positions = _candidates(combined, own)
    if len(positions) < _FEWEST:
        return combined
    similarities = _similarities(combined, models, positions)
    if similarities is None:
        return combined
    old = combined.scores[positions]
    scores = combined.scores.copy()
    scores[positions] = _falling(reranked_distances(similarities), old)
    looked = replace(combined, scores=scores, looked_twice=True)
    return replace(looked, top=best_of(looked, top, own))


def reranked_distances(similarities: NDArray[np.float32]) -> NDArray[np.float64]:
    """[n]: how far each of n candidates is from the query, 0 … 1, after the second look.

    similarities: [n + 1, n + 1], of the query and the candidates, the best first, to each other, in
    any unit but the same in all places.
    """
    own = np.diagonal(similarities)
    apart = np.maximum((own[:, np.newaxis] + own) / 2 - similarities, 0)
    farthest = apart.max(axis=1, keepdims=True)
    apart = np.round(apart / np.where(farthest > 0, farthest, 1), _DECIMALS)
    itself = np.eye(len(apart), dtype=np.float32)
    order = np.argsort(apart - itself, axis=1, kind="stable")
    most = max(1, len(apart) // _LEAST_SHARE)
    jaccard: NDArray[np.float64] = np.mean(
        [_jaccard(apart, order, min(one, most), averaged) for one, averaged in _NEIGHBOURHOODS],
        axis=0,
    )
    distances: NDArray[np.float64] = jaccard + _SHARE_OF_DISTANCE * (apart[0, 1:] - jaccard)
    distances[0] = 0.0
    return distances


def _jaccard(
    apart: NDArray[np.float32], order: NDArray[np.int64], neighbours: int, averaged: int
) -> NDArray[np.float64]:
    """[n]: the Jaccard distance of the query's weighted neighbourhood to each candidate's. apart:
    [n + 1, n + 1], distances; order: the nearest first in each row, beginning with itself."""
    weights: NDArray[np.float32] = np.exp(-apart) * _neighbourhoods(order, neighbours)
    weights /= weights.sum(axis=1, keepdims=True)
    weights = _near(order, averaged - 1) @ weights
    weights /= min(averaged, len(order))
    shared = np.minimum(weights[0], weights[1:]).sum(axis=1, dtype=np.float64)
    return np.asarray(np.maximum(0, 1 - shared / (2 - shared)), np.float64)


def _neighbourhoods(order: NDArray[np.int64], neighbours: int) -> NDArray[np.float32]:
    """1 for each picture's reciprocal neighbours, and for those of a neighbour that shares most of
    its own."""
    reciprocal = _reciprocal(order, neighbours)
    smaller = _reciprocal(order, round(neighbours / 2))
    shared = reciprocal @ smaller.T > _OVERLAP * smaller.sum(axis=1)
    more = (reciprocal * shared) @ smaller > 0
    either: NDArray[np.float32] = np.maximum(reciprocal, more.astype(np.float32))
    return either


def _reciprocal(order: NDArray[np.int64], neighbours: int) -> NDArray[np.float32]:
    """1 for those that are among each other's nearest, and for each picture itself."""
    near = _near(order, neighbours)
    return near * near.T


def _near(order: NDArray[np.int64], neighbours: int) -> NDArray[np.float32]:
    """1 for each picture's nearest, and for itself."""
    near = np.zeros(order.shape, np.float32)
    np.put_along_axis(near, order[:, : neighbours + 1], 1.0, axis=1)
    return near


# What it is given, and what it gives


def _candidates(combined: CombinedScores, own: Own) -> NDArray[np.int64]:
    """The positions of the best that pass the filter, but not of the query itself; the best first,
    equal ones by their content ids."""
    passing = int(np.count_nonzero(combined.scores > -np.inf))
    if passing < _FEWEST:
        return np.zeros(0, np.int64)
    positions = largest(combined.scores, min(passing, CANDIDATES + 1))
    ids = combined.common.ids(positions)
    order = np.lexsort((ids, -combined.scores[positions]))
    best: NDArray[np.int64] = positions[order[ids[order] != own.leader]][:CANDIDATES]
    return best


def _similarities(
    combined: CombinedScores, models: Sequence[ModelScores], positions: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    """[n + 1, n + 1], of the query and the candidates, summed as the combined ranking sums them.
    Without models whose vectors are compared by more than a product, which takes ten times as long
    as all the rest, and without those that say nothing: all pictures are equally near, or the
    weight is 0. None if there are no others."""
    total: NDArray[np.float32] | None = None
    for number, (model, spread) in enumerate(zip(models, combined.spreads, strict=True)):
        if spread.deviation < SMALLEST_DEVIATION or model.weight == 0:
            continue
        rows = combined.common.rows_of(positions, number)
        vectors, mean = model.index.verified_vectors(rows), model.index.mean()[0]
        centred = model.similarity.centred_vectors(vectors, mean)
        queries = model.similarity.centred_vectors(model.vectors, mean)
        if centred is None or queries is None:
            continue
        products = np.ones((len(rows) + 1,) * 2, np.float32)
        products[1:, 1:] = centred @ centred.T
        products[0, 1:] = products[1:, 0] = _to_query(model, rows, queries, centred, mean)
        products -= np.float32(spread.mean)
        products *= np.float32(model.weight / spread.deviation)
        total = products if total is None else total + products
    return total


def _to_query(
    model: ModelScores,
    rows: NDArray[np.int64],
    queries: NDArray[np.float32],
    centred: NDArray[np.float32],
    mean: NDArray[np.float32],
) -> NDArray[np.float32]:
    """[n]: how near each candidate is to the query, itself or one of its crops. queries, centred:
    less the mean [D]; rows: of the candidates."""
    nearest = (queries @ centred.T).max(axis=0)
    having, vectors = crop_vectors(model.crops, model.index.pictures[rows])
    of_crops = model.similarity.centred_vectors(vectors, mean) if len(having) else None
    if of_crops is not None:
        best = best_of_crops((queries @ of_crops.T).max(axis=0))
        nearest[having] = np.maximum(nearest[having], best)
    return np.asarray(nearest)


def _falling(distances: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in the range of the old ones, the highest for the smallest distance; those of equal
    distances differ by the least that numbers can, in the old order."""
    order = np.argsort(distances, kind="stable")
    share = (distances - distances.min()) / (np.ptp(distances) or 1.0)
    scores = old.max() - np.ptp(old) * share
    falling = scores[order]
    for place in range(len(falling) - 2, -1, -1):
        falling[place] = max(falling[place], np.nextafter(falling[place + 1], np.inf))
    scores[order] = falling
    return np.asarray(scores, np.float64)
