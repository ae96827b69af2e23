"""Each figure is compared with scikit-learn's, or with its definition written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, ndcg_score, precision_score

from finder.core.evaluation.retrieval_metrics import (
    SHORT_NAMES,
    QueryMetrics,
    descending_order,
)

Bools = NDArray[np.bool_]
EXACTLY = 1e-9


def ranked(relevant: Bools, scores: NDArray[np.float32]) -> Bools:
    return np.take_along_axis(relevant, descending_order(scores), axis=1)


@pytest.fixture(params=[(40, 200, 0.05), (30, 12, 0.4), (25, 6, 0.5)])
def example(request: pytest.FixtureRequest) -> tuple[Bools, NDArray[np.float32]]:
    """Which of n answers are relevant to Q queries, at least one each, and scores, all different:
    many answers, about ten, and fewer."""
    queries, answers, share = request.param
    random = np.random.default_rng(queries)
    relevant = random.random((queries, answers)) < share
    relevant[np.arange(queries), random.integers(0, answers, queries)] = True
    scores = random.permutation(queries * answers).reshape(queries, answers).astype(np.float32)
    return relevant, scores


def test_every_figure_is_that_of_the_field(
    example: tuple[Bools, NDArray[np.float32]],
) -> None:
    relevant, scores = example
    found = QueryMetrics.of(ranked(relevant, scores), relevant.sum(axis=1))
    for query, (of_query, its_scores) in enumerate(zip(relevant, scores, strict=True)):
        expected = average_precision_score(of_query, its_scores)
        assert found.average_precision[query] == pytest.approx(expected, abs=EXACTLY)
        gain = ndcg_score([of_query.astype(float)], [its_scores], k=10)
        assert found.ndcg_at_10[query] == pytest.approx(gain, abs=EXACTLY)
        first = np.argsort(-its_scores)
        assert found.recall_at_1[query] == of_query[first[0]]
        assert found.recall_at_5[query] == of_query[first[:5]].any()
        assert found.recall_at_10[query] == of_query[first[:10]].any()
        for k, value in ((5, found.precision_at_5), (10, found.precision_at_10)):
            top = of_query[first[:k]]
            share = precision_score(top, np.ones_like(top), zero_division=0.0) * len(top) / k
            assert value[query] == pytest.approx(share, abs=EXACTLY)


def test_answers_that_are_missing_count_as_never_found() -> None:
    """Two of four relevant ones are in the ranking: at the ranks 1 and 3."""
    relevant = np.array([[True, False, True]])
    found = QueryMetrics.of(relevant, np.array([4]))
    assert found.average_precision[0] == pytest.approx((1 + 2 / 3) / 4)


def test_a_query_without_a_hit_scores_nothing() -> None:
    found = QueryMetrics.of(np.zeros((2, 5), np.bool_), np.array([1, 3]))
    assert set(found.means().values()) == {0.0}
    assert list(found.means()) == list(SHORT_NAMES.values())


def test_parts_are_joined_in_order() -> None:
    relevant = np.eye(3, dtype=np.bool_)
    numbers = np.ones(3, np.int64)
    whole = QueryMetrics.of(relevant, numbers)
    joined = QueryMetrics.joined(
        [QueryMetrics.of(relevant[:1], numbers[:1]), QueryMetrics.of(relevant[1:], numbers[1:])]
    )
    assert (
        joined.average_precision.tolist() == whole.average_precision.tolist() == [1, 1 / 2, 1 / 3]
    )


@pytest.mark.parametrize(
    "row",
    [
        [3.0, 1.0, 2.0],
        [0.5, 0.5, 0.7, 0.5],
        [0.0, -0.0, 1.0, -1.0],
        [-1.0, -np.inf, np.inf, -2.0],
        [1e-40, -1e-40, 0.0, 1e-38],
    ],
)
def test_the_order_is_that_of_a_stable_sort(row: Sequence[float]) -> None:
    scores = np.array([row], np.float32)
    expected = np.argsort(-(scores + np.float32(0)), axis=1, kind="stable")
    assert descending_order(scores).tolist() == expected.tolist()


def test_the_order_of_many_scores_is_that_of_a_stable_sort() -> None:
    """Of few different values, as Hamming distances are, and of many."""
    random = np.random.default_rng(1)
    for scores in (
        random.integers(-8, 8, (50, 300)).astype(np.float32),
        random.standard_normal((50, 300)).astype(np.float32),
    ):
        expected = np.argsort(-scores, axis=1, kind="stable")
        assert np.array_equal(descending_order(scores), expected)
