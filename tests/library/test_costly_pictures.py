"""A picture whose header asks for much is processed in a child process from the start."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from making import assert_in_step, copied, run_index

from finder.core.errors import Reason
from finder.core.library.indexing import index_run as indexing
from finder.core.library.indexing import worker
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures import file_reading as reading
from finder.core.pictures.scan import FoundFile
from finder.workers.isolated_worker import work_isolated
from finder.workers.worker_pools import worker_pool


@pytest.fixture
def pictures(tmp_path: Path, samples: Path) -> Path:
    copied(sorted((samples / "birds").iterdir())[:3], tmp_path / "pictures")
    return tmp_path / "pictures"


def run_noting(
    home: Home, folder: Path, spec: ModelSpec, extractors: ExtractorPool, **crew_options: Any
) -> tuple[Counts, list[str]]:
    """(counts, files that got their own process)."""
    alone = []

    def noted(home: Home, file: FoundFile, *rest: Any) -> WorkerOutput:
        alone.append(Path(file.path).name)
        return work_isolated(home, file, *rest)

    with LibraryWriter(home) as writer, worker_pool(2, **crew_options) as executors:
        executors.run_isolated = noted
        *_, last = index(writer, [str(folder)], [spec], extractors, executors)
    return last.counts, sorted(alone)


@pytest.mark.parametrize("why", ["memory", "bytes"])
def test_a_costly_picture_gets_a_process_to_itself(
    why: str,
    home: Home,
    pictures: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = Home(home.root.with_name("plain"))
    run_index(plain, [pictures], [fast_spec], extractors)
    one, *others = sorted(pictures.iterdir())
    if why == "memory":
        monkeypatch.setattr(indexing, "WorkerContext", partial(WorkerContext, memory_limit=10))
        expected = [path.name for path in (one, *others)]
    else:
        large = max(pictures.iterdir(), key=lambda path: path.stat().st_size)
        monkeypatch.setattr(reading, "MAP_ABOVE", large.stat().st_size - 1)
        expected = [large.name]
    counts, alone = run_noting(home, pictures, fast_spec, extractors)
    assert counts == Counts(new=3)
    assert alone == expected
    ours, theirs = assert_in_step(home, fast_spec.name), assert_in_step(plain, fast_spec.name)
    assert {p: v.tolist() for p, v in ours.items()} == {p: v.tolist() for p, v in theirs.items()}


def test_large_zeros_need_no_process(
    home: Home, pictures: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    for number in range(4):
        path = pictures / f"zeros-{number}.jpg"
        path.touch()
        os.truncate(path, 1_900_000_000 + number)
    counts, alone = run_noting(home, pictures, fast_spec, extractors)
    assert (counts, alone) == (Counts(new=3, skipped=4), [])


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Decoding takes until the event is set, or the test ends."""
    free = threading.Event()
    extract = worker._extract

    def hangs(*given: Any) -> Any:
        free.wait(60)
        return extract(*given)

    monkeypatch.setattr(worker, "_extract", hangs)
    yield free
    free.set()


def test_only_so_many_threads_are_left_behind(
    home: Home,
    pictures: Path,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    hanging: threading.Event,
) -> None:
    copied(sorted((samples / "cats").iterdir()), pictures)
    began = threading.active_count()
    number = len(list(pictures.iterdir()))
    assert number > 6
    alone: list[str] = []

    def quick(_: Home, file: FoundFile, *__: object) -> WorkerOutput:
        alone.append(file.path)
        return WorkerOutput(FileResult(file, None, reason=Reason.CRASHED))

    with LibraryWriter(home) as writer, worker_pool(2, decode_timeout=0.2) as executors:
        executors.run_isolated = quick
        for _ in index(writer, [str(pictures)], [fast_spec], extractors, executors):
            assert threading.active_count() - began <= 4 + 2 + 2 + 1
    assert len(alone) == number
