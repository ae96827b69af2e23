"""Names with what is known of each, in columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from finder.core.printable import printable
from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_XL


class FactTable(QWidget):
    """A row each: a name, then texts, which are aligned at the far side. A screen reader reads the
    name with all of them."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE, SPACE_L, SPACE)
        layout.setHorizontalSpacing(SPACE_XL)
        layout.setVerticalSpacing(SPACE)
        layout.setColumnStretch(0, 1)
        far = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, (name, *texts) in enumerate(rows):
            label = ElidedLabel(printable(name))
            label.setAccessibleName(", ".join([label.whole_text(), *filter(None, texts)]))
            layout.addWidget(label, number, 0)
            for column, text in enumerate(texts, 1):
                fact = plain(text)
                secondary(fact)
                layout.addWidget(fact, number, column, far)
