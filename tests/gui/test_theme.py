"""The look: contrast of all colours in use, light and dark, sizes, and one place for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

import finder.gui
from finder.core.paths import resources_dir
from finder.gui.theme import control_images, tokens
from finder.gui.theme.palette import palette_of
from finder.gui.theme.stylesheet import stylesheet_of
from finder.gui.theme.theme import Scheme, apply_theme, body_font, colours, motion_enabled, theme
from finder.gui.theme.tokens import DARK, HIT_AREA, LIGHT, TEXT_PAIRS, Colours, contrast

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SCHEMES = pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
READABLE, SHAPE = 4.5, 3.0


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Scheme.LIGHT)


# Colours


def test_the_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@SCHEMES
def test_every_text_is_readable_on_its_ground(scheme: Colours) -> None:
    values = asdict(scheme)
    poor = {
        (text, ground): round(contrast(values[text], values[ground]), 2)
        for text, ground in TEXT_PAIRS
        if contrast(values[text], values[ground]) < READABLE
    }
    assert poor == {}


@SCHEMES
def test_the_palette_is_readable(scheme: Colours) -> None:
    palette, role = palette_of(scheme), QPalette.ColorRole
    for text, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.PlaceholderText, role.Window),
        (role.PlaceholderText, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
        (role.Link, role.Window),
    ):
        ratio = contrast(palette.color(text).name(), palette.color(ground).name())
        assert ratio >= READABLE, (text, ground)


@SCHEMES
def test_shapes_and_models_stand_out(scheme: Colours) -> None:
    for ground in (scheme.window, scheme.panel, scheme.card):
        assert contrast(scheme.control_line, ground) >= SHAPE
        assert contrast(scheme.accent, ground) >= SHAPE
        for place in range(10):
            assert contrast(tokens.model_colour(place), ground) >= SHAPE - 0.05, place


def test_ten_models_have_ten_colours() -> None:
    assert len({tokens.model_colour(place) for place in range(10)}) == 10
    assert tokens.model_colour(10) == tokens.model_colour(0)


@SCHEMES
def test_words_on_a_picture_are_readable_on_a_white_one(scheme: Colours) -> None:
    shade = QColor(scheme.picture_shade)
    over_white = round(255 * (1 - shade.alphaF()))
    ground = QColor(over_white, over_white, over_white).name()
    assert contrast(scheme.on_picture, ground) >= READABLE


def test_colours_are_written_in_one_place() -> None:
    """No colour literal in the window's code but in the tokens."""
    root = Path(finder.gui.__file__).parent
    literal = re.compile(
        r"""#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{8}\b|QColor\(\s*["'\d]|GlobalColor\.(?!transparent)"""
    )
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in root.rglob("*.py")
        if path.name != "tokens.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if literal.search(line)
    ]
    assert found == []


@SCHEMES
def test_the_style_sheet_has_only_colours_of_its_scheme(scheme: Colours) -> None:
    used = set(re.findall(r"#[0-9a-fA-F]{6,8}\b", stylesheet_of(scheme, 19)))
    assert used
    assert used <= {value for value in asdict(scheme).values() if isinstance(value, str)}


def test_the_images_of_the_style_sheet_have_the_colours_of_the_tokens() -> None:
    """If not: python -m finder.gui.theme.control_images"""
    folder = control_images.images_folder()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == (
        control_images.control_images()
    )
    for scheme in (LIGHT, DARK):
        for name in re.findall(r"url\(controls:([^)]+)\)", stylesheet_of(scheme, 19)):
            assert (folder / name).is_file()


# Light, dark, system


def test_the_scheme_recolours_what_is_shown(qapp: QApplication, qtbot: QtBot) -> None:
    label, field = QLabel("a word"), QLineEdit("a word")
    for widget in (label, field):
        qtbot.addWidget(widget)
        widget.show()
    for scheme, expected in ((Scheme.DARK, DARK), (Scheme.LIGHT, LIGHT)):
        with qtbot.waitSignal(theme().changed):
            apply_theme(qapp, scheme)
        assert colours() is expected
        text = QPalette.ColorRole.WindowText
        assert label.palette().color(text).name() == expected.text
        middle = field.grab().toImage().pixelColor(field.width() - 20, field.height() // 2)
        assert middle.name() == expected.card


def test_applying_the_same_scheme_again_does_nothing(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, Scheme.LIGHT)
    with qtbot.assertNotEmitted(theme().changed):
        apply_theme(qapp, Scheme.LIGHT)


def test_the_system_is_followed_while_running(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_theme(qapp, Scheme.SYSTEM)
    hints = qapp.styleHints()
    for reported, expected in ((True, DARK), (False, LIGHT)):
        scheme = Qt.ColorScheme.Dark if reported else Qt.ColorScheme.Light
        monkeypatch.setattr(theme(), "_is_dark", lambda _, dark=reported: dark)
        hints.colorSchemeChanged.emit(scheme)
        assert colours() is expected


def test_a_chosen_scheme_does_not_follow_the_system(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_theme(qapp, Scheme.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert colours() is LIGHT


def test_an_unknown_setting_counts_as_the_systems(qapp: QApplication) -> None:
    apply_theme(qapp, "sepia")
    assert theme().scheme is Scheme.SYSTEM


# Sizes


def test_the_text_has_at_least_14_px(qapp: QApplication) -> None:
    assert QFontInfo(qapp.font()).pixelSize() >= 14


def test_a_larger_system_font_is_respected(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = QFont(qapp.font())
    large.setPointSizeF(18)
    monkeypatch.setattr(QFontDatabase, "systemFont", lambda _: large)
    assert body_font().pointSizeF() == 18


def test_controls_grow_with_the_text() -> None:
    small, large = stylesheet_of(LIGHT, 19), stylesheet_of(LIGHT, 40)
    heights = [int(re.findall(r"min-height: (\d+)px", sheet)[0]) for sheet in (small, large)]
    assert heights == [32, 52]


def test_everything_that_can_be_clicked_is_32_px_high(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    tool = QToolButton()
    tool.setText("Tool")
    controls = [
        QPushButton("Button"),
        tool,
        QLineEdit(),
        QSpinBox(),
        QComboBox(),
        QCheckBox("Check"),
        QRadioButton("Radio"),
        QSlider(Qt.Orientation.Horizontal),
    ]
    for control in controls:
        layout.addWidget(control)
    rows = QListWidget(window)
    rows.addItems(["one", "two"])
    layout.addWidget(rows)
    window.show()
    low = {type(c).__name__: c.height() for c in controls if not HIT_AREA <= c.height() <= 36}
    assert low == {}
    tops = [rows.visualItemRect(rows.item(row)).top() for row in range(2)]
    assert tops[1] - tops[0] >= HIT_AREA


# Motion


def test_reduced_motion_is_respected(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_FINDER_REDUCED_MOTION", "1")
    assert not motion_enabled()
    monkeypatch.delenv("IMAGE_FINDER_REDUCED_MOTION")
    monkeypatch.setattr(QApplication, "isEffectEnabled", lambda _: True)
    assert motion_enabled()
    monkeypatch.setattr(QApplication, "isEffectEnabled", lambda _: False)
    assert not motion_enabled()


def test_the_icons_ship_with_their_licence() -> None:
    folder = resources_dir() / "icons" / "lucide"
    assert "ISC License" in (folder / "LICENSE").read_text(encoding="utf-8")
    for path in folder.glob("*.svg"):
        assert path.read_text(encoding="utf-8").startswith("<!-- @license lucide-static v1.62.0")
