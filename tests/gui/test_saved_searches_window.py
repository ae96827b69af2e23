"""Saved searches in the window: saved, opened, renamed and deleted, by real clicks and keys."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import output_of
from one_model import ONE_MODEL
from playing import BIRD, CAT, FAST, LITE0, LITE2, Begin, Player, names, visible_text
from PySide6.QtCore import QEvent, QMimeData, QPoint, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox

from finder.core.library.catalogue.backups import make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import filter_text, parse_filter
from finder.core.library.catalogue.settings import save_settings
from finder.core.paths import Home
from finder.core.search.query.query_spec import (
    BytesSource,
    QueryExample,
    QuerySpec,
    WebSource,
)
from finder.core.search.saved_search import SavedSearch
from finder.gui.library.side_bar.saved_section import SavedSection
from finder.gui.shell.maintenance.restore_dialog import RestoreDialog
from finder.gui.shell.saved.search_name_dialog import SearchNameDialog
from finder.gui.shell.saved.search_names import suggested_name
from finder.use_cases.search.saved_searches import (
    delete_search,
    read_search,
    save_search,
    search_names,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def filled(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with one model."""
    return begin(library, ONE_MODEL)


def section(player: Player) -> SavedSection:
    return player.window.library.saved


def shown(player: Player) -> list[str]:
    """The names in the side bar, once it is up to date."""
    player.settle()
    if not section(player).isVisible():
        return []
    rows = section(player).list
    return [rows.row_at(row).text for row in range(rows.count())]


def name_dialog(player: Player) -> SearchNameDialog:
    dialog = player.dialog(SearchNameDialog)
    assert isinstance(dialog, SearchNameDialog)
    return dialog


def activate(player: Player) -> None:
    """Offscreen, a dialog that closes activates no window."""
    player.window.activateWindow()
    player.wait(player.window.isActiveWindow)


