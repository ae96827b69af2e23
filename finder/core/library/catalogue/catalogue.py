"""The catalogue: the truth about files, in SQLite (WAL, so readers go on beside the writer).

One `Catalogue` is one connection and belongs to one thread at a time. A method that changes
something does not commit; `transaction()` does.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.errors import RETRIED, FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.day_bounds import begin_of_day
from finder.core.library.catalogue.opening import catalogue_failed, connect
from finder.core.library.catalogue.schema import CONTENT_HASH, renew_epoch, row_crc
from finder.core.paths import Home
from finder.core.pictures.content_id import ContentHash
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.scan import FileStamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.models.spec import ModelSpec


@dataclass(frozen=True)
class FileRecord:
    """A file as the catalogue last saw it: exactly one of picture and reason is set."""

    path: str
    size: int
    mtime_ns: int
    picture: int | None
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class ModelState:
    """What the catalogue knows of one model's vectors (see schema.py). Two that are equal describe
    the same rows, also across a restore: the library's epoch is part of them."""

    name: str
    version: str
    sha256: str
    dimension: int
    rows: int
    generation: int
    removals: int
    epoch: str = ""

    @property
    def key(self) -> str:
        """Names this model's stored vectors: another file under the same name never meets them."""
        return f"{self.name}-{self.sha256[:8]}"

    @property
    def collection(self) -> str:
        """The name of its Milvus collection (letters, digits, _), which no other key shares."""
        return "m_" + "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in self.key)

    def only_grew_from(self, before: ModelState) -> bool:
        """Whether rows were added since, and nothing else happened."""
        return self == replace(before, rows=self.rows) and self.rows >= before.rows

    def fits(self, spec: ModelSpec) -> bool:
        """Whether the vectors kept were made by this very model."""
        return (self.sha256, self.version, self.dimension) == (
            spec.sha256,
            spec.version,
            spec.dimension,
        )


@dataclass(frozen=True)
class FolderState:
    """A folder of the library: how many picture files are kept and skipped below it."""

    path: str
    files: int
    skipped: int


@dataclass(frozen=True)
class PictureRecord:
    """A picture, its facts, and every place where the library has it.

    away: those of the places that were looked for and not found; where nobody has looked, none.
    """

    id: int
    facts: PictureFacts
    paths: tuple[str, ...]
    away: frozenset[str] = frozenset()

    @property
    def is_offline(self) -> bool:
        """Whether none of its places is there."""
        return self.away.issuperset(self.paths)


