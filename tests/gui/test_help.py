"""The help menu: the sheet of shortcuts, the documentation, what the program is built with."""

from __future__ import annotations

import pytest
from playing import Player, visible_text
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from finder import __version__
from finder.gui.shell.actions import ACTIONS
from finder.gui.shell.help.about_dialog import AboutDialog
from finder.gui.shell.help.documentation_dialog import DocumentationDialog
from finder.gui.shell.help.shortcut_table import shortcut_groups
from finder.gui.shell.help.shortcuts_dialog import WANTED, ShortcutsDialog


def _open(player: Player, action: str, kind: type[QDialog]) -> QDialog:
    player.window.actions_by_name[action].trigger()
    return player.dialog(kind)


def test_keys_open_the_sheet_but_a_question_mark_can_be_typed(player: Player) -> None:
    for key in ("F1", "?"):
        QTest.keySequence(player.window, QKeySequence(key))
        player.dialog(ShortcutsDialog).close()
        player.wait(lambda: not player.has_dialog(ShortcutsDialog))
    player.bar.field.edit.setFocus()
    QTest.keyClicks(player.bar.field.edit, "who?")
    assert player.bar.field.edit.text() == "who?"
    assert not player.has_dialog(ShortcutsDialog)


def test_the_sheet_has_the_keys_of_all_actions(player: Player) -> None:
    sheet = _open(player, "shortcuts", ShortcutsDialog)
    words = visible_text(sheet).split("\n")
    for row in ACTIONS:
        for keys in row.keys:
            assert QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) in words
    groups = shortcut_groups(player.window.actions_by_name)
    assert {"File", "View", "In the pictures"} <= {group.title for group in groups}
    assert all(shortcut.keys for group in groups for shortcut in group.shortcuts)
    assert not any("&" in shortcut.text for group in groups for shortcut in group.shortcuts)


def test_the_sheet_can_be_read_at_the_smallest_size_and_is_seen_whole_where_there_is_room(
    player: Player,
) -> None:
    sheet = _open(player, "shortcuts", ShortcutsDialog)
    assert isinstance(sheet, ShortcutsDialog)
    sheet.resize(880, 564)  # on a screen of 900 × 600 px
    QApplication.processEvents()
    assert not sheet.area.horizontalScrollBar().isVisible()
    for label in sheet.findChildren(QLabel):
        lines = label.heightForWidth(label.width()) if label.wordWrap() else 0
        assert label.height() >= max(lines, label.fontMetrics().height()) - 1, label.text()
        if not label.wordWrap():
            assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
    sheet.resize(WANTED)
    QApplication.processEvents()
    assert not sheet.area.verticalScrollBar().isVisible()
    assert WANTED.height() <= 700


def test_about_names_version_libraries_and_licences(player: Player) -> None:
    about = _open(player, "about", AboutDialog)
    assert isinstance(about, AboutDialog)
    assert f"Image Finder {__version__}" in visible_text(about)
    groups = [about.parts.topLevelItem(at) for at in range(about.parts.topLevelItemCount())]
    items = [group.child(at) for group in groups if group for at in range(group.childCount())]
    rows = {item.text(0): item.text(2) for item in items if item is not None}
    assert rows["numpy"].startswith("BSD-3-Clause")
    assert rows["Lucide"] == "ISC"
    assert rows["VGG16"] == "CC-BY-4.0"
    assert [about.tabs.tabText(at) for at in range(3)] == ["Built with", "Licence", "Notices"]


def test_the_documentation_is_read_page_by_page(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    pages = _open(player, "documentation", DocumentationDialog)
    assert isinstance(pages, DocumentationDialog)
    player.wait(lambda: "Drop a picture on the window" in pages.browser.toPlainText())
    assert not pages.back.isEnabled()
    pages.browser.anchorClicked.emit(QUrl("docs/models.md"))
    player.wait(lambda: pages.name.text() == "docs/models.md")
    pages.back.click()
    player.wait(lambda: pages.name.text() == "README.md")
    assert not pages.back.isEnabled()
    pages.browser.anchorClicked.emit(QUrl("https://example.org/"))
    pages.browser.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert opened == ["https://example.org/"]
    pages.close()
    player.wait(lambda: not player.window.findChildren(DocumentationDialog))
