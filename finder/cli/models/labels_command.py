"""`image-finder models labels`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from finder.cli.output.output import show, show_raw
from finder.cli.parsers import Commands, add_command, whole_number
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.paths import Home


def add_labels(commands: Commands) -> None:
    parser = add_command(
        commands,
        "labels",
        tr("Propose labels for the library's pictures, by a model that was trained on some."),
        tr("Each line is a file, its likeliest label, and how sure the model is of it."),
        handler=labels,
    )
    parser.add_argument("name", metavar="NAME", help=tr("a model made with “image-finder train”"))
    parser.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help=tr("only pictures in these folders (default: all)"),
    )
    parser.add_argument(
        "--least",
        type=whole_number(0, 100),
        default=0,
        metavar="PERCENT",
        help=tr("only labels of which it is at least so sure"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))


def labels(home: Home, options: argparse.Namespace) -> None:
    from finder.cli.models.installed import installed_model
    from finder.core.library.indexing.index_run import require_folder
    from finder.use_cases.evaluation.proposed_labels import propose_labels

    spec = installed_model(home, options.name)
    folders = [require_folder(folder) for folder in options.folders]
    found = propose_labels(home, spec, folders, options.least / 100)
    if options.json:
        import json
        from dataclasses import asdict

        show_raw(json.dumps([asdict(one) for one in found], indent=1))  # as ASCII
        return
    for one in found:
        show(one.path, one.label, f"{one.confidence:.0%}")
