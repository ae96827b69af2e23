"""Pictures found by the words in their names, folders, labels, captions, and in the pictures."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, NothingPassesError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.words.find_words import WordSearch
from finder.core.library.words.word_query import WordQuery, literal_query, read_query

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.words.name_match import NameMatch
    from finder.core.search.query.query import Query

MOST_NAMES = 50


def find_names(
    catalogue: Catalogue,
    asked: str | Query,
    limit: int = MOST_NAMES,
    filter: Filter = NO_FILTER,
    offline: Collection[str] = (),
) -> list[NameMatch]:
    """The pictures that have the words asked for, at most `limit`, the best first: all words in the
    name first, then with folder, label, caption and text in the picture. If there are few, those
    with most of the words follow (`NameMatch.has_all`).

    The words are in any order, and may go on (“hol” finds holiday); “"two words"” stand next to
    each other. “-word” in a text must not be there, and neither must what a query is without, in
    one piece; in the query's words a minus means nothing. offline: the folders of `Here.folders`
    that do not exist now; only asked for `filter.available`. Looks at no file. Raises FinderError
    if the index is damaged; the next writer makes it anew.
    """
    is_reading = catalogue.connection.in_transaction
    try:
        with nullcontext() if is_reading else catalogue.snapshot():
            return WordSearch(catalogue, filter, offline).find(_word_query(asked), limit)
    except FinderError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and not is_reading:
            _note_damage(catalogue)
        raise


def answers_without_models(query: Query, error: FinderError, has_names: bool) -> bool:
    """Whether what names have is an answer although no model has given one: to words alone. Where
    nothing that the models know passes the filter, only if any name does."""
    is_asked = query.first is None and bool(query.words)
    return is_asked and (has_names or not isinstance(error, NothingPassesError))


def _word_query(asked: str | Query) -> WordQuery:
    if isinstance(asked, str):
        return read_query(asked)
    wanted = (words.text for words in asked.words if words.weight > 0)
    return literal_query(wanted, (words.text for words in asked.words if words.weight < 0))


def _note_damage(catalogue: Catalogue) -> None:
    """So that the next writer makes the index anew. Where nothing can be written, a check finds
    it."""
    with suppress(FinderError, sqlite3.DatabaseError):
        if catalogue.words.is_sound and not catalogue.is_snapshot:
            with catalogue.transaction():
                catalogue.words.note_damage()
