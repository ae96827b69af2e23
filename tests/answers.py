"""Answers that no search has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from making import FACTS

from finder.core.library.catalogue.records import PictureRecord
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.query.query import Query, QueryItem


def result_of(
    ranks: Mapping[str, Sequence[int]],
    combined: Sequence[int] = (),
    listed: int = 200,
    own: int | None = None,
) -> Result:
    """ranks: for each model the whole library's pictures, the nearest first; `listed` of each are
    in its list. own: the query's own picture."""
    records = {
        picture: PictureRecord(picture, FACTS, (f"/p/{picture}.jpg",))
        for order in ranks.values()
        for picture in order
    }
    lists = {name: _matches(order[:listed], records) for name, order in ranks.items()}
    shown = {match.picture.id for matches in lists.values() for match in matches}.union(combined)
    return Result(
        query=Query((QueryItem("query", b"", picture=own),)),
        metric=Metric.EUCLIDEAN,
        metrics=dict.fromkeys(ranks, Metric.EUCLIDEAN),
        models=lists,
        combined=_matches(combined, records),
        combined_over=len(records),
        standings={
            picture: {
                name: Standing(order.index(picture) + 1, 0.5, 0.5)
                for name, order in ranks.items()
                if picture in order
            }
            for picture in shown
        },
        combined_standings={
            picture: Standing(rank, 0.5, 0.5) for rank, picture in enumerate(combined, 1)
        },
        seconds=dict.fromkeys(ranks, 0.002),
        combined_seconds=0.0,
        extraction_seconds=0.0,
    )


def _matches(pictures: Sequence[int], records: Mapping[int, PictureRecord]) -> list[Match]:
    return [Match(rank, records[picture], 0.5) for rank, picture in enumerate(pictures, 1)]
