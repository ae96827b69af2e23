"""Small values by key."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from finder.core.i18n import tr
from finder.core.library.catalogue.schema import row_crc


class SettingTable:
    """Values that are kept with the library, as JSON. A method that changes something does not
    commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, key: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        try:
            return default if row is None else json.loads(row[0])
        except ValueError as error:
            raise sqlite3.DatabaseError(
                tr("the setting “{key}” is damaged").format(key=key)
            ) from error

    def put(self, key: str, value: Any) -> None:
        row = key, json.dumps(value)
        self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (*row, row_crc(*row)))

    def remove(self, key: str) -> None:
        self._db.execute("DELETE FROM setting WHERE key = ?", (key,))
