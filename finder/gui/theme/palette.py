"""The colours as Qt's palette, from which widgets take what the style sheet leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPalette

if TYPE_CHECKING:
    from finder.gui.theme.tokens import Colours

_Role, _Group = QPalette.ColorRole, QPalette.ColorGroup


def palette_of(colours: Colours) -> QPalette:
    palette = QPalette()
    for role, value in {
        _Role.Window: colours.window,
        _Role.WindowText: colours.text,
        _Role.Base: colours.card,
        _Role.AlternateBase: colours.panel,
        _Role.Text: colours.text,
        _Role.Button: colours.card,
        _Role.ButtonText: colours.text,
        _Role.BrightText: colours.on_accent,
        _Role.ToolTipBase: colours.toast,
        _Role.ToolTipText: colours.on_toast,
        _Role.PlaceholderText: colours.secondary,
        _Role.Highlight: colours.accent,
        _Role.HighlightedText: colours.on_accent,
        _Role.Accent: colours.accent,
        _Role.Link: colours.accent_text,
        _Role.LinkVisited: colours.accent_text,
        _Role.Light: colours.card,
        _Role.Midlight: colours.hover,
        _Role.Mid: colours.line,
        _Role.Dark: colours.control_line,
        _Role.Shadow: colours.line,
    }.items():
        palette.setColor(role, QColor(value))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.PlaceholderText):
        palette.setColor(_Group.Disabled, role, QColor(colours.disabled))
    palette.setColor(_Group.Disabled, _Role.Highlight, QColor(colours.pressed))
    palette.setColor(_Group.Disabled, _Role.HighlightedText, QColor(colours.disabled))
    return palette
