"""Searching a library, with the repair of damaged matrices; for the window and commands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, LibraryBusyError
from finder.core.i18n import tr
from finder.core.library.availability import Run, one_by_one
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.library.view.library_view import LibraryView
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.paths import Home
    from finder.core.search.searcher import Searcher
    from finder.core.search.server_searcher import ServerSearcher


def open_searcher(
    home: Home,
    extractors: ExtractorPool,
    executor: Executor | None = None,
    run: Run = one_by_one,
) -> Searcher:
    """A `Searcher` (see there for the arguments) over a view of this library. Raises FinderError
    if the library cannot be opened."""
    from finder.core.search.searcher import Searcher

    return Searcher(open_view(home), extractors, executor, run)


def searcher_for(
    home: Home,
    extractors: ExtractorPool,
    executor: Executor | None = None,
    run: Run = one_by_one,
) -> Searcher | ServerSearcher:
    """As `open_searcher`; for a library whose vectors are on a server only, one that searches
    there."""
    settings = server_only(home)
    if settings is None:
        return open_searcher(home, extractors, executor, run)
    import_deferred("finder.core.search.server_searcher")
    from finder.core.search.server_searcher import ServerSearcher

    return ServerSearcher(home, settings, extractors, executor, run)


def server_only(home: Home) -> StoreSettings | None:
    """Where the library's vectors are, if this machine has no copy of them."""
    if not home.store_settings.exists():
        return None
    from finder.core.library.server.store_settings import read_store_settings

    settings = read_store_settings(home)
    return settings if settings.is_server and not settings.mirror else None


def open_view(home: Home, repair: Callable[[], None] | None = None) -> LibraryView:
    """A view of this library, which has damaged matrices repaired. repair: how, by who holds the
    writer's lock. Raises FinderError."""
    from finder.core.library.view.library_view import LibraryView

    return LibraryView(home, repair or partial(repair_matrices, home))


def repair_matrices(home: Home) -> None:
    """Compare every row of the matrices, and rebuild those that disagree. Raises FinderError, also
    if another process is writing to the library."""
    from finder.core.library.writer import LibraryWriter

    try:
        with LibraryWriter(home) as writer:
            writer.store.repair(thorough=True)
    except LibraryBusyError as error:
        raise FinderError(
            tr("The library is being written to."), tr("Search again in a moment.")
        ) from error
