"""The fields of the filter's panel: check boxes in rows, a number with a unit, a choice."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.widgets import indent_number
from finder.gui.theme.tokens import HIT_AREA, SPACE_S

Choices = Sequence[tuple[str, str]]
"""What each stands for, and its text."""


class CheckRow(QWidget):
    """Several of a few can be chosen. Signal: changed, by the user."""

    changed = Signal()

    def __init__(self, name: str, choices: Choices, columns: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.boxes: dict[str, QCheckBox] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(0)  # so that columns agree, however many are filled
        layout.setVerticalSpacing(0)
        for at, (key, text) in enumerate(choices):
            box = QCheckBox(text)
            box.setMinimumHeight(HIT_AREA - SPACE_S)
            box.clicked.connect(self.changed)
            self.boxes[key] = box
            layout.addWidget(box, at // columns, at % columns)
        for column in range(columns):
            layout.setColumnStretch(column, 1)

    def choose(self, keys: Sequence[str]) -> None:
        """Without a signal."""
        for key, box in self.boxes.items():
            box.setChecked(key in keys)

    def chosen(self) -> tuple[str, ...]:
        return tuple(key for key, box in self.boxes.items() if box.isChecked())


class NumberField(QDoubleSpinBox):
    """A number from 0, which means any. Signal: changed, by the user."""

    changed = Signal()

    def __init__(
        self, name: str, unit: str, most: int, decimals: int = 0, step: float = 1.0
    ) -> None:
        super().__init__()
        indent_number(self)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setRange(0, most)
        self.setDecimals(decimals)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}")
        self.setSpecialValueText(tr("any {unit}").format(unit=unit))
        self.setGroupSeparatorShown(True)
        self._is_showing = False
        self.valueChanged.connect(self._value_changed)

    def show_value(self, value: float) -> None:
        """Without a signal; left alone while it shows about this number, as it may be rounded."""
        if abs(self.value() - value) >= 10.0 ** -self.decimals() / 2:
            self._is_showing = True
            self.setValue(value)
            self._is_showing = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """“any” must not be in the way of what is typed."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self.selectAll)

    def _value_changed(self) -> None:
        if not self._is_showing:
            self.changed.emit()


class ChoiceField(QComboBox):
    """One of a few. Signal: changed, by the user."""

    changed = Signal()

    def __init__(self, name: str, choices: Choices) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(name)
        for key, text in choices:
            self.addItem(text, key)
        self.activated.connect(lambda _: self.changed.emit())

    def choose(self, key: str) -> None:
        """Without a signal."""
        self.setCurrentIndex(max(0, self.findData(key)))

    def chosen(self) -> str:
        return str(self.currentData())
