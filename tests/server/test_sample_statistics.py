"""The statistics that a server keeps of each model's vectors."""

from __future__ import annotations

import json

import numpy as np
import pytest
from expression_evaluator import fulfils
from making import unit_vectors

from finder.core.library.server.sample_statistics import (
    SAMPLE,
    SampleStatistics,
    measured_statistics,
    sample_bound,
    sample_expression,
)


@pytest.mark.parametrize("dimension", [8, 512, 2_048])
def test_they_come_back_from_their_text(dimension: int) -> None:
    vectors = unit_vectors(np.random.default_rng(1), 50, dimension)
    statistics = measured_statistics(3_000, sample_bound(3_000), vectors)
    text = statistics.as_json()
    assert len(text) < 65_535, "what a text field has room for"
    read = SampleStatistics.from_json(text, dimension)
    assert read is not None
    assert (read.count, read.below) == (3_000, sample_bound(3_000))
    np.testing.assert_array_equal(read.mean, statistics.mean)
    np.testing.assert_allclose(read.mean, vectors.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"mean": "AAAA"},
        {"mean": "!"},
        {"mean": None},
        {"mean": "AADAfwAAwH8AAMB/AADAfw=="},  # not a number, four times
        {"count": "many"},
        {"count": -1},
        {"count": float("inf")},
        {"below": -1},
    ],
)
def test_what_is_none_is_not_read(change: dict[str, object]) -> None:
    text = SampleStatistics(3, 5, np.ones(4, np.float32)).as_json()
    assert SampleStatistics.from_json(text, 4) is not None
    assert SampleStatistics.from_json(text, 5) is None
    assert SampleStatistics.from_json(json.dumps({**json.loads(text), **change}), 4) is None
    assert SampleStatistics.from_json(text[:-5], 4) is None
    assert SampleStatistics.from_json("[]", 4) is None


def test_they_are_renewed_when_the_library_has_changed_by_a_fifth() -> None:
    statistics = SampleStatistics(1_000, 5, np.zeros(4, np.float32))
    counts = (799, 800, 1_000, 1_200, 1_201)
    assert [statistics.is_outdated(count) for count in counts] == [True, False, False, False, True]
    nothing = SampleStatistics(0, 5, np.zeros(4, np.float32))
    assert nothing.is_outdated(1)
    assert not nothing.is_outdated(0)
    small = SampleStatistics(100, 5, np.zeros(4, np.float32))
    assert [small.is_outdated(count) for count in (99, 100, 101, 121)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("count", "below", "fits"),
    [
        (50_000, sample_bound(50_000), True),
        (50_000, sample_bound(42_000), True),
        (50_000, 2 * sample_bound(50_000) + 1, False),
        (50_000, 2**63 - 1, False),
        (50_000, 0, False),
        (39_000, sample_bound(50_000), False),
        (500, sample_bound(500), True),
        (500, 5, False),
    ],
)
def test_statistics_of_another_machine_fit_the_library(count: int, below: int, fits: bool) -> None:
    noted = 50_000 if count > 500 else 500
    assert SampleStatistics(noted, below, np.zeros(4, np.float32)).fits(count) == fits


@pytest.mark.parametrize("count", [0, 1, 2_000, 2_001, 3_000, 200_000])
def test_the_sample_has_as_many_pictures_as_wanted(count: int) -> None:
    ids = np.random.default_rng(count).integers(0, 2**63 - 1, count)
    bound = sample_bound(count)
    assert int((ids < bound).sum()) == pytest.approx(min(count, SAMPLE), abs=150)
    assert fulfils(sample_expression(bound), {"id": bound - 1})
    assert not fulfils(sample_expression(bound), {"id": bound})


def test_the_sample_has_the_librarys_mean() -> None:
    vectors = unit_vectors(np.random.default_rng(2), 40, 8)
    statistics = measured_statistics(40, sample_bound(40), vectors)
    sample = statistics.sample(np.arange(40), vectors)
    np.testing.assert_array_equal(sample.mean()[0], statistics.mean)
    np.testing.assert_allclose(sample.mean()[1], vectors @ statistics.mean, atol=1e-6)
    assert measured_statistics(0, 5, vectors[:0]).mean.tolist() == [0.0] * 8


def test_a_vector_that_was_never_stored_does_not_spoil_the_mean() -> None:
    vectors = unit_vectors(np.random.default_rng(2), 9, 8)
    expected = measured_statistics(9, 5, vectors[:7]).mean
    vectors[7], vectors[8] = np.nan, 1e30
    np.testing.assert_array_equal(measured_statistics(9, 5, vectors).mean, expected)
    assert len(SampleStatistics(9, 5, expected).sample(np.arange(9), vectors)) == 7
    assert measured_statistics(1, 5, vectors[7:]).mean.tolist() == [0.0] * 8
