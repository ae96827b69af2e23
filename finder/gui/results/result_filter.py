"""Which of the listed matches are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.search.matches import Match

COMBINED = ""
"""The key of the combined column; a model's column has the model's name."""

NO_CUT_OFF = 0


@dataclass(frozen=True)
class ResultFilter:
    """cut_off: the least closeness, 0: any. only: these pictures (content ids); None: any."""

    cut_off: int = NO_CUT_OFF
    only: frozenset[int] | None = None

    def accepts(self, match: Match) -> bool:
        """Whether a column shows the match."""
        if match.closeness < self.cut_off:
            return False
        return self.only is None or match.picture.id in self.only

    def reason_for_none(self, listed: int) -> str:
        """What to show in a column without matches. listed: how many it has in all."""
        if not listed:
            return tr("No picture is indexed with all of these models.")
        if self.only is not None:
            return tr("The models agree on all of these matches.")
        return tr("No match is this close. Lower the cut-off.")
