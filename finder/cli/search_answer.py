"""The answer to a search of the command line, verified before it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.cli.output.output import say
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.search.distance import Metric
from finder.core.search.matches import Result

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.models.spec import ModelSpec
    from finder.core.search.query.query import Query
    from finder.core.search.verify.sameness import Different, Sameness
    from finder.use_cases.search.search_session import SearchSession


@dataclass(frozen=True)
class Request:
    """As `SearchSession.search` takes it."""

    specs: Sequence[ModelSpec]
    top: int
    metric: str
    filter: Filter
    look_twice: bool


def answer(
    session: SearchSession, query: Query, request: Request, is_verified: bool, has_names: bool
) -> Result:
    """Of the session's query. is_verified: whether the best matches are compared with its pictures;
    has_names: whether something was found by its words already, so that no model need answer words
    alone. Says what is loaded. Raises FinderError."""
    for spec in session.words_to_load(request.specs):
        say(tr("Loading the words of {title}…").format(title=spec.title))
    try:
        if is_verified and query.items:
            return _verified(session, request)
        return _searched(session, request, request.top)
    except FinderError as error:
        from finder.core.search.search_request import models_left_out
        from finder.use_cases.search.name_matches import answers_without_models

        if not has_names or not answers_without_models(query, error, has_names):
            raise
        say(str(error))
        left_out = models_left_out(query, request.specs)
        return Result.without_matches(query, Metric(request.metric), left_out)


def _searched(session: SearchSession, request: Request, top: int) -> Result:
    return session.search(
        request.specs, top, request.metric, request.filter, look_twice=request.look_twice
    )


def _verified(session: SearchSession, request: Request) -> Result:
    """What is proven to be the same picture may be behind the first matches that are asked for.
    Where no more can be verified, a message says so."""
    from finder.core.search.verify.proofs import SEARCHED, first_matches, with_proofs

    result = _searched(session, request, max(request.top, SEARCHED))
    verified: dict[int, Sameness | Different] = {}
    try:
        for picture, found in session.verify(result):
            verified[picture] = found  # noqa: PERF403  (those before an error count)
    except FinderError as error:
        say(str(error))
    return first_matches(with_proofs(result, verified), request.top)
