"""The table of the models' agreement: tinted cells with two numbers, names with colour dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.widgets import plain, secondary
from finder.gui.results.agreement.agreement_model import AgreementModel, Index, shared_words
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, colours, scaled_font
from finder.gui.theme.tokens import (
    RADIUS_SMALL,
    SECONDARY_PX,
    SPACE,
    SPACE_S,
    SPACE_XS,
    Colours,
    mixed,
)

if TYPE_CHECKING:
    from finder.gui.results.answer_facts import AnswerFacts

_DOT = 8
_WIDEST_CELLS = 660  # px of all columns; with few models each has more
_WIDEST_CELL = 148
_WIDEST_NAME = 168
_NARROWEST = 360  # px of the panel, for its sentence
_STRONGEST = 0.4
"""How much of the accent is in the ground of full agreement: text stays readable on it."""


class AgreementPanel(QWidget):
    """A sentence that says what the numbers mean, and the table."""

    def __init__(self) -> None:
        super().__init__()
        self.model = AgreementModel(self)
        self.sentence = plain(
            tr(
                "How many of their first matches two models share, and how alike their whole "
                "lists are, from 0 to 1 (RBO: rank-biased overlap, in which the first ranks "
                "count most)."
            ),
            wrap=True,
        )
        secondary(self.sentence)
        self.table = AgreementTable(self.model)
        self.table.setAccessibleDescription(self.sentence.text())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.sentence)
        layout.addWidget(self.table, 1)

    def show_facts(self, facts: AnswerFacts) -> None:
        self.model.show_facts(facts)
        self.table.fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        table = self.table.sizeHint()
        width = max(table.width(), _NARROWEST)
        return QSize(width, self.sentence.heightForWidth(width) + SPACE + table.height())


class AgreementTable(QTableView):
    """The arrow keys go from cell to cell; it scrolls where there is no room for all."""

    def __init__(self, model: AgreementModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setAccessibleName(tr("Agreement of the models"))
        self.setProperty("kind", "bare")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeader(_Names(Qt.Orientation.Horizontal, model))
        self.setVerticalHeader(_Names(Qt.Orientation.Vertical, model))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)

    def fit(self) -> None:
        """Give the cells the size that their number and the font ask for, and go to the first."""
        number = max(1, self._model.columnCount())
        font = QFontMetrics(scaled_font(SECONDARY_PX))
        needed = font.horizontalAdvance(_rbo_words(0.0)) + 2 * SPACE
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setDefaultSectionSize(max(needed, min(_WIDEST_CELL, _WIDEST_CELLS // number)))
        down.setDefaultSectionSize(self.fontMetrics().height() + font.height() + 2 * SPACE_S)
        across.setFixedHeight(_DOT + SPACE + self.fontMetrics().height() + SPACE)
        names = (self.fontMetrics().horizontalAdvance(title) for title in self._model.titles)
        down.setFixedWidth(min(_WIDEST_NAME, _DOT + 3 * SPACE + max(names, default=0)))
        self.setCurrentIndex(self._model.index(0, 1))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        across, down = self.horizontalHeader(), self.verticalHeader()
        return QSize(down.width() + across.length(), across.height() + down.length())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class _Cells(QStyledItemDelegate):
    """Paints what two models share, and below it their rank-biased overlap."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, AgreementModel)
        agreement = model.agreement_at(index)
        if agreement is None:
            return
        painter.save()
        area = QRectF(option.rect).adjusted(1, 1, -1, -1)
        ground = QColor(agreement_ground(colours(), agreement.shared / max(1, agreement.top)))
        has_focus = option.state & QStyle.StateFlag.State_HasFocus
        edge = colour("accent") if has_focus else None
        paint_box(painter, area, RADIUS_SMALL, ground, edge, 2)
        painter.setPen(colour("text"))
        half = area.height() / 2
        above = area.adjusted(0, SPACE_XS, 0, -half)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, shared_words(agreement))
        painter.setFont(scaled_font(SECONDARY_PX))
        below = area.adjusted(0, half, 0, -SPACE_XS)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _rbo_words(agreement.rank_biased))
        painter.restore()


class _Names(QHeaderView):
    """The models' names with their colour dots, elided; the dot is above a narrow name."""

    def __init__(self, orientation: Qt.Orientation, model: AgreementModel) -> None:
        super().__init__(orientation)
        self._model = model
        self._is_above = orientation is Qt.Orientation.Horizontal
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        title, dot = self._model.titles[section], self._model.colours[section]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRect(0, 0, _DOT, _DOT)
        if self._is_above:
            place.moveCenter(rect.center())
            place.moveTop(rect.top() + SPACE_S)
            words = rect.adjusted(SPACE_S, _DOT + SPACE_S, -SPACE_S, 0)
            align = Qt.AlignmentFlag.AlignCenter
        else:
            place.moveCenter(rect.center())
            words = rect.adjusted(_DOT + 2 * SPACE, 0, -SPACE, 0)
            place.moveLeft(rect.left() + SPACE)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if not self._is_above and self.isRightToLeft():
            words = rect.adjusted(SPACE, 0, -_DOT - 2 * SPACE, 0)
            place.moveRight(rect.right() - SPACE)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(dot or colours().accent))
        painter.drawEllipse(place)
        painter.setPen(colour("text"))
        middle = Qt.TextElideMode.ElideMiddle
        shown = self.fontMetrics().elidedText(title, middle, words.width())
        painter.drawText(words, align | Qt.AlignmentFlag.AlignAbsolute, shown)
        painter.restore()


def agreement_ground(colours: Colours, share: float) -> str:
    """The ground of a cell. share: 0 to 1, of the first matches that are the same."""
    return mixed(colours.card, colours.accent, _STRONGEST * share)


def _rbo_words(value: float) -> str:
    return tr("RBO {number:.2f}").format(number=value)
