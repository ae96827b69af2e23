"""Building blocks of the command line's parsers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from finder.core.i18n import tr
from finder.core.paths import Home
from finder.core.printable import printable


class Parser(argparse.ArgumentParser):
    """One whose error messages, which quote the user's arguments, contain no control characters."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
Handler = Callable[[Home, argparse.Namespace], None]
"""Carries out a command. Raises FinderError."""


def add_command(
    commands: Commands, name: str, summary: str, more: str = "", handler: Handler | None = None
) -> Parser:
    """A subcommand's parser; `options.handler` carries the command out. summary: one sentence, for
    the list of commands; more: sentences that follow it in the command's help."""
    parser = commands.add_parser(name, help=summary, description=f"{summary} {more}".strip())
    parser.set_defaults(handler=handler)
    add_home(parser)
    return parser


def add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=tr("the library's folder (default: IMAGE_FINDER_HOME, else your data folder)"),
    )


def add_model(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--model", action="append", metavar="NAME", default=[], help=text)


FILTER_EXAMPLE = "taken>=2024 width>2000 format:png -folder:'~/Old' name:beach orientation:portrait"


def filter_help() -> str:
    return tr(
        'only pictures that fulfil all conditions, like "{example}"; also possible: changed, '
        "height, pixels, size, path, folder, available:here, available:elsewhere"
    ).format(example=FILTER_EXAMPLE)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A type of arguments: a whole number within these bounds."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdecimal() else least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                tr("“{text}” is not a whole number from {least} to {most}").format(
                    text=text, least=least, most=most
                )
            )
        return number

    return read
