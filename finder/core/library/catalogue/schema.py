"""The catalogue's tables, their format version, and the steps from each version to the next.

A new catalogue goes through all steps, so there is one description of the tables: the steps.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from typing import Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.folded_text import folded_path
from finder.core.library.catalogue.word_schema import FORMAT_5
from finder.core.pictures.content_id import ContentHash

_TABLES: Final = """
-- A folder that the user added.
CREATE TABLE folder (path BLOB PRIMARY KEY, added TEXT NOT NULL);

-- A file in one of the folders: what it shows (picture) or why it was skipped (reason).
-- Paths are bytes (os.fsencode): not every file name is text.
CREATE TABLE file (
  path BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  picture INTEGER REFERENCES picture(id),
  reason TEXT,
  detail TEXT,
  CHECK ((picture IS NULL) = (reason IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX file_picture ON file(picture);
CREATE INDEX file_reason ON file(reason) WHERE reason IS NOT NULL;

-- A picture by its content id.
CREATE TABLE picture (
  id INTEGER PRIMARY KEY,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  taken TEXT,
  orientation INTEGER NOT NULL
);

-- A model that has embedded something. rows: the fast-search matrix's rows in use;
-- generation: which matrix file; removals: how often rows were taken out of use.
CREATE TABLE model (
  name TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  dimension INTEGER NOT NULL,
  rows INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0,
  removals INTEGER NOT NULL DEFAULT 0
);

-- Which model has embedded which picture: its row in the matrix and the vector's CRC-32.
CREATE TABLE embedding (
  model TEXT NOT NULL REFERENCES model(name) ON DELETE CASCADE,
  picture INTEGER NOT NULL,
  row INTEGER NOT NULL,
  crc INTEGER NOT NULL,
  PRIMARY KEY (model, picture)
) WITHOUT ROWID;
CREATE UNIQUE INDEX embedding_row ON embedding(model, row);

-- Tombstones: vectors that are still to be deleted from the vector store (format 3: `tombstone`).
CREATE TABLE doomed (model TEXT NOT NULL, picture INTEGER NOT NULL, PRIMARY KEY (model, picture));

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_ROW_CHECKSUMS: Final = """
-- Each row's CRC-32 (`row_crc` of its other columns): a flipped bit is seen by a check.
ALTER TABLE folder ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE picture ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE setting ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
-- The CRC-32 of the thumbnail's file; NULL while unknown.
ALTER TABLE picture ADD COLUMN thumb INTEGER;
"""

_EPOCH: Final = """
-- One row about the library as a whole. epoch: a random token; every restore, every repair and
-- every rebuilt matrix gives the library another one. Counters can return to a value that they had
-- before (a copy brings old ones back), the epoch cannot.
CREATE TABLE library (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL);
"""

_TOMBSTONES: Final = "ALTER TABLE doomed RENAME TO tombstone"

_NEW_EPOCH: Final = "INSERT OR REPLACE INTO library VALUES (1, lower(hex(randomblob(16))))"

_FAILURES: Final = """
-- A picture that a model could not embed, and why. Gone with the picture, and with the model's
-- version (its row in `model`).
CREATE TABLE failure (
  model TEXT NOT NULL REFERENCES model(name) ON DELETE CASCADE,
  picture INTEGER NOT NULL REFERENCES picture(id) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  detail TEXT,
  crc INTEGER NOT NULL,
  PRIMARY KEY (model, picture)
) WITHOUT ROWID;
CREATE INDEX failure_picture ON failure(picture);
DELETE FROM setting WHERE key = 'left alone';
"""

_NAMES_AND_REMOVED: Final = """
-- `folded_path` of the path, for searching in names; the index also sorts by name, with all that a
-- listing by name needs.
ALTER TABLE file ADD COLUMN folded BLOB NOT NULL DEFAULT X'';
UPDATE file SET folded = folded_path(path);
CREATE INDEX file_folded ON file(folded, picture, mtime_ns);
-- When the library got the picture, in seconds since 1970; NULL for those before format 4.
ALTER TABLE picture ADD COLUMN added INTEGER;
-- Pictures that the user removed, by content id, and when: no file brings one back. Their files are
-- in `file` with the reason “removed”, and the content id in `detail`.
CREATE TABLE removed (
  picture INTEGER PRIMARY KEY,
  removed TEXT NOT NULL,
  crc INTEGER NOT NULL
);
"""

CHECKED_COLUMNS: Final = {
    "folder": "path, added",
    "file": "path, size, mtime_ns, picture, reason, detail",
    "picture": "id, width, height, format, taken, orientation",
    "setting": "key, value",
    "failure": "model, picture, reason, detail",
    "removed": "picture, removed",
    "description": "picture, caption, labels",
    "recognised_text": "picture, engine, text, lines, reason",
}
"""For each table whose rows have a checksum, the columns that it is made of."""


CONTENT_HASH: Final = "content hash"
"""The setting with a library's `ContentHash`; missing where it is the current one."""


USER_TABLES: Final = ("folder", "setting", "removed")
"""The tables with what the user has entered, which cannot be recreated from the pictures.

A backup is refused where one of them is damaged; what can be read of them in a damaged catalogue is
kept; a check restores their damaged rows from a backup. Each has a checksum in each row; the first
of its checked columns is its key.
"""


def _make_tables(db: sqlite3.Connection) -> None:
    run_script(db, _TABLES)


def _add_checksums(db: sqlite3.Connection) -> None:
    run_script(db, _ROW_CHECKSUMS)
    db.create_function("row_crc", -1, row_crc, deterministic=True)
    for table in ("folder", "file", "picture", "setting"):
        db.execute(f"UPDATE {table} SET crc = row_crc({CHECKED_COLUMNS[table]})")


def _keep_content_hash(db: sqlite3.Connection) -> None:
    """Content ids of formats 1 and 2 are BLAKE2b. A library that has some keeps using it: with
    another hash its pictures would not be recognised."""
    if db.execute("SELECT EXISTS (SELECT 1 FROM picture)").fetchone()[0]:
        row = CONTENT_HASH, json.dumps(ContentHash.BLAKE2B)
        db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (*row, row_crc(*row)))


def _to_format_3(db: sqlite3.Connection) -> None:
    run_script(db, _EPOCH)
    renew_epoch(db)
    db.execute(_TOMBSTONES)
    run_script(db, _FAILURES)
    _retry_failed_files(db)
    _keep_content_hash(db)


def _to_format_4(db: sqlite3.Connection) -> None:
    db.create_function("folded_path", 1, folded_path, deterministic=True)
    run_script(db, _NAMES_AND_REMOVED)


def _to_format_5(db: sqlite3.Connection) -> None:
    run_script(db, FORMAT_5)


def renew_epoch(db: sqlite3.Connection) -> None:
    """Make every reader read the library again."""
    db.execute(_NEW_EPOCH)


def _retry_failed_files(db: sqlite3.Connection) -> None:
    """Files that were perhaps skipped because of one model: with another time, they look changed to
    the next run. A damaged row stays damaged, for a check to find."""
    db.create_function("row_crc", -1, row_crc, deterministic=True)
    db.execute(
        "UPDATE file SET mtime_ns = -1, crc = row_crc(path, size, -1, picture, reason, detail)"
        " WHERE reason IN ('no-feature', 'too-slow', 'crashed')"
        f" AND crc = row_crc({CHECKED_COLUMNS['file']})"
    )


_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    _make_tables,
    _add_checksums,
    _to_format_3,
    _to_format_4,
    _to_format_5,
)

VERSION: Final = len(_STEPS)
"""PRAGMA user_version of the catalogues this program writes."""


def row_crc(*values: bytes | int | str | None) -> int:
    """CRC-32 of a row's values as SQLite returns them."""
    return zlib.crc32(repr(values).encode())


def version_of(db: sqlite3.Connection) -> int:
    """The format of a catalogue; 0 for a new one. Raises FinderError for a newer program's."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise FinderError(
            tr("This library was made by a newer Image Finder (format {n}).").format(n=version),
            tr("Update this program, or choose another library folder with --home."),
        )
    return int(version)


def migrate(db: sqlite3.Connection) -> None:
    """Bring a catalogue to this program's version, step by step; all of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[version_of(db) :]:  # none if another connection has done it already
            step(db)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def run_script(db: sqlite3.Connection, script: str) -> None:
    """Several statements. Not by `executescript`, which would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
