"""Which picture of a listing is meant while its name is being typed. Imports numpy."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from finder.core.library.catalogue.filter.filter_condition import CompiledFilter, Condition
from finder.core.library.catalogue.filter.filtered_ids import Ids, integers, is_among
from finder.core.library.catalogue.folded_text import END_OF_NAME, folded

if TYPE_CHECKING:
    from finder.core.library.listing import Listing, Typed

_NEAR = 200  # pictures
_MOST_MORE = 2_000
"""Of them, when a key is held down."""


def find_typed(
    db: sqlite3.Connection, filter: CompiledFilter, listing: Listing, typed: Typed
) -> int | None:
    """The content id of the picture; None if no name fits. Names that begin with the text go before
    those that contain it elsewhere. The files are those that fulfil `filter.file`."""
    in_turn = np.roll(listing.pictures, -typed.after - 1)
    if typed.keep is not None:
        in_turn = np.insert(in_turn, 0, typed.keep)
    text = folded(typed.text)
    begins = Condition("folded >= ? AND folded < ?", (text, text + b"\xff"))  # in no UTF-8
    in_name = f"instr(folded, ?) BETWEEN 2 AND instr(folded, X'{END_OF_NAME.hex()}')"
    for condition in (begins, Condition(in_name, (text,))):
        fitting = _fitting(db, [condition, filter.file], in_turn, typed.number)
        if len(fitting):
            return int(fitting[(typed.number - 1) % len(fitting)])
    return None


def _fitting(db: sqlite3.Connection, conditions: list[Condition], in_turn: Ids, number: int) -> Ids:
    """At least the first pictures of so many that have a file which fulfils the conditions; all of
    them if there are fewer. Where many have, some are near, and no others are read."""
    near = in_turn[: _NEAR + min(number, _MOST_MORE)]
    is_near = Condition(f"picture IN ({', '.join('?' * len(near))})", tuple(near.tolist()))
    fitting = _among(near, db, [is_near, *conditions], "file INDEXED BY file_picture")
    if len(fitting) < number:
        has_picture = Condition("picture NOT NULL")
        fitting = _among(in_turn, db, [has_picture, *conditions])
    return fitting


def _among(
    pictures: Ids, db: sqlite3.Connection, conditions: list[Condition], table: str = "file"
) -> Ids:
    (found,) = integers(db, table, ["picture"], *conditions)
    return np.asarray(pictures[is_among(pictures, np.sort(found))])
