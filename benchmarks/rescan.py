"""Rescan: 100,000 unchanged files, beside a bare walk of the same tree.

    python -m benchmarks.rescan [--short] [--runs N]

Ours is the whole run that `image-finder index` and the window make (open the library, scan the
folder, finish), without process start and imports. The bare walk is a recursive os.scandir with a
stat of every file. In turn; the files are small ones in 200 folders, and the catalogue knows each
with its size, time and picture, embedded by one model.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.common import in_turn, median, options, ratio, say, section, table, verdict
from benchmarks.material import default_model, made_up_outcomes
from benchmarks.start import fill_for_reading, used_milvus
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Phase, Progress
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.scan import FoundFile
from finder.workers.worker_pools import worker_pool

_FILES = 100_000
_FOLDERS = 200
_LIMIT = 2.0  # times the bare walk
_GAP_LIMIT = 100.0  # ms between two steps


@dataclass
class _Scans:
    """Seconds of every run of ours, and of its parts."""

    opening: list[float] = field(default_factory=list)
    scanning: list[float] = field(default_factory=list)
    finishing: list[float] = field(default_factory=list)
    longest_gap: list[float] = field(default_factory=list)

    def run(self, home: Home, folder: str, spec: ModelSpec) -> float:
        began = time.perf_counter()
        steps = [(time.perf_counter(), step) for step in _index(home, folder, spec)]
        ended = time.perf_counter()
        last = steps[-1][1]
        if (last.counts.unchanged, last.counts.removed, last.total) != (_FILES, 0, 0):
            raise RuntimeError(f"the files were not found unchanged: {last}")
        scanning = [at for at, step in steps if step.phase is Phase.SCANNING] or [began]
        self.opening.append(scanning[0] - began)
        self.scanning.append(scanning[-1] - scanning[0])
        self.finishing.append(ended - scanning[-1])
        ats = [at for at, _ in steps]
        self.longest_gap.append(max(b - a for a, b in pairwise(ats)))
        return ended - began


def _index(home: Home, folder: str, spec: ModelSpec) -> Iterator[Progress]:
    """A whole run, step by step."""
    with LibraryWriter(home) as writer, worker_pool() as executors:
        yield from index(writer, [folder], [spec], ExtractorPool(), executors)


def _walk(folder: str) -> int:
    """The bare walk: how many files there are."""
    files = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                files += _walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)
                files += 1
    return files


def _timed_walk(folder: str) -> float:
    began = time.perf_counter()
    files = _walk(folder)
    taken = time.perf_counter() - began
    assert files == _FILES
    return taken


def _make_files(folder: Path, spec: ModelSpec) -> Iterator[Sequence[FileResult]]:
    """Small files on the disk; for each sub-folder what the catalogue is to know of its files."""
    each = _FILES // _FOLDERS
    for number in range(_FOLDERS):
        inside = str(folder / f"{2000 + number // 12}-{number % 12 + 1:02d}")
        os.makedirs(inside)
        made_up = made_up_outcomes([spec], 1 + number * each, each, inside)
        yield [_on_disk(inside, outcome) for outcome in made_up]


def _on_disk(inside: str, outcome: FileResult) -> FileResult:
    path = os.path.join(inside, f"IMG_{outcome.picture:08d}.jpg")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"no picture")
    facts = os.fstat(descriptor)
    os.close(descriptor)
    found = FoundFile(path, facts.st_size, facts.st_mtime_ns)
    return FileResult(found, outcome.picture, PictureFacts(4, 3, "JPEG", None, 1), outcome.vectors)


def _tables(scans: _Scans, times: dict[str, list[float]]) -> list[str]:
    def row(title: str, values: Sequence[float]) -> tuple[str, ...]:
        return title, f"{median(values) * 1e3:.0f}", f"{ratio(values, times['walk']):.2f}"

    whole = verdict(ratio(times["ours"], times["walk"]), _LIMIT, "×")
    rows = [
        row("bare `os.scandir` and `stat`", times["walk"]),
        ("**Image Finder, the whole run**", f"{median(times['ours']) * 1e3:.0f}", whole),
        row("… until the first step of the scan (open, look at what is known)", scans.opening),
        row("… the scan", scans.scanning),
        row("… the rest (finish, close)", scans.finishing),
    ]
    gap = verdict(max(scans.longest_gap) * 1e3, _GAP_LIMIT, " ms")
    return [
        table([f"{_FILES:,} unchanged files", "ms", "÷ bare walk"], rows),
        f"Longest time between two steps (a run can be paused or cancelled at each): {gap}.",
    ]


def main() -> None:
    args = options(__doc__, runs=15, short_runs=5)
    spec = default_model()
    with tempfile.TemporaryDirectory() as name:
        home, folder = Home(Path(name, "library")), Path(name, "pictures")
        say(f"making {_FILES:,} files …")
        fill_for_reading(home, [spec], str(folder), _make_files(folder, spec))
        say("rescans …")
        _timed_walk(str(folder))
        _Scans().run(home, str(folder), spec)
        scans = _Scans()
        measures: dict[str, Callable[[], float]] = {
            "walk": lambda: _timed_walk(str(folder)),
            "ours": lambda: scans.run(home, str(folder), spec),
        }
        times = in_turn(args.runs, measures)
        milvus = used_milvus(home)
    notes = ["**A run opened the vector database that this library lacks.**"] if milvus else []
    section("Rescan", "rescan", *_tables(scans, times), *notes)


if __name__ == "__main__":
    main()
