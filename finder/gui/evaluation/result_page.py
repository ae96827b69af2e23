"""What was measured, in tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from finder.core.evaluation.measurement_words import left_out_sentences
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import heading, plain, secondary
from finder.gui.evaluation.evaluation_words import measured_words
from finder.gui.evaluation.figures_tab import FiguresTab
from finder.gui.evaluation.ranking_tabs import ConfusionTab, HardestTab, LabelsTab
from finder.gui.theme.tokens import SPACE, SPACE_XS

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import HardQuery
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.library_evaluation import Measured


class ResultPage(QWidget):
    """The ranking that is chosen above the tabs is the row of the table, and what the tabs of
    confusion and hard searches show.

    Signals: label_requested(place of a ranking, label) and pair_requested(place of a ranking,
    label, label of the first answer), for the searches behind them; similar_requested(content id).
    """

    label_requested = Signal(int, str)
    pair_requested = Signal(int, int, int)
    similar_requested = Signal(object)

    def __init__(self, measured: Measured, feed: ThumbnailFeed, colours: Mapping[str, str]) -> None:
        """colours: of the models, by name."""
        super().__init__()
        self.measured = measured
        self._place = -1
        self.ranking = QComboBox()
        self.ranking.setAccessibleName(tr("Ranking"))
        self.ranking.addItems([printable(shown.ranking.title) for shown in measured.rankings])
        self.figures = FiguresTab(measured, colours)
        self.labels = LabelsTab(measured, feed)
        self.confusion = ConfusionTab(measured, feed)
        self.hardest = HardestTab(feed)
        self.verdict = Verdict()
        self._connect()
        self._lay_out()
        self.choose(_best(measured))

    def _connect(self) -> None:
        self.ranking.currentIndexChanged.connect(self.choose)
        self.figures.ranking_chosen.connect(self.choose)
        self.labels.behind_requested.connect(self.label_requested)
        self.confusion.behind_requested.connect(
            lambda label, answer: self.pair_requested.emit(self._place, label, answer)
        )
        for tab in (self.labels, self.confusion, self.hardest):
            tab.similar_requested.connect(self.similar_requested)

    def _lay_out(self) -> None:
        words = plain(measured_words(self.measured), wrap=True)
        secondary(words)
        titles = QVBoxLayout()
        titles.setSpacing(SPACE_XS)
        titles.addWidget(heading(tr("Which model finds best?")))
        titles.addWidget(words)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addLayout(titles, 1)
        head.addWidget(plain(tr("Ranking:")), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.ranking, 0, Qt.AlignmentFlag.AlignVCenter)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.figures, tr("Figures"))
        self.tabs.addTab(self.labels, tr("Labels"))
        self.tabs.addTab(self.confusion, tr("Confusion"))
        self.tabs.addTab(self.hardest, tr("Hardest"))
        self.tabs.currentChanged.connect(self._choose_cell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        left_out = " ".join(left_out_sentences(self.measured.measurement.left_out))
        if left_out:
            sentence = plain(left_out, wrap=True)
            secondary(sentence)
            layout.addWidget(sentence)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.verdict)

    def choose(self, place: int) -> None:
        """A ranking."""
        if place in (self._place, -1):
            return
        self._place = place
        self.ranking.setCurrentIndex(place)
        self.figures.choose(place)
        shown = self.measured.rankings[place]
        self.confusion.show_ranking(shown)
        self.hardest.show_ranking(shown)
        self._choose_cell()

    def _choose_cell(self) -> None:
        """So that a tab shows pictures at once."""
        if self.tabs.currentWidget() is self.labels:
            self.labels.choose_first(self._place)
        elif self.tabs.currentWidget() is self.confusion:
            self.confusion.choose_first()

    def show_label(self, place: int, label: str, searches: Sequence[HardQuery]) -> None:
        self.labels.show_behind(place, label, searches)

    def show_pair(self, place: int, label: int, answer: int, searches: Sequence[HardQuery]) -> None:
        if place == self._place:
            self.confusion.show_behind(label, answer, searches)


def _best(measured: Measured) -> int:
    """The ranking with the largest mean average precision."""
    values = [shown.ranking.summary.means["map"] for shown in measured.rankings]
    return values.index(max(values))
