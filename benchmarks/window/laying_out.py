"""The library's grid of 100,000 pictures while the window's edge and the slider are dragged, and
while the real library is listed in one order after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks.common import median, percentile, table, verdict
from benchmarks.window.driver import Paint, live, settle, wait_until
from benchmarks.window.scrolling import long_library
from benchmarks.window.ticks import Gap, Ticker
from finder.app import Program

_WIDTH, _HEIGHT = 1_280, 800  # whatever the screen's size
_FRAME_SECONDS = 0.016
_FOLLOW_LIMIT = 60.0  # ms
_EDGE, _SLIDER = "the window's edge", "the size of the cards"


@dataclass
class LayoutFigures:
    """gaps: between ticks, while laying out and while listing; followed: ms from a change until the
    cards are painted in their new places, by what was changed; listed: ms for each order."""

    gaps: list[Gap] = field(default_factory=list)
    listing_gaps: list[Gap] = field(default_factory=list)
    followed: dict[str, list[float]] = field(default_factory=dict)
    listed: dict[str, list[float]] = field(default_factory=dict)


def measure_layout(
    program: Program, paints: list[Paint], steps: int, figures: LayoutFigures
) -> None:
    """From the middle of the library. Each step is one frame after the one before."""
    window, view = program.window, program.window.library_page.view
    size = window.size()
    window.resize(_WIDTH, _HEIGHT)
    with long_library(program, paints):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
        live(0.5)
        ticker = Ticker()
        ticker.start()
        for step in range(steps):
            window.resize(_WIDTH - 4 * min(step, steps - step), _HEIGHT)
            live(_FRAME_SECONDS)
        slider = window.query_bar.thumb_size
        before = slider.value()
        for step in range(steps):
            slider.setValue(before + min(step, steps - step))
            live(_FRAME_SECONDS)
        figures.gaps += ticker.stop()
        slider.setValue(before)
        settle(program)
        for step in range(1, steps // 2):
            width = _WIDTH - 8 * (step % 20 + 1)
            _follow(program, paints, _EDGE, partial(window.resize, width, _HEIGHT), figures)
            _follow(program, paints, _SLIDER, partial(slider.setValue, before + step % 20), figures)
        window.resize(size)
        slider.setValue(before)


def _follow(
    program: Program,
    paints: list[Paint],
    name: str,
    act: Callable[[], object],
    figures: LayoutFigures,
) -> None:
    """act: gives the grid another size. The paint that is counted began when the cards were laid
    out for it."""
    page, began = program.window.library_page, time.perf_counter()
    before = page.grid_size()
    act()
    wait_until(lambda: page.grid_size() != before and page.is_laid_out())
    painted = len(paints)
    page.view.viewport().update()
    wait_until(lambda: len(paints) > painted)
    figures.followed.setdefault(name, []).append((paints[painted].ended - began) * 1_000)
    live(0.05)


def measure_listing(program: Program, figures: LayoutFigures) -> None:
    """The real library, in every order."""
    order, browser = program.window.library_page.order, program.conductor.controllers.browser
    listed: list[float] = []
    listening = browser.listed.connect(lambda: listed.append(time.perf_counter()))
    first = order.currentIndex()
    ticker = Ticker()
    ticker.start()
    for place in [*range(first + 1, order.count()), *range(first + 1)]:
        known, began = len(listed), time.perf_counter()
        order.setCurrentIndex(place)
        wait_until(lambda known=known: len(listed) > known)  # type: ignore[misc]
        taken = (listed[-1] - began) * 1_000
        figures.listed.setdefault(order.itemText(place), []).append(taken)
        live(0.3)
    figures.listing_gaps += ticker.stop()
    browser.listed.disconnect(listening)
    settle(program)


def layout_table(figures: LayoutFigures) -> str:
    rows = []
    for name, values in figures.followed.items():
        p95 = verdict(percentile(values, 0.95), _FOLLOW_LIMIT, " ms")
        rows.append((name, len(values), f"{median(values):.1f}", p95, f"{max(values):.1f}"))
    head = ["100,000 cards are painted in new places after", "times", "median, ms", "p95"]
    orders = ", ".join(f"{name} {median(values):.0f}" for name, values in figures.listed.items())
    words = f"The library itself listed anew, ms until it is shown: {orders}."
    return table([*head, "longest, ms"], rows) + "\n\n" + words
