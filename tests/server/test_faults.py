"""A server that is away, slow, restarted, or changed by others: a sentence, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from fault_relay import FaultRelay
from making import as_bytes, in_catalogue, matrix_vectors
from milvus_server import address_of, connected, drop_library
from shared_machine import Machine

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.indexing import batch_writer
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Phase, Progress
from finder.core.library.server.server_address import parse
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.workers.worker_pools import worker_pool


class Faulty:
    """A machine whose library is on a server behind a relay."""

    def __init__(self, machine: Machine, relay: FaultRelay, uri: str, library: str) -> None:
        self.machine, self.relay = machine, relay
        self.uri, self.library = uri, library
        self._made = 0
        self._sources: list[Path] = []

    def begin(self, sources: list[Path]) -> None:
        self._sources = sources
        self.add(3)
        self.machine.index()
        self.machine.use(parse(self.relay.uri, library=self.library))

    def add(self, number: int) -> list[Path]:
        """Pictures that were never there: a JPEG may have anything behind its end."""
        added = []
        for _ in range(number):
            self._made += 1
            source = self._sources[self._made % len(self._sources)]
            path = self.machine.folder / f"{self._made:03}.jpg"
            path.write_bytes(source.read_bytes() + b"%d" % self._made)
            added.append(path)
        return added

    @contextmanager
    def run(self) -> Iterator[Generator[Progress]]:
        one = self.machine
        with (
            LibraryWriter(one.home) as writer,
            worker_pool() as executors,
            closing(
                index(writer, [str(one.folder)], one.specs, one.extractors, executors)
            ) as steps,
        ):
            yield steps

    def collections(self, kind: str = "") -> list[str]:
        """The names of those whose names contain this."""
        with connected(self.uri) as client:
            return [
                name
                for name in sorted(client.list_collections())
                if name.startswith(f"{self.library}__{kind}")
            ]


@pytest.fixture(scope="module")
def library(
    milvus_uri: str,
    tmp_path_factory: pytest.TempPathFactory,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    samples: Path,
) -> Iterator[Faulty]:
    """One for all tests here: to make its collections takes seconds."""
    root = tmp_path_factory.mktemp("faults")
    name = f"t{root.name}{time.time_ns()}".replace("-", "_")
    with FaultRelay(address_of(milvus_uri)) as relay:
        one = Machine(root, "one", [hash_spec], extractors)
        faulty = Faulty(one, relay, milvus_uri, name)
        try:
            faulty.begin(sorted((samples / "birds").glob("*.jpg")))
            yield faulty
        finally:
            drop_library(milvus_uri, name)


@pytest.fixture
def faulty(library: Faulty) -> Iterator[Faulty]:
    """After each test the server answers again, and a run and a check find everything right."""
    yield library
    library.relay.restore()
    library.machine.index()
    assert_right(library)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_writer, "_BATCH", 1)
    monkeypatch.setattr(batch_writer, "_BATCH_SECONDS", 0.0)


def assert_right(faulty: Faulty) -> None:
    """Catalogue, matrix and server have the pictures of the folder, and the places are these."""
    one, model = faulty.machine, faulty.machine.specs[0]
    *_, last = check(one.home, one.specs, [], False)
    assert [finding.sentence for finding in last.findings] == []
    files = {path.name for path in one.folder.iterdir()}
    assert one.names() == files
    assert len(in_catalogue(one.home, model.name)) == len(files)
    assert as_bytes(one.on_server(model)) == as_bytes(matrix_vectors(one.home, model.name))
    assert set(one.places()) == {str(path) for path in one.folder.iterdir()}


def failure_of(function: Callable[[], object]) -> str:
    """The sentence of the error that it raises, which has a way out."""
    with pytest.raises(FinderError) as failure:
        function()
    assert failure.value.hint
    return failure.value.sentence


def test_gone_at_the_start(faulty: Faulty) -> None:
    faulty.add(1)
    faulty.relay.refuse()
    assert failure_of(faulty.machine.index).startswith("No server responds at 127.0.0.1:")


@pytest.mark.usefixtures("small_batches")
def test_gone_in_the_middle_and_back(faulty: Faulty) -> None:
    faulty.add(5)
    waiting = []
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.LOADING:
                faulty.relay.refuse()
            if progress.waiting and progress.waiting not in waiting:
                waiting.append(progress.waiting)
                faulty.relay.restore()
    assert len(waiting) == 1
    assert waiting[0].startswith("No server responds at 127.0.0.1:")
    assert waiting[0].endswith("Waiting for it; nothing is lost.")
    assert progress.phase is Phase.DONE
    assert progress.waiting == ""
    assert progress.counts.new == 5


def test_gone_at_the_end_and_back(faulty: Faulty) -> None:
    (gone,) = faulty.add(1)
    faulty.machine.index()
    gone.unlink()
    waiting = 0
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.FINISHING and not waiting:
                faulty.relay.refuse()
            if progress.waiting:
                waiting += 1
                faulty.relay.restore()
    assert waiting
    assert progress.phase is Phase.DONE
    assert progress.counts.removed == 1


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("fault", [FaultRelay.refuse, FaultRelay.hang])
def test_a_run_that_waits_ends_at_once_when_it_is_cancelled(
    faulty: Faulty, fault: Callable[[FaultRelay], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from finder.core.library.server.server_client import ServerClient

    monkeypatch.setattr(ServerClient.__init__, "__defaults__", (1.0, None, None))
    faulty.add(3)
    with faulty.run() as steps:
        for progress in steps:
            if progress.phase is Phase.LOADING:
                fault(faulty.relay)
            if progress.waiting:
                break
        started = time.monotonic()
        steps.close()
        assert time.monotonic() - started < 0.4
    assert time.monotonic() - started < 2
    faulty.relay.restore()
    assert faulty.machine.index() == 3


def test_what_is_removed_while_the_server_is_away(faulty: Faulty) -> None:
    from finder.use_cases.library.removed_pictures import bring_back, find_pictures, remove_pictures

    one = faulty.machine
    first, second = faulty.add(2)
    one.index()
    (picture,) = find_pictures(one.home, [str(first)])
    faulty.relay.refuse()
    notes: list[str] = []
    assert remove_pictures(one.home, [picture], "a test", notes.append) == 1
    assert len(notes) == 1
    assert notes[0].startswith("No server responds at 127.0.0.1:")
    assert notes[0].endswith("What was removed here is removed there by the next run.")
    with closing(Catalogue(one.home)) as catalogue:
        assert catalogue.embeddings.tombstones() == {one.specs[0].name: [picture]}
        assert catalogue.unpublished.count() == 1
    assert picture in in_catalogue_and_server(faulty)
    faulty.relay.restore()
    one.index()
    assert picture not in in_catalogue_and_server(faulty)
    assert str(first) not in one.places()
    bring_back(one.home, [picture], "a test")
    second.unlink()


def in_catalogue_and_server(faulty: Faulty) -> set[int]:
    one = faulty.machine
    return in_catalogue(one.home, one.specs[0].name) | set(_stored_anyway(faulty))


def _stored_anyway(faulty: Faulty) -> list[int]:
    """The ids on the server, past the relay."""
    (name,) = faulty.collections("m_")
    with connected(faulty.uri) as client:
        rows = client.query(name, "id >= 0", ["id"], consistency_level="Strong", limit=1_000)
    return [row["id"] for row in rows]
