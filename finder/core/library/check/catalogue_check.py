"""The full check's look at the catalogue and its copies. The writer's lock is held."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.backups import (
    Backup,
    bring_back,
    damaged_rows,
    list_backups,
    readable,
    require_sound,
    restore,
    salvage,
)
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.schema import row_crc, version_of
from finder.core.library.check.findings import Finding, repairable
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home


def check_copies(home: Home, repair: bool) -> list[Finding]:
    """Damaged copies are removed, so that nobody counts on them."""
    findings = []
    for copy in list_backups(home):
        why = _fault_of(copy)
        if why:
            if repair:
                copy.path.unlink()
            sentence = tr("The catalogue's backup {name} is damaged: {why}.")
            told = sentence.format(name=copy.name, why=why)
            findings.append(repairable(told, "copy", copy.name, done=repair))
    return findings


def _is_damage(error: BaseException | None) -> bool:
    """Not of the disk, nor of another program that is just using it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return isinstance(error, sqlite3.Error) and code not in _PASSING


_PASSING = {
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
}


CATALOGUE = ("catalogue",)
"""What `check_catalogue` finds is about this; while it is not repaired, nothing else is checked."""


def check_catalogue(home: Home, repair: bool) -> list[Finding]:
    """Whether SQLite can read all of it."""
    why = _damage(home)
    if not why:
        return []
    sentence = tr("The catalogue is damaged: {why}.").format(why=why)
    if not repair:
        return [repairable(sentence, *CATALOGUE, again=True)]
    brought, again = _bring_back(home)
    return [repairable(f"{sentence} {brought}", *CATALOGUE, again=again, done=True)]


def _bring_back(home: Home) -> tuple[str, bool]:
    """Repair a damaged catalogue. (a sentence on how, whether pictures are to be indexed again)."""
    if _index_was_all(home):
        return tr("Its index was rebuilt."), False
    kept = readable(home)
    for copy in list_backups(home):
        try:
            restore(home, copy)
        except FinderError as error:
            if _is_damage(error.__cause__) or error.__cause__ is None:  # None: a newer format
                continue
            raise
        bring_back(home, kept)
        return tr("The backup {name} was restored.").format(name=copy.name), True
    folders = salvage(home)
    begun = trn(
        "A new one was created, with the {n} folder that could be read.",
        "A new one was created, with the {n} folders that could be read.",
        folders,
    )
    return begun, True


