"""File names are shown and found as they are, whatever they look like: HTML, patterns, SQL."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from making import run_index
from one_model import BY_HASH, HASH
from playing import Begin, Player, files, matches, visible_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QMessageBox, QTableView, QWidget

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.printable import printable
from finder.gui.common.chip import Chip
from finder.gui.library.folder_dialogs import confirm_removal
from finder.gui.library.side_bar.skipped_dialog import SkippedDialog
from finder.gui.results.preview.preview_dialog import PreviewDialog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")

NAMES = (
    "'; DROP TABLE file;--.jpg",
    "100%_é.jpg",
    "100xyé.jpg",
    "a\\b.jpg",
    "<b>bold.jpg",
    '"q".jpg',
    "&amp;.jpg",
    "[*]x*.jpg",
    "two\nlines.jpg",
    "turned\u202egpj.jpg",
    "🐈\u200d⬛.jpg",
    "x" * 251 + ".jpg",
)
BAD = "<i>no picture\\.jpg"
FOLDER = "<u>100%_é & 'all'"


@pytest.fixture
def named(
    tmp_path: Path,
    samples: Path,
    home: Home,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    begin: Begin,
) -> Iterator[Player]:
    """The window on a library of such names, asked about the first of them."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    pictures = sorted((samples / "birds").glob("*.jpg")) + sorted((samples / "cats").glob("*.jpg"))
    pictures += sorted((samples / "fish").glob("*.jpg"))
    for name, picture in zip(NAMES, pictures, strict=False):
        shutil.copy(picture, folder / name)
    (folder / BAD).write_text("no picture")
    counts = run_index(home, [folder], [hash_spec], extractors).counts
    assert (counts.new, counts.skipped) == (len(NAMES), 1)
    player = begin(home, BY_HASH)
    player.ask(folder / NAMES[0])
    yield player
    _assert_plain(player.window)


def _assert_plain(widget: QWidget) -> None:
    """No label takes its text for HTML, no tool tip a name for tags."""
    for label in widget.findChildren(QLabel):
        if label.buddy() is None:  # these name a control
            assert label.textFormat() is Qt.TextFormat.PlainText or not label.text(), label.text()
    for child in widget.findChildren(QWidget):
        _assert_literal_tip(child.toolTip())


def _assert_literal_tip(tip: str) -> None:
    if any(part in tip for part in ("bold", "100%", "DROP", "lines", "gpj")):
        assert any(name in _shown(tip) for name in map(printable, (*NAMES, BAD, FOLDER))), tip


def _shown(tip: str) -> str:
    """What a tool tip shows: Qt takes one with a tag in it for HTML."""
    if "<" not in tip:
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def _rows(player: Player) -> dict[str, int]:
    found = matches(player.column(HASH))
    return {os.path.basename(match.picture.paths[0]): row for row, match in enumerate(found)}


def test_cards_tips_and_details_show_every_name(named: Player) -> None:
    column = named.column(HASH)
    rows = _rows(named)
    assert set(rows) == set(NAMES)
    for name, row in rows.items():
        index = column.model.index(row)
        assert index.data() == printable(name)
        assert _shown(index.data(Qt.ItemDataRole.ToolTipRole)).endswith(f"/{printable(name)}")
        column.view.setCurrentIndex(index)
        words = visible_text(named.window.details).split("\n")
        assert printable(name) in words
        assert any(word.endswith(f"/{FOLDER}") for word in words)
        _assert_plain(named.window)
    named.settle()


def test_control_characters_are_spelled_out() -> None:
    assert printable("two\nlines.jpg") == "two\\nlines.jpg"
    assert printable("turned\u202egpj.jpg") == "turned\\u202egpj.jpg"
    assert printable("🐈\u200d⬛ é.jpg") == "🐈\u200d⬛ é.jpg"


def test_query_bar_and_preview_show_the_name(named: Player, tmp_path: Path) -> None:
    for name in ("<b>bold.jpg", "[*]x*.jpg", "a\\b.jpg", "&amp;.jpg"):
        named.ask(tmp_path / FOLDER / name)
        assert named.query_name() == name
        assert _shown(named.window.hero.name.toolTip()).endswith(f"/{FOLDER}/{name}")
        column = named.column(HASH)
        column.view.setCurrentIndex(column.model.index(_rows(named)[name]))
        named.settle()
        named.press("Preview", named.window.details)
        dialog = named.dialog(PreviewDialog)
        assert dialog.windowTitle().replace("[*][*]", "[*]") == name  # Qt shows the doubled one so
        assert name in visible_text(dialog)
        _assert_plain(dialog)
        dialog.close()
        named.wait(lambda: not named.has_dialog(PreviewDialog))


def test_the_filter_takes_words_literally(named: Player) -> None:
    for words in ("100%_", "%_É.JPG", "<b>", "a\\b", "'; drop", "[*]x*", "*."):
        named.answer(partial(named.window.filters.set_name, words))
        assert named.column(HASH).model.rowCount() == 1, words
        (chip,) = named.window.filter_bar.chips
        assert chip.text() == f"Name has “{words}”"
        assert chip.remove_button is not None
        assert _shown(chip.remove_button.toolTip()) == f"Remove “Name has “{words}””"
        named.answer(named.window.filters.clear)
        assert named.column(HASH).model.rowCount() == len(NAMES)
        named.wait(partial(_names_no_filter, named, words))


def _names_no_filter(player: Player, words: str) -> bool:
    return not [chip for chip in player.window.findChildren(Chip) if words in chip.text()]


def test_side_bar_dialogs_and_errors_show_the_name(named: Player, tmp_path: Path) -> None:
    _assert_the_side_bar_shows(named, tmp_path / FOLDER)
    _assert_the_question_shows(named, tmp_path / FOLDER)
    _assert_the_skipped_dialog_shows(named, tmp_path / FOLDER)
    named.drop(files(tmp_path / FOLDER / BAD))
    named.wait(lambda: BAD in named.page() + named.notice())
    named.settle()


def _assert_the_side_bar_shows(player: Player, folder: Path) -> None:
    folders = player.window.library.folders
    assert folders.item(0).text() == FOLDER
    assert folders.row_at(0).count == len(NAMES)
    assert _shown(folders.item(0).toolTip()) == str(folder)


def _assert_the_question_shows(player: Player, folder: Path) -> None:
    confirm_removal(player.window, str(folder), lambda: None)
    (box,) = player.window.findChildren(QMessageBox)
    assert str(folder) in box.informativeText()
    _assert_plain(box)
    box.reject()


def _assert_the_skipped_dialog_shows(player: Player, folder: Path) -> None:
    player.press("1 file skipped…")
    dialog = player.dialog(SkippedDialog)
    (table,) = dialog.findChildren(QTableView)
    assert table.model().index(0, 0).data() == BAD
    assert table.model().index(0, 2).data() == str(folder)
    _assert_plain(dialog)
    player.press("Close", dialog)
