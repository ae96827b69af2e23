"""What proofs change in a result: the proven matches move to the front. Plain values, cheap to
import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import chain, islice, takewhile, zip_longest
from typing import TYPE_CHECKING, Final, TypeVar

from finder.core.search.closeness.closeness import CLOSEST_SIMILAR, NEARLY_THE_SAME, SAME
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.verify.sameness import Different, SameKind, Sameness

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord

_Rated = TypeVar("_Rated", Match, Standing)

SEARCHED: Final = 30
"""Of the combined ranking, how many are verified, so that many a search needs at least."""
VERIFIED: Final = 50
"""How many pictures are verified at most: the others are those that the models have first."""

_ORDER: Final = {SameKind.WHOLE: 1, SameKind.PART: 2, SameKind.MIRRORED: 3, SameKind.TURNED: 3}


def candidates(result: Result) -> list[PictureRecord]:
    """The matches to verify, in this order; without the query's own pictures."""
    of_models = chain.from_iterable(zip_longest(*result.models.values()))
    matches = chain(result.combined[:SEARCHED], of_models)
    pictures = {match.picture.id: match.picture for match in matches if match is not None}
    others = (one for one in pictures.values() if one.id not in result.query.own)
    return list(islice(others, VERIFIED))


def with_proofs(result: Result, verified: Mapping[int, Sameness | Different]) -> Result:
    """The result of a search with what a verification found so far, by content id.

    What was compared and is not proven is at most “similar”, however close its vectors are. In the
    combined ranking, what is proven comes first, behind what is the query itself: whole ones, then
    parts, then mirrored and turned ones, each in the order that they had. One that moves up has at
    least the score of those that it passes, so that scores still fall, and is at least “nearly the
    same”. The models' lists keep their order, which is that of their distances.
    """
    proofs = {one: found for one, found in verified.items() if isinstance(found, Sameness)}
    result = _doubted(result, verified.keys() - proofs.keys())
    if not proofs:
        return result
    old = result.combined_standings
    front = _front(result, proofs)
    new = _raised(front, old, proofs) | dict(_moved_back(front, old))
    listed = {match.picture.id: match.picture for match in _all_matches(result)}
    shown = {match.picture.id for match in result.combined}.union(proofs)
    ordered = sorted(shown.intersection(new), key=lambda picture: new[picture].rank)
    combined = [
        Match(rank, listed[picture], new[picture].distance, new[picture].closeness)
        for rank, picture in enumerate(ordered, 1)
    ]
    return replace(
        result,
        combined=combined,
        combined_standings=new,
        same=dict(proofs),
        before_proofs=result.combined,
    )


def with_verified(result: Result, verified: Mapping[int, Sameness | Different]) -> Result:
    """`with_proofs`, by what is known of pictures that the result lists, and with no more matches
    in a list than were asked for."""
    listed = {match.picture.id for match in _all_matches(result)}
    known = {picture: found for picture, found in verified.items() if picture in listed}
    if not known:
        return result
    lists = (result.combined, *result.models.values())
    return first_matches(with_proofs(result, known), max(map(len, lists)))


def first_matches(result: Result, top: int) -> Result:
    """The result with at most so many matches in each list."""
    short = replace(
        result,
        combined=result.combined[:top],
        before_proofs=result.before_proofs[:top],
        models={name: matches[:top] for name, matches in result.models.items()},
    )
    listed = {match.picture.id for match in _all_matches(short)}
    return replace(
        short,
        standings={one: all for one, all in result.standings.items() if one in listed},
        combined_standings={
            one: standing for one, standing in result.combined_standings.items() if one in listed
        },
        same={one: proof for one, proof in result.same.items() if one in listed},
    )


def _doubted(result: Result, different: Set[int]) -> Result:
    """These pictures are not “nearly the same” in any list. What surely is the same picture, by its
    vector or its bytes, stays that."""
    if not different:
        return result
    standings = {
        picture: {name: _at_most_similar(one) for name, one in by_model.items()}
        if picture in different
        else by_model
        for picture, by_model in result.standings.items()
    }
    combined = {
        picture: _at_most_similar(one) if picture in different else one
        for picture, one in result.combined_standings.items()
    }
    return replace(
        result,
        standings=standings,
        combined_standings=combined,
        models={
            name: [_doubted_match(match, different) for match in matches]
            for name, matches in result.models.items()
        },
        combined=[_doubted_match(match, different) for match in result.combined],
        different=frozenset(different),
    )


def _doubted_match(match: Match, different: Set[int]) -> Match:
    return _at_most_similar(match) if match.picture.id in different else match


def _at_most_similar(one: _Rated) -> _Rated:
    is_nearly = NEARLY_THE_SAME <= one.closeness < SAME
    return replace(one, closeness=CLOSEST_SIMILAR) if is_nearly else one


def _front(result: Result, proofs: Mapping[int, Sameness]) -> list[int]:
    """What comes first: what is surely the query's picture, then what is proven. The query's own
    pictures stay in front if they are, but a crop, or one of several examples, may be far from
    what is searched for."""
    query = result.query
    first = takewhile(lambda match: match.picture.id in query.own, result.combined)
    certain = {match.picture.id for match in first}.union(
        match.picture.id
        for match in result.combined
        if match.picture.id == query.leader or match.closeness >= SAME
    )
    standings = result.combined_standings

    def order(picture: int) -> tuple[int, int]:
        place = 0 if picture in certain else _ORDER[proofs[picture].kind]
        return place, standings[picture].rank

    return sorted(standings.keys() & (proofs.keys() | certain), key=order)


def _raised(
    front: Sequence[int], old: Mapping[int, Standing], proofs: Mapping[int, Sameness]
) -> dict[int, Standing]:
    """The standings of those at the front."""
    others = [standing for picture, standing in old.items() if picture not in set(front)]
    score = max((standing.distance for standing in others), default=float("-inf"))
    raised: dict[int, Standing] = {}
    for rank, picture in reversed(list(enumerate(front, 1))):
        standing = old[picture]
        score = max(score, standing.distance)
        least = NEARLY_THE_SAME if picture in proofs else 0.0
        raised[picture] = replace(
            standing,
            rank=rank,
            distance=score,
            similarity=max(score, standing.similarity),
            closeness=max(standing.closeness, least),
            is_least_rank=False,
        )
    return raised


def _moved_back(
    front: Sequence[int], old: Mapping[int, Standing]
) -> Iterator[tuple[int, Standing]]:
    """The others, each behind those that have passed it."""
    passing = [old[picture].rank for picture in front]
    for picture, standing in old.items():
        if picture not in front:
            passed = sum(rank > standing.rank for rank in passing)
            yield picture, replace(standing, rank=standing.rank + passed)


def _all_matches(result: Result) -> Iterator[Match]:
    return chain(result.combined, *result.models.values())
