"""Text in pictures in the window: switched on in the preferences, and found by its words."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from making import run_index
from one_model import BY_HASH, keep
from playing import Begin, Player, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from words_scene import named, search_for
from written_pictures import needs_reader, saved, written

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.catalogue.tables.recognised_table import TextCounts
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.text_recognition import text_reader
from finder.core.text_recognition.text_reader import INSTALL_COMMAND
from finder.core.writer_lock import WriterLock
from finder.gui.preferences import text_controller
from finder.gui.preferences.preferences_dialog import PreferencesDialog
from finder.gui.preferences.text_card import TextCard
from finder.gui.results.names.found_words import NAMES
from finder.gui.results.preview.preview_dialog import PreviewDialog
from finder.use_cases.library.text_in_pictures import (
    ReadingEstimate,
    estimate_reading,
    switch_text,
)

PAGES = {"receipt": ["Blue kettle 24.90", "Total 24.90"], "sign": ["Harbour closed"]}


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name, lines in PAGES.items():
        saved(written(lines, size=36), tmp_path / "pages" / f"{name}.png")
    return tmp_path / "pages"


@pytest.fixture
def shown(
    begin: Begin, home: Home, pages: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> Player:
    """The window on two pictures with text, indexed without it."""
    keep(home, BY_HASH)
    run_index(home, [pages], [hash_spec], extractors)
    return begin(settings=BY_HASH)


def open_card(player: Player) -> TextCard:
    """In the preferences, once it knows how things are."""
    player.window.actions_by_name["preferences"].trigger()
    dialog = player.dialog(PreferencesDialog)
    assert isinstance(dialog, PreferencesDialog)
    dialog.pages.setCurrentWidget(dialog.library)
    player.settle()
    return dialog.library.text


def asked(player: Player) -> TextCard:
    """The switch is pressed, and the time was measured."""
    card = open_card(player)
    card.box.click()
    player.wait(card.yes.isVisible)
    return card


def is_on(home: Home) -> bool:
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue).text_in_pictures


def counts(home: Home) -> TextCounts:
    with closing(Catalogue(home)) as catalogue:
        return catalogue.recognised_text.counts()


def question(card: TextCard) -> str:
    """What is said about the time; empty while nothing is."""
    return card.question_row.sentence.text() if card.question_row.isVisible() else ""


@needs_reader
def test_the_time_is_measured_and_reading_begins_once_it_is_switched_on(shown: Player) -> None:
    card = asked(shown)
    assert question(card).startswith("About 0.")
    assert question(card).endswith("for your 2 pictures.")
    assert " s for each picture here, about " in question(card)
    assert not card.yes.visibleRegion().isEmpty(), "the section has scrolled to the question"
    assert not is_on(shown.home)
    shown.press("Switch on", card)
    shown.wait(lambda: counts(shown.home) == TextCounts(looked_at=2, with_text=2))
    assert is_on(shown.home)
    shown.settle()
    assert shown.status().startswith("2 pictures were read for text.")
    assert question(card) == ""
    assert card.box.isChecked()
    assert card.box.hasFocus()
    assert card.read_row.sentence.text() == "2 pictures were looked at; 2 have text."


@needs_reader
@pytest.mark.parametrize("way", ["button", "switch", "closing"])
def test_without_a_yes_it_stays_off(shown: Player, way: str) -> None:
    card = asked(shown)
    if way == "button":
        shown.press("Not now", card)
    elif way == "switch":
        card.box.click()
    else:
        shown.dialog(PreferencesDialog).close()
        shown.settle()
        card = open_card(shown)
    shown.settle()
    assert question(card) == ""
    assert not card.box.isChecked()
    assert not is_on(shown.home)
    assert counts(shown.home) == TextCounts()


@needs_reader
def test_measuring_is_shown_waits_for_indexing_and_can_be_stopped(
    shown: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, indexing_ends = threading.Event(), threading.Event()

    def held(home: Home, holder: str) -> Generator[ReadingEstimate | None]:
        for number, estimate in enumerate(estimate_reading(home, holder)):
            yield estimate
            if number == 1:
                goes_on.wait(60)

    monkeypatch.setattr(text_controller, "estimate_reading", held)
    card = open_card(shown)
    from finder.jobs.task_runner import Lane

    shown.task_runner.call(Lane.LIBRARY, lambda: indexing_ends.wait(60))
    card.box.click()
    assert question(card) == "Measured as soon as indexing has ended …"
    indexing_ends.set()
    shown.wait(lambda: question(card) == "Measuring …")
    assert not card.yes.isVisible()
    shown.press("Not now", card)
    goes_on.set()
    shown.settle()
    assert question(card) == ""
    assert not card.box.isChecked()


@needs_reader
def test_another_program_writes_to_the_library_meanwhile(shown: Player) -> None:
    card = open_card(shown)
    with WriterLock(shown.home, "another window"):
        card.box.click()
        shown.wait(lambda: "another window" in question(card))
    assert not card.box.isChecked()
    assert not card.no.isVisible()
    card.box.click()
    shown.wait(card.yes.isVisible)


@needs_reader
def test_without_pictures_there_is_nothing_to_ask(player: Player) -> None:
    card = open_card(player)
    card.box.click()
    player.wait(lambda: is_on(player.home))
    player.settle()
    assert card.box.isChecked()
    assert question(card) == ""


@needs_reader
def test_switched_off_the_text_is_kept_until_it_is_forgotten(shown: Player) -> None:
    card = asked(shown)
    shown.press("Switch on", card)
    shown.wait(lambda: counts(shown.home).looked_at == 2)
    shown.settle()
    card.box.click()
    shown.wait(lambda: not is_on(shown.home))
    shown.settle()
    assert counts(shown.home).looked_at == 2
    shown.press("Forget what was read…", card)
    shown.press("Cancel", shown.dialog(QMessageBox))
    shown.settle()
    assert counts(shown.home).looked_at == 2
    shown.press("Forget what was read…", card)
    box = shown.dialog(QMessageBox)
    assert "The pictures are not touched." in visible_text(box)
    shown.press("Forget", box)
    shown.wait(lambda: counts(shown.home) == TextCounts())
    shown.settle()
    assert not card.read_row.isVisible()
    shown.dialog(PreferencesDialog).close()
    search_for(shown, "kettle")
    assert "Nothing is named “kettle”" in shown.page()


def test_where_nothing_reads_text_the_command_is_shown(
    shown: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_reader, "_PACKAGE", "no_such_reader")
    card = open_card(shown)
    assert not card.box.isEnabled()
    assert INSTALL_COMMAND in card.switch_row.sentence.text()
    shown.press("Copy command", card)
    assert QGuiApplication.clipboard().text() == INSTALL_COMMAND


@needs_reader
def test_it_is_said_which_scripts_are_read(shown: Player) -> None:
    sentence = open_card(shown).switch_row.sentence.text()
    assert "Reads Latin letters, Chinese and Japanese; not Russian or Korean." in sentence


@needs_reader
def test_it_can_be_switched_off_where_nothing_reads_text_any_more(
    shown: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_text(shown.home, True)
    monkeypatch.setattr(text_reader, "_PACKAGE", "no_such_reader")
    card = open_card(shown)
    assert card.box.isChecked()
    card.box.click()
    shown.wait(lambda: not is_on(shown.home))
    shown.settle()
    assert not card.box.isEnabled()


@needs_reader
def test_words_in_a_picture_are_found_and_outlined_in_the_preview(shown: Player) -> None:
    shown.press("Switch on", asked(shown))
    shown.wait(lambda: counts(shown.home).looked_at == 2)
    shown.settle()
    shown.dialog(PreferencesDialog).close()
    search_for(shown, "kettle")
    assert named(shown) == ["receipt.png"]
    view = shown.column(NAMES).view
    view.go_to_row(0)
    QTest.keyClick(view, Qt.Key.Key_Space)
    preview = shown.dialog(PreviewDialog)
    assert isinstance(preview, PreviewDialog)
    shown.settle()
    (box,) = preview.stage._texts
    assert box.left == pytest.approx(30 / 640, abs=0.02)
    assert box.bottom < 0.5, "the first of two lines"
    assert preview.outline.isVisible()
    shows = preview.stage.match.grab().toImage()
    preview.outline.click()
    assert preview.stage.match.grab().toImage() != shows
