"""Finding things inside pictures, in the window: the folder's menu, the question, the outline."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from crop_scene import SCENE, THING, make_scenes, switch_on, with_crops
from making import run_index
from playing import LITE0, Begin, Player, matches
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings
from finder.core.library.crop_folders import crop_folders
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole
from finder.use_cases.library import index_folders

ONE = Settings(models_on=(LITE0,), models_shown=(LITE0,), fold_near_duplicates=False)
CORNERS = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0))


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    return make_scenes(samples, tmp_path / "scenes")


@pytest.fixture
def shown(
    begin: Begin, home: Home, folder: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Player:
    """The window on scenes without crops."""
    run_index(home, [folder], [fast_spec], extractors)
    return begin(settings=ONE)


def entry(player: Player, folder: Path) -> QAction:
    """Of the folder's menu."""
    actions = player.window.library.folder_menu(str(folder)).actions()
    return next(one for one in actions if one.text() == "Find things inside pictures")


def question(player: Player) -> QMessageBox:
    return player.dialog(QMessageBox)


def asked(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return list(crop_folders(catalogue))


def card_of(player: Player, row: int = 0) -> tuple[Card, str]:
    """With its tool tip."""
    index = player.column(LITE0).model.index(row)
    card = index.data(CardRole.CARD)
    assert isinstance(card, Card)
    return card, str(index.data(3))
