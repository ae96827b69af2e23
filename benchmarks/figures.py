"""The figures of the README and of a release: speed on the samples, start-up, sizes.

    python benchmarks/figures.py [--runs 5]

Each figure is the median of the runs; run it on a quiet machine. Speed is the whole path (scan,
hash, decode, thumbnail, extract, Milvus, catalogue) over the sample pictures, into a new library.
Start-up is from the process's start to the first paint, beside a bare PySide6 window in turn.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from finder.core.library.indexing import index
from finder.core.library.writer import LibraryWriter
from finder.core.models.extract import Extractors
from finder.core.models.spec import ModelSpec, list_models
from finder.core.paths import Home, samples_dir, shipped_models_dir
from finder.jobs.pool import worker_count, worker_pool

_BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
"""
_OURS = """
from finder.app import Program, make_application, prepare
home, settings = prepare({home!r})
app = make_application()
program = Program(home, settings)
program.conductor.start()
window = program.window
"""
_UNTIL_PAINTED = """
import os, time
from PySide6.QtCore import QEvent, QObject
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(time.time() - float(os.environ["BEGAN"]), flush=True)
            os._exit(0)
        return False
watch = Watch()
window.installEventFilter(watch)
window.show()
app.exec()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"{platform.platform()}, {worker_count()} cores, Python {platform.python_version()}\n")
    specs, _ = list_models([shipped_models_dir()])
    print("| models | pictures/s, whole path, 80 samples |\n|---|---|")
    for chosen in ([specs[0]], [specs[1]], [specs[2]], specs):
        speed = _median(runs, partial(_speed, chosen))
        print(f"| {', '.join(spec.name for spec in chosen)} | {speed:.1f} |")
    _show_start(runs)


def _speed(specs: list[ModelSpec]) -> float:
    """Pictures per second into a new library, the models loaded before."""
    extractors = Extractors()
    for spec in specs:
        extractors.get(spec)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with LibraryWriter(Home(Path(folder))) as writer, worker_pool() as crew:
            for progress in index(writer, [str(samples_dir())], specs, extractors, crew):
                last = progress
        return last.counts.new / (time.perf_counter() - began)


def _show_start(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pairs = [
            (_first_paint(_BARE), _first_paint(_OURS.format(home=folder))) for _ in range(runs)
        ]
    bare, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print("\n| window | seconds from process start to first paint |\n|---|---|")
    print(f"| bare PySide6 window | {bare:.2f} |")
    print(f"| Image Finder | {ours:.2f} ({ratio:.1f} times) |")


def _first_paint(code: str) -> float:
    environment = {**os.environ, "BEGAN": str(time.time())}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        [sys.executable, "-c", code + _UNTIL_PAINTED],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return float(done.stdout.split()[-1])


def _median(runs: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(runs))


if __name__ == "__main__":
    main()
