"""The table of figures: a row for each ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from finder.core.evaluation.measurement_words import figures_shown, meaning
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.widgets import tool_tip
from finder.gui.theme.theme import colours, scaled_font
from finder.gui.theme.tokens import BODY_PX

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import MeasuredRankings, Ranking

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
DOT = 10
"""Px of the dot in a model's colour."""
_NEAR = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FAR = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FiguresModel(QAbstractTableModel):
    """The texts are computed once. The largest number of a column is bold."""

    def __init__(
        self,
        measurement: MeasuredRankings,
        colours: Mapping[str, str],
        parent: QObject | None = None,
    ) -> None:
        """colours: of the models, by name."""
        super().__init__(parent)
        rankings = list(measurement.rankings)
        self._meaning = meaning(measurement)
        self._colours = [
            colours.get(ranking.name, "") if ranking.cost is not None else ""
            for ranking in rankings
        ]
        keys, titles = zip(*figures_shown(measurement).items(), strict=True)
        self._headers = [tr("Ranking"), titles[0], tr("95 %"), *titles[1:]]
        self._headers += [tr("pictures/s"), tr("MB")]
        self._rows = [_texts(ranking, keys) for ranking in rankings]
        self._best = {
            column: max(row[column] for row in self._rows)
            for column in range(1, len(self._headers) - 2)
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
            return _dot(self._colours[index.row()] or colours().accent)
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


def _texts(ranking: Ranking, keys: Sequence[str]) -> list[str]:
    summary, cost = ranking.summary, ranking.cost
    numbers = [f"{summary.means[key]:.3f}" for key in keys]
    interval = _from_left(f"{summary.interval.low:.3f}–{summary.interval.high:.3f}")
    speed = cost.pictures_per_second if cost is not None else None
    return [
        printable(ranking.title),
        numbers[0],
        interval,
        *numbers[1:],
        f"{speed:,.1f}" if speed else "",
        f"{cost.bytes / 1e6:,.1f}" if cost is not None and cost.bytes else "",
    ]


def _from_left(numbers: str) -> str:
    """The smaller number first, also where text runs from right to left."""
    return f"\N{LEFT-TO-RIGHT ISOLATE}{numbers}\N{POP DIRECTIONAL ISOLATE}"


@lru_cache(maxsize=64)
def _dot(ink: str) -> QPixmap:
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
