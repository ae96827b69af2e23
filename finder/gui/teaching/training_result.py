"""A model that was trained: beside the others, and how it learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import heading, plain, secondary
from finder.gui.teaching.comparison_bars import ComparisonBars
from finder.gui.teaching.comparison_table import ComparisonTable
from finder.gui.teaching.curve_plot import CurveLegend, CurvePlots
from finder.gui.teaching.training_words import best_words, outline_words, run_title
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_XS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

    from finder.core.training.messages import Outcome, TrainingState
    from finder.core.training.settings import Epoch, Settings


class TrainingResult(QWidget):
    """state: the last one, with its outcome; titles: of the library's models, by name."""

    def __init__(self, settings: Settings, state: TrainingState, titles: Mapping[str, str]) -> None:
        super().__init__()
        outcome = state.outcome
        assert outcome is not None
        self.name = outcome.name
        self.table = ComparisonTable(outcome.compared, titles)
        self.bars = ComparisonBars(outcome.compared)
        self.plots = CurvePlots()
        self.done = Verdict()
        self.tabs = QTabWidget()
        self.tabs.addTab(self._comparison(outcome), tr("Comparison"))
        self.tabs.addTab(self._curves(state.progress.epochs), tr("Curves"))
        titles_of_it = QVBoxLayout()
        titles_of_it.setSpacing(SPACE_XS)
        titles_of_it.addWidget(heading(breakable(printable(run_title(settings, titles)))))
        if state.outline is not None:
            titles_of_it.addWidget(_sentence(outline_words(state.outline)))
            notes = " ".join(state.outline.notes)
            if notes:
                titles_of_it.addWidget(_sentence(notes))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addLayout(titles_of_it)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.done)
        self.done.show_success(
            tr("“{name}” is one of your models now.").format(name=outcome.name),
            tr("Index your pictures with it, then choose it in the menu of models."),
        )

    def _comparison(self, outcome: Outcome) -> QWidget:
        page = QWidget()
        page.setProperty("kind", "page")
        body = QVBoxLayout(page)
        body.setContentsMargins(0, SPACE_M, 0, 0)
        body.setSpacing(SPACE)
        others = len(outcome.compared) > 1
        body.addWidget(
            _sentence(
                tr("All trained models that were measured on the same pictures.")
                if others
                else tr(
                    "Models that you train on the same pictures in another way are compared here."
                )
            )
        )
        body.addWidget(self.table)
        body.addWidget(self.bars)
        body.addWidget(
            _sentence(
                tr(
                    "right: the share of the test part whose label is recognised. mAP: how well "
                    "its pictures are found by others of the same label; before: by the network "
                    "that it started from. The new file’s numbers differ from PyTorch’s by {n:.0e}."
                ).format(n=outcome.difference)
            )
        )
        body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        return scroll

    def _curves(self, epochs: Sequence[Epoch]) -> QWidget:
        page = QWidget()
        body = QVBoxLayout(page)
        body.setContentsMargins(0, SPACE_M, 0, 0)
        body.setSpacing(SPACE)
        body.addWidget(self.plots, 1)
        body.addWidget(CurveLegend())
        body.addWidget(plain(best_words(tuple(epochs)), wrap=True))
        self.plots.show_epochs(epochs, len(epochs))
        return page


def _sentence(text: str) -> QLabel:
    label = plain(breakable(printable(text)), wrap=True)
    secondary(label)
    return label
