"""A library on a real Milvus server behind a relay that makes faults."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fault_relay import FaultRelay
from making import as_bytes, in_catalogue, matrix_vectors
from milvus_server import connected
from shared_machine import Machine

from finder.core.errors import FinderError
from finder.core.library.check.full_check import check
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Progress
from finder.core.library.server.server_address import parse
from finder.core.library.writer import LibraryWriter
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


def in_catalogue_and_server(faulty: Faulty) -> set[int]:
    one = faulty.machine
    return in_catalogue(one.home, one.specs[0].name) | set(stored_anyway(faulty))


def stored_anyway(faulty: Faulty) -> list[int]:
    """The ids on the server, past the relay."""
    (name,) = faulty.collections("m_")
    with connected(faulty.uri) as client:
        rows = client.query(name, "id >= 0", ["id"], consistency_level="Strong", limit=1_000)
    return [row["id"] for row in rows]
