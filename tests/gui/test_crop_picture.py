"""The frame on the query picture, drawn and changed with the mouse and with keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from finder.gui.query.hero.crop_frame import WHOLE, Edge, dragged_frame, edges_at, frame_between
from finder.gui.query.hero.crop_picture import CropPicture

LEFT = Qt.MouseButton.LeftButton
MIDDLE = QRectF(0.25, 0.25, 0.5, 0.5)


@pytest.fixture
def picture(qtbot: QtBot) -> Iterator[CropPicture]:
    """A blue picture of 400 × 200, shown at 200 × 100."""
    widget = CropPicture()
    qtbot.addWidget(widget)
    widget.resize(200, 160)
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    widget.show_picture(image)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget


@pytest.fixture
def frames(picture: CropPicture) -> list[QRectF]:
    """The frames that were reported."""
    reported: list[QRectF] = []
    picture.frame_changed.connect(reported.append)
    return reported


def drag(picture: CropPicture, start: tuple[int, int], end: tuple[int, int]) -> None:
    first, last = QPoint(*start), QPoint(*end)
    QTest.mousePress(picture, LEFT, pos=first)
    QTest.mouseMove(picture, (first + last) / 2)
    QTest.mouseMove(picture, last)
    QTest.mouseRelease(picture, LEFT, pos=last)


def approx(frame: QRectF) -> object:
    return pytest.approx(frame.getRect(), abs=0.011)


def test_the_picture_keeps_its_proportions(picture: CropPicture) -> None:
    assert picture.picture_rect().size() == QSize(200, 100)
    assert picture.frame == WHOLE


def test_a_frame_is_drawn(picture: CropPicture, frames: list[QRectF]) -> None:
    drag(picture, (50, 25), (150, 75))
    assert picture.frame.getRect() == approx(MIDDLE)
    assert frames[-1] == picture.frame


def test_it_can_be_drawn_in_any_direction(picture: CropPicture) -> None:
    drag(picture, (150, 75), (50, 25))
    assert picture.frame.getRect() == approx(MIDDLE)


def test_it_ends_at_the_edge_of_the_picture(picture: CropPicture) -> None:
    drag(picture, (100, 50), (400, 400))
    assert picture.frame.getRect() == approx(QRectF(0.5, 0.5, 0.5, 0.5))


def test_it_is_moved_and_stays_inside(picture: CropPicture, frames: list[QRectF]) -> None:
    picture.set_frame(MIDDLE)
    drag(picture, (100, 50), (120, 60))
    assert picture.frame.getRect() == approx(QRectF(0.35, 0.35, 0.5, 0.5))
    drag(picture, (100, 50), (190, 95))
    assert picture.frame.getRect() == approx(QRectF(0.5, 0.5, 0.5, 0.5))
    assert len(frames) >= 2


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((50, 50), (30, 50), QRectF(0.15, 0.25, 0.6, 0.5)),
        ((150, 50), (180, 50), QRectF(0.25, 0.25, 0.65, 0.5)),
        ((100, 25), (100, 15), QRectF(0.25, 0.15, 0.5, 0.6)),
        ((100, 75), (100, 90), QRectF(0.25, 0.25, 0.5, 0.65)),
        ((150, 75), (170, 85), QRectF(0.25, 0.25, 0.6, 0.6)),
        ((50, 25), (30, 15), QRectF(0.15, 0.15, 0.6, 0.6)),
    ],
)
def test_its_edges_and_corners_are_dragged(
    picture: CropPicture, start: tuple[int, int], end: tuple[int, int], expected: QRectF
) -> None:
    picture.set_frame(MIDDLE)
    drag(picture, start, end)
    assert picture.frame.getRect() == approx(expected)


@pytest.mark.parametrize("at", [(100, 50), (10, 10)], ids=["inside", "outside"])
def test_a_click_removes_it(
    picture: CropPicture, frames: list[QRectF], at: tuple[int, int]
) -> None:
    picture.set_frame(MIDDLE)
    QTest.mouseClick(picture, LEFT, pos=QPoint(*at))
    assert frames == [WHOLE]
    QTest.mouseClick(picture, LEFT, pos=QPoint(*at))
    assert frames == [WHOLE]


def test_results_follow_while_it_is_dragged(
    picture: CropPicture, frames: list[QRectF], qtbot: QtBot
) -> None:
    QTest.mousePress(picture, LEFT, pos=QPoint(20, 20))
    QTest.mouseMove(picture, QPoint(60, 60))
    assert frames == []
    qtbot.waitUntil(lambda: len(frames) == 1)
    QTest.mouseMove(picture, QPoint(100, 80))
    QTest.mouseRelease(picture, LEFT, pos=QPoint(100, 80))
    assert len(frames) == 2, "the last one at once"


def test_the_keyboard_does_all_of_it(
    picture: CropPicture, frames: list[QRectF], qtbot: QtBot
) -> None:
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert picture.frame == MIDDLE
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert picture.frame.getRect() == approx(QRectF(0.26, 0.25, 0.5, 0.5))
    QTest.keyClick(picture, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert picture.frame.getRect() == approx(QRectF(0.26, 0.25, 0.5, 0.51))
    qtbot.waitUntil(lambda: len(frames) == 1)
    QTest.keyClick(picture, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: frames[-1] == WHOLE)


def test_screen_readers_learn_of_the_part(picture: CropPicture) -> None:
    assert "whole picture" in picture.accessibleDescription()
    picture.set_frame(MIDDLE)
    assert "from 25 % to 75 % across" in picture.accessibleDescription()


def test_what_is_outside_of_the_frame_is_darker(picture: CropPicture) -> None:
    picture.clearFocus()
    picture.set_frame(MIDDLE)
    image = picture.grab().toImage()
    ratio = image.devicePixelRatio()
    inside, outside = (
        image.pixelColor(round(x * ratio), round(50 * ratio)).blue() for x in (100, 25)
    )
    assert inside > 240
    assert outside < 140


def test_another_picture_has_no_frame(picture: CropPicture, frames: list[QRectF]) -> None:
    picture.set_frame(MIDDLE)
    picture.show_picture(QImage(10, 10, QImage.Format.Format_RGB32))
    assert picture.frame == WHOLE
    assert frames == []


def test_without_a_picture_nothing_happens(picture: CropPicture, frames: list[QRectF]) -> None:
    picture.show_picture(QImage())
    drag(picture, (10, 10), (60, 60))
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert picture.frame == WHOLE
    assert frames == []


def test_a_frame_never_becomes_too_small() -> None:
    for edges, by in (
        (Edge.LEFT | Edge.TOP, QPointF(1, 1)),
        (Edge.RIGHT | Edge.BOTTOM, QPointF(-1, -1)),
    ):
        frame = dragged_frame(MIDDLE, edges, by)
        assert frame.width() >= 0.039
        assert frame.height() >= 0.039
        assert WHOLE.contains(frame)
    corner = frame_between(QPointF(1, 1), QPointF(1, 1))
    assert WHOLE.contains(corner)
    assert not corner.isEmpty()


def test_small_frames_can_still_be_moved_by_their_edges() -> None:
    frame = QRectF(100, 100, 10, 10)
    assert edges_at(frame, QPointF(101, 101)) == Edge.LEFT | Edge.TOP
    assert edges_at(frame, QPointF(109, 109)) == Edge.RIGHT | Edge.BOTTOM
    assert edges_at(frame, QPointF(200, 100)) == Edge.NONE
    assert edges_at(QRectF(0, 0, 200, 200), QPointF(100, 100)) == Edge.ALL
