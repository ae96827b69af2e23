"""What was measured, in tabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from finder.core.evaluation.measurement_words import (
    amounts,
    copies_left_out,
    copy_amounts,
    left_out_sentences,
)
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import heading, plain, secondary
from finder.gui.evaluation.evaluation_words import kind_words
from finder.gui.evaluation.figures_tab import FiguresTab
from finder.gui.evaluation.ranking_tabs import ConfusionTab, HardestTab, KindsTab
from finder.gui.theme.tokens import SPACE, SPACE_XS

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import HardQuery
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.library_evaluation import Measured, MeasuredCopies, MeasuredLabels


class ResultPage(QWidget):
    """The ranking that is chosen above the tabs is the row of the table, and what the other tabs
    show.

    Signals: kind_requested(place of a ranking, label or alteration), for the searches behind it;
    similar_requested(content id).
    """

    kind_requested = Signal(int, str)
    similar_requested = Signal(object)

    def __init__(
        self,
        measured: Measured,
        words: Sequence[str],
        feed: ThumbnailFeed,
        colours: Mapping[str, str],
    ) -> None:
        """words: how much was measured, and what was left out; colours: of the models, by name."""
        super().__init__()
        self.measured = measured
        self._place = -1
        self.ranking = QComboBox()
        self.ranking.setAccessibleName(tr("Ranking"))
        self.ranking.addItems([printable(shown.ranking.title) for shown in measured.rankings])
        self.figures = FiguresTab(measured, colours)
        self.kinds = KindsTab(measured, feed)
        self.hardest = HardestTab(kind_words(measured), feed)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.figures, tr("Figures"))
        self.tabs.addTab(self.kinds, kind_words(measured).tab)
        self.tabs.addTab(self.hardest, tr("Hardest"))
        self.verdict = Verdict()
        self.ranking.currentIndexChanged.connect(self.choose)
        self.figures.ranking_chosen.connect(self.choose)
        self.kinds.behind_requested.connect(self.kind_requested)
        for tab in (self.kinds, self.hardest):
            tab.similar_requested.connect(self.similar_requested)
        self._lay_out(words)

    def _lay_out(self, words: Sequence[str]) -> None:
        titles = QVBoxLayout()
        titles.setSpacing(SPACE_XS)
        titles.addWidget(heading(tr("Which model finds best?")))
        titles.addWidget(_sentence(words[0]))
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addLayout(titles, 1)
        head.addWidget(plain(tr("Ranking:")), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.ranking, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        if len(words) > 1:
            layout.addWidget(_sentence(" ".join(words[1:])))
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.verdict)
        self.tabs.currentChanged.connect(self._choose_cell)

    def choose(self, place: int) -> None:
        """A ranking."""
        if place in (self._place, -1):
            return
        self._place = place
        self.ranking.setCurrentIndex(place)
        self.figures.choose(place)
        self._show_ranking(place)
        self._choose_cell()

    def choose_best(self) -> None:
        """The ranking with the largest mean average precision."""
        values = [shown.ranking.summary.means["map"] for shown in self.measured.rankings]
        self.choose(values.index(max(values)))

    def _show_ranking(self, place: int) -> None:
        self.hardest.show_ranking(self.measured.rankings[place])

    def _choose_cell(self) -> None:
        """So that a tab shows pictures at once."""
        if self.tabs.currentWidget() is self.kinds:
            self.kinds.choose_first(self._place)

    def show_kind(self, place: int, kind: str, searches: Sequence[HardQuery]) -> None:
        self.kinds.show_behind(place, kind, searches)


class LabelResultPage(ResultPage):
    """Signal: pair_requested(place of a ranking, label, label of the first answer), for the
    searches behind them."""

    pair_requested = Signal(int, int, int)
    measured: MeasuredLabels

    def __init__(
        self, measured: MeasuredLabels, feed: ThumbnailFeed, colours: Mapping[str, str]
    ) -> None:
        super().__init__(measured, tuple(_label_words(measured)), feed, colours)
        self.confusion = ConfusionTab(measured, feed)
        self.tabs.insertTab(self.tabs.indexOf(self.hardest), self.confusion, tr("Confusion"))
        self.confusion.similar_requested.connect(self.similar_requested)
        self.confusion.behind_requested.connect(
            lambda label, answer: self.pair_requested.emit(self._place, label, answer)
        )
        self.choose_best()

    def _show_ranking(self, place: int) -> None:
        super()._show_ranking(place)
        self.confusion.show_ranking(self.measured.rankings[place])

    def _choose_cell(self) -> None:
        super()._choose_cell()
        if self.tabs.currentWidget() is self.confusion:
            self.confusion.choose_first()

    def show_pair(self, place: int, label: int, answer: int, searches: Sequence[HardQuery]) -> None:
        if place == self._place:
            self.confusion.show_behind(label, answer, searches)


class CopyResultPage(ResultPage):
    measured: MeasuredCopies

    def __init__(
        self, measured: MeasuredCopies, feed: ThumbnailFeed, colours: Mapping[str, str]
    ) -> None:
        super().__init__(measured, tuple(_copy_words(measured)), feed, colours)
        self.choose_best()


def _label_words(measured: MeasuredLabels) -> Iterator[str]:
    yield " · ".join(amounts(measured.measurement))
    yield from left_out_sentences(measured.measurement.left_out)


def _copy_words(measured: MeasuredCopies) -> Iterator[str]:
    yield copy_amounts(measured.measurement)
    yield from copies_left_out(measured.measurement.left_out)


def _sentence(text: str) -> QWidget:
    return secondary(plain(text, wrap=True))
