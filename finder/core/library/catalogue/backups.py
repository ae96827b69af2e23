"""Copies of the catalogue: what the user made cannot be made again from pictures.

One before each change of format, one a day; the last three are kept. A copy that is not sound does
not push a sound one out. Each has a number in its file name, higher than those before it: which
copy is the newest does not depend on a clock that may have been wrong.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.schema import (
    CHECKED_COLUMNS,
    VERSION,
    migrate,
    renew_epoch,
    row_crc,
    version_of,
)
from finder.core.library.check.folder_check import require_no_obstacle
from finder.core.paths import Home

KEPT: Final = 3
_A_DAY: Final = 24 * 3_600.0
_IN_THE_MAKING: Final = 3_600.0
_STAMP: Final = "%Y%m%d-%H%M%S"
_NAME: Final = re.compile(r"catalogue-(\d{8}-\d{6})(?:-.*?)??(?:-copy-(\d{1,18}))?", re.DOTALL)
"""When a copy was made, a word on why, and its number, which earlier versions did not give."""


@dataclass(frozen=True)
class Backup:
    """A copy of the catalogue. made: when, in UTC, as the clock was then; bytes of its file;
    number: 1, 2, 3 … in the order in which they were made, 0 for those of earlier versions."""

    path: Path
    made: datetime
    bytes: int
    number: int = 0

    @property
    def name(self) -> str:
        return self.path.stem.removeprefix("catalogue-")


def list_backups(home: Home) -> list[Backup]:
    """The copies that are kept, the newest first."""
    found = []
    for path in home.copies.glob("catalogue-*.sqlite"):
        with suppress(ValueError, OSError):
            if name := _NAME.fullmatch(path.stem):
                made = datetime.strptime(name[1], _STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, made, path.stat().st_size, int(name[2] or 0)))
    return sorted(found, key=_newness, reverse=True)


def _newness(copy: Backup) -> tuple[int, bool, str]:
    """Of the copies without a number, those dated in the future count as the oldest."""
    return copy.number, copy.made <= _now(), copy.path.name


def _now() -> datetime:
    return datetime.now(UTC)


def is_due(home: Home) -> bool:
    """Whether the newest copy is a day old, or dated in the future."""
    age = [(_now() - copy.made).total_seconds() for copy in list_backups(home)[:1]]
    return not age or not 0 <= age[0] < _A_DAY


def make_backup(home: Home, db: sqlite3.Connection, why: str = "") -> Backup:
    """Copy the catalogue as it is now. why: a word for the copy's name, the same in every language.

    Raises FinderError where the catalogue is damaged or the copy cannot be written.
    """
    made = _now()
    number = 1 + max((copy.number for copy in list_backups(home)), default=0)
    name = "-".join(filter(None, ["catalogue", made.strftime(_STAMP), why, "copy", str(number)]))
    target = home.copies / f"{name}.sqlite"
    # two programs may do this at the same time
    require_no_obstacle(home.copies)
    part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        home.copies.mkdir(mode=0o700, exist_ok=True)
        _copy(db, part)
        size = part.stat().st_size
        os.replace(part, target)
        others = [copy for copy in list_backups(home) if copy.path != target]
        for old in others[KEPT - 1 :]:
            old.path.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise FinderError(
            tr("No backup of the catalogue could be made: {why}.").format(why=error),
            tr("Check the free space of the library's disk, and run “image-finder check”."),
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return Backup(target, made, size, number)


def remove_parts(home: Home) -> None:
    """Delete what killed processes have left half made. The writer's lock must be held."""
    for path in (*home.copies.glob("*.part"), *home.root.glob("catalogue.*.part")):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _IN_THE_MAKING:
                path.unlink()


def find_backup(home: Home, name: str) -> Backup:
    """The copy with this name; “latest” is the newest. Raises FinderError."""
    copies = list_backups(home)
    for copy in copies:
        if name in ("latest", copy.name):
            return copy
    raise FinderError(
        tr("There is no backup “{name}”.").format(name=name),
        tr("Choose one of these: {names}.").format(names=", ".join(c.name for c in copies) or "–"),
    )


def restore(home: Home, copy: Backup) -> None:
    """Make the copy the catalogue again. The writer's lock must be held.

    The library gets a new epoch with it. The catalogue that it replaces is kept aside as
    `catalogue.before-restore.sqlite`, or with a number behind it. Raises FinderError.
    """
    try:
        with closing(sqlite3.connect(copy.path, isolation_level=None)) as source:
            require_sound(source)
            version_of(source)
            _put_in_place(home, _prepared(home, source))
    except (OSError, sqlite3.Error) as error:
        raise FinderError(
            tr("The backup {name} could not be restored: {why}.").format(name=copy.name, why=error),
            tr("Choose another backup, or check the free space."),
        ) from error


