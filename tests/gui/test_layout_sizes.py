"""The window in several sizes: nothing is cut off, nothing overlaps, everything can be hit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from forking import ForkedProcesses
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


def test_nothing_is_cut_off_and_everything_can_be_hit(asked: Player) -> None:
    _assert_all_lies_in_the_window(asked)
    _assert_the_details_have_room(asked)
    _assert_buttons_can_be_hit_and_lie_apart(asked)
    for view in ("compare", "best", "one model"):
        if view == "one model":
            asked.answer(lambda: asked.choose(LITE0))
        asked.bar.views.buttons[view == "best"].click()
        asked.bar.cut_off.setValue(95)  # “n hidden · Show all”
        QApplication.processEvents()
        assert clipped(asked.window) == [], view


def _assert_all_lies_in_the_window(player: Player) -> None:
    window = player.window
    parts = (player.bar, window.library, window.hero, window.results, window.details)
    assert outside(window, *parts) == []


def _assert_the_details_have_room(player: Player) -> None:
    """They show all models; in a low window they scroll."""
    details = player.window.details
    if player.window.height() >= 800:
        player.wait(lambda: details.image.height() >= 96)
        player.wait(lambda: details.facts_area.verticalScrollBar().maximum() == 0)


def _assert_buttons_can_be_hit_and_lie_apart(player: Player) -> None:
    menus = [header.menu_button for header in visible(player.window, ColumnHeader)]
    for menu in menus:
        menu.show()  # as it is under the pointer
    QApplication.processEvents()
    assert len(list(visible(player.window, QAbstractButton))) > 15
    assert too_small(player.window) == []
    assert overlapping(player.window) == []
    for menu in menus:
        menu.hide()


_AGAIN = """
import os, sys
import pytest
os.environ.pop("PYTEST_XDIST_WORKER", None)
os.environ.update(zip(sys.argv[1:4:2], sys.argv[2:5:2]))
options = ["-q", "-p", "no:cacheprovider", "--no-cov", "-n0"]
sys.exit(pytest.main([*options, sys.argv[5], "-k", "900x600"]))
"""


@pytest.mark.skipif(_SCALE in os.environ, reason="it is this test that runs the others")
def test_all_of_it_holds_on_a_screen_of_twice_the_density(
    loaded_window: ForkedProcesses, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = str(shared_folder(tmp_path_factory))
    done = loaded_window.run(_AGAIN, _SCALE, "2", SHARED, shared, __file__)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    assert "1 passed" in done.stdout
