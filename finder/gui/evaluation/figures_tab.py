"""The tab of figures: the table, what is done with a ranking, the plot, the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from finder.core.evaluation.measurement_words import (
    figures_shown,
    meaning,
    verdict,
    weight_words,
)
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.figures_table import FiguresModel, FiguresRow, FiguresTable, Index
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import Line
from finder.gui.common.widgets import plain, secondary
from finder.gui.evaluation.quality_plot import PlotLevel, PlotPoint, QualityPlot
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_XS

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import MeasuredRankings, Ranking
    from finder.jobs.library_evaluation import Measured

_PLOT_HEIGHT = 220  # px, at least


class FiguresTab(QScrollArea):
    """Scrolls where there is no room for all of it.

    Signals: ranking_chosen(place); models_requested(names of the models of the chosen one);
    weights_requested(by model; empty: all the same).
    """

    ranking_chosen = Signal(int)
    models_requested = Signal(object)
    weights_requested = Signal(object)

    def __init__(self, measured: Measured, colours: Mapping[str, str]) -> None:
        """colours: of the models, by name."""
        super().__init__()
        self._measured = measured
        self._rankings = [shown.ranking for shown in measured.rankings]
        self.table = FiguresTable(tr("Figures"), _figures(measured.measurement, colours))
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.verdict = plain("", wrap=True)
        self.use_models = Button(tr("Use this model"), "layers")
        self.use_models.clicked.connect(self._use_models)
        self.plot = QualityPlot()
        self.plot.setMinimumHeight(_PLOT_HEIGHT)
        self.plot.point_chosen.connect(self.choose)
        self.weights = plain("", wrap=True)
        self.use_weights = Button(tr("Use these weights"), "sliders-horizontal")
        self.same_again = Button(tr("All the same again"))
        self.use_weights.clicked.connect(self._use_weights)
        self.same_again.clicked.connect(lambda: self.weights_requested.emit({}))
        for button in (self.use_models, self.use_weights, self.same_again):
            button.setAutoDefault(False)
        self._lay_out()
        self._show_plot(colours)
        self.show_weights({})

    def _lay_out(self) -> None:
        page = QWidget()
        page.setProperty("kind", "page")
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, SPACE_M, 0, SPACE_XS)
        layout.setSpacing(SPACE)
        layout.addWidget(self.table)
        layout.addWidget(_with_buttons(self.verdict, self.use_models))
        layout.addWidget(Line())
        weights = _with_buttons(self.weights, self.same_again, self.use_weights)
        self._weights_rows = (weights, Line())
        for row in self._weights_rows:
            layout.addWidget(row)
        layout.addWidget(self.plot, 1)

    # The chosen ranking

    def choose(self, place: int) -> None:
        row = self.table.model().index(place, 0)
        chosen = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(row, chosen.ClearAndSelect | chosen.Rows)

    def _row_changed(self, current: Index) -> None:
        place = current.row()
        if place < 0:
            return
        ranking = self._rankings[place]
        words = verdict(self._measured.measurement, ranking.summary)
        self.verdict.setText(printable(f"{ranking.title}: {words}"))
        alone = len(self._measured.models[place]) == 1
        self.use_models.setText(tr("Use this model") if alone else tr("Use these models"))
        self.ranking_chosen.emit(place)

    def _use_models(self) -> None:
        place = self.table.currentIndex().row()
        self.models_requested.emit(self._measured.models[place])

    # Weights

    def show_weights(self, present: Mapping[str, float]) -> None:
        """present: those that the library has; empty: all models count the same."""
        choice = self._measured.weights
        titles = self._measured.measurement.titles
        sentences = [weight_words(choice, titles)] if choice is not None else []
        is_used = (
            choice is not None
            and choice.helps
            and all(present.get(name, 1.0) == weight for name, weight in choice.weights.items())
        )
        if is_used:
            sentences.append(tr("The combined ranking uses them."))
        elif present:
            sentences.append(
                tr("The combined ranking uses other weights: {weights}.").format(
                    weights=_weight_list(present, titles)
                )
            )
        self.weights.setText(breakable(printable(" ".join(sentences))))
        self.use_weights.setVisible(choice is not None and choice.helps)
        self.use_weights.setEnabled(not is_used)
        self.same_again.setVisible(bool(present))
        for row in self._weights_rows:
            row.setVisible(bool(sentences))

    def _use_weights(self) -> None:
        choice = self._measured.weights
        if choice is not None:
            self.weights_requested.emit(dict(choice.weights))

    # The plot

    def _show_plot(self, colours: Mapping[str, str]) -> None:
        points, level = [], None
        for place, ranking in enumerate(self._rankings):
            summary, cost = ranking.summary, ranking.cost
            value = summary.means["map"]
            if cost is None:
                level = PlotLevel(ranking.title, value)
            elif cost.pictures_per_second:
                points.append(
                    PlotPoint(
                        place,
                        printable(ranking.title),
                        colours.get(ranking.name, ""),
                        cost.pictures_per_second,
                        value,
                        summary.interval.low,
                        summary.interval.high,
                    )
                )
        self.plot.setVisible(bool(points))
        self.plot.show_points(points, level)


def _figures(measurement: MeasuredRankings, colours: Mapping[str, str]) -> FiguresModel:
    """colours: of the models, by name."""
    return FiguresModel(
        tr("Ranking"),
        [_figures_row(ranking, colours) for ranking in measurement.rankings],
        [tr("pictures/s"), tr("MB")],
        figures_shown(measurement),
        meaning(measurement),
    )


def _figures_row(ranking: Ranking, colours: Mapping[str, str]) -> FiguresRow:
    summary, cost = ranking.summary, ranking.cost
    speed = cost.pictures_per_second if cost is not None else None
    return FiguresRow(
        ranking.title,
        colours.get(ranking.name, "") if cost is not None else "",
        summary.means,
        summary.interval,
        (
            f"{speed:,.1f}" if speed else "",
            f"{cost.bytes / 1e6:,.1f}" if cost is not None and cost.bytes else "",
        ),
    )


def _with_buttons(label: QWidget, *buttons: QWidget) -> QWidget:
    secondary(label)
    whole = QWidget()
    layout = QHBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE)
    layout.addWidget(label, 1)
    for button in buttons:
        layout.addWidget(button)
    return whole


def _weight_list(weights: Mapping[str, float], titles: Mapping[str, str]) -> str:
    return ", ".join(f"{titles.get(name, name)} × {value:.2g}" for name, value in weights.items())
