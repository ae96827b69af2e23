"""Words of a query: a description of what is searched for, or of what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError, ModelFailedError
from finder.core.search.query.query_caches import QueryCaches

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec


@dataclass(frozen=True)
class QueryWords:
    """text: as the user has typed it; weight: its share in the query, not 0, below 0 for “without”.
    May be used by several threads at a time."""

    text: str
    weight: float = 1.0
    caches: QueryCaches = field(default_factory=QueryCaches, repr=False, compare=False)

    def has_vector(self, spec: ModelSpec) -> bool:
        """Whether `vector` needs no model."""
        return self.caches.vectors.peek(self._vector_key(spec)) is not None

    def set_vector(self, spec: ModelSpec, vector: NDArray[np.float32]) -> None:
        """Use this embedding, float32 [dimension] of length 1, instead of the text tower's."""
        self.caches.vectors.put(self._vector_key(spec), vector)

    def vector(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        """The embedding with the text tower of a model that has one, float32 [dimension]. Loads it
        if need be. Raises ModelFailedError if that, or the embedding, fails."""
        return self.caches.vectors.get(
            self._vector_key(spec), partial(self._embed, spec, extractors)
        )

    def _vector_key(self, spec: ModelSpec) -> object:
        return self.text, spec.sha256, spec.text

    def _embed(self, spec: ModelSpec, extractors: ExtractorPool) -> NDArray[np.float32]:
        try:
            return extractors.text(spec).embed_text(self.text)
        except FinderError as error:
            raise ModelFailedError(error.sentence, error.hint) from error
