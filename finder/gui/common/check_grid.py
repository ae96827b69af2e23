"""Check boxes in columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from finder.gui.common.widgets import literal_label
from finder.gui.theme.tokens import SPACE_L, SPACE_S


class CheckGrid(QWidget):
    """Part of a card. Signal: edited, other ones are ticked."""

    edited = Signal()

    def __init__(self, titles: Mapping[str, str], ticked: Collection[str], columns: int) -> None:
        """titles: by key; ticked: the keys that are ticked at first."""
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self._columns = columns
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(0)
        self.add(titles, ticked)

    def add(self, titles: Mapping[str, str], ticked: Collection[str]) -> None:
        """Behind the others."""
        for key, title in titles.items():
            before = next(reversed(self.boxes.values()), None)
            box = QCheckBox(literal_label(title))
            box.setChecked(key in ticked)
            box.toggled.connect(self.edited)
            self._grid.addWidget(box, *divmod(len(self.boxes), self._columns))
            if before is not None:
                self.setTabOrder(before, box)
            self.boxes[key] = box

    def choose(self, keys: Collection[str]) -> None:
        """Tick these and no other."""
        for key, box in self.boxes.items():
            box.setChecked(key in keys)

    def chosen(self) -> list[str]:
        """The keys of those that are ticked."""
        return [key for key, box in self.boxes.items() if box.isChecked()]
