"""The table of trained models, a row for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QResizeEvent

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.training.comparison import training_cells
from finder.core.training.settings import Method
from finder.gui.common.figures_table import FiguresTable
from finder.gui.common.widgets import tool_tip
from finder.gui.teaching.training_words import method_title, network_title
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import BODY_PX

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_TEXTS = 3
"""Columns before the numbers."""
_NEAR = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FAR = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ComparisonModel(QAbstractTableModel):
    """The texts are computed once. The first row, the newest model, is bold."""

    def __init__(self, cards: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> None:
        """titles: of the library's models, by name."""
        super().__init__()
        self._headers, *rows = training_cells(cards)
        self._rows = [_in_words(row, titles) for row in rows]

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        text = self._rows[row][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= _TEXTS:
            return _FAR
        if role == Qt.ItemDataRole.FontRole and not row:
            return scaled_font(BODY_PX, QFont.Weight.DemiBold)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headers[column]}: {text}"
        if role == Qt.ItemDataRole.ToolTipRole and column < _TEXTS:
            return tool_tip(text)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return (
            (_FAR if section >= _TEXTS else _NEAR)
            if role == Qt.ItemDataRole.TextAlignmentRole
            else None
        )


class ComparisonTable(FiguresTable):
    """Scrolls where there is no room for all columns, below its rows."""

    def __init__(self, cards: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> None:
        """As of `ComparisonModel`."""
        super().__init__(tr("Trained models"), ComparisonModel(cards, titles))
        self._rows_height = self.height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bar = self.horizontalScrollBar().sizeHint().height()
        is_wider = self.horizontalHeader().length() > self.width()
        self.setFixedHeight(self._rows_height + (bar if is_wider else 0))


def _in_words(cells: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    name, base, method, *numbers = cells
    with suppress(ValueError):
        method = method_title(Method(method))
    return [*map(printable, (name, network_title(base, titles), method)), *numbers]
