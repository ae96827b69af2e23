"""What searching needs of the vectors that it compares a query with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class VectorIndex(Protocol):
    """Vectors of pictures, in any order: all of a model (`ModelIndex`), or some that were fetched
    from a server (`FetchedVectors`)."""

    @property
    def pictures(self) -> NDArray[np.int64]:
        """int64 [N], the content id of each row; everything else is in the same order. Another
        array where the rows are others."""

    def __len__(self) -> int: ...

    def inner_products(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [N]: the inner products of a vector [D] with every row."""

    def map_blocks(
        self, compare: Callable[[NDArray[np.float32]], NDArray[np.float32]], block: int = ...
    ) -> NDArray[np.float32]:
        """float32 [N] or [K, N]: one number, or K, for every row, from a function that gives n or
        K × n for n rows [n, D]. block: the largest n."""

    def vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """float32 [len(positions), D]."""

    def verified_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same, certainly undamaged."""

    def positions(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """The positions of these pictures; −1 for one that has no row."""

    def vector_of(self, picture: int | None) -> NDArray[np.float32] | None:
        """The vector [D] of a picture; None if it has no row."""

    def has_same_pictures(self, pictures: NDArray[np.int64]) -> bool:
        """Whether its rows are exactly these pictures, in this order."""

    def mean(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The mean μ [D] of the whole library's vectors, and μ·v for each row [N]."""
