"""The word for a match. Plain values, cheap to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.search.closeness.closeness import ClosenessWord, closeness_word
from finder.core.search.closeness.likelihood import LikelihoodWord, likelihood_word

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Standing


def match_word(match: Match | Standing, has_words: bool) -> ClosenessWord | LikelihoodWord | None:
    """What its closeness means. For a query with words, what its likelihood does, if there is one:
    no picture is “the same” as words."""
    if has_words:
        return likelihood_word(match.likelihood)
    return closeness_word(match.closeness)
