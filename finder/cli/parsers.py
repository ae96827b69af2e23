"""What the words of the command line are put together from."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from finder.core.i18n import tr
from finder.core.printable import printable


class Parser(argparse.ArgumentParser):
    """One whose complaints cannot play with the terminal: they have the user's words in them, which
    may be names of files. Its subcommands' parsers are such, too."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


Words: TypeAlias = "argparse._SubParsersAction[Parser]"


def add(
    commands: Words,
    name: str,
    summary: str,
    more: str = "",
) -> Parser:
    described = summary[0].upper() + summary[1:] + "."
    parser = commands.add_parser(name, help=summary, description=f"{described} {more}".strip())
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


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within these bounds."""

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
