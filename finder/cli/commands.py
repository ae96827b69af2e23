"""What each subcommand does: open what it needs, do it, print it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import closing

from finder.cli import printing
from finder.cli.convert_command import convert
from finder.cli.models.models_command import installed_models, models, show_models_of
from finder.cli.printing import ProgressBar, say, show
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.availability import away_of
from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.core.library.catalogue.settings import (
    indexing_models,
    keep_max_megapixels,
    load_settings,
)
from finder.core.models.registry import list_models, pick_models
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


def index(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.indexing.index_run import index as indexed
    from finder.core.library.indexing.index_run import require_folder
    from finder.core.library.writer import LibraryWriter
    from finder.workers.provider_choice import extractors_of
    from finder.workers.worker_pools import worker_pool

    installed = installed_models(home)
    chosen = pick_models(installed, options.model)
    folders = [require_folder(folder) for folder in options.folders]
    with LibraryWriter(home, "image-finder index") as writer, worker_pool() as crew:
        folders = folders or writer.catalogue.folders.paths()
        if not folders:
            raise FinderError(
                tr("The library has no folders yet."), tr("Add one: image-finder index FOLDER")
            )
        if options.max_megapixels is not None:
            keep_max_megapixels(writer.catalogue, options.max_megapixels)
        specs = chosen or indexing_models(load_settings(writer.catalogue).models_on, installed)
        run = indexed(writer, folders, specs, extractors_of(home), crew)
        with ProgressBar() as bar, closing(run):
            for progress in run:
                bar.look(progress)
    printing.show_summary(progress)


def search(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.catalogue.picture_filter import parse_filter
    from finder.core.search.distance import Metric
    from finder.core.search.query import Query
    from finder.use_cases.library_search import open_searcher
    from finder.workers.provider_choice import extractors_of
    from finder.workers.worker_pools import FolderChecks, query_pool

    filter = parse_filter(options.folder, options.since, options.until)
    with closing(open_existing(home)) as catalogue:
        specs = _search_models(home, catalogue, options.model)
        max_pixels = load_settings(catalogue).max_pixels
        content_hash = catalogue.content_hash
    query = Query.from_files(options.pictures, max_pixels, content_hash)
    with (
        query_pool() as pool,
        closing(open_searcher(home, extractors_of(home), pool, FolderChecks())) as searcher,
    ):
        result = searcher.search(query, specs, options.top, Metric(options.metric), filter)
    for note in result.notes:
        say(note)
    if options.json:
        printing.show_json(result)
    else:
        answered = [spec for spec in specs if spec.name in result.models]
        printing.show_result(result, answered)


def status(home: Home, options: argparse.Namespace) -> None:
    with closing(open_existing(home)) as catalogue:
        folders = catalogue.folders.states()
        printing.show_status(
            home,
            folders,
            catalogue.pictures.count(),
            catalogue.files.skipped_count(),
            away_of(folders),
        )
        show_models_of(home, catalogue, installed_models(home))


def skipped(home: Home, options: argparse.Namespace) -> None:
    with closing(open_existing(home)) as catalogue:
        files, failed = catalogue.files.skipped(), catalogue.failures.files()
    if not files and not failed:
        say(tr("No file was skipped."))
    printing.show_skipped(files)
    titles = {spec.name: spec.title for spec in list_models(home.model_dirs())[0]}
    printing.show_failed(failed, titles)


def forget(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.writer import LibraryWriter

    folder = os.path.abspath(os.path.expanduser(options.folder))
    open_existing(home).close()
    with LibraryWriter(home, "image-finder forget") as writer:
        if folder not in writer.catalogue.folders.paths():
            raise FinderError(
                tr("{folder} is not a folder of this library.").format(folder=folder),
                tr("“image-finder status” lists them."),
            )
        files = writer.removals.forget_folder(folder)
    show(
        trn(
            "Forgot {folder}: {n} file. The pictures themselves were not touched.",
            "Forgot {folder}: {n} files. The pictures themselves were not touched.",
            files,
            folder=folder,
        )
    )


def check(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.check.full_check import check as checked

    if not home.root.is_dir():
        open_existing(home)  # says that there is none
    installed, broken = list_models(home.model_dirs())
    with ProgressBar() as bar, closing(checked(home, installed, broken, options.repair)) as run:
        for look in run:
            bar.look_at_work(look)
    printing.show_findings(look)
    if look.left:
        raise FinderError(tr("The library has problems."))


def restore(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.catalogue.backups import find_backup, list_backups
    from finder.core.library.catalogue.restore import restore as restored
    from finder.core.writer_lock import WriterLock

    if not options.copy:
        printing.show_copies(list_backups(home))
        return
    copy = find_backup(home, options.copy)
    with WriterLock(home):
        restored(home, copy)
    show(tr("The catalogue was restored from {name}.").format(name=copy.name))
    say(tr("Run “image-finder index” to add what has changed since."))


COMMANDS: dict[str, Callable[[Home, argparse.Namespace], None]] = {
    "index": index,
    "search": search,
    "models": models,
    "convert": convert,
    "status": status,
    "skipped": skipped,
    "forget": forget,
    "check": check,
    "restore": restore,
}


def _search_models(home: Home, catalogue: Catalogue, names: list[str]) -> list[ModelSpec]:
    """The named models, or all that have indexed something."""
    installed = installed_models(home)
    if names:
        return pick_models(installed, names)
    counts = catalogue.embeddings.counts()
    specs = [spec for spec in installed if counts.get(spec.name)]
    if not specs:
        raise FinderError(
            tr("The library is empty."), tr("Index a folder first: image-finder index FOLDER")
        )
    return specs