def save_as(player: Player, name: str) -> None:
    activate(player)
    QTest.keyClick(player.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    dialog = name_dialog(player)
    dialog.edit.clear()
    QTest.keyClicks(dialog.edit, name)
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    player.wait(lambda: f"“{name}” is saved." in player.status())
    player.wait(lambda: name in shown(player))


def click(player: Player, name: str) -> None:
    rows = section(player).list
    place = [rows.row_at(row).text for row in range(rows.count())].index(name)
    at = rows.visualItemRect(rows.item(place)).center()
    QTest.mouseClick(rows.viewport(), LEFT, pos=at)


def choose(menu: QMenu, text: str) -> None:
    (action,) = [action for action in menu.actions() if action.text() == text]
    action.trigger()


def best(player: Player) -> list[str]:
    """The matches in the first column."""
    return names(player.columns[0])


def test_a_search_is_saved_and_had_again_with_all_of_it(filled: Player, samples: Path) -> None:
    window = filled.window
    assert not section(filled).isVisible()
    assert not window.actions_by_name["save_search"].isEnabled()
    filled.choose(LITE0, LITE2)
    filled.ask(samples / BIRD)
    filled.answer(lambda: window.query_editor.set_frame(QRectF(0.2, 0.2, 0.5, 0.5)))
    filled.answer(lambda: window.filters.set_filter(parse_filter("format:jpeg width>=400")))
    filled.answer(lambda: window.query_bar.top.setValue(7))
    saved_ones = best(filled)
    QTest.mouseClick(window.hero.save, LEFT)
    dialog = name_dialog(filled)
    assert dialog.edit.text() == "kingfisher (a part), JPEG, Width ≥ 400 px"
    assert dialog.edit.selectedText() == dialog.edit.text()
    QTest.keyClicks(dialog.edit, "Blue birds")
    filled.press("Save", dialog)
    filled.wait(lambda: filled.status() == "“Blue birds” is saved.")
    assert shown(filled) == ["Blue birds"]
    assert section(filled).list.chosen_key == "Blue birds"
    kept = read_search(filled.home, "Blue birds")
    assert (kept.models, kept.top, kept.metric) == ((LITE0, LITE2), 7, "euclidean")

    filled.choose(LITE0)
    filled.answer(lambda: window.query_bar.top.setValue(20))
    filled.answer(window.filters.clear)
    filled.ask(samples / CAT)
    assert section(filled).list.chosen_key is None
    filled.answer(lambda: click(filled, "Blue birds"))
    assert filled.query_name() == "kingfisher.jpg"
    assert window.query_editor.frame == QRectF(0.2, 0.2, 0.5, 0.5)
    assert filter_text(window.filters.filter) == "format:jpeg width>=400"
    assert window.query_bar.models.choice() == (LITE0, LITE2)
    assert window.query_bar.top.value() == 7
    assert best(filled) == saved_ones
    assert section(filled).list.chosen_key == "Blue birds"


def test_back_and_forward_lead_over_a_saved_search(filled: Player, samples: Path) -> None:
    window = filled.window
    filled.ask(samples / BIRD)
    filled.answer(lambda: window.filters.set_filter(parse_filter("format:jpeg")))
    save_as(filled, "Birds")
    filled.answer(window.filters.clear)
    filled.ask(samples / CAT)
    filled.answer(lambda: click(filled, "Birds"))
    filled.answer(lambda: QTest.mouseClick(window.query_bar.back, LEFT))
    assert filled.query_name() == "cheetah.jpg"
    assert window.filters.filter.is_everything
    assert section(filled).list.chosen_key is None
    filled.answer(lambda: QTest.mouseClick(window.query_bar.forward, LEFT))
    assert filled.query_name() == "kingfisher.jpg"
    assert filter_text(window.filters.filter) == "format:jpeg"
    assert section(filled).list.chosen_key == "Birds"


def test_a_pasted_picture_survives_a_restart(begin: Begin, library: Home, samples: Path) -> None:
    first = begin(library, ONE_MODEL)
    mime = QMimeData()
    mime.setImageData(QImage(str(samples / BIRD)))
    first.answer(lambda: first.paste(mime))
    before = best(first)
    save_as(first, "Pasted")
    first.close()
    second = begin(library, ONE_MODEL)
    second.wait(lambda: shown(second) == ["Pasted"])
    second.answer(lambda: click(second, "Pasted"))
    assert second.query_name() == "Pasted picture"
    assert best(second) == before


def test_it_is_used_by_keys_alone(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    for name in ("Birds", "Cats"):
        save_as(filled, name)
    assert shown(filled) == ["Birds", "Cats"]
    panel, rows = filled.window.library, section(filled).list
    activate(filled)
    panel.recent.setFocus()
    QTest.keyClick(panel.recent, Qt.Key.Key_Tab)
    assert rows.hasFocus()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.current_key() == "Cats"
    QTest.keyClick(rows, Qt.Key.Key_F2)
    dialog = name_dialog(filled)
    assert dialog.edit.text() == "Cats"
    QTest.keyClicks(dialog.edit, "birds")
    assert not dialog.accept_button.isEnabled()
    assert "Another saved search has this name." in visible_text(dialog)
    dialog.edit.selectAll()
    QTest.keyClicks(dialog.edit, "Big cats")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    filled.wait(lambda: shown(filled) == ["Big cats", "Birds"])
    rows.setFocus()
    rows.setCurrentRow(1)
    filled.answer(lambda: QTest.keyClick(rows, Qt.Key.Key_Return))
    assert rows.chosen_key == "Birds"
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    filled.wait(lambda: shown(filled) == ["Big cats"])
    assert search_names(filled.home) == ["Big cats"]


def test_the_menu_deletes_with_undo(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    save_as(filled, "Birds")
    before = read_search(filled.home, "Birds")
    choose(section(filled).search_menu("Birds"), "Delete")
    filled.wait(lambda: shown(filled) == [])
    assert not section(filled).isVisible()
    assert filled.status() == "The saved search “Birds” was deleted."
    filled.press("Undo")
    filled.wait(lambda: shown(filled) == ["Birds"])
    assert filled.status() == "“Birds” is back."
    assert read_search(filled.home, "Birds") == before


def test_a_right_click_opens_the_menu(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    save_as(filled, "Birds")
    rows = section(filled).list
    at = rows.visualItemRect(rows.item(0)).center()
    rows.customContextMenuRequested.emit(QPoint(at))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == ["Open", "", "Rename…", "Delete"]
    filled.window.actions_by_name["new_query"].trigger()
    filled.answer(lambda: choose(menu, "Open"))
    menu.close()
    assert filled.query_name() == "kingfisher.jpg"


def test_replacing_is_offered(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    save_as(filled, "Animals")
    filled.ask(samples / CAT)
    filled.window.actions_by_name["save_search"].trigger()
    dialog = name_dialog(filled)
    assert dialog.edit.text() == "cheetah"
    QTest.keyClicks(dialog.edit, "animals")
    assert "A saved search has this name. It will be replaced." in visible_text(dialog)
    filled.press("Replace", dialog)
    filled.wait(lambda: shown(filled) == ["animals"])
    label = read_search(filled.home, "animals").spec.items[0].source.label
    assert Path(label).name == "cheetah.jpg"
    filled.window.actions_by_name["save_search"].trigger()
    QTest.keyClick(name_dialog(filled), Qt.Key.Key_Escape)
    filled.wait(lambda: not filled.has_dialog(SearchNameDialog))
    assert filled.query_name() == "cheetah.jpg"


def test_one_that_another_program_has_saved_meanwhile_is_not_lost(
    filled: Player, samples: Path
) -> None:
    filled.ask(samples / BIRD)
    filled.window.actions_by_name["save_search"].trigger()
    dialog = name_dialog(filled)
    output_of("search", samples / CAT, "--save", "Animals", home=filled.home)
    QTest.keyClicks(dialog.edit, "Animals")
    filled.press("Save", dialog)
    filled.wait(lambda: "There is a saved search “Animals” already." in filled.notice())
    assert read_search(filled.home, "Animals").top == 10
    filled.press("Replace")
    filled.wait(lambda: filled.status() == "“Animals” is saved.")
    assert read_search(filled.home, "Animals").top == 50


def test_what_the_command_line_changes_is_shown_when_the_window_is_used_again(
    filled: Player, samples: Path
) -> None:
    filled.settle()
    assert shown(filled) == []
    output_of("search", samples / CAT, "--save", "Cats", home=filled.home)
    QApplication.sendEvent(filled.window, QEvent(QEvent.Type.WindowActivate))
    filled.wait(lambda: shown(filled) == ["Cats"])
    output_of("searches", "--rename", "Cats", "Lions", home=filled.home)
    filled.controllers.library.refresh()
    filled.wait(lambda: shown(filled) == ["Lions"])
    output_of("searches", "--delete", "Lions", home=filled.home)
    click(filled, "Lions")
    filled.wait(lambda: "There is no saved search “Lions”." in filled.notice())
    assert shown(filled) == []


# What is not as it was


def test_a_file_that_is_gone_can_be_chosen_anew(
    filled: Player, samples: Path, tmp_path: Path
) -> None:
    query = tmp_path / "query.png"
    QImage(str(samples / BIRD)).copy(40, 40, 200, 200).save(str(query))
    filled.ask(query)
    save_as(filled, "Birds")
    filled.window.actions_by_name["new_query"].trigger()
    moved = tmp_path / "moved.png"
    query.rename(moved)
    click(filled, "Birds")
    filled.wait(lambda: "The picture of the saved search “Birds” is missing" in filled.notice())
    filled.press("Choose picture…")
    dialog = filled.dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.selectFile(str(moved))
    filled.answer(lambda: dialog.fileSelected.emit(str(moved)))
    dialog.close()
    assert filled.query_name() == "moved.png"
    assert read_search(filled.home, "Birds").spec == QuerySpec.of_files([str(moved)])


def test_a_file_that_is_gone_is_taken_from_the_library(
    filled: Player, samples: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes((samples / BIRD).read_bytes())
    filled.ask(copy)
    before = best(filled)
    save_as(filled, "Birds")
    filled.window.actions_by_name["new_query"].trigger()
    copy.unlink()
    filled.answer(lambda: click(filled, "Birds"))
    assert best(filled) == before
    assert section(filled).list.chosen_key == "Birds"


def test_a_model_that_is_gone_is_left_out_with_a_note(filled: Player, samples: Path) -> None:
    spec = QuerySpec.of_files([str(samples / BIRD)])
    save_search(filled.home, SavedSearch("Birds", spec, models=(LITE2, "gone")))
    filled.controllers.library.refresh()
    filled.wait(lambda: shown(filled) == ["Birds"])
    filled.answer(lambda: click(filled, "Birds"))
    assert "The model gone of this search is not installed any more" in filled.notice()
    assert filled.window.query_bar.models.choice() == (LITE2,)


def test_a_damaged_one_is_said_and_can_be_deleted(begin: Begin, library: Home) -> None:
    save_search(library, SavedSearch("Birds", QuerySpec.of_files(["/a.jpg"])))
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        db.execute("UPDATE setting SET crc = crc + 1 WHERE key LIKE '%Birds'")
    player = begin(library)
    player.wait(lambda: shown(player) == ["Birds"])
    click(player, "Birds")
    player.wait(lambda: "The saved search “Birds” is damaged." in player.notice())
    choose(section(player).search_menu("Birds"), "Delete")
    player.wait(lambda: shown(player) == [])


def test_a_full_disk_is_said_and_the_search_stays(
    filled: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ask(samples / BIRD)
    save_as(filled, "Birds")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("finder.core.library.catalogue.tables.setting_table.SettingTable.put", full)
        filled.window.actions_by_name["save_search"].trigger()
        dialog = name_dialog(filled)
        QTest.keyClicks(dialog.edit, "Birds")
        filled.press("Replace", dialog)
        filled.wait(lambda: "disk is full" in filled.notice())
    assert shown(filled) == ["Birds"]
    assert filled.shows_results()
    assert delete_search(filled.home, "Birds") is not None


def test_a_link_is_not_downloaded_without_a_question(begin: Begin, library: Home) -> None:
    source = WebSource("https://pictures.example/a.jpg", "a.jpg")
    save_search(library, SavedSearch("Linked", QuerySpec((QueryExample(source),))))
    player = begin(library)
    player.wait(lambda: shown(player) == ["Linked"])
    click(player, "Linked")
    box = player.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "Download this picture from" in box.text()
    player.press("Cancel", box)
    player.settle()
    assert player.query_name() == ""


def test_a_restored_backup_brings_them_back(begin: Begin, bird_library: Home) -> None:
    kept = save_search(bird_library, SavedSearch("Birds", QuerySpec.of_files(["/a.jpg"]), top=7))
    with closing(Catalogue(bird_library)) as catalogue:
        save_settings(catalogue, FAST)
        make_backup(bird_library, catalogue.connection)
    player = begin(bird_library, FAST)
    player.wait(lambda: shown(player) == ["Birds"])
    choose(section(player).search_menu("Birds"), "Delete")
    player.wait(lambda: shown(player) == [])
    player.window.actions_by_name["restore"].trigger()
    player.press("Restore", player.dialog(RestoreDialog))
    player.wait(lambda: shown(player) == ["Birds"])
    assert read_search(bird_library, "Birds") == kept


def test_many_leave_room_for_the_folders(begin: Begin, library: Home) -> None:
    spec = QuerySpec.of_files(["/a.jpg"])
    for number in range(30):
        save_search(library, SavedSearch(f"Search {number:02}", spec))
    player = begin(library, size=(900, 600))
    player.wait(lambda: len(shown(player)) == 30)
    panel = player.window.library
    rows, folders = section(player).list, panel.folders
    assert rows.height() >= 3 * rows.sizeHintForRow(0)
    assert folders.height() >= folders.sizeHintForRow(0)
    assert rows.verticalScrollBar().maximum() > 0
    assert panel.add.geometry().bottom() <= panel.height()
    rows.scrollToBottom()
    assert rows.row_at(29).text == "Search 29"


def test_suggested_names() -> None:
    spec = QuerySpec.of_files(["/photos/castle of glass.jpg", "/b.jpg"])
    assert suggested_name(spec, parse_filter(""), ()) == "castle of glass and 1 more"
    filter = parse_filter("taken=2024 format:png")
    words = "castle of glass and 1 more, Taken 2024, PNG"
    assert suggested_name(spec, filter, ()) == words
    assert suggested_name(spec, filter, (words.upper(),)) == f"{words} 2"
    odd = QuerySpec.of_files([os.fsdecode(b"/\xff\n.jpg")])
    assert suggested_name(odd, parse_filter(""), ()) == r"\udcff\n"
    pasted = QuerySpec((QueryExample(BytesSource("Pasted picture", b"")),))
    assert suggested_name(pasted, parse_filter(""), ()) == "Pasted picture"
    long = QuerySpec.of_files([f"/{'x' * 300}.jpg"])
    filter = parse_filter("name:one name:two name:three name:four")
    assert 40 <= len(suggested_name(long, filter, ())) <= 80
