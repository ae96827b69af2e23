"""The pictures of a search that have its words in their names, folders, labels, captions, or in the
picture itself: a list of its own, for a terminal and for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from finder.cli.output.output import say
from finder.cli.output.text_width import cut_end, fit_path, pad, text_width
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.words.name_match import NameMatch, Where
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.paths import Home
    from finder.core.search.query.query import Query

NAMES = "names"
_LEAST_WORDS = 12  # columns of a terminal


def names_of(home: Home, query: Query, limit: int, filter: Filter) -> list[NameMatch]:
    """The best first; none if the query has no words that matches should fit, or the index of words
    is damaged, which is said: the models may answer all the same."""
    if not query.text:
        return []
    from finder.core.library.availability import folders_not_answering, one_by_one
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.use_cases.search.name_matches import find_names

    with closing(open_existing(home)) as catalogue:
        folders = catalogue.here.folders(catalogue.folders.paths())
        asks = filter.available is not None
        offline = folders_not_answering(folders, one_by_one) if asks else frozenset[str]()
        try:
            return find_names(catalogue, query, limit, filter, offline)
        except FinderError as error:
            say(str(error))
            return []


def name_rows(names: Sequence[NameMatch]) -> Iterator[tuple[str, ...]]:
    """For each picture: NAMES, rank, where its words are, full path, and the text with them."""
    for rank, found in enumerate(names, 1):
        yield NAMES, str(rank), str(found.where), found.picture.paths[0], found.words


def names_as_json(names: Sequence[NameMatch]) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "path": found.picture.paths[0],
            "where": str(found.where),
            "words": found.words,
        }
        for rank, found in enumerate(names, 1)
    ]


def name_lines(names: Sequence[NameMatch], width: int) -> Iterator[str]:
    """A line for each picture: its rank, where its words are, its path, and the text with them, if
    that is not its name; first those with all words. width: of the terminal."""
    words, has_all = _where_words(), None
    column = max((text_width(words[found.where]) for found in names), default=0)
    for rank, found in enumerate(names, 1):
        if found.has_all != has_all:
            has_all = found.has_all
            yield ""
            yield tr("With these words:") if has_all else tr("With some of these words:")
        begin = f"{rank:>3} {pad(words[found.where], column)}  "
        room = width - text_width(begin)
        path = fit_path(printable(found.picture.paths[0]), room)
        text = "" if found.where is Where.NAME else printable(" ".join(found.words.split()))
        left = room - text_width(path) - 2
        shown = f"  {cut_end(text, left)}" if text and left >= _LEAST_WORDS else ""
        yield f"{begin}{path}{shown}"


def _where_words() -> dict[Where, str]:
    return {
        Where.NAME: tr("name"),
        Where.FOLDER: tr("folder"),
        Where.LABEL: tr("label"),
        Where.CAPTION: tr("caption"),
        Where.PICTURE: tr("in it"),
    }
