"""Which rows a column has if near-duplicates are folded, and which stacks are open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from finder.core.i18n import trn
from finder.core.search.stacks import NO_NEAR_DUPLICATES, NearDuplicates, fold
from finder.gui.results.result_order import ResultOrder, in_order

if TYPE_CHECKING:
    from finder.core.search.matches import Match


@dataclass(frozen=True)
class Stack:
    """A match and the near-duplicates behind it, which are listed after it if the stack is open."""

    leader: Match
    others: Sequence[Match]
    is_open: bool

    @property
    def badge(self) -> str:
        """What a click on the leader's card would show, or hide."""
        return f"−{len(self.others)}" if self.is_open else f"+{len(self.others)}"

    @property
    def words(self) -> str:
        number = len(self.others)
        if self.is_open:
            return trn("{n} near-duplicate shown", "{n} near-duplicates shown", number)
        return trn("{n} near-duplicate folded", "{n} near-duplicates folded", number)


@dataclass(frozen=True)
class Rows:
    """What a column lists. stacks: by the content id of every picture in one."""

    matches: Sequence[Match] = ()
    stacks: Mapping[int, Stack] = field(default_factory=dict)
    folded: int = 0


@dataclass(frozen=True)
class Folding:
    """is_on: whether near-duplicates are folded at all. opened: the pictures whose stacks are open
    (content ids), in all columns."""

    is_on: bool = True
    near: NearDuplicates = NO_NEAR_DUPLICATES
    opened: frozenset[int] = frozenset()

    def rows(self, matches: Sequence[Match], order: ResultOrder) -> Rows:
        """matches: the nearest first. An open stack stays together, whatever the order."""
        if not self.is_on:
            return Rows(in_order(matches, order))
        found = fold(matches, self.near)
        rows: list[Match] = []
        stacks: dict[int, Stack] = {}
        folded = 0
        for leader in in_order(found.matches, order):
            rows.append(leader)
            others = found.behind.get(leader.picture.id, ())
            if not others:
                continue
            stack = Stack(leader, in_order(others, order), leader.picture.id in self.opened)
            stacks.update((match.picture.id, stack) for match in (leader, *others))
            if stack.is_open:
                rows += stack.others
            else:
                folded += len(others)
        return Rows(rows, stacks, folded)

    def with_open(self, pictures: Collection[int]) -> Folding:
        """These pictures' stacks are open, too."""
        groups = (self.near.group(picture) for picture in pictures)
        return replace(self, opened=self.opened.union(*groups))

    def with_closed(self, picture: int) -> Folding:
        """The picture's stacks are not open."""
        return replace(self, opened=self.opened - self.near.group(picture))
