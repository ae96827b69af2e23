"""The vectors of given pictures, wherever the library keeps them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.use_cases.search.library_search import open_view, server_only

if TYPE_CHECKING:
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.library.view.library_view import LibraryView
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

Vectors = NDArray[np.float32]


def stored_vectors(
    home: Home, specs: Sequence[ModelSpec], pictures: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Vectors]]:
    """Which of the pictures (content ids, [n], ascending) all of these models have embedded, and
    for each model the vectors [m, D] of these, in their order. Raises FinderError."""
    (block,) = stored_blocks(home, specs, [pictures])
    return block


def stored_blocks(
    home: Home,
    specs: Sequence[ModelSpec],
    blocks: Iterable[NDArray[np.int64]],
    repair: Callable[[], None] | None = None,
) -> Generator[tuple[NDArray[np.bool_], list[Vectors]]]:
    """As `stored_vectors`, for each block of pictures, from a library that is opened once. repair:
    what to do about a damaged matrix, for who holds the writer's lock."""
    settings = server_only(home)
    if settings is not None:
        yield from _on_server(settings, specs, blocks)
        return
    with closing(open_view(home, repair)) as view:
        for block in blocks:
            yield view.read(partial(_in_view, view, specs, block))


def _in_view(
    view: LibraryView, specs: Sequence[ModelSpec], pictures: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Vectors]]:
    indexes = view.indexes(specs)
    positions = [indexes[spec.name].positions(pictures) for spec in specs]
    everywhere = np.all(np.stack(positions) >= 0, axis=0)
    return everywhere, [
        indexes[spec.name].verified_vectors(some[everywhere])
        for spec, some in zip(specs, positions, strict=True)
    ]


def _on_server(
    settings: StoreSettings, specs: Sequence[ModelSpec], blocks: Iterable[NDArray[np.int64]]
) -> Generator[tuple[NDArray[np.bool_], list[Vectors]]]:
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore

    with closing(ServerStore(ServerLibrary(settings))) as store:
        for block in blocks:
            yield _from_store(store, specs, block)


def _from_store(
    store: ServerStore, specs: Sequence[ModelSpec], pictures: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Vectors]]:
    from finder.core.library.catalogue.records import ModelState

    everywhere = np.ones(len(pictures), np.bool_)
    found = []
    for spec in specs:
        state = ModelState(spec.name, spec.version, spec.sha256, spec.dimension, 0, 0, 0)
        ids, vectors = store.fetch(state, pictures.tolist())
        order = np.argsort(ids)
        found.append((ids[order], vectors[order]))
        everywhere &= np.isin(pictures, ids)
    wanted = pictures[everywhere]
    return everywhere, [vectors[np.searchsorted(ids, wanted)] for ids, vectors in found]
