"""The result of a search: plain values, cheap to import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from finder.core.pictures.transform import UPRIGHT, Box, Orientation

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query
    from finder.core.search.verify.sameness import Sameness


@dataclass(frozen=True)
class Standing:
    """One picture in one model's ranking: its rank from 1 among all pictures that pass the filter,
    its distance in the result's metric (which may be a similarity), and, whatever the metric, a
    similarity: 1 is the same. closeness: 0 to 100, the same unit for all models (`closeness`).
    likelihood: the probability that the words of a query describe it, if the model has one.
    orientation: in which the query is most like it, if any was asked; in the combined ranking, that
    of most models. is_least_rank: it may rank behind that, because a server was asked for the
    nearest only. part: the crop of the upright picture that is so near, where the index has crops
    of it and one is nearer than the whole; in the combined ranking, that of most models."""

    rank: int
    distance: float
    similarity: float
    closeness: float = 0.0
    orientation: Orientation = UPRIGHT
    is_least_rank: bool = False
    likelihood: float | None = None
    part: Box | None = None

    @property
    def rank_text(self) -> str:
        """The rank for people; with ≥ before it where it may be behind that."""
        return f"≥ {self.rank:,}" if self.is_least_rank else f"{self.rank:,}"


@dataclass(frozen=True)
class Match:
    """A row of a result list. score: the distance in a model's list, the summed score in the
    combined one (larger is nearer there). closeness: 0 to 100, the same unit in all lists.
    likelihood: as in `Standing`."""

    rank: int
    picture: PictureRecord
    score: float
    closeness: float = 0.0
    likelihood: float | None = None


@dataclass(frozen=True)
class Result:
    """The answer to a query.

    metric: the requested one; metrics: of each model's numbers. models: for each model its matches,
    nearest first. combined: over the pictures that all models have embedded (combined_over of
    them). standings: for every listed picture its standing with each model; combined_standings: in
    the combined ranking, with its score as distance. seconds: search time of each model without
    extraction; extraction_seconds: of the query, all models together. notes: sentences for the user
    on the providers that computed the query, on models that failed on it, which are left out of
    everything else, and on matches that may be missing. epoch: the library's, replaced by each
    repair or restore. weights: of the models in the combined ranking, by name; empty where all are
    the same. same: the matches that are proven to be the query's picture, by content id; different:
    those that were compared and are not.
    looked_twice: whether the combined ranking is that of a second look (`ranking.second_look`).
    before_proofs: the combined ranking before the proven matches moved to its front; empty if none
    did. left_out: the models that cannot answer such a query, by name, each with a sentence why.
    """

    query: Query
    metric: Metric
    metrics: dict[str, Metric]
    models: dict[str, list[Match]]
    combined: list[Match]
    combined_over: int
    standings: dict[int, dict[str, Standing]]
    combined_standings: dict[int, Standing]
    seconds: dict[str, float]
    combined_seconds: float
    extraction_seconds: float
    notes: tuple[str, ...] = ()
    epoch: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    same: Mapping[int, Sameness] = field(default_factory=dict)
    different: frozenset[int] = frozenset()
    looked_twice: bool = False
    before_proofs: Sequence[Match] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def without_matches(
        cls, query: Query, metric: Metric, left_out: Mapping[str, str] = MappingProxyType({})
    ) -> Result:
        """For a query that no model has answered."""
        return cls(query, metric, {}, {}, [], 0, {}, {}, {}, 0.0, 0.0, left_out=left_out)

    def pictures(self) -> list[PictureRecord]:
        """Every listed picture once, the best ranks first."""
        lists = (self.combined, *self.models.values())
        matches = sorted(chain.from_iterable(lists), key=lambda match: match.rank)
        return list({match.picture.id: match.picture for match in matches}.values())


def replace_pictures(
    matches: Iterable[Match], pictures: Mapping[int, PictureRecord]
) -> list[Match]:
    """The matches with newer records of their pictures, where there are any (by content id)."""
    return [
        replace(match, picture=pictures.get(match.picture.id, match.picture)) for match in matches
    ]
