"""What is shown of the answer to words: names beside the models, how likely a match is, errors."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from playing import BIRD, CAT, Player, matches
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from sample_words import NAME
from words_scene import (
    named,
    search_for,
    type_in,
)

from finder.core.errors import FinderError
from finder.gui.results.names.found_words import NAMES

Key = Qt.Key


def test_names_have_a_column_of_their_own(worded: Player) -> None:
    search_for(worded, "tabby")
    assert named(worded) == ["tabby-cat.jpg"]
    column = worded.column(NAMES)
    assert column.title == "Names and text"
    number = column.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert number == "1, tabby-cat.jpg, Found in its name: tabby-cat.jpg"
    column.view.go_to_row(0)
    found = worded.window.details.found
    assert found.whole_text() == "Name: tabby-cat.jpg"
    assert "Found in its name" in found.toolTip()
    worded.column(NAME).view.go_to_row(5)
    assert not found.isVisible()


def test_a_column_without_names_says_so(worded: Player) -> None:
    search_for(worded, "feathers")
    assert named(worded) == []
    assert "No name, folder, label or text has these words." in worded.page()


def test_what_is_behind_a_minus_is_in_no_name(worded: Player) -> None:
    search_for(worded, "cat")
    assert "tabby-cat.jpg" in (before := named(worded))
    search_for(worded, " -tabby")
    assert named(worded) == [name for name in before if "tabby" not in name] != []


def test_in_the_best_view_a_strip_opens_to_the_names(worded: Player) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "cat")
    strip = worded.window.results.names
    number = worded.column(NAMES).model.rowCount()
    assert strip.isVisible()
    assert strip.accessibleName() == f"In names and text: {number} pictures"
    assert [c.key for c in worded.results.column_set.shown()] == [NAME]
    strip.click()
    assert [c.key for c in worded.results.column_set.shown()] == [NAMES]
    assert worded.results.header.title.text() == "Names and text"
    assert strip.text() == "Back to the best matches"
    strip.click()
    assert [c.key for c in worded.results.column_set.shown()] == [NAME]


def test_where_more_are_named_so_the_number_says_it(worded: Player) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "jpg")
    worded.answer(lambda: worded.bar.top.setValue(5))
    assert worded.results.names.accessibleName() == "In names and text: 5 or more pictures"
    worded.window.results.set_view("compare")
    assert "5 or more pictures" in worded.page()
    search_for(worded, " tabby-cat")
    worded.answer(lambda: worded.bar.top.setValue(200))
    number = len(named(worded))
    assert f"{number} picture" in worded.results.names.accessibleName()
    assert "or more" not in worded.results.names.accessibleName()


def test_the_strip_cuts_a_long_text_where_there_is_little_room(worded: Player) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "cat")
    strip = worded.window.results.names
    assert strip.elided_text() == strip.text()
    strip.resize(150, strip.height())
    strip.setText("In names and text " * 4)
    assert strip.elided_text().startswith("In") and strip.elided_text().endswith("…")


def test_who_answers_is_announced(worded: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []

    def update(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            spoken.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", update)
    search_for(worded, "cat")
    assert spoken.count("Found by Words Lite") == 1


def test_a_picture_alone_has_no_column_of_names(worded: Player, samples: Path) -> None:
    search_for(worded, "cat")
    worded.ask(samples / BIRD)
    assert [column.key for column in worded.columns] == [NAME]
    assert not worded.window.results.names.isVisible()


def test_a_cut_off_does_not_hide_names(worded: Player) -> None:
    search_for(worded, "cat")
    number = len(named(worded))
    worded.bar.cut_off.setValue(100)
    assert len(matches(worded.column(NAME))) == 0
    assert len(named(worded)) == number > 0


def test_likely_is_said_only_where_the_model_knows(worded: Player, samples: Path) -> None:
    worded.window.results.set_view("best")
    search_for(worded, "cat")
    assert "perhaps" in _spoken(worded) and "nearly" not in _spoken(worded)
    worded.ask(samples / CAT)
    search_for(worded, "night")
    assert "perhaps" not in _spoken(worded) and "nearly" not in _spoken(worded)


def _spoken(player: Player) -> str:
    """What screen readers say of the second match."""
    index = player.column(NAME).model.index(1)
    return str(index.data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_tower_that_fails_is_said_and_names_are_shown(
    worded: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: object, spec: object) -> None:
        raise FinderError("The words of Words Lite are damaged.", "Install it again.")

    monkeypatch.setattr("finder.core.models.runtime.pool.ExtractorPool.text", fails)
    search_for(worded, "cat")
    assert "damaged" in worded.window.results.offer.text.text()
    assert "tabby-cat.jpg" in named(worded)
    assert not worded.window.results.offer.button.isVisible()


def test_loading_the_tower_is_said(worded: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    text = worded.workspace.extractors().text

    def slowly(spec):  # type: ignore[no-untyped-def]
        released.wait(30)
        return text(spec)

    monkeypatch.setattr(worded.workspace.extractors(), "text", slowly)
    type_in(worded, "cat")
    worded.wait(lambda: "Loading the words of Words Lite …" in worded.page())
    assert "This takes a moment. The next words are faster." in worded.page()
    worded.answer(released.set)
    assert worded.window.hero.facts.whole_text() == "Found by Words Lite"


def test_a_filter_applies_to_names_too(worded: Player) -> None:
    search_for(worded, "cat")
    worded.answer(lambda: worded.window.filters.set_name("tabby"))
    assert named(worded) == ["tabby-cat.jpg"]
