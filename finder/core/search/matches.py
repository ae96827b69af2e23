"""What a search answers: plain values, light to import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.distance import Metric
    from finder.core.search.query import Query


@dataclass(frozen=True)
class Standing:
    """Where one model puts one picture: rank from 1 over the whole library, its distance (or
    similarity, as the metric says), and in any case a similarity: 1 is the same."""

    rank: int
    distance: float
    similarity: float


@dataclass(frozen=True)
class Match:
    """A row of a result list. score: the distance in a model's list, the summed score in the
    combined one (larger is nearer there)."""

    rank: int
    picture: PictureRecord
    score: float


@dataclass(frozen=True)
class Result:
    """An answer. metric: what was asked for; metrics: what each model's numbers are; models: for
    each chosen model its matches, nearest first; combined: over the pictures that all chosen models
    have embedded (combined_over of them); standings: for every picture shown anywhere, where each
    chosen model puts it, and combined_standings the combined ranking (its score as the distance);
    seconds: search time for each model without extraction; extraction_seconds: of the query, all
    models together; notes: sentences for the user on what computed it, and on models that failed on
    the query: those are left out of everything else; epoch: the library's, another one after each
    repair or restore."""

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

    def pictures(self) -> list[PictureRecord]:
        """Every picture of the lists, once; the best ranks first."""
        lists = (self.combined, *self.models.values())
        matches = sorted(chain.from_iterable(lists), key=lambda match: match.rank)
        return list({match.picture.id: match.picture for match in matches}.values())


def renewed(matches: Iterable[Match], pictures: Mapping[int, PictureRecord]) -> list[Match]:
    """The matches with these pictures in place of earlier ones of the same ids."""
    return [
        replace(match, picture=pictures.get(match.picture.id, match.picture)) for match in matches
    ]
