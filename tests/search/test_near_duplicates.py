"""Near-duplicates are folded behind the first match that they resemble."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import fill, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.near_duplicates import PairsOfModel, Stacks, near_duplicates, stacks
from finder.core.search.query.query_spec import QuerySpec
from finder.use_cases.search.library_search import open_searcher
from finder.use_cases.search.search_session import SearchSession

NAN = float("nan")


def pairs(value: float, *, baseline: bool = False) -> PairsOfModel:
    """Of two pictures with this closeness."""
    return PairsOfModel(np.array([[100.0, value], [value, 100.0]]), baseline)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ([pairs(80)], True),
        ([pairs(79)], False),
        ([pairs(95), pairs(79)], False),
        ([pairs(95), pairs(80)], True),
        ([pairs(95), pairs(NAN)], True),
        ([pairs(61), pairs(95, baseline=True)], True),
        ([pairs(59), pairs(99, baseline=True)], False),
        ([pairs(61), pairs(79, baseline=True)], False),
        ([pairs(95), pairs(0, baseline=True)], True),  # as a mirrored copy
        ([pairs(90, baseline=True), pairs(79, baseline=True)], False),
        ([pairs(90, baseline=True), pairs(80, baseline=True)], True),
        ([pairs(NAN), pairs(80, baseline=True)], True),
        ([pairs(NAN)], False),
    ],
)
def test_the_rule_for_two_pictures(models: list[PairsOfModel], expected: bool) -> None:
    assert bool(near_duplicates(models)[0, 1]) is expected


def near(*linked: tuple[int, int]) -> NDArray[np.bool_]:
    matrix = np.eye(6, dtype=np.bool_)
    for a, b in linked:
        matrix[a, b] = matrix[b, a] = True
    return matrix


def test_stacks_have_their_first_match_as_key_and_no_chains() -> None:
    pictures = [70, 50, 30, 10, 90, 20]
    assert stacks(pictures, near()) == {}
    assert stacks(pictures, near((0, 2), (2, 5))) == {70: (30,)}, "20 resembles 30 alone"
    assert stacks(pictures, near((0, 2), (0, 5), (1, 5), (3, 4))) == {70: (30, 20), 10: (90,)}
    assert stacks([], np.zeros((0, 0), np.bool_)) == {}


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
        assert searcher.stacks(order, specs) == {7: (3,)}
        assert searcher.stacks(order, specs[:1]) == {4: (9,), 7: (3,)}
        assert searcher.stacks([1, 2, 10**6], specs) == {}, "one is not in the library"
        assert searcher.stacks([], specs) == {}


COPIES = {"recompressed", "smaller", "brighter", "mirrored"}


def test_altered_samples_are_folded_and_no_others(
    indexed_samples: Home, samples: Path, specs: list[ModelSpec]
) -> None:
    with closing(SearchSession(indexed_samples, ExtractorPool)) as session:
        query = samples / "birds" / "kingfisher.jpg"
        session.set_query(QuerySpec.of_files([str(query)]))
        matches = session.search(specs, 200, "euclidean").combined
        assert len(matches) == 80
        shown = {match.picture.id: Path(match.picture.paths[0]) for match in matches}
        found: Stacks = session.stacks(matches, specs)
    folded = {frozenset({shown[first], shown[other]}) for first in found for other in found[first]}
    for pair in folded:
        subjects = {path.stem.partition("--")[0] for path in pair}
        assert len(subjects) == 1, "two different pictures in a stack"
    altered = {path.stem for pair in folded for path in pair if path.parent.name == "altered"}
    assert altered >= {
        path.stem
        for path in (samples / "altered").iterdir()
        if path.stem.partition("--")[2] in COPIES
    }
    order = list(shown)
    for first, others in found.items():
        assert all(order.index(first) < order.index(other) for other in others)
