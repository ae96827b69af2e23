"""The filter of the shown matches, by name and similarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Result

COMBINED = ""
"""The key of the combined column; a model's column has the model's name."""

NO_CUT_OFF = -1.0


@dataclass(frozen=True)
class ResultFilter:
    """text: case-folded, part of one of the picture's paths; empty: any. cut_off: the least cosine
    similarity; −1: any."""

    text: str = ""
    cut_off: float = NO_CUT_OFF

    def accepts(self, match: Match, key: str, result: Result) -> bool:
        """Whether the column with this key shows the match. The combined column takes the mean
        similarity of the models."""
        if self.text and not _has_text(match, self.text):
            return False
        if self.cut_off <= NO_CUT_OFF:
            return True
        standings = result.standings.get(match.picture.id, {})
        shown = [s for name, s in standings.items() if key in (COMBINED, name)]
        similarity = sum(s.similarity for s in shown) / max(1, len(shown))
        return similarity >= self.cut_off

    def reason_for_none(self) -> str:
        """What to show in a column without matches."""
        if self.text:
            return tr("No match has “{words}” in its name.").format(words=self.text)
        return tr("Nothing is similar enough. Lower the cut-off.")


def _has_text(match: Match, text: str) -> bool:
    return any(text in printable(path).casefold() for path in match.picture.paths)
