"""Whether a store that several machines share has this machine's vectors, but for rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.store import VectorStore

_ROUNDING = 1e-4
"""Between two processors' vectors of a picture, in any of their numbers."""


def are_same(
    store: VectorStore, state: ModelState, there: NDArray[np.float32], ours: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """bool [N]: whether each vector of the store (float32 [N, dimension]) is the one of this
    machine, or that of another processor, which rounds otherwise, kept with the store's bits."""
    allowed = np.full(len(ours), _ROUNDING)
    if _keeps_float16(store, state):  # half a step for each of the two, if both are rounded
        largest = np.abs(ours).max(axis=1, initial=0) + _ROUNDING
        allowed += np.spacing(largest.astype(np.float16)).astype(np.float64)
    return np.asarray(np.abs(there - ours).max(axis=1, initial=0) <= allowed)


def _keeps_float16(store: VectorStore, state: ModelState) -> bool:
    third = np.full((1, state.dimension), 1 / 3, np.float32)
    return not np.array_equal(store.as_stored(state, third), third)
