"""Where a picture has the words of a query, and the text there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.word_folding import BREAK, folded_words
from finder.core.library.words.name_match import NameMatch, Where

if TYPE_CHECKING:
    from finder.core.library.catalogue.picture_texts import PictureTexts
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.catalogue.tables.recognised_table import RecognisedText
    from finder.core.library.words.word_query import Term, WordQuery

_SHOWN = 120
"""Characters of a text that are shown."""
_BEFORE = 30


@dataclass(frozen=True)
class Standing:
    """match: the picture with the words that it has; found: how many of the query's terms."""

    match: NameMatch
    found: int


def judge(
    query: WordQuery, record: PictureRecord, texts: PictureTexts, read: RecognisedText | None
) -> Standing | None:
    """None if none of the query's terms is in these texts, or one that must not be. read: the text
    that was recognised in the picture, with boxes."""
    parts = _parts(texts)
    words = {where: _together(parts[where]) for where in Where}
    words[Where.PICTURE] = folded_words("\n".join(texts.recognised))  # a line may go on
    if any(term.is_in(words[where]) for term in query.without for where in Where):
        return None
    first = {term: _first(term, words) for term in query.terms}
    found = {term: where for term, where in first.items() if where is not None}
    if not found:
        return None
    where = max(found.values(), key=list(Where).index)
    wanted = [term for term, at in found.items() if at is where]
    match = NameMatch(record, where, _shown(where, parts[where], wanted))
    if where is Where.PICTURE and read is not None:
        lines = [line.box for line in read.lines if _has_any(line.text, wanted)]
        match = NameMatch(record, where, match.words, tuple(lines))
    return Standing(match, len(found))


def _parts(texts: PictureTexts) -> dict[Where, Sequence[str]]:
    return {
        Where.NAME: texts.names,
        Where.FOLDER: [name for names in texts.folders for name in names],
        Where.LABEL: texts.labels,
        Where.CAPTION: [texts.caption],
        Where.PICTURE: texts.recognised,
    }


def _together(parts: Sequence[str]) -> list[str]:
    return [word for part in parts for word in (*folded_words(part), BREAK)]


def _first(term: Term, words: dict[Where, list[str]]) -> Where | None:
    return next((where for where in Where if term.is_in(words[where])), None)


def _has_any(text: str, terms: Sequence[Term]) -> bool:
    words = folded_words(text)
    return any(term.is_in(words) for term in terms)


def _shown(where: Where, parts: Sequence[str], terms: Sequence[Term]) -> str:
    fitting = [part for part in dict.fromkeys(parts) if _has_any(part, terms)]
    if where is Where.NAME:  # the one that has most of them
        counts = {part: sum(_has_any(part, [term]) for term in terms) for part in fitting}
        return max(fitting, key=lambda part: counts[part], default="")
    if where in (Where.FOLDER, Where.LABEL):
        return _cut((" / " if where is Where.FOLDER else ", ").join(fitting))
    if where is Where.CAPTION:
        return _excerpt(parts[0], terms)
    return _cut(" … ".join(fitting) or " ".join(parts))


def _excerpt(text: str, terms: Sequence[Term]) -> str:
    """The text around the first of the words, in one line."""
    words = text.split()
    at = next((n for n, word in enumerate(words) if _begins(word, terms)), 0)
    start = at
    while start and len(" ".join(words[start - 1 : at])) <= _BEFORE:
        start -= 1
    return _cut(("… " if start else "") + " ".join(words[start:]))


def _begins(word: str, terms: Sequence[Term]) -> bool:
    folded = folded_words(word)
    return any(one.startswith(term.words[0]) for one in folded for term in terms)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "…"
