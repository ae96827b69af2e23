"""The parser of the command line. Each command's module adds its own subparser. No heavy module is
imported, because the window is started from here, too.
"""

from __future__ import annotations

import argparse

from finder import __version__
from finder.cli.convert_command import add_convert
from finder.cli.index_command import add_index
from finder.cli.library_commands import add_forget, add_locate, add_skipped, add_status
from finder.cli.maintenance_commands import add_check, add_restore
from finder.cli.models.models_command import add_models
from finder.cli.parsers import Parser, add_command, add_home
from finder.cli.search_command import add_search
from finder.core.i18n import tr


def parse(argv: list[str]) -> argparse.Namespace:
    """Options with at least `command` (None: the window), `handler`, `home` and `picture`.

    Exits with 2 on wrong usage, as argparse does.
    """
    options = _parser().parse_args(argv)
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
    parser.set_defaults(command=None, handler=None, picture=None)
    commands = parser.add_subparsers(dest="command", metavar=tr("COMMAND"))
    add_index(commands)
    add_search(commands)
    summary = tr("Open the window, with a query picture if one is given.")
    window = add_command(commands, "window", summary)
    window.add_argument("picture", nargs="?", metavar="PICTURE")
    add_models(commands)
    add_convert(commands)
    add_status(commands)
    add_skipped(commands)
    add_forget(commands)
    add_locate(commands)
    add_check(commands)
    add_restore(commands)
    return parser
