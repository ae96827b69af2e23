"""The grid with real events: keys, mouse, scrolling, what it asks to be loaded, what it paints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
)
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.gui.grid import covers
from finder.gui.grid.card import Card, Dot
from finder.gui.grid.layout_view import EDGE
from finder.gui.grid.layouts import CellLayout, JustifiedLayout
from finder.gui.grid.picture_view import CardRole, PictureView
from finder.gui.grid.section import Section
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import BODY_PX, SPACE

COUNT = 100
RED, BLUE = QColor(200, 0, 0), QColor(0, 0, 200)
_NO_PARENT = QModelIndex()


class Cards(QAbstractListModel):
    """Red pictures of 300 × 200; the content id is the row + 1,000."""

    def __init__(self, count: int = COUNT) -> None:
        super().__init__()
        self.count = count
        self.marked = -1
        self.asked: list[int] = []
        self._pixmap = QPixmap(300, 200)
        self._pixmap.fill(RED)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else self.count

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        row = index.row()
        if role == CardRole.CARD:
            self.asked.append(row)
            dots = (Dot("#00ff00", True),)
            return Card(
                f"picture {row}",
                self._pixmap,
                str(row + 1),
                dots=dots,
                is_marked=row == self.marked,
            )
        if role == CardRole.PICTURE:
            return row + 1_000
        return f"picture {row}" if role == Qt.ItemDataRole.DisplayRole else None

    def reset_to(self, count: int) -> None:
        self.beginResetModel()
        self.count = count
        self.endResetModel()


@pytest.fixture
def cards(qapp: QApplication) -> Cards:
    return Cards()


@pytest.fixture
def view(qtbot: QtBot, cards: Cards) -> Iterator[PictureView]:
    """Four cells in each line."""
    view = PictureView()
    qtbot.addWidget(view)
    view.setModel(cards)
    view.set_layout(lambda width: CellLayout(cards.count, width, 160, 1.5, 10, 4))
    view.resize(800, 500)
    view.show()
    qtbot.waitExposed(view)
    view.doItemsLayout()
    yield view
    view.setModel(None)


def centre(view: PictureView, row: int) -> QPoint:
    return view.visualRect(view.model().index(row, 0)).center()


def colour_at(view: PictureView, point: QPoint) -> QColor:
    image: QImage = view.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(point.x() * ratio), round(point.y() * ratio))


def move(view: PictureView, to: QPoint) -> None:
    """The pointer, without a button."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        to.toPointF(),
        view.viewport().mapToGlobal(to).toPointF(),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view.viewport(), event)


def is_reddish(colour: QColor) -> bool:
    return colour.red() > 150 and colour.blue() < 60


def test_a_click_selects(view: PictureView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.selected) as caught:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 5))
    assert caught.args == [5]
    assert view.currentIndex().row() == 5
    assert [index.row() for index in view.selectedIndexes()] == [5]


def test_a_click_between_the_cards_changes_nothing(view: PictureView) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 5))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert [index.row() for index in view.selectedIndexes()] == [5]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_chooses(view: PictureView, qtbot: QtBot, key: Qt.Key) -> None:
    view.go_to_row(7)
    with qtbot.waitSignal(view.chosen) as caught:
        QTest.keyClick(view, key)
    assert caught.args == [7]


def test_a_double_click_chooses(view: PictureView, qtbot: QtBot) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 2))
    with qtbot.waitSignal(view.chosen) as caught:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 2))
    assert caught.args == [2]


def test_space_asks_for_the_preview(view: PictureView, qtbot: QtBot) -> None:
    view.go_to_row(3)
    with qtbot.waitSignal(view.preview_requested) as caught:
        QTest.keyClick(view, Qt.Key.Key_Space)
    assert caught.args == [3]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_Right, 6),
        (Qt.Key.Key_Left, 4),
        (Qt.Key.Key_Down, 9),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 99),
    ],
)
def test_arrows_move_within_the_grid(view: PictureView, key: Qt.Key, expected: int) -> None:
    view.go_to_row(5)
    QTest.keyClick(view, key)
    assert view.currentIndex().row() == expected
    assert view.viewport().rect().contains(centre(view, expected))


def test_arrows_follow_the_direction_of_reading(view: PictureView) -> None:
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view.go_to_row(5)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.currentIndex().row() == 4


def test_page_down_moves_by_what_is_in_view(view: PictureView) -> None:
    view.go_to_row(1)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.currentIndex().row() in (9, 13, 17)
    assert view.currentIndex().row() % 4 == 1


