"""Temporary faults, and damage to derived data: nothing that was done is lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import (
    assert_in_step,
    copied,
    fill,
    in_catalogue,
    outcome,
    run_index,
    scan,
    tiny_spec,
    unit_vectors,
)

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing import index_run
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.use_cases.search.library_search import open_searcher
from finder.workers.worker_pools import worker_pool

TINY = tiny_spec(dimension=8)


@pytest.fixture
def birds(tmp_path: Path, samples: Path) -> Path:
    copied(sorted((samples / "birds").iterdir())[:4], tmp_path / "birds")
    return tmp_path / "birds"


def search(home: Home, spec: ModelSpec, vector: Any, top: int) -> list[tuple[int, float]]:
    query = Query((QueryItem("query", b""),))
    query.items[0].set_vector(spec, vector)
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        result = searcher.search(query, [spec], top, Metric.EUCLIDEAN)
    standings = result.standings
    matches = result.models[spec.name]
    assert [m.rank for m in matches] == [standings[m.picture.id][spec.name].rank for m in matches]
    return [(match.picture.id, match.score) for match in matches]


def test_a_drive_lost_while_a_second_model_indexes_keeps_the_firsts_vectors(
    home: Home, birds: Path, specs: Sequence[ModelSpec], extractors: ExtractorPool
) -> None:
    run_index(home, [birds], specs[:1], extractors)
    before = in_catalogue(home, specs[0].name)
    with (
        LibraryWriter(home) as writer,
        worker_pool(1) as executors,
        closing(index(writer, [str(birds)], specs[:2], extractors, executors)) as steps,
    ):
        for step in steps:
            if step.phase == "loading":
                birds.rename(birds.with_name("away"))
            last = step
    assert last.offline == (str(birds),)
    assert last.counts.skipped == 0
    assert in_catalogue(home, specs[0].name) == before
    birds.with_name("away").rename(birds)
    assert run_index(home, [birds], specs[:2], extractors).counts == Counts(new=4)
    assert assert_in_step(home, specs[1].name).keys() == before


def test_a_model_that_finds_no_feature_fails_alone(
    home: Home,
    birds: Path,
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_index(home, [birds], specs[:1], extractors)
    before = in_catalogue(home, specs[0].name)

    def nothing(*_: object) -> None:
        raise SkippedPicture(Reason.NO_FEATURE)

    monkeypatch.setattr(Extractor, "embed_image", nothing)
    assert run_index(home, [birds], specs[:2], extractors).counts == Counts(failed=4)
    assert in_catalogue(home, specs[0].name) == before


def test_an_empty_mount_point_is_an_offline_drive(
    home: Home, birds: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [birds], [fast_spec], extractors)
    birds.rename(birds.with_name("away"))
    birds.mkdir()
    last = run_index(home, [birds], [fast_spec], extractors)
    assert last.offline == (str(birds),)
    assert last.counts == Counts()
    assert len(in_catalogue(home, fast_spec.name)) == 4


def test_no_more_is_submitted_than_the_workers_need(
    home: Home,
    tmp_path: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pausing is not asking for the next step: then only what was submitted is done."""
    for number in range(40):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")
    begun, may_end = [], threading.Semaphore(8)

    def work(file: FoundFile, tools: WorkerContext) -> WorkerOutput:
        begun.append(file)
        may_end.acquire()
        return WorkerOutput(FileResult(file, None, reason=Reason.NOT_A_PICTURE))

    monkeypatch.setattr(index_run, "work", work)
    with LibraryWriter(home) as writer, worker_pool(2) as executors:
        steps = index(writer, [str(tmp_path)], [fast_spec], extractors, executors)
        while len(begun) < 8:
            next(steps)
        paused_at = len(begun)
        may_end.release(100)
        executors.extracting.submit(int).result()  # after all that was submitted has started
        assert len(begun) <= paused_at + 8
        steps.close()


def test_a_library_does_not_index_its_own_thumbnails(
    tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    copied([samples / "cats" / "kitten.jpg"], tmp_path)
    home = Home(tmp_path / "library")
    assert run_index(home, [tmp_path], [fast_spec], extractors).counts == Counts(new=1)
    assert [Path(f.path).name for f in scan(str(tmp_path))] == ["kitten.jpg"]
    assert run_index(home, [tmp_path], [fast_spec], extractors).counts == Counts(unchanged=1)


def test_a_picture_that_was_overwritten_is_not_found_any_more(home: Home) -> None:
    vectors = unit_vectors(np.random.default_rng(3), 6, 8)
    fill(home, [TINY], range(1, 7), {TINY.name: vectors})
    with LibraryWriter(home) as writer:  # two files show other pictures now; no purge has been
        writer.register_models([TINY])
        fresh = unit_vectors(np.random.default_rng(4), 2, 8)
        batch = [outcome(10 + n, {TINY.name: fresh[n]}, f"/pictures/{n}.jpg") for n in (0, 1)]
        batch[0] = replace(batch[0], file=FoundFile("/pictures/1.jpg", 9, 9))
        batch[1] = replace(batch[1], file=FoundFile("/pictures/2.jpg", 9, 9))
        writer.write(batch)
    found = [picture for picture, _ in search(home, TINY, vectors[0], 6)]
    assert sorted(found) == [3, 4, 5, 6, 10, 11]


@pytest.mark.parametrize(("damage", "top"), [(0.5, 50), (np.nan, 50), (np.nan, 5), (-1e9, 5)])
def test_a_search_repairs_a_damaged_row(home: Home, damage: float, top: int) -> None:
    """The last one ranks it last: it would just be missing."""
    vectors = unit_vectors(np.random.default_rng(5), 50, 8)
    fill(home, [TINY], range(1, 51), {TINY.name: vectors})
    with closing(Catalogue(home)) as catalogue:
        files = MatrixFiles(home.nearest, catalogue.models.states()[TINY.name])
    rubbish = (damage * np.sign(vectors[7])).astype("<f4").tobytes()
    with files.vectors.open("r+b") as file:
        file.seek(7 * 8 * 4)
        file.write(rubbish)
    found = search(home, TINY, vectors[7], top)
    assert found[0] == (8, 0.0)
    np.testing.assert_array_equal(assert_in_step(home, TINY.name)[8], vectors[7])


def test_an_unfinished_collection_is_replaced(home: Home) -> None:
    vectors = unit_vectors(np.random.default_rng(6), 3, 8)
    with LibraryWriter(home) as writer:
        writer.register_models([TINY])
    half = home.vectors / "collections" / f"m_tiny_2d_{TINY.sha256[:8]}" / "wal"
    half.mkdir(parents=True)
    fill(home, [TINY], range(1, 4), {TINY.name: vectors})
    assert assert_in_step(home, TINY.name).keys() == {1, 2, 3}


def test_forgetting_all_frees_the_space(home: Home) -> None:
    vectors = unit_vectors(np.random.default_rng(7), 300, 8)
    fill(home, [TINY], range(1, 301), {TINY.name: vectors})
    with LibraryWriter(home) as writer:
        writer.register_models([TINY])
        writer.removals.forget_folder("/pictures")
    assert in_catalogue(home, TINY.name) == set()
    assert list((home.vectors / "collections").iterdir()) == []
    assert sum(path.stat().st_size for path in home.nearest.glob("*.f32")) == 0
    fill(home, [TINY], range(1, 301), {TINY.name: vectors})
    assert len(assert_in_step(home, TINY.name)) == 300


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_refused_as_a_query_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.jpg")
    with pytest.raises(FinderError, match="not a picture"):
        Query.from_file(str(tmp_path / "x.jpg"))
