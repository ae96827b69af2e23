"""Rows of texts in columns, perhaps each with a button that acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.theme.tokens import HIT_AREA, SPACE, SPACE_L, SPACE_XL, SPACE_XS


@dataclass(frozen=True)
class Row:
    """texts: of each column; button: None for a row that nothing can be done with."""

    texts: Sequence[str]
    button: QWidget | None = None


class RowTable(QWidget):
    """stretches: of the first columns, which share the room so; their texts are cut where there is
    too little. The others are aligned at the far side. A screen reader reads all texts of a row
    with its first one."""

    def __init__(
        self, rows: Sequence[Row], titles: Sequence[str] = (), stretches: Sequence[int] = (1,)
    ) -> None:
        super().__init__()
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(SPACE_L, SPACE, SPACE_L, SPACE)
        self._layout.setHorizontalSpacing(SPACE_XL)
        self._layout.setVerticalSpacing(SPACE_XS if any(row.button for row in rows) else SPACE)
        for column, stretch in enumerate(stretches):
            self._layout.setColumnStretch(column, stretch)
        for column, title in enumerate(titles):
            label = ElidedLabel(title)
            secondary(label)
            self._layout.addWidget(label, 0, column)
        for number, row in enumerate(rows, 1):
            self._add(number, row, len(stretches))
            if any(other.button for other in rows):
                self._layout.setRowMinimumHeight(number, HIT_AREA)

    def _add(self, number: int, row: Row, stretched: int) -> None:
        far = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, text in enumerate(row.texts):
            if column < stretched:
                label = ElidedLabel(text)
                if column == 0:
                    label.setAccessibleName(", ".join(row.texts))
                self._layout.addWidget(label, number, column)
            else:
                fact = plain(text)
                secondary(fact)
                self._layout.addWidget(fact, number, column, far)
        if row.button is not None:
            self._layout.addWidget(row.button, number, len(row.texts), far)
