"""The second look in searches of a library."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pytest
from making import fill, tiny_spec, unit_vectors
from numpy.typing import NDArray
from second_look_groups import grouped

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher

SPECS = [tiny_spec("a", 48), tiny_spec("b", 20, "b")]


def ask(
    home: Home,
    queries: dict[str, NDArray[np.float32]],
    specs: Sequence[ModelSpec] = SPECS,
    top: int = 200,
    look_twice: bool = True,
    picture: int | None = None,
    filter: Filter | None = None,
) -> Result:
    query = Query((QueryItem("query", b"", picture=picture),))
    for spec in specs:
        query.items[0].set_vector(spec, queries[spec.name])
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        return searcher.search(
            query, specs, top, Metric.EUCLIDEAN, filter or Filter(), look_twice=look_twice
        )


def filled(home: Home, number: int) -> dict[str, NDArray[np.float32]]:
    """A library in groups, and the query: a vector of the first group for each model."""
    random = np.random.default_rng(7)
    vectors = {spec.name: grouped(random, number + 1, spec.dimension) for spec in SPECS}
    fill(home, SPECS, range(number), {name: rows[1:] for name, rows in vectors.items()})
    return {name: rows[0] for name, rows in vectors.items()}


def ids(result: Result) -> list[int]:
    return [match.picture.id for match in result.combined]


def test_a_picture_whose_neighbours_are_near_the_query_comes_forward(home: Home) -> None:
    queries = filled(home, 400)
    once, twice = (ask(home, queries, top=9, look_twice=look) for look in (False, True))
    own_group = range(9)
    assert not once.looked_twice
    assert twice.looked_twice
    assert len(set(ids(twice)) & set(own_group)) > len(set(ids(once)) & set(own_group))


def test_scores_fall_and_the_same_pictures_are_listed(home: Home) -> None:
    queries = filled(home, 150)
    once, twice = (ask(home, queries, look_twice=look) for look in (False, True))
    scores = [match.score for match in twice.combined]
    assert scores == sorted(scores, reverse=True)
    assert set(ids(once)) == set(ids(twice))
    assert ids(once) != ids(twice)
    assert ids(once)[0] == ids(twice)[0]
    assert scores[0] == pytest.approx(once.combined[0].score)
    assert once.models == twice.models, "each model's own list stays as it is"


def test_ranks_are_places_in_the_new_order(home: Home) -> None:
    result = ask(home, filled(home, 120), top=200)
    for rank, match in enumerate(result.combined, 1):
        assert match.rank == rank
        assert result.combined_standings[match.picture.id].rank == rank


def test_the_query_itself_stays_first_and_is_no_neighbour(home: Home) -> None:
    queries = filled(home, 150)
    without = ask(home, queries)
    random = np.random.default_rng(3)
    other = {spec.name: unit_vectors(random, 1, spec.dimension) for spec in SPECS}
    fill(home, SPECS, [999], {name: queries[name][np.newaxis] for name in other})
    result = ask(home, queries, picture=999)
    assert ids(result)[0] == 999
    assert overlap(ids(result)[1:40], ids(without)[:39]) > 30


def overlap(first: Sequence[int], second: Sequence[int]) -> int:
    return len(set(first) & set(second))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_library_of_very_few_pictures(home: Home, number: int) -> None:
    result = ask(home, filled(home, number))
    assert sorted(ids(result)) == list(range(number))
    assert result.looked_twice == (number > 2)


def test_one_model_alone_is_looked_at_twice(home: Home) -> None:
    queries = filled(home, 150)
    once, twice = (ask(home, queries, SPECS[:1], look_twice=look) for look in (False, True))
    assert once.models == twice.models
    assert ids(twice)[0] == ids(once)[0]
    assert ids(twice) != ids(once)


def test_only_what_passes_the_filter_is_looked_at(home: Home) -> None:
    queries = filled(home, 150)
    everything = ask(home, queries).combined
    passing = {match.picture.id for match in everything if "1" in _name(match)}
    result = ask(home, queries, filter=Filter(name=("1",)))
    assert result.looked_twice
    assert set(ids(result)) == passing
    assert len(passing) < len(everything)


def _name(match: Match) -> str:
    return match.picture.paths[0].rsplit("/", 1)[-1]


def test_the_answer_is_always_the_same(home: Home) -> None:
    queries = filled(home, 400)
    first = ask(home, queries)
    for _ in range(3):
        again = ask(home, queries)
        assert again.combined == first.combined
        assert again.combined_standings == first.combined_standings
