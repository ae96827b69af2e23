"""A part of the screen is searched for in the window, which is as it was afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playing import BIRD, FAST, Begin, Player, matches
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QRasterWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from finder.core.paths import Home
from finder.gui.common.notices.bug_dialog import BugDialog
from finder.gui.preferences.preferences_dialog import PreferencesDialog
from finder.gui.query.capture import capture_controller
from finder.gui.query.capture.capture_overlay import CaptureOverlay
from finder.gui.query.capture.shots import Shot, hides_screen

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LEFT = Qt.MouseButton.LeftButton
AT = QPoint(60, 40)


class Beneath(QRasterWindow):
    """A picture in a window that is none of the program's widgets, as of another program."""

    def __init__(self, picture: Path) -> None:
        super().__init__()
        self._image = QImage(str(picture))
        self.setGeometry(QRect(AT, self._image.size()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.end()


@pytest.fixture
def beneath(qtbot: QtBot, samples: Path) -> Iterator[QRect]:
    """Where on the screen another program shows a picture, under our window."""
    window = Beneath(samples / BIRD)
    window.show()
    qtbot.waitUntil(window.isExposed)
    yield window.geometry()
    window.close()


def overlay_of(player: Player) -> CaptureOverlay:
    """As soon as the screen can be drawn on."""
    capture = player.controllers.capture
    player.wait(lambda: capture.picker is not None and bool(capture.picker.overlays))
    assert capture.picker is not None
    return capture.picker.overlays[0]


def capture(player: Player, area: QRect) -> None:
    overlay = overlay_of(player)
    QTest.mousePress(overlay, LEFT, pos=area.topLeft())
    end = area.bottomRight() + QPoint(1, 1)
    QTest.mouseMove(overlay, end)
    QTest.mouseRelease(overlay, LEFT, pos=end)


def test_a_key_captures_what_is_under_the_window(
    library: Home, begin: Begin, beneath: QRect, samples: Path
) -> None:
    player = begin(library, FAST, size=(900, 600))
    QTest.keySequence(player.window, QKeySequence("Ctrl+Shift+S"))
    assert not player.window.isVisible()
    player.answer(lambda: capture(player, beneath))
    assert player.window.isVisible()
    assert player.query_name() == "Captured picture"
    facts = player.controllers.searching.query
    assert facts is not None
    assert (facts.width, facts.height) == (beneath.width(), beneath.height())
    first = matches(player.model_columns[0])[0]
    assert first.picture.paths == (str(samples / BIRD),)
    assert player.window.isActiveWindow()


@pytest.mark.parametrize(
    "state",
    [
        Qt.WindowState.WindowNoState,
        Qt.WindowState.WindowMaximized,
        Qt.WindowState.WindowFullScreen,
        Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen,
    ],
)
def test_cancelling_leaves_everything_as_it_was(
    library: Home, begin: Begin, samples: Path, state: Qt.WindowState
) -> None:
    player = begin(library, FAST, size=(700, 500))
    player.ask(samples / BIRD)
    player.window.move(30, 20)
    place = player.window.geometry()
    player.window.setWindowState(state)
    focus = player.window.focusWidget()
    player.window.actions_by_name["capture"].trigger()
    assert not player.window.isVisible()
    QTest.keyClick(overlay_of(player), Qt.Key.Key_Escape)
    player.wait(player.window.isVisible)
    assert player.window.windowState() & ~Qt.WindowState.WindowActive == state
    assert player.window.focusWidget() is focus
    player.window.setWindowState(Qt.WindowState.WindowNoState)
    player.wait(lambda: player.window.geometry() == place)
    assert player.query_name() == Path(BIRD).name
    assert player.shows_results()
    assert not player.notice()


def test_dialogs_are_hidden_and_shown_too(player: Player, qtbot: QtBot) -> None:
    dialog = QWidget(player.window, Qt.WindowType.Dialog)
    dialog.show()
    minimised = QWidget()
    qtbot.addWidget(minimised)
    minimised.showMinimized()
    player.bar.capture.click()
    overlay = overlay_of(player)
    assert not dialog.isVisible()
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    player.wait(dialog.isVisible)
    assert minimised.isMinimized()


def test_not_while_a_dialog_waits_for_an_answer(player: Player) -> None:
    player.window.actions_by_name["preferences"].trigger()
    dialog = player.dialog(PreferencesDialog)
    dialog.setModal(True)
    dialog.hide()
    dialog.show()
    assert player.controllers.capture.start() is False
    assert player.window.isVisible()
    dialog.close()


def test_a_second_start_captures_or_ends_a_capture(player: Player) -> None:
    player.window.showMinimized()
    player.conductor.handle_second_launch([], True)
    overlay_of(player)
    assert player.window.isMinimized()
    player.conductor.handle_second_launch([], True)
    capture(player, QRect(10, 10, 50, 50))
    player.wait(lambda: player.query_name() == "Captured picture")
    assert not player.window.isMinimized()
    player.conductor.handle_second_launch([], True)
    overlay_of(player)
    player.conductor.handle_second_launch([])
    assert player.controllers.capture.picker is None
    assert player.window.isVisible()


def test_the_window_can_be_closed_meanwhile(player: Player) -> None:
    player.window.actions_by_name["capture"].trigger()
    overlay = overlay_of(player)
    gone: list[str] = []
    overlay.destroyed.connect(lambda: gone.append("gone"))
    player.window.close()
    player.wait(lambda: bool(gone))
    assert not player.window.isVisible()


def test_a_bug_does_not_leave_the_window_hidden(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(capture_controller, "take_shots", break_down)
    player.window.actions_by_name["capture"].trigger()
    player.wait(lambda: player.has_dialog(BugDialog))
    assert player.window.isVisible()
    player.dialog(BugDialog).close()
    assert any("broken" in line for line in player.noise)
    player.noise.clear()


# Desktops on which a program does not see the screen


def test_without_a_portal_the_way_out_is_said(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test has no session bus."""
    monkeypatch.setattr(capture_controller, "hides_screen", lambda: True)
    player.window.actions_by_name["capture"].trigger()
    player.wait(lambda: bool(player.notice()))
    assert player.window.isVisible()
    assert "This desktop does not let Image Finder see the screen." in player.notice()
    assert "paste it here (Ctrl+V)" in player.notice()


def test_the_portals_picture_is_searched_for_and_stays(
    library: Home,
    begin: Begin,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    player = begin(library, FAST)
    monkeypatch.setattr(capture_controller, "hides_screen", lambda: True)
    monkeypatch.setattr(player.controllers.capture.portal, "ask", lambda: None)
    saved = tmp_path / "Screenshot 1.jpg"
    saved.write_bytes((samples / BIRD).read_bytes())
    player.window.actions_by_name["capture"].trigger()
    player.answer(lambda: player.controllers.capture.portal.taken.emit(str(saved)))
    assert player.window.isVisible()
    assert player.query_name() == "Captured picture"
    assert matches(player.model_columns[0])[0].picture.paths == (str(samples / BIRD),)
    assert player.status() == f"The desktop has also saved the picture: {saved}"
    assert saved.exists()


def test_a_portal_whose_file_is_gone_is_an_error(player: Player, tmp_path: Path) -> None:
    player.controllers.capture.portal.taken.emit(str(tmp_path / "gone.png"))
    player.wait(lambda: bool(player.notice()))
    assert "“gone.png” cannot be used" in player.notice()


@pytest.mark.parametrize("signal", ["cancelled", "ended"])
def test_the_portal_ends_without_a_picture(
    player: Player, monkeypatch: pytest.MonkeyPatch, signal: str
) -> None:
    capture = player.controllers.capture
    monkeypatch.setattr(capture_controller, "hides_screen", lambda: True)
    monkeypatch.setattr(capture.portal, "ask", lambda: getattr(capture.portal, signal).emit())
    capture.start()
    assert not player.window.isVisible()
    player.wait(player.window.isVisible)
    assert bool(player.notice()) is (signal == "ended")


def test_macos_says_where_to_allow_it(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the permission at once, or after a picture that is black all over."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(capture_controller, "may_capture", lambda: False)
    player.window.actions_by_name["capture"].trigger()
    assert player.window.isVisible()
    assert "System Settings, Privacy & Security, Screen Recording" in player.notice()
    player.window.notice.clear_unpinned()
    black = QImage(800, 800, QImage.Format.Format_RGB32)
    black.fill(Qt.GlobalColor.black)
    shots = [Shot(QGuiApplication.primaryScreen(), black)]
    monkeypatch.setattr(capture_controller, "take_shots", lambda screens: shots)
    monkeypatch.setattr(capture_controller, "may_capture", lambda: True)
    player.window.actions_by_name["capture"].trigger()
    player.wait(lambda: bool(player.notice()))
    assert player.window.isVisible()


@pytest.mark.parametrize(
    ("platform", "display", "hides"),
    [
        ("wayland", "wayland-0", True),
        ("wayland-egl", "", True),
        ("xcb", "wayland-0", True),
        ("xcb", "", False),
        ("windows", "", False),
    ],
)
def test_wayland_is_known_also_under_its_x_server(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: str, hides: bool
) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: platform)
    if display:
        monkeypatch.setenv("WAYLAND_DISPLAY", display)
    assert hides_screen() is hides
