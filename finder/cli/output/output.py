"""Results on stdout, messages on stderr, questions to the user."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from finder.core.i18n import tr
from finder.core.printable import printable


def say(text: str) -> None:
    """Print a message, which is not a result. Control characters, as file names may contain them,
    are replaced."""
    print(printable(text), file=sys.stderr)  # noqa: T201


def show(*cells: str) -> None:
    """Print a line of the result, its cells separated by tabs; cleaned like a message."""
    print("\t".join(map(printable, cells)))  # noqa: T201


def show_lines(lines: Iterable[str]) -> None:
    for line in lines:
        show(line)


def show_raw(text: str) -> None:
    """Print a result that must not be changed, as JSON."""
    print(text)  # noqa: T201


def ask(question: str) -> str:
    """Ask on stderr. The answer is empty at the end of stdin."""
    print(printable(question), end="", file=sys.stderr, flush=True)  # noqa: T201
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        say("")
    return answer.strip()


def confirm(question: str) -> bool:
    """Any answer but yes counts as no."""
    return ask(question).lower() in ("y", "yes", tr("y"), tr("yes"))
