"""Ten models in the smallest and the usual window, on pictures with names of many scripts, read
from the left and from the right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import output_of
from measuring import clipped, outside, overlapping, too_small
from model_folders import Made, edit_toml, make_model
from playing import Begin, Player, picture_count
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sharing import made_once

from finder.core.library.catalogue.settings import Settings
from finder.core.models.manifest import load_spec
from finder.core.models.registry import list_models
from finder.core.models.runtime.known_files import note_known
from finder.core.paths import Home, samples_dir
from finder.gui.grid.card_options import card_options
from finder.gui.results.compare.compare_view import NARROWEST

NAMES = (
    "가족 여행 사진 모음 2024년 여름 제주도에서.jpg",
    "صورة العائلة في الصيف.jpg",
    "Ảnh gia đình ở Đà Nẵng – kỳ nghỉ hè.jpg",
    f"{'a-very-long-name-' * 12}.jpg",
    '<b>bold & "quoted".jpg',
    "中文图片名称测试.jpg",
    "שלום.jpg",
)
FOLDER = "가족 여행 2024 – صور العائلة – a folder with a rather long name"
ADDED = {"my-model": "제가 만든 모델, 버전 2", "other": "A model with a rather long title"}


def _copy_pictures(root: Path, samples: Path) -> None:
    pictures = root / FOLDER
    pictures.mkdir()
    sources = [*sorted((samples / "birds").glob("*.jpg")), *sorted((samples / "cats").iterdir())]
    for source, name in zip(sources, NAMES, strict=False):
        shutil.copy(source, pictures / name)


def _index(root: Path, pictures: Path, indexed_samples: Home) -> None:
    """The pictures are some of the samples, of which the shipped models' vectors are kept."""
    home = Home(Path(shutil.copytree(indexed_samples.root, root / "home")))
    for name, title in ADDED.items():
        folder = make_model(home.models, Made(name=name))
        edit_toml(folder, 'title = "Mean colour"', f'title = "{title}"')
        note_known(home, load_spec(folder))  # so it needs no process of its own
    models = [spec.name for spec in list_models(home.model_dirs())[0]]
    assert len(models) == 10
    output_of("index", pictures, "--model", "dhash-64", home=home)
    output_of("forget", samples_dir(), home=home)
    output_of(
        "index", pictures, *[word for name in models for word in ("--model", name)], home=home
    )
    assert all(picture_count(home, name) == (7, 7) for name in models)


@pytest.fixture
def library(
    tmp_path_factory: pytest.TempPathFactory, samples: Path, home: Home, indexed_samples: Home
) -> tuple[Home, Path]:
    """Ten models have indexed it; and the folder of its pictures."""
    shared = made_once(tmp_path_factory, "odd-names", lambda root: _copy_pictures(root, samples))
    pictures = shared / FOLDER
    indexed = made_once(
        tmp_path_factory, "ten-models", lambda root: _index(root, pictures, indexed_samples)
    )
    shutil.copytree(indexed / "home", home.root)
    return home, pictures


@pytest.fixture(params=["left", "right"])
def direction(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """From which side the window is read."""
    right, left = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
    qapp.setLayoutDirection(right if request.param == "right" else left)
    yield
    qapp.setLayoutDirection(left)
    card_options().set_shows_names(False)


@pytest.fixture(params=[(900, 600), (1_280, 800)], ids=["small", "usual"])
def asked(
    request: pytest.FixtureRequest, direction: None, begin: Begin, library: tuple[Home, Path]
) -> Player:
    home, pictures = library
    player = begin(home, Settings(shows_names=True), size=request.param)
    player.choose(*(row.spec.name for row in player.bar.models.rows))
    player.ask(pictures / NAMES[0])
    player.settle()
    QApplication.processEvents()
    return player


def _assert_sound(player: Player) -> None:
    QApplication.processEvents()
    window = player.window
    assert clipped(window) == []
    assert too_small(window) == []
    assert overlapping(window) == []
    parts = (player.bar, window.library, window.hero, window.results, window.details)
    assert outside(window, *parts) == []


def test_everything_can_be_read_and_hit_and_each_column_reached(asked: Player) -> None:
    assert asked.bar.models.text() == "Models: all 5 + 5 baselines"
    assert len(asked.columns) == 11
    _assert_columns_keep_their_width(asked)
    _assert_sound(asked)
    for name in NAMES[1:4]:
        column = asked.column("")
        row = next(
            row for row in range(7) if column.model.index(row).data() == name.replace("\n", " ")
        )
        column.view.go_to_row(row)
        asked.settle()
        _assert_sound(asked)
    _assert_keys_reach_all_columns(asked)
    asked.bar.views.buttons[1].click()
    _assert_sound(asked)
    asked.window.actions_by_name["new_query"].trigger()
    asked.settle()
    _assert_sound(asked)


def _assert_columns_keep_their_width(player: Player) -> None:
    for column in player.columns:
        assert column.width() >= NARROWEST
        assert column.view.visualRect(column.model.index(0)).width() >= NARROWEST - 12


def _assert_keys_reach_all_columns(player: Player) -> None:
    key = Qt.Key.Key_Left if player.window.isRightToLeft() else Qt.Key.Key_Right
    player.columns[0].view.setFocus()
    for column in player.columns[1:]:
        focused = player.window.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, key)
        QApplication.processEvents()
        assert column.view.hasFocus()
        assert column.view.visibleRegion().boundingRect().width() >= NARROWEST - 12
