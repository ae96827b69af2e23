"""The query above its results: a large picture, its name and size, and what narrows the search."""

from __future__ import annotations

import os

from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.formatting import file_size
from finder.gui.common.widgets import ElidedLabel, secondary
from finder.gui.query.crop_picture import CropPicture
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M, SPACE_S, SPACE_XL, TITLE_PX
from finder.jobs.workspace import QueryFacts

_LARGE, _SMALL = (224, 160), (160, 112)
_LOW = 680  # px; in a lower window the picture is smaller


class QueryHero(QWidget):
    """`chips` is a row for what narrows the search."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = CropPicture()
        self.name = ElidedLabel()
        self.name.setFont(scaled_font(TITLE_PX, QFont.Weight.DemiBold))
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.chips = QHBoxLayout()
        self.chips.setSpacing(SPACE)
        self.chips.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE_S)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        words.addSpacing(SPACE)
        words.addLayout(self.chips)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_M)
        layout.setSpacing(SPACE_L + SPACE_S)
        layout.addWidget(self.picture)
        layout.addLayout(words, 1)
        self.fit_window(1_000)

    def fit_window(self, height: int) -> None:
        """height: of the window, in px."""
        self.picture.setFixedSize(*(_SMALL if height < _LOW else _LARGE))

    def show_query(self, facts: QueryFacts | None) -> None:
        if facts is None:
            return
        self.picture.show_picture(facts.image)
        name, more = printable(os.path.basename(facts.label)), len(facts.more_labels)
        if more:
            name = trn("{name} +{n} more", "{name} +{n} more", more, name=name)
        labels = map(printable, (facts.label, *facts.more_labels))
        self.name.show_text(name, "\n".join(labels))
        self.facts.show_text(
            tr("{width:,} × {height:,} px · {size}").format(
                width=facts.width, height=facts.height, size=file_size(facts.bytes)
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_window(self.window().height())
