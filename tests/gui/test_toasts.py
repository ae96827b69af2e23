"""Toasts and popovers: over the window, with keys and mouse, announced, never in the way."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from finder.gui.common.buttons import Button
from finder.gui.common.notices.toast import Toast, Toasts
from finder.gui.common.popover import Popover
from finder.gui.theme.tokens import HIT_AREA

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    widget = QWidget()
    widget.resize(800, 600)
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    QTest.qWaitForWindowActive(widget)
    QTest.mouseMove(widget, QPoint(2, 2))
    yield widget
    widget.hide()


@pytest.fixture
def toasts(window: QWidget) -> Toasts:
    return Toasts(window)


def _expire(toast: Toast) -> None:
    """Its time is over."""
    toast._timer.timeout.emit()


# Toasts


def test_a_toast_is_inside_the_window_and_ends_in_time(window: QWidget, toasts: Toasts) -> None:
    toast = toasts.show_toast("396 pictures are ready")
    assert toast.isVisible()
    assert window.rect().contains(toast.geometry())
    assert toast.geometry().center().x() == pytest.approx(400, abs=1)
    assert 4_000 <= toast._timer.interval() <= 8_000
    assert toast._timer.isActive()
    _expire(toast)
    assert toasts.shown == []
    assert toast.isHidden()


def test_undo_runs_its_action_and_ends_the_toast(toasts: Toasts) -> None:
    undone: list[None] = []
    toast = toasts.show_toast("Folder removed", "Undo", lambda: undone.append(None))
    assert toast._timer.interval() >= 8_000
    assert toast.action_button.height() >= HIT_AREA
    QTest.mouseClick(toast.action_button, CLICK)
    assert undone == [None]
    assert toasts.shown == []


def test_a_toast_stays_while_the_focus_is_in_it(window: QWidget, toasts: Toasts) -> None:
    toast = toasts.show_toast("Folder removed", "Undo", lambda: None)
    toast.action_button.setFocus()
    _expire(toast)
    assert toasts.shown == [toast]
    assert toast._timer.isActive()
    toast.action_button.clearFocus()
    _expire(toast)
    assert toasts.shown == []


def test_a_toast_stays_while_the_pointer_is_on_it(
    toasts: Toasts, monkeypatch: pytest.MonkeyPatch
) -> None:
    toast = toasts.show_toast("396 pictures are ready")
    monkeypatch.setattr(toast, "underMouse", lambda: True)
    _expire(toast)
    assert toasts.shown == [toast]
    monkeypatch.setattr(toast, "underMouse", lambda: False)
    _expire(toast)
    assert toasts.shown == []


def test_an_error_stays_until_it_is_closed(toasts: Toasts) -> None:
    toast = toasts.show_error("The disk is full.")
    assert not toast._timer.isActive()
    assert min(toast.close_button.width(), toast.close_button.height()) >= HIT_AREA
    QTest.mouseClick(toast.close_button, CLICK)
    assert toasts.shown == []


def test_esc_closes_a_toast_that_has_the_focus_only(window: QWidget, toasts: Toasts) -> None:
    went_back: list[None] = []
    QShortcut(QKeySequence("Esc"), window, lambda: went_back.append(None))
    toast = toasts.show_toast("Folder removed", "Undo", lambda: None)
    toast.action_button.setFocus()
    QTest.keyClick(toast.action_button, Qt.Key.Key_Escape)
    assert toasts.shown == []
    assert went_back == []


def test_toasts_stack_three_at_most_and_errors_stay(toasts: Toasts) -> None:
    error = toasts.show_error("The disk is full.")
    for number in range(4):
        toasts.show_toast(f"{number} pictures are ready")
    assert [toast.text for toast in toasts.shown] == [
        error.text,
        "2 pictures are ready",
        "3 pictures are ready",
    ]
    areas = [toast.geometry() for toast in toasts.shown]
    assert areas[0].bottom() < areas[1].top() <= areas[1].bottom() < areas[2].top()
    toasts.show_toast("3 pictures are ready")
    assert [toast.text for toast in toasts.shown].count("3 pictures are ready") == 1


def test_a_toast_does_not_cover_what_has_the_focus(window: QWidget, toasts: Toasts) -> None:
    button = Button("At the bottom", parent=window)
    button.setGeometry(300, 520, 200, 34)
    button.show()
    toast = toasts.show_toast("396 pictures are ready")
    assert toast.geometry().intersects(button.geometry())
    button.setFocus()
    assert button.hasFocus()
    assert not toast.geometry().intersects(button.geometry())
    button.clearFocus()
    assert toast.geometry().intersects(button.geometry())


def test_a_toast_does_not_cover_the_current_row(window: QWidget, toasts: Toasts) -> None:
    rows = QListWidget(window)
    rows.setGeometry(window.rect())
    rows.addItems([str(number) for number in range(60)])
    rows.show()
    rows.setFocus()
    rows.setCurrentRow(0)
    toast = toasts.show_toast("396 pictures are ready")
    assert toast.y() > 300, "the first row is far from it"
    at_bottom = rows.itemAt(toast.geometry().center())
    assert at_bottom is not None
    rows.setCurrentItem(at_bottom)
    again = toasts.show_toast("397 pictures are ready")
    row = rows.visualItemRect(at_bottom)
    row.moveTo(rows.viewport().mapTo(window, row.topLeft()))
    assert not any(t.geometry().intersects(row) for t in (toast, again))


def test_at_the_top_they_leave_the_bar_free(window: QWidget) -> None:
    bar, field = QWidget(window), QLineEdit(window)
    bar.setGeometry(0, 0, window.width(), 56)
    field.setGeometry(0, window.height() - 100, window.width(), 100)
    field.show()
    field.setFocus()
    toast = Toasts(window, bar).show_toast("396 pictures are ready")
    assert bar.geometry().bottom() < toast.y() < window.height() // 2


def test_a_toast_follows_the_windows_size(window: QWidget, toasts: Toasts) -> None:
    toast = toasts.show_toast("The disk reported an error: there is no space left. " * 4)
    window.resize(500, 400)
    assert window.rect().contains(toast.geometry())


def test_a_toast_is_read_out(toasts: Toasts, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    def update(event: QAccessibleAnnouncementEvent) -> None:
        spoken.append((event.message(), event.politeness()))

    monkeypatch.setattr(QAccessible, "updateAccessibility", update)
    toasts.show_toast("396 pictures are ready")
    toasts.show_error("The disk is full.")
    politeness = QAccessible.AnnouncementPoliteness
    assert spoken == [
        ("396 pictures are ready", politeness.Polite),
        ("The disk is full.", politeness.Assertive),
    ]


def test_a_name_with_tags_is_shown_as_it_is(toasts: Toasts) -> None:
    toast = toasts.show_toast("<b>bold.jpg</b> was renamed")
    wide = toast.width()
    assert wide > toasts.show_toast("bold.jpg was renamed").width()


# Popovers


@pytest.fixture
def anchor(window: QWidget) -> Button:
    button = Button("View", parent=window)
    button.setGeometry(700, 10, 90, 34)
    button.show()
    button.setFocus()
    return button


@pytest.fixture
def boxes() -> list[QCheckBox]:
    return [QCheckBox("Names"), QCheckBox("Numbers")]


@pytest.fixture
def popover(anchor: Button, boxes: list[QCheckBox]) -> Popover:
    content = QWidget()
    layout = QVBoxLayout(content)
    for box in boxes:
        layout.addWidget(box)
    popover = Popover("View", content, anchor)
    popover.open_panel()
    return popover


def _panel(popover: Popover, window: QWidget) -> QRect:
    return QRect(popover.panel.mapTo(window, QPoint()), popover.panel.size())


def test_a_popover_lies_below_its_button_inside_the_window(
    window: QWidget, popover: Popover, anchor: Button
) -> None:
    panel = _panel(popover, window)
    assert popover.panel.isVisible()
    assert panel.top() > anchor.geometry().bottom()
    assert window.rect().contains(panel)
    window.resize(760, 500)
    assert window.rect().contains(_panel(popover, window))


def test_a_popover_goes_above_where_there_is_no_room(
    window: QWidget, popover: Popover, anchor: Button
) -> None:
    popover.close_panel()
    anchor.move(20, 560)
    popover.open_panel()
    assert _panel(popover, window).bottom() < anchor.y()


def test_tab_stays_in_a_popover(popover: Popover, boxes: list[QCheckBox]) -> None:
    names, numbers = boxes
    assert names.hasFocus()
    QTest.keyClick(names, Qt.Key.Key_Tab)
    assert numbers.hasFocus()
    QTest.keyClick(numbers, Qt.Key.Key_Tab)
    assert names.hasFocus()
    QTest.keyClick(names, Qt.Key.Key_Backtab)
    assert numbers.hasFocus()


def test_esc_closes_a_popover_and_the_focus_returns(
    window: QWidget, popover: Popover, anchor: Button, boxes: list[QCheckBox], qtbot: QtBot
) -> None:
    went_back: list[None] = []
    QShortcut(QKeySequence("Esc"), window, lambda: went_back.append(None))
    with qtbot.waitSignal(popover.closed):
        QTest.keyClick(boxes[0], Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert anchor.hasFocus()
    assert went_back == []


def test_a_closed_window_with_a_popover_is_collected_in_another_thread(qtbot: QtBot) -> None:
    """Indexing threads collect what windows leave behind; PySide deletes that in this thread."""

    def use_and_leave() -> None:
        window = QWidget()
        anchor, content = Button("View", parent=window), QWidget()
        QVBoxLayout(content).addWidget(QCheckBox("Names"))
        window.show()
        popover = Popover("View", content, anchor)
        popover.open_panel()
        QTest.keyClick(content, Qt.Key.Key_Tab)
        window.close()
        window.deleteLater()

    for _ in range(5):
        use_and_leave()
    collector = threading.Thread(target=gc.collect)
    collector.start()
    collector.join()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not [w for w in QApplication.topLevelWidgets() if w.findChildren(Popover)]


def test_a_click_beside_a_popover_closes_it(popover: Popover, window: QWidget) -> None:
    inside = popover.panel.geometry().topLeft() + QPoint(3, 3)
    QTest.mouseClick(popover, CLICK, pos=inside)
    assert popover.isVisible()
    QTest.mouseClick(popover, CLICK, pos=QPoint(20, 400))
    assert not popover.isVisible()
