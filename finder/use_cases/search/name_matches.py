"""Pictures found by the words in their names, folders, labels, captions, and in the pictures."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.words.find_words import WordSearch

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.words.name_match import NameMatch

MOST_NAMES = 50


def find_names(
    catalogue: Catalogue,
    text: str,
    limit: int = MOST_NAMES,
    filter: Filter = NO_FILTER,
    offline: Collection[str] = (),
) -> list[NameMatch]:
    """The pictures that have the words of the text, at most `limit`, the best first: all words in
    the name first, then with folder, label, caption and text in the picture. If there are few,
    those with most of the words follow (`NameMatch.has_all`).

    The words are in any order, and may go on (“hol” finds holiday); “"two words"” stand next to
    each other, “-word” must not be there. offline: the folders of `Here.folders` that do not exist
    now; only asked for `filter.available`. Looks at no file. Raises FinderError if the index is
    damaged; the next writer makes it anew.
    """
    is_reading = catalogue.connection.in_transaction
    try:
        with nullcontext() if is_reading else catalogue.snapshot():
            return WordSearch(catalogue, filter, offline).find(text, limit)
    except FinderError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and not is_reading:
            _note_damage(catalogue)
        raise


def _note_damage(catalogue: Catalogue) -> None:
    """So that the next writer makes the index anew. Where nothing can be written, a check finds
    it."""
    with suppress(FinderError, sqlite3.DatabaseError):
        if catalogue.words.is_sound and not catalogue.is_snapshot:
            with catalogue.transaction():
                catalogue.words.note_damage()
