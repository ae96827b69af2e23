"""The vectors of a query: those that the library has stored, and the others extracted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import ModelFailedError
from finder.core.i18n import tr
from finder.core.search.ranking.model_query import ModelQuery, model_query, with_shares

if TYPE_CHECKING:
    from finder.core.cancellation import CancellableExecutor
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.search.query.query import Query, QueryItem
    from finder.core.search.query.query_words import QueryWords
    from finder.core.search.ranking.similarity import Similarity

_Made = NDArray[np.float32] | ModelFailedError


def query_vectors(
    query: Query,
    similarities: Mapping[ModelSpec, Similarity],
    indexes: Mapping[str, VectorIndex],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
    weights: Mapping[str, float],
) -> tuple[dict[ModelSpec, ModelQuery], list[ModelFailedError]]:
    """For each model the query as it sees it; and the errors of the models that fail on it.

    Vectors of pictures that the library has are read, the others are extracted, all at the same
    time; then those of the words, but not for models without a text tower. weights: of the models
    in the combined ranking. Raises ModelFailedError if all models fail; FinderError, Cancelled,
    MatrixOutOfSync.
    """
    specs = list(similarities)
    items = [item.turned(turn) for turn in query.orientations for item in query.items]
    pictures = _item_vectors(items, specs, indexes, extractors, executor)
    words = _word_vectors(query.words, specs, extractors, executor)
    asked: dict[ModelSpec, ModelQuery] = {}
    failed: list[ModelFailedError] = []
    for spec, similarity in similarities.items():
        try:
            shape = len(query.orientations), len(query.items), spec.dimension
            asked[spec] = model_query(
                spec,
                similarity,
                query,
                _stacked(pictures[spec], spec).reshape(shape),
                _stacked(words[spec], spec),
            )
        except ModelFailedError as error:
            failed.append(error)
    if not asked:
        raise failed[0]
    return with_shares(asked, weights), failed


def notes_on(
    query: Query, asked: Mapping[ModelSpec, ModelQuery], failed: Sequence[ModelFailedError]
) -> Iterator[str]:
    """Sentences for the user on what `query_vectors` has left out."""
    yield from (error.sentence for error in failed)
    if query.words and not any(one.has_words for one in asked.values()):
        yield tr("None of these models understands words: only the pictures were searched for.")


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


def _word_vectors(
    words: Sequence[QueryWords],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    executor: CancellableExecutor,
) -> dict[ModelSpec, list[_Made]]:
    """For each model the vector of each description, or why it has none; none for a model without
    a text tower."""
    steps = [
        partial(_vector_or_failure, one, spec, extractors)
        for spec in specs
        if spec.text is not None
        for one in words
    ]
    made = iter(executor.run(*steps))
    return {spec: [next(made) for _ in words] if spec.text is not None else [] for spec in specs}


def _vector_or_failure(
    asked: QueryItem | QueryWords, spec: ModelSpec, extractors: ExtractorPool
) -> _Made:
    try:
        return asked.vector(spec, extractors)
    except ModelFailedError as error:
        return error


def _stacked(made: Sequence[_Made], spec: ModelSpec) -> NDArray[np.float32]:
    """[n, D]. Raises ModelFailedError."""
    vectors = []
    for vector in made:
        if isinstance(vector, ModelFailedError):
            raise vector
        vectors.append(vector)
    return np.stack(vectors) if vectors else np.zeros((0, spec.dimension), np.float32)
