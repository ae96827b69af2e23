"""`image-finder status`, `skipped`, `forget` and `locate`."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show, show_lines
from finder.cli.parsers import Commands, add_command
from finder.core.errors import FinderError, Reason
from finder.core.i18n import tr, trn

if TYPE_CHECKING:
    from finder.core.paths import Home

_FORGET = "image-finder forget"


def add_status(commands: Commands) -> None:
    add_command(commands, "status", tr("Show what the library holds and where."), handler=status)


def add_skipped(commands: Commands) -> None:
    summary = tr("List the files that could not be read, with the reasons.")
    parser = add_command(commands, "skipped", summary, handler=skipped)
    parser.add_argument("--retry", action="store_true", help=tr("read these files again"))


def add_forget(commands: Commands) -> None:
    summary = tr("Remove folders or pictures from the library; the files are not touched.")
    more = tr("A removed picture stays removed, wherever a copy of it is found, until --undo.")
    parser = add_command(commands, "forget", summary, more, handler=forget)
    parser.add_argument("paths", nargs="+", metavar="PATH", help=tr("a folder or a picture"))
    parser.add_argument("--undo", action="store_true", help=tr("bring these removed pictures back"))


def add_locate(commands: Commands) -> None:
    summary = tr("Tell the library where a folder that is offline is now.")
    more = tr("Its pictures are recognised, and what is not there any more leaves the library.")
    parser = add_command(commands, "locate", summary, more, handler=locate)
    parser.add_argument("old", metavar="OLD", help=tr("the folder as “status” lists it"))
    parser.add_argument("new", metavar="NEW", help=tr("where it is now"))
    parser.add_argument(
        "--dry-run", action="store_true", help=tr("only count the files that are recognised")
    )


def status(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.cli.models.listing import show_model_shares, show_providers
    from finder.cli.output.lines import status_lines
    from finder.core.library.availability import offline_folders
    from finder.use_cases.library.library_overview import library_overview
    from finder.use_cases.models.models_overview import models_overview
    from finder.use_cases.preferences import library_size

    _require_library(home)
    library = library_overview(home)
    offline = offline_folders(library.folders)
    show_lines(status_lines(home.root, library, offline, library_size(home).whole))
    installed_models(home)
    show_model_shares(models_overview(home))
    _show_server(home)
    show_providers(home)


def _show_server(home: Home) -> None:
    """The server of a library that is on one, and the machines that share it."""
    from finder.cli.store_command import store_lines
    from finder.core.library.server.store_settings import read_store_settings
    from finder.use_cases.library.vector_store import store_status

    if not read_store_settings(home).is_server:
        return
    try:
        for cells in store_lines(store_status(home), str(home.root)):
            show(*cells)
    except FinderError as error:
        say(str(error))


def skipped(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.output.lines import failure_cells, skipped_cells
    from finder.core.library.availability import offline_folders
    from finder.core.models.registry import list_models
    from finder.use_cases.library.library_overview import library_overview, skipped_files
    from finder.use_cases.library.removed_pictures import removed_files

    _require_library(home)
    if options.retry:
        _retry_skipped(home)
        return
    files, failed = skipped_files(home)
    removed = removed_files(home)
    if not files and not failed and not removed:
        say(tr("No file was skipped."))
    offline = offline_folders(library_overview(home).folders) if files else ()
    for file in files:
        show(*skipped_cells(file, offline))
    titles = {spec.name: spec.title for spec in list_models(home.model_dirs())[0]}
    for failure in failed:
        show(*failure_cells(failure, titles))
    for path in removed:
        show(path, Reason.REMOVED.sentence())


def _retry_skipped(home: Home) -> None:
    from finder.cli.index_command import show_index_run
    from finder.use_cases.library.index_folders import retry_skipped
    from finder.use_cases.library.library_overview import library_overview
    from finder.workers.extractor_pools import open_extractors

    if not library_overview(home).skipped:
        say(tr("No file was skipped."))
        return
    extractors = partial(open_extractors, home)
    with closing(retry_skipped(home, extractors, "image-finder skipped")) as run:
        show_index_run(run)


def forget(home: Home, options: argparse.Namespace) -> None:
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.library.catalogue.records import is_elsewhere
    from finder.use_cases.library.removed_pictures import find_pictures

    with closing(open_existing(home)) as catalogue:
        known = catalogue.folders.paths()
    paths = [
        path if is_elsewhere(path) else os.path.abspath(os.path.expanduser(path))
        for path in options.paths
    ]
    if options.undo:
        _bring_back(home, paths)
        return
    pictures = find_pictures(home, [path for path in paths if path not in known])
    for folder in dict.fromkeys(path for path in paths if path in known):
        _forget_folder(home, folder)
    if pictures:
        _remove_pictures(home, pictures)


def _forget_folder(home: Home, folder: str) -> None:
    from finder.use_cases.library.index_folders import forget_folder

    notes: list[str] = []
    files = forget_folder(home, folder, _FORGET, notes.append) or 0
    show(
        trn(
            "Forgot {folder}: {n} file. The pictures themselves were not touched.",
            "Forgot {folder}: {n} files. The pictures themselves were not touched.",
            files,
            folder=folder,
        )
    )
    for note in notes:
        say(note)


def _remove_pictures(home: Home, pictures: list[int]) -> None:
    from finder.use_cases.library.removed_pictures import remove_pictures

    notes: list[str] = []
    files = remove_pictures(home, pictures, _FORGET, notes.append)
    show(
        tr("Removed {pictures} ({files}) from the library. The files were not touched.").format(
            pictures=trn("{n} picture", "{n} pictures", len(pictures)),
            files=trn("{n} file", "{n} files", files),
        )
    )
    for note in notes:
        say(note)
    say(tr("“image-finder forget --undo” brings pictures back."))


def _bring_back(home: Home, paths: list[str]) -> None:
    """With their vectors: their folders are indexed."""
    from finder.cli.index_command import show_index_run
    from finder.core.library.catalogue.records import machine_of
    from finder.use_cases.library.index_folders import index_folders
    from finder.use_cases.library.removed_pictures import bring_back, find_removed
    from finder.workers.extractor_pools import open_extractors

    notes: list[str] = []
    back = bring_back(home, find_removed(home, paths), _FORGET, notes.append)
    for note in notes:
        say(note)
    if not back.folders:
        if not any(map(machine_of, back.files)):
            show(tr("They may come back. Index the folder that they are in."))
        elif not notes:
            show(tr("They are in the library again."))
        return
    extractors = partial(open_extractors, home)
    with closing(index_folders(home, extractors, _FORGET, back.folders)) as run:
        show_index_run(run)


def locate(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.index_command import show_index_run
    from finder.use_cases.library.locate_folder import locate_folder, preview_location
    from finder.workers.extractor_pools import open_extractors

    _require_library(home)
    old, new = (os.path.abspath(os.path.expanduser(path)) for path in (options.old, options.new))
    recognised = preview_location(home, old, new)
    text = trn(
        "{found:,} of {n} file of {old} is in {new}.",
        "{found:,} of {n} files of {old} are in {new}.",
        recognised.files,
        found=recognised.found,
        old=old,
        new=new,
    )
    if options.dry_run:
        show(text)
        return
    say(text)
    extractors = partial(open_extractors, home)
    with closing(locate_folder(home, extractors, "image-finder locate", old, new)) as run:
        show_index_run(run)


def _require_library(home: Home) -> None:
    """Raises FinderError where there is none, or it cannot be opened."""
    from finder.core.library.catalogue.catalogue import open_existing

    open_existing(home).close()
