"""What is typed into the field, as the words of a query: “red bicycle -people”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from unicodedata import category

from finder.core.library.words.word_query import QUOTATION_MARKS
from finder.core.search.query.query_spec import (
    LESS,
    LONGEST_TEXT,
    MOST_QUERY_WORDS,
    QueryExample,
    QuerySpec,
    TextSource,
)

_MARK, _NO_MARK = f"[{QUOTATION_MARKS}]", f"[^{QUOTATION_MARKS}]"
_MINUS = re.compile(rf"(?<!\S)[-−](?:{_MARK}({_NO_MARK}*){_MARK}?|((?![\s-]){_NO_MARK}\S*)|\s*$)")
"""A word after a minus sign, or several between quotation marks, or a minus at the end,
before a word is typed; not a dash between two words."""


def read_words(text: str) -> tuple[QueryExample, ...]:
    """What matches should show, in one piece; then what they should not, each for itself. Empty if
    there are no words."""
    text = text[:LONGEST_TEXT]
    wanted = _tidy(_MINUS.sub(" ", text))
    unwanted = (_tidy(quoted or word) for quoted, word in _MINUS.findall(text))
    words = [QueryExample(TextSource(wanted))] if wanted else []
    minus = dict.fromkeys(one for one in unwanted if one)
    words += [QueryExample(TextSource(one), LESS) for one in minus]
    return tuple(words[:MOST_QUERY_WORDS])


def words_text(words: Sequence[QueryExample]) -> str:
    """The words of a query as they would be typed."""
    wanted = [item.source.label for item in words if item.weight > 0]
    unwanted = [_quoted(item.source.label) for item in words if item.weight < 0]
    return " ".join([*wanted, *(f"-{one}" for one in unwanted)])


def with_words(spec: QuerySpec | None, text: str) -> QuerySpec:
    """The query with these words in place of its own. Words that stay keep their weight; and so do
    the wanted ones, whatever they are now, unless there were several and they were changed."""
    before = spec if spec is not None else QuerySpec(())
    weights = {item.source: item.weight for item in before.words}
    wanted = [item for item in before.words if item.weight > 0]
    words: list[QueryExample] = []
    for item in read_words(text):
        if item.weight < 0:
            words.append(replace(item, weight=weights.get(item.source, item.weight)))
        elif len(wanted) > 1:
            words += _continued(wanted, item)
        else:
            words.append(replace(item, weight=wanted[0].weight if wanted else 1.0))
    return replace(before, items=(*before.pictures, *words[:MOST_QUERY_WORDS]))


def _continued(wanted: Sequence[QueryExample], typed: QueryExample) -> list[QueryExample]:
    """Several descriptions, which the field shows as one text, if that is still the beginning of
    what was typed; then what was added to it. Else what was typed alone."""
    before, label = _tidy(" ".join(item.source.label for item in wanted)), typed.source.label
    if label != before and not label.startswith(f"{before} "):
        return [typed]
    added = _tidy(label.removeprefix(before))
    return [*wanted, *([QueryExample(TextSource(added))] if added else [])]


def is_same(text: str, words: Sequence[QueryExample]) -> bool:
    """Whether the text says these words, whatever their weights are."""
    return _sides(read_words(text)) == _sides(read_words(words_text(words)))


def has_wanted(spec: QuerySpec) -> bool:
    """Whether there is anything that matches should resemble: else it cannot be searched for."""
    return any(item.weight > 0 for item in spec.items)


def _sides(words: Sequence[QueryExample]) -> list[tuple[str, bool]]:
    return [(item.source.label, item.weight > 0) for item in words]


def _quoted(text: str) -> str:
    text = re.sub(_MARK, "", text)
    return f'"{text}"' if " " in text else text


def _tidy(text: str) -> str:
    """Empty without a letter, a digit or a sign such as an emoji: “-” is no word."""
    is_word = any(sign.isalnum() or category(sign) == "So" for sign in text)
    return " ".join(text.split()) if is_word else ""
