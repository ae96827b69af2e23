"""The same query again, with another number of matches or metric, makes no pass over the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from making import Vectors, fill, outcomes, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.view.model_index import ModelIndex
from finder.core.library.view.vector_index import VectorIndex
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.ranking.product_cache import ProductCache
from finder.core.search.ranking.similarity import PixelSimilarity
from finder.core.search.searcher import Searcher
from finder.use_cases.search.library_search import open_searcher

SPECS = [tiny_spec("a", 32), tiny_spec("b", 16, "b")]
RANDOM = np.random.default_rng(6)
VECTORS = {spec.name: unit_vectors(RANDOM, 200, spec.dimension) for spec in SPECS}
OTHERS = {spec.name: unit_vectors(RANDOM, 2, spec.dimension) for spec in SPECS}


@pytest.fixture
def searcher(home: Home) -> Iterator[Searcher]:
    fill(home, SPECS, range(200), VECTORS)
    with closing(open_searcher(home, ExtractorPool())) as searcher:
        yield searcher


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each vector that a matrix was multiplied with."""
    counted: list[int] = []
    inner_products = ModelIndex.inner_products

    def count(index: ModelIndex, query: Vectors) -> NDArray[np.float32]:
        counted.append(len(query))
        return inner_products(index, query)

    monkeypatch.setattr(ModelIndex, "inner_products", count)
    return counted


def outside(number: int) -> Query:
    """A picture that the library has not."""
    item = QueryItem("query", b"")
    for spec in SPECS:
        item.set_vector(spec, OTHERS[spec.name][number])
    return Query((item,))


def test_another_number_metric_or_filter_multiplies_nothing(
    searcher: Searcher, passes: list[int]
) -> None:
    query = outside(0)
    first = searcher.search(query, SPECS, 10, Metric.EUCLIDEAN)
    assert sorted(passes) == [16, 16, 32, 32], "the query, and the mean of each model"
    passes.clear()
    more = searcher.search(query, SPECS, 50, Metric.EUCLIDEAN)
    cosine = searcher.search(query, SPECS, 10, Metric.COSINE)
    searcher.search(query, SPECS[:1], 10, Metric.IP)
    searcher.search(query, SPECS, 10, Metric.EUCLIDEAN, Filter(("/pictures",)))
    searcher.search(outside(0), SPECS, 10, Metric.EUCLIDEAN)
    assert passes == []
    assert more.combined[:10] == first.combined
    assert [m.picture.id for m in cosine.models["a"]] == [m.picture.id for m in first.models["a"]]


def test_a_stored_picture_asked_again_multiplies_nothing(
    searcher: Searcher, passes: list[int]
) -> None:
    query = Query((QueryItem("query", b"", picture=3), QueryItem("query", b"", picture=8)))
    searcher.search(query, SPECS, 10, Metric.EUCLIDEAN)
    passes.clear()
    searcher.search(query, SPECS, 20, Metric.COSINE)
    assert passes == []


def test_another_query_is_multiplied(searcher: Searcher, passes: list[int]) -> None:
    searcher.search(outside(0), SPECS, 10, Metric.EUCLIDEAN)
    passes.clear()
    searcher.search(outside(1), SPECS, 10, Metric.EUCLIDEAN)
    assert sorted(passes) == [16, 32]


def test_a_library_that_changed_is_multiplied_again(
    home: Home, searcher: Searcher, passes: list[int]
) -> None:
    query = outside(0)
    searcher.search(query, SPECS, 5, Metric.EUCLIDEAN)
    with LibraryWriter(home) as writer:
        writer.register_models(SPECS)
        writer.write(outcomes([900], {name: rows[:1] for name, rows in OTHERS.items()}))
    passes.clear()
    result = searcher.search(query, SPECS, 5, Metric.EUCLIDEAN)
    assert sorted(passes) == [16, 16, 32, 32]
    assert result.combined[0].picture.id == 900
    with LibraryWriter(home) as writer:
        writer.removals.forget_files(["/pictures/900.jpg"])
    assert searcher.search(query, SPECS, 5, Metric.EUCLIDEAN).combined[0].picture.id != 900


class _Pixels(PixelSimilarity):
    """Counts its passes."""

    passes = 0

    def products(self, index: VectorIndex, query: Vectors) -> NDArray[np.float32]:
        _Pixels.passes += 1
        return np.zeros(len(index), np.float32)


def test_metrics_with_products_of_their_own_are_kept_apart(home: Home) -> None:
    cache, index = ProductCache(), ModelIndex(home.nearest)
    vectors = OTHERS["b"][:1]
    for metric in (Metric.L1, Metric.L1, Metric.COSINE, Metric.COSINE):
        cache.products("pixels", index, vectors, _Pixels(metric, 15))
    assert _Pixels.passes == 2
