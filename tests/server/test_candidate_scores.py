"""Rankings of candidates against the rankings over the whole library."""

from __future__ import annotations

import numpy as np
import pytest
from candidate_rankings import (
    NUMBER,
    SPECS,
    TOP,
    assert_close,
    by_candidates,
    euclidean,
    exactly,
    fetched_from,
    ids_of,
    nearest,
    queries_like,
    queries_of,
)
from making import FACTS, unit_vectors

from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.view.model_index import ModelIndex
from finder.core.pictures.transform import ORIENTATIONS
from finder.core.search.closeness.closeness_scale import ClosenessScales
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    candidate_ids,
    combine_candidates,
    score_candidates,
)
from finder.core.search.ranking.ranking import NOTHING_OWN, Own
from finder.core.search.ranking.second_look import look_twice
from finder.core.search.ranking.similarity import PixelSimilarity
from finder.core.search.ranking.spread import Spread, standardised
from finder.core.search.result_builder import Scores, Timings, build_result


@pytest.mark.parametrize("orientations", [1, 8])
def test_with_all_pictures_as_candidates_it_is_the_exact_ranking(
    indexes: dict[str, ModelIndex], orientations: int
) -> None:
    queries = queries_of(np.random.default_rng(2), orientations)
    models, combined = by_candidates(indexes, queries, NUMBER)
    exact_models, exact = exactly(indexes, queries)
    everything = np.arange(NUMBER)
    for found, expected in zip(models, exact_models, strict=True):
        assert found.top == expected.top
        standings = found.standings(everything)
        assert_close(standings, expected.standings(everything))
        assert not any(standing.is_least_rank for standing in standings.values())
    assert ids_of(combined) == ids_of(exact)
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
    queries = queries_of(np.random.default_rng(3), orientations)
    models, combined = by_candidates(indexes, queries, 40)
    exact_models, _ = exactly(indexes, queries)
    seen = set()
    for found, expected in zip(models, exact_models, strict=True):
        assert found.top == expected.top, "a model's own list is exact"
        standings = found.standings(found.index.pictures)
        true = expected.standings(found.index.pictures)
        assert_close(standings, true)
        for picture, standing in standings.items():
            seen.add(standing.is_least_rank)
            if standing.is_least_rank:
                assert 40 < standing.rank <= true[picture].rank
            else:
                assert standing.rank == true[picture].rank
        assert sum(not s.is_least_rank for s in standings.values()) >= 40
    assert seen == {True, False}
    listed = ids_of(combined)
    for picture, standing in combined.standings(models[0].index.pictures).items():
        assert standing.is_least_rank == (picture not in listed)
        assert standing.rank <= TOP or standing.is_least_rank


def test_a_second_look_at_all_pictures_is_that_at_the_library(
    indexes: dict[str, ModelIndex],
) -> None:
    queries = queries_like(indexes, 3, np.random.default_rng(5))
    models, combined = by_candidates(indexes, queries, NUMBER)
    exact_models, exact = exactly(indexes, queries)
    found = look_twice(combined, models, TOP, NOTHING_OWN)
    expected = look_twice(exact, exact_models, TOP, NOTHING_OWN)
    assert found.looked_twice
    assert expected.looked_twice
    assert ids_of(found) == ids_of(expected) != ids_of(exact)


def test_a_second_look_at_the_candidates_is_nearly_that_at_the_library(
    indexes: dict[str, ModelIndex],
) -> None:
    overlaps = []
    for seed in range(10):
        queries = queries_like(indexes, 7 * seed, np.random.default_rng(seed))
        models, combined = by_candidates(indexes, queries, 200)
        exact_models, exact = exactly(indexes, queries)
        found = look_twice(combined, models, TOP, NOTHING_OWN)
        expected = look_twice(exact, exact_models, TOP, NOTHING_OWN)
        overlaps.append(len(set(ids_of(found)) & set(ids_of(expected))) / TOP)
    assert np.mean(overlaps) >= 0.9


def test_a_sample_standardises_nearly_as_the_library(indexes: dict[str, ModelIndex]) -> None:
    """Of 600 pictures 200: the scores are those of the whole library to a tenth."""
    overlaps = []
    for seed in range(10):
        queries = queries_like(indexes, 7 * seed, np.random.default_rng(seed))
        _, combined = by_candidates(indexes, queries, 60, sample=200)
        _, exact = exactly(indexes, queries)
        overlaps.append(len(set(ids_of(combined)) & set(ids_of(exact))) / TOP)
        true = dict(exact.top)
        for picture, score in combined.top:
            assert picture not in true or score == pytest.approx(true[picture], rel=0.1, abs=0.1)
    assert np.mean(overlaps) >= 0.95
    assert min(overlaps) >= 0.85


