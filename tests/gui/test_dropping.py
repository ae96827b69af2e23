"""Dragging over the window: what it says, what it refuses, what dropping does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dragging import Drag, Modifier, less, more
from playing import BIRD, CAT, CROP, FAST, LITE0, Begin, Player, files, names, text_of
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from serving import Site
from test_links import link, near, picture

from finder.core.paths import Home
from finder.core.search.query.query_spec import LESS, BytesSource, FileSource
from finder.gui.common.chip import Chip
from finder.gui.theme.theme import colour

__all__ = ["near"]  # a fixture
NOT_USABLE = "Only pictures, words, folders and models can be dropped here"


@pytest.fixture
def start(library: Home, begin: Begin) -> Player:
    """The indexed samples, one model."""
    return begin(library, FAST)


@pytest.fixture
def asked(start: Player, samples: Path) -> Player:
    start.ask(samples / BIRD)
    return start


@pytest.fixture
def outside(samples: Path, tmp_path: Path) -> Path:
    """A picture that is not in the library."""
    return Path(shutil.copy(samples / CROP, tmp_path / "outside.jpg"))


def sources(player: Player) -> list[tuple[object, float]]:
    spec = player.window.query_editor.spec
    return [(item.source, item.weight) for item in spec.items] if spec is not None else []


# What is shown


def test_a_picture_can_be_searched_for(start: Player, samples: Path) -> None:
    drag = Drag(start, files(samples / BIRD))
    assert drag.enter()
    assert drag.move()
    assert drag.title == "Search for this picture"
    assert len(drag.targets) == 1
    overlay = start.controllers.dropping.overlay
    assert overlay.isVisible()
    assert overlay.accessibleDescription() == "Search for this picture"
    assert start.window.childAt(drag.at) is not overlay, "drags and clicks go through it"
    drag.leave()
    assert drag.title == ""
    start.wait(lambda: not overlay.isVisible())


def test_what_is_shown_is_painted_in_the_colours_of_the_theme(
    asked: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGE_FINDER_REDUCED_MOTION", "1")
    drag = Drag(asked, files(samples / CAT))
    drag.come(more(asked))
    image = asked.window.grab().toImage()

    def ground(at: QPoint) -> str:
        """Above the words."""
        return image.pixelColor(at - QPoint(0, asked.window.hero.height() // 2 - 16)).name()

    assert ground(more(asked)) == colour("accent_soft").name()
    assert ground(less(asked)) == colour("panel").name()
    drag.leave()
    assert not asked.controllers.dropping.overlay.isVisible(), "without motion it is gone at once"


def test_a_folder_goes_to_the_side_bar(start: Player, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "More.pictures"
    folder.mkdir()
    shutil.copy(samples / CROP, folder)
    drag = Drag(start, files(folder))
    side_bar = start.window.library
    drag.come(side_bar.mapTo(start.window, side_bar.rect().center()))
    assert drag.title == "Add this folder"
    assert drag.active is not None
    assert drag.active.area.contains(drag.at)
    drag.drop()
    overview = start.controllers.library
    start.wait(lambda: str(folder) in [one.path for one in overview.overview.folders])
    start.settle()


def test_models_can_be_imported_and_what_is_of_no_use_is_refused(
    start: Player, tmp_path: Path
) -> None:
    for name in ("note.txt", "note"):
        (tmp_path / name).write_text("not a picture")
        drag = Drag(start, files(tmp_path / name))
        drag.come()
        assert drag.title == NOT_USABLE
        assert not drag.move()
        drag.leave()
        assert drag.title == ""
    for name in ("one.onnx", "two.ONNX"):
        (tmp_path / name).touch()
    drag = Drag(start, files(tmp_path / "one.onnx"))
    drag.come()
    assert drag.title == "Import this model"
    drag.leave()
    drag = Drag(start, files(tmp_path / "one.onnx", tmp_path / "two.ONNX"))
    drag.come()
    assert drag.title == "Import the first of these 2 models"
    drag.leave()
    (tmp_path / "tokenizer.json").touch()
    drag = Drag(start, files(tmp_path / "one.onnx", tmp_path / "tokenizer.json"))
    drag.come()
    start.wait(lambda: drag.title == "Import this model with its words")
    drag.leave()


def test_words_are_searched_for_and_go_into_the_field(start: Player, samples: Path) -> None:
    drag = Drag(start, text_of("a few words"))
    drag.come()
    assert drag.title == "Search for “a few words”"
    assert drag.move()
    drag.leave()
    edit = start.bar.field.edit
    drag.at = edit.mapTo(start.window, edit.rect().center())
    assert drag.enter(edit)
    assert drag.title == "", "the field takes them"
    mime = files(samples / BIRD)
    mime.setText(str(samples / BIRD))
    over_field = Drag(start, mime)
    over_field.at = drag.at
    assert over_field.enter(edit)
    assert over_field.title == "Search for this picture"
    over_field.leave()


def test_a_picture_with_another_ending_is_one(start: Player, samples: Path, tmp_path: Path) -> None:
    odd = Path(shutil.copy(samples / CAT, tmp_path / "cache.0x1f"))
    drag = Drag(start, files(odd))
    drag.come()
    assert drag.title == "Search for this picture"
    start.answer(drag.drop)
    assert names(start.column(LITE0))[0] == Path(CAT).name


def test_of_several_files_it_says_what_happens_and_that_happens(
    start: Player, samples: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("not a picture")
    drag = Drag(start, files(samples / CAT, tmp_path / "note.txt", samples / BIRD))
    drag.come()
    assert drag.title == "Search for these 2 pictures together"
    assert drag.lines == ("1 other file is left out.",)
    start.answer(drag.drop)
    given = [FileSource(str(samples / name)) for name in (CAT, BIRD)]
    assert sources(start) == [(one, 1.0) for one in given]


def test_too_many_pictures_are_refused(asked: Player, samples: Path) -> None:
    every = sorted(samples.rglob("*.jpg"))
    drag = Drag(asked, files(*every[:33]))
    drag.come()
    assert drag.title == "A search can have 32 pictures at most"
    assert not drag.move()
    drag.leave()
    drag = Drag(asked, files(*every[:32]))
    drag.come()
    assert drag.title == "Search for these 32 pictures together"
    assert not drag.move(more(asked)), "33 with the one that is searched for"
    drag.leave()


# Beside the query


def test_the_words_follow_the_place_and_shift_and_alt(
    asked: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drag = Drag(asked, files(samples / CAT))
    drag.come()
    assert [target.words.title for target in drag.targets] == [
        "More like this",
        "Less like this",
        "Search for this instead",
    ]
    assert drag.title == "Search for this instead"
    drag.move(more(asked))
    assert drag.title == "More like this"
    drag.move(less(asked))
    assert drag.title == "Less like this"
    drag.move(QPoint(5, 5))
    assert drag.title == "Search for this instead"
    for modifier, words in (
        (Modifier.ShiftModifier, "More like this"),
        (Modifier.AltModifier, "Less like this"),
        (Modifier.NoModifier, "Search for this instead"),
    ):
        drag.move(modifiers=modifier)
        assert drag.title == words
    with monkeypatch.context() as pressed:  # while the pointer rests
        name = "PySide6.QtGui.QGuiApplication.queryKeyboardModifiers"
        pressed.setattr(name, lambda: Modifier.AltModifier)
        asked.wait(lambda: drag.title == "Less like this")
    drag.move()
    assert drag.title == "Search for this instead"
    asked.answer(drag.drop)
    assert sources(asked) == [(FileSource(str(samples / CAT)), 1.0)]


def test_a_file_from_outside_becomes_an_example(asked: Player, outside: Path) -> None:
    drag = Drag(asked, files(outside))
    drag.come(more(asked))
    asked.answer(drag.drop)
    assert sources(asked)[1:] == [(FileSource(str(outside)), 1.0)]
    assert asked.query_name() == Path(BIRD).name
    (chip,) = (chip for chip in asked.window.hero.findChildren(Chip) if "like" in chip.text())
    assert chip.text() == "more like outside.jpg"
    drag = Drag(asked, files(outside))
    drag.come(modifiers=Modifier.AltModifier)
    asked.answer(drag.drop)
    assert sources(asked)[1:] == [(FileSource(str(outside)), LESS)], "it has one weight"
    asked.answer(asked.bar.back.click)
    assert len(sources(asked)) == 1


def test_no_picture_and_the_query_itself_leave_the_search_as_it_is(
    asked: Player, samples: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.jpg").write_text("not a picture")
    asked.bar.fold.setChecked(False)
    asked.settle()
    before = names(asked.column(LITE0))
    drag = Drag(asked, files(tmp_path / "note.jpg"))
    drag.come(less(asked))
    drag.drop()
    asked.wait(lambda: "note.jpg" in asked.notice())
    asked.settle()
    assert asked.shows_results()
    assert names(asked.column(LITE0)) == before
    assert len(sources(asked)) == 1
    asked.answer(lambda: asked.bar.top.setValue(7))
    assert names(asked.column(LITE0)) == before[:7]
    itself = Drag(asked, files(samples / BIRD))
    itself.come(more(asked))
    itself.drop()
    asked.wait(lambda: asked.status() == "This is the picture that is searched for.")
    assert len(sources(asked)) == 1


def test_pixels_become_an_example(asked: Player, samples: Path) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / CAT)))
    drag = Drag(asked, mime)
    drag.come(more(asked))
    asked.answer(drag.drop)
    ((source, weight),) = sources(asked)[1:]
    assert isinstance(source, BytesSource)
    assert weight == 1
    assert Path(CAT).name in names(asked.column(LITE0))[:10]


def test_a_link_becomes_an_example_when_the_user_agrees(asked: Player, near: Site) -> None:
    drag = Drag(asked, link(picture(near)))
    drag.come()
    assert drag.title == "Download this picture and search for it"
    assert drag.lines == ("You are asked before it is downloaded.",)
    drag.move(less(asked))
    drag.drop()
    box = asked.dialog(QMessageBox)
    assert near.seen == []
    asked.answer(lambda: asked.press("Download", box))
    ((source, weight),) = sources(asked)[1:]
    assert isinstance(source, BytesSource)
    assert (source.label, weight) == ("king fisher.jpg", LESS)
    assert len(near.asked()) == 1


# Ways to end


def test_esc_cancels_the_drag_and_does_not_step_back(asked: Player, samples: Path) -> None:
    drag = Drag(asked, files(samples / CAT))
    drag.come()
    QTest.keyClick(asked.window, Qt.Key.Key_Escape)
    assert drag.title == ""
    assert not drag.move()
    drag.drop()
    asked.settle()
    assert asked.query_name() == Path(BIRD).name
    assert asked.shows_results()
    QTest.keyClick(asked.window, Qt.Key.Key_Escape)
    assert not asked.shows_results(), "afterwards the key is what it always is"


def test_a_file_is_never_taken_as_moved(start: Player, samples: Path) -> None:
    drag = Drag(start, files(samples / CAT), Qt.DropAction.MoveAction)
    drag.come()
    assert drag.move()
    done: list[Qt.DropAction] = []
    start.answer(lambda: done.append(drag.drop()))
    assert done == [Qt.DropAction.IgnoreAction]
    both = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    drag = Drag(start, files(samples / BIRD), both)
    drag.come()
    start.answer(lambda: done.append(drag.drop()))
    assert done[-1] == Qt.DropAction.CopyAction


def test_other_drags_come_and_go_and_a_press_ends_one(
    start: Player, samples: Path, tmp_path: Path
) -> None:
    """One that is looked at when it leaves says nothing later."""
    drag = Drag(start, files(tmp_path / "unknown"))
    drag.enter()
    drag.leave()
    start.settle()
    QApplication.sendPostedEvents(None, QEvent.Type.None_)
    assert drag.title == ""
    again = Drag(start, files(samples / CAT))
    again.come()
    assert again.title == "Search for this picture"
    again.leave()
    again.come()
    assert again.title == "Search for this picture"
    QTest.mouseClick(start.window.library_page.view.viewport(), Qt.MouseButton.LeftButton)
    assert again.title == "", "it was forgotten, and a press of the mouse has ended it"
