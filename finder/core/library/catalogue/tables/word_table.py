"""The index of the words by which pictures are found (see `word_schema`).

Triggers note the pictures whose files or texts change, in the same transaction; `update` brings
their words up to date before it ends. What is changed without it is noted as well, and follows with
the next transaction. Nothing of the index is lost for good: `rebuild` makes it from the other
tables.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from finder.core.library.catalogue.picture_texts import MAX_PLACES, read_texts
from finder.core.library.catalogue.records import below
from finder.core.library.catalogue.schema import run_script
from finder.core.library.catalogue.tables.setting_table import SettingTable
from finder.core.library.catalogue.word_schema import ALL_CHANGED, WORDS

_Row = tuple[int, str, str, str, str, str]
"""Its number, and the words of the columns."""

_COLUMNS: Final = "name, folder, label, caption, recognised"
_DAMAGED: Final = "words damaged"
_MANY = 20_000
"""Pictures; above that, making the index anew is faster than changing it."""
_TIME_BITS, _PICTURE_BITS = 38, 24
_PICTURE_MASK = (1 << _PICTURE_BITS) - 1


class WordTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._settings = SettingTable(db)

    @property
    def is_behind(self) -> bool:
        """Whether pictures' words are still to be brought up to date."""
        return self._db.execute("SELECT 1 FROM word_change LIMIT 1").fetchone() is not None

    @property
    def is_sound(self) -> bool:
        """Whether no table of it is lost, and no search has found it damaged. The index itself is
        not read, which takes long."""
        rows = self._db.execute(
            "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('word_text', 'word_index')"
        )
        return bool(rows.fetchone()[0] == 2) and not self._settings.get(_DAMAGED)

    def note_damage(self) -> None:
        """A search has found it damaged: the next writer makes it anew."""
        self._settings.put(_DAMAGED, True)

    def note_folder(self, folder: str) -> None:
        """A folder of the library was added or removed: its name counts, or does not any more."""
        where, bounds = below(folder)
        self._db.execute(
            "INSERT OR IGNORE INTO word_change SELECT DISTINCT picture FROM file"
            f" WHERE {where} AND picture NOT NULL",
            bounds,
        )

    def update(self) -> None:
        """Bring the words of all noted pictures up to date. An index that is damaged is made
        anew."""
        if not self.is_behind:
            return
        try:
            self._update()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.rebuild()

    def rebuild(self) -> None:
        """Make the index of all pictures anew."""
        self._drop_index()
        self._db.execute("DROP TABLE IF EXISTS word_text")
        run_script(self._db, WORDS)
        self._db.execute(ALL_CHANGED)
        self._update(anew=True)
        self._settings.remove(_DAMAGED)

    def _drop_index(self) -> None:
        try:
            self._db.execute("DROP TABLE IF EXISTS word_index")
        except sqlite3.DatabaseError:
            self._empty_index()
            self._db.execute("DROP TABLE word_index")

    def _empty_index(self) -> None:
        """SQLite cannot even drop an index whose own tables are damaged: give them the rows of an
        empty one."""
        self._db.execute("CREATE VIRTUAL TABLE word_empty USING fts5(name, content = '')")
        for part in ("data", "idx", "docsize", "config"):
            self._db.execute(f"DELETE FROM word_index_{part}")
            self._db.execute(f"INSERT INTO word_index_{part} SELECT * FROM word_empty_{part}")
        self._db.execute("DROP TABLE word_empty")

    def wrong(self) -> list[int]:
        """The pictures whose words are not as they should be; empty if the index is sound. Raises
        sqlite3.DatabaseError if it is not, but they are."""
        library = self._library()
        kept = dict(self._db.execute("SELECT picture, row FROM word_text"))
        shown = {picture for (picture,) in self._db.execute(_SHOWN)}
        found = sorted(kept.keys() ^ shown)
        for picture in sorted(kept.keys() & shown):
            row = self._kept(picture)
            if row is None or not _is_same(row, self._words(picture, library)):
                found.append(picture)
        if not found:
            self._db.execute(
                "INSERT INTO word_index(word_index, rank) VALUES ('integrity-check', 1)"
            )
        return found

    # One picture

    def _update(self, anew: bool = False) -> None:
        library = self._library()
        (noted,) = self._db.execute("SELECT COUNT(*) FROM word_change").fetchone()
        anew = anew or noted > _MANY
        for picture in self._noted():
            new, old = self._words(picture, library), self._kept(picture)
            if old is not None and new is not None and _is_same(old, new):
                continue
            if old is not None:
                self._remove(old, indexed=not anew)
            if new is not None:
                self._add(picture, new, indexed=not anew)
        if anew:
            self._db.execute("INSERT INTO word_index(word_index) VALUES ('rebuild')")
        self._db.execute("DELETE FROM word_change")

    def _noted(self) -> Iterator[int]:
        last = -(1 << 63)
        while rows := self._db.execute(
            "SELECT picture FROM word_change WHERE picture > ? ORDER BY picture LIMIT 1000", (last,)
        ).fetchall():
            yield from (picture for (picture,) in rows)
            ((last,),) = rows[-1:]

    def _library(self) -> list[str]:
        return [os.fsdecode(path) for (path,) in self._db.execute("SELECT path FROM folder")]

    def _words(self, picture: int, library: list[str]) -> _Row | None:
        """The words that a picture should have, and where its row should be; None if no file shows
        it."""
        files = self._db.execute(
            "SELECT path, mtime_ns FROM file WHERE picture = ? ORDER BY path LIMIT ?",
            (picture, MAX_PLACES),
        ).fetchall()
        if not files:
            return None
        texts = read_texts(self._db, picture, [path for path, _ in files], library)
        taken = self._db.execute("SELECT taken FROM picture WHERE id = ?", (picture,)).fetchone()
        time_ns = min(time_ns for _, time_ns in files)
        return _row_of(picture, taken[0] if taken else None, time_ns), *texts.folded

    def _kept(self, picture: int) -> _Row | None:
        query = f"SELECT row, {_COLUMNS} FROM word_text WHERE picture = ?"
        row: _Row | None = self._db.execute(query, (picture,)).fetchone()
        return row

    def _remove(self, row: _Row, indexed: bool) -> None:
        if indexed:  # it must be told what it has
            self._db.execute(
                f"INSERT INTO word_index(word_index, rowid, {_COLUMNS})"
                " VALUES ('delete', ?, ?, ?, ?, ?, ?)",
                row,
            )
        self._db.execute("DELETE FROM word_text WHERE row = ?", row[:1])

    def _add(self, picture: int, row: _Row, indexed: bool) -> None:
        number, *words = row
        while self._db.execute("SELECT 1 FROM word_text WHERE row = ?", (number,)).fetchone():
            number = _next_row(number)
        self._db.execute(
            "INSERT INTO word_text VALUES (?, ?, ?, ?, ?, ?, ?)", (number, picture, *words)
        )
        if indexed:
            self._db.execute(
                f"INSERT INTO word_index(rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
                (number, *words),
            )


