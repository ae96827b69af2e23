"""Building blocks of the command line's parsers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

from finder.core.i18n import tr
from finder.core.paths import Home
from finder.core.printable import printable
from finder.core.suggestions import did_you_mean


class Parser(argparse.ArgumentParser):
    """One whose error messages, which quote the user's arguments, contain no control characters,
    and suggest what a mistyped word was meant to be."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            parser: Parser = getattr(options, "parser", self)
            parser.error(parser.unknown_arguments(unknown))
        return options

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """An unknown option before a command is reported itself; argparse would take the word after
        it for the command."""
        if self._subparsers is not None and args:
            unknown = self._unknown_option(list(args))
            if unknown:
                self.error(self.unknown_arguments([unknown]))
        return super().parse_known_args(args, namespace)

    def _unknown_option(self, words: Sequence[str]) -> str:
        """The first option before the command that this parser does not know, or ""."""
        at = 0
        while at < len(words) and words[at].startswith("--") and words[at] != "--":
            name, has_value, _ = words[at].partition("=")
            action = self._option_string_actions.get(name)
            if action is None:
                known = self._option_string_actions
                is_abbreviation = any(option.startswith(name) for option in known)
                return "" if is_abbreviation else name
            at += 1 if has_value or action.nargs == 0 else 2
        return ""

    def unknown_arguments(self, words: Sequence[str]) -> str:
        """The message about arguments that this parser does not know."""
        text = tr("unrecognized arguments: {words}").format(words=" ".join(words))
        name = words[0].partition("=")[0]
        names = self._option_string_actions if name.startswith("-") else ()
        return f"{text}. {did_you_mean(name, names)}".removesuffix(". ")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Called by argparse for every value; also for a command."""
        if action.choices is None or value in action.choices:
            return
        names = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            message = tr("There is no command “{name}”.").format(name=value)
            hint = tr("“{program} --help” lists the commands.").format(program=self.prog)
            error = argparse.ArgumentError(None, f"{message} {did_you_mean(value, names) or hint}")
        else:
            message = tr("“{value}” is none of these: {names}").format(
                value=value, names=", ".join(names)
            )
            question = did_you_mean(str(value), names)
            error = argparse.ArgumentError(action, f"{message}. {question}".removesuffix(". "))
        raise error


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
Handler = Callable[[Home, argparse.Namespace], None]
"""Carries out a command. Raises FinderError."""


def add_command(
    commands: Commands, name: str, summary: str, more: str = "", handler: Handler | None = None
) -> Parser:
    """A subcommand's parser; `options.handler` carries the command out. summary: one sentence, for
    the list of commands; more: sentences that follow it in the command's help."""
    parser = commands.add_parser(name, help=summary, description=f"{summary} {more}".strip())
    parser.set_defaults(handler=handler, parser=parser)
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
