"""Where the results begin and end at the sides."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from finder.gui.common.widgets import set_margins
from finder.gui.grid.layout_view import EDGE
from finder.gui.theme.tokens import SPACE, SPACE_XL


def beside_cards(widget: QWidget) -> QHBoxLayout:
    """The widget as wide as the cards below it."""
    row = QHBoxLayout()
    set_margins(row, EDGE, 0, SPACE_XL - SPACE, 0)
    row.addWidget(widget)
    return row
