"""The table of shaded numbers: by label, and of confusion."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from finder.gui.evaluation.heat_model import HeatModel, HeatRows, Index
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, colours, scaled_font
from finder.gui.theme.tokens import RADIUS_SMALL, SECONDARY_PX, SPACE, SPACE_S, Colours, mixed

_WIDEST_NAME = 168  # px
_TALLEST_NAME = 112  # px of names that stand on end
_ROW = 30  # px
_STRONGEST = 0.45
"""How much of the accent is in the ground of the largest number: text stays readable on it."""
_WRONG_STRONGEST = 0.35


class HeatTable(QTableView):
    """The arrow keys go from cell to cell. stands: the names of the columns stand on end, for many
    narrow columns. Signal: cell_chosen(row as it was given, column)."""

    cell_chosen = Signal(int, int)

    def __init__(self, name: str, stands: bool = False) -> None:
        super().__init__()
        self.heat = HeatModel(self)
        self.setModel(self.heat)
        self._stands = stands
        self.setAccessibleName(name)
        self.setProperty("kind", "bare")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeader(_Names(Qt.Orientation.Horizontal, self.heat, stands))
        self.setVerticalHeader(_Names(Qt.Orientation.Vertical, self.heat, False))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.selectionModel().currentChanged.connect(self._choose)
        if not stands:
            self.horizontalHeader().setSectionsClickable(True)
            self.horizontalHeader().sectionClicked.connect(self._sort)
        self._sorted = (-1, Qt.SortOrder.AscendingOrder)

    def show_rows(self, shown: HeatRows) -> None:
        self.heat.show_rows(shown)
        self.fit()

    def choose(self, row: int, column: int) -> None:
        self.setCurrentIndex(self.heat.index(row, column))

    def fit(self) -> None:
        """Give the cells and names the size that the font asks for."""
        self.ensurePolished()
        metrics, small = self.fontMetrics(), QFontMetrics(scaled_font(SECONDARY_PX))
        across, down = self.horizontalHeader(), self.verticalHeader()
        widest = metrics.horizontalAdvance(self.heat.longest_text()) + 2 * SPACE
        across.setMinimumSectionSize(_ROW)
        if self._stands:
            across.setDefaultSectionSize(max(_ROW, widest))
            longest = max(map(small.horizontalAdvance, self._names(across)), default=0)
            across.setFixedHeight(min(_TALLEST_NAME, longest + 2 * SPACE))
        else:
            names = max(map(small.horizontalAdvance, self._names(across)), default=0)
            across.setDefaultSectionSize(max(widest, min(_WIDEST_NAME, names + 3 * SPACE)))
            across.setFixedHeight(_ROW)
        down.setDefaultSectionSize(max(_ROW, metrics.height() + SPACE))
        names = max(map(metrics.horizontalAdvance, self._names(down)), default=0)
        down.setFixedWidth(min(_WIDEST_NAME, names + 3 * SPACE))

    def _names(self, header: QHeaderView) -> list[str]:
        return [
            str(self.heat.headerData(section, header.orientation()))
            for section in range(header.count())
        ]

    def _sort(self, column: int) -> None:
        """By a column: the smallest first, then the other way round."""
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        order = down if self._sorted == (column, up) else up
        self._sorted = column, order
        self.heat.sort(column, order)

    def _choose(self, current: Index) -> None:
        if current.isValid():
            self.cell_chosen.emit(self.heat.row_of(current), current.column())


class _Cells(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, HeatModel)
        cell = model.cell(index)
        painter.save()
        area = QRectF(option.rect).adjusted(1, 1, -1, -1)
        ground = QColor(heat_ground(colours(), cell.share, cell.is_wrong))
        state = option.state
        is_current = state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
        paint_box(painter, area, RADIUS_SMALL, ground, colour("accent") if is_current else None, 2)
        painter.setPen(colour("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, cell.text)
        painter.restore()


class _Names(QHeaderView):
    """Names, elided; those of the columns may stand on end."""

    def __init__(self, orientation: Qt.Orientation, model: HeatModel, stands: bool) -> None:
        super().__init__(orientation)
        self._heat, self._stands = model, stands
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        name = str(self._heat.headerData(section, self.orientation()))
        painter.save()
        painter.setPen(colour("secondary"))
        is_row = self.orientation() is Qt.Orientation.Vertical
        side = Qt.AlignmentFlag.AlignHCenter
        if is_row:
            painter.setPen(colour("text"))
            runs_left = self.isRightToLeft()
            side = Qt.AlignmentFlag.AlignRight if runs_left else Qt.AlignmentFlag.AlignLeft
        else:
            painter.setFont(scaled_font(SECONDARY_PX))
        if self._stands:
            painter.translate(rect.left(), rect.bottom())
            painter.rotate(-90)
            rect = QRect(0, 0, rect.height(), rect.width())
            side = Qt.AlignmentFlag.AlignLeft
        room = rect.adjusted(SPACE, 0, -SPACE_S, 0)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
        align = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(room, align, shown)
        painter.restore()


def heat_ground(colours: Colours, share: float, is_wrong: bool = False) -> str:
    """The ground of a cell. share: 0 to 1."""
    if is_wrong:
        return mixed(colours.card, colours.danger, _WRONG_STRONGEST * share)
    return mixed(colours.card, colours.accent, _STRONGEST * share)
