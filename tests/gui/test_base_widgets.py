"""Buttons, chips, segments, the search field: mouse, keys, names, sizes, direction of text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QKeySequence, QPixmap, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from finder.gui.common.buttons import Button, Kind, ToolButton, no_default, set_kind
from finder.gui.common.chip import Chip
from finder.gui.common.labels import CountBadge, SectionLabel, ThinProgress, show_icon
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.search_field import SearchField
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.widgets import ElidedLabel
from finder.gui.theme.theme import theme
from finder.gui.theme.tokens import HIT_AREA, LIGHT, SPACE_XL

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
Key = Qt.Key
CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    widget = QWidget()
    widget.resize(700, 400)
    qtbot.addWidget(widget)
    yield widget
    widget.hide()


def _show(window: QWidget, *widgets: QWidget) -> None:
    at = 8
    for widget in widgets:
        widget.setParent(window)
        widget.move(8, at)
        widget.resize(widget.sizeHint())
        at += widget.height() + 8
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)


def _name(widget: QWidget) -> str:
    """What a screen reader calls it."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


# Buttons


@pytest.mark.parametrize("kind", list(Kind))
def test_a_button_is_clicked_and_looks_like_its_kind(window: QWidget, kind: Kind) -> None:
    button = Button("Find similar", "scan-search", kind)
    clicked: list[None] = []
    button.clicked.connect(lambda: clicked.append(None))
    _show(window, button)
    assert button.height() >= HIT_AREA
    QTest.mouseClick(button, CLICK)
    QTest.keyClick(button, Key.Key_Space)
    assert len(clicked) == 2
    QTest.mouseMove(window, QPoint(690, 390))
    at = button.mapTo(window, QPoint(button.width() // 2, 3))
    ground = window.grab().toImage().pixelColor(at).name()
    grounds = {Kind.PRIMARY: LIGHT.accent, Kind.QUIET: LIGHT.window}
    assert ground == grounds.get(kind, LIGHT.card)


def test_a_tool_button_without_a_text_has_its_tip_as_its_name(window: QWidget) -> None:
    button = ToolButton("arrow-left", tip="Back")
    _show(window, button)
    assert _name(button) == "Back"
    assert min(button.width(), button.height()) >= HIT_AREA
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_checkable_tool_button_toggles_with_the_keyboard(window: QWidget) -> None:
    button = ToolButton("columns-3", "Compare models", checkable=True, outlined=True)
    _show(window, button)
    assert _name(button) == "Compare models"
    button.setFocus()
    QTest.keyClick(button, Key.Key_Space)
    assert button.isChecked()
    assert button.grab().toImage().pixelColor(6, 17).name() == LIGHT.accent_soft


def test_enter_means_no_button_where_there_is_no_default(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    no_default(buttons)
    dialog.show()
    (close,) = buttons.buttons()
    assert isinstance(close, QPushButton)
    assert not close.isDefault()


# Chips


def test_a_chip_is_clicked_and_removed_with_the_mouse(window: QWidget, qtbot: QtBot) -> None:
    chip = Chip("Photos", "folder")
    _show(window, chip)
    with qtbot.assertNotEmitted(chip.removed), qtbot.waitSignal(chip.clicked):
        QTest.mouseClick(chip, CLICK, pos=QPoint(10, 10))
    button = chip.remove_button
    assert button is not None
    assert button.size() == QSize(HIT_AREA, HIT_AREA)
    assert _name(button) == "Remove “Photos”"
    with qtbot.assertNotEmitted(chip.clicked), qtbot.waitSignal(chip.removed):
        QTest.mouseClick(button, CLICK)


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_a_chip_is_removed_with_the_keyboard(window: QWidget, qtbot: QtBot, key: Key) -> None:
    chip = Chip("Photos", "folder")
    _show(window, chip)
    with qtbot.waitSignal(chip.removed):
        QTest.keyClick(chip, key)


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_Return])
def test_a_chip_is_activated_with_the_keyboard(window: QWidget, qtbot: QtBot, key: Key) -> None:
    chip = Chip("Filter", "list-filter", removable=False)
    _show(window, chip)
    with qtbot.waitSignal(chip.clicked):
        QTest.keyClick(chip, key)
    with qtbot.assertNotEmitted(chip.removed):
        QTest.keyClick(chip, Key.Key_Delete)


def test_a_chip_shows_a_round_picture(window: QWidget) -> None:
    picture = QPixmap(90, 60)
    picture.fill(QColor(200, 0, 0))
    chip = Chip("more like this")
    narrow = chip.sizeHint().width()
    chip.show_picture(picture)
    assert chip.sizeHint().width() > narrow
    _show(window, chip)
    image = chip.grab().toImage()
    assert image.pixelColor(16, 16).name() == "#c80000"
    assert image.pixelColor(5, 5).name() != "#c80000", "its corners are cut"


def test_a_chip_is_mirrored_where_text_runs_from_right_to_left(window: QWidget) -> None:
    chip = Chip("صور", "folder")
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    _show(window, chip)
    assert chip.remove_button is not None
    assert chip.remove_button.x() == 0


def test_a_chip_with_a_long_text_does_not_grow_without_end(window: QWidget) -> None:
    chip = Chip("a long name " * 40)
    assert chip.sizeHint().width() < 360
    chip.show_text("short")
    assert chip.sizeHint().width() < 120
    assert chip.remove_button is not None
    assert _name(chip.remove_button) == "Remove “short”"


# Segments

VIEWS = [("compare", "Compare models", "columns-3"), ("best", "Best matches", "grid-2x2")]


def test_a_segment_is_chosen_with_the_mouse(window: QWidget, qtbot: QtBot) -> None:
    views = SegmentedControl("View", VIEWS)
    _show(window, views)
    assert views.choice() == "compare"
    assert views.height() >= HIT_AREA
    with qtbot.waitSignal(views.chosen) as chosen:
        QTest.mouseClick(views.buttons[1], CLICK)
    assert chosen.args == ["best"]
    assert views.choice() == "best"
    assert not views.buttons[0].isChecked()


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_arrow_keys_choose_a_segment(window: QWidget, qtbot: QtBot, mirrored: bool) -> None:
    views = SegmentedControl("View", VIEWS)
    on, back = (Key.Key_Left, Key.Key_Right) if mirrored else (Key.Key_Right, Key.Key_Left)
    if mirrored:
        window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    _show(window, views)
    views.setFocus()
    with qtbot.waitSignal(views.chosen) as chosen:
        QTest.keyClick(views.buttons[0], on)
    assert chosen.args == ["best"]
    assert views.buttons[1].hasFocus()
    with qtbot.assertNotEmitted(views.chosen):
        QTest.keyClick(views.buttons[1], on)
    QTest.keyClick(views.buttons[1], back)
    assert views.choice() == "compare"
    QTest.keyClick(views.buttons[0], Key.Key_End)
    assert views.choice() == "best"


def test_tab_stops_once_at_the_segments(window: QWidget) -> None:
    views = SegmentedControl("View", VIEWS)
    views.choose("best")
    stops = [bool(b.focusPolicy() & Qt.FocusPolicy.TabFocus) for b in views.buttons]
    assert stops == [False, True]


# Search field


def test_a_search_field_clears_itself(window: QWidget) -> None:
    field = SearchField("Search")
    _show(window, field)
    assert _name(field.edit) == "Search"
    assert 32 <= field.height() <= 36
    assert not field.clear_button.isVisible()
    QTest.keyClicks(field.edit, "castle")
    assert field.clear_button.isVisible()
    QTest.mouseClick(field.clear_button, CLICK)
    assert field.edit.text() == ""
    assert field.edit.hasFocus()


def test_esc_clears_the_field_before_it_reaches_the_window(window: QWidget) -> None:
    field = SearchField("Search")
    went_back: list[None] = []
    QShortcut(QKeySequence("Esc"), window, lambda: went_back.append(None))
    _show(window, field)
    field.edit.setFocus()
    QTest.keyClicks(field.edit, "castle")
    QTest.keyClick(field.edit, Key.Key_Escape)
    assert (field.edit.text(), went_back) == ("", [])
    QTest.keyClick(field.edit, Key.Key_Escape)
    assert went_back == [None]


def test_a_search_field_takes_more_buttons(window: QWidget, qtbot: QtBot) -> None:
    field = SearchField("Search")
    crop = field.add_button("crop", "Part of the picture")
    _show(window, field)
    assert crop.size() == QSize(HIT_AREA, HIT_AREA)
    assert _name(crop) == "Part of the picture"
    with qtbot.waitSignal(crop.clicked):
        QTest.mouseClick(crop, CLICK)


# The focus ring


def test_the_ring_follows_tab_but_not_a_click(window: QWidget) -> None:
    first, second = Button("One"), Button("Two")
    rings = theme().focus_rings
    assert rings is not None
    _show(window, first, second)
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert rings.ring() is None
    QTest.keyClick(first, Key.Key_Tab)
    ring = rings.ring()
    assert second.hasFocus()
    assert ring is not None
    assert ring.widget() is second
    assert ring.geometry().contains(second.geometry())
    image = window.grab().toImage()
    outside = QPoint(second.geometry().center().x(), second.geometry().top() - 3)
    assert image.pixelColor(outside).name() == LIGHT.accent
    second.move(200, 200)
    assert ring.geometry().contains(second.geometry())
    second.hide()
    assert not ring.isVisible()
    second.show()
    second.setFocus()
    QTest.mouseClick(first, CLICK)
    first.clearFocus()
    assert rings.ring() is None


def test_the_ring_is_clipped_by_what_scrolls(window: QWidget) -> None:
    area, content = QScrollArea(window), QWidget()
    content.resize(200, 2_000)
    buttons = [Button(str(number), parent=content) for number in range(2)]
    buttons[1].move(0, 100)
    area.setWidget(content)
    area.resize(300, 200)
    _show(window)
    buttons[0].setFocus()
    QTest.keyClick(buttons[0], Key.Key_Tab)
    rings = theme().focus_rings
    assert rings is not None
    ring = rings.ring()
    assert ring is not None
    assert area.viewport().isAncestorOf(ring)


def test_the_ring_goes_with_its_window(qtbot: QtBot) -> None:
    dialog = QDialog()
    buttons = [Button("One", parent=dialog), Button("Two", parent=dialog)]
    dialog.show()
    QTest.qWaitForWindowActive(dialog)
    QTest.keyClick(buttons[0], Key.Key_Tab)
    rings = theme().focus_rings
    assert rings is not None
    dialog.deleteLater()
    QApplication.sendPostedEvents(dialog, 52)  # DeferredDelete
    assert rings.ring() is None


# Small ones


def test_labels_say_what_they_show(qtbot: QtBot) -> None:
    badge, bar, title = CountBadge(0), ThinProgress("Indexing"), SectionLabel("<b>Folders</b>")
    for widget in (badge, bar, title):
        qtbot.addWidget(widget)
    assert badge.isHidden()
    badge.show_count(12_480, "12,480 pictures")
    assert (badge.text(), _name(badge)) == ("12,480", "12,480 pictures")
    assert _name(bar) == "Indexing"
    assert bar.sizeHint().height() <= HIT_AREA
    assert title.textFormat() is Qt.TextFormat.PlainText


def test_a_screen_reader_meets_no_tags(qtbot: QtBot) -> None:
    label = ElidedLabel("a <very> long name of a picture")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert label.toolTip().startswith("<p")
    described = QAccessible.queryAccessibleInterface(label).text(QAccessible.Text.Description)
    assert described == "a <very> long name of a picture"


def test_an_empty_page_has_one_primary_button(window: QWidget) -> None:
    page = MessagePage()
    pressed: list[str] = []
    page.setParent(window)
    page.resize(600, 380)
    page.show_message(
        "The library is empty",
        "Add a folder.",
        [("Add", lambda: pressed.append("add")), ("Try", lambda: pressed.append("try"))],
        icon_name="images",
    )
    window.show()
    add, try_ = page.findChildren(Button)
    assert [add.property("kind"), try_.property("kind")] == ["primary", "secondary"]
    QTest.mouseClick(try_, CLICK)
    QTest.mouseClick(add, CLICK)
    assert pressed == ["try", "add"]
    page.show_message("Something else", "", [("Go on", lambda: None)])
    assert [button.text() for button in page.findChildren(Button) if button.isVisible()] == [
        "Go on"
    ]


def test_a_button_of_a_message_box_takes_its_kind(qtbot: QtBot) -> None:
    box = QMessageBox()
    qtbot.addWidget(box)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setInformativeText("Nothing is lost.")
    cancel.ensurePolished()
    set_kind(cancel, Kind.SECONDARY)
    box.setDefaultButton(cancel)
    show_icon(box, "circle-help")
    box.show()
    layout = box.layout()
    assert layout is not None
    assert layout.contentsMargins().left() == SPACE_XL
    ground = box.grab().toImage().pixelColor(cancel.mapTo(box, QPoint(10, 17)))
    assert ground.name() == LIGHT.card
