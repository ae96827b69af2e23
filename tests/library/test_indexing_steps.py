"""Indexing step by step: stopped at any step, and with readers beside it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from indexing_folder import ids, pictures, six_pictures
from making import assert_in_step, in_catalogue, matrix_vectors, milvus_vectors, run_index

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase, Progress
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.worker_pools import worker_pool


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    return six_pictures(tmp_path / "pictures", samples)


def steps(
    home: Home, folder: Path, spec: ModelSpec, extractors: ExtractorPool, workers: int = 2
) -> Generator[Progress]:
    with LibraryWriter(home) as writer, worker_pool(workers) as executors:
        yield from index(writer, [str(folder)], [spec], extractors, executors)


def test_it_may_be_stopped_at_any_step(
    tmp_path: Path,
    folder: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("finder.core.library.indexing.batch_writer._BATCH", 2)
    monkeypatch.setattr("finder.core.library.indexing.index_run._YIELD_SECONDS", 0.02)
    everything = ids(pictures(folder))
    stopped_with = set()
    for number in range(200):
        home = Home(tmp_path / f"home{number}")
        run = steps(home, folder, fast_spec, extractors, workers=1)
        seen = list(islice(run, number + 1))
        run.close()
        kept = set(matrix_vectors(home, fast_spec.name))
        stopped_with.add(len(kept))
        assert kept <= everything
        if seen[-1].phase is Phase.EXTRACTING:
            assert len(kept) == seen[-1].done, "what was done is kept"
        after = run_index(home, [folder], [fast_spec], extractors)
        assert after.counts == Counts(unchanged=len(kept), new=6 - len(kept))
        assert set(assert_in_step(home, fast_spec.name)) == everything
        if seen[-1].phase is Phase.DONE:
            break
    assert seen[-1].phase is Phase.DONE
    assert {0, 6} < stopped_with, "it was stopped in between, too"


def test_readers_work_beside_a_writer(
    home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query
    from finder.use_cases.search.library_search import open_searcher

    run_index(home, [folder / "fish"], [fast_spec], extractors)
    query = Query.from_file(str(pictures(folder)[0]))
    seen = set()
    with closing(open_searcher(home, extractors)) as searcher:
        for _ in steps(home, folder, fast_spec, extractors):
            found = searcher.search(query, [fast_spec], 200, Metric.EUCLIDEAN)
            seen.add(len(found.models[fast_spec.name]))
            with closing(Catalogue(home)) as catalogue:
                assert catalogue.pictures.count() >= 2
        found = searcher.search(query, [fast_spec], 200, Metric.EUCLIDEAN)
    assert {2} <= seen <= {2, 3, 4, 5, 6}
    assert len(found.models[fast_spec.name]) == 6
    assert milvus_vectors(home, fast_spec.name).keys() == in_catalogue(home, fast_spec.name)
