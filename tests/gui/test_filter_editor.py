"""The panel in which the filter is set."""

from __future__ import annotations

import pytest
from playing import visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.filter.filter_text import filter_text, parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.gui.query.filtering.filter_bar import FilterBar
from finder.gui.query.filtering.filter_editor import FilterEditor
from finder.gui.query.filtering.filters import FilterModel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


class Panel:
    """The bar in a window, its panel open, and the hands of a user."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.model = FilterModel(self.window)
        self.bar = FilterBar(self.model)
        self.window.setCentralWidget(self.bar)
        self.window.resize(900, 600)
        self.window.show()
        self.window.activateWindow()
        self.open()

    def open(self) -> None:
        QTest.mouseClick(self.bar.edit, Qt.MouseButton.LeftButton)
        assert self.editor.isVisible()

    @property
    def editor(self) -> FilterEditor:
        assert self.bar.editor is not None
        return self.bar.editor

    def type(self, field: QLineEdit, text: str) -> None:
        field.setFocus()
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)

    def becomes(self, text: str) -> None:
        """The filter, in its text form, a moment later."""
        self.qtbot.waitUntil(lambda: filter_text(self.model.filter) == text)
        assert not self.editor.error.isVisible()


@pytest.fixture
def panel(qtbot: QtBot) -> Panel:
    return Panel(qtbot)


def test_every_field_is_a_condition(panel: Panel) -> None:
    editor = panel.editor
    panel.type(editor.name, "beach")
    panel.becomes("name:beach")
    panel.type(editor.taken_from, "2019")
    panel.type(editor.taken_until, "2024-06")
    panel.becomes("taken:2019-01-01..2024-06-30 name:beach")
    for field in (editor.name, editor.taken_from, editor.taken_until):
        panel.type(field, "")
    panel.becomes("")
    editor.formats.boxes["PNG"].click()
    editor.formats.boxes["HEIF"].click()
    panel.becomes("format:png,heif")
    editor.formats.boxes["PNG"].click()
    editor.formats.boxes["HEIF"].click()
    editor.shapes.boxes["portrait"].click()
    panel.becomes("orientation:portrait")
    editor.shapes.boxes["portrait"].click()
    editor.width_field.setValue(2_000)
    editor.height_field.setValue(1_500)
    editor.megapixels.setValue(2.5)
    editor.megabytes.setValue(1)
    panel.becomes("width>=2000 height>=1500 pixels>=2.5MP bytes>=1MB")
    for number in (editor.width_field, editor.height_field, editor.megapixels, editor.megabytes):
        number.setValue(0)
    editor.available.setCurrentIndex(1)
    editor.available.activated.emit(1)
    panel.becomes("available:here")


def test_the_fields_show_the_filter(panel: Panel) -> None:
    panel.model.set_filter(
        parse_filter("taken:2024 format:jpg width>=2000 size>=2MB orientation:square name:sea")
    )
    editor = panel.editor
    assert (editor.taken_from.text(), editor.taken_until.text()) == ("2024-01-01", "2024-12-31")
    assert editor.formats.chosen() == ("JPEG",)
    assert editor.shapes.chosen() == ("square",)
    assert editor.width_field.text() == "2,000 px"
    assert editor.height_field.text() == "any px"
    assert editor.megabytes.value() == 2.0
    assert editor.name.text() == "sea"
    assert parse_filter(editor.text.text()) == panel.model.filter


def test_conditions_without_a_field_stay(panel: Panel) -> None:
    panel.model.set_filter(parse_filter("-folder:/p/Old width:100..300 name:a name:b path:c"))
    panel.editor.width_field.setValue(200)
    panel.type(panel.editor.name, "sea")
    panel.becomes("-folder:/p/Old width:200..300 name:sea name:b path:c")


def test_a_number_is_typed_over_any(panel: Panel, qtbot: QtBot) -> None:
    field = panel.editor.height_field
    QTest.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: field.lineEdit().selectedText() != "")
    QTest.keyClicks(field, "900")
    panel.becomes("height>=900")


def test_the_filter_as_text(panel: Panel) -> None:
    panel.type(panel.editor.text, "taken>=2024 width>2000")
    panel.becomes("taken>=2024-01-01 width>=2001")
    assert panel.editor.text.text() == "taken>=2024 width>2000"  # what was typed stays
    assert panel.editor.taken_from.text() == "2024-01-01"


def test_what_is_not_understood_is_said_and_changes_nothing(panel: Panel, qtbot: QtBot) -> None:
    panel.model.set_filter(parse_filter("name:sea"))
    editor = panel.editor
    panel.type(editor.text, "taken>=20x4")
    qtbot.waitUntil(editor.error.isVisible)
    assert "“20x4” is not a day." in visible_text(editor)
    assert filter_text(panel.model.filter) == "name:sea"
    QTest.keyClick(editor.text, Qt.Key.Key_Return)
    assert editor.isVisible()  # there is something to be corrected
    box = editor.parentWidget()
    assert box is not None
    qtbot.waitUntil(lambda: box.height() >= box.sizeHint().height())  # nothing is squeezed
    panel.type(editor.text, "taken>=2024")
    panel.becomes("taken>=2024-01-01")


def test_days_in_the_wrong_order_are_said(panel: Panel, qtbot: QtBot) -> None:
    editor = panel.editor
    panel.type(editor.taken_from, "2024")
    panel.type(editor.taken_until, "2020")
    qtbot.waitUntil(editor.error.isVisible)
    assert "The first day is after the last one." in visible_text(editor)
    assert editor.taken_until.text() == "2020"
    editor.formats.boxes["PNG"].click()
    qtbot.waitUntil(lambda: panel.model.filter.formats == ("PNG",))
    assert editor.taken_until.text() == "2020"  # still to be corrected
    panel.type(editor.taken_until, "2025")
    panel.becomes("taken:2024-01-01..2025-12-31 format:png")


def test_closing_takes_what_was_typed_last(panel: Panel) -> None:
    panel.type(panel.editor.name, "sea")
    QTest.keyClick(panel.editor.name, Qt.Key.Key_Escape)
    assert not panel.editor.isVisible()
    assert filter_text(panel.model.filter) == "name:sea"
    assert panel.bar.edit.hasFocus()


def test_clear_all_and_done(panel: Panel) -> None:
    panel.type(panel.editor.text, "nonsense")
    panel.model.set_filter(parse_filter("name:sea width>=5"))
    QTest.mouseClick(panel.editor.clear_all, Qt.MouseButton.LeftButton)
    assert panel.model.filter == NO_FILTER
    assert not panel.editor.clear_all.isEnabled()
    QTest.mouseClick(panel.editor.close_button, Qt.MouseButton.LeftButton)
    assert not panel.editor.isVisible()
    assert panel.editor.text.text() == ""


def test_a_chip_opens_the_panel_and_may_be_gone_when_it_closes(panel: Panel) -> None:
    panel.model.set_filter(parse_filter("name:sea"))
    QTest.keyClick(panel.editor.name, Qt.Key.Key_Escape)
    QTest.mouseClick(panel.bar.chips[0], Qt.MouseButton.LeftButton)
    assert panel.editor.isVisible()
    panel.model.clear()
    QTest.mouseClick(panel.editor.close_button, Qt.MouseButton.LeftButton)
    assert panel.bar.edit.hasFocus()


def test_the_fields_are_in_straight_columns(panel: Panel) -> None:
    editor = panel.editor
    formats, shapes = (
        [box.x() for box in row.boxes.values()] for row in (editor.formats, editor.shapes)
    )
    assert formats[:3] == shapes
    above, below = editor.width_field, editor.megapixels
    assert (above.x(), above.width()) == (below.x(), below.width())
    above, below = editor.height_field, editor.megabytes
    assert (above.x(), above.width()) == (below.x(), below.width())
