"""A query in any orientation: first as it is, then in the seven others too.

Extracting a query takes most of a search's time, and seven eighths of that are for nothing where
the query is upright. So these are left out if the best match of the upright query is clear: it is
"nearly the same" by its closeness in the combined ranking. Words are not turned, and say nothing
about that: of a query that has them, the pictures alone are asked first. docs/finding.md has how
often a match is clear, and what it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from finder.core.search.closeness.closeness import NEARLY_THE_SAME
from finder.core.search.result_builder import Timings, standings_of

if TYPE_CHECKING:
    from finder.core.search.result_builder import Scores
    from finder.core.search.search_request import SearchRequest


@dataclass(frozen=True)
class Answer:
    """The scores for a request, what they took, and sentences for the user."""

    scores: Scores
    timings: Timings
    notes: tuple[str, ...] = ()


def answer_in_steps(request: SearchRequest, answer: Callable[[SearchRequest], Answer]) -> Answer:
    """The answer to a request, or to that for the upright query if this finds a clear best. answer:
    called once or twice; what it raises is raised."""
    query = request.query
    if len(query.orientations) == 1:
        return answer(request)
    upright = replace(request, query=replace(query, any_orientation=False))
    pictures = upright
    if query.words:
        pictures = replace(upright, query=replace(upright.query, words=()), look_twice=False)
    first = answer(pictures)
    settled = upright if is_clear(first.scores, pictures) else request
    if settled is pictures:
        return first
    second = answer(settled)
    return replace(second, timings=_both(first.timings, second.timings))


def is_clear(scores: Scores, request: SearchRequest) -> bool:
    """Whether the best match is nearly the same. The query's own pictures say nothing: they are
    nearest to themselves whatever else the library has, and turned copies of them are looked
    for."""
    own = request.own.pictures
    best = next((one for one, _ in scores.combined.top if one not in own), None)
    if best is None:
        return False
    _, combined = standings_of(scores, np.array([best]), own, request.weights)
    return combined[best].closeness >= NEARLY_THE_SAME


def _both(first: Timings, second: Timings) -> Timings:
    return Timings(
        _sums(first.models, second.models),
        first.combined + second.combined,
        first.extraction + second.extraction,
    )


def _sums(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """Of the second's keys."""
    return {name: seconds + first.get(name, 0.0) for name, seconds in second.items()}
