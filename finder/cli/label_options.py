"""Where the labels of pictures come from: the same options for several commands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.use_cases.evaluation.labelled_vectors import LabelSource


def add_labels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders", nargs="*", metavar="FOLDER", help=tr("a folder whose subfolders are labels")
    )
    parser.add_argument(
        "--nested",
        action="store_true",
        help=tr("every folder below FOLDER is a label, not only its own subfolders"),
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        type=Path,
        help=tr("labels from a CSV file with the columns path and label, instead of folders"),
    )


def label_source(options: argparse.Namespace) -> LabelSource:
    """Raises FinderError."""
    from finder.core.library.indexing.index_run import require_folder
    from finder.use_cases.evaluation.labelled_vectors import LabelSource

    if bool(options.folders) == (options.labels is not None):
        raise FinderError(
            tr("This needs labels: folders, or a file."),
            tr("Name a folder whose subfolders are labels, or --labels FILE."),
        )
    folders = tuple(require_folder(folder) for folder in options.folders)
    return LabelSource(folders, options.nested, options.labels)
