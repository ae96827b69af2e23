"""How close a picture is for each model: a bar, a word and a number, and its rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.search.closeness.closeness import whole_closeness
from finder.core.search.closeness.match_word import match_word
from finder.core.search.distance import format_distance
from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.theme.theme import colours, scaled_font
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S

if TYPE_CHECKING:
    from finder.core.search.distance import Metric
    from finder.core.search.matches import Standing

_BAR = QSize(72, 6)
_MOST_WITH_WORDS = 4
"""More models than this have a line each instead of two."""


@dataclass(frozen=True)
class StandingRow:
    """title, colour: of the model; an empty colour is the accent. standing: None if it has not
    indexed the picture. metric: of its distance; None: the combined ranking, whose number is the
    closeness. has_word: the closeness is told in words, too; is_of_words: for a query with words,
    the likelihood instead."""

    title: str
    colour: str
    standing: Standing | None
    metric: Metric | None
    has_word: bool = True
    is_of_words: bool = False

    @property
    def number(self) -> str:
        if self.standing is None:
            return ""
        if self.metric is None:
            return str(whole_closeness(self.standing.closeness))
        return format_distance(self.standing.distance, self.metric)

    @property
    def words(self) -> str:
        """The closeness in words, and the number."""
        if self.standing is None:
            return tr("not indexed")
        word = match_word(self.standing, self.is_of_words) if self.has_word else None
        if word is None:
            return self.number
        return tr("{word} · {number}").format(word=word.label, number=self.number)

    @property
    def rank(self) -> str:
        return tr("rank {n}").format(n=self.standing.rank_text) if self.standing else ""


class ClosenessBar(QWidget):
    """As long as the closeness, in the model's colour."""

    def __init__(self, row: StandingRow) -> None:
        super().__init__()
        self.closeness = row.standing.closeness if row.standing else 0.0
        self._colour = row.colour
        self.setFixedHeight(_BAR.height())
        self.setMinimumWidth(_BAR.width() // 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr("{number} of 100").format(number=whole_closeness(self.closeness)))
        self.setAccessibleName(f"{row.title}: {row.words}")

    def sizeHint(self) -> QSize:
        return _BAR

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(QColor(colours().pressed))
        painter.drawRoundedRect(area, radius, radius)
        length = area.width() * self.closeness / 100
        if length > 0:
            painter.setBrush(QColor(self._colour or colours().accent))
            filled = QRectF(area.left(), area.top(), max(length, area.height()), area.height())
            if self.isRightToLeft():
                filled.moveRight(area.right())
            painter.drawRoundedRect(filled, radius, radius)
        painter.end()


class StandingsList(QWidget):
    """The models' rows, one or two lines each."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE_S)

    def show_rows(self, rows: Sequence[StandingRow]) -> None:
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if len(rows) > _MOST_WITH_WORDS:
            for row in rows:
                self._layout.addWidget(_one_line(row))
            return
        words = [_small(row.words) for row in rows]
        widest = max((label.sizeHint().width() for label in words), default=0)
        for row, label in zip(rows, words, strict=True):
            label.setMinimumWidth(widest)  # so that the bars can be compared
            self._layout.addWidget(_two_lines(row, label))


def _two_lines(row: StandingRow, words: QLabel) -> QWidget:
    """Title and rank, then the bar and the words."""
    whole = QWidget()
    grid = QGridLayout(whole)
    grid.setContentsMargins(0, 0, 0, SPACE_S)
    grid.setHorizontalSpacing(SPACE)
    grid.setVerticalSpacing(0)
    grid.addWidget(ElidedLabel(row.title), 0, 0, 1, 2)
    grid.addWidget(_small(row.rank), 0, 2, Qt.AlignmentFlag.AlignRight)
    grid.addWidget(ClosenessBar(row), 1, 0)
    words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    grid.addWidget(words, 1, 1, 1, 2)
    grid.setColumnStretch(0, 1)
    return whole


def _one_line(row: StandingRow) -> QWidget:
    """Title, bar and rank; the words are in the tool tip."""
    whole = QWidget()
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(SPACE)
    title = ElidedLabel()
    title.show_text(row.title, f"{row.title}\n{row.words}")
    bar = ClosenessBar(row)
    bar.setFixedWidth(_BAR.width())
    rank = _small(row.standing.rank_text if row.standing else "–")
    rank.setToolTip(row.rank or row.words)
    rank.setAccessibleName(row.rank or row.words)
    rank.setMinimumWidth(rank.fontMetrics().horizontalAdvance("0,000"))
    rank.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    line.addWidget(title, 1)
    line.addWidget(bar)
    line.addWidget(rank)
    return whole


def _small(text: str) -> QLabel:
    label = plain(text)
    label.setFont(scaled_font(SECONDARY_PX))
    secondary(label)
    return label
