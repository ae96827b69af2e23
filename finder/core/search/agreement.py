"""How far the models agree on a query: pure functions of its result."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Result

COMBINED: Final = ""
"""The key of the combined ranking; a model's list has the model's name."""
TOP: Final = 10
FAR: Final = 5
"""A model disagrees about a picture whose rank is beyond so many times the top."""
PERSISTENCE: Final = 0.9
"""p of the rank-biased overlap: gives the first ten ranks 86 % of the weight."""


@dataclass(frozen=True)
class Agreement:
    """Of two rankings. shared: how many pictures are in both tops; top: how many pictures a top
    has, which is fewer than asked for in a small library. rank_biased: `rank_biased_overlap` of all
    that is listed."""

    shared: int
    top: int
    rank_biased: float


def tops(result: Result, top: int = TOP) -> dict[int, tuple[str, ...]]:
    """For every listed picture the models in whose top it is, in their order."""
    return {
        picture: tuple(
            name for name in result.models if name in standings and standings[name].rank <= top
        )
        for picture, standings in result.standings.items()
    }


def agreements(result: Result, top: int = TOP) -> dict[tuple[str, str], Agreement]:
    """For each pair of models, and for each model with the combined ranking: (COMBINED, name)
    first, then as the models follow each other. The combined ranking is that before proofs, which
    are no model's opinion."""
    lists = {name: _ids(matches) for name, matches in result.models.items()}
    pairs = [(COMBINED, name) for name in lists] + list(combinations(lists, 2))
    lists[COMBINED] = _ids(result.before_proofs or result.combined)
    return {pair: _agreement(lists[pair[0]], lists[pair[1]], top) for pair in pairs}


def disputed(result: Result, top: int = TOP) -> dict[int, tuple[str, str]]:
    """The pictures that models disagree on: in one model's top, and at a rank beyond `FAR` × top
    with another. For each the model that ranks it best, and the one that ranks it worst."""
    found = {}
    for picture, standings in result.standings.items():
        best = min(standings, key=lambda name: standings[name].rank)
        worst = max(standings, key=lambda name: standings[name].rank)
        if standings[best].rank <= top and standings[worst].rank > FAR * top:
            found[picture] = best, worst
    return found


def overlap(first: Sequence[Hashable], second: Sequence[Hashable], top: int) -> int:
    """How many of the first `top` of two lists are in both."""
    return len(set(first[:top]).intersection(second[:top]))


def rank_biased_overlap(
    first: Sequence[Hashable], second: Sequence[Hashable], persistence: float = PERSISTENCE
) -> float:
    """RBO_EXT, 0 to 1, of two lists without repetitions, which may differ in length: the overlap of
    the infinite rankings, extrapolated from what is listed.

    W. Webber, A. Moffat, J. Zobel, A similarity measure for indefinite rankings, ACM TOIS 28(4),
    2010, equation 32. persistence: their p, the weight of a rank relative to the one before it. The
    lists are truncated where the listed matches end; what follows counts as agreeing as far as the
    lists did there. With p = 0.9 it has 14 % of the weight after ten ranks, and less than 0.1 %
    after fifty. Two empty lists are equal: 1.
    """
    shorter, longer = sorted((first, second), key=len)
    if not shorter:
        return float(not longer)
    shared = _shared_at_each_depth(shorter, longer)
    short, long, p = len(shorter), len(longer), persistence
    total = sum(shared[depth] / depth * p**depth for depth in range(1, long + 1))
    total += sum(
        shared[short] * (depth - short) / (short * depth) * p**depth
        for depth in range(short + 1, long + 1)
    )
    rest = ((shared[long] - shared[short]) / long + shared[short] / short) * p**long
    return (1 - p) / p * total + rest


def _shared_at_each_depth(shorter: Sequence[Hashable], longer: Sequence[Hashable]) -> list[int]:
    """How many are in both of the lists' first d, for d from 0."""
    shared, seen_short, seen_long = [0], set[Hashable](), set[Hashable]()
    for depth, item in enumerate(longer):
        seen_long.add(item)
        more = int(item in seen_short)
        if depth < len(shorter):
            seen_short.add(shorter[depth])
            more += int(shorter[depth] in seen_long)
        shared.append(shared[-1] + more)
    return shared


def _agreement(first: Sequence[int], second: Sequence[int], top: int) -> Agreement:
    size = min(top, max(len(first), len(second)))
    return Agreement(overlap(first, second, top), size, rank_biased_overlap(first, second))


def _ids(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]