def test_in_one_column_left_and_right_lead_elsewhere(view: PictureView, qtbot: QtBot) -> None:
    view.set_layout(lambda width: CellLayout(COUNT, width, 160, 1.5, 10, 1))
    view.go_to_row(5)
    for key, step in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
        with qtbot.waitSignal(view.edge_passed) as caught:
            QTest.keyClick(view, key)
        assert caught.args == [step]
    assert view.currentIndex().row() == 5


def test_the_wheel_scrolls(view: PictureView) -> None:
    at = view.viewport().rect().center()
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    assert view.verticalScrollBar().value() > 0


def test_it_scrolls_to_its_very_end(view: PictureView) -> None:
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum())
    last = view.visualRect(view.model().index(COUNT - 1, 0))
    assert 0 < view.viewport().height() - last.bottom() < 12


def test_the_thumbnails_of_what_is_visible_are_asked_for_first(
    view: PictureView, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(view.thumbnails_requested) as caught:
        view.verticalScrollBar().setValue(700)
    ids = caught.args[0]
    visible = list(view.visible_rows())
    assert ids[: len(visible)] == [row + 1_000 for row in visible]
    assert visible[0] > 0
    assert len(ids) <= 2 * len(visible)


def test_only_the_visible_cards_are_painted(view: PictureView, cards: Cards) -> None:
    cards.asked.clear()
    view.viewport().repaint()
    assert set(cards.asked) == set(view.visible_rows())


def test_the_first_card_in_view_stays_there_when_the_width_changes(
    view: PictureView, qtbot: QtBot
) -> None:
    view.set_layout(lambda width: CellLayout(COUNT, width, 160, 1.5, 10))
    view.verticalScrollBar().setValue(800)
    first = view.visible_rows().start
    view.resize(500, 500)
    qtbot.waitUntil(lambda: view.visualRect(view.model().index(0, 0)).width() < 240)
    view.doItemsLayout()
    assert first in view.visible_rows()


def test_a_new_list_begins_at_the_top(view: PictureView, cards: Cards) -> None:
    view.verticalScrollBar().setValue(900)
    cards.reset_to(40)
    assert view.verticalScrollBar().value() == 0
    assert view.visible_rows().start == 0
    cards.reset_to(0)
    assert view.visible_rows() == range(0)
    view.viewport().repaint()
    assert view.indexAt(QPoint(50, 50)).row() == -1


def test_hovering_is_reported_once_for_each_card(view: PictureView) -> None:
    hovered: list[int] = []
    view.hovered.connect(hovered.append)
    for row in (0, 0, 1):
        move(view, centre(view, row))
        move(view, centre(view, row) + QPoint(4, 0))
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert hovered == [0, 1, -1]


def test_a_drag_begins_after_some_distance(view: PictureView, qtbot: QtBot) -> None:
    start = centre(view, 4)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    with qtbot.waitSignal(view.drag_started) as caught:
        QTest.mouseMove(view.viewport(), start + QPoint(2, 2))
        QTest.mouseMove(view.viewport(), start + QPoint(40, 40))
    assert caught.args == [4]
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start)


def test_cards_fill_their_cells(view: PictureView) -> None:
    place = view.visualRect(view.model().index(5, 0))
    assert is_reddish(colour_at(view, place.center()))
    assert is_reddish(colour_at(view, QPoint(place.right() - 20, place.top() + 20)))
    assert not is_reddish(colour_at(view, QPoint(place.right() + 5, place.center().y())))
    assert not is_reddish(colour_at(view, place.topLeft())), "the corners are round"


def test_the_frame_marks_the_current_card_and_the_marked_one(
    view: PictureView, cards: Cards
) -> None:
    def edge(row: int) -> QColor:
        place = view.visualRect(view.model().index(row, 0))
        return colour_at(view, QPoint(place.left() - 3, place.center().y()))

    plain = edge(6)
    cards.marked = 9
    view.go_to_row(5)
    assert edge(6) == plain
    assert edge(5) != plain
    assert edge(9) != plain


def test_headers_are_painted(view: PictureView) -> None:
    view.set_layout(
        lambda width: JustifiedLayout(
            [1.5] * COUNT, [Section("June", 0, COUNT)], width, 120, 10, 40
        )
    )
    image = view.viewport().grab().toImage()
    ground = image.pixelColor(image.width() - 30, 10)
    title = {image.pixelColor(x, y).name() for x in range(6, 60) for y in range(10, 40)}
    assert len(title) > 3
    assert ground.name() in title


