"""Rankings of candidates against the rankings over the whole library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from making import FACTS, Vectors, fill, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.server import fetched_vectors
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import ORIENTATIONS
from finder.core.search.closeness.closeness_scale import ClosenessScales
from finder.core.search.distance import Metric
from finder.core.search.matches import Standing
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    candidate_ids,
    combine_candidates,
    is_settled,
    score_candidates,
)
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN, Own
from finder.core.search.ranking.similarity import PixelSimilarity, Similarity, similarity_of
from finder.core.search.ranking.spread import Spread, standardised
from finder.core.search.result_builder import Scores, Timings, build_result

SPECS = [tiny_spec("a", 48), tiny_spec("b", 20, "b"), tiny_spec("c", 33, "c")]
NUMBER = 600
TOP = 20


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ModelIndex]]:
    """A library of pictures that the models more or less agree about: each is near the centre of
    its group."""
    home, random = Home(tmp_path_factory.mktemp("candidates")), np.random.default_rng(1)
    groups = random.integers(12, size=NUMBER)
    vectors = {}
    for spec in SPECS:
        centres = 0.7 + random.normal(size=(12, spec.dimension))
        vectors[spec.name] = _unit(centres[groups] + random.normal(size=(NUMBER, spec.dimension)))
    fill(home, SPECS, range(NUMBER), vectors)
    with closing(Catalogue(home)) as catalogue:
        states = catalogue.models.states()
        made = {spec.name: ModelIndex(home.nearest) for spec in SPECS}
        for name, index in made.items():
            index.refresh(catalogue, states[name])
    yield made


def _unit(rows: NDArray[np.float64]) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _fetched(index: ModelIndex, pictures: NDArray[np.int64]) -> FetchedVectors:
    """As a server returns them: those that the model has embedded, in another order."""
    positions = index.positions(pictures[::-1])
    positions = positions[positions >= 0]
    return FetchedVectors(index.pictures[positions], index.vectors(positions), index.mean()[0])


def _nearest(
    index: ModelIndex, vectors: Vectors, number: int, passing: NDArray[np.bool_] | None = None
) -> NearestFound:
    """As a server finds them, by the inner product."""
    lists = []
    for query in vectors:
        products = index.inner_products(query)
        if passing is not None:
            products = np.where(passing, products, -np.inf)
        best = np.argsort(-products)[:number]
        lists.append(index.pictures[best[products[best] > -np.inf]])
    everything = index.pictures if passing is None else index.pictures[passing]
    return NearestFound(lists, is_everything=number >= len(everything))


def _queries(random: np.random.Generator, orientations: int = 1) -> dict[str, Vectors]:
    return {s.name: unit_vectors(random, orientations, s.dimension) for s in SPECS}


def _like(
    indexes: Mapping[str, ModelIndex], picture: int, random: np.random.Generator
) -> dict[str, Vectors]:
    """A query that looks like a picture of the library to every model."""
    found = {}
    for name, index in indexes.items():
        vector = index.vectors(index.positions(np.array([picture])))
        noise = random.normal(size=vector.shape) / np.sqrt(vector.shape[1])
        found[name] = _unit(vector + 0.5 * noise)
    return found


def _similarity(spec: ModelSpec) -> Similarity:
    return similarity_of(spec, Metric.EUCLIDEAN)


def _exact(
    indexes: Mapping[str, ModelIndex],
    queries: Mapping[str, Vectors],
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[list[ModelScores], CombinedScores]:
    models = []
    for spec in SPECS:
        index, vectors, similarity = indexes[spec.name], queries[spec.name], _similarity(spec)
        products = checked_products(index, vectors, similarity)
        models.append(score_model(index, vectors, similarity, products, TOP, own, mask))
    return models, combine(models, common_pictures(list(indexes.values())), TOP, own)


def _by_candidates(
    indexes: Mapping[str, ModelIndex],
    queries: Mapping[str, Vectors],
    number: int,
    sample: int = NUMBER,
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[list[ModelScores], CombinedScores]:
    found = {name: _nearest(indexes[name], queries[name], number, mask) for name in indexes}
    ids = candidate_ids(found.values(), own)
    models = []
    for spec in SPECS:
        index = indexes[spec.name]
        fetched = _fetched(index, ids)
        passing = None if mask is None else mask[index.positions(fetched.pictures)]
        models.append(
            score_candidates(
                fetched,
                queries[spec.name],
                _similarity(spec),
                found[spec.name],
                _fetched(index, index.pictures[:sample]),
                TOP,
                own,
                passing,
            )
        )
    passed = NUMBER if mask is None else int(mask.sum())
    return models, combine_candidates(models, TOP, own, passed)


def _ids(combined: CombinedScores) -> list[int]:
    return [picture for picture, _ in combined.top]


def _close(found: Mapping[int, Standing], expected: Mapping[int, Standing]) -> None:
    assert found.keys() == expected.keys()
    for picture, standing in found.items():
        assert standing.distance == pytest.approx(expected[picture].distance, abs=1e-6)
        assert standing.similarity == pytest.approx(expected[picture].similarity, abs=1e-6)
        assert standing.orientation == expected[picture].orientation


@pytest.mark.parametrize("orientations", [1, 8])
def test_with_all_pictures_as_candidates_it_is_the_exact_ranking(
    indexes: dict[str, ModelIndex], orientations: int
) -> None:
    queries = _queries(np.random.default_rng(2), orientations)
    models, combined = _by_candidates(indexes, queries, NUMBER)
    exact_models, exact = _exact(indexes, queries)
    everything = np.arange(NUMBER)
    for found, expected in zip(models, exact_models, strict=True):
        assert found.top == expected.top
        standings = found.standings(everything)
        _close(standings, expected.standings(everything))
        assert not any(standing.is_least_rank for standing in standings.values())
    assert _ids(combined) == _ids(exact)
    assert combined.number == exact.number == NUMBER
    scores = [score for _, score in combined.top]
    np.testing.assert_allclose(scores, [score for _, score in exact.top], atol=1e-5)
    found_ranks = {p: s.rank for p, s in combined.standings(everything).items()}
    assert found_ranks == {p: s.rank for p, s in exact.standings(everything).items()}
    assert not any(s.is_least_rank for s in combined.standings(everything).values())


@pytest.mark.parametrize("orientations", [1, 8])
def test_a_rank_is_exact_or_called_the_least(
    indexes: dict[str, ModelIndex], orientations: int
) -> None:
    queries = _queries(np.random.default_rng(3), orientations)
    models, combined = _by_candidates(indexes, queries, 40)
    exact_models, _ = _exact(indexes, queries)
    seen = set()
    for found, expected in zip(models, exact_models, strict=True):
        assert found.top == expected.top, "a model's own list is exact"
        standings = found.standings(found.index.pictures)
        true = expected.standings(found.index.pictures)
        _close(standings, true)
        for picture, standing in standings.items():
            seen.add(standing.is_least_rank)
            if standing.is_least_rank:
                assert 40 < standing.rank <= true[picture].rank
            else:
                assert standing.rank == true[picture].rank
        assert sum(not s.is_least_rank for s in standings.values()) >= 40
    assert seen == {True, False}
    listed = _ids(combined)
    for picture, standing in combined.standings(models[0].index.pictures).items():
        assert standing.is_least_rank == (picture not in listed)
        assert standing.rank <= TOP or standing.is_least_rank


def test_a_sample_standardises_nearly_as_the_library(indexes: dict[str, ModelIndex]) -> None:
    """Of 600 pictures 200: the scores are those of the whole library to a tenth."""
    overlaps = []
    for seed in range(10):
        queries = _like(indexes, 7 * seed, np.random.default_rng(seed))
        _, combined = _by_candidates(indexes, queries, 60, sample=200)
        _, exact = _exact(indexes, queries)
        overlaps.append(len(set(_ids(combined)) & set(_ids(exact))) / TOP)
        true = dict(exact.top)
        for picture, score in combined.top:
            assert picture not in true or score == pytest.approx(true[picture], rel=0.1, abs=0.1)
    assert np.mean(overlaps) >= 0.95
    assert min(overlaps) >= 0.85


def test_longer_lists_are_wanted_until_they_would_change_nothing(
    indexes: dict[str, ModelIndex],
) -> None:
    """As soon as a ranking is settled it is the exact one: here the sample is the library."""
    lengths = []
    for seed in range(12):
        queries = _like(indexes, 7 * seed, np.random.default_rng(seed))
        _, exact = _exact(indexes, queries)
        for length in (TOP, 50, 150, 300, NUMBER):
            models, combined = _by_candidates(indexes, queries, length)
            found = [_nearest(indexes[s.name], queries[s.name], length) for s in SPECS]
            if is_settled(models, found, combined, TOP):
                break
        lengths.append(length)
        assert len(set(_ids(combined)) & set(_ids(exact))) >= TOP - 1
    assert TOP < max(lengths) < NUMBER, "neither always at once nor never"
    models, combined = _by_candidates(indexes, queries, 5)
    everything = [NearestFound([np.arange(5)], is_everything=True)] * 3
    assert is_settled(models, everything, combined, TOP)
    nothing = [NearestFound([np.zeros(0, np.int64)])] * 3
    assert not is_settled(models, nothing, combined, 1)


def test_longer_lists_are_wanted_until_each_model_has_its_matches(
    indexes: dict[str, ModelIndex],
) -> None:
    """One model that has found everything does not settle the lists of the others."""
    queries, mask = _queries(np.random.default_rng(9)), np.arange(NUMBER) % 3 == 0
    models, combined = _by_candidates(indexes, queries, 40, mask=mask)
    assert len(combined.top) == TOP
    first, second, third = (_nearest(indexes[s.name], queries[s.name], 40, mask) for s in SPECS)
    everything = replace(first, is_everything=True)
    assert is_settled(models, [everything, second, third], combined, TOP)
    short = replace(second, lists=[second.lists[0][: TOP - 1]])
    assert not is_settled(models, [everything, short, third], combined, TOP)
    whole = replace(short, is_everything=True)
    assert is_settled(models, [first, whole, third], combined, TOP)
    two = replace(second, lists=[*second.lists, *short.lists])
    assert not is_settled(models, [everything, two, third], combined, TOP)


def test_what_does_not_pass_does_not_count_in_a_list(indexes: dict[str, ModelIndex]) -> None:
    """Although the candidates of the other models fill the model's matches up."""
    queries = _queries(np.random.default_rng(10))
    found = [_nearest(indexes[s.name], queries[s.name], 60) for s in SPECS]
    mask = np.ones(NUMBER, np.bool_)
    mask[indexes["b"].positions(found[1].lists[0][TOP - 1 :])] = False
    ids = candidate_ids(found)
    models = []
    for spec, one in zip(SPECS, found, strict=True):
        index, query = indexes[spec.name], queries[spec.name]
        fetched, sample = _fetched(index, ids), _fetched(index, index.pictures)
        passing = mask[index.positions(fetched.pictures)]
        models.append(
            score_candidates(
                fetched, query, _similarity(spec), one, sample, TOP, NOTHING_OWN, passing
            )
        )
    combined = combine_candidates(models, TOP, NOTHING_OWN, NUMBER)
    assert [len(model.top) for model in models] == [TOP, TOP, TOP]
    found[0] = replace(found[0], is_everything=True)
    assert not is_settled(models, found, combined, TOP)
    assert is_settled(models, found, combined, TOP - 1)


