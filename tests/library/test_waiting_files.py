"""After a stopped run, the library tells how many files wait."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from indexing_folder import Run, indexing_of, six_pictures
from making import copied

from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Phase
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.library_overview import library_overview
from finder.workers.worker_pools import worker_pool

_WORK = (Phase.LOADING, Phase.EXTRACTING)


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    return six_pictures(tmp_path / "pictures", samples)


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a run can be stopped between two pictures."""
    monkeypatch.setattr("finder.core.library.indexing.index_run._YIELD_SECONDS", 0.02)


@pytest.fixture
def run(home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool) -> Run:
    return indexing_of(home, folder, fast_spec, extractors)


def stop_after(
    number: int, home: Home, folders: list[Path], spec: ModelSpec, extractors: ExtractorPool
) -> int:
    """Stop a run in its extraction, once this many files are done. Returns how many were done."""
    with LibraryWriter(home) as writer, worker_pool(1) as executors:
        steps = index(writer, list(map(str, folders)), [spec], extractors, executors)
        with closing(steps):
            for progress in steps:
                if progress.phase in _WORK and progress.done >= number:
                    return progress.done
    raise AssertionError("it was not stopped")


def test_what_a_stopped_run_has_left_waits_until_it_is_done(
    run: Run, home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    assert library_overview(home).waiting == {}
    for least in (0, 2):
        done = stop_after(least, home, [folder], fast_spec, extractors)
        overview = library_overview(home)
        assert least <= done <= overview.files < 6
        assert overview.waiting == {str(folder): 6 - overview.files}
    run()
    overview = library_overview(home)
    assert (overview.waiting, overview.files) == ({}, 6)


def test_each_folder_has_its_own_number(
    run: Run,
    home: Home,
    folder: Path,
    tmp_path: Path,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    cats = tmp_path / "cats"
    copied(sorted((samples / "cats").iterdir())[:2], cats)
    stop_after(0, home, [cats, folder], fast_spec, extractors)
    left = library_overview(home).waiting
    assert left[str(folder)] > 0
    run(cats)
    assert library_overview(home).waiting == {str(folder): left[str(folder)]}
    with LibraryWriter(home) as writer:
        writer.removals.forget_folder(str(folder))
    assert library_overview(home).waiting == {}


def test_a_file_that_is_skipped_does_not_wait(run: Run, home: Home, folder: Path) -> None:
    (folder / "empty.jpg").write_bytes(b"")
    run()
    overview = library_overview(home)
    assert (overview.waiting, overview.skipped) == ({}, 1)
