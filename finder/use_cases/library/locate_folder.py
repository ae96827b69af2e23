"""Telling the library where an offline folder is now (“Locate…”)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from finder.core.library.catalogue.catalogue import Catalogue
from finder.use_cases.library.index_folders import OpenExtractors, switched_on
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from finder.core.library.indexing.located_folders import Recognised
    from finder.core.library.indexing.progress import Progress
    from finder.core.paths import Home


def preview_location(home: Home, old: str, new: str) -> Recognised:
    """How many files of an offline folder of the library are in another folder (absolute paths).
    No file is opened; a large folder takes as long as a scan. Raises FinderError."""
    from finder.core.library.indexing.located_folders import recognise

    with closing(Catalogue(home)) as catalogue:
        return recognise(catalogue, old, new)


def locate_folder(
    home: Home, extractors: OpenExtractors, holder: str, old: str, new: str
) -> Generator[Progress]:
    """Replace an offline folder of the library by the one that it is now. Unchanged files follow
    it at once; others are recognised by their content, and new ones are indexed. What is not there
    any more leaves the library at the end. Closing the generator stores what was finished, and the
    old folder stays. Raises FinderError, also where another process writes."""
    import_deferred("finder.core.library.indexing.index_run", "finder.core.library.writer")
    from finder.core.library.indexing.index_run import index
    from finder.core.library.indexing.located_folders import follow_by_hand
    from finder.core.library.writer import LibraryWriter
    from finder.workers.worker_pools import worker_pool

    with LibraryWriter(home, holder) as writer, worker_pool() as executors:
        located = follow_by_hand(writer, old, new)
        specs = switched_on(home, writer)
        yield from index(writer, [new], specs, extractors(), executors, located=located)
