"""Stutter: how late the GUI thread is while everything is under way, and how a long list scrolls.

    python -m benchmarks.stutter [--short] [--runs N]

In the real window, started as `image-finder` starts it. A precise 5 ms timer of the GUI thread
notes the gap between each two of its ticks while 1 MP JPEGs are indexed into a library that holds
many vectors already (so that flushing and merging are real) and another picture is asked about
every half second; from the moment the folder is added, so the vector database is loaded and opened
in it, too. The same ticks with nothing under way, and beside threads of pure C work that need no
GIL, show what the machine does by itself. Then a results list of 100,000 rows is scrolled. Further
runs add to the ticks and paints.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from PySide6.QtCore import Qt, QTimer

from benchmarks.answering import Paint, in_window, live, noted_paints, settle, wait_until
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
from benchmarks.material import make_jpegs, photographs, shipped_models
from benchmarks.start import offscreen_without_display
from finder.app import Program
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.catalogue.settings import Settings, save_settings
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home
from finder.core.pictures import decode
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.thumbnails import thumbnail_path
from finder.core.search.matches import Match
from finder.gui.results.match_view import MatchView
from finder.gui.results.thumbnail_feed import ThumbnailFeed
from finder.jobs import images
from finder.jobs.workspace import QuerySource
from finder.workers.worker_pools import worker_count

_TICK_MS = 5
_P99_LIMIT = 16.0  # ms
_LONGEST_LIMIT = 60.0  # ms
_ASK_EVERY_MS = 500
_FILES_A_SECOND = 50  # for each core: more than are indexed
_ROWS = 100_000
_ROW_IDS = 1 << 40  # content ids of the long list's rows begin here
_WITHOUT_THUMBNAIL = 10  # one row in so many
_PAINT_LIMIT = 8.0  # ms
_STEP_SECONDS = 0.04  # between two steps of half a page
_JUMP_SECONDS = 0.1
_HALF, _JUMP, _ARRIVED = "half a page", "a jump", "– (thumbnails that came in)"
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
    steps: int
    jumps: int


_SHORT = _Sizes(known=12_000, seconds=30, base_seconds=4, steps=120, jumps=30)
_LONG = _Sizes(known=100_000, seconds=120, base_seconds=20, steps=600, jumps=150)


# Ticks


@dataclass(frozen=True)
class _Gap:
    """The time between two ticks, in milliseconds; own: how much of it the thread was at work, not
    waiting (for the timer, the GIL or a core). at: seconds since the first tick."""

    at: float
    length: float
    own: float


class _Ticker:
    """Notes the gaps between the ticks of a precise timer in the GUI thread."""

    def __init__(self) -> None:
        self._gaps: list[_Gap] = []
        self._began = self._last = self._worked = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._began = self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer.start(_TICK_MS)

    def stop(self) -> list[_Gap]:
        self._timer.stop()
        return self._gaps

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        length, own = (now - self._last) * 1_000, (worked - self._worked) * 1_000
        self._gaps.append(_Gap(now - self._began, length, own))
        self._last, self._worked = now, worked


def _ticks_for(seconds: float) -> list[_Gap]:
    ticker = _Ticker()
    ticker.start()
    live(seconds)
    return ticker.stop()


@contextmanager
def _busy_in_c() -> Iterator[None]:
    """As many threads as cores, each in C code that lets the GIL go for some tenths of a second."""
    over = threading.Event()
    block = bytes(64_000_000)

    def work() -> None:
        while not over.is_set():
            hashlib.sha256(block)

    threads = [threading.Thread(target=work) for _ in range(worker_count())]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


# Everything at once


@dataclass
class _Noted:
    """What happened meanwhile. flushes: seconds of each; answers: ms of each."""

    ticks: dict[str, list[_Gap]] = field(default_factory=dict)
    seconds: float = 0.0
    indexed: int = 0
    asked: int = 0
    answers: list[float] = field(default_factory=list)
    flushes: list[float] = field(default_factory=list)
    paints: dict[str, list[float]] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    arrived: int = 0
    decoded: list[str] = field(default_factory=list)

    def add_ticks(self, name: str, gaps: Sequence[_Gap]) -> None:
        self.ticks.setdefault(name, []).extend(gaps)

    def add_paints(self, name: str, paints: Sequence[Paint]) -> None:
        milliseconds = [(paint.ended - paint.began) * 1_000 for paint in paints]
        self.paints.setdefault(name, []).extend(milliseconds)


_NOTHING = "nothing under way"
_C_WORK = "a thread of C work (SHA-256) on each core"
_ALL = "**indexing, flushing and searching**"
_SCROLLING = "scrolling the long list"


def _measure_ticks(
    program: Program, folder: Path, queries: Sequence[str], sizes: _Sizes, noted: _Noted
) -> None:
    noted.add_ticks(_NOTHING, _ticks_for(sizes.base_seconds))
    with _busy_in_c():
        live(0.2)
        noted.add_ticks(_C_WORK, _ticks_for(sizes.base_seconds))
    asker = _Asker(program, queries, noted)
    before = program.conductor.library.overview.pictures
    indexing = program.conductor.library.indexing
    ticker = _Ticker()
    ticker.start()
    asker.start()
    began = time.perf_counter()
    program.conductor.library.add_folders([str(folder)])
    end = began + sizes.seconds
    wait_until(
        lambda: time.perf_counter() > end or not indexing.busy, sizes.seconds + 60, every_ms=100
    )
    noted.add_ticks(_ALL, ticker.stop())
    noted.seconds += time.perf_counter() - began
    asker.stop()
    indexing.cancel()
    settle(program)
    noted.indexed += program.conductor.library.overview.pictures - before


class _Asker:
    """Asks about one picture after the other, as fast as a restless user."""

    def __init__(self, program: Program, queries: Sequence[str], noted: _Noted) -> None:
        self._conductor = program.conductor
        self._queries = queries
        self._noted = noted
        self._asked_at = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._ask)
        program.conductor.searching.answered.connect(self._answered)

    def start(self) -> None:
        self._timer.start(_ASK_EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()
        self._conductor.searching.answered.disconnect(self._answered)

    def _ask(self) -> None:
        path = self._queries[self._noted.asked % len(self._queries)]
        self._noted.asked += 1
        self._asked_at = time.perf_counter()
        self._conductor.query.ask(QuerySource(path, path=path))

    def _answered(self, *_: object) -> None:
        self._noted.answers.append((time.perf_counter() - self._asked_at) * 1_000)


class _Flushes:
    """Notes how long each flush of the vector database takes, in whichever thread; from the moment
    the program itself has loaded that module, so as not to do it in advance."""

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


# A long list


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


def _make_thumbnails(home: Home) -> None:
    """A real thumbnail for all but a few of the long list's rows."""
    made = sorted(path for path in home.thumbs.rglob("*") if path.is_file())[:50]
    if not made:
        raise RuntimeError("indexing has made no thumbnails")
    paths = [
        thumbnail_path(home.thumbs, _ROW_IDS + row)
        for row in range(_ROWS)
        if row % _WITHOUT_THUMBNAIL
    ]
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    for at, path in enumerate(paths):
        _link(made[at % len(made)], path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


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


def _measure_scrolling(
    program: Program, paints: list[Paint], query: str, sizes: _Sizes, noted: _Noted
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
        _noted_calls(decode.decode, noted.decoded),
        _noted_calls(images.load_picture, noted.decoded),
    ):
        painted, began = len(paints), time.perf_counter()
        column.model.show_matches(matches)
        wait_until(lambda: len(paints) > painted)
        noted.shown.append((paints[painted].ended - began) * 1_000)
        live(0.5)
        ticker = _Ticker()
        ticker.start()
        _scroll(column.view, paints, sizes, noted)
        noted.add_ticks(_SCROLLING, ticker.stop())
    feed.loaded.disconnect(listening)
    noted.arrived += len(arrived)
    settle(program)


def _scroll(view: MatchView, paints: list[Paint], sizes: _Sizes, noted: _Noted) -> None:
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
            noted.add_paints(name, mine[:1])
            noted.add_paints(_ARRIVED, mine[1:])


# The page


def _tick_table(noted: _Noted) -> str:
    rows = []
    for name in (_NOTHING, _C_WORK, _SCROLLING, _ALL):
        gaps = [gap.length for gap in noted.ticks[name]]
        p99, longest = percentile(gaps, 0.99), max(gaps)
        judged = name == _ALL
        rows.append(
            (
                name,
                f"{len(gaps):,}",
                f"{median(gaps):.1f}",
                verdict(p99, _P99_LIMIT, " ms") if judged else f"{p99:.1f} ms",
                verdict(longest, _LONGEST_LIMIT, " ms") if judged else f"{longest:.1f} ms",
                f"{p99 - _TICK_MS:.1f} / {longest - _TICK_MS:.1f}",
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
        f"A gap is the time between two ticks of a {_TICK_MS} ms timer (it is what is judged); "
        f"lateness is the gap less {_TICK_MS} ms. {noted.seconds:.0f} s of everything at once: "
        f"{noted.indexed:,} pictures of 1 MP indexed into a library of {sizes.known:,}, "
        f"{len(noted.answers)} of {noted.asked} questions answered "
        f"(median {answers:.0f} ms); flushes of the vector database: {flushes}. "
        f"The longest gaps (in brackets the GUI thread's own work in them): {worst}."
    )


def _scroll_table(noted: _Noted) -> str:
    rows = []
    for name in (_HALF, _JUMP, _ARRIVED):
        values = noted.paints[name]
        if values:
            p95 = verdict(percentile(values, 0.95), _PAINT_LIMIT, " ms")
            rows.append(
                (name, len(values), f"{median(values):.2f}", p95, f"{max(values):.2f}"),
            )
    head = [f"scrolling {_ROWS:,} rows by", "paints", "median, ms", "p95", "longest, ms"]
    words = (
        f"Paint time includes the rows' data. {noted.arrived:,} thumbnails were read meanwhile; "
        f"full pictures decoded: {verdict(len(noted.decoded), 0)}. From handing over the "
        f"{_ROWS:,} rows to their first paint: {median(noted.shown):.0f} ms."
    )
    return table(head, rows) + "\n\n" + words


def _run_all(
    home: Home, folder: Path, sizes: _Sizes, noted: _Noted, runs: int, pictures: Sequence[Path]
) -> None:
    queries = [str(path) for path in pictures]

    def script(program: Program) -> None:
        flushes = _Flushes(noted)
        wait_until(lambda: bool(program.conductor.library.overview.models))
        program.conductor.query.ask(QuerySource(queries[0], path=queries[0]))
        wait_until(lambda: program.conductor.searching.result is not None)
        settle(program)
        for run in range(runs):
            say(f"ticks, run {run + 1} of {runs} …")
            _measure_ticks(program, folder, queries, sizes, noted)
        del flushes
        _make_thumbnails(home)
        say("scrolling …")
        for _ in range(runs):
            _measure_scrolling(program, paints, queries[0], sizes, noted)

    with noted_paints() as paints:
        in_window(home, script)


def _prepare(home: Home, spec: ModelSpec, sizes: _Sizes) -> None:
    """A library with many vectors, and the window set to this one model."""
    run_python(_FILL, str(home.root), spec.name, str(sizes.known))
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=(spec.name,), models_shown=(spec.name,)))


def main() -> None:
    told = options(__doc__, runs=1, short_runs=1)
    offscreen_without_display()
    sizes = _SHORT if told.short else _LONG
    spec = next(spec for spec in shipped_models() if spec.name == DEFAULT_MODEL)
    noted = _Noted()
    files = round(sizes.seconds * _FILES_A_SECOND * worker_count()) * told.runs
    with tempfile.TemporaryDirectory() as name:
        home, folder = Home(Path(name, "library")), Path(name, "pictures")
        say(f"making a library of {sizes.known:,} …")
        _prepare(home, spec, sizes)
        say(f"making {files:,} JPEGs …")
        make_jpegs(folder, files, 1)
        _run_all(home, folder, sizes, noted, told.runs, photographs())
    section(
        "No stutter",
        "stutter",
        _tick_table(noted),
        _tick_words(noted, sizes),
        _scroll_table(noted),
    )


if __name__ == "__main__":
    main()
