"""Files whose places the other machines do not know yet, in a library that is shared.

Triggers note each change of `file`, in its own transaction: of those that show a picture, or have
shown one. Paths of other machines, which the mirror adds as "MACHINE:PATH", are not noted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from finder.core.library.catalogue.records import LOCAL_PATH

_TABLE = "CREATE TABLE IF NOT EXISTS unpublished (path BLOB PRIMARY KEY) WITHOUT ROWID"
_TRIGGERS = {
    # before: a row that is replaced has its picture still
    "file_added": (
        "BEFORE INSERT",
        "new",
        "(new.picture NOT NULL OR EXISTS"
        " (SELECT 1 FROM file WHERE path = new.path AND picture NOT NULL))",
    ),
    "file_changed": (
        "AFTER UPDATE OF size, mtime_ns, picture",
        "new",
        "(new.picture NOT NULL OR old.picture NOT NULL)",
    ),
    "file_removed": ("AFTER DELETE", "old", "old.picture NOT NULL"),
}


def _trigger(name: str) -> str:
    event, row, condition = _TRIGGERS[name]
    return (
        f"CREATE TRIGGER {name} {event} ON file"
        f" WHEN {LOCAL_PATH.format(path=f'{row}.path')} AND {condition}"
        f" BEGIN INSERT OR IGNORE INTO unpublished VALUES ({row}.path); END"
    )


class UnpublishedTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @property
    def is_kept(self) -> bool:
        rows = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'unpublished'")
        return rows.fetchone() is not None

    def begin(self) -> None:
        """Keep it from now on. All files are still to be published."""
        self._db.execute(_TABLE)
        self.renew()
        self.add_all()

    @property
    def is_outdated(self) -> bool:
        """Whether an earlier version has made it, whose triggers note other changes."""
        if not self.is_kept:
            return False
        kept = dict(self._db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return any(kept.get(name) != _trigger(name) for name in _TRIGGERS)

    def renew(self) -> None:
        """Note changes as this version does."""
        for name in _TRIGGERS:
            self._db.execute(f"DROP TRIGGER IF EXISTS {name}")
            self._db.execute(_trigger(name))

    def end(self) -> None:
        for name in _TRIGGERS:
            self._db.execute(f"DROP TRIGGER IF EXISTS {name}")
        self._db.execute("DROP TABLE IF EXISTS unpublished")

    def add_all(self) -> None:
        """Publish every file again."""
        self._db.execute(
            "INSERT OR IGNORE INTO unpublished SELECT path FROM file WHERE"
            f" {LOCAL_PATH.format(path='path')} AND picture NOT NULL"
        )

    def add(self, paths: Iterable[bytes]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO unpublished VALUES (?)", ((path,) for path in paths)
        )

    def count(self) -> int:
        (number,) = self._db.execute("SELECT COUNT(*) FROM unpublished").fetchone()
        return int(number)

    def all(self) -> list[bytes]:
        return self.first(-1) if self.is_kept else []

    def first(self, number: int) -> list[bytes]:
        rows = self._db.execute("SELECT path FROM unpublished ORDER BY path LIMIT ?", (number,))
        return [path for (path,) in rows]

    def remove(self, paths: Iterable[bytes]) -> None:
        self._db.executemany("DELETE FROM unpublished WHERE path = ?", ((path,) for path in paths))
