"""Restoring the catalogue from a backup, or from what can still be read of a damaged one.

The catalogue that is replaced is kept beside the new one. There is a catalogue at every moment: a
process that is killed here leaves the old one or the new one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import (
    Backup,
    copy_database,
    remove_database,
    require_sound,
)
from finder.core.library.catalogue.schema import (
    CHECKED_COLUMNS,
    USER_TABLES,
    migrate,
    renew_epoch,
    row_crc,
    version_of,
)

if TYPE_CHECKING:
    from finder.core.paths import Home

UserRows = dict[str, list[tuple[Any, ...]]]
"""For each of USER_TABLES, its intact rows: the checked columns and the checksum."""


def restore(home: Home, backup: Backup) -> None:
    """Make the backup the catalogue again. The writer's lock must be held.

    The library gets a new epoch with it. The catalogue that it replaces is kept as
    `catalogue.before-restore.sqlite`, or with a number behind it. Raises FinderError.
    """
    try:
        with closing(sqlite3.connect(backup.path, isolation_level=None)) as source:
            require_sound(source)
            version_of(source)
            _put_in_place(home, _prepared(home, source))
    except (OSError, sqlite3.Error) as error:
        raise FinderError(
            tr("The backup {name} could not be restored: {why}.").format(
                name=backup.name, why=error
            ),
            tr("Choose another backup, or check the free space."),
        ) from error


def read_user_rows(home: Home) -> UserRows:
    """What can be read of the user's data in the current catalogue, damaged or not."""
    return {table: _read_rows(home, table) for table in USER_TABLES}


def add_user_rows(home: Home, rows: UserRows) -> None:
    """Add to a restored catalogue the newer rows of the one that it replaces. Raises
    sqlite3.Error."""
    with closing(sqlite3.connect(home.catalogue, isolation_level=None, timeout=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        _insert(db, rows)
        db.execute("COMMIT")


def salvage(home: Home) -> int:
    """Create a new catalogue from what can still be read of a damaged one, which is kept. Returns
    how many folders it has."""
    fresh = _fresh_path(home)
    remove_database(fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        migrate(db)
        _insert(db, read_user_rows(home))
        (folders,) = db.execute("SELECT COUNT(*) FROM folder").fetchone()
    _exchange(home, fresh, _free_name(home))
    return int(folders)


def _insert(db: sqlite3.Connection, rows: UserRows) -> None:
    for table, found in rows.items():
        for row in found:
            places = ", ".join("?" * len(row))
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({places})", row)


def _read_rows(home: Home, table: str) -> list[tuple[Any, ...]]:
    """The intact rows of a table, as far as a damaged one can be read."""
    rows: list[tuple[Any, ...]] = []
    with suppress(sqlite3.Error), closing(sqlite3.connect(home.catalogue)) as db:
        columns = CHECKED_COLUMNS[table]
        found = db.execute(f"SELECT {columns}, crc FROM {table} NOT INDEXED")
        rows.extend(row for row in found if row_crc(*row[:-1]) == row[-1])  # up to the damage
    return rows


def _prepared(home: Home, source: sqlite3.Connection) -> Path:
    """A file beside the catalogue with the backup in this program's format, in a new epoch. Both
    come with the rows in one step: a process that is killed never leaves rows of one epoch under
    another."""
    fresh = _fresh_path(home)
    copy_database(source, fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        migrate(db)
        renew_epoch(db)
    return fresh


def _fresh_path(home: Home) -> Path:
    return home.catalogue.with_name("catalogue.restored.part")


def _put_in_place(home: Home, fresh: Path) -> None:
    """Through SQLite if the current catalogue can be read, so that open windows can continue; a
    damaged one is replaced as a file."""
    previous = _free_name(home)
    part = previous.with_suffix(".part")
    exists = home.catalogue.is_file() and home.catalogue.stat().st_size > 0
    with closing(sqlite3.connect(home.catalogue, isolation_level=None, timeout=30)) as db:
        try:
            if exists:
                copy_database(db, part, checked=False)
                os.replace(part, previous)
            with closing(sqlite3.connect(fresh, isolation_level=None)) as source:
                source.backup(db)
            with suppress(OSError):
                fresh.unlink()
            return
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
    _exchange(home, fresh, previous)


def _free_name(home: Home) -> Path:
    """A path for keeping the current catalogue; one that was kept before is never overwritten."""
    previous, number = home.catalogue.with_name("catalogue.before-restore.sqlite"), 2
    while previous.exists():
        previous = previous.with_name(f"catalogue.before-restore-{number}.sqlite")
        number += 1
    return previous


def _exchange(home: Home, fresh: Path, previous: Path) -> None:
    """Replace the current catalogue, which is kept, by a new file.

    Never in two steps: without a catalogue, the library would look like a new one.
    """
    with suppress(FileNotFoundError):
        if home.catalogue.stat().st_size > 0:
            previous.unlink(missing_ok=True)
            _duplicate(home.catalogue, previous)
    for ending in ("-wal", "-shm"):
        Path(f"{home.catalogue}{ending}").unlink(missing_ok=True)
    os.replace(fresh, home.catalogue)


def _duplicate(path: Path, target: Path) -> None:
    try:
        os.link(path, target)  # uses no space
    except FileNotFoundError:
        raise
    except OSError:  # FAT has no links
        shutil.copyfile(path, target)
