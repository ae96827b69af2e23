"""Which of the listed matches are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.search.closeness.closeness import NEARLY_THE_SAME

if TYPE_CHECKING:
    from finder.core.search.matches import Match

COMBINED = ""
"""The key of the combined column; a model's column has the model's name."""

NO_CUT_OFF = 0


@dataclass(frozen=True)
class ResultFilter:
    """cut_off: the least closeness, 0: any. only: these pictures (content ids); None: any.
    without: not these, the query's own ones. proven: these are the query's picture, and nearly the
    same at least, whatever a model finds."""

    cut_off: int = NO_CUT_OFF
    only: frozenset[int] | None = None
    without: frozenset[int] = frozenset()
    proven: frozenset[int] = frozenset()

    def accepts(self, match: Match) -> bool:
        """Whether a column shows the match."""
        picture = match.picture.id
        least = NEARLY_THE_SAME if picture in self.proven else 0.0
        if max(match.closeness, least) < self.cut_off:
            return False
        return picture not in self.without and (self.only is None or picture in self.only)

    def hidden(self, matches: Iterable[Match], folded: int) -> Hidden:
        """matches: all that could be listed; folded: how many of those that are accepted."""
        left_out = [match for match in matches if not self.accepts(match)]
        own = sum(match.picture.id in self.without for match in left_out)
        return Hidden(len(left_out) - own, folded, own)

    def reason_for_none(self, hidden: Hidden) -> str:
        """What to show in a column without matches."""
        if hidden.filtered and self.only is not None:
            return tr("The models agree on all of these matches.")
        if hidden.filtered:
            return tr("No match is this close. Lower the cut-off.")
        if hidden.own:
            return tr("There is no match but the query’s own file, which is hidden.")
        return tr("No picture is indexed with all of these models.")


@dataclass(frozen=True)
class Hidden:
    """How many matches are not listed. filtered: by the cut-off, or as the models agree on them;
    folded: behind near-duplicates; own: pictures of the query."""

    filtered: int = 0
    folded: int = 0
    own: int = 0

    def most(self, other: Hidden) -> Hidden:
        """Of two columns."""
        return Hidden(
            max(self.filtered, other.filtered),
            max(self.folded, other.folded),
            max(self.own, other.own),
        )
