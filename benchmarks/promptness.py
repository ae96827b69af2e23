"""Promptness: how soon the program ends when asked to, and indexes what changes in its folders.

    python -m benchmarks.promptness [--short] [--runs N]

Leaving: the real program is asked to end (SIGTERM, as a log-out does; the window's button takes
the same way) at a random moment of indexing 3 MP photographs; timed until the process is gone.
Keeping up: a photograph is copied into a folder of an open window (offscreen); timed until its
vectors are in the catalogue. A burst: small pictures written one after the other; timed from the
last one until all of them are.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.common import in_turn, median, options, say, section, table, verdict
from benchmarks.material import make_jpegs, photographs
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

_LIMIT = 3.0
"""Seconds, for leaving and for keeping up."""
_LONGEST_WAIT = 300.0  # seconds
_PICTURES = 400
_SEED = 2026


def _start(home: Home, *words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "finder", *map(str, words), "--home", str(home.root)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _index(home: Home, folder: Path, *models: str) -> None:
    chosen = [word for model in models for word in ("--model", model)]
    with _start(home, "index", *chosen, folder) as process:
        assert process.wait(_LONGEST_WAIT) == 0


def _embedded(home: Home, models: Sequence[str]) -> int:
    """How many pictures every one of the models has."""
    if not home.catalogue.exists():
        return 0
    with closing(Catalogue(home)) as catalogue:
        return min(len(catalogue.embeddings.pictures(model)) for model in models)


def _wait(ready: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    began = time.perf_counter()
    while not ready():
        assert time.perf_counter() - began < _LONGEST_WAIT
        time.sleep(0.01)
    return time.perf_counter() - began


# Leaving


def _leave(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> float:
    with process:
        _wait(lambda: ready() or process.poll() is not None)
        time.sleep(random.uniform(0.0, 0.5))
        assert process.poll() is None, "it has ended by itself"
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait(_LONGEST_WAIT)
        return time.perf_counter() - began


def _leave_command(model: str, pictures: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder, "library"))
        process = _start(home, "index", "--model", model, pictures)
        return _leave(process, lambda: _embedded(home, [model]) > 0)


def _leave_window(pictures: Path) -> float:
    """While it indexes a folder with new pictures."""
    with tempfile.TemporaryDirectory() as folder:
        home, inside = Home(Path(folder, "library")), Path(folder, "pictures")
        inside.mkdir()
        shutil.copy(photographs()[0], inside / "first.jpg")
        _index(home, inside)
        for path in pictures.iterdir():
            shutil.copy(path, inside / path.name)
        return _leave(_start(home), lambda: _embedded(home, [DEFAULT_MODEL]) > 1)


def _leave_idle_window(home: Home) -> float:
    with _open_window(home) as process:
        return _leave(process, lambda: True)


# Keeping up


@contextmanager
def _open_window(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    with _start(home) as process:
        try:
            _wait(lambda: any(home.run.glob("*")))
            time.sleep(3.0)
            yield process
        finally:
            process.terminate()


def _keep_up(home: Home, inside: Path, models: Sequence[str], number: int) -> float:
    before = _embedded(home, models)
    data = photographs()[number % 60].read_bytes()
    (inside / f"new {number}.jpg").write_bytes(data + b"%d" % number)
    return _wait(lambda: _embedded(home, models) > before)


def _keep_up_all(models: Sequence[str], runs: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        home, inside = _small_library(Path(folder), models)
        with _open_window(home):
            took = []
            for number in range(runs):
                took.append(_keep_up(home, inside, models, number))
                time.sleep(random.uniform(0.5, 1.5))
            return took


def _burst(number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        home, inside = _small_library(Path(folder), [DEFAULT_MODEL])
        small = photographs()[0].read_bytes()
        with _open_window(home):
            before = _embedded(home, [DEFAULT_MODEL])
            for at in range(number):
                (inside / f"burst {at}.jpg").write_bytes(small + b"%d" % at)
            return _wait(lambda: _embedded(home, [DEFAULT_MODEL]) == before + number)


def _small_library(folder: Path, models: Sequence[str]) -> tuple[Home, Path]:
    home, inside = Home(folder / "library"), folder / "pictures"
    inside.mkdir()
    for path in photographs()[:12]:
        shutil.copy(path, inside / path.name)
    others = [name for name in _ALL if name not in models]
    off = [word for name in others for word in ("--off", name)]
    if off:
        with _start(home, "models", *off) as process:
            assert process.wait(_LONGEST_WAIT) == 0
    _index(home, inside, *models)
    return home, inside


_ALL = ("efficientnet-lite0", "efficientnet-lite2", "vgg16")


def main() -> None:
    args = options(__doc__, runs=10, short_runs=3)
    random.seed(_SEED)
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder, "large")
        make_jpegs(pictures, _PICTURES, 3)
        home, _ = _small_library(Path(folder), _ALL)
        leaving = in_turn(
            args.runs,
            {
                "command line, efficientnet-lite0": partial(
                    _leave_command, "efficientnet-lite0", pictures
                ),
                "command line, vgg16": partial(_leave_command, "vgg16", pictures),
                "window, indexing": partial(_leave_window, pictures),
                "window, idle": partial(_leave_idle_window, home),
            },
        )
    say(str(leaving))
    watching = {
        "one photograph, efficientnet-lite0": _keep_up_all(_ALL[:1], args.runs),
        "one photograph, three models": _keep_up_all(_ALL, args.runs),
    }
    say(str(watching))
    burst = 500 if args.short else 5_000
    took = _burst(burst)
    rows = [
        (title, f"{median(values):.2f}", verdict(max(values), _LIMIT, " s"))
        for title, values in [*leaving.items(), *watching.items()]
    ]
    section(
        "Promptness",
        "promptness",
        table(["ending, or keeping up with", "median s", "most"], rows),
        f"A burst of {burst:,} pictures: all indexed {took:.1f} s after the last was written "
        f"({burst / took:.0f} in a second).",
    )


if __name__ == "__main__":
    main()
