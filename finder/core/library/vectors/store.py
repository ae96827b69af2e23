"""The interface of a vector store, independent of the engine that keeps the vectors.

A `StoreBackend` is the place where a library's vectors are kept; its methods that do not open it
are cheap. A `VectorStore` is an open one. docs/add-a-store.md explains how to write another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.library.catalogue.records import ModelState
    from finder.core.paths import Home


@dataclass(frozen=True)
class StoredFacts:
    """What a store that filters keeps beside a picture's vectors: the size of a file in bytes, and
    `PictureFacts`."""

    bytes: int
    width: int
    height: int
    format: str
    taken: str | None


NO_FACTS: Final[Mapping[int, StoredFacts]] = MappingProxyType({})


class VectorStore(Protocol):
    """An open vector store: for each model a collection of vectors by content id.

    A collection that does not exist is empty. A write that has returned survives `abandon` and the
    end of the process. After a failed write the store has abandoned itself, and `is_open` is False.
    One thread writes at a time. Every method but `close` and `abandon` raises FinderError where the
    engine fails, and once the store is closed.
    """

    @property
    def is_open(self) -> bool:
        """False once it was closed, or abandoned after a failure."""
        ...

    @property
    def is_recreated(self) -> bool:
        """Whether it is a new store that replaces a damaged one."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether other machines write to it, too: then its collections also have vectors that this
        library does not know, and nothing is deleted but what no machine needs."""
        ...

    def has(self, model: ModelState) -> bool:
        """Whether the model has a collection."""
        ...

    def count(self, model: ModelState) -> int:
        """The number of the model's vectors, unflushed ones included."""
        ...

    def ids(self, model: ModelState, among: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """The content ids in the model's collection, int64 [N], sorted, without duplicates.

        among: only these.
        """
        ...

    def fetch(
        self, model: ModelState, pictures: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(ids int64 [N], vectors float32 [N, dimension]) of those pictures that are stored,
        exactly as they were passed to `upsert` (but see `as_stored`), in any order."""
        ...

    def upsert(
        self,
        model: ModelState,
        pictures: Sequence[int],
        vectors: NDArray[np.float32],
        facts: Mapping[int, StoredFacts] = NO_FACTS,
    ) -> None:
        """Store vectors (float32 [N, dimension], L2-normalised), replacing those of the same
        pictures (N content ids). The last vector of an id counts. Vectors of another shape, or
        that are not finite, are a failure. facts: of the pictures, for a shared store."""
        ...

    def as_stored(self, model: ModelState, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors (float32 [N, dimension]) as `fetch` returns them once they are stored: rounded
        where the store keeps fewer bits."""
        ...

    def delete(self, model: ModelState, pictures: Sequence[int]) -> None:
        """Delete the vectors of pictures; those that are not stored are ignored."""
        ...

    def drop(self, model: ModelState) -> None:
        """Delete the model's collection and release its space on the disk."""
        ...

    def drop_all_but(self, models: Iterable[ModelState]) -> None:
        """Delete the collections of all other models."""
        ...

    def flush(self) -> None:
        """Write to the disk what is in memory, so that the next opening is fast."""
        ...

    def close(self) -> None:
        """Flush and release the files. Closing twice is harmless."""
        ...

    def abandon(self) -> None:
        """Release the files without a flush: after a failed write a flush could lose rows."""
        ...


class StoreBackend(Protocol):
    """Where a library's vectors are kept. Cheap to make; all methods but the two that open it work
    without the engine, and on a store that another process has open."""

    @property
    def is_shared(self) -> bool:
        """As `VectorStore.is_shared`."""
        ...

    @property
    def keeps_matrix(self) -> bool:
        """Whether the library also has its vectors in matrices, which searches read; else they are
        in the store only."""
        ...

    def preload(self) -> None:
        """Import what `open` needs; touches nothing of the library. May run in any thread."""
        ...

    def exists(self) -> bool:
        """Whether anything was ever stored."""
        ...

    def open(self) -> VectorStore:
        """Open the store, a new one if none exists. Raises FinderError where it is damaged."""
        ...

    def open_or_recreate(self, suspects: Iterable[ModelState] = ()) -> VectorStore:
        """Open the store. One that cannot be read is kept elsewhere, and an empty one takes its
        place (`is_recreated`): the caller fills it again from the matrix.

        suspects: models whose collections are tried first, so that damage is found now rather than
        later. Raises FinderError where a new store cannot be opened either.
        """
        ...

    def remove_damaged(self) -> None:
        """Delete the damaged store that `open_or_recreate` kept."""
        ...

    def stamp(self, model: ModelState) -> str:
        """Identifies the stored state of the model's collection while the store is closed. Two
        equal stamps mean that nothing has changed in between; it need not read the vectors."""
        ...

    def close(self) -> None:
        """End the connection that `stamp` may have left open for the next one."""
        ...

    def disk_bytes(self, model: ModelState) -> int:
        """What the model's collection takes on the disk."""
        ...


def backend_of(home: Home) -> StoreBackend:
    """The vector store of a library: the one place that decides between kinds of stores. Raises
    FinderError where it cannot be known."""
    if home.store_settings.exists():
        from finder.core.library.server.server_backend import ServerBackend
        from finder.core.library.server.store_settings import read_store_settings

        settings = read_store_settings(home)
        if settings.is_server:
            return ServerBackend(settings)
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend

    return MilvusLiteBackend(home)


def store_failed(error: Exception) -> FinderError:
    """What a store raises where its engine fails."""
    why = first_line(error).rstrip(".")[:300]
    return FinderError(
        tr("The vector database failed: {why}.").format(why=why),
        tr("Finished work is not lost. Check the free space, then try again."),
    )


def is_unit(vector: NDArray[np.float32]) -> bool:
    """Whether it is a finite vector of length 1, but for rounding: another machine may have stored
    anything."""
    import numpy as np

    return bool(abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) < 1e-3)


def require_vectors(vectors: NDArray[np.float32], shape: tuple[int, int]) -> None:
    """Raise ValueError unless all are finite numbers in this shape: engines accept more."""
    import numpy as np

    if vectors.shape != shape or not np.isfinite(vectors).all():
        raise ValueError(f"the vectors are not {shape[0]} × {shape[1]} finite numbers")
