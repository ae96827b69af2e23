"""The settings of a training that few need: below each other, hidden at first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox

from finder.core.i18n import tr
from finder.core.training.settings import ADAM, SGD
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import indent_number

if TYPE_CHECKING:
    from finder.core.training.settings import Settings

FIELD_WIDTH: Final = 220  # px
_MOST: Final = 10_000
_LEAST_SIDE, _MOST_SIDE = 32, 1_024
_MOST_BATCH: Final = 4_096
_MOST_SEED: Final = 1_000_000
_IMAGENET: Final = "imagenet"
_DECIMALS: Final = 8


class AdvancedCard(SettingCard):
    """Signal: edited."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.patience = number_field(1, _MOST, 5)
        self.seed = number_field(0, _MOST_SEED, 0)
        self.side = number_field(0, _MOST_SIDE, 0, tr("the network's"))
        self.side.setSingleStep(32)
        self.batch = number_field(0, _MOST_BATCH, 0, tr("what fits"))
        self.rate = _RateBox()
        indent_number(self.rate)
        self.rate.setRange(0.0, 10.0)
        self.rate.setSingleStep(0.0005)
        self.rate.setSpecialValueText(tr("the usual one"))
        self.optimiser = QComboBox()
        self.optimiser.addItem(tr("Adam"), ADAM)
        self.optimiser.addItem(tr("SGD"), SGD)
        self.weights = QLineEdit(_IMAGENET)
        self._weights_row = SettingRow(
            tr("Weights"),
            tr("Of a network of torchvision: “imagenet”, the name of published ones, or a file."),
            self.weights,
        )
        self._fields = (
            *(self.patience, self.seed, self.side, self.batch),
            *(self.rate, self.optimiser, self.weights),
        )
        for field in self._fields:
            field.setFixedWidth(FIELD_WIDTH)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for title, sentence, field in (
            (
                tr("Patience"),
                tr("It ends after so many epochs without a lower validation loss."),
                self.patience,
            ),
            (
                tr("Seed"),
                tr("The same number gives the same division and the same curve."),
                self.seed,
            ),
            (
                tr("Side of the pictures"),
                tr("In pixels. Smaller is faster, and finds worse."),
                self.side,
            ),
            (tr("Pictures at a time"), tr("Fewer need less memory."), self.batch),
            (tr("Optimiser"), "", self.optimiser),
            (tr("Learning rate"), tr("Of the classifier, at the beginning."), self.rate),
        ):
            self.add_row(SettingRow(title, sentence, field))
        self.add_row(self._weights_row)

    def _connect(self) -> None:
        for box in (self.patience, self.seed, self.side, self.batch, self.rate):
            box.valueChanged.connect(self.edited)
        self.optimiser.activated.connect(self.edited)
        self.weights.textEdited.connect(self.edited)

    def show_weights_row(self, is_shown: bool) -> None:
        self.set_row_visible(self._weights_row, is_shown)

    def set_fixed(self, is_fixed: bool) -> None:
        """Whether only the number of pictures at a time can be changed."""
        for field in self._fields:
            field.setEnabled(field is self.batch or not is_fixed)

    def show_settings(self, settings: Settings) -> None:
        self.patience.setValue(settings.patience)
        self.seed.setValue(settings.seed)
        self.side.setValue(settings.side or 0)
        self.batch.setValue(settings.batch or 0)
        self.rate.show_rate(settings.rate)
        self.optimiser.setCurrentIndex(max(0, self.optimiser.findData(settings.optimiser)))
        self.weights.setText(settings.weights)

    def applied_to(self, settings: Settings) -> Settings:
        """With what is chosen here."""
        side = self.side.value()
        return replace(
            settings,
            patience=self.patience.value(),
            seed=self.seed.value(),
            side=max(_LEAST_SIDE, side) if side else None,
            batch=self.batch.value() or None,
            rate=self.rate.rate(),
            optimiser=str(self.optimiser.currentData()),
            weights=self.weights.text().strip() or _IMAGENET,
        )


class _RateBox(QDoubleSpinBox):
    """A learning rate with as many decimals as it has, and no zeros after them."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(_DECIMALS)

    def show_rate(self, rate: float | None) -> None:
        """None: the usual one."""
        exponent = Decimal(repr(rate or 0.0)).normalize().as_tuple().exponent
        self.setDecimals(max(_DECIMALS, -int(exponent)))
        self.setValue(rate or 0.0)

    def rate(self) -> float | None:
        return self.value() or None

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(
            value, "f", QLocale.FloatingPointPrecisionOption.FloatingPointShortest.value
        )


def number_field(least: int, most: int, value: int, nothing: str = "") -> QSpinBox:
    """nothing: what is shown for the least number."""
    box = QSpinBox()
    indent_number(box)
    box.setRange(least, most)
    box.setValue(value)
    box.setGroupSeparatorShown(True)
    if nothing:
        box.setSpecialValueText(nothing)
    return box
