"""Batches of results: what is finished is stored once, while the workers continue; and what the
workers ask about known pictures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from making import FACTS, in_catalogue, matrix_vectors, tiny_spec, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing import batch_writer as storing
from finder.core.library.indexing import dispatch as hands
from finder.core.library.indexing import index_run as indexing
from finder.core.library.indexing.embedded_ids import EmbeddedIds, EmbeddingLookup
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Phase, Progress
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.workers.worker_pools import worker_pool

TINY = tiny_spec()
VECTORS = unit_vectors(np.random.default_rng(23), 200, TINY.dimension)
_PATIENCE = 60.0


class NoExtractors(ExtractorPool):
    def get(self, spec: ModelSpec) -> Any:
        return SimpleNamespace(spec=spec)


class Disk:
    """Wraps `LibraryWriter.write` and notes its batches. Each waits for `free`; the n-th fails with
    `fail_at[n]`, if there is one."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.threads: set[str] = set()
        self.began = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.fail_at: dict[int, BaseException] = {}
        write = LibraryWriter.write

        def slowly(writer: LibraryWriter, outcomes: Sequence[FileResult]) -> None:
            if outcomes:
                self.sizes.append(len(outcomes))
                self.threads.add(threading.current_thread().name)
                self.began.set()
                assert self.free.wait(_PATIENCE)
                if len(self.sizes) in self.fail_at:
                    raise self.fail_at[len(self.sizes)]
            write(writer, outcomes)

        patch.setattr(LibraryWriter, "write", slowly)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


class Workers:
    """Replaces `work`. done: the files it was given; before: called each time."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.before: Callable[[], object] = list

    def __call__(self, file: FoundFile, tools: WorkerContext) -> WorkerOutput:
        self.before()
        number = int(Path(file.path).stem)
        self.done.append(number)
        return WorkerOutput(FileResult(file, number, FACTS, {TINY.name: VECTORS[number]}))


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Workers that have nothing to do; batches are small, and polled often."""
    stub = Workers()
    monkeypatch.setattr(indexing, "work", stub)
    monkeypatch.setattr(storing, "_BATCH", 4)
    monkeypatch.setattr(storing, "_MAX_WAITING", 3)
    monkeypatch.setattr(indexing, "_YIELD_SECONDS", 0.01)
    return stub


def files(folder: Path, number: int) -> Path:
    folder.mkdir()
    for name in range(number):
        (folder / f"{name}.jpg").write_bytes(b"x")
    return folder


def steps(home: Home, folder: Path, size: int = 2) -> Generator[Progress]:
    with LibraryWriter(home) as writer, worker_pool(size) as executors:
        yield from index(writer, [str(folder)], [TINY], NoExtractors(), executors)


def until_slow(run: Generator[Progress], disk: Disk) -> Progress:
    """Continue until a batch is being written. Returns the last step."""
    last = next(run)
    end = time.monotonic() + _PATIENCE
    while not disk.began.is_set():
        assert time.monotonic() < end
        last = next(run)
    return last