def test_a_mask_leaves_out_what_does_not_pass(indexes: dict[str, ModelIndex]) -> None:
    random = np.random.default_rng(4)
    queries, mask = _queries(random), random.random(NUMBER) < 0.3
    models, combined = _by_candidates(indexes, queries, 200, mask=mask)
    exact_models, exact = _exact(indexes, queries, mask=mask)
    assert [model.top for model in models] == [model.top for model in exact_models]
    assert _ids(combined) == _ids(exact)
    assert combined.number == exact.number == int(mask.sum())
    for found, expected in zip(models, exact_models, strict=True):
        for picture, standing in found.standings(np.array(_ids(exact))).items():
            assert standing.rank == expected.standings(np.array([picture]))[picture].rank


def test_the_querys_own_picture_is_first(indexes: dict[str, ModelIndex]) -> None:
    """Also where it is in no list, because the query is a part of it."""
    queries = {
        name: index.vectors(index.positions(np.array([5]))) for name, index in indexes.items()
    }
    models, combined = _by_candidates(indexes, queries, 30, own=Own(frozenset({5}), 5))
    assert [model.top[0] for model in models] == [5, 5, 5]
    assert _ids(combined)[0] == 5
    assert models[0].standings(np.array([5]))[5].distance == 0.0
    far = {name: -vectors for name, vectors in queries.items()}
    own = Own(frozenset({5}))
    assert 5 in candidate_ids([_nearest(indexes["a"], far["a"], 30)], own)
    models, _ = _by_candidates(indexes, far, 30, own=own)
    standing = models[0].standings(np.array([5]))[5]
    assert standing.distance == pytest.approx(2.0)
    assert standing.is_least_rank


