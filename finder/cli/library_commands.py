"""`image-finder status`, `skipped` and `forget`."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from functools import partial

from finder.cli.output import say, show, show_lines
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.paths import Home


def add_status(commands: Commands) -> None:
    add_command(commands, "status", tr("Show what the library holds and where."), handler=status)


def add_skipped(commands: Commands) -> None:
    summary = tr("List the files that could not be read, with the reasons.")
    parser = add_command(commands, "skipped", summary, handler=skipped)
    parser.add_argument("--retry", action="store_true", help=tr("read these files again"))


def add_forget(commands: Commands) -> None:
    summary = tr("Remove a folder from the library; its pictures are not touched.")
    parser = add_command(commands, "forget", summary, handler=forget)
    parser.add_argument("folder", metavar="FOLDER")


def status(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.lines import status_lines
    from finder.cli.models.installed import installed_models
    from finder.cli.models.listing import show_model_shares, show_providers
    from finder.core.library.availability import offline_folders
    from finder.use_cases.library_overview import library_overview
    from finder.use_cases.models_overview import models_overview

    _require_library(home)
    library = library_overview(home)
    offline = offline_folders(library.folders)
    show_lines(status_lines(home.root, library, offline, _disk_bytes(home)))
    installed_models(home)
    show_model_shares(models_overview(home))
    show_providers(home)


def skipped(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.lines import failure_cells, skipped_cells
    from finder.core.library.availability import offline_folders
    from finder.core.models.registry import list_models
    from finder.use_cases.library_overview import library_overview, skipped_files

    _require_library(home)
    if options.retry:
        _retry_skipped(home)
        return
    files, failed = skipped_files(home)
    if not files and not failed:
        say(tr("No file was skipped."))
    offline = offline_folders(library_overview(home).folders) if files else ()
    for file in files:
        show(*skipped_cells(file, offline))
    titles = {spec.name: spec.title for spec in list_models(home.model_dirs())[0]}
    for failure in failed:
        show(*failure_cells(failure, titles))


def _retry_skipped(home: Home) -> None:
    from finder.cli.index_command import show_index_run
    from finder.use_cases.index_folders import retry_skipped
    from finder.use_cases.library_overview import library_overview
    from finder.workers.extractor_pools import open_extractors

    if not library_overview(home).skipped:
        say(tr("No file was skipped."))
        return
    extractors = partial(open_extractors, home)
    with closing(retry_skipped(home, extractors, "image-finder skipped")) as run:
        show_index_run(run)


def forget(home: Home, options: argparse.Namespace) -> None:
    from finder.use_cases.index_folders import forget_folder

    _require_library(home)
    folder = os.path.abspath(os.path.expanduser(options.folder))
    files = forget_folder(home, folder, "image-finder forget")
    if files is None:
        raise FinderError(
            tr("{folder} is not a folder of this library.").format(folder=folder),
            tr("“image-finder status” lists them."),
        )
    show(
        trn(
            "Forgot {folder}: {n} file. The pictures themselves were not touched.",
            "Forgot {folder}: {n} files. The pictures themselves were not touched.",
            files,
            folder=folder,
        )
    )


def _require_library(home: Home) -> None:
    """Raises FinderError where there is none, or it cannot be opened."""
    from finder.core.library.catalogue.catalogue import open_existing

    open_existing(home).close()


def _disk_bytes(home: Home) -> int:
    """Of all files in the library's folder."""
    total = 0
    for folder, _, names in os.walk(home.root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # a running writer has just deleted it
    return total
