"""What a vector store of a test has."""

from __future__ import annotations

import numpy as np
from making import Vectors, tiny_state

from finder.core.library.vectors.store import VectorStore

TINY = tiny_state()


def kept(store: VectorStore) -> dict[int, bytes]:
    """Every stored vector, to the bit, by content id."""
    ids = store.ids(TINY)
    assert ids.dtype == np.int64
    assert ids.tolist() == sorted(set(ids.tolist()))
    assert store.count(TINY) == len(ids)
    found, vectors = store.fetch(TINY, ids.tolist())
    assert found.dtype == np.int64
    assert vectors.dtype == np.float32
    return as_bytes(found.tolist(), vectors)


def as_bytes(pictures: list[int], vectors: Vectors) -> dict[int, bytes]:
    return dict(zip(pictures, (row.tobytes() for row in vectors), strict=True))