def test_all_is_stored_by_one_thread_of_its_own(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    *_, last = steps(home, files(tmp_path / "p", 50))
    assert last.phase is Phase.DONE
    assert sum(disk.sizes) == last.done == last.counts.new == 50
    assert {name.rpartition("_")[0] for name in disk.threads} == {"finder-storing"}
    assert len(disk.threads) == 1
    found = matrix_vectors(home, TINY.name)
    assert {p: v.tolist() for p, v in found.items()} == dict(enumerate(VECTORS[:50].tolist()))


def test_the_last_pictures_are_stored_though_they_fill_no_batch(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_BATCH", 1_000)
    monkeypatch.setattr(storing, "_BATCH_SECONDS", 1_000.0)
    run = steps(home, files(tmp_path / "p", 7))
    *_, last = run
    assert last.phase is Phase.DONE
    assert disk.sizes == [7]
    assert in_catalogue(home, TINY.name) == set(range(7))


def test_what_is_finished_is_stored_after_a_while_though_it_fills_no_batch(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_BATCH", 1_000)
    monkeypatch.setattr(storing, "_BATCH_SECONDS", 0.05)
    workers.before = lambda: time.sleep(0.02)
    *_, last = steps(home, files(tmp_path / "p", 40))
    assert len(disk.sizes) > 1
    assert sum(disk.sizes) == last.done == 40


def test_workers_wait_for_a_slow_disk_and_progress_continues(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    disk.free.clear()
    run = steps(home, files(tmp_path / "p", 150))
    until_slow(run, disk)
    seen = list(islice(run, 40))  # all of them while one batch is being written
    assert len(disk.sizes) == 1
    assert {step.phase for step in seen} == {Phase.EXTRACTING}
    before = len(workers.done)
    seen += islice(run, 20)
    assert len(workers.done) == before, "they wait"
    behind, in_flight = 4 * 3, 2 * hands._QUEUED_PER_WORKER
    assert behind <= before - disk.sizes[0] <= behind + in_flight
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1].done == before
    disk.free.set()
    *_, last = run
    assert last.done == sum(disk.sizes) == len(workers.done) == 150
    assert in_catalogue(home, TINY.name) == set(range(150))


def test_a_batch_that_fails_stops_the_run_and_nothing_more_is_written(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    error = disk.fail_at[2] = FinderError("The disk is full.", "Free some space.")
    run = steps(home, files(tmp_path / "p", 150))
    until_slow(run, disk)
    disk.free.clear()  # so that others are finished when the second fails
    with pytest.raises(FinderError) as raised:
        for number, _ in enumerate(run):
            if number == 30:
                disk.free.set()
    assert raised.value is error
    assert len(disk.sizes) == 2
    assert len(workers.done) > sum(disk.sizes)
    assert len(in_catalogue(home, TINY.name)) == disk.sizes[0]


def test_the_last_batch_may_fail_as_well(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_BATCH", 1_000)
    error = disk.fail_at[1] = FinderError("The disk is full.", "Free some space.")
    with pytest.raises(FinderError) as raised:
        list(steps(home, files(tmp_path / "p", 5)))
    assert raised.value is error
    assert disk.sizes == [5]
    assert in_catalogue(home, TINY.name) == set()


def test_closing_the_run_raises_the_error_of_a_failed_batch(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    error = disk.fail_at[1] = FinderError("The disk is full.", "Free some space.")
    disk.free.clear()
    run = steps(home, files(tmp_path / "p", 150))
    until_slow(run, disk)
    disk.free.set()
    with pytest.raises(FinderError) as raised:
        run.close()
    assert raised.value is error
    assert len(disk.sizes) == 1


def test_closing_while_a_batch_is_written_stores_what_is_finished(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    disk.free.clear()
    run = steps(home, files(tmp_path / "p", 150))
    until_slow(run, disk)
    (*_, last) = islice(run, 10)
    threading.Timer(0.1, disk.free.set).start()
    run.close()
    assert disk.sizes[0] < last.done < 150
    assert len(disk.sizes) == 2
    assert sum(disk.sizes) == len(in_catalogue(home, TINY.name)) == last.done


def test_a_worker_that_fails_loses_nothing_that_was_finished(
    home: Home, tmp_path: Path, disk: Disk, workers: Workers
) -> None:
    error = FinderError("The thumbnail could not be written.", "Free some space.")

    def fail_at_last() -> None:
        if len(workers.done) == 30:
            raise error

    workers.before = fail_at_last
    with pytest.raises(FinderError) as raised:
        list(steps(home, files(tmp_path / "p", 150), size=1))
    assert raised.value is error
    assert len(in_catalogue(home, TINY.name)) >= 30 - hands._QUEUED_PER_WORKER
    assert sum(disk.sizes) == len(in_catalogue(home, TINY.name))


# What is known


@pytest.fixture
def catalogue(home: Home) -> Generator[Catalogue]:
    with closing(Catalogue(home)) as opened:
        with opened.transaction():
            for spec in (TINY, tiny_spec("other")):
                opened.models.put(spec)
        yield opened


def embed(catalogue: Catalogue, model: str, pictures: Sequence[int], row: int = 0) -> None:
    for picture in pictures:
        catalogue.pictures.put(picture, FACTS)
    catalogue.embeddings.add(model, [(p, row + n, 0) for n, p in enumerate(pictures)])


def test_known_pictures_are_those_of_one_model(home: Home, catalogue: Catalogue) -> None:
    with catalogue.transaction():
        embed(catalogue, TINY.name, [1, 2**63 - 1])
        embed(catalogue, "other", [2])
    with closing(EmbeddingLookup(home)) as lookup:
        known, other = EmbeddedIds(lookup, TINY.name), EmbeddedIds(lookup, "other")
        pictures = [1, 2, 3, 2**63 - 1]
        assert known.among(pictures) == {1, 2**63 - 1}
        assert other.among(pictures) == {2}
        assert EmbeddedIds(lookup, "nobody").among(pictures) == set()
        assert known.among([]) == set()
        assert [known.was_tried(picture) for picture in pictures] == [True, False, False, True]


def test_later_commits_are_known(home: Home, catalogue: Catalogue) -> None:
    with closing(EmbeddingLookup(home)) as lookup:
        known = EmbeddedIds(lookup, TINY.name)
        assert known.among([5]) == set()
        with catalogue.transaction():
            embed(catalogue, TINY.name, [5])
            assert known.among([5]) == set()
        assert known.among([5]) == {5}
        with catalogue.transaction():
            catalogue.embeddings.remove(TINY.name, [5])
        assert known.among([5]) == set()


def test_many_threads_may_ask_while_another_writes(home: Home, catalogue: Catalogue) -> None:
    with catalogue.transaction():
        embed(catalogue, TINY.name, range(0, 400, 2))
    with closing(EmbeddingLookup(home)) as lookup, ThreadPoolExecutor(8) as pool:
        known = EmbeddedIds(lookup, TINY.name)

        def ask(first: int) -> list[int]:
            return [p for p in range(first, 400, 8) if known.was_tried(p)]

        answers = [pool.submit(ask, number % 8) for number in range(40)]
        for number in range(20):
            with catalogue.transaction():
                embed(catalogue, TINY.name, [1_000 + number], 200 + number)
        for number, answer in enumerate(answers):
            first = number % 8
            assert answer.result() == [p for p in range(first, 400, 8) if p % 2 == 0]
        added = range(1_000, 1_020)
        assert known.among(added) == set(added)
