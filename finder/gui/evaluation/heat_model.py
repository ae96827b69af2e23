"""A table of numbers from 0 to 1, each shown as a text on a shaded ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from finder.core.printable import printable
from finder.gui.common.widgets import tool_tip

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


@dataclass(frozen=True)
class HeatCell:
    """share: how strong the ground is; is_wrong: in the colour of what is wrong; words: the whole
    sentence, for the tool tip and screen readers."""

    text: str
    share: float
    words: str
    is_wrong: bool = False


@dataclass(frozen=True)
class HeatRows:
    """cells: row by row."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[HeatCell]]


class HeatModel(QAbstractTableModel):
    """Rows keep their place in what was given (`row_of`), whatever they are sorted by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = HeatRows((), (), ())
        self._order: list[int] = []

    def show_rows(self, shown: HeatRows) -> None:
        self.beginResetModel()
        self._shown = shown
        self._order = list(range(len(shown.rows)))
        self.endResetModel()

    def row_of(self, index: Index) -> int:
        """Of a cell, among the rows that were given."""
        return self._order[index.row()]

    def cell(self, index: Index) -> HeatCell:
        return self._shown.cells[self.row_of(index)][index.column()]

    def longest_text(self) -> str:
        return max((cell.text for row in self._shown.cells for cell in row), key=len, default="")

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(self._shown.columns):
            return
        self.beginResetModel()
        self._order.sort(
            key=lambda row: self._shown.cells[row][column].share,
            reverse=order is Qt.SortOrder.DescendingOrder,
        )
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        cell = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(printable(cell.words))
        return printable(cell.words) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        is_column = orientation is Qt.Orientation.Horizontal
        names = self._shown.columns if is_column else self._shown.rows
        if not 0 <= section < len(names):
            return None
        name = printable(names[section if is_column else self._order[section]])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(name)
        shows = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return name if role in shows else None
