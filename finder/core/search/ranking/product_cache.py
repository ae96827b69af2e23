"""A cache of the latest query's products, so that repeating it needs no pass over the matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.search.ranking.model_scores import Products, checked_products

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.search.ranking.similarity import Similarity


@dataclass(frozen=True)
class _Entry:
    pictures: NDArray[np.int64]
    vectors: NDArray[np.float32]
    kind: str
    products: Products
    with_crops: NDArray[np.int64] | None

    def fits(
        self,
        index: VectorIndex,
        vectors: NDArray[np.float32],
        similarity: Similarity,
        crops: VectorIndex | None,
    ) -> bool:
        """An index makes a new array of its pictures whenever its rows change, so that identity
        shows whether the products are still those of its rows."""
        return (
            self.pictures is index.pictures
            and self.with_crops is _pictures(crops)
            and self.kind == similarity.products_kind
            and np.array_equal(self.vectors, vectors)
        )


class ProductCache:
    """For each model the products of its latest query, and of its latest in any orientation; those
    of the latest pictures and words that were asked together, too."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int, str], _Entry] = {}

    def clear(self) -> None:
        self._entries.clear()

    def products(
        self,
        model: str,
        index: VectorIndex,
        vectors: NDArray[np.float32],
        similarity: Similarity,
        crops: VectorIndex | None = None,
        component: str = "",
    ) -> Products:
        """`checked_products`, computed only for other vectors, other rows, or a similarity with
        products of its own. component: the name of what of the query this is. Raises
        MatrixOutOfSync."""
        key = model, len(vectors), component
        entry = self._entries.get(key)
        if entry is None or not entry.fits(index, vectors, similarity, crops):
            products = checked_products(index, vectors, similarity, crops)
            kind = similarity.products_kind
            entry = _Entry(index.pictures, vectors, kind, products, _pictures(crops))
            self._entries[key] = entry
        return entry.products


def _pictures(crops: VectorIndex | None) -> NDArray[np.int64] | None:
    return None if crops is None else crops.pictures
