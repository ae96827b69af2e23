"""The whole life cycle of a library with another vector store than Milvus Lite."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
from making import copied, matrix_vectors
from memory_store import MemoryBackend

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.check.findings import Finding
from finder.core.library.check.full_check import check
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Progress
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.worker_pools import worker_pool


class Library:
    """A library in `home` with its vectors in memory."""

    def __init__(self, home: Home, spec: ModelSpec, extractors: ExtractorPool) -> None:
        self.home, self.spec, self.extractors = home, spec, extractors
        self.backend = MemoryBackend()

    def index(self, folder: Path) -> Progress:
        writer = LibraryWriter(self.home, backend=self.backend)
        with writer, worker_pool() as executors:
            *_, last = index(writer, [str(folder)], [self.spec], self.extractors, executors)
        return last

    def check(self, repair: bool) -> tuple[Finding, ...]:
        *_, last = check(self.home, [self.spec], [], repair, self.backend)
        return last.findings

    def state(self) -> ModelState:
        with closing(Catalogue(self.home)) as catalogue:
            return catalogue.models.states()[self.spec.name]

    def assert_consistent(self, pictures: int) -> None:
        """Catalogue and matrix have the same vectors as the store, and Milvus was never started."""
        matrix, stored = matrix_vectors(self.home, self.spec.name), self.stored()
        assert matrix.keys() == stored.keys()
        assert len(stored) == pictures
        for picture, vector in matrix.items():
            np.testing.assert_array_equal(vector, stored[picture])
        assert not self.home.vectors.exists()

    def stored(self) -> dict[int, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        return self.backend.collections[self.state().key]


def test_index_repair_and_check(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    library = Library(home, fast_spec, extractors)
    files = copied(sorted((samples / "birds").glob("*.jpg"))[:5], tmp_path / "pictures")
    assert library.index(tmp_path / "pictures").counts.new == 5
    library.assert_consistent(5)
    assert library.check(repair=False) == ()

    openings = library.backend.openings
    assert library.index(tmp_path / "pictures").counts.unchanged == 5
    assert library.backend.openings == openings, "nothing new: the store stays closed"

    # a vector is damaged, another one is lost
    first, second, *_ = library.stored()
    library.stored()[first] = library.stored()[first] * -1
    del library.stored()[second]
    (finding,) = library.check(repair=False)
    assert "damaged or missing in one of their two copies" in finding.sentence
    assert all(finding.repaired for finding in library.check(repair=True))
    assert library.check(repair=False) == ()
    library.assert_consistent(5)

    # the whole store is damaged: it is filled again from the matrix
    library.backend.fails = True
    with LibraryWriter(home, backend=library.backend) as writer:
        writer.store.repair()
        assert "The vector database was damaged" in writer.notes[0]
    library.assert_consistent(5)

    # the matrix is lost: it is written again from the store
    for path in home.nearest.iterdir():
        path.unlink()
    with LibraryWriter(home, backend=library.backend) as writer:
        writer.store.repair_unstamped()
        assert writer.notes
    library.assert_consistent(5)

    files[0].unlink()
    assert library.index(tmp_path / "pictures").counts.removed == 1
    library.assert_consistent(4)
    with LibraryWriter(home, backend=library.backend) as writer:
        writer.removals.forget_model(fast_spec.name)
        writer.store.drop_unknown()
    assert not library.backend.exists()
