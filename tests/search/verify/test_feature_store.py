"""The cache of local features: bounded, checked, and never in the way."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from normal_user import plain_user

from finder.core.library import feature_store
from finder.core.library.feature_store import FeatureStore
from finder.core.paths import Home


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    home.root.mkdir(parents=True)


@pytest.fixture
def store(home: Home) -> Iterator[FeatureStore]:
    with closing(FeatureStore(home, version=3)) as store:
        yield store


def changed(home: Home, statement: str) -> None:
    with closing(sqlite3.connect(home.local_features, isolation_level=None)) as db:
        db.execute(statement)


def test_what_is_put_is_read_also_by_another_connection(home: Home, store: FeatureStore) -> None:
    store.put(-7, b"features")
    store.put(8, b"older")
    store.put(8, b"newer")
    with closing(FeatureStore(home, version=3)) as other:
        for one in (store, other):
            assert (one.read(-7), one.read(8), one.read(9)) == (b"features", b"newer", None)


def test_reading_makes_no_file(home: Home, store: FeatureStore) -> None:
    assert store.read(1) is None
    store.remove([1])
    assert os.listdir(home.root) == []


def test_a_damaged_row_is_not_read(home: Home, store: FeatureStore) -> None:
    store.put(1, b"features")
    changed(home, "UPDATE features SET data = x'00'")
    assert store.read(1) is None
    store.put(1, b"again")
    assert store.read(1) == b"again"


@pytest.mark.parametrize("value", ["'text'", "NULL", "5"])
def test_a_row_of_another_type_is_not_read(home: Home, store: FeatureStore, value: str) -> None:
    store.put(1, b"features")
    changed(home, "CREATE TABLE free (picture, version, crc, used, data)")
    changed(home, f"INSERT INTO free VALUES (1, 3, 0, {value}, {value})")
    changed(home, "DROP TABLE features")
    changed(home, "ALTER TABLE free RENAME TO features")
    assert store.read(1) is None


def test_rows_of_another_version_are_not_read(home: Home, store: FeatureStore) -> None:
    store.put(1, b"features")
    with closing(FeatureStore(home, version=4)) as later:
        assert later.read(1) is None


def test_what_was_used_longest_ago_goes(home: Home) -> None:
    with closing(FeatureStore(home, most=20)) as store:
        for picture in range(20):
            store.put(picture, b"features")
        changed(home, "UPDATE features SET used = picture")
        assert store.read(0) == b"features", "which makes it the newest"
        store.put(20, b"features")
        kept = [picture for picture in range(21) if store.read(picture)]
    assert kept == [0, *range(3, 21)]


def test_what_is_removed_leaves_no_trace_in_the_file(home: Home, store: FeatureStore) -> None:
    store.put(1, b"what the picture shows")
    store.put(2, b"something else")
    assert b"what the picture shows" in home.local_features.read_bytes()
    store.remove([1])
    assert b"what the picture shows" not in home.local_features.read_bytes()
    assert (store.read(1), store.read(2)) == (None, b"something else")


def test_all_but_some_are_removed(home: Home, store: FeatureStore) -> None:
    for picture in (1, 2, 3):
        store.put(picture, b"picture %d" % picture)
    store.keep_only({2, 4})
    assert [store.read(picture) for picture in (1, 2, 3)] == [None, b"picture 2", None]
    assert b"picture 1" not in home.local_features.read_bytes()


def test_removing_waits_for_another_process_that_writes(home: Home, store: FeatureStore) -> None:
    store.put(1, b"gone")
    store.put(2, b"kept")
    with closing(
        sqlite3.connect(home.local_features, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        end = threading.Timer(1.0, lambda: other.execute("ROLLBACK"))  # longer than others wait
        end.start()
        store.remove([1])
        end.join()
    assert (store.read(1), store.read(2)) == (None, b"kept")


def test_where_a_picture_cannot_be_removed_all_are(
    home: Home, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_store, "_WAIT_TO_REMOVE", 0.1)
    store.put(1, b"what the picture shows")
    with closing(sqlite3.connect(home.local_features, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.remove([1])
        assert not home.local_features.exists()
    store.put(2, b"something else")
    assert (store.read(1), store.read(2)) == (None, b"something else")


def test_a_closed_one_keeps_nothing_but_still_removes(home: Home, store: FeatureStore) -> None:
    store.put(1, b"features")
    store.close()
    assert store.read(1) is None
    store.put(2, b"features")
    with closing(FeatureStore(home, version=3)) as other:
        assert (other.read(1), other.read(2)) == (b"features", None)
        store.remove([1])
        assert other.read(1) is None
    home.local_features.unlink()
    store.put(1, b"features")
    assert not home.local_features.exists()


def test_rows_that_are_too_large_are_neither_kept_nor_read(
    home: Home, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(1, bytes(3_000))
    monkeypatch.setattr(feature_store, "_LARGEST", 2_000)
    store.put(2, bytes(3_000))
    assert (store.read(1), store.read(2)) == (None, None)


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 900]
)
def test_a_damaged_file_is_begun_anew(home: Home, content: bytes) -> None:
    home.local_features.write_bytes(content)
    with closing(FeatureStore(home)) as store:
        assert store.read(1) is None
        store.put(1, b"features")
        assert store.read(1) == b"features"


def test_a_folder_in_its_place_only_means_no_cache(home: Home, store: FeatureStore) -> None:
    home.local_features.mkdir()
    store.put(1, b"features")
    assert store.read(1) is None
    assert home.local_features.is_dir()


def test_where_nothing_can_be_written_what_is_there_is_read(home: Home) -> None:
    with closing(FeatureStore(home)) as store:
        store.put(1, b"features")
    changed(home, "UPDATE features SET used = 5")
    home.local_features.chmod(0o400)
    home.root.chmod(0o500)
    with plain_user(), closing(FeatureStore(home)) as store:
        store.put(2, b"features")
        assert (store.read(1), store.read(2)) == (b"features", None)
    home.root.chmod(0o700)


def test_a_file_that_is_locked_is_not_waited_for(home: Home, store: FeatureStore) -> None:
    store.put(1, b"features")
    with closing(sqlite3.connect(home.local_features, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert store.read(1) is None
        store.put(2, b"features")
        other.execute("ROLLBACK")
    assert (store.read(1), store.read(2)) == (b"features", None)


def test_many_threads_and_connections_write_at_the_same_time(home: Home) -> None:
    def write(begin: int) -> None:
        with closing(FeatureStore(home)) as own:
            for picture in range(begin, begin + 10):
                own.put(picture, b"%d" % picture)
                assert own.read(picture) in (b"%d" % picture, None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, 80, 10)))
    with closing(FeatureStore(home)) as store:
        read = [store.read(picture) for picture in range(80)]
    assert {data for at, data in enumerate(read) if data != b"%d" % at} <= {None}
    assert sum(data is not None for data in read) > 40
