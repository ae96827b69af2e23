"""A small collection in Milvus Lite, written and read through the vector store."""

from __future__ import annotations

from collections.abc import Sequence

from making import Vectors, tiny_state

from finder.core.library.vectors.milvus_lite import MilvusLiteStore

TINY = tiny_state()


def put(
    store: MilvusLiteStore, pictures: Sequence[int], vectors: Vectors, dimension: int = 8
) -> None:
    store.upsert(tiny_state(dimension=dimension), pictures, vectors)


def kept(store: MilvusLiteStore) -> dict[int, list[float]]:
    ids, vectors = store.fetch(TINY, store.ids(TINY).tolist())
    return dict(zip(ids.tolist(), vectors.tolist(), strict=True))


def settle(store: MilvusLiteStore) -> None:
    """Wait for what the engine does in the background."""
    assert store._connection.engine is not None
    for collection in store._connection.engine._engine._collections.values():
        collection._wait_for_bg()
