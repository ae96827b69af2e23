"""One ranking from several models: centred, standardised, summed.

For each model the vectors are centred on the library's mean and scaled to length 1 again; the
query's similarities c to the whole library become z = (c − mean) / standard deviation, so that all
models count the same whatever the spread of their numbers; a picture's score is the sum of its z,
each times the weight that the user gave the model (1 by default). On four labelled sets this beat
the best single model and rank fusion (see docs/architecture.md). For a query in any orientation, c
is the largest of its orientations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.search.matches import Standing
from finder.core.search.ranking.ranking import Own, Ranked, largest, passing_values, rank, ranks

if TYPE_CHECKING:
    from finder.core.search.ranking.common_pictures import CommonPictures
    from finder.core.search.ranking.model_scores import ModelScores
    from finder.core.search.ranking.spread import Spread


@dataclass
class CombinedScores:
    """The score [M] (larger is nearer) of every picture that all models have embedded, −∞ for one
    that the filter leaves out; how many pass the filter; by what each model's similarities were
    standardised; and the best pictures, best first. looked_twice: see `second_look`."""

    common: CommonPictures
    scores: NDArray[np.float64]
    number: int
    spreads: Sequence[Spread]
    top: list[Ranked] = field(default_factory=list)
    is_partial: bool = False
    looked_twice: bool = False

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and score of those of these pictures that all models have embedded and that pass
        the filter."""
        positions = _passing(self.scores, self.common.positions(pictures))
        found, scores = self.common.ids(positions), self.scores[positions]
        listed = [picture for picture, _ in self.top]
        unlisted = frozenset(found.tolist()).difference(listed) if self.is_partial else ()
        rows = zip(
            found.tolist(),
            ranks(found, scores, self.scores, listed),
            scores.tolist(),
            strict=True,
        )
        return {
            picture: Standing(place, score, score, is_least_rank=picture in unlisted)
            for picture, place, score in rows
        }


def combine(
    models: Sequence[ModelScores], common: CommonPictures, top: int, own: Own
) -> CombinedScores:
    """The combined ranking of at least one model's scores, all under the same filter. common: the
    pictures of these models."""
    scores, spreads = _scores(models, common)
    number, mask = len(common), models[0].mask
    if mask is not None:
        mask = common.chosen(mask, 0)
        scores, number = passing_values(scores, mask), int(np.count_nonzero(mask))
    combined = CombinedScores(common, scores, number, spreads)
    return replace(combined, top=best_of(combined, top, own))


def best_of(combined: CombinedScores, top: int, own: Own) -> list[Ranked]:
    """The `top` best by their scores, and of equal ones, those of the query first."""
    scores, common = combined.scores, combined.common
    positions = _candidates(scores, top)
    if own.pictures:
        own_positions = common.positions(np.array(sorted(own.pictures), dtype=np.int64))
        positions = np.union1d(positions, _passing(scores, own_positions))
    ranked = rank(common.ids(positions), -scores[positions], own)[:top]
    return [(picture, -value) for picture, value in ranked]


def _scores(
    models: Sequence[ModelScores], common: CommonPictures
) -> tuple[NDArray[np.float64], list[Spread]]:
    """The summed scores [M]. Each model's are standardised over all that it has embedded."""
    total: NDArray[np.float64] | None = None
    spreads = []
    for number, model in enumerate(models):
        values, spread = model.standardised()
        spreads.append(spread)
        z = common.chosen(values, number)
        total = z if total is None else np.add(total, z, out=total)
    assert total is not None
    return total, spreads


def _candidates(scores: NDArray[np.float64], top: int) -> NDArray[np.int64]:
    """The positions of the `top` best, and of all that equal the last of these."""
    if len(scores) <= top:
        return np.flatnonzero(scores > -np.inf)
    last = scores[largest(scores, top)].min()
    return np.flatnonzero((scores >= last) & (scores > -np.inf))


def _passing(scores: NDArray[np.float64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    passing: NDArray[np.int64] = positions[scores[positions] > -np.inf]
    return passing
