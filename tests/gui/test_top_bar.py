"""The bar at the top: views, options, the menu; the window's title and full screen."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from playing import BIRD, CAT, LITE0, VGG16, Begin, Player, visible_text
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.gui.query.query_bar import BEST, COMPARE
from finder.gui.results.details.picture_controller import PICTURE_ACTIONS
from finder.gui.shell.actions import ACTIONS

Key = Qt.Key


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    filled.ask(samples / BIRD)
    return filled


def shown(player: Player) -> list[str]:
    return [column.key for column in player.columns if column.isVisible()]


def focused(player: Player) -> QWidget:
    widget = player.window.focusWidget()
    assert widget is not None
    return widget


# The two views


def test_one_click_changes_between_columns_and_one_grid_of_the_same_selection(
    asked: Player,
) -> None:
    compare, best = asked.bar.views.buttons
    assert len(shown(asked)) == 4
    QTest.mouseClick(best, Qt.MouseButton.LeftButton)
    assert shown(asked) == [""]
    column = asked.column("")
    first, second = (column.view.visualRect(column.model.index(row)) for row in (0, 1))
    assert first.top() == second.top(), "a grid of the whole width"
    QTest.mouseClick(compare, Qt.MouseButton.LeftButton)
    assert len(shown(asked)) == 4
    column.view.go_to_row(7)
    best.click()
    assert column.view.currentIndex().row() == 7
    compare.click()
    assert column.view.currentIndex().row() == 7
    assert asked.column(VGG16).view.currentIndex().isValid()


def test_the_view_is_remembered(begin: Begin, library: Home, samples: Path) -> None:
    first = begin(library)
    first.ask(samples / BIRD)
    QTest.mouseClick(first.bar.views.buttons[1], Qt.MouseButton.LeftButton)
    first.close()
    with closing(Catalogue(library)) as catalogue:
        kept = load_settings(catalogue)
    assert kept.results_view == BEST
    again = begin(library, kept)
    again.ask(samples / BIRD)
    assert again.bar.views.choice() == BEST
    assert shown(again) == [""]


def test_an_unknown_view_in_the_settings_is_the_first(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, Settings(results_view="as a globe"))
    player.ask(samples / BIRD)
    assert player.bar.views.choice() == COMPARE
    assert len(shown(player)) == 4


def test_one_model_shows_one_grid_and_no_switch(asked: Player) -> None:
    assert asked.bar.views.isVisible()
    asked.answer(lambda: asked.choose(VGG16))
    assert shown(asked) == [VGG16]
    assert not asked.bar.views.isVisible()
    assert not asked.columns[0].header.isVisible()
    assert visible_text(asked.results.header).startswith("Best matches\nVGG16")
    asked.answer(lambda: asked.choose(VGG16, LITE0))
    assert shown(asked) == ["", LITE0, VGG16]


# Options, by keyboard


def test_the_options_are_reached_and_used_by_keyboard(asked: Player) -> None:
    asked.bar.view.setFocus()
    QTest.keyClick(asked.bar.view, Key.Key_Space)
    options = asked.bar.options
    assert focused(asked) is asked.bar.top
    asked.answer(lambda: QTest.keyClick(focused(asked), Key.Key_Up))
    assert asked.bar.top.value() == 51
    visited = []
    for _ in range(10):
        visited.append(focused(asked))
        QTest.keyClick(focused(asked), Key.Key_Tab)
    assert visited == [
        options.top,
        options.metric_box,
        options.cut_off,
        options.suggested,
        options.thumb_size,
        options.names,
        options.together,
        options.fold,
        options.hide_query,
        options.look_twice,
    ]
    assert focused(asked) is options.top, "Tab stays in the panel"
    options.cut_off.setFocus()
    QTest.keyClick(options.cut_off, Key.Key_PageUp)
    assert options.cut_off.value() > 0
    QTest.keyClick(focused(asked), Key.Key_Escape)
    assert not options.isVisible()
    assert focused(asked) is asked.bar.view
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(focused(asked), Key.Key_V, both)
    assert options.isVisible()


# The menu


def actions_of(menu: QMenu) -> list[QAction]:
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += actions_of(inner) if isinstance(inner, QMenu) else [action]
    return found


def test_the_menu_button_holds_every_action_and_opens_by_keyboard(asked: Player) -> None:
    menu = asked.bar.menu.menu()
    assert isinstance(menu, QMenu)
    titles = [action.text().replace("&", "") for action in menu.actions()]
    assert titles == ["File", "Library", "Picture", "View", "Help"]
    names = {action.objectName() for action in actions_of(menu)}
    assert names >= {row.name for row in ACTIONS} >= set(PICTURE_ACTIONS)
    opened: list[QWidget | None] = []

    def close() -> None:
        popup = QApplication.activePopupWidget()
        opened.append(popup)
        if popup is not None:
            popup.close()

    asked.bar.menu.setFocus()
    QTimer.singleShot(0, close)
    QTest.keyClick(asked.bar.menu, Key.Key_Space)  # returns when the menu is closed
    asked.wait(lambda: bool(opened))
    assert opened == [menu]


def test_every_shortcut_works_without_a_menu_bar(asked: Player) -> None:
    ran: list[str] = []
    wanted = {row.name: row.keys for row in ACTIONS if row.keys}
    for name in wanted:
        action = asked.window.actions_by_name[name]
        action.blockSignals(False)
        action.triggered.disconnect()
        action.setEnabled(True)
        action.triggered.connect(lambda _=False, name=name: ran.append(name))
    asked.column("").view.setFocus()
    for name, keys in wanted.items():
        for key in keys:
            ran.clear()
            QTest.keySequence(focused(asked), key)
            assert ran == [name], key


# The window


def test_the_title_has_the_querys_name(filled: Player, samples: Path) -> None:
    assert filled.window.windowTitle() == "Image Finder"
    filled.ask(samples / BIRD)
    assert filled.window.windowTitle() == "kingfisher.jpg – Image Finder"
    filled.ask(samples / CAT)
    assert filled.window.windowTitle() == f"{Path(CAT).name} – Image Finder"
    filled.window.actions_by_name["new_query"].trigger()
    assert filled.window.windowTitle() == "Image Finder"


def test_f11_is_full_screen_and_back_also_maximised(asked: Player) -> None:
    QTest.keyClick(focused(asked), Key.Key_F11)
    assert asked.window.isFullScreen()
    QTest.keyClick(focused(asked), Key.Key_F11)
    assert not asked.window.isFullScreen()
    assert asked.window.isVisible()
    asked.window.showMaximized()
    asked.window.actions_by_name["full_screen"].trigger()
    asked.window.actions_by_name["full_screen"].trigger()
    assert asked.window.isMaximized()


def test_all_of_the_bar_fits_and_a_narrow_one_has_icons_with_names(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, size=(900, 600))
    player.ask(samples / BIRD)
    buttons = [*player.bar.views.buttons, player.bar.view]
    icons, both = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert [button.toolButtonStyle() for button in buttons] == [icons] * 3
    for button in buttons:
        assert QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)
        assert button.toolTip()
    _assert_all_fits(player)
    for width, height in ((1_280, 800), (1_600, 1_000)):
        player.window.resize(width, height)
        player.wait(lambda: [button.toolButtonStyle() for button in buttons] == [both] * 3)
        assert player.bar.width() == width
        _assert_all_fits(player)


def _assert_all_fits(player: Player) -> None:
    bar = player.bar
    parts = [bar.back, bar.forward, bar.field, bar.models, bar.views, bar.view, bar.menu]
    player.wait(lambda: bar.menu.geometry().right() <= bar.width())
    player.wait(lambda: all(part.width() >= part.minimumSizeHint().width() for part in parts))
    for part in parts:
        assert part.height() >= 32
    for one, other in pairwise(parts):
        assert one.geometry().right() < other.geometry().left()
    assert bar.field.width() >= 200
