"""A made-up library to ask: its matrix, queries, and the exact answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import say
from benchmarks.searching.asking import Ask, Vectors
from benchmarks.searching.made_up_library import (
    made_up_spec,
    make_library,
    map_matrix,
    model_state,
    row_of,
)
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.model_scores import checked_products, score_model
from finder.core.search.ranking.similarity import similarity_of
from finder.core.search.searcher import Searcher
from finder.use_cases.search.library_search import open_searcher

TOP = 20
_BATCH = 2_000


class Sample:
    """A made-up library: its matrix, queries near some of its pictures, and the exact answers."""

    def __init__(self, root: Path, pictures: int, dimension: int, models: int = 1) -> None:
        say(f"making {models} × {pictures:,} × {dimension:,}")
        self.home = Home(root / f"{pictures}-{dimension}")
        self.specs = [made_up_spec(f"made-up-{n}", dimension, f"{n:x}") for n in range(models)]
        make_library(self.home, self.specs, pictures)
        self.matrix = map_matrix(self.home, self.specs[0])
        self.queries = made_up_queries(self.matrix, min(400, max(20, 400_000 // pictures)))
        self.truth = exact_top(self.matrix, self.queries, np.arange(pictures))

    @property
    def title(self) -> str:
        return f"{len(self.matrix):,} × {self.matrix.shape[1]:,}"

    @contextmanager
    def searcher(self) -> Iterator[Searcher]:
        with closing(open_searcher(self.home, ExtractorPool())) as searcher:
            yield searcher

    def whole(self, searcher: Searcher, models: int = 1, filter: Filter = NO_FILTER) -> Ask:
        """What the window asks: search, ranks, the matches' files, the combined ranking."""
        specs = self.specs[:models]

        def ask(query: Vectors) -> list[int]:
            asked = query_with(query, specs)
            result = searcher.search(asked, specs, TOP, Metric.EUCLIDEAN, filter=filter)
            return [row_of(match.picture.id) for match in result.models[specs[0].name]]

        return ask

    def kernel(self) -> Ask:
        """The search of one model alone: products, candidates, their exact order."""
        index = ModelIndex(self.home.nearest)
        with closing(Catalogue(self.home)) as catalogue:
            index.refresh(catalogue, model_state(catalogue, self.specs[0]))
        similarity = similarity_of(self.specs[0], Metric.EUCLIDEAN)

        def ask(query: Vectors) -> list[int]:
            vectors = query[np.newaxis]
            products = checked_products(index, vectors, similarity)
            top = score_model(index, vectors, similarity, products, TOP).top
            return [row_of(picture) for picture in top]

        return ask


def exact_top(matrix: Vectors, queries: Vectors, rows: NDArray[np.int64]) -> list[list[int]]:
    """For each query the 20 of these rows with the smallest float64 distance, nearest first."""
    wide = queries.astype(np.float64).T
    distances = np.concatenate(
        [
            _distances_squared(matrix[rows[start : start + _BATCH]], wide)
            for start in range(0, len(rows), _BATCH)
        ]
    )
    best = np.argsort(distances, axis=0, kind="stable")[:TOP]
    nearest: list[list[int]] = rows[best].T.tolist()
    return nearest


def _distances_squared(vectors: Vectors, queries: NDArray[np.float64]) -> NDArray[np.float64]:
    """|v|² − 2 v·q for each row and each column of queries [D, Q]: ordered as the distances."""
    wide = vectors.astype(np.float64)
    ordered: NDArray[np.float64] = (wide**2).sum(axis=1, keepdims=True) - 2.0 * wide @ queries
    return ordered


def made_up_queries(matrix: Vectors, number: int) -> Vectors:
    """Unit vectors from near a row (cosine 0.9) to hardly like any (0.3)."""
    random = np.random.default_rng(7)
    rows = np.sort(random.choice(len(matrix), number, replace=False))
    noise = random.standard_normal((number, matrix.shape[1]), dtype=np.float32)
    share = np.linspace(0.5, 3.0, number, dtype=np.float32) / np.sqrt(np.float32(matrix.shape[1]))
    queries = np.array(matrix[rows]) + random.permutation(share)[:, None] * noise
    unit: Vectors = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    return unit.astype(np.float32, copy=False)


def query_with(vector: Vectors, specs: Sequence[ModelSpec]) -> Query:
    """A query that is "extracted" already: this vector for each of the models."""
    query = Query((QueryItem("query", b""),))
    for spec in specs:
        query.items[0].set_vector(spec, vector)
    return query
