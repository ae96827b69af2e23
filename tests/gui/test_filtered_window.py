"""One filter for the library's page and the searches, and what is said where nothing passes it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playing import BIRD, LITE0, SAMPLES, Player, matches, visible_text
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.search.matches import Result
from finder.use_cases.search.search_session import SearchSession


def filter_by(player: Player, text: str) -> None:
    player.window.filters.set_filter(parse_filter(text))


def shows(player: Player, number: int) -> None:
    page = player.window.library_page
    player.wait(lambda: page.model.rowCount() == number)
    assert f"{number} picture" in page.count.whole_text()


def test_the_library_page_lists_what_passes_until_the_filter_is_removed(filled: Player) -> None:
    page = filled.window.library_page
    shows(filled, SAMPLES)
    assert page.title.text() == "All pictures"
    filter_by(filled, "name:macaw")
    shows(filled, 2)
    assert page.title.text() == "Filtered pictures"
    assert "Name has “macaw”" in visible_text(page)
    QTest.keyClick(filled.window.library_filter_bar.chips[0], Qt.Key.Key_Delete)
    shows(filled, SAMPLES)

    filter_by(filled, "name:macaw")
    shows(filled, 2)
    QTest.keyClick(filled.window, Qt.Key.Key_Escape)
    shows(filled, SAMPLES)

    filter_by(filled, "name:nowhere")
    filled.wait(page.empty.isVisible)
    assert "No picture passes the filter" in visible_text(page)
    assert not page.view.isVisible()
    filled.press("Clear filter", page)
    shows(filled, SAMPLES)
    assert page.view.isVisible()
    assert not page.empty.isVisible()


def test_the_same_filter_is_that_of_the_search(filled: Player, samples: Path) -> None:
    filter_by(filled, f"folder:{samples / 'castles'}")
    filled.ask(samples / BIRD)
    for column in filled.columns:
        places = [match.picture.paths[0] for match in matches(column)]
        assert places
        assert all("/castles/" in place for place in places)
        assert [match.rank for match in matches(column)] == list(range(1, len(places) + 1))
    filled.answer(lambda: filter_by(filled, f"-folder:{samples / 'castles'}"))
    places = [match.picture.paths[0] for match in matches(filled.column(LITE0))]
    assert places and not any("/castles/" in place for place in places)
    chips = filled.window.filter_bar.chips
    assert [chip.text() for chip in chips] == ["Not in castles"]
    button = chips[0].remove_button
    assert button is not None
    filled.answer(lambda: QTest.mouseClick(button, Qt.MouseButton.LeftButton))
    assert filled.window.filters.filter == NO_FILTER


def test_a_search_in_which_nothing_passes_keeps_the_query_and_its_chips(
    filled: Player, samples: Path
) -> None:
    filled.ask(samples / BIRD)
    filter_by(filled, "name:nowhere")
    filled.wait(filled.results.empty.isVisible)
    assert filled.shows_results()
    assert "No picture passes the filter" in filled.page()
    assert "kingfisher.jpg" in filled.page()
    assert "Name has “nowhere”" in filled.page()
    assert "Compare models" not in visible_text(filled.results)
    filled.answer(lambda: filled.press("Clear filter", filled.results))
    assert matches(filled.column(LITE0))
    assert filled.columns[0].view.isVisible()
    assert "Compare models" in visible_text(filled.results.header)


def test_what_may_be_missing_is_said_while_it_applies(
    filled: Player, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a server has too many pictures to look through. It names the window's way."""
    search, said = SearchSession.search, "Some may be missing (image-finder store mirror on)."
    note = "Some may be missing (Library → Storage…)."

    def searched(session: SearchSession, *args: Any, **options: Any) -> Result:
        result = search(session, *args, **options)
        return replace(result, notes=(said,) if filled.window.filters.filter.name else ())

    monkeypatch.setattr(SearchSession, "search", searched)
    filled.ask(samples / BIRD)
    assert note not in filled.notice()
    for text in ("name:k", "name:i"):
        filled.answer(partial(filter_by, filled, text))
        assert filled.notice().count(note) == 1
    filled.answer(partial(filter_by, filled, "width>1"))
    assert note not in filled.notice()
    filled.answer(partial(filter_by, filled, "name:k"))
    assert note in filled.notice()
    filter_by(filled, "name:nowhere")
    filled.wait(filled.results.empty.isVisible)
    assert note not in filled.notice()


def test_the_panel_opens_by_its_keys_on_both_pages(filled: Player, samples: Path) -> None:
    shows(filled, SAMPLES)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for bar in (filled.window.library_filter_bar, filled.window.filter_bar):
        QTest.keyClick(filled.window, Qt.Key.Key_F, keys)
        assert bar.editor is not None and bar.editor.isVisible()
        QTest.keyClick(bar.editor.name, Qt.Key.Key_Escape)
        assert not bar.editor.isVisible()
        filled.ask(samples / BIRD)


def test_all_pictures_ends_the_filter_and_the_search(filled: Player, samples: Path) -> None:
    filled.ask(samples / BIRD)
    filled.answer(lambda: filter_by(filled, "name:macaw"))
    filled.press("All pictures")
    assert filled.window.is_at_start
    shows(filled, SAMPLES)


def test_escape_in_a_search_goes_back_and_keeps_the_filter(filled: Player, samples: Path) -> None:
    shows(filled, SAMPLES)
    filter_by(filled, "name:ki")
    filled.ask(samples / BIRD)
    QTest.keyClick(filled.window, Qt.Key.Key_Escape)
    assert filled.window.is_at_start
    assert filled.window.filters.filter == Filter(name=("ki",))


def test_the_conditions_have_a_row_of_their_own_below_the_query(
    filled: Player, samples: Path
) -> None:
    filled.window.resize(900, 600)
    filled.ask(samples / BIRD)
    bar, hero = filled.window.filter_bar, filled.window.hero
    assert not bar.isVisible()
    filled.wait(lambda: hero.picture.height() < 120)  # as small as the low window asks for
    filled.settle()
    before = bar.edit.mapTo(hero, QPoint())
    assert bar.edit.isVisible() and before.y() < hero.picture.geometry().bottom()
    filled.answer(lambda: filter_by(filled, "taken>=2001 name:e"))
    filled.wait(lambda: bar.height() == bar.heightForWidth(bar.width()))
    assert bar.y() > hero.picture.geometry().bottom()
    assert {chip.y() for chip in (*bar.chips, bar.clear_all)} == {0}, "one row"
    assert bar.edit.mapTo(hero, QPoint()) == before, "what opens it stays where it is"
    assert filled.window.width() == 900


def test_many_conditions_have_two_rows_in_the_smallest_window(
    filled: Player, samples: Path
) -> None:
    filled.window.resize(900, 600)
    filter_by(filled, f"{MANY} name:e")
    filled.ask(samples / BIRD)
    bar = filled.window.filter_bar
    filled.wait(lambda: bar.height() >= bar.heightForWidth(bar.width()))
    shown = [widget for widget in (*bar.chips, bar.more, bar.clear_all) if widget.isVisible()]
    assert bar.more in shown
    assert all(bar.rect().contains(widget.geometry()) for widget in shown)
    assert len({widget.y() for widget in shown}) == 2
    filled.press(bar.more.text(), bar)
    assert bar.editor is not None and bar.editor.isVisible()
    assert filled.window.width() == 900


MANY = (
    "taken:2001-01-01..2024-12-31 width>100 height>100 size>=1kB pixels:1kP..100MP "
    "orientation:landscape,portrait format:jpg,png,webp,heic,tif -folder:/no/such/folder path:a"
)
