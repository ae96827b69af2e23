"""The filter's conditions as chips, without a window."""

from __future__ import annotations

import pytest
from playing import visible_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from finder.core.library.catalogue.filter.filter_text import filter_text, parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.gui.common.flow_layout import rows_of
from finder.gui.query.filtering.filter_bar import FilterBar
from finder.gui.query.filtering.filter_words import filter_parts
from finder.gui.query.filtering.filters import FilterModel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
ALL = (
    "folder:/p/Trips folder:/p/Home -folder:/p/Trips/Old taken:2019..2024 changed>=2024-06-01 "
    "format:jpg,heic width>=2000 height<=900 size>=2MP size:1MB..5MB orientation:portrait,square "
    "name:beach path:holiday available:here"
)


@pytest.fixture
def bar(qtbot: QtBot) -> FilterBar:
    model = FilterModel()
    bar = FilterBar(model)
    model.setParent(bar)
    qtbot.addWidget(bar)
    bar.resize(600, 80)
    bar.show()
    return bar


def model_of(bar: FilterBar) -> FilterModel:
    (model,) = bar.findChildren(FilterModel)
    return model


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("folder:/p/Trips folder:/p/Home", ["Only in Trips", "or in Home"]),
        ("-folder:/p/Trips", ["Not in Trips"]),
        ("taken:2019..2024", ["Taken 2019 – 2024"]),
        ("taken:2024", ["Taken 2024"]),
        ("taken>=2024-06-05", ["Taken since 2024-06-05"]),
        ("taken<2024", ["Taken until 2023"]),
        ("changed:2024-06", ["Changed 2024-06-01 – 2024-06-30"]),
        ("format:jpg,webp,heic", ["JPEG, WebP, HEIC"]),
        ("width>=2000 height<=900", ["Width ≥ 2,000 px", "Height ≤ 900 px"]),
        ("width:640", ["Width 640 px"]),
        ("size>=2MP size:1MB..5MB", ["≥ 2 MP", "1.0 MB – 5.0 MB"]),
        ("orientation:portrait,square", ["Portrait, Square"]),
        ("name:beach path:a", ["Name has “beach”", "Path has “a”"]),
        ("available:here", ["Only what is here now"]),
        ("available:elsewhere", ["Only what is not here now"]),
    ],
)
def test_each_condition_has_its_words(text: str, words: list[str]) -> None:
    assert [part.words for part in filter_parts(parse_filter(text))] == words


def test_each_chip_takes_away_its_own_condition_only() -> None:
    filter = parse_filter(ALL)
    parts = filter_parts(filter)
    for part in parts:
        rest = filter_parts(part.without)
        assert len(rest) == len(parts) - 1
        assert {one.tip for one in rest} <= {one.tip for one in parts}
    while not filter.is_everything:
        filter = filter_parts(filter)[0].without
    assert filter == NO_FILTER


def test_a_click_and_the_delete_key_remove_a_condition(bar: FilterBar) -> None:
    model = model_of(bar)
    model.set_filter(parse_filter("width>=2000 format:png name:beach"))
    button = bar.chips[0].remove_button
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert filter_text(model.filter) in ("format:png name:beach", "width>=2000 name:beach")
    QTest.keyClick(bar.chips[0], Qt.Key.Key_Delete)
    assert filter_text(model.filter) == "name:beach"
    assert [chip.text() for chip in bar.chips] == ["Name has “beach”"]


def test_clear_all_is_offered_for_several(bar: FilterBar) -> None:
    model = model_of(bar)
    model.set_filter(Filter(name=("a",)))
    assert not bar.clear_all.isVisible()
    model.set_filter(parse_filter("name:a width>=2"))
    QTest.mouseClick(bar.clear_all, Qt.MouseButton.LeftButton)
    assert model.filter == NO_FILTER
    assert bar.chips == []
    assert visible_text(bar) == "Filter"


def test_chips_that_do_not_fit_begin_another_row(bar: FilterBar, qtbot: QtBot) -> None:
    model_of(bar).set_filter(parse_filter(ALL))
    bar.resize(400, bar.heightForWidth(400))
    widgets: list[QWidget] = [*bar.chips, bar.edit, bar.clear_all]
    QApplication.sendPostedEvents()
    for widget in widgets:
        assert bar.rect().contains(widget.geometry())
    assert len({widget.y() for widget in widgets}) > 2
    for number, one in enumerate(widgets):
        assert not any(one.geometry().intersects(o.geometry()) for o in widgets[number + 1 :])


