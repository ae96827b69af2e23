"""Line icons: in the text's colour, sharp on every screen, recoloured with the theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from finder.gui.theme import icons
from finder.gui.theme.icons import direction_icon, icon, icon_pixmap
from finder.gui.theme.svg import icons_folder
from finder.gui.theme.theme import Scheme, apply_theme
from finder.gui.theme.tokens import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SIZE = QSize(18, 18)


@pytest.fixture(autouse=True)
def _light(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Scheme.LIGHT)
    yield
    apply_theme(qapp, Scheme.LIGHT)


def _is_drawn_in(image: QImage, colour: str) -> bool:
    """Whether the pixel that covers most has this colour, but for rounding."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    drawn, wanted = max(pixels, key=QColor.alpha), QColor(colour)
    channels = (QColor.red, QColor.green, QColor.blue)
    return all(abs(channel(drawn) - channel(wanted)) <= 2 for channel in channels)


def _columns(image: QImage) -> list[int]:
    """The columns in which something is drawn."""
    return [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y).alpha() for y in range(image.height()))
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in icons_folder().glob("*.svg")))
def test_every_icon_can_be_drawn(qapp: QApplication, name: str) -> None:
    image = icon(name).pixmap(SIZE, 1.0).toImage()
    assert _columns(image), name
    assert _is_drawn_in(image, LIGHT.text)


def test_a_misspelt_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        icon("serch")


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0, 3.0])
def test_an_icon_is_as_sharp_as_the_screen(qapp: QApplication, ratio: float) -> None:
    pixmap = icon("search").pixmap(SIZE, ratio)
    assert pixmap.width() >= int(18 * ratio)
    assert pixmap.deviceIndependentSize().toSize() == SIZE


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    search = icon("search")
    assert _is_drawn_in(search.pixmap(SIZE, 1.0).toImage(), LIGHT.text)
    apply_theme(qapp, Scheme.DARK)
    assert _is_drawn_in(search.pixmap(SIZE, 1.0).toImage(), DARK.text)


def test_a_button_with_an_icon_is_repainted_by_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    button = QPushButton(icon("plus"), "")
    qtbot.addWidget(button)
    button.show()

    def lights() -> list[float]:
        """How light each pixel across the middle is."""
        image = button.grab().toImage()
        row = image.height() // 2
        return [image.pixelColor(x, row).lightnessF() for x in range(4, image.width() - 4)]

    assert min(lights()) < 0.4, "a dark line on a light button"
    apply_theme(qapp, Scheme.DARK)
    assert max(lights()) > 0.6, "a light line on a dark button"
    assert min(lights()) < 0.2


def test_disabled_and_checked_icons_have_their_colours(qapp: QApplication) -> None:
    eye = icon("eye")
    off = eye.pixmap(SIZE, 1.0, QIcon.Mode.Disabled).toImage()
    on = eye.pixmap(SIZE, 1.0, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert _is_drawn_in(off, LIGHT.disabled)
    assert _is_drawn_in(on, LIGHT.accent_text)
    assert _is_drawn_in(icon_pixmap("eye", 18, 1.0, "danger").toImage(), LIGHT.danger)


def test_nothing_is_drawn_before_it_is_shown(qapp: QApplication) -> None:
    icons._drawn.cache_clear()
    made = [icon(path.stem) for path in icons_folder().glob("*.svg")]
    assert icons._drawn.cache_info().misses == 0
    for _ in range(2):
        made[0].pixmap(SIZE, 1.0)
    assert icons._drawn.cache_info().misses == 1


def test_a_changed_copy_of_an_icon_can_be_drawn(qapp: QApplication) -> None:
    """Adding to an icon makes Qt copy what draws it."""
    for _ in range(20):
        copy = QIcon(icon("search"))
        copy.addPixmap(QPixmap(4, 4))
        assert _columns(copy.pixmap(SIZE, 1.0).toImage())


def test_a_wide_icon_stands_where_text_begins(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = QSize(30, 18)
    left = _columns(icon("plus").pixmap(wide, 1.0).toImage())
    assert max(left) < 18
    monkeypatch.setattr(QApplication, "layoutDirection", lambda: Qt.LayoutDirection.RightToLeft)
    right = _columns(icon("plus").pixmap(wide, 1.0).toImage())
    assert min(right) >= 12


def test_arrows_turn_with_the_direction_of_text(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    def image(arrow: QIcon) -> QImage:
        return arrow.pixmap(SIZE, 1.0).toImage()

    assert image(direction_icon("arrow-left")) == image(icon("arrow-left"))
    monkeypatch.setattr(QApplication, "layoutDirection", lambda: Qt.LayoutDirection.RightToLeft)
    assert image(direction_icon("arrow-left")) == image(icon("arrow-right"))
    assert image(direction_icon("search")) == image(icon("search"))
