"""The window where text runs from right to left, and names in scripts of both directions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playing import BIRD, Begin, Player
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from finder.core.paths import Home
from finder.gui.common.widgets import ElidedLabel

ARABIC = "صورة العائلة في الصيف.jpg"
LATIN = "Summer.jpg"
Key = Qt.Key


@pytest.fixture
def from_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def _ink(image: QImage) -> tuple[int, int]:
    """The first and last column that is not as the corner."""
    ground = image.pixel(0, 0)
    columns = [
        x
        for x in range(image.width())
        if any(image.pixel(x, y) != ground for y in range(image.height()))
    ]
    return columns[0], columns[-1]


def _left(widget: QWidget, window: QWidget) -> int:
    return widget.mapTo(window, QPoint()).x()


def _right(widget: QWidget, window: QWidget) -> int:
    return _left(widget, window) + widget.width()


@pytest.mark.parametrize("name", [ARABIC, LATIN])
@pytest.mark.parametrize("runs_left", [False, True])
def test_a_name_begins_where_the_window_begins(qtbot: QtBot, name: str, runs_left: bool) -> None:
    label = ElidedLabel(name)
    qtbot.addWidget(label)
    if runs_left:
        label.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    label.resize(600, 30)
    first, last = _ink(label.grab().toImage())
    assert last - first < 300
    assert (last > 590) if runs_left else (first < 10)


@pytest.fixture
def asked(from_right: None, begin: Begin, library: Home, samples: Path, tmp_path: Path) -> Player:
    query = tmp_path / LATIN
    shutil.copy(samples / BIRD, query)
    player = begin(library, size=(1_280, 800))
    player.ask(query)
    player.settle()
    return player


def test_the_parts_of_the_window_are_mirrored_and_nothing_lies_outside(asked: Player) -> None:
    window = asked.window
    assert _left(window.library, window) > _right(window.results, window) - 2
    assert _right(window.details, window) <= _left(window.results, window) + 2
    hero = window.hero
    picture = hero.picture
    assert _left(picture, window) > _left(hero.name, window)
    name = hero.name.grab().toImage()
    assert _ink(name)[1] > name.width() - 10, "the name is beside its picture"
    _assert_titles_stand_above_the_cards(asked)
    _assert_no_label_lies_outside_of_its_part(asked)


def _assert_titles_stand_above_the_cards(asked: Player) -> None:
    window, column = asked.window, asked.column("")
    edge = _right(window.results.header.title, window)
    card = column.view.visualRect(column.model.index(0))
    at = column.view.viewport().mapTo(window, card.topRight())
    assert abs(at.x() - edge) <= 2


def _assert_no_label_lies_outside_of_its_part(asked: Player) -> None:
    labels = [label for label in asked.window.findChildren(QLabel) if label.isVisible()]
    assert len(labels) > 20
    for label in labels:
        parent = label.parentWidget()
        assert parent is None or parent.rect().contains(label.geometry()), label.text()


def test_the_first_picture_is_at_the_right_and_keys_follow_the_eye(asked: Player) -> None:
    asked.bar.views.buttons[1].click()
    (column,) = [column for column in asked.columns if column.isVisible()]
    view = column.view
    asked.wait(lambda: view.card_layout.count > 1 and view.viewport().width() > 400)
    QApplication.processEvents()

    def place(row: int) -> QPoint:
        return view.visualRect(column.model.index(row)).center()

    assert place(0).x() > place(1).x()
    assert place(0).y() == pytest.approx(place(1).y(), abs=2)
    assert view.viewport().rect().contains(place(0))
    view.setFocus()
    view.go_to_row(0)
    QTest.keyClick(view, Key.Key_Left)
    assert view.currentIndex().row() == 1
    QTest.keyClick(view, Key.Key_Right)
    assert view.currentIndex().row() == 0
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place(2))
    assert view.currentIndex().row() == 2


def test_the_library_begins_at_the_right_below_its_title(
    from_right: None, begin: Begin, library: Home
) -> None:
    player = begin(library, size=(900, 600))
    page, window = player.window.library_page, player.window
    player.wait(lambda: page.view.count() > 1 and page.view.viewport().width() > 400)
    player.settle()
    first, second = (page.view.visualRect(page.model.index(row, 0)) for row in (0, 1))
    assert first.left() > second.left()
    edge = page.view.viewport().mapTo(window, first.topRight()).x() + 1
    assert abs(edge - _right(page.title, window)) <= 2
    assert _left(page.count, window) < _left(page.title, window)
    count = page.count.grab().toImage()
    assert _ink(count)[1] > count.width() - 10, "the number is beside the title"
