"""Lists the library's pictures in an order. Imports numpy."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from finder.core.library.catalogue.filter.filter_condition import CompiledFilter, Condition
from finder.core.library.catalogue.filter.filtered_ids import Candidates, Ids, integers
from finder.core.library.catalogue.folded_text import END_OF_NAME, folder_order
from finder.core.library.catalogue.path_parts import folder_bytes
from finder.core.library.listing import Listing, Month, Order, Section
from finder.core.library.natural_order import natural_order

_HOUR = 3_600
_DATE_LENGTH = len("2024-06-30 12:34:56")


def list_pictures(db: sqlite3.Connection, filter: CompiledFilter, order: Order) -> Listing:
    """The pictures that pass the filter and have a file. The caller keeps the database from
    changing meanwhile (a snapshot)."""
    ids, width, height = integers(db, "picture", ["id", "width", "height"])
    pictures, sections = _ORDERS[order](db, filter, ids)
    aspects = (width / np.maximum(height, 1)).astype(np.float32)
    return Listing(pictures, aspects[np.searchsorted(ids, pictures)], sections)


_Arranged = tuple[Ids, tuple[Section, ...]]


def _untitled(pictures: Ids) -> _Arranged:
    return pictures, (Section(None, 0, len(pictures)),) if len(pictures) else ()


def _runs(values: Ids) -> list[tuple[int, int, int]]:
    """(value, start, length) of each run of equal values."""
    if not len(values):
        return []
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    lengths = np.diff(np.append(starts, len(values)))
    return list(zip(values[starts].tolist(), starts.tolist(), lengths.tolist(), strict=True))


# Sizes and times


def _by_size(db: sqlite3.Connection, filter: CompiledFilter, ids: Ids) -> _Arranged:
    shown, files = _shown_files(db, filter)
    return _untitled(shown[np.argsort(-files.sizes, kind="stable")])


def _by_age(db: sqlite3.Connection, filter: CompiledFilter, ids: Ids) -> _Arranged:
    shown, files = _shown_files(db, filter)
    moments = _moments(db, np.searchsorted(ids, shown), files)
    at = np.argsort(-moments, kind="stable")
    return shown[at], _months(moments[at])


def _by_addition(db: sqlite3.Connection, filter: CompiledFilter, ids: Ids) -> _Arranged:
    """Those from before the library kept this time are last, by age."""
    shown, files = _shown_files(db, filter)
    rows = np.searchsorted(ids, shown)
    added = integers(db, "picture", ["coalesce(added, 0)"])[0][rows]
    at = np.lexsort((-_moments(db, rows, files), -added))
    added = added[at]
    return shown[at], _months(np.where(added > 0, _local(added), _UNKNOWN))


@dataclass(frozen=True, eq=False)
class _Files:
    """For each shown picture, of its passing files: the earliest modification time, in seconds
    since 1970, and the size."""

    times: Ids
    sizes: Ids


def _shown_files(db: sqlite3.Connection, filter: CompiledFilter) -> tuple[Ids, _Files]:
    columns = ("picture", "mtime_ns / 1000000000", "size", filter.instead)
    found = integers(db, "file", columns, filter.file, Condition("picture NOT NULL"))
    candidates = Candidates.read(db, filter)
    if candidates is not None:
        passing = candidates.passing(found[0], found[3])
        found = [column[passing] for column in found]
    at = np.argsort(found[0])
    pictures, times, sizes, _ = (column[at] for column in found)
    if not len(pictures):
        return pictures, _Files(times, sizes)
    starts = np.flatnonzero(np.append(True, pictures[1:] != pictures[:-1]))
    return pictures[starts], _Files(np.minimum.reduceat(times, starts), sizes[starts])


def _moments(db: sqlite3.Connection, rows: Ids, files: _Files) -> Ids:
    """For each of the pictures in these rows (of all, by id), the seconds from 1970 to its date
    taken, or else to its file's time, both as a clock on the wall shows them."""
    moments = _dates_taken(db)[rows]
    undated = moments == _UNKNOWN
    moments[undated] = _local(files.times[undated])
    return moments


_UNKNOWN = np.iinfo(np.int64).min


def _dates_taken(db: sqlite3.Connection) -> Ids:
    """Of every picture, by id. As one text again (see `integers`), whose digits are counted."""
    (text,) = db.execute(
        "SELECT group_concat(substr(coalesce(taken, '') || ?, 1, ?), '') FROM picture",
        (" " * _DATE_LENGTH, _DATE_LENGTH),
    ).fetchone()
    characters = np.frombuffer((text or "").encode("ascii", "replace"), np.uint8)
    characters = characters.reshape(-1, _DATE_LENGTH)

    def number(start: int, length: int) -> Ids:
        digits = characters[:, start : start + length].astype(np.int64) - ord("0")
        return np.asarray(digits @ 10 ** np.arange(length)[::-1])

    months = (number(0, 4) - 1970) * 12 + number(5, 2) - 1
    days = months.astype("M8[M]").astype("M8[D]").astype(np.int64) + number(8, 2) - 1
    seconds = days * 86_400 + number(11, 2) * _HOUR + number(14, 2) * 60 + number(17, 2)
    return np.where(characters[:, 0] == ord(" "), _UNKNOWN, seconds)


