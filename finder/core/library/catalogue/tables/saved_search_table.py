"""The searches that the user has saved, as JSON by name.

They are rows of the settings: so every backup has them, and a restore, a repair and the checksums
of the rows need nothing more. The name is in the key, so that listing names reads no search.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from finder.core.library.catalogue.folded_text import folded
from finder.core.library.catalogue.schema import row_crc

if TYPE_CHECKING:
    from finder.core.library.catalogue.tables.setting_table import SettingTable

_PREFIX = "saved search: "
_AFTER = "saved search:!"
"""No key with the prefix is behind it, and all are before."""


class SavedSearchTable:
    """A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection, settings: SettingTable) -> None:
        self._db = db
        self._settings = settings

    def names(self) -> list[str]:
        """In alphabetical order."""
        keys = self._db.execute(
            "SELECT CAST(key AS BLOB) FROM setting WHERE key >= ? AND key < ?", (_PREFIX, _AFTER)
        )
        names = [key.decode(errors="replace").removeprefix(_PREFIX) for (key,) in keys]
        return sorted(names, key=lambda name: (folded(name), name))

    def find(self, name: str) -> str | None:
        """The name of the search with this name, in whatever case it was written."""
        names = self.names()
        same = [one for one in names if folded(one) == folded(name)]
        return name if name in same else next(iter(same), None)

    def get(self, name: str) -> Any:
        """Raises ValueError if it is damaged; KeyError if there is none."""
        key = _PREFIX + name
        row = self._db.execute(
            "SELECT CAST(value AS BLOB), crc FROM setting WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            raise KeyError(name)
        value = row[0].decode()
        if row_crc(key, value) != row[1]:
            raise ValueError("its checksum does not match")
        return json.loads(value)

    def put(self, name: str, value: Any) -> None:
        self._settings.put(_PREFIX + name, value)

    def remove(self, name: str) -> None:
        self._settings.remove(_PREFIX + name)


def search_of_key(key: str) -> str | None:
    """The name of the saved search that a setting is; None for other settings."""
    return key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else None