def _prepared(home: Home, source: sqlite3.Connection) -> Path:
    """A file beside the catalogue with the copy in this program's format, in a new epoch. Both
    come with the rows in one step: a process that is killed never leaves rows of one epoch under
    another."""
    fresh = home.catalogue.with_name("catalogue.restored.part")
    _copy(source, fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        migrate(db)
        renew_epoch(db)
    return fresh


def _put_in_place(home: Home, fresh: Path) -> None:
    """Through SQLite while the present catalogue can be read, so that open windows go on; a damaged
    one is moved away."""
    aside = _free_name(home)
    part = aside.with_suffix(".part")
    is_there = home.catalogue.is_file() and home.catalogue.stat().st_size > 0
    with closing(sqlite3.connect(home.catalogue, isolation_level=None, timeout=30)) as db:
        try:
            if is_there:
                _copy(db, part, checked=False)
                os.replace(part, aside)
            with closing(sqlite3.connect(fresh, isolation_level=None)) as source:
                source.backup(db)
            with suppress(OSError):
                fresh.unlink()
            return
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
    _exchange(home, fresh, aside)


def _free_name(home: Home) -> Path:
    """Where the present catalogue can be kept: none that was kept before is lost."""
    aside, number = home.catalogue.with_name("catalogue.before-restore.sqlite"), 2
    while aside.exists():
        aside = aside.with_name(f"catalogue.before-restore-{number}.sqlite")
        number += 1
    return aside


Kept = dict[str, list[tuple[bytes | str, str, int]]]
"""For each table that cannot be made again, its sound rows."""


def readable(home: Home) -> Kept:
    """Folders and settings, as far as the present catalogue, damaged or not, gives them."""
    return {table: _readable(home, table) for table in ("folder", "setting")}


def bring_back(home: Home, kept: Kept) -> None:
    """Add to a restored catalogue what the one that it replaces still had: it is newer. Raises
    sqlite3.Error."""
    with closing(sqlite3.connect(home.catalogue, isolation_level=None, timeout=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        for table, rows in kept.items():
            db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")


def salvage(home: Home) -> int:
    """A new catalogue with what can still be read of a damaged one: folders and settings. Gives
    how many folders. The damaged one is kept aside."""
    fresh = home.catalogue.with_name("catalogue.restored.part")
    _remove_database(fresh)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        migrate(db)
        for table in ("folder", "setting"):
            for row in _readable(home, table):
                db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", row)
        (folders,) = db.execute("SELECT COUNT(*) FROM folder").fetchone()
    _exchange(home, fresh, _free_name(home))
    return int(folders)


def _readable(home: Home, table: str) -> list[tuple[bytes | str, str, int]]:
    """Sound rows with their checksum, as far as a damaged table gives them."""
    rows: list[tuple[bytes | str, str, int]] = []
    with suppress(sqlite3.Error), closing(sqlite3.connect(home.catalogue)) as db:
        columns = CHECKED_COLUMNS[table]
        found = db.execute(f"SELECT {columns}, crc FROM {table} NOT INDEXED")
        rows.extend(row for row in found if row_crc(*row[:-1]) == row[-1])  # up to the damage
    return rows


def _exchange(home: Home, fresh: Path, aside: Path) -> None:
    """Put a whole new catalogue in the place of the present one, which is kept aside.

    There is one at every moment: a process that is killed here leaves either, never none, which
    would pass for a new library.
    """
    with suppress(FileNotFoundError):
        if home.catalogue.stat().st_size > 0:
            aside.unlink(missing_ok=True)
            _duplicate(home.catalogue, aside)
    for ending in ("-wal", "-shm"):
        Path(f"{home.catalogue}{ending}").unlink(missing_ok=True)
    os.replace(fresh, home.catalogue)


def _duplicate(path: Path, target: Path) -> None:
    try:
        os.link(path, target)  # takes no space
    except FileNotFoundError:
        raise
    except OSError:  # FAT has no links
        shutil.copyfile(path, target)


def _copy(db: sqlite3.Connection, target: Path, checked: bool = True) -> None:
    _remove_database(target)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        db.backup(copy)
        # so that it is one file, whatever is beside it
        copy.execute("PRAGMA journal_mode = DELETE")
        if checked:
            require_sound(copy)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def _remove_database(path: Path) -> None:
    """With its log: one that a killed process has left would be applied to the next file."""
    for ending in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def require_sound(db: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a catalogue that is damaged."""
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)
    if version_of(db) == 0:
        raise sqlite3.DatabaseError(tr("it is empty"))
    if version_of(db) == VERSION:
        for table in ("folder", "setting"):
            if damaged_rows(db, table):
                raise sqlite3.DatabaseError(tr("a row of “{table}” is damaged").format(table=table))


def damaged_rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table whose checksum does not fit them: the checked columns of each."""
    columns = CHECKED_COLUMNS[table]
    rows = db.execute(f"SELECT crc, {columns} FROM {table}")
    return [row[1:] for row in rows if row_crc(*row[1:]) != row[0]]
