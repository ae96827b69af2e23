"""The vectors of a query: those that the library has stored, and the others extracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from finder.core.cancellation import CancellableExecutor
from finder.core.errors import ModelFailedError
from finder.core.i18n import tr
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.search.query import Query, QueryItem
from finder.core.search.similarity import Similarity

_Made = NDArray[np.float32] | ModelFailedError


def query_vectors(
    query: Query,
    similarities: Mapping[ModelSpec, Similarity],
    indexes: Mapping[str, ModelIndex],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
) -> tuple[dict[ModelSpec, NDArray[np.float32]], list[ModelFailedError]]:
    """The query's vector [D] for each model, and the errors of the models that fail on it.

    Vectors of pictures that the library has are read, the others are extracted, all at the same
    time. Raises ModelFailedError if all models fail; FinderError, Cancelled, MatrixOutOfSync.
    """
    by_model = _item_vectors(query, list(similarities), indexes, extractors, executor)
    vectors: dict[ModelSpec, NDArray[np.float32]] = {}
    failed: list[ModelFailedError] = []
    for spec, made in by_model.items():
        vector = _query_vector(spec, similarities[spec], made, query.weights)
        if isinstance(vector, ModelFailedError):
            failed.append(vector)
        else:
            vectors[spec] = vector
    if not vectors:
        raise failed[0]
    return vectors, failed


def _item_vectors(
    query: Query,
    specs: Sequence[ModelSpec],
    indexes: Mapping[str, ModelIndex],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
) -> dict[ModelSpec, list[_Made]]:
    """For each model the vector of each item, or why it has none."""
    stored = [
        [indexes[spec.name].vector_of(item.picture) for item in query.items] for spec in specs
    ]
    missing = [
        (spec, item)
        for spec, vectors in zip(specs, stored, strict=True)
        for item, vector in zip(query.items, vectors, strict=True)
        if vector is None
    ]
    _decode(query, missing, executor)
    steps = [partial(_vector_or_failure, item, spec, extractors) for spec, item in missing]
    extracted = iter(executor.run(*steps))
    return {
        spec: [next(extracted) if vector is None else vector for vector in vectors]
        for spec, vectors in zip(specs, stored, strict=True)
    }


def _decode(
    query: Query, missing: Sequence[tuple[ModelSpec, QueryItem]], executor: CancellableExecutor
) -> None:
    """Each item at each size that its missing vectors need, so that models share a decode."""
    steps = []
    for item in query.items:
        sides = {
            spec.decode_side
            for spec, other in missing
            if other is item and not item.has_vector(spec)
        }
        steps += [partial(item.decoded, side) for side in sorted(sides)]
    executor.run(*steps)


def _vector_or_failure(item: QueryItem, spec: ModelSpec, extractors: ExtractorPool) -> _Made:
    try:
        return item.vector(spec, extractors)
    except ModelFailedError as error:
        return error


def _query_vector(
    spec: ModelSpec,
    similarity: Similarity,
    made: Sequence[_Made],
    weights: NDArray[np.float64],
) -> _Made:
    vectors = []
    for vector in made:
        if isinstance(vector, ModelFailedError):
            return vector
        vectors.append(vector)
    merged = similarity.query_vector(np.stack(vectors), weights)
    if merged is not None:
        return merged
    return ModelFailedError(
        tr("For {title} the query pictures have nothing in common.").format(title=spec.title),
        tr("Search for them one by one."),
    )
