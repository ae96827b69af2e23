"""Which models have answered a query, in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result


def answer_words(result: Result, specs: Sequence[ModelSpec]) -> tuple[str, str]:
    """Of a query with words only: the line, and what is behind it; else both are empty, as the
    picture's facts are there. specs: of the models that have answered."""
    if result.query.first is not None:
        return "", ""
    titles = ", ".join(spec.title for spec in specs)
    by_models = tr("Found by {titles}").format(titles=titles)
    words = [by_models if specs else tr("Found by names and text only")]
    left_out = list(result.left_out.values())
    if specs and left_out:
        words.append(trn("{n} model left out", "{n} models left out", len(left_out)))
    line = " · ".join(words)
    return line, "\n".join([line, *left_out]) if left_out else ""


def loading_words(specs: Sequence[ModelSpec]) -> str:
    """What is under way: the first search for words takes seconds."""
    titles = ", ".join(spec.title for spec in specs)
    return tr("Loading the words of {title} …").format(title=titles)
