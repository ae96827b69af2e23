"""Stutter: how late the GUI thread is while everything runs at once, and how a long list scrolls.

    python -m benchmarks.stutter [--short] [--runs N]

In the real window, started as `image-finder` starts it. A precise 5 ms timer of the GUI thread
records the gaps between its ticks while 1 MP JPEGs are indexed into a library that holds
many vectors already (so that flushing and merging are real) and another picture is searched for
every half second; from the moment the folder is added, so the vector database is loaded and opened
in it, too. The same ticks with nothing under way, and beside threads of pure C work that need no
GIL, show what the machine does by itself. Then the library's page shows 100,000 pictures, and is
scrolled; the window's edge and the size of the cards are dragged, and the library is listed in
every order. Further runs add to the ticks and frames.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer

from benchmarks.common import (
    median,
    options,
    percentile,
    run_python,
    say,
    section,
    table,
    verdict,
)
from benchmarks.material import default_model, make_jpegs, photographs
from benchmarks.start import offscreen_without_display
from benchmarks.window.driver import in_window, live, noted_paints, settle, wait_until
from benchmarks.window.laying_out import (
    LayoutFigures,
    layout_table,
    measure_layout,
    measure_listing,
)
from benchmarks.window.scrolling import (
    ScrollFigures,
    ScrollSizes,
    make_thumbnails,
    measure_scrolling,
    scroll_table,
)
from benchmarks.window.ticks import TICK_MS, Gap, Ticker, busy_in_c, ticks_for
from finder.app import Program
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, save_settings
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.jobs.query_facts import QuerySource
from finder.workers.worker_pools import worker_count

_P99_LIMIT = 16.0  # ms
_LONGEST_LIMIT = 60.0  # ms
_ASK_EVERY_MS = 500
_FILES_A_SECOND = 50  # for each core: more than are indexed
_WORST_SHOWN = 5

_FILL = """
import sys
from pathlib import Path
from benchmarks.material import fill_library, shipped_models
from finder.core.paths import Home
home, model, number = sys.argv[1:]
specs = [spec for spec in shipped_models() if spec.name == model]
fill_library(Home(Path(home)), specs, int(number), "/made/up")
"""


@dataclass(frozen=True)
class _Sizes:
    known: int  # pictures in the library before
    seconds: float  # of everything at once
    base_seconds: float
    scrolling: ScrollSizes


_SHORT = _Sizes(known=12_000, seconds=30, base_seconds=4, scrolling=ScrollSizes(120, 30))
_LONG = _Sizes(known=100_000, seconds=120, base_seconds=20, scrolling=ScrollSizes(600, 150))


# Everything at once


@dataclass
class _Noted:
    """What was measured. flushes: seconds of each; answers: ms of each."""

    ticks: dict[str, list[Gap]] = field(default_factory=dict)
    seconds: float = 0.0
    indexed: int = 0
    asked: int = 0
    answers: list[float] = field(default_factory=list)
    flushes: list[float] = field(default_factory=list)
    scrolling: ScrollFigures = field(default_factory=ScrollFigures)
    layout: LayoutFigures = field(default_factory=LayoutFigures)

    def add_ticks(self, name: str, gaps: Sequence[Gap]) -> None:
        self.ticks.setdefault(name, []).extend(gaps)


_NOTHING = "nothing under way"
_C_WORK = "a thread of C work (SHA-256) on each core"
_ALL = "**indexing, flushing and searching**"
_SCROLLING = "scrolling 100,000 cards"
_LAYING_OUT = "laying out 100,000 cards"
_LISTING = "listing the library in every order"


def _measure_ticks(
    program: Program, folder: Path, queries: Sequence[str], sizes: _Sizes, noted: _Noted
) -> None:
    noted.add_ticks(_NOTHING, ticks_for(sizes.base_seconds))
    with busy_in_c():
        live(0.2)
        noted.add_ticks(_C_WORK, ticks_for(sizes.base_seconds))
    asker = _Asker(program, queries, noted)
    before = program.conductor.controllers.library.overview.pictures
    indexing = program.conductor.controllers.library.indexing
    ticker = Ticker()
    ticker.start()
    asker.start()
    began = time.perf_counter()
    program.conductor.controllers.library.add_folders([str(folder)])
    end = began + sizes.seconds
    wait_until(
        lambda: time.perf_counter() > end or not indexing.busy, sizes.seconds + 60, every_ms=100
    )
    noted.add_ticks(_ALL, ticker.stop())
    noted.seconds += time.perf_counter() - began
    asker.stop()
    indexing.cancel()
    settle(program)
    noted.indexed += program.conductor.controllers.library.overview.pictures - before


class _Asker:
    """Searches for one picture after the other."""

    def __init__(self, program: Program, queries: Sequence[str], noted: _Noted) -> None:
        self._controllers = program.conductor.controllers
        self._queries = queries
        self._noted = noted
        self._asked_at = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._ask)
        program.conductor.controllers.searching.answered.connect(self._answered)

    def start(self) -> None:
        self._timer.start(_ASK_EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()
        self._controllers.searching.answered.disconnect(self._answered)

    def _ask(self) -> None:
        path = self._queries[self._noted.asked % len(self._queries)]
        self._noted.asked += 1
        self._asked_at = time.perf_counter()
        self._controllers.query.ask(QuerySource(path, path=path))

    def _answered(self, *_: object) -> None:
        self._noted.answers.append((time.perf_counter() - self._asked_at) * 1_000)


class _Flushes:
    """Records how long each flush of the vector database takes, in any thread. Waits until the
    program itself has loaded that module, so as not to load it in advance."""

    def __init__(self, noted: _Noted) -> None:
        self._noted = noted
        self._look = QTimer()
        self._look.timeout.connect(self._watch)
        self._look.start(100)

    def _watch(self) -> None:
        store = getattr(
            sys.modules.get("finder.core.library.vectors.milvus_lite"), "MilvusLiteStore", None
        )
        if store is not None:
            self._look.stop()
            store.flush = self._timed(store.flush)

    def _timed(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def flush(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return original(*arguments, **named)
            finally:
                taken = time.perf_counter() - began
                if taken > 0.001:  # else there was nothing to flush
                    self._noted.flushes.append(taken)

        return flush


# The page


def _tick_table(noted: _Noted) -> str:
    rows = []
    ticks = {
        **noted.ticks,
        _SCROLLING: noted.scrolling.gaps,
        _LAYING_OUT: noted.layout.gaps,
        _LISTING: noted.layout.listing_gaps,
    }
    for name in (_NOTHING, _C_WORK, _SCROLLING, _LAYING_OUT, _LISTING, _ALL):
        gaps = [gap.length for gap in ticks[name]]
        p99, longest = percentile(gaps, 0.99), max(gaps)
        judged = name not in (_NOTHING, _C_WORK)
        rows.append(
            (
                name,
                f"{len(gaps):,}",
                f"{median(gaps):.1f}",
                verdict(p99, _P99_LIMIT, " ms") if judged else f"{p99:.1f} ms",
                verdict(longest, _LONGEST_LIMIT, " ms") if judged else f"{longest:.1f} ms",
                f"{p99 - TICK_MS:.1f} / {longest - TICK_MS:.1f}",
            )
        )
    head = ["the GUI thread with", "ticks", "median gap, ms", "p99 gap", "longest gap"]
    return table([*head, "p99 / longest lateness, ms"], rows)


def _tick_words(noted: _Noted, sizes: _Sizes) -> str:
    flushes = ", ".join(f"{seconds * 1e3:.0f} ms" for seconds in noted.flushes) or "none"
    gaps = sorted(noted.ticks[_ALL], key=lambda gap: -gap.length)[:_WORST_SHOWN]
    worst = ", ".join(f"{g.length:.0f} ms ({g.own:.0f}) at {g.at:.1f} s" for g in gaps)
    answers = median(noted.answers or [float("nan")])
    return (
        f"A gap is the time between two ticks of a {TICK_MS} ms timer (it is what is judged); "
        f"lateness is the gap less {TICK_MS} ms. {noted.seconds:.0f} s of everything at once: "
        f"{noted.indexed:,} pictures of 1 MP indexed into a library of {sizes.known:,}, "
        f"{len(noted.answers)} of {noted.asked} questions answered "
        f"(median {answers:.0f} ms); flushes of the vector database: {flushes}. "
        f"The longest gaps (in brackets the GUI thread's own work in them): {worst}."
    )


def _run_all(
    home: Home, folder: Path, sizes: _Sizes, noted: _Noted, runs: int, pictures: Sequence[Path]
) -> None:
    queries = [str(path) for path in pictures]

    def script(program: Program) -> None:
        flushes = _Flushes(noted)
        wait_until(lambda: bool(program.conductor.controllers.library.overview.models))
        program.conductor.controllers.query.ask(QuerySource(queries[0], path=queries[0]))
        wait_until(lambda: program.conductor.controllers.searching.result is not None)
        settle(program)
        for run in range(runs):
            say(f"ticks, run {run + 1} of {runs} …")
            _measure_ticks(program, folder, queries, sizes, noted)
        del flushes
        make_thumbnails(home)
        say("scrolling and laying out …")
        for _ in range(runs):
            measure_scrolling(program, paints, sizes.scrolling, noted.scrolling)
            measure_layout(program, paints, sizes.scrolling.steps, noted.layout)
            measure_listing(program, noted.layout)

    with noted_paints() as paints:
        in_window(home, script)


def _prepare(home: Home, spec: ModelSpec, sizes: _Sizes) -> None:
    """A library with many vectors, and the window set to this one model."""
    run_python(_FILL, str(home.root), spec.name, str(sizes.known))
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=(spec.name,), models_shown=(spec.name,)))


def main() -> None:
    args = options(__doc__, runs=1, short_runs=1)
    offscreen_without_display()
    sizes = _SHORT if args.short else _LONG
    spec = default_model()
    noted = _Noted()
    files = round(sizes.seconds * _FILES_A_SECOND * worker_count()) * args.runs
    with tempfile.TemporaryDirectory() as name:
        home, folder = Home(Path(name, "library")), Path(name, "pictures")
        say(f"making a library of {sizes.known:,} …")
        _prepare(home, spec, sizes)
        say(f"making {files:,} JPEGs …")
        make_jpegs(folder, files, 1)
        _run_all(home, folder, sizes, noted, args.runs, photographs())
    section(
        "No stutter",
        "stutter",
        _tick_table(noted),
        _tick_words(noted, sizes),
        scroll_table(noted.scrolling),
        layout_table(noted.layout),
    )


if __name__ == "__main__":
    main()
