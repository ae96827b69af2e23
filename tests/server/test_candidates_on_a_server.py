"""The way from a query to the combined ranking, with a real server's lists, vectors and sample."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from making import Vectors, unit_vectors
from milvus_server import connected
from numpy.typing import NDArray
from pymilvus import DataType

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter, Span
from finder.core.library.server.expression import one_of
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.server.filter_expression import picture_expression
from finder.core.library.server.sample_statistics import (
    SampleStatistics,
    measured_statistics,
    sample_bound,
    sample_expression,
)
from finder.core.search.distance import Metric
from finder.core.search.ranking.candidate_scores import (
    NearestFound,
    candidate_ids,
    combine_candidates,
    score_candidates,
)
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN
from finder.core.search.ranking.similarity import UnitVectorSimilarity

_NUMBER, _LISTED, _TOP = 4_000, 200, 20
_DIMENSIONS = {"a": 32, "b": 48}
_LIBRARY = f"candidates_{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def stored() -> dict[str, tuple[NDArray[np.int64], Vectors]]:
    """For each model ids and vectors; what the second sees has to do with what the first does."""
    random = np.random.default_rng(1)
    ids = random.choice(2**62, _NUMBER, replace=False).astype(np.int64) * 2
    centres = random.integers(40, size=_NUMBER)
    found = {}
    for name, dimension in _DIMENSIONS.items():
        groups = 0.5 + random.normal(size=(40, dimension))
        rows = groups[centres] + random.normal(size=(_NUMBER, dimension))
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        found[name] = ids, unit.astype(np.float32)
    return found


@pytest.fixture(scope="module")
def client(
    milvus_uri: str, stored: Mapping[str, tuple[NDArray[np.int64], Vectors]]
) -> Iterator[Any]:
    with connected(milvus_uri) as client:
        for name, (ids, vectors) in stored.items():
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.INT64, is_primary=True)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
            schema.add_field("width", DataType.INT64)
            index = client.prepare_index_params()
            index.add_index("vector", index_type="FLAT", metric_type="IP")
            client.create_collection(_of(name), schema=schema, index_params=index)
            rows = [
                {"id": picture, "vector": vector, "width": number % 10}
                for number, (picture, vector) in enumerate(zip(ids.tolist(), vectors, strict=True))
            ]
            client.insert(_of(name), rows)
            client.load_collection(_of(name))
            options = {"output_fields": ["count(*)"], "consistency_level": "Strong"}
            assert client.query(_of(name), "", **options)[0]["count(*)"] == _NUMBER
        yield client
        for name in stored:
            client.drop_collection(_of(name))


def _of(model: str) -> str:
    return f"{_LIBRARY}_{model}"


def _rows(client: Any, model: str, expression: str) -> tuple[NDArray[np.int64], Vectors]:
    rows = client.query(
        _of(model), expression, output_fields=["id", "vector"], consistency_level="Eventually"
    )
    ids = np.array([row["id"] for row in rows], np.int64)
    vectors = np.array([row["vector"] for row in rows], np.float32)
    return ids, vectors.reshape(len(rows), _DIMENSIONS[model])


def _statistics(client: Any, model: str) -> SampleStatistics:
    below = sample_bound(_NUMBER)
    _, vectors = _rows(client, model, sample_expression(below))
    text = measured_statistics(_NUMBER, below, vectors).as_json()
    read = SampleStatistics.from_json(text, _DIMENSIONS[model])
    assert read is not None
    return read


def _nearest(client: Any, model: str, vectors: Vectors, filter: Filter) -> NearestFound:
    (hits,) = client.search(
        _of(model),
        vectors,
        filter=picture_expression(filter),
        limit=_LISTED,
        output_fields=["id"],
        consistency_level="Eventually",
    )
    ids = np.array([hit["id"] for hit in hits], np.int64)
    return NearestFound([ids], is_everything=len(ids) < _LISTED)


def _by_server(
    client: Any, queries: Mapping[str, Vectors], filter: Filter
) -> tuple[list[ModelScores], CombinedScores]:
    found = {name: _nearest(client, name, queries[name], filter) for name in queries}
    wanted = one_of("id", candidate_ids(found.values()).tolist())
    models = []
    for name, vectors in queries.items():
        statistics = _statistics(client, name)
        sample = statistics.sample(*_rows(client, name, sample_expression(statistics.below)))
        assert 1_800 < len(sample) < 2_200
        candidates = FetchedVectors(*_rows(client, name, wanted), statistics.mean)
        models.append(
            score_candidates(candidates, vectors, _similarity(name), found[name], sample, _TOP)
        )
    return models, combine_candidates(models, _TOP, NOTHING_OWN, _NUMBER)


def _similarity(model: str) -> UnitVectorSimilarity:
    return UnitVectorSimilarity(Metric.EUCLIDEAN, _DIMENSIONS[model])


@pytest.mark.parametrize("filter", [NO_FILTER, Filter(width=Span(3, 7))], ids=["all", "half"])
def test_the_servers_candidates_rank_as_the_library(
    client: Any,
    stored: Mapping[str, tuple[NDArray[np.int64], Vectors]],
    filter: Filter,
) -> None:
    random, overlaps = np.random.default_rng(3), []
    for _ in range(4):
        picture = int(random.integers(_NUMBER))
        queries = {}
        for name, (_, vectors) in stored.items():
            dimension = vectors.shape[1]
            mixed = vectors[picture] + 0.6 * unit_vectors(random, 1, dimension)
            queries[name] = (mixed / np.linalg.norm(mixed)).astype(np.float32)
        models, combined = _by_server(client, queries, filter)
        exact_models, exact = _exactly(stored, queries, filter)
        for found, expected in zip(models, exact_models, strict=True):
            assert found.top == expected.top
            ids = np.array(found.top)
            assert found.standings(ids) == expected.standings(ids), "distances, too"
        overlaps.append(len(dict(combined.top).keys() & dict(exact.top).keys()) / _TOP)
    assert np.mean(overlaps) >= 0.95


def _exactly(
    stored: Mapping[str, tuple[NDArray[np.int64], Vectors]],
    queries: Mapping[str, Vectors],
    filter: Filter,
) -> tuple[list[ModelScores], CombinedScores]:
    models = []
    for name, (ids, vectors) in stored.items():
        index = FetchedVectors(ids, vectors, vectors.mean(axis=0))
        places = np.argsort(np.argsort(ids))  # where each row is now
        mask = None
        if filter is not NO_FILTER:
            mask = np.zeros(_NUMBER, np.bool_)
            numbers = np.arange(_NUMBER) % 10
            mask[places] = (numbers >= 3) & (numbers <= 7)
        products = checked_products(index, queries[name], _similarity(name))
        models.append(
            score_model(index, queries[name], _similarity(name), products, _TOP, mask=mask)
        )
    indexes = [model.index for model in models]
    return models, combine(models, common_pictures(indexes), _TOP, NOTHING_OWN)
