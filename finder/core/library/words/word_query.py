"""What a user types to find pictures by words, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from finder.core.library.catalogue.word_folding import folded_words, is_whole
from finder.core.library.words.function_words import FUNCTION_WORDS, SPLITTING, without_particle

_MAX_TEXT = 1_000  # characters
_MAX_TERMS = 32
_SHORTEST_PREFIX = 2
_TYPED = re.compile(
    r"(?:^|(?<=\s))(-?)(?:\"([^\"]*)(?:\"|$)|([^\s\"]+))|\"([^\"]*)(?:\"|$)|([^\s\"]+)"
)
QUOTATION_MARKS = '"“”„‟«»″＂「」『』'
_QUOTES = dict.fromkeys(map(ord, QUOTATION_MARKS), '"')
_LONGEST_TOGETHER = 3
"""Characters of a script without spaces that are probably one word."""


@dataclass(frozen=True)
class Term:
    """Folded words that stand next to each other. is_exact: the last one is a whole word, not only
    the beginning of one."""

    words: tuple[str, ...]
    is_exact: bool = False

    @property
    def may_go_on(self) -> bool:
        """Whether it may also be found by a longer word that begins with its last one."""
        last = self.words[-1]
        return not (self.is_exact or len(last) < _SHORTEST_PREFIX or is_whole(last))

    def expression(self, goes_on: bool = False) -> str:
        """For SQLite's full-text search. goes_on: a longer last word is found, too."""
        return f'"{" ".join(self.words)}"' + ("*" if goes_on and self.may_go_on else "")

    def is_in(self, words: str) -> bool:
        """Whether it is among these words, which spaces separate; a longer last word counts."""
        end = "" if self.may_go_on else " "
        return f" {' '.join(self.words)}{end}" in f" {words} "


@dataclass(frozen=True)
class WordQuery:
    """terms: what is looked for; without: what a picture must not have."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()

    @property
    def telling(self) -> WordQuery:
        """Without words like “a photo of”, “the” and “with”; the same if there are no others."""
        terms = tuple(_distinct(one for term in self.terms for one in _telling(term)))
        return replace(self, terms=terms or self.terms)

    @property
    def in_parts(self) -> WordQuery:
        """Long terms of scripts without spaces in pairs of characters."""
        terms = tuple(_distinct(pair for term in self.terms for pair in _pairs(term)))
        return replace(self, terms=terms[:_MAX_TERMS])


def read_query(text: str) -> WordQuery:
    """Words in any order; “"several words"” stand next to each other; “-word” must not be there."""
    typed = list(_typed_terms(text))
    terms = (term for term, has_minus in typed if not has_minus)
    without = (replace(term, is_exact=True) for term, has_minus in typed if has_minus)
    return _word_query(terms, without)


def literal_query(wanted: Iterable[str], unwanted: Iterable[str]) -> WordQuery:
    """The words of all these texts, in which a minus means nothing; and texts that must not be
    there, each in one piece."""
    terms = (term for text in wanted for term, _ in _typed_terms(text))
    folded = (tuple(folded_words(text[:_MAX_TEXT], splits_case=False)) for text in unwanted)
    return _word_query(terms, (Term(words, is_exact=True) for words in folded if words))


def _typed_terms(text: str) -> Iterator[tuple[Term, bool]]:
    """Each with whether a minus is before it."""
    for match in _TYPED.finditer(text[:_MAX_TEXT].translate(_QUOTES)):
        minus, quoted, plain, later_quoted, later_plain = match.groups()
        is_quoted = quoted is not None or later_quoted is not None
        typed = quoted or plain or later_quoted or later_plain or ""
        words = tuple(folded_words(typed, splits_case=False))
        if words:
            yield Term(words, is_quoted), bool(minus)


def _word_query(terms: Iterable[Term], without: Iterable[Term]) -> WordQuery:
    return WordQuery(_distinct(terms)[:_MAX_TERMS], _distinct(without)[:_MAX_TERMS])


def _distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(terms))


def _telling(term: Term) -> list[Term]:
    if term.is_exact:
        return [term]
    parts, words = [], list[str]()
    for word in term.words:
        if word in SPLITTING and len(term.words) > 1:
            parts.append(words)
            words = []
        else:
            words.append(word)
    found = (without_particle(part) for part in [*parts, words])
    return [Term(tuple(p)) for p in found if p and not all(word in FUNCTION_WORDS for word in p)]


def _pairs(term: Term) -> list[Term]:
    words = term.words
    if len(words) <= _LONGEST_TOGETHER or term.is_exact or not all(map(is_whole, words)):
        return [term]
    return [Term(pair) for pair in pairwise(words)]
