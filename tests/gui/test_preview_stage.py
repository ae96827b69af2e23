"""The parts of the preview alone: the sizes of a picture, the two views of the stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.core.pictures.transform import Box
from finder.gui.common.zoom.image_pyramid import ImagePyramid
from finder.gui.common.zoom.viewpoint import Viewpoint
from finder.gui.common.zoom.zoom_view import ZoomView
from finder.gui.results.preview.preview_stage import PreviewMode, PreviewStage

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def plain(colour: str, width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[PreviewStage]:
    stage = PreviewStage()
    qtbot.addWidget(stage)
    stage.resize(604, 400)
    stage.show_match("match.jpg", ImagePyramid([plain("blue", 600, 300)]))
    stage.show_query("query.jpg", ImagePyramid([plain("red", 300, 600)]))
    stage.show()
    qtbot.waitExposed(stage)
    yield stage


def middle(view: ZoomView, x: int) -> QColor:
    return view.grab().toImage().pixelColor(x, view.height() // 2)


# Sizes


def test_the_smallest_image_with_enough_pixels_is_painted(qapp: object) -> None:
    pyramid = ImagePyramid([plain("red", 100, 50), plain("blue", 400, 200)], QSize(1_000, 500))
    widths = [pyramid.level(width).width() for width in (10, 100, 101, 400, 5_000)]
    assert widths == [100, 100, 400, 400, 400]
    pyramid.add([plain("green", 200, 100), QImage()])
    assert pyramid.level(150).width() == 200
    assert pyramid.loaded_width == 400
    assert pyramid.size == QSize(1_000, 500)


def test_without_an_image_there_is_no_size(qapp: object) -> None:
    nothing = ImagePyramid([QImage()], QSize(100, 100))
    assert nothing.size.isEmpty()
    assert nothing.level(10).isNull()
    nothing.add([plain("red", 50, 50)])
    assert nothing.size == QSize(100, 100)
    assert ImagePyramid([plain("red", 30, 20)]).size == QSize(30, 20)


def test_a_thumbnail_stands_for_all_pixels(qtbot: QtBot) -> None:
    view = ZoomView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    asked: list[bool] = []
    view.enlarged.connect(lambda: asked.append(True))
    view.show_picture(ImagePyramid([plain("red", 200, 100)], QSize(2_000, 1_000)))
    assert not asked
    assert view.pixel_scale() == pytest.approx(0.1)
    view.zoom_to_pixels()
    assert view.viewpoint.zoom == pytest.approx(10)
    assert asked


def test_a_small_picture_can_be_seen_at_its_size(qtbot: QtBot) -> None:
    view = ZoomView()
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show_picture(ImagePyramid([plain("red", 100, 100)]))
    assert view.pixel_scale() == pytest.approx(4)
    view.zoom_to_pixels()
    assert view.pixel_scale() == pytest.approx(1)
    view.zoom_by(0.5)
    assert view.pixel_scale() == pytest.approx(1)
    view.fit()
    assert view.pixel_scale() == pytest.approx(4)


def test_a_larger_window_asks_for_more_pixels(qtbot: QtBot) -> None:
    view = ZoomView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    view.show()
    view.show_picture(ImagePyramid([plain("red", 200, 100)], QSize(2_000, 1_000)))
    with qtbot.waitSignal(view.enlarged):
        view.resize(400, 200)


# The stage


def test_each_mode_shows_its_views(stage: PreviewStage) -> None:
    assert not stage.query.isVisible()
    assert not stage.query_caption.isVisible()
    stage.set_mode(PreviewMode.SIDE_BY_SIDE)
    assert middle(stage.query, stage.query.width() // 2) == QColor("red")
    assert middle(stage.match, 20) == QColor("blue")
    assert stage.query_caption.whole_text() == "Query: query.jpg"
    assert stage.match.accessibleName() == stage.match_caption.whole_text() == "Match: match.jpg"
    stage.set_mode(PreviewMode.OVERLAY)
    assert not stage.query.isVisible()
    assert stage.query_caption.isVisible()


def test_the_overlay_ends_at_the_divider_which_keys_move(stage: PreviewStage, qtbot: QtBot) -> None:
    stage.set_mode(PreviewMode.OVERLAY)
    qtbot.waitUntil(lambda: stage.match.width() > 500)
    stage.match.set_divider(0.45)
    left, right = stage.match.width() // 2 - 10, stage.match.width() // 2 + 10
    assert middle(stage.match, left) == QColor("blue")
    for _ in range(4):
        QTest.keyClick(stage.match, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert stage.match.divider == pytest.approx(0.65)
    assert middle(stage.match, left) == middle(stage.match, right) == QColor("red")
    stage.set_mode(PreviewMode.ONE)
    assert middle(stage.match, left) == QColor("blue")


def test_both_views_are_seen_from_the_same_point(stage: PreviewStage) -> None:
    stage.match.set_viewpoint(Viewpoint(8, 0.4, 0.4))
    stage.set_mode(PreviewMode.SIDE_BY_SIDE)
    assert stage.query.viewpoint == stage.match.viewpoint
    stage.query.zoom_by(1.5, QPointF(10, 10))
    assert stage.match.viewpoint == stage.query.viewpoint != Viewpoint(8, 0.4, 0.4)


def test_what_is_let_go_of_leaves_nothing(stage: PreviewStage) -> None:
    stage.set_mode(PreviewMode.SIDE_BY_SIDE)
    stage.match.zoom_by(4)
    stage.clear()
    assert stage.match.pixel_scale() == stage.query.pixel_scale() == 0
    assert stage.match.viewpoint == stage.query.viewpoint == Viewpoint()


# Where the query is in the match

_INSIDE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def _line(view: ZoomView) -> list[int]:
    """Where the line in the middle of the view is white, in px."""
    image = view.grab().toImage()
    ratio, down = image.devicePixelRatio(), image.height() // 2
    white = (x for x in range(image.width()) if image.pixelColor(x, down) == QColor("white"))
    return [round(x / ratio) for x in white]


def _is_at(found: list[int], *wanted: float) -> bool:
    """Whether the line is at these places, and nowhere else."""
    return all(any(abs(place - one) <= 2 for place in found) for one in wanted) and all(
        any(abs(place - one) <= 2 for one in wanted) for place in found
    )


def test_the_outline_is_where_the_query_is_in_the_match(stage: PreviewStage) -> None:
    assert _line(stage.match) == []
    stage.show_outline(_INSIDE)
    width = stage.match.width()
    assert _is_at(_line(stage.match), width / 4, width * 3 / 4)
    stage.show_outline(())
    assert _line(stage.match) == []


def test_the_outline_follows_the_viewpoint_beside_the_query_too(stage: PreviewStage) -> None:
    stage.show_outline(_INSIDE)
    stage.match.set_viewpoint(Viewpoint(2, 0.25, 0.5))
    assert _is_at(_line(stage.match), stage.match.width() / 2)
    stage.set_mode(PreviewMode.SIDE_BY_SIDE)
    stage.query.fit()
    QApplication.processEvents()
    half = stage.match.width()
    assert half < 320
    assert _is_at(_line(stage.match), half / 4, half * 3 / 4)
    assert _line(stage.query) == []


def test_the_outline_ends_at_the_picture(stage: PreviewStage) -> None:
    stage.show_match("tall.jpg", ImagePyramid([plain("blue", 300, 600)]))
    stage.show_outline(((-1, 0.5), (2, 0.5), (2, 3), (-1, 3)))
    image = stage.match.grab().toImage()
    ratio = image.devicePixelRatio()
    down, middle_x = image.height() // 2, image.width() // 2
    white = [x for x in range(image.width()) if image.pixelColor(x, down) == QColor("white")]
    reach = stage.match.height() / 4 * ratio
    assert min(white) >= middle_x - reach - 3 * ratio
    assert max(white) <= middle_x + reach + 3 * ratio


def test_the_outline_lies_under_the_query_that_is_over_the_match(stage: PreviewStage) -> None:
    stage.set_mode(PreviewMode.OVERLAY)
    stage.show_outline(_INSIDE)
    QApplication.processEvents()
    width = stage.match.width()
    assert not any(abs(place - width / 4) <= 2 for place in _line(stage.match))
    assert any(abs(place - width * 3 / 4) <= 2 for place in _line(stage.match))


def test_a_query_that_is_a_part_is_laid_over_its_place_in_the_match(stage: PreviewStage) -> None:
    stage.set_mode(PreviewMode.OVERLAY)
    stage.match.set_divider(1)
    stage.show_outline((), (), _INSIDE)
    QApplication.processEvents()
    width = stage.match.width()
    colours = [middle(stage.match, round(width * at)) for at in (0.2, 0.3, 0.7, 0.8)]
    assert colours == [QColor(name) for name in ("blue", "red", "red", "blue")]
    stage.match.set_divider(0.5)
    assert middle(stage.match, round(width * 0.7)) == QColor("blue")
    stage.show_outline(())
    stage.match.set_divider(1)
    assert middle(stage.match, round(width * 0.3)) != QColor("red"), "it is narrow"


def test_a_query_that_is_laid_over_its_place_is_turned_and_mirrored(stage: PreviewStage) -> None:
    halves = plain("red", 300, 600)
    for y in range(300):
        for x in range(300):
            halves.setPixelColor(x, y, QColor("green"))
    stage.show_query("query.jpg", ImagePyramid([halves]))
    stage.set_mode(PreviewMode.OVERLAY)
    stage.match.set_divider(1)
    for corners, left, right in (
        (((1, 0), (1, 1), (0, 1), (0, 0)), "red", "green"),
        (((0, 0), (0, 1), (1, 1), (1, 0)), "green", "red"),
    ):
        stage.show_outline((), (), corners)
        QApplication.processEvents()
        width = stage.match.width()
        found = [middle(stage.match, round(width * at)) for at in (0.25, 0.75)]
        assert found == [QColor(left), QColor(right)]


def test_more_pixels_of_the_query_are_asked_for_where_it_is_large_in_the_match(
    stage: PreviewStage, qtbot: QtBot
) -> None:
    stage.show_match("match.jpg", ImagePyramid([plain("blue", 2_400, 1_200)]))
    stage.set_mode(PreviewMode.OVERLAY)
    with qtbot.assertNotEmitted(stage.enlarged):
        stage.show_outline((), (), ((0.3, 0), (0.7, 0), (0.7, 1), (0.3, 1)))
    with qtbot.waitSignal(stage.enlarged):
        stage.show_outline((), (), ((-1, -1), (2, -1), (2, 2), (-1, 2)))


def test_the_outline_is_closed_where_the_query_is_laid_over_its_place(stage: PreviewStage) -> None:
    stage.set_mode(PreviewMode.OVERLAY)
    stage.show_outline(_INSIDE, (), _INSIDE)
    QApplication.processEvents()
    width = stage.match.width()
    for place in (width / 4, width * 3 / 4):
        assert any(abs(at - place) <= 2 for at in _line(stage.match))


def test_the_outline_can_be_switched_off(stage: PreviewStage) -> None:
    stage.show_outline(_INSIDE)
    stage.set_shows_outline(False)
    assert _line(stage.match) == []
    stage.show_outline(_INSIDE)
    assert _line(stage.match) == []
    stage.set_shows_outline(True)
    assert _line(stage.match)


def test_words_in_a_picture_are_marked_where_they_are(stage: PreviewStage) -> None:
    before = stage.match.grab().toImage()
    stage.show_texts((Box(0.4, 0.4, 0.6, 0.6),))
    assert stage.has_outline
    marked = stage.match.grab().toImage()
    changed = [
        (x, y)
        for x in range(0, marked.width(), 2)
        for y in range(0, marked.height(), 2)
        if marked.pixel(x, y) != before.pixel(x, y)
    ]
    assert changed
    assert all(0.3 < x / marked.width() < 0.7 for x, _ in changed)
    assert marked.pixel(marked.rect().center()) == before.pixel(before.rect().center())
    stage.set_shows_outline(False)
    assert stage.match.grab().toImage() == before
