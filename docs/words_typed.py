"""Words in the window, for `screenshots`: a model that understands some, and typing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.app import Program
    from finder.core.paths import Home

WORDS = {
    "words": "castle -water",
    "words-best": "cat",
    "words-picture": "at night",
    "words-typed": "cas",
    "words-names": "castle",
}
"""What is typed into the field, by state. All but the last have a model that understands it."""


def needs_model(states: Sequence[str]) -> bool:
    return bool((set(WORDS) - {"words-names"}) & set(states))


def add_words_model(home: Home) -> None:
    """The stand-in of the tests for a model that understands words."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    from sample_words import add_sample_words

    add_sample_words(home)


def type_words(
    program: Program,
    state: str,
    wait: Callable[[Callable[[], bool]], None],
    settle: Callable[[float], None],
) -> None:
    """wait: until something is so; settle: for some seconds."""
    from PySide6.QtTest import QTest

    controllers, window = program.conductor.controllers, program.window
    searching, view = controllers.searching, "best" if state == "words-best" else "compare"
    window.query_bar.views.choose(view)
    window.results.set_view(view)
    window.activateWindow()
    wait(window.isActiveWindow)
    controllers.words.edit()
    QTest.keyClicks(window.query_bar.field.edit, WORDS[state])
    if state == "words-typed":
        settle(1.0)
        return
    QTest.keyClick(window.query_bar.field.edit, "\r")
    wait(lambda: searching.result is not None and not searching.is_busy)
    settle(0.5)
