"""The picture of a screen on which a part is drawn, with the mouse and with keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.gui.query.capture.capture_overlay import CaptureOverlay
from finder.gui.query.capture.screen_picker import ScreenPicker
from finder.gui.query.capture.shots import Shot, cut_out, is_blank, pixel_rect, take_shots
from finder.gui.theme.theme import colour

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
QUADRANTS = ("red", "lime", "blue", "yellow")


def quadrants(width: int, height: int) -> QImage:
    """Red and lime above blue and yellow."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    half, middle = width // 2, height // 2
    for number, name in enumerate(QUADRANTS):
        at = QPoint(number % 2 * half, number // 2 * middle)
        painter.fillRect(QRect(at, QSize(half, middle)), QColor(name))
    painter.end()
    return image


def shot(ratio: float = 1.0) -> Shot:
    """Of the test's screen, with as many pixels as one of this ratio would have."""
    screen = QGuiApplication.primaryScreen()
    size = screen.size() * ratio
    return Shot(screen, quadrants(size.width(), size.height()))


def drag(overlay: CaptureOverlay, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(overlay, LEFT, pos=start)
    QTest.mouseMove(overlay, (start + end) / 2)
    QTest.mouseMove(overlay, end)
    QTest.mouseRelease(overlay, LEFT, pos=end)


class Opened:
    """An overlay, and what it has signalled."""

    def __init__(self, overlay: CaptureOverlay) -> None:
        self.overlay = overlay
        self.taken: list[QImage] = []
        self.cancelled = 0
        overlay.taken.connect(self.taken.append)
        overlay.cancelled.connect(self._cancel)

    def _cancel(self) -> None:
        self.cancelled += 1

    def size(self) -> tuple[int, int]:
        """Of the frame, in px of the layout."""
        frame = self.overlay.frame
        assert frame is not None
        width, height = self.overlay.width(), self.overlay.height()
        return round(frame.width() * width), round(frame.height() * height)


@pytest.fixture
def opened(qtbot: QtBot) -> Callable[..., Opened]:
    def opened(ratio: float = 1.0) -> Opened:
        overlay = CaptureOverlay(shot(ratio))
        overlay.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(overlay)
        overlay.open()
        qtbot.waitExposed(overlay)
        return Opened(overlay)

    return opened


Open = Callable[..., Opened]


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_drag_takes_the_pixels_of_the_device(opened: Open, ratio: float) -> None:
    one = opened(ratio)
    assert one.overlay.size() == QGuiApplication.primaryScreen().size()
    middle = one.overlay.rect().center() + QPoint(1, 1)
    drag(one.overlay, middle - QPoint(40, 20), middle + QPoint(80, 60))
    (image,) = one.taken
    assert image.size() == QSize(120, 80) * ratio
    across, down = round(40 * ratio), round(20 * ratio)
    assert image.pixelColor(across - 1, down - 1) == QColor("red")
    assert image.pixelColor(across, down - 1) == QColor("lime")
    assert image.pixelColor(across - 1, down) == QColor("blue")
    assert image.pixelColor(across, down) == QColor("yellow")


def test_a_drag_may_begin_at_any_corner_and_leave_the_screen(opened: Open) -> None:
    one = opened()
    drag(one.overlay, QPoint(100, 60), QPoint(-50, -50))
    (image,) = one.taken
    assert image.size() == QSize(100, 60)


def test_a_click_takes_the_whole_screen(opened: Open) -> None:
    one = opened(2.0)
    drag(one.overlay, QPoint(100, 100), QPoint(105, 96))
    (image,) = one.taken
    assert image.size() == one.overlay.size() * 2
    assert image == shot(2.0).image


def test_a_narrow_drag_is_no_click(opened: Open) -> None:
    one = opened()
    drag(one.overlay, QPoint(100, 100), QPoint(300, 102))
    (image,) = one.taken
    assert image.size() == QSize(200, 8)


def test_keys_draw_move_and_resize(opened: Open) -> None:
    one = opened()
    width, height = one.overlay.width(), one.overlay.height()
    QTest.keyClick(one.overlay, Qt.Key.Key_Left)
    assert one.overlay.frame == QRectF(0.25, 0.25, 0.5, 0.5)
    QTest.keyClick(one.overlay, Qt.Key.Key_Left)
    QTest.keyClick(one.overlay, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(one.overlay, Qt.Key.Key_Right, SHIFT | CONTROL)
    assert one.overlay.frame is not None
    assert one.overlay.frame.left() == pytest.approx(0.24)
    assert one.size() == (width // 2 + 1, round(height * 0.51))
    QTest.keyClick(one.overlay, Qt.Key.Key_Return)
    assert one.taken[0].size() == QSize(*one.size())


def test_a_frame_is_never_smaller_than_a_click(opened: Open) -> None:
    one = opened()
    for _ in range(120):
        QTest.keyClick(one.overlay, Qt.Key.Key_Left, SHIFT)
        QTest.keyClick(one.overlay, Qt.Key.Key_Up, SHIFT)
    assert one.size() == (8, 8)


def test_enter_without_a_frame_takes_the_whole_screen(opened: Open) -> None:
    one = opened()
    QTest.keyClick(one.overlay, Qt.Key.Key_Enter)
    assert one.taken[0].size() == one.overlay.size()


def test_escape_and_the_other_button_cancel(opened: Open) -> None:
    one = opened()
    QTest.keyClick(one.overlay, Qt.Key.Key_Escape)
    QTest.mousePress(one.overlay, RIGHT, pos=QPoint(50, 50))
    assert one.cancelled == 2
    QTest.mouseRelease(one.overlay, RIGHT, pos=QPoint(50, 50))  # or else Qt keeps it as pressed
    assert not one.taken


def test_it_says_what_to_do_and_then_the_size(opened: Open) -> None:
    one = opened(2.0)
    assert "A click takes the whole screen" in one.overlay.accessibleDescription()
    QTest.mousePress(one.overlay, LEFT, pos=QPoint(100, 100))
    QTest.mouseMove(one.overlay, QPoint(200, 150))
    assert one.overlay.accessibleDescription() == "200 × 100 px"


def test_what_is_not_taken_is_dimmed(opened: Open) -> None:
    one = opened()
    QTest.mousePress(one.overlay, LEFT, pos=QPoint(100, 100))
    QTest.mouseMove(one.overlay, QPoint(200, 150))
    seen = one.overlay.grab().toImage()
    assert seen.pixelColor(100, 100) == seen.pixelColor(199, 149) == QColor("red")
    assert seen.pixelColor(99, 99) == colour("on_picture")
    assert seen.pixelColor(90, 90).red() < 200
    QTest.mouseMove(one.overlay, QPoint(150, 120))
    whole = one.overlay.grab().toImage()
    assert whole.pixelColor(160, 130).red() < 200, "a smaller frame leaves nothing of the larger"


@pytest.mark.parametrize("end", [QPoint(300, 599), QPoint(799, 300), QPoint(0, 599)])
def test_the_size_is_inside_the_screen(opened: Open, end: QPoint) -> None:
    one = opened()
    QTest.mousePress(one.overlay, LEFT, pos=QPoint(20, 20))
    QTest.mouseMove(one.overlay, end)
    assert QRectF(one.overlay.rect()).contains(one.overlay.size_rect())


# Several screens


@pytest.fixture
def picker(qtbot: QtBot, qapp: QApplication) -> ScreenPicker:
    """Two screens, one of them with a ratio of 2."""
    picker = ScreenPicker([shot(), shot(2.0)], qapp)
    picker.open()
    for overlay in picker.overlays:
        qtbot.waitExposed(overlay)
    return picker


def test_a_frame_on_one_screen_removes_that_of_another(picker: ScreenPicker) -> None:
    first, second = picker.overlays
    QTest.keyClick(first, Qt.Key.Key_Up)
    QTest.keyClick(second, Qt.Key.Key_Up)
    assert first.frame is None
    assert second.frame is not None
    taken: list[QImage] = []
    picker.taken.connect(taken.append)
    QTest.keyClick(second, Qt.Key.Key_Return)
    (image,) = taken
    assert image.size() == QGuiApplication.primaryScreen().size()  # half of twice as many
    assert picker.overlays == []


def test_tab_goes_to_the_next_screen(picker: ScreenPicker, qtbot: QtBot) -> None:
    first, second = picker.overlays
    first.activateWindow()
    qtbot.waitUntil(first.isActiveWindow)
    QTest.keyClick(first, Qt.Key.Key_Tab)
    qtbot.waitUntil(second.isActiveWindow)
    QTest.keyClick(second, Qt.Key.Key_Tab)
    qtbot.waitUntil(first.isActiveWindow)
    QTest.keyClick(first, Qt.Key.Key_Escape)


def test_cancelling_closes_all_once(picker: ScreenPicker, qtbot: QtBot) -> None:
    overlays = list(picker.overlays)
    gone: list[str] = []
    for overlay in overlays:
        overlay.destroyed.connect(lambda: gone.append("gone"))
    cancelled: list[str] = []
    picker.cancelled.connect(lambda: cancelled.append("cancelled"))
    QTest.keyClick(overlays[1], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(gone) == 2)
    assert cancelled == ["cancelled"]


def test_a_screen_that_is_unplugged_cancels(
    picker: ScreenPicker, qtbot: QtBot, qapp: QApplication
) -> None:
    with qtbot.waitSignal(picker.cancelled):
        qapp.screenRemoved.emit(QGuiApplication.primaryScreen())


# Pictures


def test_parts_in_pixels_share_their_edges() -> None:
    image = quadrants(1_001, 701)
    left = pixel_rect(image, QRectF(0, 0, 1 / 3, 1))
    right = pixel_rect(image, QRectF(1 / 3, 0, 2 / 3, 1))
    assert left.width() + right.width() == 1_001
    assert right.left() == left.right() + 1
    assert cut_out(image, QRectF(0, 0, 1, 1)) == image
    assert pixel_rect(image, QRectF(1, 1, 0, 0)) == QRect(1_000, 700, 1, 1)


def test_a_black_picture_is_blank() -> None:
    black = QImage(1_920, 1_080, QImage.Format.Format_RGB32)
    black.fill(QColor("black"))
    assert is_blank(QImage())
    assert is_blank(black)
    painter = QPainter(black)
    painter.fillRect(900, 500, 60, 40, QColor("white"))
    painter.end()
    assert not is_blank(black)


def test_every_screen_is_taken_in_its_own_pixels(qtbot: QtBot) -> None:
    (taken,) = take_shots(QGuiApplication.screens())
    assert taken.image.size() == taken.screen.size() * taken.screen.devicePixelRatio()
    assert taken.image.devicePixelRatio() == 1
