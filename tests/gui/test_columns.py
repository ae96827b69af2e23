"""Moving and hiding the columns of the window, what it remembers of them, and what is marked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from playing import BIRD, CROP, LITE0, LITE2, VGG16, Begin, Player, matches, visible_text
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.gui.results.match_model import MatchRole


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    filled.ask(samples / BIRD)
    return filled


def shown(player: Player) -> list[str]:
    """The keys of the columns that can be seen, from the left."""
    columns = [column for column in player.columns if column.isVisible()]
    columns.sort(key=lambda column: column.mapTo(player.window, QPoint()).x())
    return [column.key for column in columns]


def menu(player: Player, key: str) -> QMenu:
    """Of a column's header."""
    header = player.column(key).header
    header.menu_requested.emit(header.mapToGlobal(header.rect().center()))
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    return popup


def choose(player: Player, key: str, text: str) -> None:
    popup = menu(player, key)
    (action,) = [action for action in popup.actions() if action.text() == text]
    assert action.isEnabled()
    popup.close()
    action.trigger()


def enabled(player: Player, key: str) -> Sequence[str]:
    popup = menu(player, key)
    texts = [action.text() for action in popup.actions() if action.isEnabled()]
    popup.close()
    return texts


def kept(home: Home) -> Settings:
    with closing(Catalogue(home)) as catalogue:
        return load_settings(catalogue)


def test_a_column_is_moved_by_its_menu(asked: Player) -> None:
    assert shown(asked) == ["", LITE0, LITE2, VGG16]
    assert enabled(asked, LITE0) == ["Move right", "Hide"]
    assert enabled(asked, VGG16) == ["Move left", "Hide"]
    assert enabled(asked, "") == []
    choose(asked, VGG16, "Move left")
    assert shown(asked) == ["", LITE0, VGG16, LITE2]
    choose(asked, LITE0, "Move right")
    assert shown(asked) == ["", VGG16, LITE0, LITE2]


def test_a_column_is_moved_by_dragging_its_header(asked: Player) -> None:
    header = asked.column(LITE0).header
    middle = header.rect().center()
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(header, middle + QPoint(header.width() * 3 // 4, 0))
    asked.wait(lambda: shown(asked) == ["", LITE2, LITE0, VGG16])
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton)


def test_a_column_is_hidden_and_all_are_shown_again(asked: Player) -> None:
    choose(asked, LITE2, "Hide")
    assert shown(asked) == ["", LITE0, VGG16]
    assert "3 of 4 columns" in visible_text(asked.results.header)
    choose(asked, LITE0, "Hide")
    assert shown(asked) == ["", VGG16]
    assert "Hide" not in enabled(asked, VGG16), "one model is left"
    choose(asked, "", "Show all columns")
    assert shown(asked) == ["", LITE0, LITE2, VGG16]
    assert "4 columns" in visible_text(asked.results.header)


def test_columns_are_moved_and_hidden_by_keys(asked: Player) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    view = asked.column(LITE0).view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Right, both)
    assert shown(asked) == ["", LITE2, LITE0, VGG16]
    assert asked.window.focusWidget() is view
    QTest.keyClick(view, Qt.Key.Key_Left, both)
    assert shown(asked) == ["", LITE0, LITE2, VGG16]
    QTest.keyClick(view, Qt.Key.Key_H, both)
    assert shown(asked) == ["", LITE2, VGG16]
    assert asked.window.focusWidget() is asked.column("").view
    asked.window.actions_by_name["all_columns"].trigger()
    assert shown(asked) == ["", LITE0, LITE2, VGG16]


