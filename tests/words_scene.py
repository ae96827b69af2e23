"""The window on the samples with a model that understands words for them, and typing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from making import run_index
from playing import Begin, Player, matches
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from sample_words import NAME, add_sample_words
from sharing import made_once

from finder.core.library.catalogue.settings import Settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.core.search.query.query_spec import QueryExample
from finder.gui.query.input.suggestions import Suggestions
from finder.gui.results.names.found_words import NAMES

WORDS_MODEL = Settings(models_on=(NAME,), models_shown=(NAME,), fold_near_duplicates=False)


@pytest.fixture(scope="session")
def sample_words(
    tmp_path_factory: pytest.TempPathFactory, samples: Path, extractors: ExtractorPool
) -> Home:
    """The samples, indexed with this model alone: only to be read."""

    def make(folder: Path) -> None:
        home = Home(folder / "home")
        run_index(home, [samples], [add_sample_words(home, extractors)], extractors)

    return Home(made_once(tmp_path_factory, "sample-words", make) / "home")


@pytest.fixture
def words_library(home: Home, sample_words: Home) -> Home:
    """A test's own copy of it."""
    shutil.copytree(sample_words.root, home.root)
    return home


def edit_of(player: Player) -> QLineEdit:
    return player.bar.field.edit


def list_of(player: Player) -> Suggestions:
    return player.controllers.words.field.suggestions


def titles(player: Player) -> list[str]:
    """What the list below the field has."""
    rows = list_of(player).list
    return [rows.item(row).text() for row in range(rows.count())]


def type_in(player: Player, text: str) -> None:
    """After what is in the field."""
    player.window.activateWindow()
    edit_of(player).setFocus()
    edit_of(player).end(False)
    QTest.keyClicks(edit_of(player), text)


def search_for(player: Player, text: str) -> None:
    """Type, and wait for the answer that comes by itself."""
    player.answer(lambda: type_in(player, text))


def groups(player: Player, key: str = NAME) -> list[str]:
    """The folders of the matches in a column, from the top."""
    return [Path(match.picture.paths[0]).parent.name for match in matches(player.column(key))]


def named(player: Player) -> list[str]:
    """The files in the column of names."""
    return [Path(match.picture.paths[0]).name for match in matches(player.column(NAMES))]


def hero(player: Player) -> str:
    """The title of the query."""
    return player.window.hero.name.whole_text()


def chips(player: Player) -> list[str]:
    return [chip.text() for chip in player.window.hero.examples.chips if chip.isVisible()]


def words(player: Player) -> list[QueryExample]:
    """Of the query."""
    spec = player.window.query_editor.spec
    return list(spec.words) if spec is not None else []


def press(player: Player, key: Qt.Key) -> None:
    """A key in the field."""
    QTest.keyClick(edit_of(player), key)


@pytest.fixture
def worded(begin: Begin, words_library: Home) -> Player:
    """The window on the samples, with one model that understands words for them."""
    return begin(words_library, WORDS_MODEL)
