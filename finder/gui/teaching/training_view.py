"""A training while it runs: curves, the best epoch, the time that is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.run_status import RunStatus
from finder.gui.common.widgets import heading, plain, secondary
from finder.gui.teaching.curve_plot import CurveLegend, CurvePlots
from finder.gui.teaching.training_words import (
    best_words,
    outline_words,
    progress_words,
    run_title,
)
from finder.gui.theme.tokens import SPACE, SPACE_XS

if TYPE_CHECKING:
    from finder.core.training.messages import TrainingState
    from finder.core.training.settings import Settings

_STEPS: Final = 1_000
"""Of the progress bar."""
_PLOT_HEIGHT: Final = 180  # px, at least


class TrainingView(QWidget):
    """One training; the next one has a view of its own."""

    def __init__(self, settings: Settings, titles: Mapping[str, str]) -> None:
        """titles: of the library's models, by name."""
        super().__init__()
        self.settings = settings
        self.title = run_title(settings, titles)
        self.outline = plain("", wrap=True)
        self.notes = plain("", wrap=True)
        self.best = plain("", wrap=True)
        self.plots = CurvePlots()
        self.plots.setMinimumHeight(_PLOT_HEIGHT)
        self.status = RunStatus()
        self._is_paused = False
        self._lay_out()

    def _lay_out(self) -> None:
        titles = QVBoxLayout()
        titles.setSpacing(SPACE_XS)
        titles.addWidget(heading(breakable(printable(self.title))))
        for label in (self.outline, self.notes):
            secondary(label)
            titles.addWidget(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(titles)
        layout.addWidget(self.plots, 1)
        layout.addWidget(CurveLegend())
        layout.addWidget(self.best)
        layout.addWidget(self.status)

    @property
    def bar(self) -> QProgressBar:
        return self.status.bar

    def show_state(self, state: TrainingState, is_paused: bool = False) -> None:
        progress, outline = state.progress, state.outline
        self.outline.setText(outline_words(outline) if outline else " ")
        notes = " ".join(outline.notes) if outline else ""
        self.notes.setText(breakable(printable(notes)))
        self.notes.setVisible(bool(notes))
        self.best.setText(best_words(progress.epochs) or " ")
        self.plots.show_epochs(progress.epochs, self.settings.epochs)
        share = progress.share
        if progress.seconds_left is not None:  # of the whole training, not only of this step
            share = (len(progress.epochs) + share) / self.settings.epochs
        self.show_status(progress_words(state, is_paused), share, is_paused)

    def show_status(self, words: str, share: float = 0.0, is_paused: bool = False) -> None:
        """share: 0 if it is not known."""
        self.status.show_busy(words, round(_STEPS * share), _STEPS if share > 0 else 0)
        if is_paused is not self._is_paused:
            self._is_paused = is_paused
            self.bar.setProperty("kind", "paused" if is_paused else "")
            self.bar.style().unpolish(self.bar)
            self.bar.style().polish(self.bar)

    def show_stopping(self) -> None:
        self.show_status(tr("Stopping …"))
