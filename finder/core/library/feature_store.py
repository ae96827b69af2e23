"""The local features of pictures, kept so that they need not be computed again: a cache of bounded
size in one SQLite file beside the thumbnails.

Nothing is lost with it: what is missing, damaged or of another version is computed again, and where
nothing can be written, nothing is kept. But it shows pictures, so what is removed from the library
is removed here, if need be with the whole file.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from finder.core.paths import Home

log = logging.getLogger(__name__)

Value = TypeVar("Value")

MOST_PICTURES: Final = 2_500
"""About 90 kB each: 225 MB."""
_LARGEST: Final = 200_000
"""Bytes of one row; larger ones are not ours."""
_WAIT: Final = 0.2
"""Seconds for another process that is writing; then it is as if nothing were kept."""
_WAIT_TO_REMOVE = 10.0
"""Seconds for it before something is removed; then the file is."""
_USE_INTERVAL: Final = 24 * 3600
"""Seconds between two notes that a row is used."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS features (
  picture INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  used INTEGER NOT NULL,  -- seconds since 1970
  data BLOB NOT NULL
)"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS used ON features (used)"
_DELETE_OLDEST: Final = """DELETE FROM features WHERE picture IN
  (SELECT picture FROM features ORDER BY used LIMIT ?)"""
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


class FeatureStore:
    """A connection that many threads and processes may use. The file is opened when it is first
    needed. No method raises for a file that cannot be read or written. Once closed, it reads and
    keeps nothing: a thread may still be at work."""

    def __init__(self, home: Home, version: int = 0, most: int = MOST_PICTURES) -> None:
        """version: rows of another one are not used; most: pictures that are kept."""
        self._path = home.local_features
        self._version = version
        self._most = most
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._is_closed = False

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._close()

    def read(self, picture: int) -> bytes | None:
        """What is kept of a picture, as it was written; else None."""
        return self._try(lambda db: self._row(db, picture), creates=False)

    def put(self, picture: int, data: bytes) -> None:
        """Keep this, in place of what was kept of the picture; what was used longest ago may go."""
        if len(data) <= _LARGEST:
            self._try(lambda db: self._put(db, picture, data), creates=True)

    def remove(self, pictures: Iterable[int]) -> None:
        """Forget these, also when it is closed; what was kept is overwritten with zeros. Where that
        fails, the file is deleted."""
        rows = [(picture,) for picture in pictures]
        self._change(lambda db: db.executemany("DELETE FROM features WHERE picture = ?", rows))

    def keep_only(self, pictures: Collection[int]) -> None:
        """Forget all others, as `remove`."""

        def change(db: sqlite3.Connection) -> None:
            kept = [row[0] for row in db.execute("SELECT picture FROM features")]
            others = [(picture,) for picture in kept if picture not in pictures]
            db.executemany("DELETE FROM features WHERE picture = ?", others)

        self._change(change)

    def _row(self, db: sqlite3.Connection, picture: int) -> bytes | None:
        row = db.execute(
            "SELECT version, crc, used, data FROM features WHERE picture = ? AND length(data) <= ?",
            (picture, _LARGEST),
        ).fetchone()
        if row is None:
            return None
        version, crc, used, data = row
        if version != self._version or not isinstance(data, bytes) or zlib.crc32(data) != crc:
            return None
        now = int(time.time())
        if not isinstance(used, int) or abs(now - used) > _USE_INTERVAL:
            with suppress(sqlite3.Error):
                db.execute("UPDATE features SET used = ? WHERE picture = ?", (now, picture))
        return data

    def _put(self, db: sqlite3.Connection, picture: int, data: bytes) -> None:
        row = picture, self._version, zlib.crc32(data), int(time.time()), data
        with db:
            db.execute("BEGIN IMMEDIATE")
            (count,) = db.execute("SELECT count(*) FROM features").fetchone()
            if count >= self._most:
                db.execute(_DELETE_OLDEST, (count - self._most + max(1, self._most // 10),))
            db.execute("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?, ?)", row)

    def _try(self, use: Callable[[sqlite3.Connection], Value], creates: bool) -> Value | None:
        """None if there is no file to read, or something fails; a damaged file is begun anew."""
        with self._lock:
            try:
                db = self._opened(creates)
                return use(db) if db is not None else None
            except (sqlite3.Error, OSError) as error:
                log.info("local features are not kept: %s", error)
                self._close()
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                    self._begin_anew()
                return None

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """What must not fail: with a connection of its own, which waits for other processes."""
        if not self._path.is_file():
            return
        try:
            with closing(_connect(self._path, _WAIT_TO_REMOVE)) as db, db:
                db.execute("BEGIN IMMEDIATE")
                change(db)
        except (sqlite3.Error, OSError) as error:
            log.info("local features cannot be removed, so all are: %s", error)
            with self._lock:
                self._close()
                self._begin_anew()

    def _opened(self, creates: bool) -> sqlite3.Connection | None:
        if self._db is None and not self._is_closed:
            if not creates and not self._path.is_file():
                return None
            self._db = _connect(self._path, _WAIT)
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _begin_anew(self) -> None:
        for path in (self._path, Path(f"{self._path}-journal")):
            with suppress(OSError):  # read only, or open in another process
                path.unlink(missing_ok=True)


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    """Without waiting for the disk: what a power failure damages is computed again."""
    db = sqlite3.connect(path, wait, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA secure_delete = ON").fetchall()
        db.execute("PRAGMA synchronous = OFF")
        db.execute(_TABLE)
        db.execute(_INDEX)
    except BaseException:
        db.close()
        raise
    return db
