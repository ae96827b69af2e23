"""Enlarging a picture, moving it, and comparing it with another one laid over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.gui.common.zoom.image_pyramid import ImagePyramid
from finder.gui.common.zoom.viewpoint import Viewpoint
from finder.gui.common.zoom.zoom_view import ZoomView

LEFT = Qt.MouseButton.LeftButton
PICTURE, VIEW = QSize(800, 400), QSize(400, 300)


def plain(colour: str, width: int = 800, height: int = 400) -> ImagePyramid:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return ImagePyramid([image])


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ZoomView]:
    view = ZoomView()
    qtbot.addWidget(view)
    view.resize(VIEW)
    view.show_picture(plain("blue"))
    view.show()
    qtbot.waitExposed(view)
    yield view


def colour_at(view: ZoomView, x: int, y: int) -> QColor:
    image = view.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(x * ratio), round(y * ratio))


def wheel(view: ZoomView, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        at.toPointF(),
        view.mapToGlobal(at).toPointF(),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


# The viewpoint


def test_the_whole_picture_is_in_the_middle() -> None:
    assert Viewpoint().rect(PICTURE, VIEW) == QRectF(0, 50, 400, 200)


def test_what_is_under_the_pointer_stays_there() -> None:
    point = QPointF(300, 120)
    for factor in (1.5, 4.0):
        seen = Viewpoint(4, 0.5, 0.5).zoomed(factor, point, PICTURE, VIEW)
        for viewpoint in (Viewpoint(4, 0.5, 0.5), seen):
            rect = viewpoint.rect(PICTURE, VIEW)
            assert (point.x() - rect.left()) / rect.width() == pytest.approx(0.5625)
            assert (point.y() - rect.top()) / rect.height() == pytest.approx(0.4625)


def test_the_view_never_leaves_the_picture() -> None:
    for x, y in ((-3, -3), (4, 4), (0, 1)):
        rect = Viewpoint(2, x, y).bounded(PICTURE, VIEW).rect(PICTURE, VIEW)
        assert rect.left() <= 0 <= 400 <= rect.right()
        assert rect.top() <= 0
        assert rect.bottom() >= 300
    assert Viewpoint(0.1, 9, 9).bounded(PICTURE, VIEW) == Viewpoint()


def test_nothing_happens_without_a_picture() -> None:
    nothing = QSize()
    assert Viewpoint().moved(QPointF(5, 5), nothing, VIEW) == Viewpoint()
    assert Viewpoint().zoomed(2, QPointF(5, 5), nothing, VIEW) == Viewpoint()


# The view


def test_the_wheel_enlarges(view: ZoomView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.moved):
        wheel(view, QPoint(300, 150), 4)
    assert view.viewpoint.zoom == pytest.approx(1.25**4)
    assert view.viewpoint.x > 0.5
    wheel(view, QPoint(300, 150), -10)
    assert view.viewpoint == Viewpoint()


def test_a_double_click_shows_pixels_and_all_again(view: ZoomView) -> None:
    QTest.mouseDClick(view, LEFT, pos=QPoint(200, 150))
    assert view.pixel_scale() == pytest.approx(1)
    QTest.mouseDClick(view, LEFT, pos=QPoint(200, 150))
    assert view.viewpoint == Viewpoint()


def test_dragging_moves_the_picture(view: ZoomView) -> None:
    view.set_viewpoint(Viewpoint(4, 0.5, 0.5))
    QTest.mousePress(view, LEFT, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(100, 150))
    QTest.mouseRelease(view, LEFT, pos=QPoint(100, 150))
    assert view.viewpoint.x == pytest.approx(0.5 + 100 / 1_600)
    assert view.viewpoint.y == 0.5


def test_keys_enlarge_and_move(view: ZoomView) -> None:
    view.setFocus()
    for _ in range(6):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    zoom = view.viewpoint.zoom
    assert zoom > 3
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.viewpoint.x < 0.5 < view.viewpoint.y
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.viewpoint.zoom < zoom


def test_more_pixels_are_asked_for_once_they_can_be_seen(view: ZoomView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.enlarged):
        view.set_viewpoint(Viewpoint(1.5))
    with qtbot.waitSignal(view.enlarged):
        view.set_viewpoint(Viewpoint(3))
    before = view.viewpoint
    view.show_picture(plain("blue", 8_000, 4_000))
    assert view.viewpoint == before


def test_another_picture_is_laid_over_up_to_the_divider(view: ZoomView) -> None:
    view.show_overlay(plain("red", 400, 200))
    assert colour_at(view, 50, 150) == QColor("red")
    assert colour_at(view, 350, 150) == QColor("blue")
    QTest.mousePress(view, LEFT, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(380, 150))
    QTest.mouseRelease(view, LEFT, pos=QPoint(380, 150))
    assert view.divider == pytest.approx(0.95)
    assert colour_at(view, 300, 150) == QColor("red")
    assert view.viewpoint == Viewpoint(), "the divider was dragged, not the picture"
    view.show_overlay(None)
    assert colour_at(view, 50, 150) == QColor("blue")
