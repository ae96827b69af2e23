"""The parser of the command line. Each command's module adds its own subparser, and is imported
only if it is needed, because the window is started from here, too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection
from importlib import import_module

from finder import __version__
from finder.cli.parsers import Commands, Parser, add_command, add_home
from finder.core.i18n import tr
from finder.core.pictures.formats import EXTENSIONS

_WINDOW = "window"
_COMMANDS = {
    "index": "index_command",
    "search": "search_command",
    "searches": "saved_options",
    _WINDOW: "arguments",
    "models": "models.models_command",
    "text": "text_command",
    "measure": "measure_command",
    "teach": "teach_command",
    "convert": "convert_command",
    "train": "train_command",
    "status": "library_commands",
    "skipped": "library_commands",
    "forget": "library_commands",
    "locate": "library_commands",
    "store": "store_command",
    "check": "maintenance_commands",
    "restore": "maintenance_commands",
}
"""The module of each command, in which `add_…` adds its parser."""
_WITHOUT_COMMAND = ("--home", "--capture", "--version")
"""Options that may stand alone, and need no list of commands."""
_MOST_PATHS = 100  # that one message to an open window can hold


def parse(argv: list[str]) -> argparse.Namespace:
    """Options with at least `command` (None: the window), `handler`, `home`, and for the window
    `paths`, which it opens, and `capture`.

    Exits with 2 on wrong usage, as argparse does.
    """
    words = _with_command(argv)
    parser = _parser(_needed(words))
    options: argparse.Namespace = parser.parse_args(words)
    options.home = getattr(options, "home", None)
    if options.capture and (options.paths or options.command not in (None, _WINDOW)):
        parser.error(tr("--capture opens the window, without files or another command"))
    if len(options.paths) > _MOST_PATHS:
        parser.error(tr("the window opens {n} files at most").format(n=_MOST_PATHS))
    return options


def _with_command(argv: list[str]) -> list[str]:
    """`image-finder photo.jpg` means `image-finder window photo.jpg`."""
    at = _first_word(argv)
    first = argv[at] if at < len(argv) else ""
    if first == "--" or (first not in _COMMANDS and _is_for_window(first)):
        return [*argv[:at], _WINDOW, *argv[at:]]
    return argv


def _first_word(argv: list[str]) -> int:
    """The position of the first argument that is no option, or of “--”."""
    at = 0
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "--":
        at += 2 if argv[at] == "--home" else 1
    return at


def _needed(argv: list[str]) -> Collection[str]:
    """The commands whose parsers these arguments need: one's, or all for the list of them."""
    at = _first_word(argv)
    if at < len(argv):
        return {argv[at]} if argv[at] in _COMMANDS else _COMMANDS
    options = (word for word in argv if word.startswith("-"))
    return {_WINDOW} if all(word.startswith(_WITHOUT_COMMAND) for word in options) else _COMMANDS


def _is_for_window(word: str) -> bool:
    """Whether it is a file or folder, or looks like one whose name is mistyped."""
    ending = os.path.splitext(word)[1].lower()
    return ending in (*EXTENSIONS, ".onnx") or os.sep in word or os.path.exists(word)


def _parser(needed: Collection[str]) -> Parser:
    parser = Parser(
        prog="image-finder",
        usage="%(prog)s [-h] [--version] [--home DIR] COMMAND ...\n"
        "       %(prog)s [--capture | FILE ...]",
        description=tr(
            "Find pictures that look alike, offline, on your own machine.\n"
            "Without a command, the window opens."
        ),
        epilog=tr(
            "examples:\n"
            "  image-finder photo.jpg                 open the window and search for it\n"
            "  image-finder --capture                 search for a part of the screen\n"
            "  image-finder index ~/Pictures          add a folder to the library\n"
            "  image-finder search photo.jpg          show what looks like it\n"
            "  image-finder search photo.jpg --json   the same for a program\n"
            "\n"
            "IMAGE_FINDER_HOME names the library's folder, as --home does.\n"
            "Exit codes: 0 done, 1 it could not be done (with the reason), 2 wrong usage."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"image-finder {__version__}")
    add_home(parser)
    _add_capture(parser)
    parser.set_defaults(command=None, handler=None, paths=[], capture=False)
    commands = parser.add_subparsers(
        title=tr("commands"), prog=parser.prog, dest="command", metavar=tr("COMMAND")
    )
    for name, module in _COMMANDS.items():
        if name in needed:
            add = getattr(import_module(f"finder.cli.{module}"), f"add_{name}")
            add(commands)
    return parser


def add_window(commands: Commands) -> None:
    summary = tr("Open the window, with these files.")
    more = tr(
        "“image-finder FILE” does the same. A window that is open comes to the front and gets them."
    )
    window = add_command(commands, _WINDOW, summary, more)
    _add_capture(window)
    window.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        help=tr(
            "a picture to search for (several are one query), a folder to add, or a model "
            "(.onnx) to import"
        ),
    )


def _add_capture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--capture",
        action="store_true",
        default=argparse.SUPPRESS,
        help=tr("choose a part of the screen, and search for it in the window"),
    )
