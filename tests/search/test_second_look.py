"""The second look, against a slow reference that follows the paper step by step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import fill, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.second_look import CANDIDATES, reranked_distances
from finder.use_cases.search.library_search import open_searcher

SPECS = [tiny_spec("a", 48), tiny_spec("b", 20, "b")]
Floats = NDArray[np.float64]


def similarities_of(random: np.random.Generator, number: int) -> NDArray[np.float32]:
    """Of a query and so many candidates in loose groups, the best candidate first."""
    groups = random.normal(size=(4, 12))
    raw = groups[random.integers(4, size=number + 1)] + random.normal(size=(number + 1, 12))
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    best = np.argsort(-(unit[1:] @ unit[0]))
    unit = np.vstack([unit[:1], unit[1:][best]])
    found: NDArray[np.float32] = (unit @ unit.T).astype(np.float32)
    return found


def reference(similarities: NDArray[np.float32]) -> Floats:
    """With sets and loops."""
    number = len(similarities)
    own = np.diagonal(similarities)
    apart = np.array(
        [
            [max((own[i] + own[j]) / 2 - similarities[i, j], 0) for j in range(number)]
            for i in range(number)
        ]
    )
    apart = np.round(apart / apart.max(axis=1, keepdims=True), 6)
    nearest = [
        [one, *(other for other in np.argsort(row, kind="stable").tolist() if other != one)]
        for one, row in enumerate(apart)
    ]
    most = max(1, number // 4)
    sizes = [(min(5, most), 2), (min(10, most), 3), (min(20, most), 6)]
    jaccard = np.mean([_jaccard(apart, nearest, *k) for k in sizes], axis=0)
    distances: Floats = 0.7 * jaccard + 0.3 * apart[0, 1:]
    distances[0] = 0
    return distances


def _reciprocal(nearest: list[list[int]], picture: int, k: int) -> set[int]:
    return {other for other in nearest[picture][: k + 1] if picture in nearest[other][: k + 1]}


def _jaccard(apart: Floats, nearest: list[list[int]], k1: int, k2: int) -> Floats:
    number = len(apart)
    weights = np.zeros((number, number))
    for picture in range(number):
        found = _reciprocal(nearest, picture, k1)
        for other in list(found) and _reciprocal(nearest, picture, k1):
            smaller = _reciprocal(nearest, other, round(k1 / 2))
            if len(smaller & _reciprocal(nearest, picture, k1)) > 2 / 3 * len(smaller):
                found |= smaller
        for other in found:
            weights[picture, other] = np.exp(-apart[picture, other])
        weights[picture] /= weights[picture].sum()
    averaged = np.array([weights[nearest[one][:k2]].mean(axis=0) for one in range(number)])
    return np.array(
        [
            1 - np.minimum(averaged[0], row).sum() / np.maximum(averaged[0], row).sum()
            for row in averaged[1:]
        ]
    )


@pytest.mark.parametrize("number", [3, 4, 9, 30, 80])
def test_distances_are_those_of_the_paper(number: int) -> None:
    similarities = similarities_of(np.random.default_rng(number), number)
    found = reranked_distances(similarities)
    np.testing.assert_allclose(found, reference(similarities), atol=1e-5)


@given(seed=st.integers(0, 2**32 - 1), number=st.integers(3, 60))
def test_distances_are_between_0_and_1_and_the_nearest_stays_the_nearest(
    seed: int, number: int
) -> None:
    distances = reranked_distances(similarities_of(np.random.default_rng(seed), number))
    assert ((distances >= 0) & (distances <= 1 + 1e-6)).all()
    assert distances.argmin() == 0


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5])
def test_equal_similarities_change_nothing(value: float) -> None:
    for number in (4, 8, 60):
        distances = reranked_distances(np.full((number, number), value, np.float32))
        assert np.argsort(distances, kind="stable").tolist() == list(range(number - 1))
        assert np.isfinite(distances).all()


# In a search


def grouped(random: np.random.Generator, number: int, dimension: int) -> NDArray[np.float32]:
    """Unit vectors in groups of ten."""
    groups = np.repeat(random.normal(size=(number // 10 + 1, dimension)), 10, axis=0)[:number]
    raw = groups + 1.6 * random.normal(size=(number, dimension))
    unit: NDArray[np.float32] = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit


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
        query.first.set_vector(spec, queries[spec.name])
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


def test_behind_the_candidates_nothing_changes(home: Home) -> None:
    """They stay behind, with the scores that they had."""
    queries = filled(home, CANDIDATES + 200)
    once, twice = (ask(home, queries, look_twice=look) for look in (False, True))
    assert once.combined_over == twice.combined_over
    worst = min(match.score for match in twice.combined)
    behind = [s for s in once.combined_standings.values() if s.rank > CANDIDATES]
    assert all(standing.distance <= worst for standing in behind)


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