def test_a_mask_leaves_out_what_does_not_pass(indexes: dict[str, ModelIndex]) -> None:
    random = np.random.default_rng(4)
    queries, mask = queries_of(random), random.random(NUMBER) < 0.3
    models, combined = by_candidates(indexes, queries, 200, mask=mask)
    exact_models, exact = exactly(indexes, queries, mask=mask)
    assert [model.top for model in models] == [model.top for model in exact_models]
    assert ids_of(combined) == ids_of(exact)
    assert combined.number == exact.number == int(mask.sum())
    for found, expected in zip(models, exact_models, strict=True):
        for picture, standing in found.standings(np.array(ids_of(exact))).items():
            assert standing.rank == expected.standings(np.array([picture]))[picture].rank


def test_the_querys_own_picture_is_first(indexes: dict[str, ModelIndex]) -> None:
    """Also where it is in no list, because the query is a part of it."""
    queries = {
        name: index.vectors(index.positions(np.array([5]))) for name, index in indexes.items()
    }
    models, combined = by_candidates(indexes, queries, 30, own=Own(frozenset({5}), 5))
    assert [model.top[0] for model in models] == [5, 5, 5]
    assert ids_of(combined)[0] == 5
    assert models[0].standings(np.array([5]))[5].distance == 0.0
    far = {name: -vectors for name, vectors in queries.items()}
    own = Own(frozenset({5}))
    assert 5 in candidate_ids([nearest(indexes["a"], far["a"], 30)], own)
    models, _ = by_candidates(indexes, far, 30, own=own)
    standing = models[0].standings(np.array([5]))[5]
    assert standing.distance == pytest.approx(2.0)
    assert standing.is_least_rank


def test_a_result_is_built_of_them(indexes: dict[str, ModelIndex]) -> None:
    queries = queries_of(np.random.default_rng(5))
    results = []
    for models, combined in (by_candidates(indexes, queries, NUMBER), exactly(indexes, queries)):
        named = {spec.name: model for spec, model in zip(SPECS, models, strict=True)}
        scales = {
            spec.name: ClosenessScales().scale(spec, indexes[spec.name], euclidean(spec))
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
    queries, ids = queries_of(np.random.default_rng(6)), np.arange(100)
    models = []
    for spec, have in zip(SPECS, (ids, ids[20:], ids[:90]), strict=True):
        index = indexes[spec.name]
        found = NearestFound([have], is_everything=True)
        sample = fetched_from(index, index.pictures)
        fetched = fetched_from(index, have)
        models.append(
            score_candidates(fetched, queries[spec.name], euclidean(spec), found, sample, TOP)
        )
    combined = combine_candidates(models, 100, NOTHING_OWN, 70)
    assert set(ids_of(combined)) == set(range(20, 90))
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
        index, similarity = indexes[spec.name], euclidean(spec)
        fetched = fetched_from(index, np.sort(index.pictures)[:300])
        scale = ClosenessScales().scale(spec, fetched, similarity)
        expected = ClosenessScales().scale(spec, index, similarity)
        assert scale.zero == pytest.approx(expected.zero, abs=1e-6)
        assert scale.similar == pytest.approx(expected.similar, abs=1e-6)


def test_without_a_sample_the_candidates_stand_for_themselves(
    indexes: dict[str, ModelIndex],
) -> None:
    index, spec = indexes["a"], SPECS[0]
    query = unit_vectors(np.random.default_rng(8), 1, spec.dimension)
    nothing = fetched_from(index, np.zeros(0, np.int64))
    found = NearestFound([np.arange(9)])
    scores = score_candidates(
        fetched_from(index, np.arange(9)), query, euclidean(spec), found, nothing, 5
    )
    assert scores.spread is None
    assert scores.standardised()[0].mean() == pytest.approx(0.0, abs=1e-6)


def test_nothing_found_is_an_empty_ranking(indexes: dict[str, ModelIndex]) -> None:
    index, spec = indexes["a"], SPECS[0]
    query = unit_vectors(np.random.default_rng(9), 1, spec.dimension)
    nothing = fetched_from(index, np.zeros(0, np.int64))
    found = NearestFound([np.zeros(0, np.int64)], is_everything=True)
    sample = fetched_from(index, index.pictures)
    scores = score_candidates(nothing, query, euclidean(spec), found, sample, 5)
    combined = combine_candidates([scores], 5, NOTHING_OWN, 0)
    assert (scores.top, combined.top, combined.number) == ([], [], 0)
    assert scores.standings(np.arange(3)) == combined.standings(np.arange(3)) == {}


def test_values_are_standardised_by_another_spread() -> None:
    values = np.array([1.0, 4.0])
    assert Spread.of(np.array([1.0, 3.0])) == Spread(2.0, 1.0)
    assert standardised(values, Spread(2.0, 0.5)).tolist() == [-2.0, 4.0]
    assert standardised(np.array([1.0, 4.0]), Spread(2.0, 0.0)).tolist() == [0.0, 0.0]


def test_there_are_eight_orientations() -> None:
    assert len(ORIENTATIONS) == 8, "as many as the tests above ask for"
