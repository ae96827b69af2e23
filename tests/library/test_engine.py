"""The lean engine under the vector store: it reads late, forgets early, merges small files only,
and its files are plain Milvus Lite's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from making import Vectors, tiny_state, unit_vectors
from milvus_lite.exceptions import SchemaValidationError
from tiny_collection import TINY, kept, put, settle

from finder.core.library.vectors import lean_engine as lean
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.paths import Home

RANDOM = np.random.default_rng(17)


@pytest.fixture
def store(home: Home) -> Iterator[MilvusLiteStore]:
    with closing(MilvusLiteStore(home)) as opened:
        yield opened


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read of data files from now on: "keys" or "all", one for each time."""
    seen: list[str] = []

    def noting(read: Any) -> Any:
        def read_table(path: Any, *args: Any, columns: Any = None, **options: Any) -> Any:
            if Path(path).name.startswith("data_"):
                seen.append("all" if columns is None else "keys")
                assert columns in (None, ["id", "_seq"])
            return read(path, *args, columns=columns, **options)

        return read_table

    monkeypatch.setattr(lean._PlainParquet, "read_table", noting(lean._PlainParquet.read_table))
    monkeypatch.setattr(pq, "read_table", noting(pq.read_table))
    return seen


def put_away(home: Home, files: int, rows: int = 10) -> Vectors:
    """A closed database of so many data files (three at most: four are merged)."""
    vectors = unit_vectors(RANDOM, files * rows, 8)
    with closing(MilvusLiteStore(home)) as store:
        for start in range(0, files * rows, rows):
            put(store, range(start, start + rows), vectors[start : start + rows])
            store.flush()
    assert len(data_files(home)) == files
    return vectors


def data_files(home: Home) -> list[Path]:
    return sorted(home.vectors.rglob("data_*.parquet"))


# Reading


@pytest.fixture
def none_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every data file were too large to be merged."""
    monkeypatch.setattr(lean, "_MERGED_BELOW", 0)


@pytest.mark.usefixtures("none_is_small")
def test_storing_reads_no_data_file(home: Home, reads: list[str]) -> None:
    before = put_away(home, 2)
    assert reads == []
    with closing(MilvusLiteStore(home)) as store:
        assert store.has(TINY)
        put(store, [100], before[:1])
        store.flush()
        store.delete(TINY, [1, 100])
        store.flush()
    assert reads == []


@pytest.mark.usefixtures("none_is_small")
def test_counting_reads_the_ids_only_and_once(home: Home, reads: list[str]) -> None:
    put_away(home, 2)
    with closing(MilvusLiteStore(home)) as store:
        assert store.count(TINY) == 20
        assert reads == ["keys"] * 2
        assert store.count(TINY) == 20
        put(store, [100], unit_vectors(RANDOM, 1, 8))
        assert store.count(TINY) == 21
    assert reads == ["keys"] * 2


@pytest.mark.usefixtures("none_is_small")
def test_vectors_are_read_when_fetched_and_forgotten_after(home: Home, reads: list[str]) -> None:
    vectors = put_away(home, 2)
    with closing(MilvusLiteStore(home)) as store:
        for again in (1, 2):
            ids, found = store.fetch(TINY, [0, 15])
            assert dict(zip(ids.tolist(), found.tolist(), strict=True)) == {
                0: vectors[0].tolist(),
                15: vectors[15].tolist(),
            }
            assert reads.count("all") == 2 * again
            assert in_memory(store) == set()
        assert reads.count("keys") == 2, "the ids are kept"


def in_memory(store: MilvusLiteStore) -> set[str]:
    """Which of its data files' rows the engine holds."""
    assert store._connection.engine is not None
    (collection,) = store._connection.engine._engine._collections.values()
    found = set()
    for segment in collection._segment_cache.values():
        for name in ("table", "vectors", "vector_null_mask", "index"):
            held = getattr(type(segment), name)
            try:
                if held.__get__(segment) is not None:
                    found.add(name)
            except AttributeError:
                continue
        found.update(segment.indexes)
        found.update(segment._vector_data_by_field)
    return found


def test_what_was_loaded_would_be_seen_in_memory(home: Home) -> None:
    put_away(home, 2)
    with closing(MilvusLiteStore(home)) as store, store._loaded(TINY):
        assert {"table", "vectors", "vector"} <= in_memory(store)


# Rows


def test_a_small_file_can_be_read_though_a_merge_has_deleted_it(home: Home) -> None:
    put_away(home, 2)
    with closing(MilvusLiteStore(home)) as store:
        store.has(TINY)
        for path in home.vectors.rglob("*.parquet"):
            path.unlink()
        assert store.count(TINY) == 20
        assert len(store.fetch(TINY, list(range(20)))[0]) == 20


