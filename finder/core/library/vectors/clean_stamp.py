"""The stamp of a clean shutdown: a writer leaves one for each model whose records agree.

While it matches, the next writer need not compare catalogue, matrix and vector store, which takes
time for every picture; it reads names and sizes only. After a crash, or if another program has
changed the files, it does not match.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.vector_matrix import MatrixFiles


def stamp_of(state: ModelState, matrix: MatrixFiles, store: str) -> str:
    """The stamp of a model's records as they are now. store: `StoreBackend.stamp` of the model."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((state.rows, state.removals, state.generation, state.epoch)).encode())
    for path in (matrix.vectors, matrix.ids):
        digest.update(f"{path.name} {path.stat().st_size if path.exists() else -1}\n".encode())
    digest.update(store.encode())
    return digest.hexdigest()


def is_stamped(catalogue: Catalogue, state: ModelState, stamp: str) -> bool:
    return bool(catalogue.settings.get(_key(state)) == stamp)


def put_stamp(catalogue: Catalogue, state: ModelState, stamp: str) -> None:
    catalogue.settings.put(_key(state), stamp)


def remove_stamp(catalogue: Catalogue, state: ModelState) -> None:
    catalogue.settings.remove(_key(state))


def _key(state: ModelState) -> str:
    return f"in step: {state.key}"
