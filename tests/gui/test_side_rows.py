"""The rows of the side bar and the line of the run alone: how they are painted, sized and said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from finder.core.library.indexing.progress import ModelProgress, Phase, Progress
from finder.gui.common.widgets import on_ground
from finder.gui.library.side_bar.indexing_status import IndexingStatus, short_duration
from finder.gui.library.side_bar.side_rows import SideButton, SideList, SideRow
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import HIT_AREA

ROWS = [SideRow("/a", "Photos", "folder", 9_120), SideRow("/b", "Trips", "folder", 2_706)]


@pytest.fixture
def rows(host: QWidget, qtbot: QtBot) -> SideList:
    on_ground(host, "panel")  # as in the window: without an edge
    rows = SideList("Folders")
    rows.setParent(host)
    rows.show_rows(ROWS)
    rows.setGeometry(0, 100, 216, rows.sizeHint().height())
    rows.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    return rows


def colours_in(widget: QWidget) -> set[str]:
    image: QImage = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


def test_the_chosen_row_has_the_accents_soft_ground(rows: SideList) -> None:
    soft = colour("accent_soft").name()
    assert soft not in colours_in(rows)
    rows.choose("/b")
    assert soft in colours_in(rows)
    area = rows.visualItemRect(rows.item(1))
    image = rows.viewport().grab().toImage()
    assert image.pixelColor(area.center().x(), area.bottom() - 3).name() == soft


def test_the_focus_is_seen_when_the_keyboard_is_used(rows: SideList) -> None:
    accent = colour("accent").name()
    rows.setFocus()
    assert rows.currentRow() == 0
    assert accent not in colours_in(rows)
    rows.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    assert accent in colours_in(rows)


def test_keys_move_choose_and_remove(rows: SideList) -> None:
    chosen: list[str] = []
    removed: list[str] = []
    rows.chosen.connect(chosen.append)
    rows.removed.connect(removed.append)
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.keyClick(rows, Qt.Key.Key_Space)
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert (chosen, removed) == (["/b"], ["/b"])
    rows.show_rows(ROWS[::-1])
    assert rows.current_key() == "/b"
    rows.show_rows(ROWS[:1])
    QTest.keyClick(rows, Qt.Key.Key_Return)
    assert chosen == ["/b", "/a"]


def test_the_menu_key_asks_for_the_menu_of_the_current_row(rows: SideList) -> None:
    asked: list[str] = []
    rows.menu_requested.connect(lambda key, _: asked.append(key))
    rows.setCurrentRow(1)
    at = rows.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center()
    by_keyboard = QContextMenuEvent.Reason.Keyboard
    event = QContextMenuEvent(by_keyboard, at, rows.mapToGlobal(at))
    QApplication.sendEvent(rows.viewport(), event)
    assert asked == ["/b"]


def test_rows_are_mirrored_where_text_runs_from_right_to_left(rows: SideList) -> None:
    def ink(image: QImage, columns: range) -> int:
        ground = image.pixelColor(110, 2)
        return sum(
            image.pixelColor(x, y) != ground for x in columns for y in range(4, rows.height() - 4)
        )

    icon_at_left, icon_at_right = range(8, 26), range(190, 208)
    before = rows.grab().toImage()
    rows.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    after = rows.grab().toImage()
    assert ink(before, icon_at_left) == pytest.approx(ink(after, icon_at_right), rel=0.2)
    assert ink(before, icon_at_left) != ink(after, icon_at_left)


def test_a_long_name_leaves_the_count_alone(host: QWidget) -> None:
    short = SideButton(SideRow("", "Photos", "folder", 12_480))
    long = SideButton(SideRow("", "Photos " * 20, "folder", 12_480))
    images = []
    for button in (short, long):
        button.setParent(host)
        button.setGeometry(0, 0, 200, button.sizeHint().height())
        assert button.height() >= HIT_AREA
        images.append(button.grab().toImage().copy(150, 0, 50, button.height()))
    assert images[0] == images[1]


def test_a_button_is_pressed_by_enter_and_space(host: QWidget) -> None:
    button = SideButton(SideRow("", "Recently added", "clock"), checkable=True)
    button.setParent(host)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(button, key)
    assert len(pressed) == 2
    assert not button.isChecked()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.2, "1 s"), (59, "59 s"), (480, "8 min"), (7_200, "2.0 h")],
)
def test_the_time_left_is_short(seconds: float | None, text: str) -> None:
    assert short_duration(seconds) == text


def test_the_line_of_a_run_says_what_the_sketch_says(host: QWidget) -> None:
    status = IndexingStatus()
    status.setParent(host)
    status.begin("Scanning Trips …", "Trips")
    models = {"vgg16": ModelProgress(1_028, 2_706, 12.5)}
    working = Progress(
        Phase.EXTRACTING, done=1_028, total=2_706, rate=3.5, seconds_left=480, models=models
    )
    status.show_progress(working, [])
    assert status.headline.whole_text() == "Indexing Trips"
    assert status.left.text() == "8 min left"
    assert status.count.text() == "1,028 of 2,706 ·"
    assert (status.bar.value(), status.bar.maximum()) == (1_028, 2_706)
    assert status.details.splitlines() == [
        "1,028 of 2,706",
        "3.5 pictures/s",
        "vgg16: 1,028 of 2,706 files · 80 ms each",
    ]
    status.show_progress(replace(working, waiting="The server is away."), [])
    assert status.headline.whole_text() == "The server is away."
    status.pause.click()
    status.show_progress(working, [])
    assert status.headline.whole_text() == "Trips: paused"
    assert status.left.text() == ""
    assert status.pause.text() == "Resume"
    status.cancel.click()
    status.show_progress(working, [])
    assert status.headline.whole_text() == "Stopping …"
    assert not status.pause.isEnabled()
    assert "80 ms each" in status.toolTip()


def test_a_long_name_of_a_run_keeps_its_beginning(host: QWidget) -> None:
    status = IndexingStatus()
    status.setParent(host)
    status.resize(190, 90)
    status.begin("Scanning …", "Holiday in the mountains")
    status.show_progress(Progress(Phase.EXTRACTING, done=1, total=9, seconds_left=480), [])
    status.show()
    host.show()
    QApplication.processEvents()
    assert status.headline.text().startswith("Indexing Ho")
    assert status.headline.text().endswith("…")


def test_reading_text_is_said_in_full_where_the_panel_is_narrow(host: QWidget) -> None:
    status = IndexingStatus()
    status.setParent(host)
    status.resize(190, 90)
    status.begin("Scanning Trips …", "Trips")
    status.show_progress(Progress(Phase.READING, done=34, total=5_678, seconds_left=5_000), [])
    status.show()
    host.show()
    QApplication.processEvents()
    assert status.headline.text() == "Reading text"
    assert status.left.text() == "83 min left"
    assert status.count.text() == "34 of 5,678 ·"
    assert (status.bar.value(), status.bar.maximum()) == (34, 5_678)


def test_of_many_pictures_the_line_says_the_part(host: QWidget) -> None:
    status = IndexingStatus()
    status.setParent(host)
    status.begin("Scanning Trips …", "Trips")
    status.show_progress(Progress(Phase.EXTRACTING, done=101_028, total=212_706), [])
    assert status.count.text() == "47.5 % ·"
    assert "101,028 of 212,706" in status.toolTip()
