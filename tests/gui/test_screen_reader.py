"""What screen readers are told: names, values and descriptions of the whole window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playing import BIRD, LITE0, LITE2, Begin, Player
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QComboBox, QWidget

from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home

Text = QAccessible.Text
LONG = f"{'a very long name ' * 8}.jpg"
TAGS = "<b>bold & “quoted”.jpg"


@pytest.fixture
def asked(filled: Player, samples: Path) -> Player:
    filled.ask(samples / BIRD)
    return filled


def _of(widget: QWidget) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(widget)


def _widgets(player: Player) -> Iterator[QWidget]:
    yield from player.window.findChildren(QWidget)
    yield from player.bar.options.findChildren(QWidget)


def _labels(widget: QWidget) -> str:
    """Its own words, and those of the labels that belong to it."""
    interface = _of(widget)
    related = [other.text(Text.Name) for other, _ in interface.relations()]
    return " ".join([interface.text(Text.Name), interface.text(Text.Description), *related])


def test_no_description_has_tags(begin: Begin, library: Home, samples: Path) -> None:
    player = begin(library, Settings(models_shown=(LITE0, LITE2)))
    for name in (TAGS, LONG):
        query = library.root.parent / name
        shutil.copy(samples / BIRD, query)
        player.ask(query)
    player.bar.open_options()
    found = {_of(widget).text(Text.Description) for widget in _widgets(player)}
    assert not [text for text in found if text.lstrip().startswith("<p")]
    assert any(TAGS in text for text in found), "the recent search with this name"
    assert any(text.startswith("Numbers: Euclidean distance\n") for text in found)


def test_the_models_button_says_what_is_chosen(asked: Player) -> None:
    assert _of(asked.bar.models).text(Text.Name) == "Models: all 3"
    asked.answer(lambda: asked.choose(LITE0))
    assert asked.bar.models.text() == "EfficientNet-Lite0"
    assert _of(asked.bar.models).text(Text.Name) == "Models: EfficientNet-Lite0"


def test_a_choice_has_a_name_beside_its_value(asked: Player) -> None:
    asked.bar.open_options()
    asked.window.actions_by_name["filter"].trigger()
    boxes = [widget for widget in _widgets(asked) if isinstance(widget, QComboBox)]
    assert asked.bar.metric_box in boxes
    for box in boxes:
        assert box.accessibleName() in _labels(box) or "Measure" in _labels(box), box
    assert _of(asked.bar.metric_box).text(Text.Value) == "Euclidean distance"


def test_a_match_is_read_with_rank_number_word_and_name_and_has_a_tip(asked: Player) -> None:
    column = asked.column(LITE0)
    first = _of(column.view).child(0)
    assert (
        first.text(Text.Name)
        == f"Rank 1, 0.000, same picture, {Path(BIRD).name}, this is your query"
    )
    assert _of(column.view).text(Text.Name) == "Matches of EfficientNet-Lite0"
    tips = [
        str(column.model.index(0).data(3)) for column in (asked.column(""), asked.column(LITE0))
    ]
    assert "Closeness, 0 to 100: 100 (same picture)" in tips[0]
    assert "Euclidean distance: 0.000 (same picture)" in tips[1]
    _assert_the_cut_off_has_a_value_and_its_meaning(asked)


def _assert_the_cut_off_has_a_value_and_its_meaning(asked: Player) -> None:
    cut_off = _of(asked.bar.cut_off)
    assert cut_off.text(Text.Value) == "0"
    assert cut_off.text(Text.Description) == "all"
    asked.bar.cut_off.setValue(80)
    assert cut_off.text(Text.Value) == "80"
    assert cut_off.text(Text.Description) == "80 · nearly the same"
