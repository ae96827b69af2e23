"""Rankings over a library that is too large to scan: on a server, which finds the nearest only.

Each model's nearest are asked for. All of these together are the candidates: each is fetched with
the vector of every model and measured exactly, by the code that measures a whole library. The
combined ranking needs mean and deviation of each model's similarities; a sample of the library has
nearly the same. A picture that is just behind the end of each list may be missing in the combined
ranking. `is_settled` tells whether it may; then longer lists are asked for, one of `LIST_LENGTHS`
after the other. `python -m benchmarks.candidates` measures what is still missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.models.crops import CROPS
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.crop_products import crop_vectors
from finder.core.search.ranking.model_scores import (
    ComponentScores,
    ModelScores,
    centred_products,
    checked_products,
    score_model,
)
from finder.core.search.ranking.ranking import NOTHING_OWN, Own
from finder.core.search.ranking.spread import Spread

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.search.ranking.model_query import Component
    from finder.core.search.ranking.similarity import Similarity

LIST_LENGTHS: Final = (200, 500, 1_000)
"""How many each model's list has, if so many pass. Every server gives as many as the largest."""


@dataclass(frozen=True)
class NearestFound:
    """What the server found for one model: for each of the query's vectors the nearest, content
    ids int64 [K]. is_everything: these are all that pass the filter. is_ordered: the server orders
    by this similarity (it has no L1 for `pixels`). crops: for each of the query's vectors, and for
    each crop of it, the pictures with the nearest crop at this place; has_all_crops: these are all
    that pass and have crops. components: the same for the other vectors that the combined ranking
    adds up, if there are any."""

    lists: Sequence[NDArray[np.int64]]
    is_everything: bool = False
    is_ordered: bool = True
    crops: Sequence[NDArray[np.int64]] = ()
    has_all_crops: bool = True
    components: Sequence[NearestFound] = ()

    def ends(self) -> list[NDArray[np.int64]]:
        """The lists behind whose end there may be more pictures."""
        if self.is_everything:
            return []
        return [*self.lists, *(() if self.has_all_crops else self.crops)]

    def every_list(self) -> list[NDArray[np.int64]]:
        others = (ids for one in self.components for ids in one.every_list())
        return [*self.lists, *self.crops, *others]


def candidate_ids(found: Iterable[NearestFound], own: Own = NOTHING_OWN) -> NDArray[np.int64]:
    """The candidates of all models' lists, and the query's own pictures, in order: to be fetched
    from every model."""
    lists = [ids for model in found for ids in model.every_list()]
    return np.unique(np.concatenate([*lists, np.array(sorted(own.pictures), dtype=np.int64)]))


def score_candidates(
    candidates: VectorIndex,
    vectors: NDArray[np.float32],
    similarity: Similarity,
    found: NearestFound,
    sample: VectorIndex,
    top: int,
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
    crops: VectorIndex | None = None,
) -> ModelScores:
    """One model's `top` nearest of the candidates that it has embedded and that pass the mask.

    vectors [O, D]: the query's. sample: of the whole library, whatever the filter. mask: over the
    rows of `candidates`; None: all pass. crops: of the candidates that have some.
    """
    products = checked_products(candidates, vectors, similarity, crops)
    scores = score_model(candidates, vectors, similarity, products, top, own, mask, crops)
    return replace(
        scores,
        spread=_spread(sample, vectors, similarity),
        certain_to=_certain_to(candidates, vectors, similarity, found, crops),
    )


def score_component(
    candidates: VectorIndex,
    component: Component,
    similarity: Similarity,
    sample: VectorIndex,
    crops: VectorIndex | None = None,
) -> ComponentScores:
    """The products with the candidates. sample, crops: as for `score_candidates`."""
    products = checked_products(candidates, component.vectors, similarity, crops)
    if component.is_centred or len(sample) == 0:
        spread = _spread(sample, component.vectors, similarity)
    else:
        spread = checked_products(sample, component.vectors, similarity).plain_spread()
    return ComponentScores(component, products, spread)


