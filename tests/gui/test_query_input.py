"""Every way to search for a picture in the window, and its message for other files."""

from __future__ import annotations

import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from one_model import ONE_MODEL
from PIL import Image
from playing import (
    BIRD,
    CAT,
    CROP,
    LITE0,
    LITE2,
    VGG16,
    Begin,
    Player,
    files,
    matches,
    names,
    text_of,
    visible_text,
)
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from finder.core.cancellation import CancelToken
from finder.core.paths import Home
from finder.core.pictures.transform import Orientation
from finder.gui.common.chip import Chip
from finder.gui.results.match_model import MatchRole
from finder.jobs.query_facts import QueryFacts, QuerySource


@pytest.fixture
def quick(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


def test_a_dropped_picture_is_searched_for_with_every_model(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    assert filled.shows_results()
    assert [column.key for column in filled.columns] == ["", LITE0, LITE2, VGG16]
    for column in filled.columns:
        first = matches(column)[0]
        assert first.rank == 1
        assert first.picture.paths == (str(samples / BIRD),)
        assert len(matches(column)) == filled.bar.top.value() == 50
        assert " ms" in column.header.toolTip()
    titles = [visible_text(column).splitlines()[0] for column in filled.columns]
    assert titles == ["Best matches", "EfficientNet-Lite0", "EfficientNet-Lite2", "VGG16"]
    assert filled.columns[0].model.index(0).data(MatchRole.NUMBER) == "100"
    for column in filled.model_columns:
        assert column.model.index(0).data(MatchRole.NUMBER) == "0.000"
        assert re.search(r"agrees \d+ of 10", visible_text(column))
        assert "Numbers: Euclidean distance" in column.header.toolTip()
    assert filled.query_name() == "kingfisher.jpg"
    assert "px" in filled.window.hero.facts.whole_text()


def test_an_altered_picture_finds_its_original(filled: Player, samples: Path) -> None:
    filled.ask(samples / CROP)
    for column in filled.columns:
        assert names(column)[0] == Path(CROP).name
        assert names(column)[1] == Path(BIRD).name


def test_several_pictures_are_one_query(quick: Player, samples: Path) -> None:
    quick.ask(samples / CAT, samples / BIRD, samples / CROP)
    assert quick.query_name() == Path(CAT).name
    chips = quick.window.hero.findChildren(Chip)
    assert [chip.text() for chip in chips if chip.remove_button and chip.isVisible()] == [
        f"more like {Path(name).name}" for name in (BIRD, CROP)
    ]
    assert not quick.notice()
    found = names(quick.column(LITE0))[:10]
    assert {Path(CAT).name, Path(BIRD).name, Path(CROP).name} <= set(found)
    quick.ask(samples / BIRD)
    assert quick.query_name() == Path(BIRD).name


def test_one_unusable_file_among_several_is_named(
    quick: Player, samples: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.jpg").write_text("not a picture")
    quick.drop(files(samples / CAT, tmp_path / "note.jpg"))
    quick.wait(lambda: "“note.jpg” cannot be used" in quick.page())
    quick.ask(samples / CAT)
    assert quick.shows_results()


def test_pixels_are_a_query(quick: Player, samples: Path) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / BIRD)))
    quick.answer(lambda: quick.drop(mime))
    assert quick.query_name() == "Pasted picture"
    assert names(quick.column(LITE0))[0] == Path(BIRD).name
    assert matches(quick.column(LITE0))[0].score < 0.05


def test_the_clipboard_is_a_query(quick: Player, samples: Path) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / CAT)))
    quick.answer(lambda: quick.paste(mime))
    assert names(quick.column(LITE0))[0] == Path(CAT).name
    quick.answer(lambda: quick.paste(text_of(str(samples / BIRD))))
    assert quick.query_name() == Path(BIRD).name
    assert names(quick.column(LITE0))[0] == Path(BIRD).name


def test_the_open_dialog_gives_a_query(quick: Player, samples: Path) -> None:
    quick.bar.open.click()
    dialog = quick.dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert "*.jpg" in dialog.nameFilters()[0]
    quick.answer(lambda: dialog.fileSelected.emit(str(samples / BIRD)))
    dialog.reject()
    assert quick.query_name() == Path(BIRD).name


def test_find_similar_asks_about_a_match(quick: Player, samples: Path) -> None:
    quick.ask(samples / CROP)
    view = quick.column(LITE0).view
    view.go_to_row(1)
    quick.answer(lambda: quick.press("Find similar", quick.window.details))
    assert quick.query_name() == Path(BIRD).name
    assert names(quick.column(LITE0))[0] == Path(BIRD).name


@pytest.mark.parametrize("pasted", [False, True])
def test_a_file_that_is_no_picture_gets_a_page_with_a_hint(
    quick: Player, samples: Path, tmp_path: Path, pasted: bool
) -> None:
    note = tmp_path / "note.jpg"
    note.write_text("not a picture")
    if pasted:
        quick.paste(text_of(str(note)))
    else:
        quick.drop(files(note))
    quick.wait(lambda: "cannot be used" in quick.page())
    assert "The file is not a picture" in quick.page()
    assert "Open picture…" in quick.page()
    assert quick.query_name() == ""
    quick.press("New search", quick.window.message)
    assert "All pictures" in quick.page()
    quick.ask(samples / BIRD)
    assert quick.shows_results()


