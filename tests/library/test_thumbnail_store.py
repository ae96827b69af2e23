"""Thumbnails in one file: stored, read, removed, rebuilt; and those of earlier versions."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from finder.core.errors import FinderError
from finder.core.library import thumbnail_store
from finder.core.library.thumbnail_store import ThumbnailStore, older_path, read_thumbnail
from finder.core.paths import Home

PICTURE = 0x0123456789ABCDEF
MANY = {picture: random.Random(picture).randbytes(9_000 + picture) for picture in range(100)}


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def store(home: Home, notes: list[str]) -> Iterator[ThumbnailStore]:
    home.root.mkdir(parents=True)
    with closing(ThumbnailStore(home, notes)) as store:
        yield store


def put_older(home: Home, picture: int, jpeg: bytes) -> None:
    path = older_path(home.thumbs, picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg)


def all_read(home: Home) -> dict[int, bytes | None]:
    return {picture: read_thumbnail(home, picture) for picture in MANY}


def test_what_was_put_is_read(store: ThumbnailStore, home: Home) -> None:
    store.put(MANY)
    assert all_read(home) == MANY
    assert store.pictures() == MANY.keys()
    assert store.contains(3)
    assert not store.contains(PICTURE)
    assert read_thumbnail(home, PICTURE) is None


def test_reading_creates_nothing(store: ThumbnailStore, home: Home) -> None:
    assert store.read(1) is None
    assert not store.contains(1)
    assert store.pictures() == set()
    assert store.is_sound()
    store.remove([1])
    store.put({})
    assert list(home.root.iterdir()) == []


def test_a_later_one_replaces_it(store: ThumbnailStore, home: Home) -> None:
    store.put({PICTURE: b"first", 1: b"one"})
    store.put({PICTURE: b"second"})
    assert (read_thumbnail(home, PICTURE), read_thumbnail(home, 1)) == (b"second", b"one")


def test_removing_releases_the_space_and_leaves_no_trace(store: ThumbnailStore, home: Home) -> None:
    store.put(MANY)
    before = home.thumbnails.stat().st_size
    store.remove(range(50))
    assert store.pictures() == set(range(50, 100))
    assert home.thumbnails.stat().st_size < 0.6 * before
    data = home.thumbnails.read_bytes()
    assert not any(MANY[picture][1_000:1_040] in data for picture in range(50))
    assert all(MANY[picture][1_000:1_020] in data for picture in range(50, 100))


def test_all_of_a_batch_is_stored_or_nothing(
    store: ThumbnailStore, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put({1: b"before"})

    def put_one(_: object, db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO thumbnail (picture, jpeg) VALUES (1, x'00')")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(thumbnail_store, "_put", put_one)
    with pytest.raises(FinderError, match="disk is full"):
        store.put({1: b"after"})
    monkeypatch.undo()
    assert read_thumbnail(home, 1) == b"before"
    store.put({1: b"after"})
    assert read_thumbnail(home, 1) == b"after"


def test_threads_may_read_while_another_writes(store: ThumbnailStore, home: Home) -> None:
    store.put(MANY)
    with ThreadPoolExecutor(4) as pool:
        read = pool.map(lambda picture: (store.read(picture), read_thumbnail(home, picture)), MANY)
        for picture, jpeg in MANY.items():
            store.put({picture: jpeg})
        assert [first for first, _ in read] == list(MANY.values())
    assert all_read(home) == MANY


def test_a_library_that_is_read_only_shows_them(store: ThumbnailStore, home: Home) -> None:
    store.put(MANY)
    store.close()
    home.thumbnails.chmod(0o400)
    home.root.chmod(0o500)
    try:
        assert all_read(home) == MANY
    finally:
        home.root.chmod(0o700)


# Damage


def test_a_rebuild_keeps_what_can_be_read(store: ThumbnailStore, home: Home) -> None:
    store.put(MANY)
    store.close()
    data = bytearray(home.thumbnails.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 3 * 4096] = bytes(3 * 4096)
    home.thumbnails.write_bytes(data)
    assert not store.is_sound()
    store.rebuild()
    assert store.is_sound()
    kept = {p for p, jpeg in all_read(home).items() if jpeg == MANY[p]}
    assert len(kept) >= 90


@pytest.mark.parametrize("damage", ["no database", "other table", "cut", "header"])
def test_a_damaged_file_does_not_stop_a_run(
    store: ThumbnailStore, home: Home, notes: list[str], damage: str
) -> None:
    store.put(MANY)
    store.close()
    data = bytearray(home.thumbnails.read_bytes())
    if damage == "no database":
        home.thumbnails.write_bytes(b"something else" * 1_000)
    elif damage == "other table":
        home.thumbnails.write_bytes(bytes(data).replace(b"jpeg BLOB", b"jqeg BLOB"))
    elif damage == "cut":
        home.thumbnails.write_bytes(data[: len(data) // 3])
    else:
        home.thumbnails.write_bytes(bytes(100) + data[100:])
    assert not store.is_sound()
    store.put({PICTURE: b"new"})
    assert len(notes) == 1
    assert store.is_sound()
    assert read_thumbnail(home, PICTURE) == b"new"


def test_an_empty_file_is_a_new_one(store: ThumbnailStore, home: Home, notes: list[str]) -> None:
    home.thumbnails.touch()
    assert store.is_sound()
    assert store.read(1) is None
    store.put({1: b"one"})
    assert read_thumbnail(home, 1) == b"one"
    assert notes == []


def test_a_window_sees_the_file_that_a_repair_has_put_there(
    store: ThumbnailStore, home: Home
) -> None:
    store.put({1: b"one"})
    assert read_thumbnail(home, 1) == b"one"
    home.thumbnails.unlink()
    with closing(ThumbnailStore(home)) as other:
        other.put({1: b"another"})
    assert read_thumbnail(home, 1) == b"another"


# Earlier versions


def test_the_files_of_earlier_versions_are_read_where_they_are(
    store: ThumbnailStore, home: Home
) -> None:
    put_older(home, PICTURE, b"older")
    assert older_path(home.thumbs, PICTURE) == home.thumbs / "ef" / "0123456789abcdef.jpg"
    assert store.contains(PICTURE)
    assert (store.read(PICTURE), read_thumbnail(home, PICTURE)) == (b"older", b"older")


def test_they_go_when_they_are_replaced_or_removed(store: ThumbnailStore, home: Home) -> None:
    for picture in (1, 2, 3):
        put_older(home, picture, b"older")
    store.put({1: b"newer"})
    store.remove([2])
    assert [read_thumbnail(home, picture) for picture in (1, 2, 3)] == [b"newer", None, b"older"]
    assert [path.name for path in home.thumbs.rglob("*.jpg")] == [f"{3:016x}.jpg"]