def check_rows(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Every row of the catalogue against its checksum."""
    return [
        *_check_files(writer, repair),
        *_check_folders(writer, repair),
        *_check_settings(writer, repair),
        *_check_failures(writer, repair),
    ]


def _check_files(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Files whose row is damaged, or their picture's, are looked at again by the next run."""
    db = writer.catalogue.connection
    paths = [row[0] for row in damaged_rows(db, "file")]
    paths += [row[0] for row in db.execute(_WITHOUT_PICTURE)]
    pictures = [row[0] for row in damaged_rows(db, "picture")]
    if not paths and not pictures:
        return []
    if repair:
        writer.removals.forget_damaged(paths, pictures)
    sentence = trn(
        "The catalogue's entry for {n} picture is damaged.",
        "The catalogue's entries for {n} pictures are damaged.",
        len(paths) + len(pictures),
    )
    return [repairable(sentence, "entries", again=True, done=repair)]


_WITHOUT_PICTURE = (
    "SELECT path FROM file WHERE picture IS NOT NULL AND picture NOT IN (SELECT id FROM picture)"
)


def _check_folders(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """A damaged row is taken from a copy; without one, only the user knows the name."""
    findings = []
    catalogue = writer.catalogue
    damaged = damaged_rows(catalogue.connection, "folder")
    kept = _rows_of_copies(writer.home, "folder") if damaged else []
    doubtful = {path for path, _ in damaged}
    for path, added in damaged:
        known = {row[0] for row in catalogue.connection.execute("SELECT path FROM folder")}
        lost = [row for row in kept if row[0] not in known - doubtful]
        lost.sort(key=lambda row: (row[0] == path, row[1] == added), reverse=True)
        right = lost[0] if lost else None
        doubtful.discard(path)
        if repair and right is not None:
            with catalogue.transaction():
                db = catalogue.connection
                db.execute("DELETE FROM folder WHERE path = ?", (path,))
                db.execute("INSERT INTO folder VALUES (?, ?, ?)", (*right, row_crc(*right)))
        sentence = tr("The name of the folder {path} is damaged.").format(path=repr(path))
        findings.append(_told_of_folder(sentence, repr(path), repair, right is not None))
    return findings


def _told_of_folder(sentence: str, path: str, repair: bool, has_copy: bool) -> Finding:
    if repair and not has_copy:
        hint = tr("Remove it from the library, then add the right folder.")
        return Finding(sentence, hint, about=("folder", path))
    return repairable(sentence, "folder", path, again=repair, done=repair)


def _check_settings(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """A damaged setting is taken from a copy, else it has its default again."""
    damaged = damaged_rows(writer.catalogue.connection, "setting")
    if not damaged:
        return []
    if repair:
        kept = dict(_rows_of_copies(writer.home, "setting"))
        db = writer.catalogue.connection
        with writer.catalogue.transaction():
            for key, _ in damaged:
                db.execute("DELETE FROM setting WHERE key = ?", (key,))
            for row in kept.items():
                db.execute("INSERT OR IGNORE INTO setting VALUES (?, ?, ?)", (*row, row_crc(*row)))
    sentence = trn("{n} setting is damaged.", "{n} settings are damaged.", len(damaged))
    return [repairable(sentence, "settings", done=repair)]


def _check_failures(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Where it is not known any more why a model failed on a picture, it tries again."""
    damaged = damaged_rows(writer.catalogue.connection, "failure")
    if not damaged:
        return []
    if repair:
        with writer.catalogue.transaction():
            writer.catalogue.failures.remove([(row[0], row[1]) for row in damaged])
    sentence = trn(
        "The record of why a model could not use a picture is damaged for {n} picture.",
        "The records of why models could not use pictures are damaged for {n} pictures.",
        len(damaged),
    )
    return [repairable(sentence, "failures", done=repair, again=True)]


def _rows_of_copies(home: Home, table: str) -> list[tuple[bytes | str, str]]:
    """The sound rows of a table in the newest copy that can be read."""
    for copy in list_backups(home):
        with suppress(sqlite3.Error), closing(sqlite3.connect(copy.path)) as db:
            damaged = set(damaged_rows(db, table))
            columns = {"folder": "path, added", "setting": "key, value"}[table]
            rows = db.execute(f"SELECT {columns} FROM {table}").fetchall()
            return [row for row in rows if row not in damaged]
    return []


def _damage(home: Home) -> str:
    """Why the catalogue cannot be used; empty if it can. Raises FinderError for other faults."""
    try:
        with closing(Catalogue(home)) as catalogue:
            said = [row[0] for row in catalogue.connection.execute("PRAGMA integrity_check(5)")]
    except FinderError as error:
        damaged = isinstance(error.__cause__, sqlite3.DatabaseError)
        if not damaged and home.catalogue.is_file() and home.catalogue.stat().st_size:
            raise
        return error.sentence.rstrip(".")
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == ["ok"] else str(said[0]).splitlines()[0]


def _index_was_all(home: Home) -> bool:
    """Make SQLite's indexes anew; whether the catalogue is sound then."""
    with suppress(sqlite3.Error, FinderError), closing(Catalogue(home)) as catalogue:
        catalogue.connection.execute("REINDEX")
        catalogue.renew_epoch()
        return not _damage(home)
    return False


def _fault_of(copy: Backup) -> str:
    try:
        with closing(sqlite3.connect(copy.path)) as db:
            require_sound(db)
            version_of(db)
    except FinderError:  # a newer program's
        return ""
    except sqlite3.Error as error:
        return str(error) if _is_damage(error) else ""
    return ""