def test_the_columns_are_as_they_were_after_a_restart(
    begin: Begin, library: Home, samples: Path
) -> None:
    first = begin(library)
    first.ask(samples / BIRD)
    choose(first, VGG16, "Move left")
    choose(first, LITE0, "Hide")
    first.bar.together.click()
    first.close()
    again = begin(library, kept(library))
    again.ask(samples / BIRD)
    assert shown(again) == ["", VGG16, LITE2]
    assert not again.bar.together.isChecked()
    assert not again.results.column_set.compare.scrolls_together
    again.answer(lambda: again.choose(LITE0))
    assert shown(again) == [LITE0], "the only model that is chosen is shown"


def test_the_columns_scroll_together_until_that_is_switched_off(asked: Player) -> None:
    bars = [column.view.verticalScrollBar() for column in asked.columns]
    bars[2].setValue(100)
    assert [bar.value() for bar in bars] == [100] * 4
    asked.bar.together.click()
    bars[1].setValue(250)
    assert [bar.value() for bar in bars] == [100, 250, 100, 100]


# The same picture in every column


def marked(player: Player, key: str) -> list[int]:
    model = player.column(key).model
    rows = range(model.rowCount())
    return [
        model.index(row).data(MatchRole.MATCH).picture.id
        for row in rows
        if model.index(row).data(MatchRole.MARKED)
    ]


def test_right_after_a_search_one_picture_is_marked_in_every_column(
    asked: Player, samples: Path
) -> None:
    asked.answer(lambda: asked.bar.top.setValue(80))
    for query in (CROP, "lakes/blue-hour.jpg", "castles/chambord.jpg", BIRD):
        asked.column(VGG16).view.go_to_row(5)
        asked.ask(samples / query)
        first = matches(asked.column(""))[0].picture.id
        for column in asked.columns:
            assert marked(asked, column.key) == [first], query
            current = column.view.current_match()
            assert current is not None
            assert current.picture.id == first


def test_a_column_that_does_not_list_it_marks_nothing_after_a_search(
    asked: Player, samples: Path
) -> None:
    """A query about which the models disagree: few of their first pictures are the same."""
    asked.answer(lambda: asked.bar.top.setValue(1))
    best = asked.column("")
    for picture in sorted((samples / "lakes").glob("*.jpg")):
        asked.ask(picture)
        first = matches(best)[0].picture.id
        for column in asked.columns:
            listed = [match.picture.id for match in matches(column)]
            assert marked(asked, column.key) == ([first] if first in listed else [])
            assert column.view.currentIndex().isValid() == (first in listed)


def test_a_filter_keeps_the_selected_picture(asked: Player) -> None:
    column = asked.column(LITE0)
    column.view.go_to_row(2)
    chosen = matches(column)[2].picture.id
    asked.bar.cut_off.setValue(1)
    for one in asked.columns:
        assert marked(asked, one.key) == [chosen]
        assert one.view.currentIndex().row() == one.model.row_of(chosen) >= 0


def test_selecting_scrolls_every_column_to_the_picture_in_every_size_and_loads_it(
    asked: Player,
) -> None:
    asked.answer(lambda: asked.bar.top.setValue(80))
    column = asked.column(LITE0)
    column.view.go_to_row(30)
    chosen = matches(column)[30].picture.id
    for one in asked.columns:
        index = one.model.index(one.model.row_of(chosen))
        assert one.view.viewport().rect().intersects(one.view.visualRect(index))
        cards = [one.model.index(row) for row in one.view.visible_rows()]
        assert index in cards
        _wait_for_thumbnails(asked, cards)
    for size in (240, 64, 128):
        asked.bar.thumb_size.setValue(size)
        for one in asked.columns:
            index = one.model.index(one.model.row_of(chosen))
            place = one.view.visualRect(index)
            assert one.view.viewport().rect().intersects(place), (one.key, size)
            cells = place.width() * place.height()
            room = one.view.viewport().width() * place.height()
            assert cells > room / 3 or size < 240, "pictures grow, not the gaps between them"


def _wait_for_thumbnails(player: Player, cards: Sequence[QModelIndex]) -> None:
    player.wait(lambda: all(card.data(MatchRole.PIXMAP) is not None for card in cards))
