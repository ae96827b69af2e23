"""A column's header: the model's colour, its name, and moving it with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from finder.gui.results.compare.column_header import ColumnHeader
from finder.gui.theme.theme import colours

GREEN = "#2f9e8f"


def shown(host: QWidget, header: ColumnHeader) -> ColumnHeader:
    header.setParent(host)
    header.setGeometry(100, 80, 200, header.sizeHint().height())
    header.show()
    return header


@pytest.fixture
def header(host: QWidget) -> ColumnHeader:
    return shown(host, ColumnHeader("EfficientNet-Lite0", GREEN))


def drag(header: ColumnHeader, *ways: int) -> list[int]:
    """Press, move by so many px to the side each time, release; what was signalled."""
    moved: list[int] = []
    header.moved.connect(moved.append)
    at = header.rect().center()
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=at)
    for way in ways:
        at += QPoint(way, 0)
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(header.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(header, move)
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton, pos=at)
    return moved


def test_dragging_past_a_neighbour_is_signalled(header: ColumnHeader) -> None:
    assert drag(header, 60, 60) == [1]


def test_dragging_to_the_left_and_on(header: ColumnHeader) -> None:
    assert drag(header, -110, -200) == [-1, -1]


def test_a_small_move_is_none(header: ColumnHeader) -> None:
    assert drag(header, 10, -20, 15) == []


def test_the_pinned_column_cannot_be_dragged(host: QWidget) -> None:
    assert drag(shown(host, ColumnHeader("Best matches", "", is_pinned=True)), 150, 150) == []


def edge_colour(header: ColumnHeader, right: bool = False) -> QColor:
    image = header.grab().toImage()
    ratio = image.devicePixelRatio()
    x = header.width() - 2 if right else 2
    return image.pixelColor(round(x * ratio), round(header.height() / 2 * ratio))


def test_the_bar_at_the_edge_has_the_models_colour(header: ColumnHeader) -> None:
    assert edge_colour(header) == QColor(GREEN)
    header.set_colour("#b7791f")
    assert edge_colour(header) == QColor("#b7791f")


def test_the_combined_one_has_the_accent_colour(host: QWidget) -> None:
    header = shown(host, ColumnHeader("Best matches", "", is_pinned=True))
    assert edge_colour(header) == QColor(colours().accent)


def test_the_bar_is_at_the_right_where_one_reads_from_there(header: ColumnHeader) -> None:
    header.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert edge_colour(header, right=True) == QColor(GREEN)
    assert edge_colour(header) != QColor(GREEN)


def test_the_menu_has_a_button_under_the_pointer(header: ColumnHeader, qtbot: QtBot) -> None:
    assert not header.menu_button.isVisible()
    middle = QPointF(header.rect().center())
    QApplication.sendEvent(header, QEnterEvent(middle, middle, middle))
    assert header.menu_button.isVisible()
    with qtbot.waitSignal(header.menu_requested):
        QTest.mouseClick(header.menu_button, Qt.MouseButton.LeftButton)
    QApplication.sendEvent(header, QEvent(QEvent.Type.Leave))
    assert not header.menu_button.isVisible()


def test_a_title_that_looks_like_html_is_shown_as_it_is(host: QWidget) -> None:
    header = shown(host, ColumnHeader("<b>bold</b> & co, with a name too long for it", GREEN))
    header.show_facts("agrees", tip="<i>tip</i>")
    assert header.title.text().startswith("<b>")
    for tip in (header.toolTip(), header.title.toolTip(), header.facts.toolTip()):
        assert "&lt;" in tip
        assert "<b>" not in tip
        assert "<i>" not in tip
