"""The files that were found: the picture of each, or why it was skipped."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from finder.core.errors import RETRIED, Reason
from finder.core.library.catalogue.folded_text import folded_path
from finder.core.library.catalogue.records import (
    FileRecord,
    below,
    reason_of,
)
from finder.core.library.catalogue.schema import row_crc

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.model_table import ModelTable
    from finder.core.library.catalogue.tables.picture_table import PictureTable
    from finder.core.models.spec import ModelSpec
    from finder.core.pictures.scan import FileStamp


class FileTable:
    """The files of the library. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection, models: ModelTable, pictures: PictureTable) -> None:
        self._db = db
        self._models = models
        self._pictures = pictures

    def below(self, folder: str) -> Iterator[FileRecord]:
        """Every known file in the folder, by path."""
        where, bounds = below(folder)
        rows = self._db.execute(f"{_FILES} WHERE {where} ORDER BY path", bounds)
        return map(_file_record, rows)

    def places_outside(self, folder: str) -> Iterator[tuple[str, list[str]]]:
        """For every file in the folder that shows a picture, by path: the files outside the folder
        that show the same."""
        where, bounds = below(folder)
        rows = self._db.execute(
            f"SELECT path, picture FROM file WHERE {where} AND picture NOT NULL ORDER BY path",
            bounds,
        )
        for path, picture in rows:
            others = self._db.execute(
                f"SELECT path FROM file WHERE picture = ? AND NOT ({where}) ORDER BY path",
                (picture, *bounds),
            )
            yield os.fsdecode(path), [os.fsdecode(other) for (other,) in others]

    def stamps_below(self, folder: str) -> set[FileStamp]:
        """(path, size, mtime) of every known file in the folder, when it was last indexed."""
        where, bounds = below(folder)
        rows = self._db.execute(f"SELECT path, size, mtime_ns FROM file WHERE {where}", bounds)
        return set(rows)

    def skipped_below(self, folder: str) -> tuple[set[bytes], set[bytes]]:
        """Paths of the files in the folder that were skipped, and those of them worth another
        try."""
        where, bounds = below(folder)
        rows = self._db.execute(
            "SELECT path, reason FROM file INDEXED BY file_reason"
            f" WHERE reason IS NOT NULL AND {where}",
            bounds,
        ).fetchall()
        return {path for path, _ in rows}, {path for path, why in rows if why in RETRIED}

    def lacking_below(self, folder: str, spec: ModelSpec, many: bool = False) -> set[bytes]:
        """Paths of the pictures in the folder that this model, in just this version, has neither
        embedded nor failed on. many: compare the numbers first, which usually saves looking up
        each file."""
        state = self._models.states().get(spec.name)
        current = state is not None and state.fits(spec)
        if many and current and self._tried_all(spec.name):
            return set()
        where, bounds = below(folder)
        name = spec.name if current else ""
        rows = self._db.execute(
            f"SELECT path FROM file WHERE {where} AND picture IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM embedding e WHERE e.model = ? AND e.picture = file.picture)"
            " AND NOT EXISTS"
            " (SELECT 1 FROM failure f WHERE f.model = ? AND f.picture = file.picture)",
            (*bounds, name, name),
        )
        return {path for (path,) in rows}

    def _tried_all(self, model: str) -> bool:
        """A picture is never embedded and failed on by the same model."""
        (tried,) = self._db.execute(
            "SELECT (SELECT COUNT(*) FROM embedding WHERE model = :model)"
            " + (SELECT COUNT(*) FROM failure WHERE model = :model)",
            {"model": model},
        ).fetchone()
        return int(tried) == self._pictures.count()

    def get(self, path: str) -> FileRecord | None:
        """A known file."""
        rows = self._db.execute(f"{_FILES} WHERE path = ?", (os.fsencode(path),))
        return next((_file_record(row) for row in rows), None)

    def of_machine(self, machine: str) -> list[str]:
        """The files of another machine that the mirror has added, as "MACHINE:PATH"."""
        prefix = os.fsencode(f"{machine}:")
        rows = self._db.execute(
            "SELECT path FROM file WHERE path >= ? AND path < ?", (prefix, prefix[:-1] + b";")
        )
        return [os.fsdecode(path) for (path,) in rows]

    def remove_machine(self, machine: str, but_removed: bool = False) -> None:
        """Remove the files of another machine that the mirror has added. but_removed: not those of
        pictures that the user removed."""
        prefix = os.fsencode(f"{machine}:")
        kept = Reason.REMOVED if but_removed else None
        self._db.execute(
            "DELETE FROM file WHERE path >= ? AND path < ? AND (reason IS NULL OR reason IS NOT ?)",
            (prefix, prefix[:-1] + b";", kept),
        )

    def showing(self, picture: int) -> list[FileRecord]:
        """The files that show the picture."""
        rows = self._db.execute(f"{_FILES} WHERE picture = ? ORDER BY path", (picture,))
        return [_file_record(row) for row in rows]

    def picture_of(self, path: str) -> int | None:
        """The content id of a known file's picture; None if it has none."""
        rows = self._db.execute("SELECT picture FROM file WHERE path = ?", (os.fsencode(path),))
        return next((picture for (picture,) in rows), None)

    def times(self, paths: Iterable[str]) -> dict[str, int]:
        """The modification time of each of these files that is known, in ns since 1970."""
        times = {}
        query = "SELECT mtime_ns FROM file WHERE path = ?"
        for path in paths:
            for (time_ns,) in self._db.execute(query, (os.fsencode(path),)):
                times[path] = time_ns
        return times

    def has_unchanged(self, path: str, size: int, mtime_ns: int) -> bool:
        """Whether a file is known with a picture, and of this size and time."""
        rows = self._db.execute(
            "SELECT 1 FROM file WHERE path = ? AND size = ? AND mtime_ns = ? AND picture NOT NULL",
            (os.fsencode(path), size, mtime_ns),
        )
        return rows.fetchone() is not None

    def skipped(self) -> list[FileRecord]:
        """The files that could not be read."""
        rows = self._db.execute(f"{_FILES} WHERE {_SKIPPED} ORDER BY path", (Reason.REMOVED,))
        return [_file_record(row) for row in rows]

    def skipped_count(self) -> int:
        query = f"SELECT COUNT(*) FROM file WHERE {_SKIPPED}"
        return int(self._db.execute(query, (Reason.REMOVED,)).fetchone()[0])

    def shown_count(self) -> int:
        """How many files show a picture."""
        rows = self._db.execute("SELECT COUNT(picture) FROM file")
        return int(rows.fetchone()[0])

    def crashed_paths(self) -> set[str]:
        """Files that were skipped because they crashed or blocked a decoder."""
        rows = self._db.execute(
            "SELECT path FROM file WHERE reason IN (?, ?)", (Reason.CRASHED, Reason.TOO_SLOW)
        )
        return {os.fsdecode(path) for (path,) in rows}

    def first_paths(self, number: int) -> list[str]:
        """One path of each of the first `number` pictures, in the order of their ids."""
        rows = self._db.execute(
            "SELECT MIN(path) FROM file WHERE picture IS NOT NULL"
            " GROUP BY picture ORDER BY picture LIMIT ?",
            (number,),
        )
        return [os.fsdecode(path) for (path,) in rows]

    def put(self, file: FileRecord) -> None:
        reason = None if file.reason is None else str(file.reason)
        path = os.fsencode(file.path)
        row = path, file.size, file.mtime_ns, file.picture, reason, file.detail or None
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, row_crc(*row), folded_path(path)),
        )

    def remove(self, paths: Iterable[str]) -> None:
        self._db.executemany(
            "DELETE FROM file WHERE path = ?", ((os.fsencode(path),) for path in paths)
        )

    def remove_of(self, picture: int) -> None:
        self._db.execute("DELETE FROM file WHERE picture = ?", (picture,))


_SKIPPED = "reason IS NOT NULL AND reason != ?"
_FILES = "SELECT path, size, mtime_ns, picture, reason, detail FROM file"


def _file_record(row: tuple[Any, ...]) -> FileRecord:
    path, size, mtime_ns, picture, reason, detail = row
    return FileRecord(
        os.fsdecode(path),
        size,
        mtime_ns,
        picture,
        reason_of(reason) if reason else None,
        detail or "",
    )
