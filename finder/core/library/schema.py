"""The catalogue's tables, its format version, and the way from an older version to this one."""

from __future__ import annotations

import sqlite3
from typing import Final

from finder.core.errors import FinderError
from finder.core.text import tr

VERSION: Final = 1
"""PRAGMA user_version of the catalogues this program writes."""

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

-- Vectors that are to be deleted from Milvus: noted here before, struck off after.
CREATE TABLE doomed (model TEXT NOT NULL, picture INTEGER NOT NULL, PRIMARY KEY (model, picture));

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make a new catalogue's tables; refuse one from a newer program. Raises FinderError."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise FinderError(
            tr("This library was made by a newer Image Finder (format {n}).").format(n=version),
            tr("Update this program, or choose another library folder with --home."),
        )
    if version < VERSION:
        _make_tables(connection)


def _make_tables(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
        )
    except sqlite3.OperationalError:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
            raise  # else another connection was faster
