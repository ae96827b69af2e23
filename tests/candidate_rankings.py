"""A library whose pictures are ranked twice: all of them, and as candidates that a server gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

import numpy as np
import pytest
from making import Vectors, fill, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.matches import Standing
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    candidate_ids,
    combine_candidates,
    score_candidates,
)
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN, Own
from finder.core.search.ranking.similarity import Similarity, similarity_of

SPECS = [tiny_spec("a", 48), tiny_spec("b", 20, "b"), tiny_spec("c", 33, "c")]
NUMBER = 600
TOP = 20


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ModelIndex]]:
    """A library of pictures that the models more or less agree about: each is near the centre of
    its group."""
    home, random = Home(tmp_path_factory.mktemp("candidates")), np.random.default_rng(1)
    groups = random.integers(12, size=NUMBER)
    vectors = {}
    for spec in SPECS:
        centres = 0.7 + random.normal(size=(12, spec.dimension))
        vectors[spec.name] = unit(centres[groups] + random.normal(size=(NUMBER, spec.dimension)))
    fill(home, SPECS, range(NUMBER), vectors)
    with closing(Catalogue(home)) as catalogue:
        states = catalogue.models.states()
        made = {spec.name: ModelIndex(home.nearest) for spec in SPECS}
        for name, index in made.items():
            index.refresh(catalogue, states[name])
    yield made


def unit(rows: NDArray[np.float64]) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def fetched_from(index: ModelIndex, pictures: NDArray[np.int64]) -> FetchedVectors:
    """As a server returns them: those that the model has embedded, in another order."""
    positions = index.positions(pictures[::-1])
    positions = positions[positions >= 0]
    return FetchedVectors(index.pictures[positions], index.vectors(positions), index.mean()[0])


def nearest(
    index: ModelIndex, vectors: Vectors, number: int, passing: NDArray[np.bool_] | None = None
) -> NearestFound:
    """As a server finds them, by the inner product."""
    lists = []
    for query in vectors:
        products = index.inner_products(query)
        if passing is not None:
            products = np.where(passing, products, -np.inf)
        best = np.argsort(-products)[:number]
        lists.append(index.pictures[best[products[best] > -np.inf]])
    everything = index.pictures if passing is None else index.pictures[passing]
    return NearestFound(lists, is_everything=number >= len(everything))


def queries_of(random: np.random.Generator, orientations: int = 1) -> dict[str, Vectors]:
    return {s.name: unit_vectors(random, orientations, s.dimension) for s in SPECS}


def queries_like(
    indexes: Mapping[str, ModelIndex], picture: int, random: np.random.Generator
) -> dict[str, Vectors]:
    """A query that looks like a picture of the library to every model."""
    found = {}
    for name, index in indexes.items():
        vector = index.vectors(index.positions(np.array([picture])))
        noise = random.normal(size=vector.shape) / np.sqrt(vector.shape[1])
        found[name] = unit(vector + 0.5 * noise)
    return found


def euclidean(spec: ModelSpec) -> Similarity:
    return similarity_of(spec, Metric.EUCLIDEAN)


def exactly(
    indexes: Mapping[str, ModelIndex],
    queries: Mapping[str, Vectors],
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[list[ModelScores], CombinedScores]:
    models = []
    for spec in SPECS:
        index, vectors, similarity = indexes[spec.name], queries[spec.name], euclidean(spec)
        products = checked_products(index, vectors, similarity)
        models.append(score_model(index, vectors, similarity, products, TOP, own, mask))
    return models, combine(models, common_pictures(list(indexes.values())), TOP, own)


def by_candidates(
    indexes: Mapping[str, ModelIndex],
    queries: Mapping[str, Vectors],
    number: int,
    sample: int = NUMBER,
    own: Own = NOTHING_OWN,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[list[ModelScores], CombinedScores]:
    found = {name: nearest(indexes[name], queries[name], number, mask) for name in indexes}
    ids = candidate_ids(found.values(), own)
    models = []
    for spec in SPECS:
        index = indexes[spec.name]
        fetched = fetched_from(index, ids)
        passing = None if mask is None else mask[index.positions(fetched.pictures)]
        models.append(
            score_candidates(
                fetched,
                queries[spec.name],
                euclidean(spec),
                found[spec.name],
                fetched_from(index, index.pictures[:sample]),
                TOP,
                own,
                passing,
            )
        )
    passed = NUMBER if mask is None else int(mask.sum())
    return models, combine_candidates(models, TOP, own, passed)


def ids_of(combined: CombinedScores) -> list[int]:
    return [picture for picture, _ in combined.top]


def assert_close(found: Mapping[int, Standing], expected: Mapping[int, Standing]) -> None:
    assert found.keys() == expected.keys()
    for picture, standing in found.items():
        assert standing.distance == pytest.approx(expected[picture].distance, abs=1e-6)
        assert standing.similarity == pytest.approx(expected[picture].similarity, abs=1e-6)
        assert standing.orientation == expected[picture].orientation
