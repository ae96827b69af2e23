"""One ranking from several models: centred, standardised, summed.

For each model the vectors are centred on the library's mean and scaled to length 1 again; the
query's similarities c to the whole library become z = (c − mean) / standard deviation, so that all
models have the same weight whatever the spread of their numbers; a picture's score is the sum of
its z. On four labelled sets this beat the best single model and rank fusion (see
docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.core.library.view.model_index import ModelIndex
from finder.core.search.matches import Standing
from finder.core.search.model_scores import ModelScores
from finder.core.search.ranking import Ranked, is_own, rank, ranks

_SMALLEST_DEVIATION = 1e-12


@dataclass
class CombinedScores:
    """The score [M] (larger is nearer) of every picture [M] that all models have embedded and that
    passes the filter, and the best of them, best first."""

    pictures: NDArray[np.int64]
    scores: NDArray[np.float64]
    top: list[Ranked]

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and score of those of these pictures that all models have embedded."""
        positions = np.flatnonzero(np.isin(self.pictures, pictures))
        found, scores = self.pictures[positions], self.scores[positions]
        listed = [picture for picture, _ in self.top]
        rows = zip(
            found.tolist(),
            ranks(found, scores, self.scores, listed),
            scores.tolist(),
            strict=True,
        )
        return {picture: Standing(place, score, score) for picture, place, score in rows}


def combine(models: Sequence[ModelScores], top: int, own: frozenset[int]) -> CombinedScores:
    """The combined ranking of at least one model's scores, all under the same filter."""
    pictures, scores = combined_scores(
        [model.index for model in models],
        [
            model.similarity.centred(model.index, model.query_vector, model.products)
            for model in models
        ],
    )
    passes = _passing(models[0], pictures)
    if passes is not None:
        pictures, scores = pictures[passes], scores[passes]
    if len(scores) > top:
        best = (scores >= np.partition(scores, -top)[-top]) | is_own(pictures, own)
        ranked = rank(pictures[best], -scores[best], own)[:top]
    else:
        ranked = rank(pictures, -scores, own)
    return CombinedScores(pictures, scores, [(picture, -value) for picture, value in ranked])


def combined_scores(
    indexes: Sequence[ModelIndex], similarities: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(content ids [M], scores [M]) of the pictures that every one of the models has embedded.

    similarities: for each index the query's to all of its rows [N].
    """
    pictures = _common_pictures(indexes)
    scores = np.zeros(len(pictures))
    for index, values in zip(indexes, similarities, strict=True):
        z = standardised(values)
        scores += z if index.has_same_pictures(pictures) else z[index.positions(pictures)]
    return pictures, scores


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(x − mean) / standard deviation; zeros where all values are equal."""
    deviation = float(values.std()) if len(values) else 0.0
    if deviation < _SMALLEST_DEVIATION:
        return np.zeros(len(values))
    z: NDArray[np.float64] = (values - values.mean()) / deviation
    return z


def _common_pictures(indexes: Sequence[ModelIndex]) -> NDArray[np.int64]:
    pictures = indexes[0].pictures
    for index in indexes[1:]:
        if not index.has_same_pictures(pictures):
            pictures = pictures[index.positions(pictures) >= 0]
    return pictures


def _passing(model: ModelScores, pictures: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Which of the pictures, all of which the model has embedded, pass the filter; None: all."""
    if model.mask is None or model.index.has_same_pictures(pictures):
        return model.mask
    return model.mask[model.index.positions(pictures)]