def test_a_result_is_built_of_them(indexes: dict[str, ModelIndex]) -> None:
    queries = _queries(np.random.default_rng(5))
    results = []
    for models, combined in (_by_candidates(indexes, queries, NUMBER), _exact(indexes, queries)):
        named = {spec.name: model for spec, model in zip(SPECS, models, strict=True)}
        scales = {
            spec.name: ClosenessScales().scale(spec, indexes[spec.name], _similarity(spec))
            for spec in SPECS
        }
        scores = Scores(named, scales, combined)
        shown = {i: PictureRecord(i, FACTS, (f"/{i}",)) for i in scores.listed_pictures()}
        query = Query((QueryItem("query", b""),))
        timings = Timings({}, 0.0, 0.0)
        results.append(build_result(query, Metric.EUCLIDEAN, scores, shown, timings, (), "e"))
    found, exact = results
    assert found.standings.keys() == exact.standings.keys()
    assert found.combined_over == exact.combined_over == NUMBER
    for name in named:
        assert [m.picture for m in found.models[name]] == [m.picture for m in exact.models[name]]
    for match, expected in zip(found.combined, exact.combined, strict=True):
        assert match.picture == expected.picture
        assert match.score == pytest.approx(expected.score, abs=1e-5)
        assert match.closeness == pytest.approx(expected.closeness, abs=1e-3)


