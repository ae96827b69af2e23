"""How far models agree, against values computed by hand."""

from __future__ import annotations

import pytest
from answers import result_of
from hypothesis import given
from hypothesis import strategies as st

from finder.core.search.agreement import (
    COMBINED,
    agreements,
    disputed,
    overlap,
    rank_biased_overlap,
    tops,
)


@pytest.mark.parametrize(
    ("first", "second", "persistence", "expected"),
    [
        ("abc", "abc", 0.9, 1.0),
        ("abc", "xyz", 0.9, 0.0),
        ("", "", 0.9, 1.0),
        ("", "a", 0.9, 0.0),
        # 0/1·½ + 2/2·¼, and the agreement of 2/2 goes on: ¼ + ¼
        ("ab", "ba", 0.5, 0.5),
        # 0/1·½ + 1/2·¼; beyond the shorter list nothing was shared: ((1 − 0)/2 + 0)·¼
        ("a", "ba", 0.5, 0.25),
        # all of the shorter list is shared, so it is taken to go on like the longer one
        ("a", "ab", 0.5, 1.0),
        # Σ A_d·.9^d = .405 + .486 + .6561 + .59049; ·.1/.9 + .59049
        ("12345", "23415", 0.9, 0.828),
        # the example of Webber et al. for the average overlap: A_d = 0, 0, 2/3, 2/4, 2/5, 2/6, 2/7
        (
            "abcdefg",
            "zcavwxy",
            0.9,
            (
                2 / 3 * 0.729
                + 2 / 4 * 0.6561
                + 2 / 5 * 0.59049
                + 2 / 6 * 0.531441
                + 2 / 7 * 0.4782969
            )
            / 9
            + 2 / 7 * 0.4782969,
        ),
    ],
)
def test_rank_biased_overlap(first: str, second: str, persistence: float, expected: float) -> None:
    assert rank_biased_overlap(first, second, persistence) == pytest.approx(expected, abs=1e-6)
    assert rank_biased_overlap(second, first, persistence) == pytest.approx(expected, abs=1e-6)


_LISTS = st.lists(st.integers(0, 12), unique=True, min_size=1)


@given(_LISTS, _LISTS, st.floats(0.1, 0.98))
def test_rank_biased_overlap_is_equation_32(a: list[int], b: list[int], p: float) -> None:
    short, long = sorted((a, b), key=len)
    s, m = len(short), len(long)
    shared = {d: len(set(short[:d]) & set(long[:d])) for d in range(1, m + 1)}
    first = sum(shared[d] / d * p**d for d in range(1, m + 1))
    second = sum(shared[s] * (d - s) / (s * d) * p**d for d in range(s + 1, m + 1))
    rest = ((shared[m] - shared[s]) / m + shared[s] / s) * p**m
    value = rank_biased_overlap(a, b, p)
    assert value == pytest.approx((1 - p) / p * (first + second) + rest)
    assert -1e-9 <= value <= 1 + 1e-9


def test_early_ranks_weigh_more_than_late_ones() -> None:
    order = list(range(20))
    late, early = [*order[:18], 19, 18], [1, 0, *order[2:]]
    assert rank_biased_overlap(order, early) < rank_biased_overlap(order, late) < 1.0


def test_every_listed_picture_has_the_models_in_whose_top_it_is() -> None:
    result = result_of({"a": [1, 2, 3, 4], "b": [3, 1, 4, 2], "c": [4, 3]}, [1, 3])
    assert tops(result, 2) == {1: ("a", "b"), 2: ("a",), 3: ("b", "c"), 4: ("c",)}
    assert tops(result, 4)[2] == ("a", "b"), "a model that has not indexed it is none"


def test_overlap_and_rank_biased_overlap_for_each_pair() -> None:
    result = result_of({"a": [1, 2, 3, 4, 5], "b": [1, 3, 2, 5, 4]}, [2, 1, 3, 5, 4])
    found = agreements(result, 2)
    assert list(found) == [(COMBINED, "a"), (COMBINED, "b"), ("a", "b")]
    assert [pair.shared for pair in found.values()] == [2, 1, 1]
    assert {pair.top for pair in found.values()} == {2}
    whole = rank_biased_overlap([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])
    assert found["a", "b"].rank_biased == whole
    assert agreements(result, 10)["a", "b"].top == 5, "there are no more pictures"
    assert overlap([1, 2, 3], [3, 2, 9], 3) == 2


def test_what_models_disagree_on() -> None:
    order = list(range(100))
    moved = [order[60], *order[:60], *order[61:]]  # 60 comes first
    result = result_of({"a": order, "b": order, "c": moved}, order[:10], listed=20)
    assert disputed(result) == {60: ("c", "a")}, "rank 1 with one, 61 with the others"
    assert disputed(result, 13) == {}, "61 is not beyond five times 13"
    near = [*order[45:50], *order[:45], *order[50:]]  # at most rank 50: not beyond five times ten
    assert disputed(result_of({"a": order, "b": near}, listed=20)) == {}


def test_one_model_agrees_with_itself() -> None:
    result = result_of({"a": [1, 2]}, [1, 2])
    ((pair, found),) = agreements(result).items()
    assert (pair, found.shared, found.top) == ((COMBINED, "a"), 2, 2)
    assert found.rank_biased == pytest.approx(1.0)
    assert disputed(result) == {}