class Catalogue:
    """A connection to a home's catalogue. Raises FinderError where it cannot be opened.

    is_snapshot: the disk takes nothing (full, read-only): what was stored can be read, not changed.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.catalogue
        # before it is opened: a file that is put in its place meanwhile counts as another one
        self._file = _identity(self._path)
        try:
            self._db, self.is_snapshot = connect(home)
        except (OSError, sqlite3.Error) as error:
            raise catalogue_failed(home, error) from error
        self._file = self._file or _identity(self._path)

    def close(self) -> None:
        self._db.close()

    @property
    def was_replaced(self) -> bool:
        """Whether another file has taken the place of the one that is open, as after the repair
        of a damaged catalogue: then this connection sees nothing new any more."""
        return _identity(self._path) not in (None, self._file)

    @property
    def connection(self) -> sqlite3.Connection:
        """For what looks at the tables as such: checks and copies."""
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. Raises FinderError where the disk does not take it."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise FinderError(
                tr("The library could not be written: {why}.").format(why=error),
                tr("Check the free space and the permissions of its folder, then try again."),
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def change_mark(self) -> tuple[int, int]:
        """Differs from an earlier one if anybody has committed something meanwhile."""
        (seen,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(seen), self._db.total_changes

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever a writer does meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # Folders

    def add_folder(self, path: str) -> None:
        row = os.fsencode(path), datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute("INSERT OR IGNORE INTO folder VALUES (?, ?, ?)", (*row, row_crc(*row)))

    def remove_folder(self, path: str) -> None:
        self._db.execute("DELETE FROM folder WHERE path = ?", (os.fsencode(path),))

    def folders(self) -> list[str]:
        rows = self._db.execute("SELECT path FROM folder ORDER BY path")
        return [os.fsdecode(path) for (path,) in rows]

    def folder_states(self) -> list[FolderState]:
        states = []
        for folder in self.folders():
            where, bounds = _below(folder)
            (files, skipped) = self._db.execute(
                f"SELECT COUNT(picture), COUNT(reason) FROM file WHERE {where}", bounds
            ).fetchone()
            states.append(FolderState(folder, files, skipped))
        return states

    # Files

    def files_below(self, folder: str) -> Iterator[FileRecord]:
        """Every known file in the folder, by path."""
        where, bounds = _below(folder)
        rows = self._db.execute(f"{_FILES} WHERE {where} ORDER BY path", bounds)
        return map(_known_file, rows)

    def places_outside(self, folder: str) -> Iterator[tuple[str, list[str]]]:
        """For every file in the folder that shows a picture, by path: the files outside the folder
        that show the same."""
        where, bounds = _below(folder)
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

    def seen_below(self, folder: str) -> set[FileStamp]:
        """(path, size, mtime) of every known file in the folder, as the disk had it."""
        where, bounds = _below(folder)
        rows = self._db.execute(f"SELECT path, size, mtime_ns FROM file WHERE {where}", bounds)
        return set(rows)

    def skipped_below(self, folder: str) -> tuple[set[bytes], set[bytes]]:
        """Paths of the files in the folder that were skipped, and those of them worth another
        try."""
        where, bounds = _below(folder)
        rows = self._db.execute(
            "SELECT path, reason FROM file INDEXED BY file_reason"
            f" WHERE reason IS NOT NULL AND {where}",
            bounds,
        ).fetchall()
        return {path for path, _ in rows}, {path for path, why in rows if why in RETRIED}

    def lacking_below(self, folder: str, spec: ModelSpec, many: bool = False) -> set[bytes]:
        """Paths of the pictures in the folder that this model, in just this version, has neither
        embedded nor failed on. many: count first, since all of many are seldom looked up for
        nothing."""
        state = self.model_states().get(spec.name)
        current = state is not None and state.fits(spec)
        if many and current and self._tried_all(spec.name):
            return set()
        where, bounds = _below(folder)
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
        return int(tried) == self.picture_count()

    def picture_of(self, path: str) -> int | None:
        """The content id of a known file's picture; None if it has none."""
        rows = self._db.execute("SELECT picture FROM file WHERE path = ?", (os.fsencode(path),))
        return next((picture for (picture,) in rows), None)

    def has_unchanged(self, path: str, size: int, mtime_ns: int) -> bool:
        """Whether a file is known with a picture, and of this size and time."""
        rows = self._db.execute(
            "SELECT 1 FROM file WHERE path = ? AND size = ? AND mtime_ns = ? AND picture NOT NULL",
            (os.fsencode(path), size, mtime_ns),
        )
        return rows.fetchone() is not None

    def skipped_files(self) -> list[FileRecord]:
        rows = self._db.execute(f"{_FILES} WHERE reason IS NOT NULL ORDER BY path")
        return [_known_file(row) for row in rows]

    def crashed_paths(self) -> set[str]:
        """Files that were skipped because they crashed a decoder or kept it busy without end."""
        rows = self._db.execute(
            "SELECT path FROM file WHERE reason IN (?, ?)", (Reason.CRASHED, Reason.TOO_SLOW)
        )
        return {os.fsdecode(path) for (path,) in rows}

    def skipped_count(self) -> int:
        rows = self._db.execute("SELECT COUNT(*) FROM file WHERE reason IS NOT NULL")
        return int(rows.fetchone()[0])

    def put_file(self, file: FileRecord) -> None:
        reason = None if file.reason is None else str(file.reason)
        path = os.fsencode(file.path)
        row = path, file.size, file.mtime_ns, file.picture, reason, file.detail or None
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, row_crc(*row))
        )

    def remove_files(self, paths: Iterable[str]) -> None:
        self._db.executemany(
            "DELETE FROM file WHERE path = ?", ((os.fsencode(path),) for path in paths)
        )

    def remove_files_of(self, picture: int) -> None:
        self._db.execute("DELETE FROM file WHERE picture = ?", (picture,))

    # Pictures

    def put_picture(self, picture: int, facts: PictureFacts) -> None:
        row = picture, facts.width, facts.height, facts.format, facts.taken, facts.orientation
        self._db.execute(
            "INSERT OR IGNORE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (*row, row_crc(*row)),
        )

    def put_thumb(self, picture: int, crc: int) -> None:
        """Note the CRC-32 of the picture's new thumbnail."""
        self._db.execute("UPDATE picture SET thumb = ? WHERE id = ?", (crc, picture))

    def thumbs(self) -> dict[int, int | None]:
        """For each picture the CRC-32 of its thumbnail's file; None while unknown."""
        return dict(self._db.execute("SELECT id, thumb FROM picture"))

    def pictures_in(
        self, folder: str | None, taken_from: str | None, taken_until: str | None
    ) -> NDArray[np.int64]:
        """int64 [N]: the pictures with a place in the folder, taken on these days (ISO dates, both
        included); one that does not say when counts by its file's time."""
        import numpy as np

        wheres, bounds = ["TRUE"], list[Any]()
        if folder:
            where, below = _below(folder)
            wheres.append(where)
            bounds += below
        for day, sign, edge in (
            (taken_from, ">=", begin_of_day(taken_from)),
            (taken_until, "<", begin_of_day(taken_until, 1)),
        ):
            if day:
                wheres.append(
                    f"iif(taken IS NULL, mtime_ns {sign} ?, date(taken) {sign.rstrip('=')}= ?)"
                )
                bounds += [edge, day]
        rows = self._db.execute(
            "SELECT DISTINCT picture FROM file JOIN picture ON picture.id = file.picture"
            f" WHERE {' AND '.join(wheres)}",
            bounds,
        )
        return np.fromiter((picture for (picture,) in rows), np.int64)

    def first_paths(self, number: int) -> list[str]:
        """A place of each of so many pictures, in the order of their ids."""
        rows = self._db.execute(
            "SELECT MIN(path) FROM file WHERE picture IS NOT NULL"
            " GROUP BY picture ORDER BY picture LIMIT ?",
            (number,),
        )
        return [os.fsdecode(path) for (path,) in rows]

    def picture_count(self) -> int:
        (count,) = self._db.execute("SELECT COUNT(*) FROM picture").fetchone()
        return int(count)

    def pictures(self, ids: Iterable[int]) -> dict[int, PictureRecord]:
        """The pictures that are there, each with all its places (at least one)."""
        found = {}
        for picture in dict.fromkeys(ids):
            paths = self._db.execute(
                "SELECT path FROM file WHERE picture = ? ORDER BY path", (picture,)
            ).fetchall()
            facts = self._db.execute(
                "SELECT width, height, format, taken, orientation FROM picture WHERE id = ?",
                (picture,),
            ).fetchone()
            if paths and facts:
                places = tuple(os.fsdecode(path) for (path,) in paths)
                found[picture] = PictureRecord(picture, PictureFacts(*facts), places)
        return found

    def pictures_without_file(self) -> list[int]:
        (shown,) = self._db.execute("SELECT COUNT(DISTINCT picture) FROM file").fetchone()
        if shown == self.picture_count():  # the plain case, five times as fast
            return []
        rows = self._db.execute(
            "SELECT id FROM picture WHERE id NOT IN"
            " (SELECT picture FROM file WHERE picture IS NOT NULL)"
        )
        return [picture for (picture,) in rows]

    # Models and embeddings

    def model_states(self) -> dict[str, ModelState]:
        rows = self._db.execute(
            "SELECT name, version, sha256, dimension, rows, generation, removals,"
            " coalesce((SELECT epoch FROM library), '') FROM model"
        )
        return {row[0]: ModelState(*row) for row in rows}

    def put_model(self, spec: ModelSpec) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO model (name, version, sha256, dimension) VALUES (?, ?, ?, ?)",
            (spec.name, spec.version, spec.sha256, spec.dimension),
        )

    def remove_model(self, name: str) -> None:
        self._db.execute("DELETE FROM model WHERE name = ?", (name,))

    def embedded_counts(self) -> dict[str, int]:
        """How many pictures each model has embedded."""
        return dict(self._db.execute("SELECT model, COUNT(*) FROM embedding GROUP BY model"))

    def embedded_pictures(self, model: str) -> NDArray[np.int64]:
        """The content ids of the model's embeddings, int64 [N]."""
        import numpy as np

        rows = self._db.execute("SELECT picture FROM embedding WHERE model = ?", (model,))
        return np.fromiter((picture for (picture,) in rows), np.int64)

    def embeddings(self, model: str, from_row: int = 0) -> NDArray[np.int64]:
        """int64 [N, 3]: picture, row, CRC-32 of the model's embeddings, by row."""
        import numpy as np

        rows = self._db.execute(
            "SELECT picture, row, crc FROM embedding WHERE model = ? AND row >= ? ORDER BY row",
            (model, from_row),
        )
        return np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 3)

    def add_embeddings(self, model: str, rows: Iterable[tuple[int, int, int]]) -> None:
        """Note (picture, row, CRC-32) and that the matrix now ends behind the last row."""
        noted = [(model, *row) for row in rows]
        self._db.executemany("INSERT INTO embedding VALUES (?, ?, ?, ?)", noted)
        self._db.executemany(
            "DELETE FROM failure WHERE model = ? AND picture = ?", (row[:2] for row in noted)
        )
        end = 1 + max(row for _, _, row, _ in noted)
        self._db.execute("UPDATE model SET rows = MAX(rows, ?) WHERE name = ?", (end, model))

    def doom(self, model: str, pictures: Iterable[int]) -> None:
        """Take pictures out of a model's embeddings, and note them for deletion in Milvus."""
        pairs = [(model, picture) for picture in pictures]
        self._db.executemany("DELETE FROM embedding WHERE model = ? AND picture = ?", pairs)
        self._db.executemany("INSERT OR IGNORE INTO doomed VALUES (?, ?)", pairs)
        self._db.execute("UPDATE model SET removals = removals + 1 WHERE name = ?", (model,))

    def doom_pictures(self, pictures: list[int]) -> None:
        """Remove pictures from the catalogue; every model's vectors of them are doomed."""
        import numpy as np

        for model in self.model_states():
            counted = self.embeddings(model)[:, 0]
            gone = np.intersect1d(counted, np.array(pictures, dtype=np.int64))
            if len(gone):
                self.doom(model, gone.tolist())
        self._db.executemany("DELETE FROM picture WHERE id = ?", ((p,) for p in pictures))

    def doomed(self) -> dict[str, list[int]]:
        listed: dict[str, list[int]] = {}
        for model, picture in self._db.execute("SELECT model, picture FROM doomed"):
            listed.setdefault(model, []).append(picture)
        return listed

    def strike_off(self, model: str) -> None:
        """The model's doomed vectors are gone from Milvus."""
        self._db.execute("DELETE FROM doomed WHERE model = ?", (model,))

    def renumber(self, model: str, pictures: NDArray[np.int64]) -> None:
        """The matrix was written anew with these pictures as rows 0, 1, 2 …: a new generation."""
        self._db.execute("UPDATE embedding SET row = -1 - row WHERE model = ?", (model,))
        self._db.executemany(
            "UPDATE embedding SET row = ? WHERE model = ? AND picture = ?",
            ((row, model, picture) for row, picture in enumerate(pictures.tolist())),
        )
        self._db.execute(
            "UPDATE model SET rows = ?, generation = generation + 1, removals = removals + 1"
            " WHERE name = ?",
            (len(pictures), model),
        )
        renew_epoch(self._db)

    def renew_epoch(self) -> None:
        """The library was repaired: what readers have read of it before no longer counts."""
        renew_epoch(self._db)

    # Settings

    @property
    def content_hash(self) -> ContentHash:
        """The hash that this library's content ids are made with."""
        kept = self.setting(CONTENT_HASH)
        return ContentHash(kept) if kept in set(ContentHash) else ContentHash.BLAKE3

    def setting(self, key: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        try:
            return default if row is None else json.loads(row[0])
        except ValueError as error:
            raise sqlite3.DatabaseError(
                tr("the setting “{key}” is damaged").format(key=key)
            ) from error

    def put_setting(self, key: str, value: Any) -> None:
        row = key, json.dumps(value)
        self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (*row, row_crc(*row)))

    def remove_setting(self, key: str) -> None:
        self._db.execute("DELETE FROM setting WHERE key = ?", (key,))


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_existing(home: Home) -> Catalogue:
    """The catalogue of a library that is there already. Raises FinderError where none is."""
    if not home.catalogue.is_file() and not list_backups(home):
        raise FinderError(
            tr("There is no library in {home} yet.").format(home=home.root),
            tr("Index a folder first: image-finder index FOLDER"),
        )
    return Catalogue(home)


def _below(folder: str) -> tuple[str, tuple[bytes, bytes]]:
    """A condition on `path` for what lies in a folder, which the path's index serves."""
    prefix = os.fsencode(folder.rstrip(os.sep) + os.sep)
    return "path >= ? AND path < ?", (prefix, prefix[:-1] + bytes([prefix[-1] + 1]))


_FILES = "SELECT path, size, mtime_ns, picture, reason, detail FROM file"


def _known_file(row: tuple[Any, ...]) -> FileRecord:
    path, size, mtime_ns, picture, reason, detail = row
    return FileRecord(
        os.fsdecode(path),
        size,
        mtime_ns,
        picture,
        reason_of(reason) if reason else None,
        detail or "",
    )


def reason_of(text: str) -> Reason:
    """The reason with this stored value. One that is not known is told as DAMAGED."""
    return Reason(text) if text in set(Reason) else Reason.DAMAGED
