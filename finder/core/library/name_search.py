"""Names of files and folders that contain a text, in every script and without regard to case."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from finder.core.library.catalogue.folded_text import END_OF_NAME, folded
from finder.core.library.catalogue.path_parts import folder_bytes, split_path

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue

Found = tuple[list[str], list[str]]
"""Paths of what begins with the text, and of what contains it elsewhere."""


def search_files(db: sqlite3.Connection, text: str, limit: int) -> Found:
    """At most `limit` files with pictures, by name. The index has all names in order; those that
    begin with the text are found at once, others while it is read."""
    wanted = folded(text)
    query = "SELECT path FROM file WHERE picture NOT NULL AND {} ORDER BY folded LIMIT ?"
    within = "folded >= ? AND folded < ?"
    bounds = wanted, wanted + b"\xff"  # which is in no UTF-8
    begins = db.execute(query.format(within), (*bounds, limit)).fetchall()
    others: list[tuple[bytes]] = []
    if len(begins) < limit:
        inside = f"instr(folded, ?) BETWEEN 2 AND instr(folded, X'{END_OF_NAME.hex()}')"
        left = limit - len(begins)
        others = db.execute(query.format(inside), (wanted, left)).fetchall()
    return _decoded(begins), _decoded(others)


def _decoded(rows: list[tuple[bytes]]) -> list[str]:
    return [os.fsdecode(path) for (path,) in rows]


class FolderNames:
    """The names of the folders with pictures, and of the folders around them inside the library's
    folders; read again after each change of the catalogue."""

    def __init__(self) -> None:
        self._change: tuple[int, int] | None = None
        self._names: list[tuple[bytes, str]] = []

    def search(self, catalogue: Catalogue, text: str) -> Found:
        """By name."""
        change = catalogue.change_mark()
        if change != self._change:
            self._names = sorted(_folder_names(catalogue))
            self._change = change
        wanted = folded(text)
        begins = [path for name, path in self._names if name.startswith(wanted)]
        others = [path for name, path in self._names if name.find(wanted) > 0]
        return begins, others


def _folder_names(catalogue: Catalogue) -> list[tuple[bytes, str]]:
    rows = catalogue.connection.execute("SELECT path FROM file WHERE picture NOT NULL")
    found = {folder_bytes(path) for (path,) in rows}
    library = set(map(os.fsencode, catalogue.folders.paths()))
    pending = [folder for folder in found if folder not in library]
    while pending:  # the folders around them, up to the library's own
        above = folder_bytes(pending.pop())
        if above not in found:
            found.add(above)
            if above not in library and above != os.path.dirname(above):
                pending.append(above)
    found |= library
    paths = [os.fsdecode(folder) for folder in found if folder]
    return [(folded(split_path(path)[1]), path) for path in paths]
