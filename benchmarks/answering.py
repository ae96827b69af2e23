"""Answering: from a drop to rows on the screen, a filter, a part, asking again, several models,
another query.

    python -m benchmarks.answering [--short] [--runs N]

In the real window, started as `image-finder` starts it, on a library of 100,000 made-up vectors
for efficientnet-lite0 of which the first 10,000 have vectors of all models. From a drop until the
list has painted the new rows; the time of the parts (read, decode, extraction, search) for the same
picture without the window, measured just before and after it, is subtracted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, QRectF, QUrl

from benchmarks.common import median, options, percentile, say, section, table, verdict
from benchmarks.material import photographs, shipped_models
from benchmarks.start import (
    fill_for_reading,
    made_up_batches,
    offscreen_without_display,
    used_milvus,
)
from benchmarks.window.driver import Paint, in_window, live, noted_paints, settle, wait_until
from benchmarks.window.parallel_extraction import (
    Extractions,
    measure_parallel,
    noted_extractions,
    parallel_table,
)
from finder.app import Program
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query
from finder.core.search.searcher import Searcher
from finder.gui.grid.picture_view import PictureView
from finder.gui.query.input.drop_data import read_mime
from finder.jobs.query_facts import QuerySource
from finder.use_cases.search.library_search import open_searcher

_PICTURES = 100_000
_BY_ALL_MODELS = 10_000
_FOLDER = "/made/up"
_BEYOND_LIMIT = 40.0  # ms beyond the parts
_CANCEL_LIMIT = 100.0  # ms
_SLOW_SIZE = (6_000, 4_000)
_FIRST_DELAY = 0.03  # seconds between the slow query and the one that replaces it
_SHARES = (0.25, 0.5, 0.75, 0.9)  # of the slow query's time: later delays


# The measurements


@dataclass
class _Figures:
    """Milliseconds, except cores."""

    drops: list[float] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)
    changed: dict[str, list[float]] = field(default_factory=dict)
    asked_again: dict[str, list[float]] = field(default_factory=dict)
    extracted_again: dict[str, int] = field(default_factory=dict)
    begun: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    small_alone: list[float] = field(default_factory=list)
    slow_alone: float = 0.0

    @property
    def beyond(self) -> list[float]:
        return [drop - parts for drop, parts in zip(self.drops, self.parts, strict=True)]


class _Session:
    """A window on the library, and the measurements in it."""

    def __init__(
        self, program: Program, paints: list[Paint], extractions: Extractions, folder: Path
    ) -> None:
        self.figures = _Figures()
        self._program = program
        self._paints = paints
        self._extractions = extractions
        self._folder = folder
        self._answers: list[float] = []
        self._number = 0
        program.conductor.controllers.searching.answered.connect(
            lambda *_: self._answers.append(time.perf_counter())
        )
        wait_until(lambda: bool(program.conductor.controllers.library.overview.models))

    def fresh(self, source: Path) -> str:
        """A copy of a JPEG or PNG with a content id of its own."""
        self._number += 1
        path = self._folder / f"query-{self._number}{source.suffix}"
        path.write_bytes(source.read_bytes() + f"query {self._number}".encode())
        return str(path)

    def choose(self, *names: str) -> None:
        """Tick these models and no other."""
        for row in self._program.window.query_bar.models.rows:
            row.box.setChecked(row.spec.name in names)

    def seen(self, act: Callable[[], object], answer: bool = True) -> float:
        """Milliseconds from the act until all columns have painted the answer to it."""
        done, painted = len(self._answers), len(self._paints)
        began = time.perf_counter()
        act()
        if answer:
            wait_until(lambda: len(self._answers) > done)
        since = self._answers[-1] if answer else began
        wait_until(lambda: self._shown(painted, since) is not None)
        shown = self._shown(painted, since)
        assert shown is not None
        settle(self._program)
        return (shown - began) * 1_000

    def _shown(self, first: int, since: float) -> float | None:
        """When the last of the columns had first painted after that moment."""
        ends: dict[PictureView, float] = {}
        for paint in self._paints[first:]:
            if paint.began >= since:
                ends.setdefault(paint.view, paint.ended)
        views = [c.view for c in self._program.window.results.columns if c.model.rowCount()]
        return max(ends[v] for v in views) if views and all(v in ends for v in views) else None

    # From a drop to rows on the screen

    def measure_drops(self, spec: ModelSpec, pictures: Sequence[Path], runs: int) -> None:
        self.choose(spec.name)
        live(0.5)
        searcher = open_searcher(self._program.workspace.home, self._program.workspace.extractors())
        with closing(searcher):
            self._drop_one(searcher, spec, pictures[0])  # loads the model, makes the column
            self.figures.drops.clear()
            self.figures.parts.clear()
            for _ in range(runs):
                for picture in pictures:
                    self._drop_one(searcher, spec, picture)

    def _drop_one(self, searcher: Searcher, spec: ModelSpec, picture: Path) -> None:
        top = self._program.window.query_bar.top.value()
        parts = [_parts(searcher, spec, self.fresh(picture), top)]
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(self.fresh(picture))])
        self.figures.drops.append(
            self.seen(lambda: self._program.conductor.controllers.input.receive(read_mime(mime)))
        )
        parts.append(_parts(searcher, spec, self.fresh(picture), top))
        self.figures.parts.append(sum(parts) / len(parts))

    # A filter, and a part of the picture

    def measure_changes(self, spec: ModelSpec, pictures: Sequence[Path], runs: int) -> None:
        self.choose(spec.name)
        live(0.5)
        window = self._program.window
        filters, editor = window.filters, window.query_editor
        for picture in pictures[: 3 * runs + 1]:
            self.seen(partial(self._ask, self.fresh(picture)))
            for what, act in (
                ("only one folder", partial(filters.set_folder, f"{_FOLDER}/part-3")),
                ("… and part of a name", partial(filters.set_name, "12")),
                ("no filter again", filters.clear),
                ("a part of the picture", partial(editor.set_frame, QRectF(0.2, 0.2, 0.6, 0.6))),
                ("the part moved", partial(editor.set_frame, QRectF(0.3, 0.2, 0.6, 0.6))),
                ("turned by 90°", editor.rotate),
            ):
                self.figures.changed.setdefault(what, []).append(self.seen(act))
        for values in self.figures.changed.values():
            del values[0]  # loads what is needed

    # Asking again

    def measure_asking_again(self, specs: Sequence[ModelSpec], picture: Path, runs: int) -> None:
        bar = self._program.window.query_bar
        names = [spec.name for spec in specs]
        self.choose(*names)
        live(0.5)
        self.seen(lambda: self._ask(self.fresh(picture)))
        for at in range(runs):
            self._again("another k", partial(bar.top.setValue, 20 + 10 * (at % 2)))
            self._again("another metric", partial(bar.metric_box.setCurrentIndex, (at + 1) % 3))
            self._again("one model of three", partial(self.choose, names[at % len(names)]))
            self._again("all three again", partial(self.choose, *names))
            low = partial(bar.cut_off.setValue, 1 + at % 2)
            self._again("another cut-off", low, waits=False)
        bar.cut_off.setValue(0)
        live(0.1)

    def _again(self, what: str, act: Callable[[], object], waits: bool = True) -> None:
        """waits: the query bar waits until the user pauses; that time is left out."""
        asked: list[float] = []
        note = self._program.window.query_bar.search_requested.connect(
            lambda: asked.append(time.perf_counter())
        )
        self._extractions.clear()
        began = time.perf_counter()
        taken = self.seen(act, answer=waits)
        self._program.window.query_bar.search_requested.disconnect(note)
        waited = (asked[0] - began) * 1_000 if waits else 0.0
        self.figures.asked_again.setdefault(what, []).append(taken - waited)
        before = self.figures.extracted_again.get(what, 0)
        self.figures.extracted_again[what] = before + len(self._extractions)

    # Another query in the middle of one

    def measure_cancelling(
        self, specs: Sequence[ModelSpec], slow: Path, small: Path, runs: int
    ) -> None:
        self.choose(*(spec.name for spec in specs))
        live(0.5)
        self.seen(lambda: self._ask(self.fresh(slow)))
        self.figures.slow_alone = self.seen(lambda: self._ask(self.fresh(slow)))
        delays = [_FIRST_DELAY, *(share * self.figures.slow_alone / 1_000 for share in _SHARES)]
        for _ in range(runs):
            alone = self.seen(lambda: self._ask(self.fresh(small)))
            self.figures.small_alone.append(alone)
            for delay in delays:
                self._replace(self.fresh(slow), self.fresh(small), delay)

    def _replace(self, slow: str, small: str, delay: float) -> None:
        workspace = self._program.workspace
        original = workspace.set_query
        begun: dict[str, float] = {}

        def set_query(source: QuerySource, *arguments: Any, **named: Any) -> Any:
            begun[source.label] = time.perf_counter()
            return original(source, *arguments, **named)

        with patch.object(workspace, "set_query", set_query):
            self._ask(slow)
            live(delay)
            asked = time.perf_counter()
            self.figures.answered.append(self.seen(lambda: self._ask(small)))
        if Path(self._shown_query()).name != Path(small).name:
            raise RuntimeError("the window shows the answer to a query that was replaced")
        self.figures.begun.append((begun[small] - asked) * 1_000)

    def _shown_query(self) -> str:
        result = self._program.conductor.controllers.searching.result
        return result.query.label if result else ""

    def _ask(self, path: str) -> None:
        self._program.conductor.controllers.query.ask(QuerySource(path, path=path))


def _parts(searcher: Searcher, spec: ModelSpec, path: str, top: int) -> float:
    """Milliseconds for reading, decoding, extracting and searching, without a window."""
    began = time.perf_counter()
    query = Query.from_file(path)
    query.items[0].decoded(spec.decode_side)
    searcher.search(query, [spec], top, Metric.EUCLIDEAN)
    return (time.perf_counter() - began) * 1_000


# Material and tables


def _make_library(home: Home, specs: Sequence[ModelSpec]) -> None:
    fast = [spec for spec in specs if spec.name == DEFAULT_MODEL]
    first = made_up_batches(specs, _BY_ALL_MODELS, _FOLDER)
    fill_for_reading(home, specs, _FOLDER, first)
    rest = made_up_batches(fast, _PICTURES, _FOLDER)
    fill_for_reading(home, fast, _FOLDER, _beyond(rest, _BY_ALL_MODELS))


def _beyond(batches: Any, number: int) -> Iterator[Any]:
    """Those pictures with a larger id."""
    for batch in batches:
        kept = [outcome for outcome in batch if outcome.picture > number]
        if kept:
            yield kept


def _slow_picture(folder: Path) -> Path:
    """A large PNG of soft noise, which takes its decoder about a second."""
    random = np.random.default_rng(1)
    width, height = _SLOW_SIZE
    pixels = random.integers(0, 32, (height, width, 3), dtype=np.uint8)
    path = folder / "slow.png"
    Image.fromarray(pixels).save(path, compress_level=1)
    return path


def _drop_table(figures: _Figures) -> str:
    beyond = figures.beyond
    rows = []
    for title, values in (
        ("drop to painted rows", figures.drops),
        ("its parts without the window", figures.parts),
    ):
        rows.append((title, f"{median(values):.1f}", f"{percentile(values, 0.95):.1f}"))
    rows.append(
        (
            "**beyond the parts**",
            verdict(median(beyond), _BEYOND_LIMIT, " ms"),
            verdict(percentile(beyond, 0.95), _BEYOND_LIMIT, " ms"),
        )
    )
    head = [f"{len(beyond)} drops on {_PICTURES:,} pictures", "median, ms", "p95, ms"]
    return table(head, rows)


def _change_table(figures: _Figures) -> str:
    rows = [
        (what, f"{median(values):.1f}", f"{percentile(values, 0.95):.1f}")
        for what, values in figures.changed.items()
    ]
    return table(["the query is changed", "ms until painted, median", "p95"], rows)


def _again_table(figures: _Figures) -> str:
    rows = [
        (what, f"{median(values):.1f}", verdict(figures.extracted_again[what], 0))
        for what, values in figures.asked_again.items()
    ]
    return table(["asked again with", "ms until painted", "extractions"], rows)


def _cancel_table(figures: _Figures) -> str:
    rows = [
        ("the slow query alone, until painted", f"{figures.slow_alone:.0f}", ""),
        ("the small query alone, until painted", f"{median(figures.small_alone):.0f}", ""),
        (
            "**the small query is begun**",
            f"{median(figures.begun):.1f}",
            verdict(max(figures.begun), _CANCEL_LIMIT, " ms"),
        ),
        (
            "… and is painted",
            f"{median(figures.answered):.0f}",
            f"{max(figures.answered):.0f} ms",
        ),
    ]
    head = ["a new query in the middle of one: ms after it was asked", "median", "largest"]
    width, height = _SLOW_SIZE
    delays = ", ".join(f"{share:.0%}" for share in _SHARES)
    words = (
        f"The slow query is a PNG of {width:,} × {height:,}, asked of all models. The small one is "
        f"asked {_FIRST_DELAY * 1_000:.0f} ms after it, and after {delays} of the slow one's time "
        f"({len(figures.begun)} times in all)."
    )
    return table(head, rows) + "\n\n" + words


def main() -> None:
    args = options(__doc__, runs=5, short_runs=1)
    offscreen_without_display()
    specs = shipped_models()
    fast = next(spec for spec in specs if spec.name == DEFAULT_MODEL)
    pictures = photographs()[:30]
    with (
        tempfile.TemporaryDirectory() as name,
        noted_paints() as paints,
        noted_extractions() as extractions,
    ):
        folder = Path(name)
        home = Home(folder / "library")
        say(f"making a library of {_PICTURES:,} …")
        _make_library(home, specs)
        slow = _slow_picture(folder)
        say("several models …")
        parallel = measure_parallel(home, specs, pictures[: 5 * args.runs + 1], extractions)

        def script(program: Program) -> _Figures:
            session = _Session(program, paints, extractions, folder)
            say("drops …")
            session.measure_drops(fast, pictures, args.runs)
            say("a filter, a part …")
            session.measure_changes(fast, pictures, args.runs)
            say("asking again …")
            session.measure_asking_again(specs, pictures[0], 2 * args.runs + 1)
            say("another query in the middle of one …")
            session.measure_cancelling(specs, slow, pictures[0], 2 * args.runs)
            return session.figures

        figures = in_window(home, script)
        milvus = used_milvus(home)
    section(
        "Answering",
        "answering",
        _drop_table(figures),
        _change_table(figures),
        _again_table(figures),
        parallel_table(parallel),
        _cancel_table(figures),
        *(["**Something opened the vector database that this library lacks.**"] if milvus else []),
    )


if __name__ == "__main__":
    main()
