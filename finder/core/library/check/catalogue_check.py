"""The full check of the catalogue and its backups. The writer's lock is held."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.backups import (
    Backup,
    damaged_rows,
    list_backups,
    require_sound,
)
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.folded_text import folded_path
from finder.core.library.catalogue.restore import add_user_rows, read_user_rows, restore, salvage
from finder.core.library.catalogue.schema import CHECKED_COLUMNS, row_crc, version_of
from finder.core.library.catalogue.tables.saved_search_table import search_of_key
from finder.core.library.check.findings import Finding, repairable
from finder.core.library.check.word_check import check_texts, check_words

if TYPE_CHECKING:
    from finder.core.library.writer import LibraryWriter
    from finder.core.paths import Home


def check_backups(home: Home, repair: bool) -> list[Finding]:
    """Damaged backups are deleted: nothing can be restored from them."""
    findings = []
    for backup in list_backups(home):
        why = _fault_of(backup)
        if why:
            if repair:
                backup.path.unlink()
            sentence = tr("The catalogue's backup {name} is damaged: {why}.")
            text = sentence.format(name=backup.name, why=why)
            findings.append(repairable(text, "copy", backup.name, done=repair))
    return findings


def _is_damage(error: BaseException | None) -> bool:
    """Whether the error means a damaged file, rather than a faulty disk or another program that is
    using it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return isinstance(error, sqlite3.Error) and code not in _TEMPORARY


_TEMPORARY = {
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
}


CATALOGUE = ("catalogue",)
"""The subject of what `check_catalogue` finds; until it is repaired, nothing else is checked."""


def check_catalogue(home: Home, repair: bool) -> list[Finding]:
    """Whether SQLite can read all of it."""
    why = _damage(home)
    if not why:
        return []
    sentence = tr("The catalogue is damaged: {why}.").format(why=why)
    if not repair:
        return [repairable(sentence, *CATALOGUE, needs_indexing=True)]
    repaired, reindex = _restore_newest(home)
    return [repairable(f"{sentence} {repaired}", *CATALOGUE, needs_indexing=reindex, done=True)]


def _restore_newest(home: Home) -> tuple[str, bool]:
    """Repair a damaged catalogue. (a sentence on how, whether pictures are to be indexed again)."""
    if _reindex(home):
        return tr("Its index was rebuilt."), False
    rows = read_user_rows(home)
    for backup in list_backups(home):
        try:
            restore(home, backup)
        except FinderError as error:
            if _is_damage(error.__cause__) or error.__cause__ is None:  # None: a newer format
                continue
            raise
        add_user_rows(home, rows)
        return tr("The backup {name} was restored.").format(name=backup.name), True
    folders = salvage(home)
    begun = trn(
        "A new one was created, with the {n} folder that could be read.",
        "A new one was created, with the {n} folders that could be read.",
        folders,
    )
    return begun, True


