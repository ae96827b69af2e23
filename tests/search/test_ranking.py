"""The largest of many values, and ranks among them, against a full sort."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from finder.core.search.ranking.ranking import largest, passing_values, ranks

NUMBERS = [1, 2, 40, 700, 5_000, 70_000]


def _values(number: int, kind: str, type: type) -> NDArray[np.float32]:
    random = np.random.default_rng(number)
    values = random.normal(size=number)
    if kind == "many equal":
        values = np.round(values)
    elif kind == "ascending":
        values.sort()
    elif kind == "in step with the sample":
        values[::64] -= 100.0
    elif kind == "few pass":
        values[random.random(number) < 0.999] = -np.inf
    return values.astype(type)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("type", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind", ["normal", "many equal", "ascending", "in step with the sample", "few pass"]
)
def test_the_largest_are_those_of_a_full_sort(number: int, type: type, kind: str) -> None:
    values = _values(number, kind, type)
    for wanted in sorted({1, min(20, number), min(212, number), number}):
        found = largest(values, wanted)
        assert len(set(found.tolist())) == wanted
        np.testing.assert_array_equal(np.sort(values[found]), np.sort(values)[-wanted:])


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", ["normal", "many equal", "few pass"])
def test_ranks_count_what_is_larger(number: int, kind: str) -> None:
    values = _values(number, kind, np.float32)
    passing = np.flatnonzero(values > -np.inf)
    random = np.random.default_rng(1)
    some = random.choice(passing, min(50, len(passing)), replace=False)
    top = passing[np.argsort(-values[passing], kind="stable")][:20].tolist()
    found = ranks(some, values[some], values, top)
    for position, rank in zip(some.tolist(), found, strict=True):
        larger = int((values > values[position]).sum())
        expected = top.index(position) if position in top else max(larger, len(top))
        assert rank == expected + 1


def test_what_does_not_pass_is_below_everything() -> None:
    values = np.array([0.5, -1.0, 0.25], np.float32)
    mask = np.array([True, False, True])
    assert passing_values(values, None) is values
    assert passing_values(values, mask).tolist() == [0.5, -np.inf, 0.25]
    assert passing_values(values.astype(np.float64), ~mask).tolist() == [-np.inf, -1.0, -np.inf]
