"""The answer to a query as the window shows it: what models have found, and what names have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.search.distance import Metric
from finder.core.search.matches import Result

if TYPE_CHECKING:
    from finder.core.errors import FinderError
    from finder.core.library.words.name_match import NameMatch
    from finder.core.search.query.query import Query


@dataclass(frozen=True)
class Answer:
    """names: the pictures with the query's words in their names or texts; None if it has no words.
    problem: why no model has answered; then the result is empty."""

    result: Result
    names: tuple[NameMatch, ...] | None = None
    problem: FinderError | None = None


def empty_result(query: Query, metric: str) -> Result:
    """Of a search that no model has answered."""
    return Result.without_matches(query, Metric(metric))