def test_damaged_pixels_from_a_browser_get_a_page(quick: Player) -> None:
    mime = QMimeData()
    mime.setData("image/png", b"\x89PNG\r\n\x1a\n but no more")
    quick.drop(mime)
    quick.wait(lambda: "“Pasted picture” cannot be used" in quick.page())


def test_a_missing_file_is_reported_and_the_next_one_works(
    quick: Player, samples: Path, tmp_path: Path
) -> None:
    quick.drop(files(tmp_path / "gone.jpg"))
    quick.wait(lambda: "There is no file" in quick.notice())
    assert "gone.jpg" in quick.notice()
    quick.ask(samples / BIRD)
    assert quick.shows_results()
    assert not quick.notice()


def test_of_two_queries_at_once_the_second_is_answered(quick: Player, samples: Path) -> None:
    answers: list[str] = []
    quick.controllers.searching.answered.connect(
        lambda result, _: answers.append(result.query.items[0].path)
    )
    for picture in (BIRD, CAT):
        path = str(samples / picture)
        quick.controllers.query.ask(QuerySource(path, path=path))
    quick.wait(lambda: bool(answers))
    quick.settle()
    assert answers == [str(samples / CAT)]
    assert quick.query_name() == Path(CAT).name


def test_searching_again_while_a_new_picture_is_read_does_not_lose_it(
    quick: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.ask(samples / BIRD)
    read = quick.workspace.set_query
    go = threading.Event()

    def slow(source: QuerySource, stop: CancelToken) -> QueryFacts:
        go.wait(10)
        return read(source, stop)

    monkeypatch.setattr(quick.workspace, "set_query", slow)
    path = str(samples / CAT)

    def act() -> None:
        quick.controllers.query.ask(QuerySource(path, path=path))
        quick.controllers.query.search()
        go.set()

    quick.answer(act)
    assert quick.query_name() == Path(CAT).name
    assert names(quick.column(LITE0))[0] == Path(CAT).name


def test_a_query_can_be_repeated_after_its_file_is_gone(
    quick: Player, samples: Path, tmp_path: Path
) -> None:
    picture = Path(shutil.copy(samples / CROP, tmp_path / "mine.jpg"))
    quick.ask(picture)
    picture.unlink()
    quick.answer(lambda: quick.bar.top.setValue(7))
    assert len(matches(quick.column(LITE0))) == 7


def test_a_query_from_outside_is_named_after_its_file(
    quick: Player, samples: Path, tmp_path: Path
) -> None:
    picture = Path(shutil.copy(samples / CROP, tmp_path / "<b>mine & co.jpg"))
    quick.ask(picture)
    assert quick.query_name() == "<b>mine & co.jpg"


def test_an_empty_clipboard_is_reported(quick: Player) -> None:
    quick.window.actions_by_name["paste"].trigger()
    assert "There is no picture" in quick.notice()


def test_in_a_narrow_window_any_orientation_is_an_icon(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library, ONE_MODEL, size=(1_280, 800))
    player.ask(samples / BIRD)
    button = player.window.hero.any_orientation
    icon_only = Qt.ToolButtonStyle.ToolButtonIconOnly

    def has_room() -> bool:
        return button.width() >= button.sizeHint().width()

    player.wait(lambda: button.toolButtonStyle() is not icon_only and has_room())
    for name in (CAT, CROP, BIRD, CAT):  # the recent ones take more room
        player.ask(samples / name)
        player.wait(lambda: button.toolButtonStyle() is icon_only or has_room(), seconds=5)
    player.window.resize(900, 600)
    player.wait(lambda: button.toolButtonStyle() is icon_only)
    assert button.text() == "Any orientation", "a screen reader says it"


def test_the_switch_finds_the_original_of_a_turned_copy(
    quick: Player, samples: Path, tmp_path: Path
) -> None:
    turned = tmp_path / "turned.png"
    with Image.open(samples / BIRD) as picture:
        Orientation(1, mirrored=True).apply(picture).save(turned)
    quick.ask(turned)
    column, button = quick.column(LITE0), quick.window.hero.any_orientation
    assert matches(column)[0].score > 0.1
    quick.answer(button.click)
    assert matches(column)[0].picture.paths == (str(samples / BIRD),)
    assert matches(column)[0].score == pytest.approx(0, abs=0.05)
    quick.answer(button.click)
    assert matches(column)[0].score > 0.1


def test_what_is_combined_is_said_once_for_each_choice_of_models(
    filled: Player, samples: Path
) -> None:
    overview = filled.controllers.library.overview
    filled.controllers.library.overview = replace(overview, pictures=overview.pictures + 9)
    filled.ask(samples / BIRD)
    assert (
        filled.status() == "Best matches are among the 80 pictures that all chosen models indexed."
    )
    filled.window.toasts.shown[-1].end()
    filled.wait(lambda: not filled.status())
    filled.ask(samples / CAT)
    assert not filled.status()
    filled.choose(LITE0, VGG16)
    filled.ask(samples / BIRD)
    assert "all chosen models" in filled.status()
