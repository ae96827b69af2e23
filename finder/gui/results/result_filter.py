"""Which of the listed matches are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.printable import printable

if TYPE_CHECKING:
    from finder.core.search.matches import Match

COMBINED = ""
"""The key of the combined column; a model's column has the model's name."""

NO_CUT_OFF = 0


@dataclass(frozen=True)
class ResultFilter:
    """text: case-folded, part of one of the picture's paths; empty: any. cut_off: the least
    closeness, 0: any. only: these pictures (content ids); None: any."""

    text: str = ""
    cut_off: int = NO_CUT_OFF
    only: frozenset[int] | None = None

    @property
    def is_off(self) -> bool:
        return self == ResultFilter()

    def accepts(self, match: Match) -> bool:
        """Whether a column shows the match."""
        if match.closeness < self.cut_off:
            return False
        if self.only is not None and match.picture.id not in self.only:
            return False
        return not self.text or _has_text(match, self.text)

    def reason_for_none(self) -> str:
        """What to show in a column without matches."""
        if self.only is not None:
            return tr("The models agree on all of these matches.")
        if self.cut_off > NO_CUT_OFF:
            return tr("No match is this close. Lower the cut-off.")
        return tr("No match has “{words}” in its name.").format(words=self.text)


def _has_text(match: Match, text: str) -> bool:
    return any(text in printable(path).casefold() for path in match.picture.paths)
