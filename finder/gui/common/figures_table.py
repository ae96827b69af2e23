"""The table of figures: how well models find, or their combination, a row for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QHeaderView, QTableView

from finder.core.evaluation.measurement_words import FIGURES, MEANING
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.widgets import tool_tip
from finder.gui.theme.theme import colours, scaled_font
from finder.gui.theme.tokens import BODY_PX, HIT_AREA, SECONDARY_PX

if TYPE_CHECKING:
    from finder.core.evaluation.bootstrap import Interval

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
DOT = 10
"""Px of the dot in a model's colour."""
_MOST_ROWS = 14
"""That are shown; it scrolls."""
_NEAR = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FAR = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class FiguresRow:
    """colour: the model's; empty for the accent. means: of each figure, by its short name;
    interval: of the mean average precision; others: the texts of further columns."""

    title: str
    colour: str
    means: Mapping[str, float]
    interval: Interval
    others: tuple[str, ...] = ()


class FiguresModel(QAbstractTableModel):
    """The texts are computed once. The largest number of a column is bold."""

    def __init__(
        self,
        first: str,
        rows: Sequence[FiguresRow],
        others: Sequence[str] = (),
        figures: Mapping[str, str] = FIGURES,
        meaning: str = "",
    ) -> None:
        """first: the title of the first column; others: those of further ones; figures: titles by
        short name; meaning: what they say, if it is not what they usually do."""
        super().__init__()
        self._colours = [row.colour for row in rows]
        self._meaning = meaning or tr(MEANING)
        keys, titles = zip(*figures.items(), strict=True)
        self._headers = [first, titles[0], tr("95 %"), *titles[1:], *others]
        self._rows = [_texts(row, keys) for row in rows]
        self._best = {
            column: max(row[column] for row in self._rows)
            for column in range(1, len(self._headers) - len(others))
            if column != 2 and len(self._rows) > 1
        }

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        column = index.column()
        text = self._rows[index.row()][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.DecorationRole and not column:
            return dot(self._colours[index.row()] or colours().accent)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return _FAR
        if role == Qt.ItemDataRole.FontRole and self._best.get(column) == text:
            return scaled_font(BODY_PX, QFont.Weight.DemiBold)
        if role == Qt.ItemDataRole.ToolTipRole and not column:
            return tool_tip(text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headers[column]}: {text}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _FAR if section else _NEAR
        return tool_tip(self._meaning) if role == Qt.ItemDataRole.ToolTipRole and section else None


def _texts(row: FiguresRow, keys: Sequence[str]) -> list[str]:
    numbers = [f"{row.means[key]:.3f}" for key in keys]
    interval = _from_left(f"{row.interval.low:.3f}–{row.interval.high:.3f}")
    return [printable(row.title), numbers[0], interval, *numbers[1:], *row.others]


def _from_left(numbers: str) -> str:
    """The smaller number first, also where text runs from right to left."""
    return f"\N{LEFT-TO-RIGHT ISOLATE}{numbers}\N{POP DIRECTIONAL ISOLATE}"


@lru_cache(maxsize=64)
def dot(ink: str) -> QPixmap:
    """Sharp on screens of high density, too."""
    pixmap = QPixmap(4 * DOT, 4 * DOT)
    pixmap.setDevicePixelRatio(4)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ink))
    painter.drawEllipse(0, 0, DOT, DOT)
    painter.end()
    return pixmap


class FiguresTable(QTableView):
    """As high as its rows."""

    def __init__(self, name: str, model: QAbstractTableModel) -> None:
        super().__init__()
        model.setParent(self)
        self.setModel(model)
        self.setAccessibleName(name)
        self.ensurePolished()
        self.setIconSize(QSize(DOT, DOT))
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(HIT_AREA)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(HIT_AREA)
        head.setFont(scaled_font(SECONDARY_PX))
        rows = min(_MOST_ROWS, model.rowCount())
        self.setFixedHeight(max(HIT_AREA, head.sizeHint().height()) + rows * HIT_AREA + 2)
