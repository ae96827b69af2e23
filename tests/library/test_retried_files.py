"""Skipped files that are read again on request."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from indexing_folder import reasons
from making import run_index

from finder.core.errors import Reason
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.indexing.plan import Plan
from finder.core.library.indexing.reliability.suspect_files import SuspectFiles
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.index_folders import retry_skipped
from finder.workers.extractor_pools import open_extractors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("one.jpg", "two.jpg"):
        (folder / name).write_bytes(b"no picture")
    return folder


def test_only_the_named_files_are_read_again(
    home: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [folder], [small_spec], extractors)
    one = str(folder / "one.jpg")
    *_, last = retry_skipped(home, partial(open_extractors, home), "test", [one])
    assert (last.total, last.counts.newly_skipped) == (1, 1)
    *_, last = retry_skipped(home, partial(open_extractors, home), "test")
    assert last.total == 2
    assert set(reasons(home)) == {"one.jpg", "two.jpg"}
    assert list(retry_skipped(home, partial(open_extractors, home), "test", ["/none.jpg"])) == []


def test_a_file_that_crashed_a_decoder_is_still_read_in_a_process_of_its_own(
    home: Home, folder: Path, small_spec: ModelSpec
) -> None:
    one = folder / "one.jpg"
    facts = os.stat(one)
    with LibraryWriter(home) as writer:
        files = writer.catalogue.files
        with writer.catalogue.transaction():
            record = FileRecord(
                str(one), facts.st_size, facts.st_mtime_ns, None, Reason.CRASHED, ""
            )
            files.put(record)
        assert _isolated(writer, folder, small_spec) == []
        writer.retry_files(files.skipped())
        assert _isolated(writer, folder, small_spec) == [str(one)]


def _isolated(writer: LibraryWriter, folder: Path, spec: ModelSpec) -> list[str]:
    plan = Plan(writer.catalogue, [spec])
    for _ in plan.scan(str(folder)):
        pass
    crashed = writer.catalogue.files.crashed_paths()
    return [file.path for file in SuspectFiles(writer.home).select(plan.todo, crashed)]
