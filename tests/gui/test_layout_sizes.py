"""The window in several sizes: nothing is cut off, nothing overlaps, everything can be hit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from playing import BIRD, LITE0, Begin, Player
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton, QWidget

from finder.core.paths import Home
from finder.gui.common.widgets import ElidedLabel
from finder.gui.results.compare.column_header import ColumnHeader

SIZES = [(900, 600), (1_280, 800), (1_600, 1_000), (2_560, 1_440)]
_SMALLEST_HIT = 32


def visible(window: QWidget, kind: type[QWidget]) -> Iterator[QWidget]:
    for widget in window.findChildren(kind):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def clipped(window: QWidget) -> list[str]:
    """Labels and buttons that have less room than their words need."""
    found = []
    for label in visible(window, QLabel):
        assert isinstance(label, QLabel)
        if isinstance(label, ElidedLabel) or label.wordWrap() or not label.text():
            needed = label.fontMetrics().height()
            if label.text() and label.height() < needed:
                found.append(f"{label.text()}: {label.height()} < {needed}")
        elif label.fontMetrics().horizontalAdvance(label.text()) > label.width() + 1:
            found.append(f"{label.text()}: {label.width()}")
    for button in visible(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        is_icon = isinstance(button, QToolButton) and (
            button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        needed = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
        if not is_icon and button.width() < needed:
            found.append(f"{button.text()}: {button.width()} < {needed}")
    return found


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def asked(request: pytest.FixtureRequest, begin: Begin, library: Home, samples: Path) -> Player:
    player = begin(library, size=request.param)
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
    buttons = [
        button
        for button in visible(asked.window, QAbstractButton)
        if not isinstance(button.parentWidget(), ColumnHeader)
    ]
    for button in buttons:
        assert min(button.width(), button.height()) >= _SMALLEST_HIT - 4, button
    places = [(button, place(button, asked.window)) for button in buttons]
    for (one, area), (other, other_area) in combinations(places, 2):
        if not (one.isAncestorOf(other) or other.isAncestorOf(one)):
            assert not area.intersects(other_area), (one, other)


def test_nothing_lies_outside_of_the_window(asked: Player) -> None:
    window = asked.window
    for part in (asked.bar, window.library, window.hero, window.results, window.details):
        if part.isVisible():
            assert window.rect().contains(place(part, window)), part


def test_the_details_show_all_models_where_there_is_room(asked: Player) -> None:
    details = asked.window.details
    if asked.window.height() < 800:
        pytest.skip("the details scroll in a low window")
    asked.wait(lambda: details.image.height() >= 96)
    asked.wait(lambda: details.facts_area.verticalScrollBar().maximum() == 0)