@pytest.fixture
def folding(host: QWidget) -> FilterBar:
    """With at most two rows; `edit` is elsewhere in the window."""
    model = FilterModel()
    bar = FilterBar(model, most_rows=2)
    model.setParent(bar)
    for widget in (bar, bar.edit):
        widget.setParent(host)
    bar.edit.move(0, 400)
    bar.edit.show()
    bar.resize(400, 80)
    return bar


def test_what_does_not_fit_into_the_rows_is_behind_its_number(folding: FilterBar) -> None:
    assert not folding.isVisible(), "without a condition there is no row"
    model = model_of(folding)
    model.set_filter(parse_filter(ALL))
    QApplication.sendPostedEvents()
    shown = [chip for chip in folding.chips if chip.isVisible()]
    folded = folding.chips[len(shown) :]
    assert 1 < len(shown) < len(folding.chips)
    assert shown == folding.chips[: len(shown)]
    assert folding.more.text() == f"+{len(folded)}"
    assert folding.more.accessibleName() == f"{len(folded)} more conditions"
    assert all(chip.text() in folding.more.toolTip() for chip in folded)
    rows = {widget.y() for widget in (*shown, folding.more, folding.clear_all)}
    assert len(rows) == 2
    folding.resize(3_000, 80)
    QApplication.sendPostedEvents()
    assert all(chip.isVisible() for chip in folding.chips)
    assert not folding.more.isVisible()
    folding.resize(60, 80)
    assert [chip.isVisible() for chip in folding.chips].index(False) == 1, "one always stays"
    model.clear()
    assert not folding.isVisible()


def test_the_number_opens_the_editor_beside_what_always_does(folding: FilterBar) -> None:
    model_of(folding).set_filter(parse_filter(ALL))
    QApplication.sendPostedEvents()
    QTest.mouseClick(folding.more, Qt.MouseButton.LeftButton)
    assert folding.editor is not None and folding.editor.isVisible()


@pytest.mark.parametrize("room", [50, 130, 300, 1_000])
def test_rows_are_counted_as_they_are_laid_out(bar: FilterBar, room: int) -> None:
    model_of(bar).set_filter(parse_filter(ALL))
    widgets: list[QWidget] = [*bar.chips, bar.edit, bar.clear_all]
    bar.resize(room, bar.heightForWidth(room))
    QApplication.sendPostedEvents()
    widths = [widget.sizeHint().width() for widget in widgets]
    assert rows_of(widths, bar.width()) == len({widget.y() for widget in widgets})


def test_rows_begin_at_the_right_where_text_runs_from_right_to_left(bar: FilterBar) -> None:
    bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    model_of(bar).set_filter(parse_filter("name:a width>=2"))
    QApplication.sendPostedEvents()
    assert bar.chips[0].geometry().right() == bar.rect().right()
    assert bar.chips[1].x() < bar.chips[0].x()


def test_tab_follows_the_chips(bar: FilterBar) -> None:
    model_of(bar).set_filter(parse_filter("name:a width>=2"))
    bar.activateWindow()
    bar.chips[0].setFocus()
    seen = []
    for _ in range(3):
        QTest.keyClick(QApplication.focusWidget() or bar, Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    assert seen == [bar.chips[1], bar.edit, bar.clear_all]


def test_folders_are_replaced_excluded_and_kept_apart_from_the_rest() -> None:
    model = FilterModel()
    model.set_name("beach")
    model.set_folder("/a")
    model.set_folder("/b")
    assert model.filter == Filter(folders=("/b",), name=("beach",))
    model.exclude_folder("/b")
    model.exclude_folder("/c")
    model.exclude_folder("/c")
    assert model.filter == Filter(not_folders=("/b", "/c"), name=("beach",))
    model.set_folder("/c")
    assert model.filter == Filter(folders=("/c",), not_folders=("/b",), name=("beach",))
    model.set_name("sea")
    assert model.filter.name == ("sea",)
