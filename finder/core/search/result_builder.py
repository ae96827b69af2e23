"""From scores to the result that is shown: matches with their pictures, and standings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from finder.core.search.closeness.combined_closeness import combined_closeness
from finder.core.search.matches import Match, Result, Standing

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.closeness.closeness_scale import Scale
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query
    from finder.core.search.ranking.combine import CombinedScores
    from finder.core.search.ranking.model_scores import ModelScores

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Scores:
    """The scores of each model that has answered, by name, with its scale, and the combined
    ones."""

    models: dict[str, ModelScores]
    scales: Mapping[str, Scale]
    combined: CombinedScores

    def listed_pictures(self) -> list[int]:
        """Every picture in any of the lists, once, the best ranks first."""
        lists = [
            [picture for picture, _ in self.combined.top],
            *(model.top for model in self.models.values()),
        ]
        by_rank = chain.from_iterable(zip_longest(*lists))
        return [picture for picture in dict.fromkeys(by_rank) if picture is not None]


@dataclass(frozen=True)
class Timings:
    """Seconds: of the search, for each model and for the combination; of the query's extraction,
    all models together."""

    models: dict[str, float]
    combined: float
    extraction: float


def build_result(
    query: Query,
    metric: Metric,
    scores: Scores,
    pictures: Mapping[int, PictureRecord],
    timings: Timings,
    notes: tuple[str, ...],
    epoch: str,
    weights: Mapping[str, float] = MappingProxyType({}),
    left_out: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """pictures: of `listed_pictures`, those that the library still has; the others are left out."""
    ids = np.array(sorted(pictures), dtype=np.int64)
    standings, combined = standings_of(scores, ids, query.own, weights)
    combined_standings = {
        picture: replace(
            standing,
            orientation=_usual(one.orientation for one in standings[picture].values()),
            part=_usual(one.part for one in standings[picture].values()),
        )
        for picture, standing in combined.items()
    }
    return Result(
        query=query,
        metric=metric,
        metrics={name: model.similarity.metric for name, model in scores.models.items()},
        models={
            name: _matches(model.top, _of_model(standings, name), pictures)
            for name, model in scores.models.items()
        },
        combined=_matches(
            (picture for picture, _ in scores.combined.top), combined_standings, pictures
        ),
        combined_over=scores.combined.number,
        standings=standings,
        combined_standings=combined_standings,
        seconds=timings.models,
        combined_seconds=timings.combined,
        extraction_seconds=timings.extraction,
        notes=notes,
        epoch=epoch,
        weights=weights,
        looked_twice=scores.combined.looked_twice,
        left_out=left_out,
    )


def standings_of(
    scores: Scores,
    ids: NDArray[np.int64],
    own: Collection[int],
    weights: Mapping[str, float] = MappingProxyType({}),
) -> tuple[dict[int, dict[str, Standing]], dict[int, Standing]]:
    """The standings of these pictures with each model, and in the combined ranking, with their
    closeness. own: the query's pictures."""
    standings = _by_picture(
        {
            name: _with_closeness(model.standings(ids), scores.scales[name], own)
            for name, model in scores.models.items()
        }
    )
    return standings, combined_closeness(scores.combined.standings(ids), standings, weights)


def _matches(
    top: Iterable[int], standings: Mapping[int, Standing], pictures: Mapping[int, PictureRecord]
) -> list[Match]:
    found = ((pictures[picture], standings[picture]) for picture in top if picture in pictures)
    return [
        Match(rank, picture, standing.distance, standing.closeness, standing.likelihood)
        for rank, (picture, standing) in enumerate(found, 1)
    ]


def _of_model(standings: Mapping[int, Mapping[str, Standing]], model: str) -> dict[int, Standing]:
    return {picture: of[model] for picture, of in standings.items() if model in of}


def _usual(values: Iterable[_Value]) -> _Value:
    """That of most models; of equally many, the first model's."""
    return Counter(values).most_common(1)[0][0]


def _with_closeness(
    standings: Mapping[int, Standing], scale: Scale, own: Collection[int]
) -> dict[int, Standing]:
    similarities = np.array([s.similarity for s in standings.values()], np.float64)
    identical = np.array([picture in own for picture in standings], np.bool_)
    closeness = scale.closeness(similarities, identical).tolist()
    likelihoods = scale.likelihoods(similarities)
    likely = [None] * len(standings) if likelihoods is None else likelihoods.tolist()
    return {
        picture: replace(standing, closeness=value, likelihood=probability)
        for (picture, standing), value, probability in zip(
            standings.items(), closeness, likely, strict=True
        )
    }


def _by_picture(
    by_model: Mapping[str, Mapping[int, Standing]],
) -> dict[int, dict[str, Standing]]:
    by_picture: dict[int, dict[str, Standing]] = {}
    for model, standings in by_model.items():
        for picture, standing in standings.items():
            by_picture.setdefault(picture, {})[model] = standing
    return by_picture