def check_rows(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Compare every row of the catalogue with its checksum."""
    return [
        *_check_files(writer, repair),
        *_check_folders(writer, repair),
        *_check_settings(writer, repair),
        *_check_failures(writer, repair),
        *_check_removed(writer, repair),
        *_check_folded(writer, repair),
        *check_texts(writer, repair),
        *check_words(writer, repair),
    ]


def _check_files(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Files whose row, or whose picture's row, is damaged are indexed again by the next run."""
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
    return [repairable(sentence, "entries", needs_indexing=True, done=repair)]


_WITHOUT_PICTURE = (
    "SELECT path FROM file WHERE picture IS NOT NULL AND picture NOT IN (SELECT id FROM picture)"
)


def _check_folders(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """A damaged row is restored from a backup; without one, only the user knows the name."""
    findings = []
    catalogue = writer.catalogue
    damaged = damaged_rows(catalogue.connection, "folder")
    kept = _rows_of_backup(writer.home, "folder") if damaged else []
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
        findings.append(_folder_finding(sentence, repr(path), repair, right is not None))
    return findings


def _folder_finding(sentence: str, path: str, repair: bool, has_backup: bool) -> Finding:
    if repair and not has_backup:
        hint = tr("Remove it from the library, then add the right folder.")
        return Finding(sentence, hint, about=("folder", path))
    return repairable(sentence, "folder", path, needs_indexing=repair, done=repair)


def _check_settings(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """A damaged setting is restored from a backup; without one, it has its default again, and a
    saved search is removed."""
    damaged = damaged_rows(writer.catalogue.connection, "setting")
    if not damaged:
        return []
    if repair:
        _restore_rows(writer, "setting", damaged)
    searches = [name for key, _ in damaged if (name := search_of_key(key)) is not None]
    left = writer.catalogue.searches.names()
    findings = [_search_finding(name, repair, name in left) for name in searches]
    others = len(damaged) - len(searches)
    if others:
        sentence = trn("{n} setting is damaged.", "{n} settings are damaged.", others)
        findings.append(repairable(sentence, "settings", done=repair))
    return findings


def _search_finding(name: str, repair: bool, has_backup: bool) -> Finding:
    sentence = tr("The saved search “{name}” is damaged.").format(name=name)
    if repair and not has_backup:
        sentence += " " + tr("No backup has it, and it was removed: save it again.")
    return repairable(sentence, "search", name, done=repair)


def _restore_rows(writer: LibraryWriter, table: str, damaged: Sequence[tuple[Any, ...]]) -> None:
    """Delete damaged rows of one of USER_TABLES, and add them as a backup has them. If it lacks
    one, its key may be what is damaged: then all is added that the table lacks."""
    db, key = writer.catalogue.connection, CHECKED_COLUMNS[table].split(",")[0]
    with writer.catalogue.transaction():
        for row in damaged:
            db.execute(f"DELETE FROM {table} WHERE {key} = ?", row[:1])
        kept = _rows_of_backup(writer.home, table)
        keys = {row[0] for row in damaged}
        same = [row for row in kept if row[0] in keys]
        for row in same if len(same) == len(keys) else kept:
            places = ", ".join("?" * (len(row) + 1))
            db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", (*row, row_crc(*row)))


def _check_failures(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """If it is unknown why a model failed on a picture, the model tries again."""
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
    return [repairable(sentence, "failures", done=repair, needs_indexing=True)]


def _check_removed(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """Without a backup of a damaged row, the picture may come back."""
    damaged = damaged_rows(writer.catalogue.connection, "removed")
    if not damaged:
        return []
    if repair:
        _restore_rows(writer, "removed", damaged)
    sentence = trn(
        "The record of {n} removed picture is damaged.",
        "The records of {n} removed pictures are damaged.",
        len(damaged),
    )
    return [repairable(sentence, "removed", done=repair)]


def _check_folded(writer: LibraryWriter, repair: bool) -> list[Finding]:
    """The form of the paths in which names are searched is made from them again."""
    db = writer.catalogue.connection
    rows = db.execute("SELECT path, folded FROM file NOT INDEXED")
    damaged = [(folded_path(path), path) for path, stored in rows if stored != folded_path(path)]
    if not damaged:
        return []
    if repair:
        with writer.catalogue.transaction():
            db.executemany("UPDATE file SET folded = ? WHERE path = ?", damaged)
    sentence = trn(
        "{n} file cannot be found by its name.",
        "{n} files cannot be found by their names.",
        len(damaged),
    )
    return [repairable(sentence, "names", done=repair)]


def _rows_of_backup(home: Home, table: str) -> list[tuple[Any, ...]]:
    """The intact rows of a table in the newest backup that can be read."""
    for backup in list_backups(home):
        with suppress(sqlite3.Error), closing(sqlite3.connect(backup.path)) as db:
            damaged = set(damaged_rows(db, table))
            rows = db.execute(f"SELECT {CHECKED_COLUMNS[table]} FROM {table}").fetchall()
            return [row for row in rows if row not in damaged]
    return []


def _damage(home: Home) -> str:
    """Why the catalogue cannot be used; empty if it can. Raises FinderError for other faults."""
    try:
        with closing(Catalogue(home)) as catalogue:
            answers = [row[0] for row in catalogue.connection.execute("PRAGMA integrity_check(5)")]
    except FinderError as error:
        damaged = isinstance(error.__cause__, sqlite3.DatabaseError)
        if not damaged and home.catalogue.is_file() and home.catalogue.stat().st_size:
            raise
        return error.sentence.rstrip(".")
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if answers == ["ok"] else str(answers[0]).splitlines()[0]


def _reindex(home: Home) -> bool:
    """Rebuild SQLite's indexes. Returns whether the catalogue is intact then."""
    with suppress(sqlite3.Error, FinderError), closing(Catalogue(home)) as catalogue:
        catalogue.connection.execute("REINDEX")
        with catalogue.transaction():
            catalogue.words.rebuild()
        catalogue.renew_epoch()
        return not _damage(home)
    return False


def _fault_of(backup: Backup) -> str:
    try:
        with closing(sqlite3.connect(backup.path)) as db:
            require_sound(db)
            version_of(db)
    except FinderError:  # a newer program's
        return ""
    except sqlite3.Error as error:
        return str(error) if _is_damage(error) else ""
    return ""
