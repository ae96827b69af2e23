"""Pictures that have the words of a query, by the index of words in the catalogue."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.availability import places_first
from finder.core.library.catalogue.path_parts import split_path
from finder.core.library.catalogue.picture_texts import read_texts
from finder.core.library.catalogue.tables.word_table import is_damage
from finder.core.library.words.judging import Standing, judge
from finder.core.library.words.name_match import NameMatch, Where
from finder.core.library.words.word_query import Term, WordQuery, read_query

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.records import PictureRecord

_FEW = 10
"""With fewer pictures that have all words, those that have most of them follow."""
_COMMON = 1_000
"""Pictures; a word that so many have says little where others are lacking."""
_MOST_JUDGED = 60
_AT_ONCE = 200
_COLUMNS = ("name", "folder", "label", "caption", "recognised")
_WEIGHTS = "8, 4, 4, 2, 1"
"""Of the columns, where pictures with most of the words are compared (BM25)."""


class WordSearch:
    """One search, in a snapshot of the catalogue."""

    def __init__(self, catalogue: Catalogue, filter: Filter, offline: Collection[str]) -> None:
        self._catalogue = catalogue
        self._db = catalogue.connection
        self._filter = filter
        self._offline = offline
        self._library = catalogue.folders.paths()
        self._condition = catalogue.pictures.compiled(filter, offline).of_one_file
        self._passing = self._filter_passes()

    def find(self, text: str, limit: int) -> list[NameMatch]:
        """At most `limit`, the best first: all words in the name, then also in folders, labels,
        caption and picture; whole words before longer ones that begin with them; the newest
        first. Raises FinderError if the index is damaged."""
        query = read_query(text)
        try:
            return self._find(query, limit) if query.terms else []
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            raise FinderError(
                tr("The index of words is damaged."),
                tr("Repair it: image-finder check --repair"),
            ) from error

    def _find(self, query: WordQuery, limit: int) -> list[NameMatch]:
        found = self._with_all(query, limit, {})
        if len(found) < limit and query.telling != query:
            found = self._with_all(query.telling, limit, found)
        if len(found) < min(limit, _FEW):
            found = self._with_most(query.telling.in_parts, limit, found)
        return list(found.values())

    def _with_all(
        self, query: WordQuery, limit: int, found: dict[int, NameMatch]
    ) -> dict[int, NameMatch]:
        more: dict[int, NameMatch] = {}
        for picture in self._pictures_with_all(query):
            if len(found) + len(more) >= limit:
                break
            if picture not in found and picture not in more:
                standing = self._judge(picture, query)
                if standing is not None and standing.found == len(query.terms):
                    more[picture] = standing.match
        # a filter may leave out the file whose name had the words
        order = sorted(more.items(), key=lambda one: list(Where).index(one[1].where))
        return found | dict(order)

    def _pictures_with_all(self, query: WordQuery) -> Iterator[int]:
        may_go_on = any(term.may_go_on for term in query.terms)
        for number in range(1, len(_COLUMNS) + 1):
            for goes_on in (False, True) if may_go_on else (False,):
                terms = " AND ".join(term.expression(goes_on) for term in query.terms)
                columns = " ".join(_COLUMNS[:number])
                expression = f"{{{columns}}} : ({terms}){_but(query.without)}"
                yield from self._matching(expression, "rowid DESC")

    def _with_most(
        self, query: WordQuery, limit: int, found: dict[int, NameMatch]
    ) -> dict[int, NameMatch]:
        """At least half of the words. Those that very many pictures have find none alone."""
        telling = [term for term in query.terms if 0 < self._count(term) < _COMMON]
        if not telling or len(query.terms) < 2:
            return found
        terms = " OR ".join(term.expression(goes_on=True) for term in telling)
        order = f"bm25(word_index, {_WEIGHTS}), rowid DESC"
        standings = []
        for picture in self._matching(f"({terms}){_but(query.without)}", order):
            if picture in found:
                continue
            standing = self._judge(picture, query)
            if standing is not None and 2 * standing.found >= len(query.terms):
                standings.append(standing)
            if len(standings) >= _MOST_JUDGED:
                break
        standings.sort(key=lambda standing: -standing.found)
        matches = (replace(standing.match, has_all=False) for standing in standings)
        best = list(matches)[: limit - len(found)]
        return found | {match.picture.id: match for match in best}

    def _count(self, term: Term) -> int:
        rows = self._db.execute(
            "SELECT COUNT(*) FROM (SELECT 1 FROM word_index WHERE word_index MATCH ? LIMIT ?)",
            (term.expression(goes_on=True), _COMMON),
        )
        return int(rows.fetchone()[0])

    def _matching(self, expression: str, order: str) -> Iterator[int]:
        """The pictures that pass the filter. Reads no more of the index than is asked for."""
        rows = self._db.execute(
            "SELECT (SELECT picture FROM word_text WHERE row = word_index.rowid) FROM word_index"
            f" WHERE word_index MATCH ? ORDER BY {order}",
            (expression,),
        )
        while some := [picture for (picture,) in rows.fetchmany(_AT_ONCE) if picture is not None]:
            yield from self._passing(some)

    # Filters

    def _filter_passes(self) -> Callable[[list[int]], Iterable[int]]:
        if self._filter.is_everything:
            return lambda pictures: pictures
        passing = frozenset(self._catalogue.pictures.matching(self._filter, self._offline).tolist())
        return lambda pictures: filter(passing.__contains__, pictures)

    def _judge(self, picture: int, query: WordQuery) -> Standing | None:
        """By the files that pass the filter."""
        record = self._record(picture)
        if record is None:
            return None
        texts = read_texts(self._db, picture, self._paths(picture), self._library)
        recognised = self._catalogue.recognised_text.get([picture]) if texts.recognised else {}
        standing = judge(query, record, texts, recognised.get(picture))
        return standing and replace(standing, match=_with_name_first(standing.match))

    def _record(self, picture: int) -> PictureRecord | None:
        """None if no file that passes shows it."""
        record = self._catalogue.pictures.get([picture]).get(picture)
        if record is None or self._filter.is_everything:
            return record
        places = self._catalogue.pictures.places_passing([picture], self._filter, self._offline)
        passing = places[picture]
        if not passing:
            return None
        record = places_first(record, passing, self._filter)
        return replace(record, time_ns=min(passing.values()))

    def _paths(self, picture: int) -> list[bytes]:
        """As the catalogue has them."""
        rows = self._db.execute(
            f"SELECT path FROM file WHERE picture = ? AND {self._condition.sql} ORDER BY path",
            (picture, *self._condition.parameters),
        )
        return [path for (path,) in rows]


def _with_name_first(match: NameMatch) -> NameMatch:
    """The place first whose name has the words."""
    if match.where is not Where.NAME:
        return match
    paths = sorted(match.picture.paths, key=lambda path: split_path(path)[1] != match.words)
    return replace(match, picture=replace(match.picture, paths=tuple(paths)))


def _but(terms: Iterable[Term]) -> str:
    without = " OR ".join(term.expression() for term in terms)
    return f" NOT ({without})" if without else ""
