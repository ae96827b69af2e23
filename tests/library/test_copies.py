"""Backups of the catalogue: kept, thinned out, restored; a damaged one displaces no sound one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from making import outcomes, tiny_spec, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.catalogue import backups as copies
from finder.core.library.catalogue.backups import find_backup, list_backups, require_sound
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.catalogue.schema import CHECKED_COLUMNS, USER_TABLES, migrate
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.writer_lock import WriterLock

SPEC = tiny_spec()


def with_folder(home: Home, *folders: str) -> None:
    with LibraryWriter(home) as writer:
        with writer.catalogue.transaction():
            for folder in folders:
                writer.catalogue.folders.add(folder)
        writer.make_backup()
        assert writer.notes == []


def folders(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return catalogue.folders.paths()


def age(home: Home, days: float) -> None:
    """Give the newest backup an older name."""
    newest = list_backups(home)[0]
    made = datetime.now(UTC) - timedelta(days=days)
    newest.path.rename(home.backups / f"catalogue-{made:%Y%m%d-%H%M%S}.sqlite")


def flip(path: Path, inside: bytes) -> None:
    """Flip one bit where these bytes are in a file."""
    data = bytearray(path.read_bytes())
    data[data.index(inside)] ^= 1
    path.write_bytes(data)


def test_one_backup_a_day(home: Home) -> None:
    with_folder(home, "/a")
    with_folder(home, "/b")
    assert len(list_backups(home)) == 1
    age(home, 1.01)
    with_folder(home, "/c")
    assert len(list_backups(home)) == 2


def test_a_backup_from_the_future_does_not_stop_backups(home: Home) -> None:
    with_folder(home, "/a")
    age(home, -400)
    with_folder(home, "/b")
    assert len(list_backups(home)) == 2


def test_three_backups_are_kept(home: Home) -> None:
    for days in (5, 4, 3, 2):
        with_folder(home, f"/{days}")
        age(home, days)
    with_folder(home, "/now")
    ages = [(datetime.now(UTC) - copy.made).days for copy in list_backups(home)]
    assert ages == [0, 2, 3]
    assert not list(home.backups.glob("*.part"))


def test_a_backup_is_restored_and_what_it_replaces_is_kept(home: Home) -> None:
    with_folder(home, "/a", "/b")
    with LibraryWriter(home) as writer, writer.catalogue.transaction():
        writer.catalogue.folders.remove("/a")
        writer.catalogue.settings.put("mine", 5)
    with closing(Catalogue(home)) as reader:  # an open window
        with WriterLock(home):
            restore(home, find_backup(home, "latest"))
        assert reader.folders.paths() == ["/a", "/b"]
        assert reader.settings.get("mine") is None
    aside = home.root / "catalogue.before-restore.sqlite"
    with closing(sqlite3.connect(aside)) as before:
        assert before.execute("SELECT path FROM folder").fetchall() == [(b"/b",)]


def test_vectors_made_after_the_backup_are_brought_in_step(home: Home) -> None:
    import numpy as np

    vectors = unit_vectors(np.random.default_rng(5), 8, SPEC.dimension)
    with LibraryWriter(home) as writer:
        writer.register_models([SPEC])
        writer.write(outcomes(range(4), {SPEC.name: vectors[:4]}))
        writer.make_backup()
        writer.write(outcomes(range(4, 8), {SPEC.name: vectors[4:]}))
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    with LibraryWriter(home) as writer:
        writer.store.repair_unstamped()
    from making import assert_in_step

    assert assert_in_step(home, SPEC.name).keys() == set(range(4))


def test_a_lost_catalogue_is_not_taken_for_a_new_library(home: Home) -> None:
    with_folder(home, "/a")
    for lose in (home.catalogue.unlink, lambda: home.catalogue.write_bytes(b"")):
        lose()
        with pytest.raises(FinderError, match=r"is missing.*image-finder restore"):
            Catalogue(home)
        with WriterLock(home):
            restore(home, find_backup(home, "latest"))
        assert folders(home) == ["/a"]


@pytest.mark.parametrize("how", ["garbage", "page"])
def test_a_damaged_catalogue_is_replaced(home: Home, how: str) -> None:
    with_folder(home, "/a")
    data = bytearray(home.catalogue.read_bytes())
    if how == "garbage":
        data[:] = b"not a database at all" * 200
    else:
        data[4096:8192] = bytes(4096)
    home.catalogue.write_bytes(data)
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    assert folders(home) == ["/a"]


def test_a_damaged_backup_is_refused(home: Home) -> None:
    with_folder(home, "/precious")
    flip(list_backups(home)[0].path, b"/precious")
    with WriterLock(home), pytest.raises(FinderError, match="is damaged"):
        restore(home, find_backup(home, "latest"))
    assert folders(home) == ["/precious"]


def test_a_damaged_catalogue_is_not_backed_up(home: Home) -> None:
    with_folder(home, "/precious")
    age(home, 2)
    flip(home.catalogue, b"/precious")
    with LibraryWriter(home) as writer:
        writer.make_backup()
        assert "image-finder check" in writer.notes[0]
    (kept,) = list_backups(home)
    assert (datetime.now(UTC) - kept.made).days == 2


def test_an_unknown_name(home: Home) -> None:
    with_folder(home, "/a")
    with pytest.raises(FinderError, match="There is no backup “x”"):
        find_backup(home, "x")
    assert copies.find_backup(home, list_backups(home)[0].name) == list_backups(home)[0]


def test_backups_from_the_future_do_not_displace_new_ones(home: Home) -> None:
    with_folder(home, "/a")
    age(home, 2)
    data = list_backups(home)[0].path.read_bytes()
    for days in (1, 2, 3):
        made = datetime.now(UTC) + timedelta(days=days)
        (home.backups / f"catalogue-{made:%Y%m%d-%H%M%S}.sqlite").write_bytes(data)
    with_folder(home, "/b")
    now = datetime.now(UTC)
    assert len(list_backups(home)) == 3
    assert sum(copy.made <= now for copy in list_backups(home)) == 2
    with_folder(home, "/c")


def test_a_restore_keeps_what_was_set_aside(home: Home) -> None:
    with_folder(home, "/a")
    age(home, 2)
    with_folder(home, "/b")
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add("/today")
    older, newer = list_backups(home)[1], list_backups(home)[0]
    with WriterLock(home):
        restore(home, older)
        restore(home, newer)
    assert folders(home) == ["/a", "/b"]
    with closing(sqlite3.connect(home.root / "catalogue.before-restore.sqlite")) as db:
        kept = [path for (path,) in db.execute("SELECT path FROM folder ORDER BY path")]
    assert kept == [b"/a", b"/b", b"/today"]
    assert (home.root / "catalogue.before-restore-2.sqlite").exists()


def test_an_empty_backup_is_refused(home: Home) -> None:
    with_folder(home, "/a")
    copy = list_backups(home)[0]
    copy.path.write_bytes(b"")
    with WriterLock(home), pytest.raises(FinderError, match="it is empty"):
        restore(home, copy)
    assert folders(home) == ["/a"]


def test_a_backup_being_made_is_not_removed(home: Home) -> None:
    with_folder(home, "/a")
    fresh, old = home.backups / "x.1-2.part", home.backups / "y.part"
    fresh.touch()
    old.touch()
    os.utime(old, (0, 0))
    copies.remove_parts(home)
    assert fresh.exists()
    assert not old.exists()


# Which one is the newest


def at(monkeypatch: pytest.MonkeyPatch, clock: str) -> None:
    """Set the system's clock for the rest of the test."""
    monkeypatch.setattr(copies, "_now", lambda: datetime.fromisoformat(clock).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "clocks",
    [
        ("2026-05-01", "2031-01-01", "2026-05-03"),
        ("2031-01-01", "2026-05-01", "2026-05-03"),
        ("1970-01-01", "2026-05-01", "1970-01-02"),
        ("2099-12-31", "1970-01-01", "2000-02-29"),
        ("2026-05-03", "2026-05-02", "2026-05-01"),
    ],
)
def test_the_newest_backup_is_the_one_made_last_whatever_the_clock(
    home: Home, monkeypatch: pytest.MonkeyPatch, clocks: tuple[str, ...]
) -> None:
    for number, clock in enumerate(clocks):
        at(monkeypatch, clock)
        with_folder(home, f"/{number}")
    assert len(list_backups(home)) == 3
    for now in (*clocks, "2200-01-01"):
        at(monkeypatch, now)
        newest = find_backup(home, "latest")
        assert newest == list_backups(home)[0]
        with closing(sqlite3.connect(newest.path)) as db:
            assert db.execute("SELECT COUNT(*) FROM folder").fetchone() == (3,)


