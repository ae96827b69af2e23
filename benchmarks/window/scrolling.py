"""How a results list of 100,000 rows scrolls: the time of each paint."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.common import median, percentile, table, verdict
from benchmarks.window.driver import Paint, live, settle, wait_until
from benchmarks.window.ticks import Gap, Ticker
from finder.app import Program
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.paths import Home
from finder.core.pictures import decode
from finder.core.pictures.facts import PictureFacts
from finder.core.search.matches import Match
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.match_view import MatchView
from finder.jobs import images
from finder.jobs.query_facts import QuerySource

_ROWS = 100_000
_ROW_IDS = 1 << 40  # content ids of the long list's rows begin here
_WITHOUT_THUMBNAIL = 10  # one row in so many
_BATCH = 1_000  # thumbnails that are written together
_PAINT_LIMIT = 8.0  # ms
_STEP_SECONDS = 0.04  # between two steps of half a page
_JUMP_SECONDS = 0.1
_HALF, _JUMP, _ARRIVED = "half a page", "a jump", "– (thumbnails that came in)"


@dataclass
class ScrollFigures:
    """paints: ms of each, by what caused it; shown: ms from handing the rows over to the first
    paint; arrived: thumbnails read; decoded: calls that decoded a full picture."""

    gaps: list[Gap] = field(default_factory=list)
    paints: dict[str, list[float]] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    arrived: int = 0
    decoded: list[str] = field(default_factory=list)

    def add_paints(self, name: str, paints: Sequence[Paint]) -> None:
        milliseconds = [(paint.ended - paint.began) * 1_000 for paint in paints]
        self.paints.setdefault(name, []).extend(milliseconds)


@dataclass(frozen=True)
class ScrollSizes:
    steps: int  # of half a page
    jumps: int


@contextmanager
def _noted_calls(original: Callable[..., Any], calls: list[str]) -> Iterator[None]:
    """Every call of a function of the program, wherever it has been imported to."""

    def noting(*arguments: Any, **named: Any) -> Any:
        calls.append(original.__name__)
        return original(*arguments, **named)

    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "finder":
                for attribute, value in list(vars(module).items()):
                    if value is original:
                        stack.enter_context(patch.object(module, attribute, noting))
        yield


def make_thumbnails(home: Home) -> None:
    """A real thumbnail for all but a few of the long list's rows."""
    with closing(ThumbnailStore(home)) as store:
        made = [store.read(picture) for picture in sorted(store.pictures())[:50]]
        if not made:
            raise RuntimeError("indexing has made no thumbnails")
        rows = [row for row in range(_ROWS) if row % _WITHOUT_THUMBNAIL]
        for at in range(0, len(rows), _BATCH):
            batch = rows[at : at + _BATCH]
            store.put({_ROW_IDS + row: made[row % len(made)] or b"" for row in batch})


def _made_up_matches() -> list[Match]:
    facts = PictureFacts(4_000, 3_000, "JPEG", None, 1)
    return [
        Match(
            row + 1,
            PictureRecord(_ROW_IDS + row, facts, (f"/made/up/2024-05/IMG_{row:08d}.jpg",)),
            row / _ROWS,
        )
        for row in range(_ROWS)
    ]


def measure_scrolling(
    program: Program, paints: list[Paint], query: str, sizes: ScrollSizes, figures: ScrollFigures
) -> None:
    searching = program.conductor.searching
    searching.clear()
    program.conductor.query.ask(QuerySource(query, path=query))
    wait_until(lambda: searching.result is not None)
    settle(program)
    column = program.window.results.columns[0]
    matches = _made_up_matches()
    feed = program.task_runner.findChildren(ThumbnailFeed)[0]
    arrived: list[object] = []
    listening = feed.loaded.connect(lambda picture: arrived.append(picture))
    with (
        _noted_calls(decode.decode, figures.decoded),
        _noted_calls(images.load_picture, figures.decoded),
    ):
        painted, began = len(paints), time.perf_counter()
        column.model.show_matches(matches)
        wait_until(lambda: len(paints) > painted)
        figures.shown.append((paints[painted].ended - began) * 1_000)
        live(0.5)
        ticker = Ticker()
        ticker.start()
        _scroll(column.view, paints, sizes, figures)
        figures.gaps += ticker.stop()
    feed.loaded.disconnect(listening)
    figures.arrived += len(arrived)
    settle(program)


def _scroll(
    view: MatchView, paints: list[Paint], sizes: ScrollSizes, figures: ScrollFigures
) -> None:
    """By half pages down, then to anywhere; the thumbnails come in as they do."""
    bar = view.verticalScrollBar()
    random = np.random.default_rng(1)
    half = max(1, view.viewport().height() // 2)
    ways = [
        (_HALF, [half * step for step in range(1, sizes.steps + 1)], _STEP_SECONDS),
        (_JUMP, random.integers(0, bar.maximum(), sizes.jumps).tolist(), _JUMP_SECONDS),
    ]
    for name, places, pause in ways:
        for place in places:
            first = len(paints)
            bar.setValue(place)
            wait_until(lambda first=first: len(paints) > first)  # type: ignore[misc]
            live(pause)
            mine = paints[first:]
            figures.add_paints(name, mine[:1])
            figures.add_paints(_ARRIVED, mine[1:])


def scroll_table(figures: ScrollFigures) -> str:
    rows = []
    for name in (_HALF, _JUMP, _ARRIVED):
        values = figures.paints[name]
        if values:
            p95 = verdict(percentile(values, 0.95), _PAINT_LIMIT, " ms")
            rows.append(
                (name, len(values), f"{median(values):.2f}", p95, f"{max(values):.2f}"),
            )
    head = [f"scrolling {_ROWS:,} rows by", "paints", "median, ms", "p95", "longest, ms"]
    words = (
        f"Paint time includes the rows' data. {figures.arrived:,} thumbnails were read meanwhile; "
        f"full pictures decoded: {verdict(len(figures.decoded), 0)}. From handing over the "
        f"{_ROWS:,} rows to their first paint: {median(figures.shown):.0f} ms."
    )
    return table(head, rows) + "\n\n" + words
