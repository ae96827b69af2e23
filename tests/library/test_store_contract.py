"""What every vector store must do: Milvus Lite on each engine, a Milvus server, and the one in
memory.

To test another store, add it to the fixture `backend`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest
from contract_vectors import TINY, as_bytes, kept
from engines import ENGINES, on_engine
from making import tiny_state, unit_vectors
from memory_store import MemoryBackend

from finder.core.errors import FinderError
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_backend import ServerBackend
from finder.core.library.server.store_settings import StoreSettings
from finder.core.library.vectors.store import StoreBackend, VectorStore, backend_of
from finder.core.paths import Home

OTHER = tiny_state("other")
RANDOM = np.random.default_rng(1)


@pytest.fixture(params=[*ENGINES, "memory", "server"])
def backend(request: pytest.FixtureRequest, home: Home) -> Iterator[StoreBackend]:
    if request.param == "memory":
        yield MemoryBackend()
        return
    if request.param == "server":
        uri = request.getfixturevalue("milvus_uri")
        address = parse(uri, library=request.getfixturevalue("library_name"))
        yield ServerBackend(StoreSettings(address, machine="here", token="1"))
        return
    with on_engine(request.param):
        yield backend_of(home)


@pytest.fixture
def store(backend: StoreBackend) -> Iterator[VectorStore]:
    with closing(backend.open()) as opened:
        yield opened


# Reading


def test_a_collection_that_is_not_there_is_empty(store: VectorStore) -> None:
    assert store.is_open
    assert not store.is_recreated
    assert not store.has(TINY)
    assert store.count(TINY) == 0
    assert store.ids(TINY).shape == (0,)
    assert store.ids(TINY).dtype == np.int64
    ids, vectors = store.fetch(TINY, [1, 2])
    assert (ids.shape, vectors.shape) == ((0,), (0, 8))
    assert ids.dtype == np.int64
    assert vectors.dtype == np.float32
    store.delete(TINY, [1])
    store.drop(TINY)
    store.drop_all_but([])
    store.upsert(TINY, [], np.zeros((0, 8), np.float32))
    store.flush()
    assert not store.has(TINY)


def test_vectors_are_returned_bit_for_bit(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 700, 8)
    vectors[:8] = np.eye(8, dtype=np.float32)
    vectors[8, :3] = [np.float32(1e-45), np.float32(-0.0), np.nextafter(np.float32(1), 0)]
    expected = as_bytes(list(range(700)), vectors)
    with closing(backend.open()) as store:
        for start in range(0, 700, 100):
            store.upsert(TINY, range(start, start + 100), vectors[start : start + 100])
        assert store.has(TINY)
        assert kept(store) == expected
        store.flush()
        assert kept(store) == expected
    with closing(backend.open()) as store:
        assert store.has(TINY)
        assert kept(store) == expected


def test_any_content_id_is_a_key(store: VectorStore) -> None:
    ids = [0, 1, 2**53 + 1, 2**62, 2**63 - 2, 2**63 - 1]
    if store.is_shared:
        ids.pop()  # a Milvus server never returns the largest number
    vectors = unit_vectors(RANDOM, len(ids), 8)
    store.upsert(TINY, ids, vectors)
    assert kept(store) == as_bytes(ids, vectors)


def test_ids_may_be_numpy_numbers(store: VectorStore) -> None:
    vectors = unit_vectors(RANDOM, 3, 8)
    store.upsert(TINY, list(np.array([1, 2, 3], np.int64)), vectors)
    store.delete(TINY, list(np.array([2], np.int64)))
    ids, _ = store.fetch(TINY, list(np.array([1, 2], np.int64)))
    assert ids.tolist() == [1]


def test_fetching_leaves_out_what_is_not_there(store: VectorStore) -> None:
    vectors = unit_vectors(RANDOM, 2, 8)
    store.upsert(TINY, [1, 3], vectors)
    ids, found = store.fetch(TINY, [1, 2, 3, 4])
    assert as_bytes(ids.tolist(), found) == as_bytes([1, 3], vectors)
    ids, found = store.fetch(TINY, [])
    assert (ids.shape, found.shape) == ((0,), (0, 8))


def test_any_number_of_rows_can_be_listed(store: VectorStore) -> None:
    state, many = tiny_state(dimension=2), 17_000  # Milvus answers 16,384 rows at most by default
    vectors = unit_vectors(RANDOM, many, 2)
    for start in range(0, many, 1_000):
        store.upsert(state, range(start, start + 1_000), vectors[start : start + 1_000])
    assert store.ids(state).tolist() == list(range(many))
    some = range(0, many, 11)  # more than are fetched with one call
    ids, found = store.fetch(state, some)
    assert as_bytes(ids.tolist(), found) == as_bytes(list(some), vectors[some])


def test_models_do_not_share_anything(store: VectorStore) -> None:
    names = ["a-b", "a.b", "a_b", "a_2d_b"]
    for number, name in enumerate(names):
        store.upsert(tiny_state(name), [number], unit_vectors(RANDOM, 1, 8))
    assert [store.ids(tiny_state(name)).tolist() for name in names] == [[0], [1], [2], [3]]
    wide = tiny_state("wide", dimension=1_280)
    store.upsert(wide, [7], unit_vectors(RANDOM, 1, 1_280))
    assert store.fetch(wide, [7])[1].shape == (1, 1_280)


# Writing


def test_the_newest_vector_of_an_id_counts(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 6, 8)
    with closing(backend.open()) as store:
        store.upsert(TINY, [1, 2, 1], vectors[[0, 1, 2]])  # twice in one batch
        assert kept(store) == as_bytes([1, 2], vectors[[2, 1]])
        store.flush()
        store.upsert(TINY, [1], vectors[3:4])  # one in a file, one in memory
        assert kept(store) == as_bytes([1, 2], vectors[[3, 1]])
        store.flush()
        assert kept(store) == as_bytes([1, 2], vectors[[3, 1]])
    with closing(backend.open()) as store:
        assert kept(store) == as_bytes([1, 2], vectors[[3, 1]])
        store.upsert(TINY, [2], vectors[4:5])
    with closing(backend.open()) as store:
        assert kept(store) == as_bytes([1, 2], vectors[[3, 4]])


@pytest.mark.parametrize("flushed", [True, False])
def test_what_is_deleted_stays_deleted(backend: StoreBackend, flushed: bool) -> None:
    vectors = unit_vectors(RANDOM, 10, 8)
    with closing(backend.open()) as store:
        store.upsert(TINY, range(10), vectors)
        if flushed:
            store.flush()
        store.delete(TINY, [2, 3, 4, 77])
        store.delete(TINY, [])
        store.upsert(TINY, [4], vectors[:1])  # deleted, then put in again
        rest = as_bytes([0, 1, 5, 6, 7, 8, 9, 4], vectors[[0, 1, 5, 6, 7, 8, 9, 0]])
        assert kept(store) == rest
    with closing(backend.open()) as store:
        assert kept(store) == rest


def test_rows_survive_many_small_flushes(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 30, 8)
    with closing(backend.open()) as store:
        for number in range(30):
            store.upsert(TINY, [number], vectors[number : number + 1])
            if number % 10 == 9:
                store.delete(TINY, [number - 5])
            store.flush()
    left = [number for number in range(30) if number % 10 != 4]
    with closing(backend.open()) as store:
        assert kept(store) == as_bytes(left, vectors[left])


def test_a_dropped_collection_is_gone_and_can_be_recreated(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 3, 8)
    with closing(backend.open()) as store:
        store.upsert(TINY, [1, 2], vectors[:2])
        store.upsert(OTHER, [1], vectors[:1])
        store.drop(TINY)
        assert not store.has(TINY)
        assert store.count(TINY) == 0
        assert store.has(OTHER)
        store.upsert(TINY, [3], vectors[2:])
        assert kept(store) == as_bytes([3], vectors[2:])
    with closing(backend.open()) as store:
        assert kept(store) == as_bytes([3], vectors[2:])
        store.drop(TINY)
    with closing(backend.open()) as store:
        assert not store.has(TINY)
        assert store.count(OTHER) == 1


def test_only_the_models_that_are_named_are_kept(backend: StoreBackend) -> None:
    with closing(backend.open()) as store:
        for state in (TINY, OTHER):
            store.upsert(state, [1], unit_vectors(RANDOM, 1, 8))
        store.drop_all_but([TINY, tiny_state("unknown")])
        assert (store.has(TINY), store.has(OTHER)) == (True, False)
    with closing(backend.open()) as store:
        assert (store.count(TINY), store.count(OTHER)) == (1, 0)


def test_several_threads_may_write(store: VectorStore) -> None:
    vectors = unit_vectors(RANDOM, 400, 8)

    def put(start: int) -> None:
        for at in range(start, start + 100, 10):
            store.upsert(TINY, range(at, at + 10), vectors[at : at + 10])
            store.flush()

    threads = [threading.Thread(target=put, args=(start,)) for start in range(0, 400, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(store) == as_bytes(list(range(400)), vectors)


# Closing


def test_a_closed_store_refuses_calls(backend: StoreBackend) -> None:
    store = backend.open()
    store.upsert(TINY, [1], unit_vectors(RANDOM, 1, 8))
    store.close()
    assert not store.is_open
    store.close()
    store.abandon()
    for call in (lambda: store.count(TINY), lambda: store.ids(TINY)):
        with pytest.raises(FinderError):
            call()


def test_abandoning_loses_nothing_that_was_stored(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 30, 8)
    store = backend.open()
    store.upsert(TINY, range(20), vectors[:20])
    store.flush()
    store.upsert(TINY, range(20, 30), vectors[20:])
    store.delete(TINY, [5, 25])
    store.abandon()
    assert not store.is_open
    store.abandon()
    rest = [number for number in range(30) if number not in (5, 25)]
    for _ in range(2):
        with closing(backend.open()) as store:
            assert kept(store) == as_bytes(rest, vectors[rest])


def test_an_invalid_vector_is_refused(backend: StoreBackend) -> None:
    endless = np.inf
    invalid = {
        "not a number": [np.nan] * 8,
        "endless": [1, 0, 0, endless, 0, 0, 0, 0],
        "endless both ways": [endless, -endless, 0, 0, 0, 0, 0, 0],
        "short": [1] * 7,
        "long": [1] * 9,
        "empty": [],
    }
    good = unit_vectors(RANDOM, 10, 8)
    with closing(backend.open()) as store:
        store.upsert(TINY, range(10), good)
    for numbers in invalid.values():
        with closing(backend.open()) as store:
            assert kept(store) == as_bytes(list(range(10)), good), "nothing of the last one"
            with pytest.raises(FinderError, match="vector database failed"):
                store.upsert(TINY, [51], np.array([numbers], np.float32))
            assert not store.is_open
    with closing(backend.open()) as store:
        assert kept(store) == as_bytes(list(range(10)), good), "nothing of the batch is there"


# Without opening the store


def _skip_shared(backend: StoreBackend) -> None:
    if backend.is_shared:
        pytest.skip("of files in the library's folder; see tests/server/test_server_store.py")


def test_a_store_exists_once_something_was_stored(backend: StoreBackend) -> None:
    _skip_shared(backend)
    assert not backend.exists()
    assert backend.disk_bytes(TINY) == 0
    with closing(backend.open()) as store:
        store.upsert(TINY, range(20), unit_vectors(RANDOM, 20, 8))
    assert backend.exists()
    assert backend.disk_bytes(TINY) >= 20 * 8 * 4
    assert backend.disk_bytes(OTHER) == 0


def test_opening_again_recreates_nothing(backend: StoreBackend) -> None:
    vectors = unit_vectors(RANDOM, 2, 8)
    with closing(backend.open_or_recreate()) as store:
        assert not store.is_recreated
        store.upsert(TINY, [1, 2], vectors)
    with closing(backend.open_or_recreate([TINY, OTHER])) as store:
        assert not store.is_recreated
        assert kept(store) == as_bytes([1, 2], vectors)
    backend.remove_damaged()
    with closing(backend.open()) as store:
        assert store.count(TINY) == 2


def test_a_stamp_changes_with_its_model(backend: StoreBackend) -> None:
    _skip_shared(backend)
    stamps = [backend.stamp(TINY)]

    def stamp_after(change: Callable[[VectorStore], None]) -> str:
        with closing(backend.open()) as store:
            change(store)
        stamps.append(backend.stamp(TINY))
        return stamps[-1]

    vectors = unit_vectors(RANDOM, 3, 8)
    stored = stamp_after(lambda store: store.upsert(TINY, [1, 2], vectors[:2]))
    assert stamp_after(lambda store: None) == stored, "opening changes nothing"
    assert stamp_after(lambda store: store.upsert(OTHER, [1], vectors[:1])) == stored
    stamp_after(lambda store: store.upsert(TINY, [3], vectors[2:]))
    stamp_after(lambda store: store.drop(TINY))
    assert stamps[0] == stamps[-1]
    assert len({stamps[0], stored, stamps[-2]}) == 3
