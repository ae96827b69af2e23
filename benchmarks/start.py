"""Start: the first window beside a bare one, and the first answer of a large library.

    python -m benchmarks.start [--short] [--runs N]

Window: from process start until everything in it has been painted once, in turn with a bare
PySide6 QMainWindow; both with compiled modules. First answer: a library of 100,000 made-up vectors
is asked about a sample photograph, which the real model extracts; timed from process start until
the command line has printed the first match, until the window has painted its matches, and without
a query until it has painted the library's cards. Once more with the library's own files thrown
out of the page cache before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.common import (
    ROOT,
    in_turn,
    median,
    options,
    ratio,
    run_python,
    say,
    section,
    table,
    verdict,
)
from benchmarks.material import default_model, fill_library, made_up_outcomes, photographs
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.vectors.clean_stamp import put_stamp, stamp_of
from finder.core.library.vectors.store import backend_of
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

_PICTURES = 100_000
_FOLDER = "/made/up"
_BATCH = 5_000
_WINDOW_LIMIT = 2.5  # times a bare window
_ANSWER_LIMIT = 1.5  # seconds
_TOP = "20"

_WATCHED = """
import faulthandler, os, sys, time
faulthandler.dump_traceback_later(60, exit=True)
from PySide6.QtCore import QEvent, QObject, QTimer
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and wanted(watched):
            QTimer.singleShot(0, tell)
        return False
def tell():
    print(time.time() - float(os.environ["BEGAN"]), flush=True)
    os._exit(0)
watch = Watch()
"""
_ANY_WIDGET = """
def wanted(watched):
    return watched.isWidgetType()
"""
_WATCHED_VIEW = """
import finder.gui.shell.main_window as main_window
complete = main_window.MainWindow.complete
def completed(window):
    complete(window)
    View = view_class()
    def painted(view, event, paint=View.paintEvent):
        paint(view, event)
        if view.model().rowCount():
            QTimer.singleShot(0, tell)
    View.paintEvent = painted
main_window.MainWindow.complete = completed
from finder.__main__ import main
sys.exit(main(sys.argv[1:]) or 1)
"""
_MATCHES = """
def view_class():
    from finder.gui.results.match_view import MatchView
    return MatchView
"""
_CARDS = """
def view_class():
    from finder.gui.library.browse.library_view import LibraryView
    return LibraryView
"""
# The filter is the window's own: one for all of the application would make PySide look at objects
# that no program without such a filter meets, 26 ms for any window that holds a widget.
_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.installEventFilter(watch)
window.resize(1280, 800)
window.show()
app.exec()
"""
_OURS = """
import finder.app
make = finder.app.MainWindow
def made(*parts):
    window = make(*parts)
    window.installEventFilter(watch)
    return window
finder.app.MainWindow = made
from finder.__main__ import main
sys.exit(main(sys.argv[1:]) or 1)
"""


def offscreen_without_display() -> None:
    """Let Qt draw into memory where there is no display, in this process and in its children."""
    if not os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def fill_for_reading(
    home: Home, specs: Sequence[ModelSpec], folder: str, batches: Iterable[Sequence[FileResult]]
) -> None:
    """Catalogue and matrix only, in seconds: start, search and a rescan without changes never
    open Milvus (`used_milvus` checks that)."""
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.folders.add(folder)
            for spec in specs:
                catalogue.models.put(spec)
        for batch in batches:
            with catalogue.transaction():
                for outcome in batch:
                    if outcome.picture is not None and outcome.facts is not None:
                        catalogue.pictures.put(outcome.picture, outcome.facts)
                    catalogue.files.put(outcome.as_record())
                for spec in specs:
                    _put_vectors(home, catalogue, spec.name, batch)
        with catalogue.transaction():
            for state in catalogue.models.states().values():
                files = MatrixFiles(home.nearest, state)
                mark = stamp_of(state, files, backend_of(home).stamp(state))
                put_stamp(catalogue, state, mark)


def _put_vectors(home: Home, catalogue: Catalogue, model: str, batch: Sequence[FileResult]) -> None:
    mine = [outcome for outcome in batch if model in outcome.vectors]
    if not mine:
        return
    state = catalogue.models.states()[model]
    pictures = np.array([outcome.picture for outcome in mine], dtype=np.int64)
    vectors = np.stack([outcome.vectors[model] for outcome in mine])
    MatrixFiles(home.nearest, state).write(state.rows, pictures, vectors)
    rows = range(state.rows, state.rows + len(mine))
    noted = zip(pictures.tolist(), rows, checksums(vectors), strict=True)
    catalogue.embeddings.add(model, list(noted))


def used_milvus(home: Home) -> bool:
    """Whether anything has opened the vector database since `fill_for_reading`."""
    return home.vectors.exists()


def made_up_batches(
    specs: Sequence[ModelSpec], number: int, folder: str
) -> Iterable[Sequence[FileResult]]:
    """Pictures 1 … number, a few thousand at a time."""
    for first in range(1, number + 1, _BATCH):
        yield made_up_outcomes(specs, first, min(_BATCH, number + 1 - first), folder)


