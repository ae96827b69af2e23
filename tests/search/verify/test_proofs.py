"""What proofs change in a result: the order, and numbers that still fall."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from finder.core.library.catalogue.records import PictureRecord
from finder.core.pictures.facts import PictureFacts
from finder.core.search.agreement import agreements
from finder.core.search.closeness.closeness import CLOSEST_SIMILAR, NEARLY_THE_SAME, SAME
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.verify.proofs import (
    SEARCHED,
    VERIFIED,
    candidates,
    first_matches,
    with_proofs,
    with_verified,
)
from finder.core.search.verify.sameness import DIFFERENT, SameKind, Sameness

EDGE = (0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)
WHOLE, PART, MIRRORED, TURNED = (Sameness(kind, 0.9, EDGE) for kind in SameKind)


def picture(number: int) -> PictureRecord:
    return PictureRecord(number, PictureFacts(4, 3, "JPEG", None, 1), (f"/{number}.jpg",))


def result_of(
    combined: list[tuple[int, float]],
    model: list[int],
    own: int | None = None,
    unlisted: dict[int, int] | None = None,
) -> Result:
    """combined: pictures with their closeness, best first; model: the list of one model; unlisted:
    ranks in the combined ranking of pictures that it does not list."""
    number = len(combined)
    standings = {
        one: Standing(rank, float(number - rank), float(number - rank), closeness)
        for rank, (one, closeness) in enumerate(combined, 1)
    }
    lowest = min((closeness for _, closeness in combined), default=0.0)
    for one, rank in (unlisted or {}).items():
        standings[one] = Standing(rank, float(-rank), float(-rank), lowest)
    item = QueryItem("query.jpg", b"", picture=own)
    return Result(
        query=Query((item,)),
        metric=Metric.EUCLIDEAN,
        metrics={"model": Metric.EUCLIDEAN},
        models={
            "model": [Match(rank, picture(one), rank / 10) for rank, one in enumerate(model, 1)]
        },
        combined=[
            Match(standings[one].rank, picture(one), standings[one].distance, closeness)
            for one, closeness in combined
        ],
        combined_over=1000,
        standings={},
        combined_standings=standings,
        seconds={},
        combined_seconds=0.0,
        extraction_seconds=0.0,
    )


def order(result: Result) -> list[int]:
    return [match.picture.id for match in result.combined]


@st.composite
def verified_results(draw: st.DrawFn) -> tuple[Result, dict[int, Sameness]]:
    number = draw(st.integers(1, 12))
    values = st.floats(0, 100) | st.just(SAME)
    closeness = draw(st.lists(values, min_size=number, max_size=number))
    combined = list(zip(draw(st.permutations(range(number))), closeness, strict=True))
    others = draw(st.lists(st.integers(20, 25), unique=True))
    ranks = draw(st.lists(st.integers(number + 1, 90), min_size=6, max_size=6, unique=True))
    unlisted = dict(zip(others, sorted(ranks), strict=False))
    model = draw(st.permutations([*range(number), *others]))
    own = draw(st.none() | st.sampled_from([one for one, _ in combined]))
    result = result_of(combined, model, own, unlisted)
    listed = [one for one in (*range(number), *others, 99) if one != own]
    kinds = st.sampled_from([WHOLE, PART, MIRRORED, TURNED])
    return result, draw(st.dictionaries(st.sampled_from(listed), kinds))


@given(verified_results())
def test_numbers_fall_and_no_match_is_lost(drawn: tuple[Result, dict[int, Sameness]]) -> None:
    result, proofs = drawn
    found = with_proofs(result, proofs)
    proven = {one for one in proofs if one in result.combined_standings}
    assert set(order(found)) == set(order(result)) | proven
    assert [match.rank for match in found.combined] == list(range(1, len(found.combined) + 1))
    standings = found.combined_standings
    assert standings.keys() == result.combined_standings.keys()
    for match in found.combined:
        standing = standings[match.picture.id]
        assert (match.score, match.closeness) == (standing.distance, standing.closeness)
    by_rank = sorted(standings.values(), key=lambda standing: standing.rank)
    for better, worse in pairwise(by_rank):
        assert better.rank < worse.rank
        assert better.distance >= worse.distance
    for one, before in result.combined_standings.items():
        after = standings[one]
        least = NEARLY_THE_SAME if one in proofs else 0.0
        assert after.closeness == max(before.closeness, least)
        if one not in proofs and one not in result.query.own and before.closeness < SAME:
            assert after == replace(before, rank=after.rank)
    assert found.models == result.models
    assert found.same == proofs


def test_without_proofs_a_result_stays_as_it_is() -> None:
    result = result_of([(1, 90.0), (2, 50.0)], [2, 1])
    assert with_proofs(result, {}) is result


def test_proven_ones_come_behind_the_query_itself_whole_ones_first() -> None:
    result = result_of(
        [(1, 100.0), (2, 70.0), (3, 60.0), (4, 50.0), (5, 40.0), (6, 30.0)], [], own=1
    )
    found = with_proofs(result, {2: TURNED, 6: WHOLE, 3: MIRRORED, 5: WHOLE, 4: PART})
    assert order(found) == [1, 5, 6, 4, 2, 3]
    assert [match.closeness for match in found.combined] == [100, 80, 80, 80, 80, 80]
    found = with_proofs(result, {6: WHOLE, 3: PART})
    assert order(found) == [1, 6, 3, 2, 4, 5]
    assert [match.closeness for match in found.combined] == [100, 80, 80, 70, 50, 40]


def test_an_own_picture_that_is_not_first_is_passed() -> None:
    """Such as one of several examples, or the picture that a part was cut from."""
    result = result_of([(4, 60.0), (5, 50.0), (1, 40.0), (6, 30.0)], [])
    examples = Query(tuple(QueryItem("query.jpg", b"", picture=one) for one in (1, 8)))
    several = replace(result, query=examples)
    assert order(with_proofs(several, {6: WHOLE})) == [6, 4, 5, 1]
    assert order(with_proofs(several, {4: PART, 6: WHOLE})) == [6, 4, 5, 1]


def test_own_pictures_that_are_first_stay_there() -> None:
    result = result_of([(1, 60.0), (8, 50.0), (4, 40.0), (9, 30.0), (6, 30.0)], [])
    examples = Query(tuple(QueryItem("query.jpg", b"", picture=one) for one in (1, 8, 9)))
    assert order(with_proofs(replace(result, query=examples), {6: WHOLE})) == [1, 8, 6, 4, 9]


def test_agreement_is_that_before_proofs() -> None:
    result = result_of([(number, 50.0) for number in range(20)], list(range(20)))
    found = with_proofs(result, {15: WHOLE, 16: PART})
    assert agreements(found) == agreements(result)
    assert agreements(first_matches(found, 5)) == agreements(first_matches(result, 5))


def test_a_match_that_only_a_model_lists_comes_to_the_front_too() -> None:
    result = result_of([(1, 60.0), (2, 50.0)], [9, 1], unlisted={9: 40})
    found = with_proofs(result, {9: PART})
    assert order(found) == [9, 1, 2]
    assert found.combined_standings[9].rank == 1
    assert order(first_matches(found, 2)) == [9, 1]


def test_a_picture_that_not_all_models_have_is_not_in_the_combined_ranking() -> None:
    found = with_proofs(result_of([(1, 60.0)], [9, 1]), {9: PART})
    assert order(found) == [1]
    assert found.same == {9: PART}


def test_the_first_matches_are_those_of_each_list() -> None:
    result = with_proofs(result_of([(1, 60.0), (2, 50.0), (3, 40.0)], [3, 2, 1]), {3: PART})
    short = first_matches(result, 1)
    assert order(short) == [3]
    assert [match.picture.id for match in short.models["model"]] == [3]
    assert short.combined_standings.keys() == {3}
    assert short.same == {3: PART}


def test_known_proofs_add_no_match_to_what_was_asked_for() -> None:
    result = result_of([(1, 60.0), (2, 50.0)], [9, 1], unlisted={9: 40})
    found = with_verified(result, {9: PART, 77: WHOLE})
    assert order(found) == [9, 1]
    assert found.same == {9: PART}, "77 is not listed"
    assert with_verified(result, {77: WHOLE}) is result


def test_the_combined_ranking_is_verified_first_then_what_models_have_first() -> None:
    combined = [(number, 50.0) for number in range(200)]
    result = result_of(combined, [500, 3, *range(600, 700)], own=2)
    found = [one.id for one in candidates(result)]
    first = [number for number in range(SEARCHED) if number != 2]
    assert found == [*first, 500, *range(600, 600 + VERIFIED - SEARCHED)]


def test_what_is_compared_and_not_proven_is_at_most_similar() -> None:
    result = result_of([(1, SAME), (2, 91.0), (3, 85.0), (4, 40.0), (5, 88.0)], [])
    found = with_proofs(result, {1: DIFFERENT, 2: DIFFERENT, 3: WHOLE, 4: DIFFERENT})
    closeness = {match.picture.id: match.closeness for match in found.combined}
    assert closeness == {1: SAME, 3: 85.0, 2: CLOSEST_SIMILAR, 4: 40.0, 5: 88.0}
    assert {one: s.closeness for one, s in found.combined_standings.items()} == closeness
    assert found.different == {1, 2, 4}
    assert list(found.same) == [3]


def test_in_the_lists_of_models_too() -> None:
    result = result_of([(1, 91.0), (2, 60.0)], [])
    near = {one: {"model": Standing(one, 0.1, 0.9, 95.0)} for one in (1, 2)}
    lists = {"model": [Match(one, picture(one), 0.1, 95.0) for one in (1, 2)]}
    found = with_proofs(replace(result, standings=near, models=lists), {1: DIFFERENT})
    assert [match.closeness for match in found.models["model"]] == [CLOSEST_SIMILAR, 95.0]
    assert [found.standings[one]["model"].closeness for one in (1, 2)] == [CLOSEST_SIMILAR, 95.0]
