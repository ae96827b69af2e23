"""The pictures that pass a filter, as an array. Imports numpy, unlike the other modules here."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from finder.core.library.catalogue.filter_condition import CompiledFilter, Condition

Ids = NDArray[np.int64]


def filtered_ids(db: sqlite3.Connection, filter: CompiledFilter) -> Ids:
    """int64 [N], in order. Each table is read once, from beginning to end: joining them would take
    twice as long."""
    files = None if filter.file.is_always else _of_files(db, filter.file)
    if filter.taken.is_always:
        return _both(_of_pictures(db, filter.picture), files)
    undated = _of_pictures(db, filter.picture, Condition("taken IS NULL"))
    passing = _both(_of_pictures(db, filter.picture, filter.taken), files)
    if len(undated):
        instead = _of_files(db, filter.file, filter.instead)
        passing = np.union1d(passing, _both(undated, instead))
    return passing


def _of_pictures(db: sqlite3.Connection, *conditions: Condition) -> Ids:
    return integers(db, "SELECT {} FROM picture", ["id"], *conditions)[0]


def _of_files(db: sqlite3.Connection, *conditions: Condition) -> Ids:
    """Of the pictures of all files that fulfil the conditions."""
    found = integers(
        db, "SELECT {} FROM file", ["picture"], Condition("picture NOT NULL"), *conditions
    )
    return np.unique(found[0])


def integers(
    db: sqlite3.Connection, select: str, columns: list[str], *conditions: Condition
) -> list[Ids]:
    """Columns of whole numbers, each as int64 [rows]. select: with {} for the columns.

    SQLite puts each column together as one text: rows as Python's objects would take three times
    as long, and hold Python's lock for that time.
    """
    joined = ", ".join(f"group_concat({column})" for column in columns)
    where = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    values = [value for condition in conditions for value in condition.parameters]
    texts = db.execute(f"{select.format(joined)} WHERE {where}", values).fetchone()
    return [np.fromstring(text or "", np.int64, sep=",") for text in texts]


def _both(one: Ids, other: Ids | None) -> Ids:
    """What is in both arrays, of ids in order; None: of all ids."""
    return one if other is None else np.intersect1d(one, other, assume_unique=True)
