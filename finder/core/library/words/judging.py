"""Where a picture has the words of a query, and the text there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.library.catalogue.word_folding import folded_words
from finder.core.library.words.name_match import Where

if TYPE_CHECKING:
    from finder.core.library.catalogue.picture_texts import PictureTexts
    from finder.core.library.words.word_query import Term, WordQuery

_SHOWN = 120
"""Characters of a text that are shown."""
_BEFORE = 30


@dataclass(frozen=True)
class Standing:
    """found: the terms that were found; where: the last of the places that is needed for them;
    terms: those that are there."""

    where: Where
    terms: tuple[Term, ...]
    found: tuple[Term, ...]


def judge(query: WordQuery, words: Mapping[Where, str]) -> Standing | None:
    """None if none of the query's terms is among the words, or one that must not be."""
    if any(term.is_in(text) for term in query.without for text in words.values()):
        return None
    found = {term: where for term in query.terms if (where := _first(term, words)) is not None}
    if not found:
        return None
    last = max(found.values(), key=_ORDER.index)
    terms = tuple(term for term, where in found.items() if where is last)
    return Standing(last, terms, tuple(found))


_ORDER = list(Where)


def _first(term: Term, words: Mapping[Where, str]) -> Where | None:
    return next((where for where, text in words.items() if term.is_in(text)), None)


def shown(standing: Standing, texts: PictureTexts) -> str:
    """What to show of the text in which the words are."""
    terms, parts = standing.terms, _parts(standing.where, texts)
    if len(parts) == 1 and standing.where is not Where.CAPTION:
        return parts[0] if standing.where is Where.NAME else _cut(parts[0])
    fitting = [part for part in dict.fromkeys(parts) if has_any(part, terms)]
    if standing.where is Where.NAME:  # the one that has most of them and little else
        counts = {part: sum(has_any(part, [term]) for term in terms) for part in fitting}
        return max(fitting, key=lambda part: (counts[part], -len(part)), default="")
    if standing.where is Where.CAPTION:
        return _excerpt(texts.caption, terms)
    separator = {Where.FOLDER: " / ", Where.LABEL: ", "}.get(standing.where, " … ")
    return _cut(separator.join(fitting) or " ".join(parts))


def _parts(where: Where, texts: PictureTexts) -> Sequence[str]:
    if where is Where.FOLDER:
        return [name for names in texts.folders for name in names]
    return {Where.NAME: texts.names, Where.LABEL: texts.labels}.get(where, texts.recognised)


def has_any(text: str, terms: Sequence[Term]) -> bool:
    words = " ".join(folded_words(text))
    return any(term.is_in(words) for term in terms)


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