def _local(seconds: Ids) -> Ids:
    """Seconds since 1970 in UTC as the local clock shows them. The clock's offset is looked up once
    for each hour."""
    hours, at = np.unique(seconds // _HOUR, return_inverse=True)
    offsets = [_offset(hour * _HOUR) for hour in hours.tolist()]
    return np.asarray(seconds + np.array(offsets, np.int64)[at])


def _offset(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (OSError, OverflowError, ValueError):  # far from now; on Windows before 1970
        return 0


def _months(moments: Ids) -> tuple[Section, ...]:
    """One section for each month of these moments, which are in order."""
    months = moments.astype("M8[s]").astype("M8[M]").astype(np.int64)
    months = np.where(moments == _UNKNOWN, _UNKNOWN, months)
    return tuple(
        Section(None if month == _UNKNOWN else Month(1970 + month // 12, 1 + month % 12), *extent)
        for month, *extent in _runs(months)
    )


# Names


def _by_name(db: sqlite3.Connection, filter: CompiledFilter, ids: Ids) -> _Arranged:
    rows, at = _rows_by_name(db, filter)
    rows = rows[at]
    return _untitled(rows[_first_of_each(rows)])


def _by_folder(db: sqlite3.Connection, filter: CompiledFilter, ids: Ids) -> _Arranged:
    """By folder, then name; one section for each folder."""
    numbers, number_of = _folders_by_name(db, filter)
    names = [os.fsdecode(folder) or os.sep for folder in numbers]
    in_order = sorted(range(len(names)), key=lambda n: (folder_order(names[n]), names[n]))
    ranks = np.empty(len(names), np.int64)
    ranks[in_order] = np.arange(len(names))
    rows, at = _rows_by_name(db, filter)
    rows, folders = rows[at], ranks[number_of][at]
    at = np.argsort(folders, kind="stable")
    at = at[_first_of_each(rows[at])]
    runs = _runs(folders[at])
    return rows[at], tuple(Section(names[in_order[rank]], *extent) for rank, *extent in runs)


def _rows_by_name(db: sqlite3.Connection, filter: CompiledFilter) -> tuple[Ids, Ids]:
    """The pictures of the files that fulfil `filter.file`; the places of those that pass, by the
    files' names in natural order."""
    instead, (select, values) = filter.instead, _select_by_name("picture, mtime_ns, folded", filter)
    columns = (
        f"group_concat(picture), group_concat({instead.sql}),"
        " CAST(group_concat(folded, char(0)) AS BLOB)"
    )
    *texts, folded = db.execute(
        f"SELECT {columns} FROM ({select})", (*instead.parameters, *values)
    ).fetchone()
    rows, fulfils_instead = (np.fromstring(text or "", np.int64, sep=",") for text in texts)
    at = natural_order(b"/".join((folded or b"").split(END_OF_NAME)[::2]))[: len(rows)]
    candidates = Candidates.read(db, filter)
    if candidates is None:
        return rows, at
    return rows, at[candidates.passing(rows, fulfils_instead)[at]]


def _folders_by_name(db: sqlite3.Connection, filter: CompiledFilter) -> tuple[list[bytes], Ids]:
    """The folders of the same files, and for each file the number of its folder."""
    numbers = dict[bytes, int]()
    paths = db.execute(*_select_by_name("path", filter))
    number_of = [numbers.setdefault(folder_bytes(path), len(numbers)) for (path,) in paths]
    return list(numbers), np.array(number_of, np.int64)


def _select_by_name(columns: str, filter: CompiledFilter) -> tuple[str, tuple[Any, ...]]:
    select = (
        f"SELECT {columns} FROM file INDEXED BY file_folded"
        f" WHERE picture NOT NULL AND {filter.file.sql} ORDER BY folded"
    )
    return select, filter.file.parameters


def _first_of_each(pictures: Ids) -> Ids:
    """Where each picture is for the first time."""
    at = np.argsort(pictures, kind="stable")
    in_order = pictures[at]
    is_first = np.ones(len(at), np.bool_)
    is_first[1:] = in_order[1:] != in_order[:-1]
    return np.sort(at[is_first])


_ORDERS: dict[Order, Callable[[sqlite3.Connection, CompiledFilter, Ids], _Arranged]] = {
    Order.NEWEST: _by_age,
    Order.FOLDER: _by_folder,
    Order.NAME: _by_name,
    Order.SIZE: _by_size,
    Order.ADDED: _by_addition,
}
"""For each order the pictures and the sections. Their last argument: the ids of all pictures, in
order."""
