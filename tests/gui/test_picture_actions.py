"""Actions on a match: the panel's buttons, the menu, dragging."""

from __future__ import annotations

from pathlib import Path

import pytest
from playing import BIRD, LITE0, VGG16, Player, matches, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from finder.gui.common import desktop
from finder.gui.results.details.picture_controller import PICTURE_ACTIONS
from finder.gui.results.preview.preview_dialog import PreviewDialog


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    """A search whose second match is chosen."""
    filled.ask(samples / BIRD)
    filled.column(LITE0).view.go_to_row(1)
    return filled


def _chosen(player: Player) -> str:
    return matches(player.column(LITE0))[1].picture.paths[0]


def test_the_panels_buttons_copy_open_and_preview(
    asked: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    details, path, opened, shown = asked.window.details, _chosen(asked), list[str](), list[str]()
    asked.press("Copy path", details)
    assert QGuiApplication.clipboard().text() == path
    assert asked.status() == "The path was copied."
    asked.wait(lambda: "kB" in visible_text(details))
    asked.press("Copy picture", details)
    mime = QGuiApplication.clipboard().mimeData()
    assert [url.toLocalFile() for url in mime.urls()] == [path]
    assert mime.hasImage()
    assert not mime.imageData().isNull()
    assert asked.status() == "The picture was copied."
    monkeypatch.setattr(desktop, "open_file", opened.append)
    monkeypatch.setattr(desktop, "show_in_folder", shown.append)
    asked.press("Open", details)
    asked.press("Show in folder", details)
    asked.wait(lambda: opened == shown == [path])
    asked.press("Preview", details)
    dialog = asked.dialog(PreviewDialog)
    assert dialog.windowTitle() == Path(path).name
    dialog.close()


def test_without_a_file_manager_the_folder_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(desktop, "open_file", opened.append)
    monkeypatch.setattr(desktop, "_ask_file_manager", lambda path: False)
    monkeypatch.setattr("sys.platform", "linux")
    desktop.show_in_folder("/pictures/birds/one.jpg")
    assert opened == ["/pictures/birds"]


def test_a_double_click_opens(asked: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(desktop, "open_file", opened.append)
    view = asked.column(VGG16).view
    at = view.visualRect(view.model().index(0, 0)).center()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(view.viewport(), left, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseDClick(view.viewport(), left, Qt.KeyboardModifier.NoModifier, at)
    asked.wait(lambda: opened == [matches(asked.column(VGG16))[0].picture.paths[0]])


def test_the_menu_has_every_action_of_a_picture(asked: Player) -> None:
    view = asked.column(LITE0).view
    at = view.visualRect(view.model().index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert view.currentIndex().row() == 1
    assert [action.objectName() for action in menu.actions()] == list(PICTURE_ACTIONS)
    menu.close()


def test_without_a_picture_its_actions_are_off(filled: Player) -> None:
    actions = [filled.window.actions_by_name[name] for name in PICTURE_ACTIONS]
    assert not any(action.isEnabled() for action in actions)