def test_pictures_that_a_model_lacks_are_not_combined(indexes: dict[str, ModelIndex]) -> None:
    queries, ids = _queries(np.random.default_rng(6)), np.arange(100)
    models = []
    for spec, have in zip(SPECS, (ids, ids[20:], ids[:90]), strict=True):
        index = indexes[spec.name]
        found = NearestFound([have], is_everything=True)
        sample = _fetched(index, index.pictures)
        fetched = _fetched(index, have)
        models.append(
            score_candidates(fetched, queries[spec.name], _similarity(spec), found, sample, TOP)
        )
    combined = combine_candidates(models, 100, NOTHING_OWN, 70)
    assert set(_ids(combined)) == set(range(20, 90))
    assert combined.number == 70
    assert models[2].standings(ids).keys() == set(range(90))


def test_a_server_that_orders_otherwise_makes_no_rank_certain() -> None:
    random = np.random.default_rng(7)
    similarity = PixelSimilarity(Metric.L1, 12)
    pixels = random.random((80, 12)) / np.sqrt(12)
    rows = np.column_stack([pixels, np.sqrt(1.0 - (pixels**2).sum(axis=1))]).astype(np.float32)
    fetched = FetchedVectors(np.arange(80), rows, rows.mean(axis=0))
    found = NearestFound([np.arange(80)], is_ordered=False)
    scores = score_candidates(fetched, rows[3:4], similarity, found, fetched, 5)
    expected = np.abs(pixels - pixels[3]).sum(axis=1).argsort()[:5].tolist()
    assert scores.top == expected
    assert all(s.is_least_rank for s in scores.standings(np.arange(80)).values())
    assert combine_candidates([scores], 5, NOTHING_OWN, 80).is_partial


def test_a_scale_is_measured_by_the_sample(indexes: dict[str, ModelIndex]) -> None:
    """The same as by the library: its sample is of the smallest content ids, too."""
    for spec in SPECS:
        index, similarity = indexes[spec.name], _similarity(spec)
        fetched = _fetched(index, np.sort(index.pictures)[:300])
        scale = ClosenessScales().scale(spec, fetched, similarity)
        expected = ClosenessScales().scale(spec, index, similarity)
        assert scale.zero == pytest.approx(expected.zero, abs=1e-6)
        assert scale.similar == pytest.approx(expected.similar, abs=1e-6)


def test_without_a_sample_the_candidates_stand_for_themselves(
    indexes: dict[str, ModelIndex],
) -> None:
    index, spec = indexes["a"], SPECS[0]
    query = unit_vectors(np.random.default_rng(8), 1, spec.dimension)
    nothing = _fetched(index, np.zeros(0, np.int64))
    found = NearestFound([np.arange(9)])
    scores = score_candidates(
        _fetched(index, np.arange(9)), query, _similarity(spec), found, nothing, 5
    )
    assert scores.spread is None
    assert scores.standardised().mean() == pytest.approx(0.0, abs=1e-6)


