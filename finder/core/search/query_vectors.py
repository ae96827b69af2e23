"""The vectors of a query: those that the library has stored, and the others extracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import ModelFailedError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.cancellation import CancellableExecutor
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.search.query.query import Query, QueryItem
    from finder.core.search.ranking.similarity import Similarity

_Made = NDArray[np.float32] | ModelFailedError


def query_vectors(
    query: Query,
    similarities: Mapping[ModelSpec, Similarity],
    indexes: Mapping[str, VectorIndex],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
) -> tuple[dict[ModelSpec, NDArray[np.float32]], list[ModelFailedError]]:
    """For each model the query's vectors [O, D], one for each of its orientations; and the errors
    of the models that fail on it.

    Vectors of pictures that the library has are read, the others are extracted, all at the same
    time. Raises ModelFailedError if all models fail; FinderError, Cancelled, MatrixOutOfSync.
    """
    items = [item.turned(turn) for turn in query.orientations for item in query.items]
    by_model = _item_vectors(items, list(similarities), indexes, extractors, executor)
    vectors: dict[ModelSpec, NDArray[np.float32]] = {}
    failed: list[ModelFailedError] = []
    for spec, made in by_model.items():
        try:
            vectors[spec] = _merged(spec, similarities[spec], made, query.weights)
        except ModelFailedError as error:
            failed.append(error)
    if not vectors:
        raise failed[0]
    return vectors, failed


def _item_vectors(
    items: Sequence[QueryItem],
    specs: Sequence[ModelSpec],
    indexes: Mapping[str, VectorIndex],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
) -> dict[ModelSpec, list[_Made]]:
    """For each model the vector of each item, or why it has none."""
    stored = [
        [indexes[spec.name].vector_of(item.stored_picture) for item in items] for spec in specs
    ]
    missing = [
        (spec, item)
        for spec, vectors in zip(specs, stored, strict=True)
        for item, vector in zip(items, vectors, strict=True)
        if vector is None
    ]
    _decode(missing, executor)
    steps = [partial(_vector_or_failure, item, spec, extractors) for spec, item in missing]
    extracted = iter(executor.run(*steps))
    return {
        spec: [next(extracted) if vector is None else vector for vector in vectors]
        for spec, vectors in zip(specs, stored, strict=True)
    }


def _decode(missing: Sequence[tuple[ModelSpec, QueryItem]], executor: CancellableExecutor) -> None:
    """Each picture at each size that its missing vectors need, so that models and orientations
    share a decode."""
    needed = {
        (item.source, item.transform.crop, spec.decode_side): item
        for spec, item in missing
        if not item.is_gone and not item.has_vector(spec)
    }
    executor.run(
        *(
            partial(item.decoded, side) if crop is None else partial(item.part, crop, side)
            for (_, crop, side), item in needed.items()
        )
    )


def _vector_or_failure(item: QueryItem, spec: ModelSpec, extractors: ExtractorPool) -> _Made:
    try:
        return item.vector(spec, extractors)
    except ModelFailedError as error:
        return error


def _merged(
    spec: ModelSpec,
    similarity: Similarity,
    made: Sequence[_Made],
    weights: NDArray[np.float64],
) -> NDArray[np.float32]:
    """One vector for each orientation [O, D], of the vectors of all items in each orientation.
    Raises ModelFailedError."""
    vectors = []
    for vector in made:
        if isinstance(vector, ModelFailedError):
            raise vector
        vectors.append(vector)
    merged = []
    for begin in range(0, len(vectors), len(weights)):
        one = similarity.query_vector(np.stack(vectors[begin : begin + len(weights)]), weights)
        if one is None:
            raise _cancelled_out(spec)
        merged.append(one)
    return np.stack(merged)


def _cancelled_out(spec: ModelSpec) -> ModelFailedError:
    return ModelFailedError(
        tr("For {title} the query pictures have nothing in common.").format(title=spec.title),
        tr("Search for them one by one."),
    )