def combine_candidates(
    models: Sequence[ModelScores], top: int, own: Own, number: int
) -> CombinedScores:
    """The combined ranking of at least one model's scores, all of the same candidates and under the
    same filter. number: how many pictures of the library pass."""
    combined = combine(models, common_pictures([model.index for model in models]), top, own)
    is_partial = any(np.isfinite(model.certain_to) for model in models)
    return replace(combined, number=max(number, combined.number), is_partial=is_partial)


def is_settled(
    models: Sequence[ModelScores], found: Sequence[NearestFound], combined: CombinedScores, top: int
) -> bool:
    """Whether longer lists would hardly change the `top` best of the combined ranking: what is in
    no list has about the score of a picture that is the last of every list, or less. Each of a
    model's own lists needs `top` that pass, too, or all that there are."""
    ends = zip(models, found, strict=True)
    if any(_fewest(model, one, top) < top for model, one in ends):
        return False
    if any(one.is_everything for one in found):
        return True
    scores = [_last_score(model, one) for model, one in zip(models, found, strict=True)]
    return len(combined.top) >= top and combined.top[-1][1] >= sum(scores)


def _fewest(model: ModelScores, found: NearestFound, top: int) -> int:
    """How many of each of the model's lists pass, of several lists the smallest number; `top` where
    none has an end."""
    passing = (int(np.count_nonzero(_passes(model, ids))) for ids in found.ends())
    return min(passing, default=top)


def _passes(model: ModelScores, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For those of the pictures that are candidates."""
    positions = model.index.positions(ids)
    positions = positions[positions >= 0]
    return np.ones(len(positions), np.bool_) if model.mask is None else model.mask[positions]


def _last_score(model: ModelScores, found: NearestFound) -> float:
    """The standardised score of the last of the model's list; of several lists the largest, but of
    components with lists of their own the sum."""
    if not found.components:
        return _largest_last(model, model.standardised()[0], found)
    each = zip(model.components, found.components, strict=True)
    return model.weight * sum(
        _largest_last(model, one.weighted(model.index, model.similarity)[0], of) for one, of in each
    )


def _largest_last(model: ModelScores, values: NDArray[np.float64], found: NearestFound) -> float:
    last = np.array([ids[-1] for ids in found.ends() if len(ids)], dtype=np.int64)
    positions = model.index.positions(last)
    return float(values[positions[positions >= 0]].max(initial=-np.inf))


def _spread(
    sample: VectorIndex, vectors: NDArray[np.float32], similarity: Similarity
) -> Spread | None:
    """None for a library without pictures."""
    if len(sample) == 0:
        return None
    products = checked_products(sample, vectors, similarity)
    return Spread.of(centred_products(sample, vectors, similarity, products))


def _certain_to(
    candidates: VectorIndex,
    vectors: NDArray[np.float32],
    similarity: Similarity,
    found: NearestFound,
    crops: VectorIndex | None,
) -> float:
    """The distance up to which no picture is missing: nearer to none of the query's vectors than
    the last of its list are only pictures that are in none of the lists."""
    if found.is_everything:
        return np.inf
    if not found.is_ordered:
        return -1.0
    ends = [
        _farthest(candidates, query, similarity, ids)
        for query, ids in zip(vectors, found.lists, strict=True)
    ]
    if crops is not None and not found.has_all_crops:
        each = [(query, place) for query in vectors for place in range(len(CROPS))]
        ends += [
            _farthest_crop(crops, query, place, similarity, ids)
            for (query, place), ids in zip(each, found.crops, strict=True)
        ]
    return min(ends)


def _farthest(
    candidates: VectorIndex,
    query: NDArray[np.float32],
    similarity: Similarity,
    ids: NDArray[np.int64],
) -> float:
    positions = candidates.positions(ids)
    listed = candidates.vectors(positions[positions >= 0])
    return float(similarity.distances(query, listed).max(initial=-1.0))


def _farthest_crop(
    crops: VectorIndex,
    query: NDArray[np.float32],
    place: int,
    similarity: Similarity,
    ids: NDArray[np.int64],
) -> float:
    _, vectors = crop_vectors(crops, ids)
    return float(similarity.distances(query, vectors[place :: len(CROPS)]).max(initial=-1.0))