def main() -> None:
    args = options(__doc__, runs=15, short_runs=5)
    offscreen_without_display()
    spec = default_model()
    picture = str(photographs()[0])
    with tempfile.TemporaryDirectory() as folder:
        empty, full = str(Path(folder, "empty")), Home(Path(folder, "full"))
        say(f"making a library of {_PICTURES:,} × {spec.dimension:,} …")
        if args.short:
            fill_for_reading(full, [spec], _FOLDER, made_up_batches([spec], _PICTURES, _FOLDER))
        else:
            fill_library(full, [spec], _PICTURES, _FOLDER)
        say("first windows …")
        windows = _measure_windows(args.runs, empty, str(full.root))
        say("first answers …")
        answers = _measure_answers(args.runs, full, picture)
        milvus = used_milvus(full) if args.short else True
    section(
        "Start",
        "start",
        _window_table(windows),
        _answer_table(answers, spec),
        _library_words(args.short, milvus),
    )


def _measure_windows(runs: int, empty: str, full: str) -> dict[str, list[float]]:
    measures = {
        "bare": partial(_first_paint, _BARE),
        "empty": partial(_first_paint, _OURS, "--home", empty),
        "full": partial(_first_paint, _OURS, "--home", full),
    }
    in_turn(1, measures)  # compiles the modules, makes the empty library
    return in_turn(runs, measures)


def _measure_answers(runs: int, home: Home, picture: str) -> dict[str, list[float]]:
    terminal = partial(_first_match_line, home, picture)
    window = partial(_first_matches, home, picture)
    cards = partial(_first_cards, home)
    warm: dict[str, Callable[[], float]] = {
        "terminal": terminal,
        "cards": cards,
        "window": window,
    }
    in_turn(1, warm)
    values = in_turn(runs, warm)
    if hasattr(os, "posix_fadvise"):
        cold = {f"{name} cold": partial(_cold, home, measure) for name, measure in warm.items()}
        values |= in_turn(runs, cold)
    return values


def _first_paint(code: str, *arguments: str) -> float:
    return _printed_seconds(_WATCHED + _ANY_WIDGET + code, *arguments)


def _first_matches(home: Home, picture: str) -> float:
    code = _WATCHED + _MATCHES + _WATCHED_VIEW
    return _printed_seconds(code, "window", picture, "--home", str(home.root))


def _first_cards(home: Home) -> float:
    return _printed_seconds(_WATCHED + _CARDS + _WATCHED_VIEW, "--home", str(home.root))


def _printed_seconds(code: str, *arguments: str) -> float:
    """What the process prints: seconds since just before it was started."""
    return float(run_python(code, *arguments, BEGAN=str(time.time())).split()[-1])


def _first_match_line(home: Home, picture: str) -> float:
    """Lines come one by one, as on a terminal; into a pipe Python would hold them back."""
    command = [sys.executable, "-m", "finder", "search", "--home", str(home.root), "--top", _TOP]
    began = time.perf_counter()
    taken = 0.0
    with subprocess.Popen(
        [*command, picture],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not taken and line.split("\t")[1:2] == ["1"]:  # model, rank, …
                taken = time.perf_counter() - began
    if process.returncode or not taken:
        raise RuntimeError("the command line gave no match")
    return taken


def _cold(home: Home, measure: Callable[[], float]) -> float:
    """The same after the system was asked to forget the library's files."""
    for path in home.root.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
    return measure()


def _window_table(windows: dict[str, list[float]]) -> str:
    rows = [("bare PySide6 window", f"{median(windows['bare']):.2f}", "1")]
    for name, title in (("empty", "an empty library"), ("full", f"{_PICTURES:,} pictures")):
        times = ratio(windows[name], windows["bare"])
        seconds = f"{median(windows[name]):.2f}"
        rows.append((f"Image Finder, {title}", seconds, verdict(times, _WINDOW_LIMIT, "×")))
    return table(["window", "seconds from process start to first paint", "against bare"], rows)


def _answer_table(answers: dict[str, list[float]], spec: ModelSpec) -> str:
    rows = []
    for name, title in (
        ("terminal", "command line: first match printed"),
        ("cards", "window: the library's first cards painted"),
        ("window", "window with a query: matches painted"),
    ):
        cold = answers.get(f"{name} cold")
        forgotten = f"{median(cold):.2f} s" if cold else "–"
        rows.append((title, verdict(median(answers[name]), _ANSWER_LIMIT, " s"), forgotten))
    return table(
        [
            f"first answer of {_PICTURES:,} × {spec.dimension:,} ({spec.name}), from process start",
            "library's files in the page cache",
            "thrown out of it before",
        ],
        rows,
    )


def _library_words(short: bool, milvus: bool) -> str:
    if not short:
        return "The library was written by the real writer, Milvus included."
    if milvus:
        return "The library was made without a vector database, **but something opened one**."
    return "The library was made without its vector database; nothing measured here opened it."


if __name__ == "__main__":
    main()
