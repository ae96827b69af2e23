"""Pictures by their content id, with their facts and all their places."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.library.catalogue.filter.filter_condition import CompiledFilter, compile_filter
from finder.core.library.catalogue.records import LOCAL_PATH, PictureRecord, machine_of
from finder.core.library.catalogue.schema import row_crc
from finder.core.library.server.folder_scope import NOT_SHARED, Here
from finder.core.library.server.path_mappings import path_here
from finder.core.library.vectors.store import StoredFacts
from finder.core.pictures.facts import PictureFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.library.catalogue.filter.picture_filter import Filter


class PictureTable:
    """The pictures of the library. A method that changes something does not commit."""

    def __init__(self, db: sqlite3.Connection, here: Here = NOT_SHARED) -> None:
        """here: this machine, and where folders of others are on it."""
        self._db = db
        self._here = here

    def put(self, picture: int, facts: PictureFacts, thumbnail: int | None = None) -> None:
        """Add a picture. thumbnail: the CRC-32 of its new thumbnail, which replaces that of a
        picture that is there already; its facts are kept."""
        row = picture, facts.width, facts.height, facts.format, facts.taken, facts.orientation
        self._db.execute(
            "INSERT INTO picture VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET thumb = COALESCE(excluded.thumb, thumb)",
            (*row, row_crc(*row), thumbnail, int(time.time())),
        )

    def put_thumbnail(self, picture: int, crc: int) -> None:
        """Store the CRC-32 of the picture's new thumbnail."""
        self._db.execute("UPDATE picture SET thumb = ? WHERE id = ?", (crc, picture))

    def thumbnails(self) -> dict[int, int | None]:
        """For each picture the CRC-32 of its thumbnail's file; None while unknown."""
        return dict(self._db.execute("SELECT id, thumb FROM picture"))

    def matching(self, filter: Filter, offline: Collection[str] = ()) -> NDArray[np.int64]:
        """int64 [N], in order: the content ids of the pictures that pass the filter; a picture that
        has just lost its last file may be among them. offline: see `compiled`."""
        from finder.core.library.catalogue.filter.filtered_ids import filtered_ids

        return filtered_ids(self._db, self.compiled(filter, offline))

    def compiled(self, filter: Filter, offline: Collection[str] = ()) -> CompiledFilter:
        """offline: the folders of `Here.folders` that do not exist now; only asked for
        `filter.available`."""
        return compile_filter(filter, replace(self._here, offline=offline))

    def places_passing(
        self, ids: Iterable[int], filter: Filter, offline: Collection[str] = ()
    ) -> dict[int, dict[str, int]]:
        """For each of the pictures, which pass the filter, its files that fulfil it, with their
        modification times in ns since 1970."""
        condition = self.compiled(filter, offline).of_one_file
        found = {}
        for picture in dict.fromkeys(ids):
            rows = self._db.execute(
                f"SELECT path, mtime_ns FROM file WHERE picture = ? AND {condition.sql}",
                (picture, *condition.parameters),
            )
            found[picture] = {self._place(os.fsdecode(path)): time_ns for path, time_ns in rows}
        return found

    def count(self) -> int:
        (count,) = self._db.execute("SELECT COUNT(*) FROM picture").fetchone()
        return int(count)

    def count_local(self) -> int:
        """How many are on this machine."""
        rows = self._db.execute(
            f"SELECT COUNT(DISTINCT picture) FROM file WHERE {LOCAL_PATH.format(path='path')}"
        )
        return int(rows.fetchone()[0])

    def get(self, ids: Iterable[int]) -> dict[int, PictureRecord]:
        """The pictures that exist, each with all its places (at least one)."""
        found = {}
        for picture in dict.fromkeys(ids):
            files = self._db.execute(
                "SELECT path, mtime_ns FROM file WHERE picture = ? ORDER BY path", (picture,)
            ).fetchall()
            facts = self._db.execute(
                "SELECT width, height, format, taken, orientation FROM picture WHERE id = ?",
                (picture,),
            ).fetchone()
            if files and facts:
                found[picture] = PictureRecord(
                    picture,
                    PictureFacts(*facts),
                    tuple(dict.fromkeys(self._place(os.fsdecode(path)) for path, _ in files)),
                    time_ns=min(time_ns for _, time_ns in files),
                )
        return found

    def stored_facts(self, ids: Iterable[int]) -> dict[int, StoredFacts]:
        """What a shared vector store keeps beside the vectors of these pictures; of several files
        with the same picture the size is the same."""
        found = {}
        query = (
            "SELECT (SELECT MAX(size) FROM file WHERE picture = id), width, height, format, taken"
            " FROM picture WHERE id = ?"
        )
        for picture in ids:
            for size, *facts in self._db.execute(query, (picture,)):
                found[picture] = StoredFacts(size or 0, *facts)
        return found

    def _place(self, path: str) -> str:
        """The path on this machine of a path of the library."""
        mappings = self._here.mappings
        return path_here(path, mappings) if mappings and machine_of(path) else path

    def without_file(self) -> list[int]:
        """The pictures that no file has any more."""
        (shown,) = self._db.execute("SELECT COUNT(DISTINCT picture) FROM file").fetchone()
        if shown == self.count():  # the usual case, five times as fast
            return []
        rows = self._db.execute(
            "SELECT id FROM picture WHERE id NOT IN"
            " (SELECT picture FROM file WHERE picture IS NOT NULL)"
        )
        return [picture for (picture,) in rows]
