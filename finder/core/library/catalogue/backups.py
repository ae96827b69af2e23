"""Backups of the catalogue: what the user has entered cannot be recreated from the pictures.

One before each change of format, one a day; the last three are kept. A damaged catalogue never
replaces an intact backup. Each backup has a number in its file name, higher than those before it:
which one is the newest does not depend on a clock that may have been wrong.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.schema import (
    CHECKED_COLUMNS,
    USER_TABLES,
    VERSION,
    row_crc,
    version_of,
)
from finder.core.library.check.folder_check import require_no_obstacle

if TYPE_CHECKING:
    from finder.core.paths import Home

KEPT_BACKUPS: Final = 3
_A_DAY: Final = 24 * 3_600.0
_PART_SECONDS: Final = 3_600.0
"""A file that is older was left incomplete by a killed process."""
_STAMP: Final = "%Y%m%d-%H%M%S"
_NAME: Final = re.compile(r"catalogue-(\d{8}-\d{6})(?:-.*?)??(?:-copy-(\d{1,18}))?", re.DOTALL)
"""When a backup was made, the reason, and its number, which earlier versions did not write."""


@dataclass(frozen=True)
class Backup:
    """A backup of the catalogue. made: when, in UTC, by the clock of that time; bytes of its file;
    number: 1, 2, 3 … in the order in which they were made, 0 for those of earlier versions."""

    path: Path
    made: datetime
    bytes: int
    number: int = 0

    @property
    def name(self) -> str:
        return self.path.stem.removeprefix("catalogue-")


def list_backups(home: Home) -> list[Backup]:
    """The backups that exist, the newest first."""
    found = []
    for path in home.backups.glob("catalogue-*.sqlite"):
        with suppress(ValueError, OSError):
            if name := _NAME.fullmatch(path.stem):
                made = datetime.strptime(name[1], _STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, made, path.stat().st_size, int(name[2] or 0)))
    return sorted(found, key=_age_order, reverse=True)


def _age_order(backup: Backup) -> tuple[int, bool, str]:
    """Of the backups without a number, those dated in the future count as the oldest."""
    return backup.number, backup.made <= _now(), backup.path.name


def _now() -> datetime:
    return datetime.now(UTC)


def is_due(home: Home) -> bool:
    """Whether the newest backup is a day old, or dated in the future."""
    age = [(_now() - backup.made).total_seconds() for backup in list_backups(home)[:1]]
    return not age or not 0 <= age[0] < _A_DAY


def make_backup(home: Home, db: sqlite3.Connection, why: str = "") -> Backup:
    """Copy the catalogue as it is now. why: a word for the file's name, the same in every language.

    Raises FinderError where the catalogue is damaged or the backup cannot be written.
    """
    made = _now()
    number = 1 + max((backup.number for backup in list_backups(home)), default=0)
    name = "-".join(filter(None, ["catalogue", made.strftime(_STAMP), why, "copy", str(number)]))
    target = home.backups / f"{name}.sqlite"
    require_no_obstacle(home.backups)
    # two programs may do this at the same time
    part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        home.backups.mkdir(mode=0o700, exist_ok=True)
        copy_database(db, part)
        size = part.stat().st_size
        os.replace(part, target)
        others = [backup for backup in list_backups(home) if backup.path != target]
        for old in others[KEPT_BACKUPS - 1 :]:
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
    """Delete incomplete files that killed processes have left. The writer's lock must be held."""
    for path in (*home.backups.glob("*.part"), *home.root.glob("catalogue.*.part")):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _PART_SECONDS:
                path.unlink()


def find_backup(home: Home, name: str) -> Backup:
    """The backup with this name; “latest” is the newest. Raises FinderError."""
    backups = list_backups(home)
    for backup in backups:
        if name in ("latest", backup.name):
            return backup
    raise FinderError(
        tr("There is no backup “{name}”.").format(name=name),
        tr("Choose one of these: {names}.").format(
            names=", ".join(backup.name for backup in backups) or "–"
        ),
    )


def copy_database(db: sqlite3.Connection, target: Path, checked: bool = True) -> None:
    """Write a copy of the database as one file, synced to the disk. checked: verify that it is
    intact.

    Raises OSError, sqlite3.Error.
    """
    remove_database(target)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        if checked:
            require_sound(copy)
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def remove_database(path: Path) -> None:
    """Delete it with its log: one that a killed process has left would be applied to the next
    file."""
    for ending in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def require_sound(db: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a catalogue that is damaged."""
    (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise sqlite3.DatabaseError(answer)
    if version_of(db) == 0:
        raise sqlite3.DatabaseError(tr("it is empty"))
    if version_of(db) == VERSION:
        for table in USER_TABLES:
            if damaged_rows(db, table):
                raise sqlite3.DatabaseError(tr("a row of “{table}” is damaged").format(table=table))


def damaged_rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table whose checksum does not match: the checked columns of each."""
    columns = CHECKED_COLUMNS[table]
    rows = db.execute(f"SELECT crc, {columns} FROM {table}")
    return [row[1:] for row in rows if row_crc(*row[1:]) != row[0]]
