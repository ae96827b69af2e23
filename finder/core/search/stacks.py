"""The near-duplicates in a list, folded behind the match that they resemble. Plain values, cheap to
import; `near_duplicates` finds out which pictures are near-duplicates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Result

_NOTHING: frozenset[int] = frozenset()


class NearDuplicates:
    """Which pictures of an answer are near-duplicates of each other (content ids)."""

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._others: dict[int, set[int]] = {}
        for one, other in pairs:
            self._others.setdefault(one, set()).add(other)
            self._others.setdefault(other, set()).add(one)

    def of(self, picture: int) -> frozenset[int]:
        """Those of this picture, which is not one of them."""
        return frozenset(self._others.get(picture, _NOTHING))

    def group(self, picture: int) -> frozenset[int]:
        """The picture, its near-duplicates, theirs, and so on: what is shown together in all
        lists, whichever of them is a list's best match."""
        found, new = {picture}, [picture]
        while new:
            more = self._others.get(new.pop(), set()) - found
            found |= more
            new.extend(more)
        return frozenset(found)

    def apart(self, ones: Collection[int], others: Collection[int]) -> NearDuplicates:
        """Without the pairs of one of these and one of those."""
        if not ones or not others:
            return self
        return NearDuplicates(
            (one, other)
            for one, near in self._others.items()
            for other in near
            if not ((one in ones and other in others) or (one in others and other in ones))
        )


NO_NEAR_DUPLICATES = NearDuplicates()


@dataclass(frozen=True)
class Folded:
    """matches: the first one of each stack; behind: the others, by the first one's content id."""

    matches: Sequence[Match]
    behind: Mapping[int, Sequence[Match]]

    @property
    def number(self) -> int:
        """Of the matches that are folded behind others."""
        return sum(map(len, self.behind.values()))

    def mark(self, match: Match) -> str:
        """How many are folded behind a match: “+4”; empty if none is."""
        number = len(self.behind.get(match.picture.id, ()))
        return f"+{number}" if number else ""


def foldable(near: NearDuplicates, result: Result) -> NearDuplicates:
    """The near-duplicates of a result without those that are proven to be the query's picture and
    resemble its own file: folded behind that, the answer would be hidden."""
    return near.apart(result.query.own, result.same)


def fold(matches: Iterable[Match], near: NearDuplicates | None) -> Folded:
    """Fold each match behind the first one before it that it is a near-duplicate of and that is not
    folded itself. No chains, so that nothing is hidden behind a picture that it does not resemble
    itself."""
    if near is None:
        return Folded(list(matches), {})
    leaders: dict[int, Match] = {}
    behind: dict[int, list[Match]] = {}
    for match in matches:
        others = near.of(match.picture.id)
        leader = (
            next((picture for picture in leaders if picture in others), None) if others else None
        )
        if leader is None:
            leaders[match.picture.id] = match
        else:
            behind.setdefault(leader, []).append(match)
    return Folded(list(leaders.values()), behind)
