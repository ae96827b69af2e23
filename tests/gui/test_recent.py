"""The recent searches beside the query, over restarts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from one_model import ONE_MODEL
from playing import BIRD, CAT, CROP, Begin, Player
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from finder.core.paths import Home
from finder.core.search.query.query_spec import QueryExample, QuerySpec, WebSource
from finder.gui.query.hero.recent_strip import RecentStrip
from finder.jobs.recent_queries import Recent
from finder.use_cases.search.recent_queries import RecentQuery, keep_query, recent_queries


@pytest.fixture
def filled(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


def shown(player: Player) -> list[str]:
    """The names of the pictures in the strip."""
    strip: RecentStrip = player.window.hero.recent
    buttons = [button for button in strip.buttons if button.isVisible()]
    return [button.accessibleName().removeprefix("Search again: ") for button in buttons]


def menu_of(player: Player) -> QMenu:
    menu = QMenu(player.window)
    player.window.hero.recent.fill(menu)
    return menu


def test_earlier_queries_are_shown_and_asked_again(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    assert shown(filled) == []
    filled.ask(samples / CAT)
    assert shown(filled) == ["kingfisher.jpg"]
    filled.ask(samples / CROP)
    assert shown(filled) == ["cheetah.jpg", "kingfisher.jpg"]
    filled.answer(lambda: filled.window.hero.recent.buttons[1].click())
    assert filled.query_name() == "kingfisher.jpg"
    assert shown(filled) == ["kingfisher--crop.jpg", "cheetah.jpg"]
    actions = [action.text() for action in menu_of(filled).actions() if action.text()]
    assert actions == ["kingfisher--crop.jpg", "cheetah.jpg", "Clear recent searches"]


def test_they_are_kept_over_a_restart_with_the_part(
    begin: Begin, library: Home, samples: Path
) -> None:
    first = begin(library, ONE_MODEL)
    first.ask(samples / BIRD)
    first.answer(lambda: first.window.query_editor.set_frame(QRectF(0.2, 0.2, 0.5, 0.5)))
    first.ask(samples / CAT)
    first.close()
    second = begin(library, ONE_MODEL)
    second.ask(samples / CROP)
    second.wait(lambda: shown(second) == ["cheetah.jpg", "kingfisher.jpg"])
    button = second.window.hero.recent.buttons[1]
    assert button.recent is not None
    assert not button.recent.image.isNull()
    second.answer(button.click)
    assert second.query_name() == "kingfisher.jpg"
    assert second.window.query_editor.frame == QRectF(0.2, 0.2, 0.5, 0.5)


def test_clearing_forgets_them(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    filled.ask(samples / CAT)
    menu_of(filled).actions()[-1].trigger()
    assert shown(filled) == []
    assert not filled.window.hero.recent.isVisible()
    filled.close()
    assert recent_queries(filled.home) == []
    assert os.listdir(filled.home.recent) == []


def test_there_are_fewer_in_a_narrow_window(begin: Begin, library: Home, samples: Path) -> None:
    player = begin(library, ONE_MODEL, size=(900, 600))
    pictures = [*sorted((samples / "cats").glob("*.jpg"))[:5], samples / BIRD]
    for picture in pictures:
        player.ask(picture)
    assert len(shown(player)) == 4
    player.window.resize(1_600, 900)
    player.wait(lambda: len(shown(player)) == 5)


def test_a_web_picture_of_an_earlier_session_is_not_downloaded_without_a_question(
    begin: Begin, library: Home, samples: Path
) -> None:
    spec = QuerySpec((QueryExample(WebSource("https://pictures.example/a.jpg", "a.jpg")),))
    keep_query(library, RecentQuery(spec, (samples / BIRD).read_bytes()))
    player = begin(library, ONE_MODEL)
    player.settle()
    menu_of(player).actions()[0].trigger()
    box = player.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "Download this picture from" in box.text()
    player.press("Cancel", box)
    player.settle()
    assert player.query_name() == ""


def test_a_picture_that_is_gone_is_said(filled: Player, samples: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.jpg"
    gone.write_bytes((samples / BIRD).read_bytes())
    filled.ask(gone)
    filled.ask(samples / CAT)
    gone.unlink()
    filled.controllers.recent.asked.emit(QuerySpec.of_files([str(tmp_path / "never.jpg")]))
    filled.wait(lambda: "never.jpg" in filled.page() + filled.notice())
    names = [action.text() for action in menu_of(filled).actions()]
    assert names[:1] == ["gone.jpg"]


def test_a_strip_shows_the_middle_of_each_picture(host: QWidget) -> None:
    strip = RecentStrip()
    strip.setParent(host)
    image = QImage(100, 20, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    spec = QuerySpec.of_files(["/a.jpg", "/b.jpg"])
    strip.show_recents([Recent(spec, image)])
    assert strip.buttons[0].toolTip().count("a.jpg and 1 more") == 1
    picture = strip.buttons[0].grab().toImage()
    assert picture.pixelColor(24, 24).name() == "#336699"
    assert picture.pixelColor(24, 3).name() == "#336699"
