"""Pictures that have the words of a query, by the index of words in the catalogue."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.availability import places_first
from finder.core.library.catalogue.path_parts import split_path
from finder.core.library.catalogue.picture_texts import read_texts
from finder.core.library.catalogue.tables.word_table import is_damage
from finder.core.library.words.judging import Standing, has_any, judge, shown
from finder.core.library.words.name_match import NameMatch, Where

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.picture_texts import PictureTexts
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.words.word_query import Term, WordQuery
    from finder.core.pictures.transform import Box

_FEW = 10
"""With fewer pictures that have all words, those that have most of them follow."""
_COMMON = 1_000
"""Pictures; a word that so many have says little where others are lacking."""
_COMBINED = 6
"""Words of a long sentence, its rarest, of which most are to be found."""
_AT_ONCE = 200
_COLUMNS = ("name", "folder", "label", "caption", "recognised")


@dataclass(frozen=True)
class _Candidate:
    record: PictureRecord
    standing: Standing


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

    def find(self, query: WordQuery, limit: int) -> list[NameMatch]:
        """At most `limit`, the best first: all words in the name, then also in folders, labels,
        caption and picture; whole words before longer ones that begin with them; the newest
        first. Raises FinderError if the index is damaged."""
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
                candidate = self._candidate(picture, query)
                if candidate is not None and len(candidate.standing.found) == len(query.terms):
                    more[picture] = self._match(candidate, has_all=True)
        # with a filter, the words of files that do not pass do not count
        order = sorted(more.items(), key=lambda one: list(Where).index(one[1].where))
        return found | dict(order)

    def _pictures_with_all(self, query: WordQuery) -> Iterator[int]:
        anywhere = f"({_all_of(query.terms, goes_on=True)}){_but(query.without)}"
        if next(self._matching(anywhere), None) is None:
            return  # the usual case of a sentence
        may_go_on = any(term.may_go_on for term in query.terms)
        for number in range(1, len(_COLUMNS) + 1):
            for goes_on in (False, True) if may_go_on else (False,):
                terms = _all_of(query.terms, goes_on)
                columns = " ".join(_COLUMNS[:number])
                expression = f"{{{columns}}} : ({terms}){_but(query.without)}"
                yield from self._matching(expression)

    def _with_most(
        self, query: WordQuery, limit: int, found: dict[int, NameMatch]
    ) -> dict[int, NameMatch]:
        """At least half of the words, as many as possible, then the rarest. One word alone, of two,
        only where few pictures have it."""
        counts = {term: len(self._rows(term)) for term in query.terms}
        there = sorted((term for term in query.terms if counts[term]), key=lambda t: counts[t])
        most, least = min(len(there), len(query.terms) - 1), (len(query.terms) + 1) // 2
        candidates: list[_Candidate] = []
        for number in range(min(most, _COMBINED), least - 1, -1):
            some = there[:_COMBINED]
            if number == 1:
                some = [term for term in some if counts[term] < _COMMON]
            known = {*found, *(one.record.id for one in candidates)}
            likely = self._with_any(query, combinations(some, number), known)
            # the words of files that do not pass a filter do not count
            likely = (one for one in likely if len(one.standing.found) >= least)
            candidates += islice(likely, limit)
            if len(found) + len(candidates) >= limit:
                break

        def weight(candidate: _Candidate) -> tuple[int, float]:
            """As of BM25, but that each word counts once."""
            has = candidate.standing.found
            return len(has), sum(math.log(1 + _COMMON / counts[term]) for term in has)

        best = sorted(candidates, key=weight, reverse=True)[: limit - len(found)]
        return found | {one.record.id: self._match(one, has_all=False) for one in best}

    def _with_any(
        self, query: WordQuery, groups: Iterable[tuple[Term, ...]], known: set[int]
    ) -> Iterable[_Candidate]:
        """The newest first, but those that are known."""
        expression = " OR ".join(f"({_all_of(group, goes_on=True)})" for group in groups)
        if not expression:
            return
        for picture in self._matching(f"({expression}){_but(query.without)}"):
            candidate = None if picture in known else self._candidate(picture, query)
            if candidate is not None:
                yield candidate

    def _rows(self, term: Term) -> list[int]:
        """At most `_COMMON`."""
        rows = self._db.execute(
            "SELECT rowid FROM word_index WHERE word_index MATCH ? LIMIT ?",
            (term.expression(goes_on=True), _COMMON),
        )
        return [row for (row,) in rows]

    def _matching(self, expression: str) -> Iterator[int]:
        """The pictures that pass the filter, the newest first. Reads no more of the index than is
        asked for."""
        rows = self._db.execute(
            "SELECT (SELECT picture FROM word_text WHERE row = word_index.rowid) FROM word_index"
            " WHERE word_index MATCH ? ORDER BY rowid DESC",
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

    def _candidate(self, picture: int, query: WordQuery) -> _Candidate | None:
        """By the files that pass the filter."""
        record = self._record(picture)
        words = self._words(picture) if record is not None else None
        standing = judge(query, words) if words is not None else None
        if record is None or standing is None:
            return None
        return _Candidate(record, standing)

    def _words(self, picture: int) -> dict[Where, str] | None:
        query = f"SELECT {', '.join(_COLUMNS)} FROM word_text WHERE picture = ?"
        row = self._db.execute(query, (picture,)).fetchone()
        if row is not None and not self._condition.is_always:
            row = (*self._texts(picture).folded[:2], *row[2:])
        return None if row is None else dict(zip(Where, row, strict=True))

    def _texts(self, picture: int) -> PictureTexts:
        return read_texts(self._db, picture, self._paths(picture), self._library)

    def _match(self, candidate: _Candidate, has_all: bool) -> NameMatch:
        record, standing = candidate.record, candidate.standing
        words = shown(standing, self._texts(record.id))
        boxes: tuple[Box, ...] = ()
        if standing.where is Where.NAME:
            record = _with_name_first(record, words)
        if standing.where is Where.PICTURE:
            read = self._catalogue.recognised_text.get([record.id]).values()
            lines = (line for one in read for line in one.lines)
            boxes = tuple(line.box for line in lines if has_any(line.text, standing.terms))
        return NameMatch(record, standing.where, words, boxes, has_all)

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


def _with_name_first(record: PictureRecord, name: str) -> PictureRecord:
    """The place first whose name has the words."""
    paths = sorted(record.paths, key=lambda path: split_path(path)[1] != name)
    return replace(record, paths=tuple(paths))


def _all_of(terms: Iterable[Term], goes_on: bool) -> str:
    return " AND ".join(term.expression(goes_on) for term in terms)


def _but(terms: Iterable[Term]) -> str:
    without = " OR ".join(term.expression() for term in terms)
    return f" NOT ({without})" if without else ""
