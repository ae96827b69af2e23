"""Opening a catalogue: creating it, migrating it, or reading a snapshot of it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import list_backups, make_backup
from finder.core.library.catalogue.schema import VERSION, migrate, version_of
from finder.core.temporary_folders import TemporaryFolder

if TYPE_CHECKING:
    from finder.core.paths import Home


class DamagedCatalogueError(FinderError):
    """The catalogue is missing or cannot be read: a backup or a repair restores it."""


def connect(home: Home) -> tuple[sqlite3.Connection, bool]:
    """A connection to a home's catalogue, and whether it is only a snapshot of it.

    A snapshot is the way out where the disk is full or read-only: SQLite's log cannot be written
    then, not even for reading. Raises FinderError, OSError or sqlite3.Error.
    """
    try:
        return _connect(home), False
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NOT_WRITABLE or not home.catalogue.is_file():
            raise
        return _snapshot(home), True


_NOT_WRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
"""SQLite's codes for a disk that cannot be written to."""

_LOG_SECONDS = 2.0
_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
"""Its codes while a stopped program holds one of its locks."""


def _use_write_ahead_log(db: sqlite3.Connection) -> None:
    """SQLite waits for another connection that reads or writes, but not for one that does this."""
    end = time.monotonic() + _LOG_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _IN_USE or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _connect(home: Home) -> sqlite3.Connection:
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_lost(home)
    db = _open(str(home.catalogue))
    try:
        version = version_of(db)
        _use_write_ahead_log(db)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        if 0 < version < VERSION:
            make_backup(home, db, f"format-{version}")
        if version < VERSION:
            migrate(db)
        return db
    except BaseException:
        db.close()
        raise


def _open(name: str, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=30, isolation_level=None, check_same_thread=False, uri=uri)


def _refuse_lost(home: Home) -> None:
    """A catalogue that is missing or empty must not look like a new library."""
    exists = home.catalogue.is_file() and home.catalogue.stat().st_size > 0
    if not exists and list_backups(home):
        raise DamagedCatalogueError(
            tr("The catalogue of the library in {home} is missing.").format(home=home.root),
            tr("A backup was kept: “image-finder restore” brings it back."),
        )


def _snapshot(home: Home) -> sqlite3.Connection:
    """Read without writing: from the file alone, or from a copy with its log."""
    log = Path(f"{home.catalogue}-wal")
    if not log.is_file() or log.stat().st_size == 0:
        db = _open(f"{home.catalogue.as_uri()}?immutable=1", uri=True)
    else:
        db = _open_copied(home.catalogue, log)
    try:
        if version_of(db) != VERSION:
            raise FinderError(
                tr(
                    "This library must be converted to a new format, but its disk is full or "
                    "read-only."
                ),
                tr("Free some space, or make its folder writable: {home}").format(home=home.root),
            )
        db.execute("PRAGMA query_only = ON")
        return db
    except BaseException:
        db.close()
        raise


def _open_copied(catalogue: Path, log: Path) -> sqlite3.Connection:
    with TemporaryFolder() as folder:
        copied = folder / catalogue.name
        shutil.copyfile(catalogue, copied)
        shutil.copyfile(log, f"{copied}-wal")
        db = _open(":memory:")
        source = _open(str(copied))
        try:
            source.backup(db)
        except BaseException:
            db.close()
            raise
        finally:
            source.close()
    return db


def catalogue_failed(home: Home, error: Exception) -> FinderError:
    """The error for what SQLite or the disk reported, with the way out."""
    why = error.strerror if isinstance(error, OSError) else error
    sentence = tr("The library in {home} cannot be opened: {why}.").format(home=home.root, why=why)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _IN_USE:
        return FinderError(
            tr("Another program is using the library in {home} and does not respond.").format(
                home=home.root
            ),
            tr("Wait a moment and try again, or end that process."),
        )
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )
    if damaged:
        hint = tr("Its catalogue is damaged: “image-finder check --repair” repairs it.")
        return DamagedCatalogueError(sentence, hint)
    if _disk_is_full(home):
        return FinderError(sentence, tr("The disk is full: free some space and try again."))
    return FinderError(
        sentence,
        tr("Check the folder and its permissions, or choose another one with --home."),
    )


def _disk_is_full(home: Home) -> bool:
    try:
        return shutil.disk_usage(home.root).free < 1_000_000
    except OSError:
        return False
