"""Deleting a model's vectors, so that they are computed again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home


@dataclass(frozen=True)
class ReindexProgress:
    """dropped: number of vectors; progress: of the indexing that follows, None before it."""

    dropped: int
    progress: Progress | None = None


def drop_vectors(
    home: Home, spec: ModelSpec, extractors: Callable[[], ExtractorPool], holder: str
) -> int:
    """Delete a model's vectors, so that the next indexing run computes them again. Returns their
    number.

    holder: who takes the writer's lock. Raises FinderError; a model that cannot be loaded keeps its
    vectors.
    """
    from finder.core.library.writer import LibraryWriter

    extractors().get(spec)
    with LibraryWriter(home, holder) as writer:
        return _drop(writer, spec)


def reindex_model(
    home: Home, spec: ModelSpec, extractors: Callable[[], ExtractorPool], holder: str
) -> Generator[ReindexProgress]:
    """`drop_vectors`, and index all folders with this model before another process can write."""
    from finder.core.library.indexing.index_run import index
    from finder.core.library.writer import LibraryWriter
    from finder.workers.worker_pools import worker_pool

    pool = extractors()
    pool.get(spec)
    with LibraryWriter(home, holder) as writer, worker_pool() as executors:
        dropped = _drop(writer, spec)
        yield ReindexProgress(dropped)
        folders = writer.catalogue.folders.paths()
        with closing(index(writer, folders, [spec], pool, executors)) as run:
            for progress in run:
                yield ReindexProgress(dropped, progress)


def _drop(writer: LibraryWriter, spec: ModelSpec) -> int:
    from finder.core.library.model_usage import drop_for_reindexing
    from finder.core.models.registry import require_installed

    require_installed([spec])
    writer.register_models([spec])
    return drop_for_reindexing(writer, spec.name)
