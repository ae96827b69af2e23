"""Indexing folders: adding them, bringing them up to date, removing them from the library.

`holder` names the part of the program that takes the writer's lock, in the error messages of other
processes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.library.indexing.shard import Shard
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

OpenExtractors = Callable[[], "ExtractorPool"]
"""Called when the models are needed, because it imports ONNX Runtime."""


def index_folders(
    home: Home,
    extractors: OpenExtractors,
    holder: str,
    folders: Sequence[str] = (),
    specs: Sequence[ModelSpec] | None = None,
    max_megapixels: int | None = None,
    shard: Shard | None = None,
    crops: bool | None = None,
) -> Generator[Progress]:
    """Add folders to the library, or bring them up to date. Closing the generator stores what was
    finished.

    folders: the library's own by default; specs: the models that are switched on by default;
    max_megapixels: a new limit, which is stored; shard: this machine's share of the new files, of a
    library that several machines share; crops: whether the pictures of the folders have crops in
    the index (`models.crops`) from now on. A model that was removed after the caller listed it
    stays removed. Raises FinderError, also where another process writes.
    """
    import_deferred("finder.core.library.indexing.index_run", "finder.core.library.writer")
    from finder.core.library.catalogue.settings import keep_max_megapixels
    from finder.core.library.indexing.index_run import index
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.registry import require_installed
    from finder.workers.worker_pools import worker_pool

    with LibraryWriter(home, holder) as writer, worker_pool() as executors:
        folders = folders or writer.catalogue.folders.paths()
        if not folders:
            raise FinderError(
                tr("The library has no folders yet."), tr("Add one: image-finder index FOLDER")
            )
        if max_megapixels is not None:
            keep_max_megapixels(writer.catalogue, max_megapixels)
        chosen = switched_on(home, writer) if specs is None else require_installed(specs)
        if crops is not None:
            _switch_crops(writer, folders, crops)
        yield from index(writer, folders, chosen, extractors(), executors, shard=shard)


def update_folders(
    home: Home,
    extractors: OpenExtractors,
    holder: str,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
) -> Generator[Progress]:
    """`index_folders` in the background: only those of the folders that still belong to the
    library, and without files that are being written at the moment, which the next run reads.
    Yields nothing where no folder, or no model, is left."""
    import_deferred("finder.core.library.indexing.index_run", "finder.core.library.writer")
    from finder.core.library.indexing.index_run import index
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.registry import still_installed
    from finder.workers.worker_pools import worker_pool

    with LibraryWriter(home, holder) as writer, worker_pool() as executors:
        known = set(writer.catalogue.folders.paths())
        kept = [folder for folder in folders if folder in known]
        left = still_installed(specs)
        if kept and left:
            yield from index(writer, kept, left, extractors(), executors, defer_recent=True)


def retry_skipped(
    home: Home, extractors: OpenExtractors, holder: str, paths: Sequence[str] = ()
) -> Generator[Progress]:
    """Read skipped files again, as if they had changed (all of them by default), with the models
    that are switched on. Other changes in their folders are found, too. Yields nothing where no
    such file is in a folder of the library. Raises FinderError."""
    import_deferred("finder.core.library.indexing.index_run", "finder.core.library.writer")
    from finder.core.library.indexing.index_run import index
    from finder.core.library.writer import LibraryWriter
    from finder.core.pictures.scan import is_within
    from finder.workers.worker_pools import worker_pool

    with LibraryWriter(home, holder) as writer, worker_pool() as executors:
        files = [f for f in writer.catalogue.files.skipped() if f.path in paths or not paths]
        folders = [
            folder
            for folder in writer.catalogue.folders.paths()
            if any(is_within(file.path, folder) for file in files)
        ]
        if folders:
            writer.retry_files(files)
            yield from index(writer, folders, switched_on(home, writer), extractors(), executors)


def switch_crops_on(home: Home, folder: str, holder: str) -> None:
    """The next run makes crops of the pictures of a folder for the index. Raises FinderError."""
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        _switch_crops(writer, [folder], is_on=True)


def switch_crops_off(
    home: Home, folder: str, holder: str, say: Callable[[str], None] = lambda note: None
) -> int:
    """The pictures of a folder have no crops in the index any more. Returns how many pictures lose
    theirs. say: is passed sentences on what was repaired. Raises FinderError."""
    from finder.core.library.crop_folders import remove_crops
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        pictures = remove_crops(writer, [folder])
        for note in writer.notes:
            say(note)
        return pictures


def _switch_crops(writer: LibraryWriter, folders: Sequence[str], is_on: bool) -> None:
    from finder.core.library.crop_folders import add_crops, remove_crops

    if is_on:
        with writer.catalogue.transaction():
            add_crops(writer.catalogue, folders)
    else:
        remove_crops(writer, folders)


def forget_folder(
    home: Home, folder: str, holder: str, say: Callable[[str], None] = lambda note: None
) -> int | None:
    """Remove a folder from the library; the pictures themselves are not touched. Returns the number
    of its files; None if the library has no such folder. say: is passed a sentence on what is left
    for the next run, as the server does not do it. Raises FinderError."""
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        if folder not in writer.catalogue.folders.paths():
            return None
        files = writer.removals.forget_folder(folder)
        for note in writer.notes:
            say(note)
        return files


def switched_on(home: Home, writer: LibraryWriter) -> list[ModelSpec]:
    """The models that index new pictures."""
    from finder.core.library.catalogue.settings import indexing_models, load_settings
    from finder.core.models.registry import list_models

    installed, _ = list_models(home.model_dirs())
    return indexing_models(load_settings(writer.catalogue).models_on, installed)