def test_nothing_found_is_an_empty_ranking(indexes: dict[str, ModelIndex]) -> None:
    index, spec = indexes["a"], SPECS[0]
    query = unit_vectors(np.random.default_rng(9), 1, spec.dimension)
    nothing = _fetched(index, np.zeros(0, np.int64))
    found = NearestFound([np.zeros(0, np.int64)], is_everything=True)
    sample = _fetched(index, index.pictures)
    scores = score_candidates(nothing, query, _similarity(spec), found, sample, 5)
    combined = combine_candidates([scores], 5, NOTHING_OWN, 0)
    assert (scores.top, combined.top, combined.number) == ([], [], 0)
    assert scores.standings(np.arange(3)) == combined.standings(np.arange(3)) == {}


def test_values_are_standardised_by_another_spread() -> None:
    values = np.array([1.0, 4.0])
    assert Spread.of(np.array([1.0, 3.0])) == Spread(2.0, 1.0)
    assert standardised(values, Spread(2.0, 0.5)).tolist() == [-2.0, 4.0]
    assert standardised(np.array([1.0, 4.0]), Spread(2.0, 0.0)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 3.0])
def test_vectors_that_were_never_stored_are_left_out(
    bad: float, caplog: pytest.LogCaptureFixture
) -> None:
    fetched_vectors._warn.cache_clear()
    rows = unit_vectors(np.random.default_rng(1), 3, 8)
    rows[1] *= np.float32(bad)
    for _ in range(2):
        fetched = FetchedVectors(np.array([7, 5, 6]), rows, np.full(8, 0.1, np.float32))
        assert fetched.pictures.tolist() == [6, 7]
        np.testing.assert_array_equal(fetched.vectors(np.arange(2)), rows[[2, 0]])
        assert len(fetched.mean()[1]) == 2
        assert fetched.vector_of(5) is None
    assert len(caplog.records) == 1, "they would be in each search"


def test_a_search_goes_on_without_a_vector_that_was_never_stored() -> None:
    rows, query = (
        unit_vectors(np.random.default_rng(1), 30, 48),
        unit_vectors(np.random.default_rng(2), 1, 48),
    )
    rows[3] = np.nan
    ids = np.arange(30)
    index = FetchedVectors(ids, rows, np.zeros(48, np.float32))
    found = NearestFound([ids[:10]])
    scores = score_candidates(index, query, _similarity(SPECS[0]), found, index, 30)
    assert sorted(scores.top) == [one for one in range(30) if one != 3]
    assert np.isfinite(scores.certain_to)
    combined = combine_candidates([scores], 30, NOTHING_OWN, 29)
    assert np.isfinite([score for _, score in combined.top]).all()


def test_fetched_vectors_are_found_by_their_ids() -> None:
    rows = unit_vectors(np.random.default_rng(1), 4, 8)
    fetched = FetchedVectors(np.array([30, 10, 40, 20]), rows, rows.mean(axis=0))
    assert fetched.pictures.tolist() == [10, 20, 30, 40]
    assert fetched.positions(np.array([40, 5, 10, 41])).tolist() == [3, -1, 0, -1]
    np.testing.assert_array_equal(fetched.vectors(np.array([2])), rows[:1])
    np.testing.assert_allclose(fetched.inner_products(rows[0])[2], 1.0, atol=1e-6)
    np.testing.assert_allclose(fetched.mean()[1][2], rows[0] @ rows.mean(axis=0), atol=1e-6)
    assert (
        fetched.map_blocks(lambda block: block[:, 0], 3).tolist() == rows[[1, 3, 0, 2], 0].tolist()
    )
    np.testing.assert_array_equal(fetched.vector_of(30), rows[0])
    assert fetched.vector_of(31) is fetched.vector_of(None) is None
    assert fetched.has_same_pictures(np.array([10, 20, 30, 40]))
    assert not fetched.has_same_pictures(np.array([10, 20, 30, 41]))
    with pytest.raises(ValueError, match="is not 3"):
        FetchedVectors(np.arange(3), rows, rows[0])


def test_there_are_eight_orientations() -> None:
    assert len(ORIENTATIONS) == 8, "as many as the tests above ask for"