_SHOWN = "SELECT DISTINCT picture FROM file WHERE picture NOT NULL"


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the error means that the index, or a table of it, is damaged or lost."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    is_lost = code == sqlite3.SQLITE_ERROR and "word_" in str(error)
    return code == sqlite3.SQLITE_CORRUPT or is_lost


def _is_same(kept: _Row, right: _Row | None) -> bool:
    """Rows of the same second may have changed places."""
    return (
        right is not None
        and kept[1:] == right[1:]
        and kept[0] >> _PICTURE_BITS == right[0] >> _PICTURE_BITS
    )


def _row_of(picture: int, taken: str | None, time_ns: int) -> int:
    """The number of its row: the second of its date, and of its content id what there is room
    for."""
    seconds = time_ns // 1_000_000_000
    if taken:
        try:
            since = datetime.fromisoformat(taken) - datetime(1970, 1, 1)
            seconds = int(since.total_seconds())
        except ValueError:  # damaged: a check finds it
            pass
    half = 1 << (_TIME_BITS - 1)
    seconds = max(-half, min(half - 1, seconds))
    return ((seconds + half) << _PICTURE_BITS) | (picture & _PICTURE_MASK)


def _next_row(row: int) -> int:
    """Of the same second."""
    return (row & ~_PICTURE_MASK) | ((row + 1) & _PICTURE_MASK)
