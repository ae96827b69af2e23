"""The window with the keyboard alone, and for screen readers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from playing import BIRD, CAT, LITE0, LITE2, VGG16, Player, matches
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from finder.gui.common import desktop
from finder.gui.results.preview.preview_dialog import PreviewDialog

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    filled.ask(samples / BIRD)
    return filled


def _focused(player: Player) -> QWidget:
    widget = player.window.focusWidget()
    assert widget is not None
    return widget


def _press(player: Player, key: Qt.Key) -> None:
    QTest.keyClick(_focused(player), key)


def test_an_answer_has_the_focus_and_keys_move_in_it_and_open_a_picture(
    asked: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = asked.column("").view
    assert _focused(asked) is view
    assert view.currentIndex().row() == 0
    _press(asked, Key.Key_Down)
    assert view.currentIndex().row() > 0
    _press(asked, Key.Key_Up)
    assert view.currentIndex().row() == 0
    opened: list[str] = []
    monkeypatch.setattr(desktop, "open_file", opened.append)
    _press(asked, Key.Key_Down)
    path = matches(asked.column(""))[view.currentIndex().row()].picture.paths[0]
    _press(asked, Key.Key_Return)
    _press(asked, Key.Key_Enter)
    asked.wait(lambda: opened == [path] * 2)


def test_right_and_left_move_to_the_next_column(asked: Player) -> None:
    asked.bar.thumb_size.setValue(240)  # one card stands in each row
    _press(asked, Key.Key_Down)
    chosen = matches(asked.column(""))[1].picture.id
    for key in (LITE0, LITE2, VGG16, VGG16):
        _press(asked, Key.Key_Right)
        assert _focused(asked) is asked.column(key).view
        column = asked.column(key)
        assert column.view.currentIndex().row() == column.model.row_of(chosen) >= 0
    for key in (LITE2, LITE0, "", ""):
        _press(asked, Key.Key_Left)
        assert _focused(asked) is asked.column(key).view


def test_within_a_row_right_goes_to_the_next_card(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0))
    (column,) = asked.columns
    column.view.setFocus()
    column.view.go_to_row(0)
    _press(asked, Key.Key_Right)
    assert column.view.currentIndex().row() == 1


def _is_drawn(dialog: PreviewDialog) -> bool:
    return dialog.stage.match.pixel_scale() > 0


def test_space_shows_a_picture_large_and_a_key_ends_it(asked: Player) -> None:
    for key in (Key.Key_Space, Key.Key_Escape):
        _press(asked, Key.Key_Space)
        dialog = asked.dialog(PreviewDialog)
        assert isinstance(dialog, PreviewDialog)
        assert dialog.windowTitle() == Path(BIRD).name
        asked.wait(partial(_is_drawn, dialog))
        QTest.keyClick(dialog.stage.match, key)
        assert not dialog.isVisible()
        assert asked.shows_results()


def test_escape_shows_what_the_cut_off_hides_then_goes_back(asked: Player) -> None:
    asked.bar.cut_off.setValue(60)
    assert len(matches(asked.column(LITE0))) < 50
    _press(asked, Key.Key_Escape)
    assert len(matches(asked.column(LITE0))) == 50
    assert asked.shows_results()
    _press(asked, Key.Key_Escape)
    assert asked.window.is_at_start
    asked.wait(lambda: "All pictures" in asked.page())


def test_control_v_in_the_search_field_pastes_text_there_and_is_a_query_elsewhere(
    asked: Player,
) -> None:
    QGuiApplication.clipboard().setText("macaw")
    asked.bar.field.edit.setFocus()
    QTest.keyClick(asked.bar.field.edit, Key.Key_V, CONTROL)
    assert asked.bar.field.edit.text() == "macaw"
    assert not asked.notice()
    assert asked.shows_results()
    asked.column("").view.setFocus()
    QGuiApplication.clipboard().setText("ftp://nothing.of/use")
    QTest.keyClick(_focused(asked), Key.Key_V, CONTROL)
    assert "There is no picture" in asked.notice()


def test_control_v_in_the_filter_is_a_query_if_there_is_no_text(
    asked: Player, samples: Path
) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / CAT)))
    QGuiApplication.clipboard().setMimeData(mime)
    asked.answer(lambda: asked.choose(LITE0))
    asked.bar.field.edit.setFocus()
    asked.answer(lambda: QTest.keyClick(asked.bar.field.edit, Key.Key_V, CONTROL))
    assert asked.query_name() == "Pasted picture"


def test_control_v_right_after_the_start_is_a_query(filled: Player) -> None:
    QGuiApplication.clipboard().setText("ftp://nothing.of/use")
    QTest.keyClick(_focused(filled), Key.Key_V, CONTROL)
    assert "There is no picture" in filled.notice()


def test_options_and_other_models_leave_the_focus_where_it_was(asked: Player) -> None:
    asked.bar.open_options()
    asked.bar.top.setFocus()
    asked.answer(lambda: asked.bar.top.stepUp())
    assert asked.bar.top.hasFocus(), "while it is searched with the option"
    _press(asked, Key.Key_Escape)
    asked.column(LITE0).view.setFocus()
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    assert asked.column("").view.hasFocus(), "it is in the results"


def test_the_side_panels_can_be_hidden(asked: Player) -> None:
    window = asked.window
    panels: dict[str, QWidget] = {
        "library_panel": window.library,
        "details_panel": window.details,
    }
    for name, panel in panels.items():
        assert panel.isVisible()
        window.actions_by_name[name].trigger()
        assert not panel.isVisible()
        window.actions_by_name[name].trigger()
        assert panel.isVisible()


def test_f6_goes_from_one_part_of_the_window_to_the_next(asked: Player) -> None:
    window = asked.window
    assert window.results.isAncestorOf(_focused(asked))
    expected = (window.details, window.query_bar, window.library, window.results)
    for part in expected:
        _press(asked, Key.Key_F6)
        assert part.isAncestorOf(_focused(asked)), part
    assert _focused(asked) is asked.column("").view
    QTest.keyClick(_focused(asked), Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert window.library.isAncestorOf(_focused(asked))
    window.actions_by_name["details_panel"].trigger()
    for part in (window.results, window.query_bar):
        _press(asked, Key.Key_F6)
        assert part.isAncestorOf(_focused(asked)), "what is hidden is passed over"
    assert _focused(asked) is asked.bar.field.edit


def test_tab_follows_the_eye_and_down_leads_from_the_field_to_the_pictures(asked: Player) -> None:
    window = asked.window
    asked.bar.field.edit.setFocus()
    reached: list[QWidget] = []
    for _ in range(40):
        _press(asked, Key.Key_Tab)
        reached.append(_focused(asked))
    parts = [window.query_bar, window.library, window.hero, window.results, window.details]
    first = [min(at for at, w in enumerate(reached) if part.isAncestorOf(w)) for part in parts]
    assert first == sorted(first)
    columns = [reached.index(asked.column(key).view) for key in ("", LITE0, LITE2, VGG16)]
    assert columns == list(range(columns[0], columns[0] + 4))

    asked.bar.field.edit.setFocus()
    _press(asked, Key.Key_Down)
    assert _focused(asked) is asked.column("").view
    window.actions_by_name["new_query"].trigger()
    asked.bar.field.edit.setFocus()
    _press(asked, Key.Key_Down)
    assert _focused(asked) is window.library_page.view


def test_every_control_has_an_accessible_name_and_no_two_actions_share_a_key(
    asked: Player,
) -> None:
    asked.window.notice.show_notice("Something happened.", "Do it", asked.settle)
    kinds = (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSlider,
        QAbstractSpinBox,
        QComboBox,
        QLineEdit,
    )
    named, nameless = 0, []
    for kind in kinds:
        for widget in asked.window.findChildren(kind):
            if widget.isHidden() or _is_part_of_a_control(widget):
                continue
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface.text(QAccessible.Text.Name).strip():
                named += 1
            else:
                nameless.append(f"{widget} in {widget.parent()}")
    assert not nameless
    assert named > 30
    actions = asked.window.actions_by_name.values()
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys)) > 10


def _is_part_of_a_control(widget: QWidget) -> bool:
    """Scroll bars, the line within a spin box and the like."""
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    parents, parent = [], widget.parentWidget()
    while parent is not None:
        parents.append(parent)
        parent = parent.parentWidget()
    wholes = QAbstractItemView | QAbstractSpinBox | QComboBox | QLineEdit
    return any(isinstance(parent, wholes) for parent in parents)
