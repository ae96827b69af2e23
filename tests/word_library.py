"""A small library for queries with words, and what they should find in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from made_up_towers import MadeUpTowers, word_spec
from making import Vectors, fill, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Match, Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords
from finder.use_cases.search.library_search import open_searcher

NUMBER = 180
PICTURES = tiny_spec("pictures", 24)
BOTH = word_spec("both", 32, "b", scale=20.0, bias=-4.0)
MORE = word_spec("more", 16, "c")
HASHES = replace(tiny_spec("hashes", 64, "d"), kind="phash")
SPECS = [PICTURES, BOTH, MORE, HASHES]
RANDOM = np.random.default_rng(21)
SIGNS = (np.where(RANDOM.random((NUMBER, 64)) < 0.5, -1, 1) / 8).astype(np.float32)


def off_centre(number: int, dimension: int, centre: Vectors) -> Vectors:
    """As real vectors are: around a mean that is not 0."""
    rows = unit_vectors(RANDOM, number, dimension) + centre
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


VECTORS = {
    spec.name: SIGNS
    if spec is HASHES
    else off_centre(NUMBER, spec.dimension, unit_vectors(RANDOM, 1, spec.dimension)[0])
    for spec in SPECS
}
TEXTS = ("red bicycle", "at night", "people")
WORDS = {
    spec.name: dict(zip(TEXTS, unit_vectors(RANDOM, len(TEXTS), spec.dimension), strict=True))
    for spec in (BOTH, MORE)
}


@pytest.fixture(scope="session")
def word_library(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("library") / "home")
    fill(home, SPECS, range(NUMBER), VECTORS)
    return home


def query(
    pictures: Sequence[tuple[int, float]] = (), words: Sequence[tuple[str, float]] = ()
) -> Query:
    """Pictures of the library by their content ids, and words, each with a weight."""
    return Query(
        tuple(QueryItem("q", b"", picture=one, weight=weight) for one, weight in pictures),
        words=tuple(QueryWords(text, weight) for text, weight in words),
    )


def search(
    home: Home,
    asked: Query,
    specs: Sequence[ModelSpec] = SPECS,
    filter: Filter = NO_FILTER,
    look_twice: bool = False,
    towers: MadeUpTowers | None = None,
) -> Result:
    pool = (towers or MadeUpTowers(WORDS)).pool()
    with closing(pool), closing(open_searcher(home, pool)) as searcher:
        return searcher.search(asked, specs, NUMBER, Metric.COSINE, filter, look_twice=look_twice)


def ids(matches: Sequence[Match]) -> list[int]:
    return [match.picture.id for match in matches]


def by_score(scores: NDArray[np.float64]) -> list[int]:
    order: list[int] = np.argsort(-scores, kind="stable").tolist()
    return order


def z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / values.std())


def unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))


def rows(spec: ModelSpec) -> NDArray[np.float64]:
    return VECTORS[spec.name].astype(np.float64)


def words_z(spec: ModelSpec, *words: tuple[str, float]) -> NDArray[np.float64]:
    total = sum(weight * WORDS[spec.name][text].astype(np.float64) for text, weight in words)
    return z(rows(spec) @ unit(np.asarray(total)))


def pictures_z(spec: ModelSpec, *pictures: tuple[int, float]) -> NDArray[np.float64]:
    vectors = rows(spec)
    mean = vectors.mean(axis=0)
    asked = unit(np.sum([weight * vectors[one] for one, weight in pictures], axis=0)) - mean
    centred = vectors - mean
    lengths = np.linalg.norm(centred, axis=1) * np.linalg.norm(asked)
    return z(centred @ asked / lengths)


def assert_combined(result: Result, expected: NDArray[np.float64]) -> None:
    found = {match.picture.id: match.score for match in result.combined}
    assert len(found) == NUMBER
    scores = [found[picture] for picture in range(NUMBER)]
    np.testing.assert_allclose(scores, expected, atol=2e-4)
    falling = [match.score for match in result.combined]
    assert falling == sorted(falling, reverse=True)
