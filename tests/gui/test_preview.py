"""The preview of a match: alone, beside the query and over it; from one picture to the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from making import run_index
from one_model import BY_HASH, HASH, ONE_MODEL
from PIL import Image
from playing import BIRD, LITE0, VGG16, Begin, Player, matches
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.common import desktop
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.gui.results.preview.preview_stage import PreviewMode

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
LARGE = 3_000  # px
NAMES = ("kingfisher", "purple-heron", "scarlet-macaw")


@pytest.fixture
def asked(begin: Begin, library: Home, samples: Path) -> Player:
    """A search with one model whose second match is chosen."""
    player = begin(library, ONE_MODEL)
    player.ask(samples / BIRD)
    view = player.column(LITE0).view
    view.setFocus()
    view.go_to_row(1)
    return player


@pytest.fixture
def large(
    home: Home,
    tmp_path: Path,
    samples: Path,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    begin: Begin,
) -> Player:
    """A search among three pictures with many pixels."""
    (tmp_path / "large").mkdir()
    for name in NAMES:
        with Image.open(samples / "birds" / f"{name}.jpg") as picture:
            wide = picture.resize((LARGE, LARGE * picture.height // picture.width))
        wide.save(tmp_path / "large" / f"{name}.jpg")
    run_index(home, [tmp_path / "large"], [hash_spec], extractors)
    player = begin(settings=BY_HASH)
    player.ask(tmp_path / "large" / "kingfisher.jpg")
    player.column(HASH).view.setFocus()
    return player


def _opened(player: Player) -> PreviewDialog:
    player.settle()
    focused = player.window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Key.Key_Space)
    dialog = player.dialog(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    player.settle()
    return dialog


def _press(dialog: PreviewDialog, key: Qt.Key) -> None:
    focused = dialog.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)


def _choose(dialog: PreviewDialog, mode: PreviewMode) -> None:
    QTest.mouseClick(dialog.modes.buttons[list(PreviewMode).index(mode)], LEFT)


def _names(player: Player, key: str) -> Sequence[str]:
    return [Path(match.picture.paths[0]).name for match in matches(player.column(key))]


def _pixels(view: QWidget) -> list[int]:
    """A row of pixels in the middle."""
    image = view.grab().toImage()
    return [image.pixel(x, image.height() // 2) for x in range(image.width())]


def test_it_is_as_large_as_the_window_and_tells_the_rank(
    asked: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = _opened(asked)
    _assert_every_part_has_a_name(dialog)
    assert dialog.geometry() == asked.window.geometry()
    match = matches(asked.column(LITE0))[1]
    name = Path(match.picture.paths[0]).name
    assert dialog.name.whole_text() == dialog.windowTitle() == name
    number = asked.column(LITE0).model.number(match)
    words = dialog.facts.whole_text().split(" · ")
    assert (words[0], words[-2:]) == ("Rank 2", [number, asked.column(LITE0).title])
    assert dialog.place.text() == "2 of 50"
    _press(dialog, Key.Key_F11)
    assert dialog.isFullScreen()
    _press(dialog, Key.Key_F11)
    assert not dialog.isFullScreen()
    assert dialog.geometry() == asked.window.geometry()
    opened: list[str] = []
    monkeypatch.setattr(desktop, "open_file", opened.append)
    asked.press("Open", dialog)
    asked.wait(lambda: opened == [match.picture.paths[0]])
    dialog.close()


def _assert_every_part_has_a_name(dialog: PreviewDialog) -> None:
    for child in dialog.findChildren(QWidget):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible():
            assert child.accessibleName() or getattr(child, "text", str)(), child


def test_keys_and_buttons_go_through_the_matches_of_the_column(asked: Player) -> None:
    dialog, names = _opened(asked), _names(asked, LITE0)
    _press(dialog, Key.Key_Right)
    assert dialog.name.whole_text() == names[2]
    _press(dialog, Key.Key_PageDown)
    assert dialog.name.whole_text() == names[3]
    QTest.mouseClick(dialog.back, LEFT)
    _press(dialog, Key.Key_PageUp)
    assert dialog.name.whole_text() == names[1]
    assert asked.column(LITE0).view.currentIndex().row() == 1
    _press(dialog, Key.Key_Left)
    assert not dialog.back.isEnabled()
    _press(dialog, Key.Key_Left)
    assert dialog.place.text() == "1 of 50"
    dialog.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    _press(dialog, Key.Key_Left)
    assert dialog.place.text() == "2 of 50", "the next one is at the left"
    _press(dialog, Key.Key_Escape)
    assert not dialog.isVisible()


def test_another_column_has_its_own_order(asked: Player) -> None:
    asked.answer(lambda: asked.choose(LITE0, VGG16))
    view = asked.column(VGG16).view
    view.setFocus()
    view.go_to_row(3)
    dialog = _opened(asked)
    _press(dialog, Key.Key_Right)
    assert dialog.name.whole_text() == _names(asked, VGG16)[4]
    assert dialog.facts.whole_text().startswith("Rank 5 · ")
    dialog.close()


def test_the_query_is_beside_it_and_seen_from_the_same_point(asked: Player) -> None:
    dialog = _opened(asked)
    stage = dialog.stage
    assert not stage.query.isVisible()
    _choose(dialog, PreviewMode.SIDE_BY_SIDE)
    asked.settle()
    assert stage.query.isVisible()
    assert stage.query_caption.whole_text() == f"Query: {Path(BIRD).name}"
    assert len(set(_pixels(stage.query))) > 50
    for view, other in ((stage.match, stage.query), (stage.query, stage.match)):
        view.zoom_by(2.0)
        assert other.viewpoint == view.viewpoint
    assert stage.match.viewpoint.zoom == pytest.approx(4)
    _press(dialog, Key.Key_0)
    assert stage.query.viewpoint.zoom == stage.match.viewpoint.zoom == 1
    dialog.close()


def test_the_query_is_laid_over_it_up_to_a_line(asked: Player) -> None:
    asked.column(LITE0).view.go_to_row(0)  # the query itself
    asked.window.query_editor.mirror()
    asked.settle()
    dialog = _opened(asked)
    stage = dialog.stage
    alone = _pixels(stage.match)
    _choose(dialog, PreviewMode.OVERLAY)
    asked.settle()
    stage.match.set_divider(0)
    width = stage.match.width()
    assert dialog.focusWidget() is stage.match
    for _ in range(4):
        QTest.keyClick(stage.match, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert stage.match.divider == pytest.approx(0.2)
    over = _pixels(stage.match)
    assert len(alone) == len(over) == width
    assert stage.query_caption.whole_text().endswith(" · mirrored")
    stage.match.set_divider(1)
    assert _pixels(stage.match)[width // 4] != over[width // 4]
    dialog.close()


def test_a_part_of_the_query_is_shown_as_it_is_searched_for(asked: Player, samples: Path) -> None:
    with Image.open(samples / BIRD) as picture:
        width, height = picture.size
    editor = asked.window.query_editor
    asked.answer(lambda: editor.set_frame(QRectF(0, 0, 0.5, 1)))
    asked.answer(editor.rotate)
    dialog = _opened(asked)
    _choose(dialog, PreviewMode.SIDE_BY_SIDE)
    asked.settle()
    shown = asked.controllers.preview._query_loader.pyramid
    assert shown.size == QSize(height, width // 2)
    caption = dialog.stage.query_caption.whole_text()
    assert caption == f"Query: {Path(BIRD).name} · part · turned by 90°"
    dialog.close()


def test_in_any_orientation_the_query_is_turned_like_the_match(asked: Player) -> None:
    editor = asked.window.query_editor
    asked.answer(editor.rotate)
    asked.answer(lambda: editor.set_any_orientation(True))
    view = asked.column(LITE0).view
    view.setFocus()
    view.go_to_row(0)
    dialog = _opened(asked)
    _choose(dialog, PreviewMode.SIDE_BY_SIDE)
    asked.settle()
    assert dialog.name.whole_text() == Path(BIRD).name
    assert dialog.stage.query_caption.whole_text() == f"Query: {Path(BIRD).name}"
    dialog.close()


def test_how_it_compares_is_kept_for_the_next_one(asked: Player) -> None:
    dialog = _opened(asked)
    _choose(dialog, PreviewMode.OVERLAY)
    dialog.close()
    asked.column(LITE0).view.go_to_row(4)
    assert _opened(asked).stage.mode is PreviewMode.OVERLAY
    asked.settle()
    assert "kingfisher" in dialog.stage.query_caption.whole_text()
    dialog.close()


def test_all_pixels_are_loaded_when_it_is_enlarged_and_dropped_again(large: Player) -> None:
    dialog = _opened(large)
    loader = large.controllers.preview._loader
    view = dialog.stage.match
    assert loader.pyramid.size.width() == LARGE
    assert loader.pyramid.loaded_width < LARGE
    _press(dialog, Key.Key_1)
    assert view.pixel_scale() == pytest.approx(1)
    assert dialog.scale.text() == "100 %"
    large.wait(lambda: loader.pyramid.loaded_width == LARGE)
    _assert_the_same_place_is_compared_in_the_next_picture(dialog)
    _press(dialog, Key.Key_PageUp)
    _press(dialog, Key.Key_0)
    first = loader.pyramid
    _press(dialog, Key.Key_Right)
    large.settle()
    assert loader.pyramid is not first
    assert loader.pyramid.loaded_width < LARGE
    dialog.close()
    assert loader.pyramid.loaded_width == 0


def _assert_the_same_place_is_compared_in_the_next_picture(dialog: PreviewDialog) -> None:
    before = dialog.stage.match.viewpoint
    _press(dialog, Key.Key_Right)
    assert dialog.place.text() == "1 of 3", "arrows move an enlarged picture"
    moved = dialog.stage.match.viewpoint
    assert moved.x > before.x
    _press(dialog, Key.Key_PageDown)
    assert dialog.place.text() == "2 of 3"
    assert dialog.stage.match.viewpoint == moved


def test_what_is_offline_is_shown_as_its_thumbnail(large: Player, tmp_path: Path) -> None:
    dialog = _opened(large)
    assert not dialog.note.isVisible()
    dialog.close()
    second = Path(matches(large.column(HASH))[1].picture.paths[0])
    second.rename(tmp_path / "elsewhere")
    large.column(HASH).view.go_to_row(1)
    dialog = _opened(large)
    assert dialog.note.isVisible()
    assert "this is its thumbnail" in dialog.note.whole_text()
    _press(dialog, Key.Key_1)
    large.settle()
    assert 0 < large.controllers.preview._loader.pyramid.loaded_width <= 400
    dialog.close()


def test_find_similar_closes_it_and_searches(asked: Player) -> None:
    dialog = _opened(asked)
    second = dialog.name.whole_text()
    asked.answer(lambda: asked.press("Find similar", dialog))
    assert not dialog.isVisible()
    assert asked.query_name() == second
    asked.column(LITE0).view.setFocus()
    asked.column(LITE0).view.go_to_row(2)
    third = _opened(asked).name.whole_text()
    asked.answer(lambda: _press(dialog, Key.Key_Return))
    assert not dialog.isVisible()
    assert asked.query_name() == third
