"""A search that the user has named, with all that it takes to have it again."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.filter.filter_text import filter_text, parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.limits import MAX_MATCHES
from finder.core.printable import printable
from finder.core.search.distance import Metric
from finder.core.search.query.query_spec_json import spec_as_json, spec_from_json

if TYPE_CHECKING:
    from finder.core.search.query.query_spec import QuerySpec

LONGEST_NAME = 80


@dataclass(frozen=True)
class SavedSearch:
    """models: names of those that answer; None: those that are used by default. top: the number of
    matches; metric: a value of `Metric`. contents: the content ids of the query's files by path,
    as far as they are known."""

    name: str
    spec: QuerySpec
    filter: Filter = NO_FILTER
    models: tuple[str, ...] | None = None
    top: int = 50
    metric: str = Metric.EUCLIDEAN
    contents: Mapping[str, int] = field(default_factory=dict)


def clean_name(text: str) -> str:
    """A name as it is kept. Raises FinderError if it is none."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise FinderError(tr("A saved search needs a name."), tr("Give it one."))
    if len(name) > LONGEST_NAME:
        raise FinderError(
            tr("A name can have at most {n} characters.").format(n=LONGEST_NAME),
            tr("Choose a shorter one."),
        )
    if printable(name) != name:
        raise FinderError(
            tr("The name {name} contains characters that cannot be shown.").format(
                name=printable(name)
            ),
            tr("Choose another one."),
        )
    return name


def search_as_json(search: SavedSearch) -> dict[str, Any]:
    """Values that `json` can write, without the name."""
    return {
        "query": spec_as_json(search.spec),
        "filter": filter_text(search.filter),
        "models": None if search.models is None else list(search.models),
        "top": search.top,
        "metric": search.metric,
        "contents": dict(search.contents),
    }


def search_from_json(name: str, value: object) -> SavedSearch:
    """Raises ValueError if it is not from `search_as_json`."""
    if not isinstance(value, Mapping):
        raise ValueError("not a search: no object")
    try:
        models = value["models"]
        return SavedSearch(
            name,
            spec_from_json(value["query"]),
            parse_filter(str(value["filter"])),
            None if models is None else tuple(map(str, models)),
            min(MAX_MATCHES, max(1, int(value["top"]))),
            str(Metric(value["metric"])),
            {str(path): int(content) for path, content in value["contents"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, FinderError) as error:
        raise ValueError(f"not a search: {error!r}") from error
