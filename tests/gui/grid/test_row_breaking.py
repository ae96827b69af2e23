"""Rows that are broken with arrays are those that a plain loop over the cards gives."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.gui.grid.layouts import JustifiedLayout
from finder.gui.grid.section import Section

GAP, HEADER = 10, 44
PlainRow = tuple[int, int, int]
"""First card, top, height."""


def plain_rows(
    ratios: Sequence[float], sections: Sequence[Section], width: int, row_height: int
) -> tuple[list[PlainRow], list[int]]:
    """The rows, and the tops of the titles: card by card."""
    sums = list(accumulate((min(3.0, max(0.5, ratio)) for ratio in ratios), initial=0.0))
    rows: list[PlainRow] = []
    titles: list[int] = []
    top = 0
    for section in sections:
        start, end = section.start, section.start + section.count
        if section.title and section.count:
            titles.append(top)
            top += HEADER
        while start < end:
            after = _row_end(sums, start, end, width, row_height)
            room = width - GAP * (after - start - 1)
            filling = max(1, int(room / (sums[after] - sums[start])))
            height = min(filling, row_height if after == end else int(row_height * 1.3))
            rows.append((start, top, height))
            top += height + GAP
            start = after
    return rows, titles


def _row_end(sums: Sequence[float], start: int, end: int, width: int, row_height: int) -> int:
    """Cards are added until the row is full; the last one is left out if that is nearer."""

    def reach(card: int) -> float:
        return sums[card] * row_height + card * GAP

    wanted = reach(start) + width + GAP
    after = start + 1
    while after < end and reach(after) < wanted:
        after += 1
    if after - start > 1 and reach(after) - wanted > wanted - reach(after - 1):
        return after - 1
    return after


def sections_of(counts: Sequence[int], titled: Sequence[bool]) -> list[Section]:
    starts = accumulate(counts, initial=0)
    return [
        Section("June" if has_title else "", start, count)
        for start, count, has_title in zip(starts, counts, titled, strict=False)
    ]


def assert_alike(
    ratios: Sequence[float], sections: Sequence[Section], width: int, row_height: int
) -> None:
    layout = JustifiedLayout(np.array(ratios, np.float32), sections, width, row_height, GAP, HEADER)
    exact = [float(np.float32(ratio)) for ratio in ratios]
    rows, titles = plain_rows(exact, sections, width, row_height)
    starts = [start for start, _, _ in rows]
    for card in range(len(ratios)):
        _, top, height = rows[bisect_right(starts, card) - 1]
        place = layout.rect(card)
        assert (place.top(), place.height()) == (top, height)
        assert (place.left() == 0) == (card in starts)
    bottom = rows[-1][1] + rows[-1][2] if rows else 0
    assert layout.height == bottom
    assert [place.top() for place, _ in layout.headers(0, bottom)] == titles


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=6),
    st.integers(1, 4_000),
    st.integers(1, 600),
    st.randoms(use_true_random=False),
)
def test_any_cards(
    parts: list[tuple[int, bool]], width: int, row_height: int, dice: random.Random
) -> None:
    sections = sections_of([count for count, _ in parts], [titled for _, titled in parts])
    number = sum(count for count, _ in parts)
    ratios = [dice.choice([1.5, 0.75, 1.0, 0.2, 7.0, 1.37]) for _ in range(number)]
    assert_alike(ratios, sections, width, row_height)


@pytest.mark.parametrize(("width", "row_height"), [(1_200, 180), (600, 480), (3_800, 115)])
def test_a_large_library(width: int, row_height: int) -> None:
    numbers = np.random.default_rng(1)
    ratios = numbers.choice([1.5, 4 / 3, 0.75, 16 / 9, 1.0, 0.3, 6.0], 10_000).tolist()
    assert_alike(ratios, sections_of([2_500] * 4, [True] * 4), width, row_height)
