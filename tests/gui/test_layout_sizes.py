"""The window in several sizes: nothing is cut off, nothing overlaps, everything can be hit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from measuring import clipped, outside, overlapping, too_small, visible
from playing import BIRD, LITE0, Begin, Player
from PySide6.QtWidgets import QAbstractButton, QApplication
from sharing import SHARED, shared_folder

from finder.core.paths import Home
from finder.gui.results.compare.column_header import ColumnHeader

SIZES = [(900, 600), (1_280, 800), (1_600, 1_000), (2_560, 1_440)]
_SCALE = "QT_SCALE_FACTOR"


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def asked(request: pytest.FixtureRequest, begin: Begin, library: Home, samples: Path) -> Player:
    player = begin(library, size=request.param)
    assert player.window.devicePixelRatioF() == float(os.environ.get(_SCALE, "1"))
    player.ask(samples / BIRD)
    player.settle()
    QApplication.processEvents()
    return player


@pytest.mark.parametrize("view", ["compare", "best", "one model"])
def test_no_words_are_cut_off(asked: Player, view: str) -> None:
    if view == "one model":
        asked.answer(lambda: asked.choose(LITE0))
    asked.bar.views.buttons[view == "best"].click()
    asked.bar.cut_off.setValue(95)  # “n hidden · Show all”
    QApplication.processEvents()
    assert clipped(asked.window) == []


def test_buttons_can_be_hit_and_lie_apart(asked: Player) -> None:
    for header in visible(asked.window, ColumnHeader):
        header.menu_button.show()  # as it is under the pointer
    QApplication.processEvents()
    assert len(list(visible(asked.window, QAbstractButton))) > 15
    assert too_small(asked.window) == []
    assert overlapping(asked.window) == []


def test_nothing_lies_outside_of_the_window(asked: Player) -> None:
    window = asked.window
    parts = (asked.bar, window.library, window.hero, window.results, window.details)
    assert outside(window, *parts) == []


def test_the_details_show_all_models_where_there_is_room(asked: Player) -> None:
    details = asked.window.details
    if asked.window.height() < 800:
        pytest.skip("the details scroll in a low window")
    asked.wait(lambda: details.image.height() >= 96)
    asked.wait(lambda: details.facts_area.verticalScrollBar().maximum() == 0)


@pytest.mark.skipif(_SCALE in os.environ, reason="it is this test that runs the others")
def test_all_of_it_holds_on_a_screen_of_twice_the_density(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-cov", "-n0"]
    environment = os.environ | {_SCALE: "2", SHARED: str(shared_folder(tmp_path_factory))}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [*command, __file__, "-k", "900x600 and not one"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3_000:]
    assert " passed" in done.stdout
