"""The theme on the whole window: chosen in the View menu, kept, and nothing clipped by it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playing import FAST, Begin
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QSpinBox,
    QWidget,
)

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, load_settings
from finder.core.paths import Home
from finder.gui.common.widgets import ElidedLabel
from finder.gui.query.models_menu import ModelsButton
from finder.gui.theme.theme import Scheme, apply_theme, colours, theme
from finder.gui.theme.tokens import DARK, HIT_AREA, LIGHT

NAMES = (
    "가족 여행 사진 모음 2024년 여름 제주도에서.jpg",
    "صورة العائلة في الصيف.jpg",
    "Ảnh gia đình ở Đà Nẵng – kỳ nghỉ hè.jpg",
    f"{'a-very-long-name-' * 8}.jpg",
)


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Scheme.LIGHT)


def test_the_theme_is_chosen_in_the_menu_and_kept(begin: Begin, home: Home) -> None:
    player = begin(settings=FAST)
    menu = player.controllers.theme_menu
    assert menu.actions[theme().scheme].isChecked()
    assert menu.menu.menuAction() in player.window.menus["&View"].actions()
    menu.actions[Scheme.DARK].trigger()
    assert colours() is DARK
    player.settle()
    player.close()
    with closing(Catalogue(home)) as catalogue:
        kept = load_settings(catalogue)
    assert kept.theme == "dark"


def test_the_window_opens_in_the_kept_theme(begin: Begin) -> None:
    player = begin(settings=Settings(models_on=FAST.models_on, theme="dark"))
    assert colours() is DARK
    assert player.controllers.theme_menu.actions[Scheme.DARK].isChecked()
    panel = player.window.library
    image = player.window.grab().toImage()
    at = panel.mapTo(player.window, panel.rect().bottomRight())
    assert image.pixelColor(at.x() - 3, at.y() - 3).name() == DARK.panel


def test_a_restored_setting_is_applied_but_not_stored_again(begin: Begin) -> None:
    player = begin(settings=Settings(models_on=FAST.models_on, theme="light"))
    player.controllers.theme_menu.show_setting("dark")
    assert colours() is DARK
    assert player.controllers.theme_menu.actions[Scheme.DARK].isChecked()
    player.controllers.theme_menu.show_setting("light")
    assert colours() is LIGHT


@pytest.mark.parametrize("size", [(900, 600), (1_280, 800)], ids=["small", "usual"])
def test_nothing_is_clipped_and_everything_is_large_enough(
    begin: Begin, samples: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    folder = tmp_path / NAMES[0].removesuffix(".jpg")
    folder.mkdir()
    for source, name in zip(sorted((samples / "birds").glob("*.jpg")), NAMES, strict=False):
        shutil.copy(source, folder / name)
    player = begin(settings=FAST, size=size)
    player.controllers.library.add_folders([str(folder)])
    player.indexed()
    player.choose(*FAST.models_on or ())
    player.ask(folder / NAMES[0])
    player.window.notice.show_notice("The file cannot be found. " * 4, "Rescan", lambda: None)
    player.wait(lambda: player.window.notice.height() > HIT_AREA)
    player.settle()
    assert player.window.size().toTuple() == size
    assert _clipped(player.window) == []
    assert _too_small(player.window) == []


def _words(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {text or widget.accessibleName()}"


def _visible(window: QWidget) -> list[QWidget]:
    return [w for w in window.findChildren(QWidget) if w.isVisible() and w.width() > 0]


def _clipped(window: QWidget) -> list[str]:
    """What is smaller than its text, or lies partly outside of its parent."""
    found = []
    for widget in _visible(window):
        if isinstance(widget, QAbstractButton) and not isinstance(widget, ModelsButton):
            needed = widget.sizeHint().width() if widget.text() else HIT_AREA
            if widget.width() < needed:
                found.append(f"{_words(widget)}: {widget.size()} < {widget.sizeHint()}")
        elif isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel) and widget.text():
            height = widget.heightForWidth(widget.width()) if widget.wordWrap() else 0
            if widget.height() < max(height, widget.fontMetrics().height()):
                found.append(f"{widget.text()}: {widget.size()}")
        parent = widget.parentWidget()
        is_whole = parent is None or parent.rect().contains(widget.geometry())
        if isinstance(widget, QAbstractButton | QLabel) and not is_whole:
            found.append(f"{widget} in {parent}: {widget.geometry()}")
    return found


def _too_small(window: QWidget) -> list[str]:
    """What can be clicked in less than 32 px."""
    kinds = (QPushButton, QAbstractButton, QComboBox, QSpinBox, QAbstractSlider, QLineEdit)
    return [
        f"{_words(widget)}: {widget.size()}"
        for widget in _visible(window)
        if isinstance(widget, kinds)
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parentWidget(), QSpinBox | QLineEdit | QComboBox)
        and widget.height() < HIT_AREA
    ]