def test_drafts_are_finished_in_the_paints_that_follow(
    view: PictureView, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(covers, "_SCALING_SECONDS", -1.0)
    view.set_layout(lambda width: CellLayout(COUNT, width, 170, 1.3, 10, 4))
    qtbot.waitUntil(lambda: view._painter.covers.has_drafts, timeout=5_000)
    assert is_reddish(colour_at(view, centre(view, 0)))
    monkeypatch.setattr(covers, "_SCALING_SECONDS", 1_000.0)
    qtbot.waitUntil(lambda: not view._painter.covers.has_drafts, timeout=5_000)


def test_screen_readers_find_the_cards(view: PictureView) -> None:
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface.childCount() >= COUNT
    assert interface.child(3).text(QAccessible.Text.Name) == "picture 3"


def test_the_scroll_bar_has_its_place_while_it_is_hidden(view: PictureView, cards: Cards) -> None:
    view.set_layout(lambda width: CellLayout(cards.count, width, 160, 1.5, 10))
    assert view.verticalScrollBar().isVisible()
    assert view.content_width() == view.viewport().width() - 12
    width = view.content_width()
    cards.reset_to(2)
    QTest.qWait(10)
    assert not view.verticalScrollBar().isVisible()
    assert view.content_width() == width
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    assert view.content_width() == view.viewport().width() - 12


def test_the_first_card_in_view_is_the_same_after_many_widths(view: PictureView) -> None:
    ratios = [(0.7, 1.5, 1.0, 1.8)[at % 4] for at in range(COUNT)]
    everything = [Section("June", 0, COUNT)]
    view.set_layout(lambda width: JustifiedLayout(ratios, everything, width, 120, 10, 40))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    first, width = view.visible_rows().start, view.width()
    for step in range(60):
        view.resize(width - 5 * step, view.height())
    assert first in list(view.visible_rows())[:6]
    view.resize(width, view.height())
    assert view.visible_rows().start == first


def test_a_current_card_stays_in_view(view: PictureView) -> None:
    view.set_layout(lambda width: CellLayout(COUNT, width, 160, 1.5, 10))
    view.verticalScrollBar().setValue(600)
    last = view.visible_rows().stop - 1
    view.setCurrentIndex(view.model().index(last, 0))
    view.resize(view.width() // 2, view.height())
    assert last in view.visible_rows()


def test_from_right_to_left_the_first_card_is_at_the_right(view: PictureView) -> None:
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view.doItemsLayout()
    first, second = (view.visualRect(view.model().index(row, 0)) for row in (0, 1))
    assert first.left() > second.right()
    assert first.right() == view.viewport().width() - EDGE - 1
    for row in (0, 3, 6):
        assert view.indexAt(centre(view, row)).row() == row
    assert is_reddish(colour_at(view, centre(view, 0)))


def test_a_number_stands_beside_its_header_in_both_directions(view: PictureView) -> None:
    """The number is paler than the title, and begins behind it."""
    view.set_layout(
        lambda width: JustifiedLayout(
            [1.5] * COUNT, [Section("June", 0, COUNT)], width, 120, 10, 40
        )
    )
    words = QFontMetrics(scaled_font(BODY_PX, QFont.Weight.DemiBold)).horizontalAdvance("June")
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        view.setLayoutDirection(direction)
        view.doItemsLayout()
        image = view.viewport().grab().toImage()
        ground = image.pixelColor(image.width() // 2, 12)
        inked = [
            x if direction is Qt.LayoutDirection.LeftToRight else image.width() - 1 - x
            for x in range(EDGE, image.width() - EDGE)
            if any(image.pixelColor(x, y) != ground for y in range(12, 34))
        ]
        title_end = EDGE + words + 2
        assert min(inked) < EDGE + 4
        assert not [x for x in inked if title_end < x < title_end + 4], "a gap behind the title"
        assert title_end + 4 < max(inked) < EDGE + words + 80


def test_a_long_title_of_a_section_is_elided_before_its_number(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    cards, view = Cards(1), PictureView()
    qtbot.addWidget(view)
    view.setModel(cards)
    sections = [Section("A folder whose name is long " * 5, 0, 1)]
    view.set_layout(lambda width: JustifiedLayout([1.5], sections, width, 120, 10, 40))
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    view.doItemsLayout()
    real = QPainter.drawText

    def draw(painter: QPainter, *args: Any) -> object:
        drawn.append(args[-1])
        return real(painter, *args)

    monkeypatch.setattr(QPainter, "drawText", draw)
    view.viewport().grab()
    monkeypatch.undo()
    at = next(number for number, text in enumerate(drawn) if text.startswith("A folder"))
    title, count = drawn[at : at + 2]
    assert "…" in title
    width = QFontMetrics(scaled_font(BODY_PX, QFont.Weight.DemiBold)).horizontalAdvance(title)
    assert count == "1"
    assert width + SPACE + view.fontMetrics().horizontalAdvance(count) <= view.viewport().width()
    view.setModel(None)
