"""Hints name commands; in the window, each names a place of the window instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import finder
from finder.core.errors import FinderError
from finder.gui.common.notices.messages import message_for
from finder.gui.common.notices.window_ways import in_window
from finder.gui.shell.actions import ACTIONS

COMMAND = "image-finder "
OPTION = "--"


def _texts() -> Iterator[str]:
    """All translated texts below the window and the command line that name a command, and those of
    training that name an option."""
    root = Path(finder.__file__).parent
    for part in ("core", "use_cases", "workers", "jobs", "train"):
        for path in (root / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id in ("tr", "mark") and isinstance(node.args[0], ast.Constant):
                    text = str(node.args[0].value)
                    if COMMAND in text or (part == "train" and OPTION in text):
                        yield text


def test_no_hint_of_a_command_is_left_in_the_window() -> None:
    texts = set(_texts())
    assert len(texts) > 20
    for text in texts:
        shown = in_window(text)
        assert "image-finder" not in shown, text
        assert OPTION not in shown, "an argument of the command is left"
        assert "URI" not in shown, text


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        (
            "Bring them back first: image-finder store use embedded",
            "Bring them back first: Library → Storage…",
        ),
        (
            "image-finder store use URI puts them on a server.",
            "Library → Storage… puts them on a server.",
        ),
        (
            "Name a server: image-finder store test http://host:19530",
            "Name a server: Library → Storage…",
        ),
        (
            "Use another name for it there: image-finder store use … --library NAME",
            "Use another name for it there: Library → Storage…",
        ),
        ("“image-finder store” lists them.", "“Library → Storage…” lists them."),
        (
            "Narrow it, or keep a copy of the vectors here: image-finder store mirror on",
            "Narrow it, or keep a copy of the vectors here: Library → Storage…",
        ),
        ("“image-finder status” lists the folders.", "The side panel lists the folders."),
        (
            "Add the other folder instead: image-finder index /a folder/b",
            "Add the other folder instead: Library → Add folder…",
        ),
        (
            "Index them with this model: image-finder index --model vgg16",
            "Index them with this model: Library → Models…",
        ),
        (
            "Its catalogue is damaged: “image-finder check --repair” repairs it.",
            "Its catalogue is damaged: “Library → Check library…” repairs it.",
        ),
        (
            "Start it again with --batch 4: the epochs that are done are kept.",
            "Start it again with “Pictures at a time” 4: the epochs that are done are kept.",
        ),
        (
            "Use --method scratch, or start --from a model, such as efficientnet-lite0.",
            "Use the method “From scratch”, or start from a model, such as efficientnet-lite0.",
        ),
        (
            "Use --from scratch, or --from resnet18, or another method.",
            "Use a small network, or resnet18, or another method.",
        ),
        (
            "Use --restart and a lower --rate than 0.001.",
            "Use “Begin again” and a lower “Learning rate” than 0.001.",
        ),
        (
            "Use --restart to forget it, or another --name.",
            "Use “Begin again” to forget it, or another name.",
        ),
        (
            "Download it, then give it with --weights FILE.",
            "Download it, then give it with “Weights”.",
        ),
        ("Check the drive.", "Check the drive."),
        ("The log is image-finder.log.", "The log is image-finder.log."),
    ],
)
def test_a_hint_of_an_error_names_the_window_s_way(hint: str, shown: str) -> None:
    message = message_for(FinderError("It is so.", hint))
    assert message is not None
    assert message.hint == shown


def test_every_way_is_in_the_menus() -> None:
    titles = {row.text.replace("&", "") for row in ACTIONS}
    for text in set(_texts()):
        _, arrow, way = in_window(text).partition("Library → ")
        if arrow:
            assert any(way.startswith(title) for title in titles), text
