"""The combined ranking against a slow reference that follows the definition literally."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pytest
from making import Vectors, fill, outcomes, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.spread import Spread, standardised
from finder.use_cases.search.library_search import open_searcher

SPECS = [tiny_spec("a", 48), tiny_spec("b", 20, "b"), tiny_spec("c", 33, "c")]


def reference(vectors: Vectors, query: Vectors) -> NDArray[np.float64]:
    """For each vector: centre it and the query, scale both to length 1, take the cosine; then
    (cosine − mean of all) / their standard deviation."""
    mean = vectors.astype(np.float64).mean(axis=0)
    centred_query = query.astype(np.float64) - mean
    centred_query /= np.sqrt((centred_query**2).sum())
    cosines = []
    for vector in vectors:
        centred = vector.astype(np.float64) - mean
        cosines.append(sum(centred / np.sqrt((centred**2).sum()) * centred_query))
    standard: NDArray[np.float64] = (np.array(cosines) - np.mean(cosines)) / np.std(cosines)
    return standard


def clustered(random: np.random.Generator, number: int, dimension: int) -> Vectors:
    """Unit vectors that, like real ones, share a direction and come in groups."""
    groups = random.normal(size=(8, dimension))
    raw = 1.5 + groups[random.integers(8, size=number)] + random.normal(size=(number, dimension))
    unit: Vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    return unit


def ask(
    home: Home, specs: Sequence[ModelSpec], queries: dict[str, Vectors], top: int = 200
) -> Result:
    query = Query((QueryItem("query", b""),))
    for spec in specs:
        query.items[0].set_vector(spec, queries[spec.name])
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        return searcher.search(query, specs, top, Metric.EUCLIDEAN)


def combined(result: Result) -> dict[int, float]:
    return {match.picture.id: match.score for match in result.combined}


@pytest.mark.parametrize(("number", "models"), [(3, 1), (30, 3), (180, 2), (1_500, 3)])
def test_it_is_centred_standardised_and_summed(home: Home, number: int, models: int) -> None:
    random = np.random.default_rng(number)
    specs = SPECS[:models]
    vectors = {spec.name: clustered(random, number, spec.dimension) for spec in specs}
    queries = {spec.name: clustered(random, 1, spec.dimension)[0] for spec in specs}
    fill(home, specs, range(number), vectors)
    result = ask(home, specs, queries)
    expected = np.sum([reference(vectors[s.name], queries[s.name]) for s in specs], axis=0)
    assert result.combined_over == number
    scores = [match.score for match in result.combined]
    np.testing.assert_allclose(scores, np.sort(expected)[::-1][:200], atol=1e-4)
    for picture, score in combined(result).items():
        assert score == pytest.approx(expected[picture], abs=1e-4)
    assert [match.rank for match in result.combined] == list(range(1, min(200, number) + 1))


def test_only_pictures_that_all_models_have_are_combined(home: Home) -> None:
    random = np.random.default_rng(20)
    have = {"a": range(80), "b": range(30, 100), "c": range(0, 100, 2)}
    vectors = {spec.name: clustered(random, 100, spec.dimension) for spec in SPECS}
    queries = {spec.name: clustered(random, 1, spec.dimension)[0] for spec in SPECS}
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS)
        for name, pictures in have.items():
            writer.write(outcomes(pictures, {name: vectors[name][list(pictures)]}))
    result = ask(home, SPECS, queries, 200)
    common = sorted(set.intersection(*map(set, have.values())))
    assert result.combined_over == len(common) == 25
    assert sorted(combined(result)) == common
    # each model's numbers are standardised over all that it has, then only the common are summed
    expected = dict.fromkeys(common, 0.0)
    for name, pictures in have.items():
        listed = list(pictures)
        scores = dict(zip(listed, reference(vectors[name][listed], queries[name]), strict=True))
        for picture in common:
            expected[picture] += scores[picture]
    for picture, score in combined(result).items():
        assert score == pytest.approx(expected[picture], abs=1e-4)
    for picture in common:
        assert result.standings[picture].keys() == have.keys(), "no cell is blank"
    assert result.standings[99].keys() == {"b"}
    assert {len(matches) for matches in result.models.values()} == {80, 70, 50}


def test_without_common_pictures_the_combination_is_empty(home: Home) -> None:
    random = np.random.default_rng(21)
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS[:2])
        for start, spec in enumerate(SPECS[:2]):
            rows = clustered(random, 5, spec.dimension)
            writer.write(outcomes(range(start * 5, start * 5 + 5), {spec.name: rows}))
    queries = {s.name: unit_vectors(random, 1, s.dimension)[0] for s in SPECS[:2]}
    result = ask(home, SPECS[:2], queries)
    assert result.combined == []
    assert result.combined_over == 0
    assert [len(m) for m in result.models.values()] == [5, 5]


def test_a_match_beyond_a_models_list_has_its_true_rank(home: Home) -> None:
    random = np.random.default_rng(22)
    vectors = {s.name: clustered(random, 400, s.dimension) for s in SPECS}
    queries = {s.name: clustered(random, 1, s.dimension)[0] for s in SPECS}
    fill(home, SPECS, range(400), vectors)
    result = ask(home, SPECS, queries, 5)
    beyond = 0
    for match in result.combined:
        for name, rows in vectors.items():
            distances = np.linalg.norm(rows.astype(np.float64) - queries[name], axis=1)
            rank = 1 + int((distances < distances[match.picture.id]).sum())
            assert result.standings[match.picture.id][name].rank == rank
            beyond += rank > 5
    assert beyond > 0


def test_combined_ranks_are_those_of_a_full_sort(home: Home) -> None:
    random = np.random.default_rng(25)
    vectors = {s.name: clustered(random, 300, s.dimension) for s in SPECS}
    queries = {s.name: clustered(random, 1, s.dimension)[0] for s in SPECS}
    fill(home, SPECS, range(300), vectors)
    result = ask(home, SPECS, queries, 10)
    scores = np.sum([reference(vectors[name], queries[name]) for name in vectors], axis=0)
    places = np.argsort(np.argsort(-scores)) + 1
    assert result.combined_standings.keys() == result.standings.keys()
    assert len(result.combined_standings) > 10, "some are not among the combined matches"
    for picture, standing in result.combined_standings.items():
        assert standing.rank == places[picture]
        assert standing.distance == pytest.approx(scores[picture], abs=1e-4)


def test_a_library_of_one_picture_is_combined(home: Home) -> None:
    random = np.random.default_rng(23)
    vectors = {s.name: clustered(random, 1, s.dimension) for s in SPECS}
    fill(home, SPECS, [7], vectors)
    other = {s.name: clustered(random, 1, s.dimension)[0] for s in SPECS}
    for queries in (other, {name: rows[0] for name, rows in vectors.items()}):
        assert combined(ask(home, SPECS, queries)) == {7: 0.0}


def test_a_library_of_identical_pictures_is_combined(home: Home) -> None:
    random = np.random.default_rng(24)
    vectors = {s.name: np.repeat(clustered(random, 1, s.dimension), 9, axis=0) for s in SPECS}
    fill(home, SPECS, range(9), vectors)
    other = {s.name: clustered(random, 1, s.dimension)[0] for s in SPECS}
    for queries in (other, {name: rows[0] for name, rows in vectors.items()}):
        result = ask(home, SPECS, queries)
        assert sorted(combined(result)) == list(range(9))
        assert np.isfinite(list(combined(result).values())).all()


def test_equal_values_standardise_to_zero() -> None:
    for values, expected in (([], []), ([3.0, 3.0], [0.0, 0.0]), ([1.0, 3.0], [-1.0, 1.0])):
        array = np.array(values)
        assert standardised(array, Spread.of(array)).tolist() == expected