def test_rows_are_the_same_to_the_bit_through_flush_merge_and_reopening(home: Home) -> None:
    vectors = unit_vectors(RANDOM, 120, 8)
    vectors[:8] = np.eye(8, dtype=np.float32)
    vectors[8, :3] = [np.float32(1e-45), np.float32(-0.0), np.nextafter(np.float32(1), 0)]
    with closing(MilvusLiteStore(home)) as store:
        for start in range(0, 120, 5):
            put(store, range(start, start + 5), vectors[start : start + 5])
            if start % 3:
                store.flush()
        assert as_bytes(store) == {n: row.tobytes() for n, row in enumerate(vectors)}
    with closing(MilvusLiteStore(home)) as store:
        assert as_bytes(store) == {n: row.tobytes() for n, row in enumerate(vectors)}


def as_bytes(store: MilvusLiteStore) -> dict[int, bytes]:
    settle(store)
    ids, vectors = store.fetch(TINY, store.ids(TINY).tolist())
    return {int(id): row.tobytes() for id, row in zip(ids, vectors, strict=True)}


def test_many_small_flushes_leave_few_files(home: Home) -> None:
    vectors = unit_vectors(RANDOM, 40, 8)
    with closing(MilvusLiteStore(home)) as store:
        for number in range(40):
            put(store, [number], vectors[number : number + 1])
            store.flush()
            settle(store)
            assert len(data_files(home)) <= 4
        assert kept(store) == dict(enumerate(vectors.tolist()))
    with closing(MilvusLiteStore(home)) as store:
        assert store.count(TINY) == 40
        assert kept(store) == dict(enumerate(vectors.tolist()))


def test_a_full_file_is_never_merged(home: Home) -> None:
    wide = 1_280
    state = tiny_state(dimension=wide)
    vectors = unit_vectors(RANDOM, 300, wide)
    full: set[tuple[str, int]] = set()
    with closing(MilvusLiteStore(home)) as store:
        for start in range(0, 1_500, 300):  # enough of them for Milvus Lite to merge them
            put(store, range(start, start + 300), vectors, wide)
            store.flush()
            settle(store)
            now = {(path.name, path.stat().st_mtime_ns) for path in data_files(home)}
            assert full < now, "those before are as they were"
            full = now
        assert all(path.stat().st_size > 1_000_000 for path in data_files(home))
        for number in range(8):
            put(store, [2_000 + number], vectors[:1], wide)
            store.flush()
            settle(store)
        now = {(path.name, path.stat().st_mtime_ns) for path in data_files(home)}
        assert full < now
        assert len(now - full) <= 4
        assert store.count(state) == 1_508


@pytest.mark.parametrize("merged", [False, True])
def test_an_id_sent_again_counts_once_with_its_newest_vector(home: Home, merged: bool) -> None:
    vectors = unit_vectors(RANDOM, 8, 8)
    with closing(MilvusLiteStore(home)) as store:
        for number in range(7 if merged else 3):
            put(store, [1, 2 + number], vectors[[number, number]])
            store.flush()
            settle(store)
        put(store, [1], vectors[7:])  # in memory, before a flush
        assert store.count(TINY) == (8 if merged else 4)
        assert kept(store)[1] == vectors[7].tolist()
    with closing(MilvusLiteStore(home)) as store:
        assert store.count(TINY) == (8 if merged else 4)
        assert kept(store)[1] == vectors[7].tolist()


def test_deletes_survive_merging_and_reopening(home: Home) -> None:
    vectors = put_away(home, 3)
    with closing(MilvusLiteStore(home)) as store:
        store.delete(TINY, [0, 11, 22, 99])
        for number in range(5):
            put(store, [100 + number], vectors[:1])
            store.flush()
            settle(store)
        put(store, [11], vectors[:1])  # deleted, then stored again
        store.delete(TINY, [104])
    expected = sorted({*range(30), *range(100, 104)} - {0, 22})
    assert len(data_files(home)) <= 4
    with closing(MilvusLiteStore(home)) as store:
        assert store.ids(TINY).tolist() == expected
        assert store.count(TINY) == len(expected)
        assert kept(store)[11] == vectors[0].tolist()


def test_the_engine_itself_refuses_what_its_client_would_not_send(store: MilvusLiteStore) -> None:
    put(store, [1], unit_vectors(RANDOM, 1, 8))
    assert store._connection.engine is not None
    (collection,) = store._connection.engine._engine._collections.values()
    good = {"id": 1, "vector": np.ones(8, np.float32)}
    lean._validate_record(good, collection.schema)
    for name in good:
        for bad in (good | {name: None}, {key: good[key] for key in good if key != name}):
            with pytest.raises(SchemaValidationError, match=f"{name} is missing"):
                lean._validate_record(bad, collection.schema)
    for length in (7, 9):
        with pytest.raises(SchemaValidationError, match="not 8 numbers"):
            lean._validate_record(good | {"vector": np.ones(length)}, collection.schema)
