"""`image-finder index`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from finder.cli.output.output import say, show
from finder.cli.parsers import Commands, add_command, add_model, whole_number
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.limits import MAX_MEGAPIXELS

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.paths import Home


def add_index(commands: Commands) -> None:
    parser = add_command(
        commands,
        "index",
        tr("Bring the library up to date with folders of pictures."),
        tr(
            "Files that have not changed are not opened again. Ctrl+C stops; finished work "
            "is kept, and the next run continues from there."
        ),
        handler=index,
    )
    parser.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help=tr("a folder to add or update (default: every folder of the library)"),
    )
    add_model(parser, tr("index with this model; may be repeated (default: all switched on)"))
    parser.add_argument(
        "--max-megapixels",
        type=whole_number(1, MAX_MEGAPIXELS),
        metavar="N",
        help=tr("skip pictures above N megapixels, 1 to 2000; remembered (default: 300)"),
    )
    parser.add_argument(
        "--shard",
        metavar="N/M",
        help=tr("only this share of the new files, as 2/8, where M machines share a library"),
    )
    crops = parser.add_mutually_exclusive_group()
    crops.add_argument(
        "--crops",
        action="store_const",
        const=True,
        dest="crops",
        help=tr(
            "find things inside the pictures of these folders: index five crops of each, too; it "
            "takes 3 to 6 times as long; remembered"
        ),
    )
    crops.add_argument(
        "--no-crops",
        action="store_const",
        const=False,
        dest="crops",
        help=tr("delete the crops of these folders, and make no more"),
    )


def index(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_models
    from finder.core.library.indexing.index_run import require_folder
    from finder.core.library.indexing.shard import Shard
    from finder.core.models.registry import pick_models
    from finder.use_cases.library.index_folders import index_folders
    from finder.workers.extractor_pools import open_extractors

    chosen = pick_models(installed_models(home), options.model) or None
    folders = [require_folder(folder) for folder in options.folders]
    if options.crops is not None and not folders:
        raise FinderError(
            tr("Crops are for some folders, not for all."),
            tr("Name them: image-finder index FOLDER --crops"),
        )
    with closing(
        index_folders(
            home,
            partial(open_extractors, home),
            "image-finder index",
            folders,
            chosen,
            options.max_megapixels,
            Shard.parse(options.shard) if options.shard else None,
            options.crops,
        )
    ) as run:
        show_index_run(run)


def show_index_run(run: Iterable[Progress]) -> None:
    """Follow an indexing run to its end; then its summary on stdout, and notes on stderr."""
    from finder.cli.output.lines import indexing_notes
    from finder.cli.output.progress_bars import IndexBar
    from finder.core.library.indexing.summary import summary

    with IndexBar() as bar:
        for progress in run:
            bar.show(progress)
    show(summary(progress))
    for sentence in indexing_notes(progress):
        say(sentence)
