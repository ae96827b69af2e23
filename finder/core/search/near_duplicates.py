"""Near-duplicates among the matches of a list, so that `stacks` can fold them.

Two pictures are near-duplicates if every feature model finds them nearly the same; or if a baseline
does (a perceptual hash, small pixels) and every feature model finds them more than similar. Where
only baselines have embedded them, all of these must find them nearly the same. docs/closeness.md
has the errors of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.search.closeness.closeness import NEARLY_THE_SAME

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.models.spec import ModelSpec
    from finder.core.search.closeness.closeness_scale import ClosenessScale
    from finder.core.search.ranking.similarity import Similarity

_MORE_THAN_SIMILAR = 60.0
"""What a baseline's finding needs of the feature models: in the middle between their borders of
"similar" and "nearly the same"."""


@dataclass(frozen=True)
class PairsOfModel:
    """The closeness [n, n] of each two of n pictures with one model; NaN where it has not embedded
    one of them."""

    closeness: NDArray[np.float64]
    is_baseline: bool


def pairs_of_model(
    spec: ModelSpec,
    index: VectorIndex,
    similarity: Similarity,
    scale: ClosenessScale,
    pictures: NDArray[np.int64],
) -> PairsOfModel:
    """Of these pictures, from their stored vectors. Raises MatrixOutOfSync if a row is damaged."""
    positions = index.positions(pictures)
    embedded = np.flatnonzero(positions >= 0)
    closeness = np.full((len(pictures), len(pictures)), np.nan)
    vectors = index.verified_vectors(positions[embedded])
    closeness[np.ix_(embedded, embedded)] = scale.closeness(similarity.among(vectors))
    return PairsOfModel(closeness, spec.is_baseline)


def near_duplicates(models: Iterable[PairsOfModel]) -> NDArray[np.bool_]:
    """bool [n, n]: which pictures are near-duplicates of each other. At least one model."""
    features: NDArray[np.float64] | None = None  # the least closeness of all feature models
    baselines: NDArray[np.float64] | None = None
    found: NDArray[np.bool_] | None = None  # by any baseline
    for model in models:
        closeness = model.closeness
        if model.is_baseline:
            nearly = closeness >= NEARLY_THE_SAME
            found = nearly if found is None else found | nearly
            baselines = closeness if baselines is None else np.fmin(baselines, closeness)
        else:
            features = closeness if features is None else np.fmin(features, closeness)
    if features is None:
        return _reach(baselines, NEARLY_THE_SAME)
    near = _reach(features, NEARLY_THE_SAME)
    if found is not None:
        near |= found & _reach(features, _MORE_THAN_SIMILAR)
        near |= np.isnan(features) & _reach(baselines, NEARLY_THE_SAME)
    return near


def _reach(closeness: NDArray[np.float64] | None, least: float) -> NDArray[np.bool_]:
    """False where it is not known."""
    reaches: NDArray[np.bool_] = np.asarray(closeness) >= least
    return reaches


def pairs(pictures: Sequence[int], near: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The pictures that are near-duplicates of each other, each two once."""
    for one, other in np.argwhere(np.triu(near, 1)).tolist():
        yield pictures[one], pictures[other]
