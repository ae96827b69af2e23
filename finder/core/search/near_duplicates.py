"""Near-duplicates among the matches of a list, so that they can be shown as one stack.

Two pictures are near-duplicates if every feature model finds them nearly the same; or if a baseline
does (a perceptual hash, small pixels) and every feature model finds them more than similar. Where
only baselines have embedded them, all of these must find them nearly the same. A stack is a match
and the near-duplicates of this match that follow it: no chains, so that nothing is hidden behind a
picture that it does not resemble itself. docs/closeness.md has the errors of the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.core.library.view.model_index import ModelIndex
from finder.core.models.spec import ModelSpec
from finder.core.search.closeness.closeness import NEARLY_THE_SAME
from finder.core.search.closeness.closeness_scale import ClosenessScale
from finder.core.search.ranking.similarity import Similarity

_MORE_THAN_SIMILAR = 60.0
"""What a baseline's finding needs of the feature models: in the middle between their borders of
"similar" and "nearly the same"."""

Stacks = dict[int, tuple[int, ...]]
"""For each picture that others are folded behind: these, in their order. (Content ids.)"""


@dataclass(frozen=True)
class PairsOfModel:
    """The closeness [n, n] of each two of n pictures with one model; NaN where it has not embedded
    one of them."""

    closeness: NDArray[np.float64]
    is_baseline: bool


def pairs_of_model(
    spec: ModelSpec,
    index: ModelIndex,
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


def near_duplicates(models: Sequence[PairsOfModel]) -> NDArray[np.bool_]:
    """bool [n, n]: which pictures are near-duplicates of each other. At least one model."""
    unknown = np.full_like(models[0].closeness, np.nan)
    baselines = [model.closeness for model in models if model.is_baseline]
    features = np.fmin.reduce(
        [unknown, *(model.closeness for model in models if not model.is_baseline)]
    )
    nearly: NDArray[np.bool_] = features >= NEARLY_THE_SAME
    if baselines:
        found = np.any([closeness >= NEARLY_THE_SAME for closeness in baselines], axis=0)
        nearly |= found & (features >= _MORE_THAN_SIMILAR)
        alone = np.isnan(features)
        nearly |= alone & (np.fmin.reduce(baselines) >= NEARLY_THE_SAME)
    return nearly


def stacks(pictures: Sequence[int], near: NDArray[np.bool_]) -> Stacks:
    """Fold each picture behind the first one before it that it is a near-duplicate of and that is
    not folded itself."""
    folded: dict[int, list[int]] = {}
    leads = np.zeros(len(pictures), np.bool_)  # the places before this one that are not folded
    for place, picture in enumerate(pictures):
        leaders = np.flatnonzero(near[place] & leads)
        if len(leaders):
            folded.setdefault(pictures[leaders[0]], []).append(picture)
        else:
            leads[place] = True
    return {picture: tuple(others) for picture, others in folded.items()}
