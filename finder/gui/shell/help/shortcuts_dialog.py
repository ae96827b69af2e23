"""The sheet of keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import no_default
from finder.gui.common.widgets import bold, dialog_layout, plain
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S, SPACE_XL

if TYPE_CHECKING:
    from finder.gui.shell.help.shortcut_table import Shortcut, ShortcutGroup

_COLUMNS = 3
WANTED = QSize(872, 700)
"""On a smaller screen, the sheet is as large as the screen allows, and can be scrolled."""
_TITLE_ROWS = 2  # what a title and the gap before it take, in rows
_LETTERS = 31  # of a text and keys that fit in a line
_MORE_LINE = 0.8  # of a text, in rows


class ShortcutsDialog(QDialog):
    """The groups in columns of about the same height."""

    def __init__(self, groups: Sequence[ShortcutGroup], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.finished.connect(self.deleteLater)
        page = QWidget()
        page.setProperty("kind", "page")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(0, 0, SPACE, 0)
        columns.setSpacing(SPACE_XL)
        for column in _in_columns(groups):
            layout = QVBoxLayout()
            layout.setSpacing(SPACE)
            for group in column:
                if layout.count():
                    layout.addSpacing(SPACE_M)
                layout.addWidget(bold(plain(group.title)))
                layout.addLayout(_grid(group.shortcuts))
            layout.addStretch(1)
            columns.addLayout(layout, 1)
        self.area = QScrollArea()
        self.area.setWidget(page)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName(tr("Keyboard shortcuts"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        no_default(buttons)
        buttons.rejected.connect(self.reject)
        layout = dialog_layout(self)
        layout.addWidget(self.area, 1)
        layout.addWidget(buttons)
        self.resize(WANTED.boundedTo(QGuiApplication.primaryScreen().availableSize() * 0.94))


def _in_columns(groups: Sequence[ShortcutGroup]) -> list[list[ShortcutGroup]]:
    """As low as the columns can be; in each, the groups are in their order. There are few of them,
    so every way is tried."""

    rows = [_rows(group) for group in groups]

    def tallest(places: Sequence[int]) -> float:
        heights = [0.0] * _COLUMNS
        for place, height in zip(places, rows, strict=True):
            heights[place] += height
        return max(heights)

    best = min(product(range(_COLUMNS), repeat=len(groups)), key=tallest)
    return [
        [group for place, group in zip(best, groups, strict=True) if place == column]
        for column in range(_COLUMNS)
    ]


def _rows(group: ShortcutGroup) -> float:
    """About how many rows high it is: a long text beside long keys takes two lines."""
    keys = max(sum(map(len, shortcut.keys)) for shortcut in group.shortcuts)
    long = sum(len(shortcut.text) + keys > _LETTERS for shortcut in group.shortcuts)
    return _TITLE_ROWS + len(group.shortcuts) + _MORE_LINE * long


def _grid(shortcuts: Sequence[Shortcut]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE)
    grid.setVerticalSpacing(SPACE_S)
    grid.setColumnStretch(0, 1)
    for number, shortcut in enumerate(shortcuts):
        text = plain(shortcut.text, wrap=True)
        text.setAccessibleDescription(tr(" or ").join(shortcut.keys))
        grid.addWidget(text, number, 0)
        keys = QHBoxLayout()
        keys.setSpacing(SPACE_S)
        for key in shortcut.keys:
            keys.addWidget(_key(key))
        grid.addLayout(keys, number, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignTrailing)
    return grid


def _key(text: str) -> QLabel:
    label = plain(text)
    label.setProperty("kind", "badge")
    return label