def test_a_wrong_clock_removes_no_newer_backup(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = ["2031-01-01", "2026-05-01", "2026-05-03", "2026-05-05"]
    for number, clock in enumerate(clocks):
        at(monkeypatch, clock)
        with_folder(home, f"/{number}")
    assert [f"{copy.made:%Y-%m-%d}" for copy in list_backups(home)] == clocks[:0:-1]


def test_backups_of_earlier_versions_are_older_than_those_with_a_number(home: Home) -> None:
    """Their names end with the time, or with a word that was once translated."""
    with_folder(home, "/a")
    data = list_backups(home)[0].path.read_bytes()
    for name in ("20310101-120000", "20260101-120000-Format-2", "20260102-120000-formato-1-é"):
        (home.backups / f"catalogue-{name}.sqlite").write_bytes(data)
    assert [copy.name for copy in list_backups(home)][1:] == [
        "20260102-120000-formato-1-é",
        "20260101-120000-Format-2",
        "20310101-120000",
    ]
    assert list_backups(home)[0].number == 1
    assert find_backup(home, "20260101-120000-Format-2").number == 0


def test_backups_after_a_restore_are_newer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (1, 3):
        at(monkeypatch, f"2026-05-0{day}")
        with_folder(home, f"/{day}")
    with WriterLock(home):
        restore(home, list_backups(home)[-1])
    at(monkeypatch, "2026-05-05")
    with_folder(home, "/after")
    with closing(sqlite3.connect(find_backup(home, "latest").path)) as db:
        assert db.execute("SELECT path FROM folder").fetchall() == [(b"/1",), (b"/after",)]


# The epoch


def epoch(home: Home) -> str:
    with closing(Catalogue(home)) as catalogue:
        (found,) = catalogue.connection.execute("SELECT epoch FROM library").fetchone()
    return str(found)


def test_each_restore_begins_a_new_epoch(home: Home) -> None:
    with_folder(home, "/a")
    seen = {epoch(home)}
    for _ in range(3):
        with WriterLock(home):
            restore(home, find_backup(home, "latest"))
        assert epoch(home) not in seen
        seen.add(epoch(home))
    home.catalogue.write_bytes(b"not a database at all" * 200)
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    assert epoch(home) not in seen


def test_a_log_that_a_killed_restore_has_left_is_not_applied(home: Home) -> None:
    with_folder(home, "/a")
    part = home.catalogue.with_name("catalogue.restored.part")
    with closing(sqlite3.connect(part, isolation_level=None)) as db:
        db.execute("CREATE TABLE old (x)")
        db.execute("BEGIN")
        db.executemany("INSERT INTO old VALUES (?)", [("x" * 1_000,)] * 5_000)
        left = Path(f"{part}-journal").read_bytes()
        db.execute("ROLLBACK")
    Path(f"{part}-journal").write_bytes(left)
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    assert folders(home) == ["/a"]
    assert not list(home.root.glob("*.part*"))


@pytest.mark.parametrize("table", USER_TABLES)
def test_a_backup_with_a_damaged_row_of_the_user_is_refused(home: Home, table: str) -> None:
    with LibraryWriter(home) as writer:
        with writer.catalogue.transaction():
            writer.catalogue.folders.add("/pictures")
            writer.catalogue.settings.put("top", 7)
            writer.catalogue.removed.add([8])
        writer.make_backup()
    (backup,) = list_backups(home)
    with closing(sqlite3.connect(backup.path)) as db:
        require_sound(db)
        db.execute(f"UPDATE {table} SET crc = crc + 1")
        with pytest.raises(sqlite3.DatabaseError, match=table):
            require_sound(db)


def test_the_users_data_has_keyed_checksums() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        for table in USER_TABLES:
            columns = [(row[1], row[5]) for row in db.execute(f"PRAGMA table_info({table})")]
            checked = CHECKED_COLUMNS[table].split(", ")
            assert [name for name, _ in columns] == [*checked, "crc"]
            assert [name for name, is_key in columns if is_key] == checked[:1]
