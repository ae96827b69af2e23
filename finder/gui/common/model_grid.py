"""Models to tick."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from finder.core.models.descriptions import description_of
from finder.gui.common.check_grid import CheckGrid
from finder.gui.common.widgets import set_tip

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_COLUMNS = 2


class ModelGrid(CheckGrid):
    def __init__(self, specs: Sequence[ModelSpec], ticked: Collection[str]) -> None:
        """ticked: the names of those that are ticked at first."""
        super().__init__({}, (), _COLUMNS)
        self._specs: list[ModelSpec] = []
        self._list(specs, ticked)

    def add_models(self, specs: Sequence[ModelSpec]) -> None:
        """Those that are not listed yet."""
        self._list([spec for spec in specs if spec.name not in self.boxes], ())

    def _list(self, specs: Sequence[ModelSpec], ticked: Collection[str]) -> None:
        self.add({spec.name: spec.title for spec in specs}, ticked)
        self._specs += specs
        for spec in specs:
            set_tip(self.boxes[spec.name], description_of(spec))

    def chosen_specs(self) -> list[ModelSpec]:
        chosen = self.chosen()
        return [spec for spec in self._specs if spec.name in chosen]
