"""Vectors that a server has returned."""

from __future__ import annotations

import numpy as np
import pytest
from candidate_rankings import (
    SPECS,
    euclidean,
)
from making import unit_vectors

from finder.core.library.server import fetched_vectors
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    combine_candidates,
    score_candidates,
)
from finder.core.search.ranking.ranking import NOTHING_OWN


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
    scores = score_candidates(index, query, euclidean(SPECS[0]), found, index, 30)
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
