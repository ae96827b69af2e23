"""The second look, against a slow reference that follows the paper step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from second_look_groups import grouped

from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.search.distance import Metric
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN
from finder.core.search.ranking.second_look import CANDIDATES, look_twice, reranked_distances
from finder.core.search.ranking.similarity import (
    PixelSimilarity,
    Similarity,
    UnitVectorSimilarity,
)

TOP = 200
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


# Rankings


def ranked(
    models: Mapping[str, NDArray[np.float32]],
    queries: Mapping[str, NDArray[np.float32]],
    ids: NDArray[np.int64] | None = None,
    weights: Mapping[str, float] | None = None,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[list[ModelScores], CombinedScores]:
    """The combined ranking of vectors [n, D] for one query [D]; “pixels” are compared as pixels."""
    found = []
    for name, vectors in models.items():
        pictures = np.arange(len(vectors)) if ids is None else ids
        index = FetchedVectors(pictures, vectors, vectors.mean(axis=0))
        dimension = vectors.shape[1]
        similarity: Similarity = (
            PixelSimilarity(Metric.L1, dimension - 1)
            if name == "pixels"
            else UnitVectorSimilarity(Metric.EUCLIDEAN, dimension)
        )
        query = queries[name][np.newaxis]
        products = checked_products(index, query, similarity)
        scores = score_model(index, query, similarity, products, TOP, mask=mask)
        found.append(replace(scores, weight=(weights or {}).get(name, 1.0)))
    common = common_pictures([model.index for model in found])
    return found, combine(found, common, TOP, NOTHING_OWN)


def order(models: list[ModelScores], combined: CombinedScores) -> list[int]:
    return [picture for picture, _ in look_twice(combined, models, TOP, NOTHING_OWN).top]


def some_groups(number: int, *names: str) -> tuple[dict[str, Any], dict[str, Any]]:
    random = np.random.default_rng(number)
    vectors = {name: np.abs(grouped(random, number + 1, 24)) for name in names}
    return (
        {name: rows[1:] for name, rows in vectors.items()},
        {name: rows[0] for name, rows in vectors.items()},
    )


def test_behind_the_candidates_nothing_changes() -> None:
    """They keep their scores and ranks."""
    vectors, queries = some_groups(CANDIDATES + 200, "a", "b")
    models, once = ranked(vectors, queries)
    twice = look_twice(once, models, TOP, NOTHING_OWN)
    every = np.arange(CANDIDATES + 200)
    before, after = once.standings(every), twice.standings(every)
    behind = [picture for picture, standing in before.items() if standing.rank > CANDIDATES]
    assert len(behind) == 200
    assert all(before[picture] == after[picture] for picture in behind)
    assert sorted(standing.rank for standing in after.values()) == (every + 1).tolist()


@pytest.mark.parametrize("is_silent", ["constant", "weight 0"])
def test_a_model_that_says_nothing_changes_nothing(is_silent: str) -> None:
    vectors, queries = some_groups(80, "a", "b")
    alone = ranked({"a": vectors["a"]}, queries)
    if is_silent == "constant":
        vectors["b"] = np.repeat(vectors["b"][:1], 80, axis=0)
        both = ranked(vectors, queries)
    else:
        both = ranked(vectors, queries, weights={"b": 0.0})
    assert order(*both) == order(*alone) != [picture for picture, _ in alone[1].top]


def test_without_a_model_that_says_something_nothing_is_looked_at() -> None:
    vectors, queries = some_groups(80, "a", "pixels")
    models, combined = ranked(vectors, queries, weights={"a": 0.0})
    assert look_twice(combined, models, TOP, NOTHING_OWN) is combined


def test_equal_distances_keep_the_order_that_they_had() -> None:
    """Whatever the content ids: here those of the last are the smallest."""
    vectors, queries = some_groups(60, "a", "pixels")
    vectors["a"][:40] = vectors["a"][0]
    ids = np.arange(60)[::-1].copy()
    models, combined = ranked(vectors, queries, ids)
    same = {int(ids[row]) for row in range(40)}
    before = [picture for picture, _ in combined.top]
    after = order(models, combined)
    assert after[0] == before[0]
    others = [picture for picture in before[1:] if picture in same]
    assert [picture for picture in after[1:] if picture in same] == others


def test_nothing_passes_that_all_models_have() -> None:
    vectors, queries = some_groups(20, "a")
    models, combined = ranked(vectors, queries, mask=np.zeros(20, np.bool_))
    looked = look_twice(combined, models, TOP, NOTHING_OWN)
    assert looked.top == []
    assert not looked.looked_twice
