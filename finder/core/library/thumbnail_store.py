"""The thumbnails of a library, in one SQLite file: creating a file for each takes longer than
making it.

The file has no write-ahead log, so it can be read where nothing can be written. Libraries of
earlier versions have one JPEG file for each picture; these are read where they are.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.core.errors import cannot_write
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)

_TABLE: Final = """CREATE TABLE thumbnail (
  number INTEGER PRIMARY KEY,  -- in the order of writing, so that new ones are appended
  picture INTEGER NOT NULL UNIQUE,
  jpeg BLOB NOT NULL
)"""
_EXISTS: Final = "SELECT sql FROM sqlite_master WHERE name = 'thumbnail'"
_READ: Final = "SELECT jpeg FROM thumbnail WHERE picture = ?"
_DELETE: Final = "DELETE FROM thumbnail WHERE picture = ?"
_BATCH: Final = 500
_DAMAGE: Final = {
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT),
    *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA),  # the description of the table is damaged
}
"""SQLite's codes for a file that cannot be written because of what is in it."""


class ThumbnailStore:
    """A connection to the thumbnails, which many threads may use. It is opened when it is first
    needed; the file is created by the first `put`.

    notes: gets a sentence for the user if the file was damaged and had to be rebuilt.
    """

    def __init__(self, home: Home, notes: list[str] | None = None) -> None:
        self._path = home.thumbnails
        self._older = home.thumbs
        self._notes = notes if notes is not None else []
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    # Reading

    def read(self, picture: int) -> bytes | None:
        """A picture's thumbnail, a JPEG file; None if there is none or it cannot be read."""
        row = self._row(_READ, picture)
        if row is not None and isinstance(row[0], bytes):
            return row[0]
        with suppress(OSError):
            return older_path(self._older, picture).read_bytes()
        return None

    def contains(self, picture: int) -> bool:
        row = self._row("SELECT 1 FROM thumbnail WHERE picture = ?", picture)
        return row is not None or older_path(self._older, picture).exists()

    def is_sound(self) -> bool:
        """Whether nothing is damaged in the file's structure, which is read completely."""
        try:
            with self._lock:
                db = self._opened()
                if db is None:
                    return True
                db.execute("BEGIN IMMEDIATE")  # refused if the header says “read only”
                try:
                    table = db.execute(_EXISTS).fetchone()
                    answer = db.execute("PRAGMA integrity_check(1)").fetchone()
                    return table in (None, (_TABLE,)) and answer == ("ok",)
                finally:
                    db.execute("ROLLBACK")
        except sqlite3.Error:
            return False

    def pictures(self) -> set[int]:
        """The pictures with a thumbnail in the file. Raises FinderError."""
        with self._lock, _as_finder_error():
            db = self._opened()
            rows = db.execute("SELECT picture FROM thumbnail") if db is not None else ()
            return {picture for (picture,) in rows}

    def _row(self, query: str, picture: int) -> tuple[object, ...] | None:
        try:
            with self._lock:
                db = self._opened()
                row = db.execute(query, (picture,)).fetchone() if db is not None else None
        except sqlite3.Error as error:
            log.warning("the thumbnail of %d cannot be read: %s", picture, error)
            return None
        return tuple(row) if row is not None else None

    # Writing

    def put(self, thumbnails: Mapping[int, bytes]) -> None:
        """Store thumbnails, in place of older ones of the same pictures. Raises FinderError; then
        none of them is stored."""
        if not thumbnails:
            return
        with self._lock, _as_finder_error():
            self._write(partial(_put, thumbnails.items()))
        self._remove_older(thumbnails)

    def remove(self, pictures: Iterable[int]) -> None:
        """Remove pictures' thumbnails: overwritten with zeros, and the space is released. Raises
        FinderError."""
        pictures = list(pictures)
        with self._lock, _as_finder_error():
            if self._opened() is not None:
                self._write(lambda db: db.executemany(_DELETE, ((p,) for p in pictures)))
        self._remove_older(pictures)

    def rebuild(self) -> None:
        """Write what can be read of a damaged file to a new one. Raises FinderError."""
        with self._lock, _as_finder_error():
            self._rebuild()

    def _write(self, change: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self._in_transaction(change)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                raise
            self._rebuild()
            self._notes.append(
                tr("The thumbnails were damaged; check and repair the library to complete them.")
            )
            self._in_transaction(change)

    def _in_transaction(self, change: Callable[[sqlite3.Connection], object]) -> None:
        self._db = self._db or _connect(self._path, "rwc")
        _change(self._db, change)

    def _rebuild(self) -> None:
        log.warning("%s is damaged and is written anew", self._path)
        part = self._path.with_suffix(".part")
        remove_unfinished(self._path)
        with closing(_connect(part, "rwc")) as fresh:
            readable = self._readable()
            while batch := list(islice(readable, _BATCH)):
                _change(fresh, partial(_put, batch))
            _change(fresh, partial(_put, ()))
        self.close()
        Path(f"{self._path}-journal").unlink(missing_ok=True)
        os.replace(part, self._path)

    def _readable(self) -> Iterator[tuple[int, bytes]]:
        """What can be read of the file: row by row up to the damage, the rest by the index."""
        try:
            db = self._opened()
        except sqlite3.Error:
            db = None
        if db is None:
            return
        found: set[int] = set()
        with suppress(sqlite3.Error):
            for picture, jpeg in db.execute("SELECT picture, jpeg FROM thumbnail NOT INDEXED"):
                if isinstance(picture, int) and isinstance(jpeg, bytes):
                    found.add(picture)
                    yield picture, jpeg
        listed: list[int] = []
        with suppress(sqlite3.Error):
            listed += (picture for (picture,) in db.execute("SELECT picture FROM thumbnail"))
        for picture in set(listed) - found:
            row = self._row(_READ, picture)
            if row is not None and isinstance(row[0], bytes):
                yield picture, row[0]

    def _opened(self) -> sqlite3.Connection | None:
        """The connection; None while there is no file."""
        if self._db is None and self._path.is_file():
            self._db = _connect(self._path, "rw")
        return self._db

    def _remove_older(self, pictures: Iterable[int]) -> None:
        if self._older.is_dir():
            for picture in pictures:
                with suppress(OSError):  # Windows: the window is just reading it
                    older_path(self._older, picture).unlink()


def read_thumbnails(home: Home, pictures: Sequence[int]) -> list[bytes | None]:
    """Pictures' thumbnails, JPEG files; None where there is none or it cannot be read. The file is
    opened for this call, so that one that a repair has replaced is seen."""
    with closing(ThumbnailStore(home)) as store:
        return [store.read(picture) for picture in pictures]


def read_thumbnail(home: Home, picture: int) -> bytes | None:
    """As `read_thumbnails`, for one picture."""
    return read_thumbnails(home, [picture])[0]


def older_path(thumbs: Path, picture: int) -> Path:
    """Where earlier versions wrote a picture's thumbnail."""
    name = f"{picture:016x}"
    return thumbs / name[-2:] / f"{name}.jpg"


def remove_unfinished(path: Path) -> None:
    """Delete the file of a rebuild that was killed; path: `Home.thumbnails`."""
    part = path.with_suffix(".part")
    for name in (part, Path(f"{part}-journal")):
        name.unlink(missing_ok=True)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """mode: "rw", or "rwc" to create the file if it does not exist."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(uri, 30, isolation_level=None, check_same_thread=False, uri=True)
    try:
        db.execute("PRAGMA secure_delete = ON").fetchall()
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()
        raise
    return db


def _change(db: sqlite3.Connection, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change the thumbnails in one transaction."""
    is_new = db.execute(_EXISTS).fetchone() is None
    if is_new:
        db.execute("PRAGMA auto_vacuum = FULL")  # possible only while there is no table
    db.execute("BEGIN IMMEDIATE")
    try:
        if is_new:
            db.execute(_TABLE)
        change(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _put(thumbnails: Iterable[tuple[int, bytes]], db: sqlite3.Connection) -> None:
    db.executemany("INSERT OR REPLACE INTO thumbnail (picture, jpeg) VALUES (?, ?)", thumbnails)


@contextmanager
def _as_finder_error() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise cannot_write(error) from error
