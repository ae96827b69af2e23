"""How the library's grid of 100,000 pictures scrolls: the time of each frame."""

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
from finder.core.library.listing import Listing, Month, Section
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.paths import Home
from finder.core.pictures import decode
from finder.core.pictures.facts import PictureFacts
from finder.gui.grid.picture_view import PictureView
from finder.jobs import images

_ROWS = 100_000
_ROW_IDS = 1 << 40  # content ids of the long list's rows begin here
_WITHOUT_THUMBNAIL = 10  # one row in so many
_BATCH = 1_000  # thumbnails that are written together
_MONTHS = 100
_FRAME_LIMIT = 8.0  # ms
_WHEEL_SECONDS = 0.016  # between two notches of the wheel
_STEP_SECONDS = 0.04  # between two steps of half a page
_JUMP_SECONDS = 0.1
_WHEEL, _HALF, _JUMP, _ARRIVED = (
    "a notch of the wheel",
    "half a page",
    "a jump",
    "– (thumbnails that came in)",
)


@dataclass
class ScrollFigures:
    """frames: ms that the GUI thread works for each, by what caused it; shown: ms from asking for
    the listing to its first paint; arrived: thumbnails read; decoded: calls that decoded a full
    picture."""

    gaps: list[Gap] = field(default_factory=list)
    frames: dict[str, list[float]] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    arrived: int = 0
    decoded: list[str] = field(default_factory=list)

    def add(self, name: str, paints: Sequence[Paint], scrolled: float = 0.0) -> None:
        """scrolled: seconds that moving the cards took, before they were painted."""
        milliseconds = [(paint.ended - paint.began + scrolled) * 1_000 for paint in paints]
        self.frames.setdefault(name, []).extend(milliseconds)


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


def _listing() -> Listing:
    random = np.random.default_rng(1)
    aspects = random.choice([1.5, 4 / 3, 0.75, 16 / 9, 1.0], _ROWS).astype(np.float32)
    each = _ROWS // _MONTHS
    sections = tuple(
        Section(Month(2015 + at // 12, 1 + at % 12), at * each, each) for at in range(_MONTHS)
    )
    return Listing(np.arange(_ROW_IDS, _ROW_IDS + _ROWS), aspects, sections)


def _records(pictures: Sequence[int], *_: object) -> dict[int, PictureRecord]:
    facts = PictureFacts(4_000, 3_000, "JPEG", None, 1)
    return {
        picture: PictureRecord(picture, facts, (f"/made/up/2024-05/IMG_{picture:08d}.jpg",))
        for picture in pictures
    }


@contextmanager
def long_library(program: Program, paints: list[Paint]) -> Iterator[float]:
    """The library's page shows 100,000 pictures. Gives the ms that this took."""
    program.conductor.controllers.query.new_query()
    settle(program)
    listing, view = _listing(), program.window.library_page.view
    pictures = program.workspace.pictures
    with (
        patch.object(pictures, "listing", lambda *_: listing),
        patch.object(pictures, "records", _records),
    ):
        listed: list[float] = []
        browser = program.conductor.controllers.browser
        listening = browser.listed.connect(lambda: listed.append(time.perf_counter()))
        began, known = time.perf_counter(), len(paints)
        browser.list_again()
        wait_until(lambda: bool(listed) and any(one.began > listed[0] for one in paints[known:]))
        browser.listed.disconnect(listening)
        assert view.count() == _ROWS
        yield (next(one.ended for one in paints[known:] if one.began > listed[0]) - began) * 1_000
        settle(program)
    program.conductor.controllers.browser.list_again()
    settle(program)


def measure_scrolling(
    program: Program, paints: list[Paint], sizes: ScrollSizes, figures: ScrollFigures
) -> None:
    arrived: list[object] = []
    listening = program.feed.loaded.connect(lambda picture: arrived.append(picture))
    with (
        _noted_calls(decode.decode, figures.decoded),
        _noted_calls(images.load_picture, figures.decoded),
        long_library(program, paints) as shown,
    ):
        figures.shown.append(shown)
        live(0.5)
        ticker = Ticker()
        ticker.start()
        _scroll(program.window.library_page.view, paints, sizes, figures)
        figures.gaps += ticker.stop()
    program.feed.loaded.disconnect(listening)
    figures.arrived += len(arrived)


def _scroll(
    view: PictureView, paints: list[Paint], sizes: ScrollSizes, figures: ScrollFigures
) -> None:
    """With the wheel, by half pages, then to anywhere; the thumbnails come in meanwhile."""
    bar = view.verticalScrollBar()
    random = np.random.default_rng(1)
    half = max(1, view.viewport().height() // 2)
    notch = 3 * bar.singleStep()
    ways = [
        (_WHEEL, [notch * step for step in range(1, sizes.steps + 1)], _WHEEL_SECONDS),
        (_HALF, [half * step for step in range(1, sizes.steps + 1)], _STEP_SECONDS),
        (_JUMP, random.integers(0, bar.maximum(), sizes.jumps).tolist(), _JUMP_SECONDS),
    ]
    for name, places, pause in ways:
        bar.setValue(0)
        live(0.2)
        for place in places:
            first, began = len(paints), time.perf_counter()
            bar.setValue(place)
            scrolled = time.perf_counter() - began
            wait_until(lambda first=first: len(paints) > first)  # type: ignore[misc]
            live(pause)
            mine = paints[first:]
            figures.add(name, mine[:1], scrolled)
            figures.add(_ARRIVED, mine[1:])


def scroll_table(figures: ScrollFigures) -> str:
    rows = []
    for name in (_WHEEL, _HALF, _JUMP, _ARRIVED):
        values = figures.frames.get(name)
        if values:
            p50, p95, p99 = (percentile(values, share) for share in (0.5, 0.95, 0.99))
            judged = verdict(p95, _FRAME_LIMIT, " ms")
            longest = f"{max(values):.2f}"
            rows.append((name, len(values), f"{p50:.2f}", judged, f"{p99:.2f}", longest))
    head = [f"scrolling {_ROWS:,} cards by", "frames", "p50, ms", "p95", "p99, ms", "longest, ms"]
    words = (
        f"A frame: moving the cards, their data, and their paint. {figures.arrived:,} thumbnails "
        f"were read meanwhile; full pictures decoded: {verdict(len(figures.decoded), 0)}. From "
        f"asking for the {_ROWS:,} pictures to their first paint: {median(figures.shown):.0f} ms "
        "(without reading the catalogue)."
    )
    return table(head, rows) + "\n\n" + words
