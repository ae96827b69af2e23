"""The tabs that show the pictures behind the figures: by label or alteration, confusion, hardest
searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from finder.core.evaluation.measurement_words import kind_title
from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.widgets import plain, secondary, tool_tip
from finder.gui.evaluation.evaluation_words import KindWords, kind_words
from finder.gui.evaluation.heat_model import HeatCell, HeatRows
from finder.gui.evaluation.heat_table import HeatTable
from finder.gui.evaluation.search_rows import SearchRows
from finder.gui.theme.tokens import SPACE, SPACE_M

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import HardQuery
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.library_evaluation import Measured, MeasuredLabels, MeasuredRanking

_PICTURES_WIDTH = 330  # px


class _WithPictures(QWidget):
    """A table, and beside it the pictures behind the chosen cell. Signal:
    similar_requested(content id)."""

    similar_requested = Signal(object)

    def __init__(self, sentence: str, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.sentence = plain(sentence, wrap=True)
        secondary(self.sentence)
        self.pictures = SearchRows(feed, tr("The pictures behind it"))
        self.pictures.similar_requested.connect(self.similar_requested)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, SPACE_M, 0, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self.sentence)

    def _lay_out(self, table: QWidget) -> None:
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE_M)
        splitter.addWidget(table)
        splitter.addWidget(self.pictures)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([2 * _PICTURES_WIDTH, _PICTURES_WIDTH])
        self.pictures.setMinimumWidth(_PICTURES_WIDTH // 2)
        self._layout.addWidget(splitter, 1)


class KindsTab(_WithPictures):
    """By label, or by alteration. Signal: behind_requested(place of a ranking, its name)."""

    behind_requested = Signal(int, str)

    def __init__(self, measured: Measured, feed: ThumbnailFeed) -> None:
        self._measured, self._words = measured, kind_words(measured)
        super().__init__(self._words.sentence, feed)
        self.table = HeatTable(self._words.table)
        self._lay_out(self.table)
        rankings = [shown.ranking for shown in measured.rankings]
        of_kinds = [ranking.summary.per_label for ranking in rankings]
        self._kinds = sorted(of_kinds[0], key=lambda name: max(values[name] for values in of_kinds))
        self._titles = [ranking.title for ranking in rankings]
        self.table.show_rows(
            HeatRows(
                [self._title(name) for name in self._kinds],
                self._titles,
                [
                    [
                        self._cell(name, title, values[name])
                        for title, values in zip(self._titles, of_kinds, strict=True)
                    ]
                    for name in self._kinds
                ],
            )
        )
        self.table.cell_chosen.connect(self._chosen)

    def _title(self, kind: str) -> str:
        return kind_title(self._measured.measurement, kind)

    def _cell(self, kind: str, ranking: str, value: float) -> HeatCell:
        words = self._words.cell.format(label=self._title(kind), ranking=ranking, value=value)
        return HeatCell(f"{value:.3f}", value, words)

    def choose_first(self, place: int) -> None:
        """The hardest one with this ranking, unless a cell is chosen."""
        if not self.table.currentIndex().isValid():
            self.table.choose(0, place)

    def _chosen(self, row: int, column: int) -> None:
        self.behind_requested.emit(column, self._kinds[row])

    def show_behind(self, place: int, kind: str, searches: Sequence[HardQuery]) -> None:
        title = self._words.behind if searches else self._words.none_behind
        words = title.format(
            label=printable(self._title(kind)), ranking=printable(self._titles[place])
        )
        self.pictures.show_searches(words, searches)


class ConfusionTab(_WithPictures):
    """As a table if there are few labels, else the pairs that are confused most. Signal:
    behind_requested(label, label of the first answer), their numbers."""

    behind_requested = Signal(int, int)

    def __init__(self, measured: MeasuredLabels, feed: ThumbnailFeed) -> None:
        sentence = tr(
            "For the searches of each label (rows): which label the first answer has. Choose a "
            "cell to see the pictures."
        )
        super().__init__(sentence, feed)
        self._labels = measured.labels
        self._shown: MeasuredRanking | None = None
        self.table = HeatTable(tr("Confusion of the labels"), stands=True)
        self.table.cell_chosen.connect(self.behind_requested)
        self.pairs = QListWidget()
        self.pairs.setAccessibleName(tr("Labels that are confused most"))
        self.pairs.currentItemChanged.connect(self._pair_chosen)
        self._either = QStackedWidget()
        self._either.addWidget(self.table)
        self._either.addWidget(self.pairs)
        self._lay_out(self._either)

    def show_ranking(self, shown: MeasuredRanking) -> None:
        self._shown = shown
        self.pictures.show_searches("", ())
        if shown.confusion is not None:
            self.table.show_rows(_confusion_rows(self._labels, shown.confusion))
            self._either.setCurrentWidget(self.table)
            return
        self.sentence.setText(tr("The labels that are taken for others most often."))
        self._either.setCurrentWidget(self.pairs)
        self.pairs.clear()
        for pair in shown.pairs:
            words = tr("{label} is taken for {other}: {n}").format(
                label=pair.label_name, other=pair.answer_name, n=pair.queries
            )
            item = QListWidgetItem(printable(words), self.pairs)
            item.setToolTip(tool_tip(printable(words)))
            item.setData(Qt.ItemDataRole.UserRole, (pair.label, pair.answer))

    def choose_first(self) -> None:
        """The labels that are confused most, unless others are chosen."""
        if self._shown is None or not self._shown.pairs:
            return
        if self._shown.confusion is None:
            if self.pairs.currentRow() < 0:
                self.pairs.setCurrentRow(0)
        elif not self.table.currentIndex().isValid():
            first = self._shown.pairs[0]
            self.table.choose(first.label, first.answer)

    def _pair_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.behind_requested.emit(*item.data(Qt.ItemDataRole.UserRole))

    def show_behind(self, label: int, answer: int, searches: Sequence[HardQuery]) -> None:
        one, other = printable(self._labels[label]), printable(self._labels[answer])
        if label == answer:
            title = trn(
                "{label}: {n} search whose first answer is right",
                "{label}: {n} searches whose first answer is right",
                len(searches),
                label=one,
            )
        else:
            title = tr("{label} taken for {other}: the picture searched for, and its first answer")
            title = title.format(label=one, other=other)
        self.pictures.show_searches(title, searches)


def _confusion_rows(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> HeatRows:
    cells = []
    for row, numbers in enumerate(confusion):
        total = max(1, sum(numbers))
        cells.append(
            [
                HeatCell(
                    str(number) if number else "",
                    number / total,
                    _confusion_words(labels[row], labels[column], number, total),
                    is_wrong=row != column,
                )
                for column, number in enumerate(numbers)
            ]
        )
    return HeatRows(labels, labels, cells)


def _confusion_words(label: str, answer: str, number: int, total: int) -> str:
    words = tr("{n} of {total} searches for {label} have {answer} as their first answer")
    return words.format(n=number, total=total, label=label, answer=answer)


class HardestTab(QWidget):
    """Signal: similar_requested(content id)."""

    similar_requested = Signal(object)

    def __init__(self, words: KindWords, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._words = words
        self.pictures = SearchRows(feed, tr("The hardest searches"))
        self.pictures.similar_requested.connect(self.similar_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_M, 0, 0)
        layout.addWidget(self.pictures)

    def show_ranking(self, shown: MeasuredRanking) -> None:
        title = self._words.hardest if shown.hardest else self._words.none_hard
        self.pictures.show_searches(
            title.format(ranking=printable(shown.ranking.title)), shown.hardest
        )
