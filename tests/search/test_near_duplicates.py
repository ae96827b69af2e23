"""Which matches are near-duplicates, and how they are folded behind the first one they resemble."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import fill, tiny_spec, unit_vectors

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.library.catalogue.records import PictureRecord
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.search.matches import Match
from finder.core.search.near_duplicates import PairsOfModel, near_duplicates, pairs
from finder.core.search.query.query_spec import QuerySpec
from finder.core.search.stacks import NO_NEAR_DUPLICATES, NearDuplicates, fold
from finder.use_cases.search.library_search import open_searcher
from finder.use_cases.search.search_session import SearchSession

NAN = float("nan")


def two(value: float, *, baseline: bool = False) -> PairsOfModel:
    """Of two pictures with this closeness."""
    return PairsOfModel(np.array([[100.0, value], [value, 100.0]]), baseline)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ([two(80)], True),
        ([two(79)], False),
        ([two(95), two(79)], False),
        ([two(95), two(80)], True),
        ([two(95), two(NAN)], True),
        ([two(61), two(95, baseline=True)], True),
        ([two(59), two(99, baseline=True)], False),
        ([two(61), two(79, baseline=True)], False),
        ([two(95), two(0, baseline=True)], True),  # as a mirrored copy
        ([two(90, baseline=True), two(79, baseline=True)], False),
        ([two(90, baseline=True), two(80, baseline=True)], True),
        ([two(NAN), two(80, baseline=True)], True),
        ([two(NAN)], False),
    ],
)
def test_the_rule_for_two_pictures(models: list[PairsOfModel], expected: bool) -> None:
    assert bool(near_duplicates(models)[0, 1]) is expected


def match(rank: int, picture: int) -> Match:
    known = PictureRecord(picture, PictureFacts(4, 3, "JPEG", None, 1), (f"/{picture}.jpg",))
    return Match(rank, known, rank / 10)


def folded(pictures: list[int], near: NearDuplicates) -> dict[int, list[int]]:
    """The pictures that are shown, and what is folded behind each."""
    found = fold([match(rank, picture) for rank, picture in enumerate(pictures, 1)], near)
    shown = {
        leader.picture.id: [one.picture.id for one in found.behind.get(leader.picture.id, ())]
        for leader in found.matches
    }
    assert found.number == len(pictures) - len(shown)
    return shown


def test_pairs_are_those_of_the_matrix_each_once() -> None:
    near = np.eye(4, dtype=np.bool_)
    for one, other in ((0, 2), (1, 3)):
        near[one, other] = near[other, one] = True
    assert list(pairs([70, 50, 30, 10], near)) == [(70, 30), (50, 10)]
    assert list(pairs([], np.zeros((0, 0), np.bool_))) == []


def test_stacks_have_their_first_match_in_front_and_no_chains() -> None:
    pictures = [70, 50, 30, 10, 90, 20]
    nothing = {picture: list[int]() for picture in pictures}
    assert folded(pictures, NO_NEAR_DUPLICATES) == nothing
    chain = NearDuplicates([(70, 30), (30, 20)])
    assert folded(pictures, chain) == {70: [30], 50: [], 10: [], 90: [], 20: []}
    several = NearDuplicates([(70, 30), (20, 70), (50, 20), (10, 90)])
    assert folded(pictures, several) == {70: [30, 20], 50: [], 10: [90]}
    assert folded([], several) == {}
    assert folded([30, 90, 70], several) == {30: [70], 90: []}, "another list, another order"


def test_a_group_is_all_that_hangs_together() -> None:
    near = NearDuplicates([(70, 30), (30, 20), (5, 6)])
    assert near.group(20) == {70, 30, 20}
    assert near.group(6) == {5, 6}
    assert near.group(1) == {1}
    assert near.of(30) == {70, 20}


def test_pictures_are_compared_by_the_vectors_of_all_models_that_have_them(home: Home) -> None:
    random = np.random.default_rng(0)
    specs = [tiny_spec("a", 64), tiny_spec("b", 48, "b")]
    vectors = {spec.name: unit_vectors(random, 40, spec.dimension) for spec in specs}
    for rows in vectors.values():
        rows[7] = rows[3] + 0.02 * rows[20]
    vectors["a"][9] = vectors["a"][4]  # twins for one model only
    for rows in vectors.values():
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    fill(home, specs, range(40), vectors)
    order = [4, 7, 9, 3, 1]
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        with_both = searcher.near_duplicates([order], specs)
        assert folded(order, with_both) == {4: [], 7: [3], 9: [], 1: []}
        with_one = searcher.near_duplicates([order, order[::-1]], specs[:1])
        assert folded(order, with_one) == {4: [9], 7: [3], 1: []}
        apart = searcher.near_duplicates([[4, 7], [9, 3]], specs)
        assert folded(order, apart) == {picture: [] for picture in order}, "never in one list"
        strange = searcher.near_duplicates([[1, 2, 10**6], []], specs)
        assert folded([1, 2, 10**6], strange) == {1: [], 2: [], 10**6: []}
        stop = CancelToken()
        stop.set()
        with pytest.raises(Cancelled):
            searcher.near_duplicates([order], specs, stop)


COPIES = {"recompressed", "smaller", "brighter", "mirrored"}


def test_altered_samples_are_folded_and_no_others(
    indexed_samples: Home, samples: Path, specs: list[ModelSpec]
) -> None:
    with closing(SearchSession(indexed_samples, ExtractorPool)) as session:
        query = samples / "birds" / "kingfisher.jpg"
        session.set_query(QuerySpec.of_files([str(query)]))
        result = session.search(specs, 200, "euclidean")
        assert len(result.combined) == 80
        found = fold(result.combined, session.near_duplicates(result, specs))
    leaders = {leader.picture.id: leader for leader in found.matches}
    stacked = {
        frozenset({Path(leaders[first].picture.paths[0]), Path(one.picture.paths[0])})
        for first, others in found.behind.items()
        for one in others
    }
    for pair in stacked:
        subjects = {path.stem.partition("--")[0] for path in pair}
        assert len(subjects) == 1, "two different pictures in a stack"
    altered = {path.stem for pair in stacked for path in pair if path.parent.name == "altered"}
    assert altered >= {
        path.stem
        for path in (samples / "altered").iterdir()
        if path.stem.partition("--")[2] in COPIES
    }
    for first, others in found.behind.items():
        assert all(leaders[first].rank < other.rank for other in others)
