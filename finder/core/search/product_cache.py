"""A cache of the latest query's products, so that repeating it needs no pass over the matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.core.library.view.model_index import ModelIndex
from finder.core.search.model_scores import checked_products
from finder.core.search.similarity import Similarity


@dataclass(frozen=True)
class _Entry:
    pictures: NDArray[np.int64]
    query_vector: NDArray[np.float32]
    kind: str
    products: NDArray[np.float32]

    def fits(
        self, index: ModelIndex, query_vector: NDArray[np.float32], similarity: Similarity
    ) -> bool:
        """An index makes a new array of its pictures whenever its rows change, so that identity
        shows whether the products are still those of its rows."""
        return (
            self.pictures is index.pictures
            and self.kind == similarity.products_kind
            and np.array_equal(self.query_vector, query_vector)
        )


class ProductCache:
    """For each model the products of its latest query vector."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def clear(self) -> None:
        self._entries.clear()

    def products(
        self,
        model: str,
        index: ModelIndex,
        query_vector: NDArray[np.float32],
        similarity: Similarity,
    ) -> NDArray[np.float32]:
        """`checked_products`, computed only for another vector, other rows, or a similarity with
        products of its own. Raises MatrixOutOfSync."""
        entry = self._entries.get(model)
        if entry is None or not entry.fits(index, query_vector, similarity):
            products = checked_products(index, query_vector, similarity)
            entry = _Entry(index.pictures, query_vector, similarity.products_kind, products)
            self._entries[model] = entry
        return entry.products
