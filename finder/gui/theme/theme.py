"""Puts the look on the application: light, dark, or as the system has it."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication

from finder.gui.theme import tokens
from finder.gui.theme.focus_rings import FocusRings
from finder.gui.theme.palette import palette_of
from finder.gui.theme.stylesheet import stylesheet_of
from finder.gui.theme.tokens import DARK, LIGHT, Colours


class Scheme(StrEnum):
    """What the user chose. The values are stored in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """The look in use. Signal: changed, when colours or fonts have become others; widgets are
    repainted by Qt, so it is needed only for what was drawn into a picture."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colours: Colours = LIGHT
        self.scheme = Scheme.SYSTEM
        self._applied: tuple[Colours, float] | None = None
        self._application: QApplication | None = None
        self.focus_rings: FocusRings | None = None

    def apply(self, application: QApplication, scheme: Scheme) -> None:
        """Nothing happens if the application looks so already."""
        hints = application.styleHints()
        if self._application is not application:
            self._application = application
            hints.colorSchemeChanged.connect(self._system_changed)
            self.focus_rings = FocusRings(application)
        if scheme is not self.scheme:
            self.scheme = scheme
            _tell_system(scheme)
        self._put(application)

    def _system_changed(self) -> None:
        if self._application is not None and self.scheme is Scheme.SYSTEM:
            self._put(self._application)

    def _put(self, application: QApplication) -> None:
        colours = DARK if self._is_dark(application) else LIGHT
        font = body_font()
        if self._applied == (colours, font.pointSizeF()):
            return
        self._applied = colours, font.pointSizeF()
        self.colours = colours
        # Fonts and palette first: with the style sheet each widget takes them once, not twice.
        application.setFont(font)
        application.setPalette(palette_of(colours))
        runs_left = application.layoutDirection() is Qt.LayoutDirection.RightToLeft
        application.setStyleSheet(stylesheet_of(colours, QFontMetrics(font).height(), runs_left))
        self.changed.emit()

    def _is_dark(self, application: QApplication) -> bool:
        if self.scheme is not Scheme.SYSTEM:
            return self.scheme is Scheme.DARK
        return application.styleHints().colorScheme() is Qt.ColorScheme.Dark


@cache
def theme() -> Theme:
    """The one theme of the program."""
    return Theme()


def apply_theme(application: QApplication, scheme: str = Scheme.SYSTEM) -> None:
    """The look in this scheme; an unknown one counts as the system's."""
    known = scheme in {str(one) for one in Scheme}
    theme().apply(application, Scheme(scheme) if known else Scheme.SYSTEM)


def colours() -> Colours:
    return theme().colours


def colour(name: str) -> QColor:
    """The colour with this name in `tokens.Colours`, in the scheme in use."""
    return QColor(getattr(colours(), name))


def body_font() -> QFont:
    """The system's font, at least 14 px."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    return _at_least(font, tokens.BODY_PX)


def scaled_font(px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A size of `tokens`, larger where the system's text is larger."""
    body = QApplication.font()
    font = QFont(body)
    font.setPointSizeF(body.pointSizeF() * px / tokens.BODY_PX)
    font.setWeight(weight)
    return font


def _at_least(font: QFont, px: float) -> QFont:
    info = QFontInfo(font)
    if info.pixelSize() < px:
        font.setPointSizeF(info.pointSizeF() * px / max(1, info.pixelSize()))
    elif font.pointSizeF() <= 0:  # a size in px, which does not scale
        font.setPointSizeF(info.pointSizeF())
    return font


def motion_enabled() -> bool:
    """Whether short animations are welcome: not where the system asks for reduced motion."""
    if os.environ.get("IMAGE_FINDER_REDUCED_MOTION") == "1":
        return False
    return QApplication.isEffectEnabled(Qt.UIEffect.UI_General) and _system_animates()


def _system_animates() -> bool:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return False
    style = application.style()
    return style.styleHint(style.StyleHint.SH_Widget_Animation_Duration) > 0


def _tell_system(scheme: Scheme) -> None:
    """For what the system draws: title bars, its own dialogs."""
    wanted = {Scheme.LIGHT: Qt.ColorScheme.Light, Scheme.DARK: Qt.ColorScheme.Dark}
    hints = QApplication.styleHints()
    if scheme in wanted:
        hints.setColorScheme(wanted[scheme])
    else:
        hints.unsetColorScheme()
