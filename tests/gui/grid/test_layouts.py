"""Where the cards of a grid are: none overlap, none are out of view, each is found."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QRect

from finder.gui.grid.layouts import CellLayout, GridLayout, JustifiedLayout
from finder.gui.grid.section import Section

GAP, HEADER, ROW = 10, 40, 150
RATIOS = [1.5, 4 / 3, 0.75, 16 / 9, 1.0, 0.3, 6.0]


def sections_of(*counts: int) -> list[Section]:
    starts = [sum(counts[:at]) for at in range(len(counts))]
    return [Section(f"s{at}", starts[at], count) for at, count in enumerate(counts)]


def justified(width: int = 1_000, *counts: int, seed: int = 1) -> JustifiedLayout:
    counts = counts or (97, 1, 2, 30)
    dice = random.Random(seed)
    ratios = [dice.choice(RATIOS) for _ in range(sum(counts))]
    return JustifiedLayout(ratios, sections_of(*counts), width, ROW, GAP, HEADER)


def cells(width: int = 1_000, count: int = 50, columns: int = 0) -> CellLayout:
    return CellLayout(count, width, 160, 1.5, GAP, columns)


LAYOUTS: dict[str, tuple[Callable[[], GridLayout], int]] = {
    "justified": (justified, 130),
    "narrow": (lambda: justified(210), 130),
    "cells": (cells, 50),
    "one column": (lambda: cells(180, 50, 1), 50),
}


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> GridLayout:
    make, count = LAYOUTS[request.param]
    made = make()
    assert made.count == count
    return made


def rects(layout: GridLayout) -> list[QRect]:
    return [layout.rect(index) for index in range(layout.count)]


def width_of(layout: GridLayout) -> int:
    return max(rect.right() + 1 for rect in rects(layout))


def test_cards_follow_each_other_without_overlap(layout: GridLayout) -> None:
    for one, other in pairwise(rects(layout)):
        same_row = one.top() == other.top()
        assert other.left() - one.right() - 1 == GAP if same_row else other.top() > one.bottom()
        assert one.isValid()


def test_the_height_is_that_of_the_last_row(layout: GridLayout) -> None:
    assert layout.height == max(rect.bottom() + 1 for rect in rects(layout))


def test_each_card_is_found_at_its_place(layout: GridLayout) -> None:
    for index, rect in enumerate(rects(layout)):
        for point in (rect.topLeft(), rect.center(), rect.bottomRight()):
            assert layout.index_at(point.x(), point.y()) == index
    assert layout.index_at(-1, 5) == -1
    assert layout.index_at(5, layout.height + 100) == -1


def test_what_is_visible_is_all_that_is_between(layout: GridLayout) -> None:
    for top in range(0, layout.height, 171):
        seen = layout.visible(top, top + 300)
        for index, rect in enumerate(rects(layout)):
            if rect.bottom() >= top and rect.top() <= top + 300:
                assert index in seen
        assert len(seen) <= 60


def test_up_and_down_lead_through_all_rows(layout: GridLayout) -> None:
    tops = sorted({rect.top() for rect in rects(layout)})
    index, seen = 0, [layout.rect(0).top()]
    while (after := layout.beside_row(index, 1)) != index and len(seen) < len(tops):
        index = after
        seen.append(layout.rect(index).top())
    assert seen == tops
    assert layout.beside_row(index, 5) == index or layout.rect(index).top() == tops[-1]
    assert layout.rect(layout.beside_row(index, -10_000)).top() == tops[0]


@pytest.mark.parametrize("width", [320, 640, 1_000, 1_777, 2_400])
def test_rows_fill_the_width_but_the_last_of_a_section(width: int) -> None:
    layout = justified(width, 200, 33)
    rows: dict[int, list[QRect]] = {}
    for rect in rects(layout):
        rows.setdefault(rect.top(), []).append(rect)
    last_of_section = {layout.rect(199).top(), layout.rect(232).top()}
    for top, row in rows.items():
        assert row[-1].right() < width
        assert len({rect.height() for rect in row}) == 1
        if top not in last_of_section and len(row) > 1:
            assert width - row[-1].right() - 1 <= ROW // 4 or row[0].height() >= ROW
            assert ROW * 0.5 <= row[0].height() <= ROW * 1.31


def test_pictures_keep_their_proportions() -> None:
    layout = JustifiedLayout([1.5] * 60, sections_of(60), 1_000, ROW, GAP, HEADER)
    for rect in rects(layout):
        assert rect.width() / rect.height() == pytest.approx(1.5, rel=0.03)


def test_extreme_pictures_are_cropped_to_a_sensible_card() -> None:
    layout = JustifiedLayout([0.01, 100.0, 1.0], sections_of(3), 1_000, ROW, GAP, HEADER)
    assert layout.rect(0).width() >= ROW // 3
    assert layout.rect(1).width() <= 3.2 * ROW


def test_headers_stand_above_their_sections() -> None:
    layout = justified(1_000, 20, 5, 9)
    found = list(layout.headers(0, layout.height))
    assert [section.title for _, section in found] == ["s0", "s1", "s2"]
    for place, section in found:
        assert place.height() == HEADER
        assert layout.rect(section.start).top() == place.bottom() + 1
        if section.start:
            assert place.top() > layout.rect(section.start - 1).bottom()
    middle = found[1][0]
    assert [s.title for _, s in layout.headers(middle.top(), middle.top() + 1)] == ["s1"]


def test_sections_without_a_title_have_no_header() -> None:
    layout = JustifiedLayout([1.0] * 4, [Section("", 0, 4)], 1_000, ROW, GAP, HEADER)
    assert layout.rect(0).top() == 0
    assert list(layout.headers(0, 1_000)) == []


@pytest.mark.parametrize("make", [lambda: justified(500, 0), lambda: cells(500, 0)])
def test_an_empty_grid(make: Callable[[], GridLayout]) -> None:
    layout = make()
    assert (layout.count, layout.height) == (0, 0)
    assert len(layout.visible(0, 500)) == 0
    assert layout.index_at(5, 5) == -1


def test_cells_grow_to_fill_the_width() -> None:
    layout = cells(1_000)
    assert layout.rect(0).width() >= 160
    assert 1_000 - width_of(layout) < 6
    assert layout.rect(0).height() == round(layout.rect(0).width() / 1.5)
