"""The near-duplicates in a list, folded behind the match that they resemble. Plain values, cheap to
import; `near_duplicates` finds out which pictures are near-duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Result
    from finder.core.search.verify.sameness import Sameness

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

    def without(self, is_apart: Callable[[int, int], bool]) -> NearDuplicates:
        """Without these pairs, in whichever order they are given."""
        return NearDuplicates(
            (one, other)
            for one, near in self._others.items()
            for other in near
            if not is_apart(one, other)
        )


NO_NEAR_DUPLICATES = NearDuplicates()
_ALIKE = 0.1
"""Outlines whose corners differ by less than this share of a side show the same."""


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
    """The near-duplicates of a result as they are folded. What is proven to be the query's picture
    is not folded behind the query's own file, which says nothing new, nor behind what is proven to
    show another part of it."""
    own, same = result.query.own, result.same

    def is_apart(one: int, other: int) -> bool:
        if one in same and other in same:
            return not _show_alike(same[one], same[other])
        return (one in own and other in same) or (one in same and other in own)

    return near.without(is_apart)


def _show_alike(one: Sameness, other: Sameness) -> bool:
    """Whether two proven pictures show about the same part of the query, the same way round."""
    shares = zip(chain(*one.outline), chain(*other.outline), strict=True)
    return one.kind is other.kind and all(abs(a - b) < _ALIKE for a, b in shares)


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
