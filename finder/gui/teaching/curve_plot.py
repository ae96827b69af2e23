"""The curves of a training: loss or accuracy, of the training part and of the validation part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from finder.core.i18n import tr
from finder.core.training.settings import Epoch, best_of
from finder.gui.common.figures_table import dot
from finder.gui.common.plot import Plot
from finder.gui.common.widgets import plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_L, model_colour

TRAINING_INK: Final = model_colour(1)
VALIDATION_INK: Final = model_colour(0)
_MOST_POINTS: Final = 60
"""Epochs that are dots, too, not only a line."""
_MOST_TICKS: Final = 10
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True)
class Curves:
    """The value of each epoch, from the first."""

    training: tuple[float, ...]
    validation: tuple[float, ...]


class CurvePlot(Plot):
    """is_share: from 0 to 1, in percent. What is shown is read out in numbers."""

    def __init__(self, name: str, is_share: bool) -> None:
        super().__init__(name)
        self._name, self._is_share = name, is_share
        self._curves = Curves((), ())
        self._best = self._total = 0

    def show_curves(self, curves: Curves, best: int, total: int) -> None:
        """best: the number of the best epoch, 0 if none is done; total: how many there will be at
        most."""
        if (curves, best, total) == (self._curves, self._best, self._total) and self._plot:
            return
        self._curves, self._best, self._total = curves, best, total
        self.setAccessibleDescription(self._spoken())
        self.redraw()

    def _paint(self) -> None:
        done, last = len(self._curves.training), max(2, self._total)
        self.set_axes(tr("epoch"), self._name, "y")
        low, high = self._range()
        self.set_ranges((0.6, 0.4 + 1.04 * last), (low, high))
        self.set_ticks("bottom", [(number, f"{number:,}") for number in epoch_ticks(last)])
        if self._is_share:
            self.set_ticks("left", [(at / 4, f"{at * 25} %") for at in range(5)])
        if self._best:
            self.add_line(self._best, "secondary", angle=90)
        numbers = list(range(1, done + 1))
        for values, ink in (
            (self._curves.training, TRAINING_INK),
            (self._curves.validation, VALIDATION_INK),
        ):
            if values:
                self.add_curve(numbers, values, ink, has_points=done <= _MOST_POINTS)
        if self._best:
            name = self.add_text(tr("best"), "secondary", anchor=self._anchor(last))
            name.setPos(self._best, high)

    def _anchor(self, last: int) -> tuple[float, float]:
        """Of the word at the best epoch's line: where there is room."""
        return (0, 0) if self._best < 0.8 * last else (1, 0)

    def _range(self) -> tuple[float, float]:
        if self._is_share:
            return -0.05, 1.12
        values = (*self._curves.training, *self._curves.validation)
        highest = max(values, default=1.0)
        return -0.05 * highest, 1.12 * highest

    def _spoken(self) -> str:
        if not self._curves.training:
            return tr("no epoch is done yet")
        form = ".0%" if self._is_share else ".3f"
        return tr(
            "epoch {n}: training {training}, validation {validation}; the best is {best}"
        ).format(
            n=len(self._curves.training),
            training=format(self._curves.training[-1], form),
            validation=format(self._curves.validation[-1], form),
            best=self._best,
        )


class CurvePlots(QWidget):
    """Loss and accuracy, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = CurvePlot(tr("loss"), is_share=False)
        self.accuracy = CurvePlot(tr("accuracy"), is_share=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.loss, 1)
        layout.addWidget(self.accuracy, 1)

    def show_epochs(self, epochs: Sequence[Epoch], total: int) -> None:
        best = best_of(tuple(epochs)).number if epochs else 0
        for plot, curves in ((self.loss, _losses(epochs)), (self.accuracy, _accuracies(epochs))):
            plot.show_curves(curves, best, total)


class CurveLegend(QWidget):
    """Which colour is which part."""

    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for ink, words in (
            (TRAINING_INK, tr("training, with altered pictures")),
            (VALIDATION_INK, tr("validation")),
        ):
            mark, label = QLabel(), plain(words)
            mark.setPixmap(dot(ink))
            secondary(label)
            layout.addWidget(mark)
            layout.addWidget(label)
            layout.addSpacing(SPACE_L - SPACE)
        layout.addStretch(1)


def _losses(epochs: Sequence[Epoch]) -> Curves:
    training = tuple(epoch.loss for epoch in epochs)
    return Curves(training, tuple(epoch.validation_loss for epoch in epochs))


def _accuracies(epochs: Sequence[Epoch]) -> Curves:
    training = tuple(epoch.accuracy for epoch in epochs)
    return Curves(training, tuple(epoch.validation_accuracy for epoch in epochs))


def epoch_ticks(last: int) -> list[int]:
    """Round numbers of epochs, few enough to be read; always the first one."""
    power = 1
    while True:
        for factor in _STEPS:
            step = factor * power
            if last / step <= _MOST_TICKS:
                if step < 5:
                    return list(range(1, last + 1, step))
                return [1, *range(step, last + 1, step)]
        power *= 10
