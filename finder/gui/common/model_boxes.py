"""A card of models to tick."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from finder.core.models.descriptions import description_of
from finder.gui.common.setting_rows import SettingCard
from finder.gui.common.widgets import literal_label, set_tip
from finder.gui.theme.tokens import SPACE_L, SPACE_S

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_COLUMNS = 2


class ModelBoxes(SettingCard):
    """Signal: edited, others are ticked."""

    edited = Signal()

    def __init__(self, specs: Sequence[ModelSpec], chosen: Collection[str]) -> None:
        """chosen: the names of models that are ticked at first."""
        super().__init__()
        self._specs = specs
        self.boxes = {spec.name: self._box(spec, spec.name in chosen) for spec in specs}
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(0)
        for number, box in enumerate(self.boxes.values()):
            grid.addWidget(box, *divmod(number, _COLUMNS))
        self.add_row(row)

    def _box(self, spec: ModelSpec, is_ticked: bool) -> QCheckBox:
        box = QCheckBox(literal_label(spec.title))
        box.setChecked(is_ticked)
        set_tip(box, description_of(spec))
        box.toggled.connect(self.edited)
        return box

    def chosen(self) -> list[ModelSpec]:
        return [spec for spec in self._specs if self.boxes[spec.name].isChecked()]
