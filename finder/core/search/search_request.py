"""What is searched for: plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.search.ranking.ranking import Own

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.models.spec import ModelSpec
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query


@dataclass(frozen=True)
class SearchRequest:
    """top: how many matches, from 1 on."""

    query: Query
    specs: Sequence[ModelSpec]
    top: int
    metric: Metric
    filter: Filter

    @property
    def own(self) -> Own:
        """The query's own pictures."""
        return Own(self.query.own, self.query.leader)
