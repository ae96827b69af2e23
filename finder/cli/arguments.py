"""The command line's words."""

from __future__ import annotations

import argparse

from finder import __version__
from finder.cli.convert_arguments import add_convert
from finder.cli.models.arguments import add_models
from finder.cli.parsers import Parser, Words, add, add_home, add_model, whole
from finder.core.i18n import tr
from finder.core.limits import MOST_MATCHES, MOST_MEGAPIXELS


def parse(argv: list[str]) -> argparse.Namespace:
    """Options with at least `command` (None: the window), `home` and `picture`.

    Exits with 2 on wrong usage, as argparse does.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    options.home = getattr(options, "home", None)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="image-finder",
        description=tr(
            "Find pictures that look alike, offline, on your own machine.\n"
            "Without a command, the window opens."
        ),
        epilog=tr(
            "examples:\n"
            "  image-finder index ~/Pictures          index a folder with every model\n"
            "  image-finder search photo.jpg          what looks like it, model by model\n"
            "  image-finder search photo.jpg --json   the same for a program\n"
            "\n"
            "IMAGE_FINDER_HOME names the library's folder, as --home does.\n"
            "Exit codes: 0 done, 1 it could not be done (with the reason), 2 wrong usage."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"image-finder {__version__}")
    add_home(parser)
    parser.set_defaults(command=None, picture=None)
    commands = parser.add_subparsers(dest="command", metavar=tr("COMMAND"))
    _add_index(commands)
    _add_search(commands)
    window = add(commands, "window", tr("open the window, with a query picture if one is given"))
    window.add_argument("picture", nargs="?", metavar="PICTURE")
    add_models(commands)
    add_convert(commands)
    add(commands, "status", tr("show what the library holds and where"))
    add(commands, "skipped", tr("list the files that could not be read, with the reasons"))
    forget = add(
        commands, "forget", tr("remove a folder from the library; its pictures are not touched")
    )
    forget.add_argument("folder", metavar="FOLDER")
    _add_check(commands)
    _add_restore(commands)
    return parser


def _add_check(commands: Words) -> None:
    check = add(
        commands,
        "check",
        tr("verify everything in the library"),
        tr("Exit code 1 means that something is wrong and was not repaired."),
    )
    check.add_argument(
        "--repair",
        action="store_true",
        help=tr("repair what can be rebuilt; nothing else is touched"),
    )


def _add_restore(commands: Words) -> None:
    restore = add(
        commands,
        "restore",
        tr("restore a backup of the catalogue; without a name, list the backups"),
        tr("A backup is made once a day and before each change of format."),
    )
    restore.add_argument("copy", metavar="COPY", nargs="?", help=tr("its name, or “latest”"))


def _add_index(commands: Words) -> None:
    index = add(
        commands,
        "index",
        tr("bring the library up to date with folders of pictures"),
        tr(
            "Files that have not changed are not opened again. Ctrl+C stops; finished work "
            "is kept, and the next run continues from there."
        ),
    )
    index.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help=tr("a folder to add or update (default: every folder of the library)"),
    )
    add_model(index, tr("index with this model; may be repeated (default: all switched on)"))
    index.add_argument(
        "--max-megapixels",
        type=whole(1, MOST_MEGAPIXELS),
        metavar="N",
        help=tr("skip pictures above N megapixels, 1 to 2000; remembered (default: 300)"),
    )


def _add_search(commands: Words) -> None:
    search = add(commands, "search", tr("show the pictures that look like the given ones"))
    search.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help=tr("any picture file; of several, what is like all of them is found"),
    )
    add_model(
        search, tr("search with this model; may be repeated (default: all that have indexed)")
    )
    search.add_argument(
        "--top",
        type=whole(1, MOST_MATCHES),
        default=10,
        metavar="K",
        help=tr("how many matches, 1 to 200 (default: 10)"),
    )
    search.add_argument(
        "--metric",
        choices=["euclidean", "cosine", "ip", "l1", "hamming"],
        default="euclidean",
        help=tr(
            "the measure shown: Euclidean distance (default), cosine similarity, inner "
            "product; for baselines L1 or Hamming distance. A model without that measure "
            "shows its own"
        ),
    )
    for option, name, text in (
        ("--folder", "FOLDER", tr("only pictures in this folder")),
        ("--since", "DAY", tr("only pictures taken on this day or later, like 2024-06-30")),
        ("--until", "DAY", tr("only pictures taken on this day or earlier")),
    ):
        search.add_argument(option, metavar=name, help=text)
    search.add_argument("--json", action="store_true", help=tr("print JSON and nothing else"))
